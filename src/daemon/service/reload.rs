//! Another config while the service runs.

use std::fmt;
use std::sync::Arc;

use super::scans::scan;
use super::{Event, Service, ServiceError};
use crate::config::{Config, Listing};
use crate::daemon::App;
use crate::daemon::drain::Line;
use crate::model::ListingId;
use crate::model::text::counted;
use crate::store::{Store, StoreError};

/// What another config changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reloaded {
    /// Listings there are now.
    pub listings: usize,
    /// Those that have another id, with the one that they had.
    pub renamed: Vec<(ListingId, ListingId)>,
    /// Those that are new.
    pub new: Vec<ListingId>,
    /// Those that are gone.
    pub gone: Vec<ListingId>,
    /// Those that differ.
    pub changed: Vec<ListingId>,
    /// Keys whose change needs a restart, and has no effect until then.
    pub restart: Vec<&'static str>,
}

impl Reloaded {
    fn between(old: &Config, new: &Config) -> Self {
        fn find<'a>(config: &'a Config, id: &ListingId) -> Option<&'a Listing> {
            config.listings.iter().find(|listing| listing.spec.id == *id)
        }
        let id = |listing: &Listing| listing.spec.id.clone();
        let is_changed = |new: &&Listing| find(old, &new.spec.id).is_some_and(|old| old != *new);
        let from = |l: &Listing| {
            let known = |id: &&ListingId| find(old, id).is_some() && find(new, id).is_none();
            l.spec.renamed_from.iter().find(known).filter(|_| find(old, &l.spec.id).is_none()).cloned()
        };
        let renamed: Vec<(ListingId, ListingId)> =
            new.listings.iter().filter_map(|l| Some((from(l)?, l.spec.id.clone()))).collect();
        let is_new = |l: &&Listing| find(old, &l.spec.id).is_none() && from(l).is_none();
        let is_gone = |l: &&Listing| {
            find(new, &l.spec.id).is_none() && renamed.iter().all(|(from, _)| *from != l.spec.id)
        };
        let moved = [(old.data_dir != new.data_dir, "data_dir"), (old.serve != new.serve, "serve.listen")];
        Self {
            listings: new.listings.len(),
            new: new.listings.iter().filter(is_new).map(id).collect(),
            gone: old.listings.iter().filter(is_gone).map(id).collect(),
            changed: new.listings.iter().filter(is_changed).map(id).collect(),
            renamed,
            restart: moved.into_iter().filter(|(moved, _)| *moved).map(|(_, key)| key).collect(),
        }
    }
}

impl fmt::Display for Reloaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [
            (self.renamed.len(), "renamed"),
            (self.new.len(), "new"),
            (self.gone.len(), "gone"),
            (self.changed.len(), "changed"),
        ];
        let counts: Vec<String> = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        write!(f, "the config was read again: {}", counted(self.listings, "listing"))?;
        if !counts.is_empty() {
            write!(f, ", {}", counts.join(", "))?;
        }
        if !self.restart.is_empty() {
            write!(f, "; {} changed too, which needs a restart", self.restart.join(" and "))?;
        }
        Ok(())
    }
}

impl<S: Store> App<S> {
    /// This app by another config, over the same store; the data folder and the address stay as they are. Scans
    /// that run go on by the old one.
    ///
    /// # Errors
    /// [`StoreError`] when what the config declares cannot be remembered.
    pub async fn renewed(&self, mut config: Config) -> Result<(Self, Reloaded), StoreError> {
        let reloaded = Reloaded::between(&self.config, &config);
        config.data_dir.clone_from(&self.config.data_dir);
        config.serve = self.config.serve;
        let mut app =
            Self::over(self.clock.clone(), self.disk.clone(), config, Arc::clone(&self.store)).await?;
        app.fetcher = Arc::new(self.fetcher.with(super::super::web::manners(&app.config.network)));
        (app.gates, app.bell) = (Arc::clone(&self.gates), self.bell.clone());
        Ok((app, reloaded))
    }
}

/// An app by another config, with the lines to its targets, and what that changed.
pub(super) type Renewed<S> = Result<(App<S>, Vec<Line>, Reloaded), Refusal>;

/// Why another config is not in use.
pub(super) enum Refusal {
    /// It cannot be loaded.
    Config(String),
    /// What it declares cannot be remembered.
    Store(StoreError),
}

impl<S: Store, T: Fn(Event, &Arc<App<S>>)> Service<S, T> {
    /// Loads the config anew, beside everything else.
    pub(super) fn reload(&mut self) {
        self.systemd.reloading();
        let (app, load) = (Arc::clone(&self.app), Arc::clone(&self.load));
        self.renewing.spawn(async move {
            let loaded = tokio::task::spawn_blocking(move || load()).await;
            let loaded = loaded.unwrap_or_else(|error| Err(format!("loading it failed: {error}")));
            let (config, lines) = loaded.map_err(Refusal::Config)?;
            let (app, reloaded) = app.renewed(config).await.map_err(Refusal::Store)?;
            Ok((app, lines, reloaded))
        });
    }

    /// Goes on by another config, or says why it does not.
    pub(super) fn renewed(&mut self, renewed: Renewed<S>) -> Result<(), ServiceError> {
        match renewed {
            Ok((app, lines, reloaded)) => {
                self.app = Arc::new(app);
                let listings = self.app.config.listings.clone();
                let is_known = |id: &ListingId| listings.iter().any(|listing| listing.spec.id == *id);
                self.ledger.retain(is_known);
                self.retry.retain(is_known);
                self.watch.replace(listings.clone());
                let hosts = self.app.config.network.concurrency;
                self.rounds.replace(listings, hosts, scan(&self.app));
                self.press.configure(Arc::new(self.app.config.clone()));
                self.drain.replace(lines);
                (self.tell)(Event::Reloaded(reloaded), &self.app);
            }
            Err(Refusal::Config(why)) => (self.tell)(Event::Refused(why), &self.app),
            Err(Refusal::Store(error)) if error.is_passing() => {
                (self.tell)(Event::Refused(error.to_string()), &self.app);
            }
            Err(Refusal::Store(error)) => return Err(error.into()),
        }
        let status = self.status(&self.press.printed());
        self.systemd.ready(&status);
        Ok(())
    }
}
