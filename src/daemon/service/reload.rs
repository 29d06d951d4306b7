//! Another config while the service runs.

use std::fmt;
use std::sync::Arc;

use crate::config::{Config, Listing};
use crate::daemon::App;
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
