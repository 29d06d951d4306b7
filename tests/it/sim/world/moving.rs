//! What becomes of what is remembered beside scans: it is lost in part, forgotten by age, and moved.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::Path;

use tidings::model::{Article, ArticleId};
use tidings::store::{EmbeddedStore, Store, Wanted};

use super::{Asked, JOURNAL_STEP, World, said};
use crate::program::{differences, tree};
use crate::sim::house::House;
use crate::sim::model::{Outcome, hold};
use crate::sim::step::{Lost, SLOTS, Way};
use crate::support::open_index;

/// All that can be read of a store, by what it is.
type Dump = BTreeMap<&'static str, Vec<String>>;

impl<H: House> World<H> {
    pub(super) fn lose(&mut self, lost: Lost) -> Outcome {
        if !H::LASTS {
            return Ok(());
        }
        if self.faults.clear() {
            // What failed before is another story.
            self.kill(false)?;
        }
        self.publish()?;
        let (public, before) = (tree(&self.data().join("public")), self.dump()?);
        self.end()?;
        let folders: &[&str] = match lost {
            Lost::Index => &["index"],
            Lost::Tree => &["public"],
            Lost::Both => &["index", "public"],
            Lost::Snapshots => &["snapshots"],
            Lost::Memos => {
                self.lose_memos();
                &[]
            }
        };
        for folder in folders {
            let _ = fs::remove_dir_all(self.data().join(folder));
        }
        self.boot()?;
        let all = |_: &str| true;
        self.same(&format!("without {lost:?}"), (&before, &public), all, all)
    }

    /// What is remembered and published is what it was, as far as it is looked at.
    fn same(
        &mut self,
        when: &str,
        (before, public): (&Dump, &BTreeMap<String, Vec<u8>>),
        is_dumped: impl Fn(&str) -> bool,
        is_published: impl Fn(&str) -> bool,
    ) -> Outcome {
        for ((what, before), (_, after)) in
            before.iter().zip(&self.dump()?).filter(|((what, _), _)| is_dumped(what))
        {
            let place =
                before.iter().zip(after).position(|(a, b)| a != b).unwrap_or(before.len().min(after.len()));
            hold!(
                before == after,
                "{when}, {what} differ at {place}:\n{:?}\n{:?}",
                before.get(place),
                after.get(place)
            );
        }
        self.publish()?;
        let mut differ = differences(public, &tree(&self.data().join("public")));
        differ.retain(|path| is_published(path));
        hold!(differ.is_empty(), "{when}, other files are published: {differ:?}");
        Ok(())
    }

    /// The index, which no process has open, has no memos any more. Other trees may stand beside it.
    fn lose_memos(&self) {
        let db = open_index(&self.data());
        for key in db.scan_prefix(b"m").keys().chain(db.scan_prefix(b"cm").keys()) {
            db.remove(key.unwrap()).unwrap();
        }
        db.flush().unwrap();
    }

    /// Forgets what was not seen for so many days; what listings hold stays.
    pub(super) fn forget(&mut self, days: i64) -> Outcome {
        if let Err(error) = self.find_out() {
            return self.trouble(&error);
        }
        let before: HashSet<ArticleId> = self.textless()?;
        let (now, process) = (self.now(), self.process());
        match process.runtime.block_on(process.app.store.forget(now.plus(-days * 86_400), now)) {
            Ok(count) => {
                let after = self.textless()?;
                hold!(
                    after.len() == before.len() + count && after.is_superset(&before),
                    "{count} articles were forgotten, and there are {} instead of {}",
                    after.len(),
                    before.len()
                );
                self.held_is_known()
            }
            Err(error) => self.trouble(&error.to_string()),
        }
    }

    fn textless(&self) -> Asked<HashSet<ArticleId>> {
        let textless = |article: &Article| article.is_textless().then_some(article.id);
        Ok(self.articles()?.iter().filter_map(textless).collect())
    }

    /// What listings hold was never forgotten, or is known again.
    pub(super) fn held_is_known(&self) -> Outcome {
        let textless = self.textless()?;
        let process = self.process();
        for at in 0..SLOTS {
            let Ok(past) = process.runtime.block_on(process.app.store.past(&self.settings.id(at))) else {
                continue;
            };
            let lost = past.held.iter().find(|held| textless.contains(&held.article));
            hold!(lost.is_none(), "{} holds {lost:?}, and what it says is forgotten", self.settings.id(at));
        }
        Ok(())
    }

    /// All that is remembered comes into the data folder by another way.
    pub(super) fn move_by(&mut self, way: Way) -> Outcome {
        if !H::LASTS {
            return Ok(());
        }
        if self.faults.clear() {
            self.kill(false)?;
        }
        self.publish()?;
        let (public, before) = (tree(&self.data().join("public")), self.dump()?);
        self.end()?;
        let (data, now) = (self.data(), self.now());
        match way {
            Way::Import => {
                let mut lines = Vec::new();
                let mut out = |line: &[u8]| {
                    lines.extend_from_slice(line);
                    Ok(())
                };
                EmbeddedStore::export(&data, now, &mut out, &mut |_| {}).map_err(said)?;
                fs::remove_dir_all(&data).unwrap();
                EmbeddedStore::import(&data, lines.as_slice(), Path::new("sim.jsonl"), false, &mut |_| {})
                    .map_err(said)?;
            }
            Way::Copy => {
                let copy = self.folder.path().join("copy");
                crate::program::copy(&data, &copy);
                fs::remove_dir_all(&data).unwrap();
                fs::rename(&copy, &data).unwrap();
            }
            Way::Compact { history } => {
                let since = history.then(|| now.plus(-86_400));
                EmbeddedStore::compact(&data, now, since, &mut |_| {}).map_err(said)?;
            }
        }
        self.faults.moved();
        self.journal = u64::MAX - JOURNAL_STEP;
        // Where another folder is meant, each listing begins anew with a quiet baseline, and the health feed says so.
        let is_elsewhere = !matches!(way, Way::Compact { .. });
        if is_elsewhere {
            (0..SLOTS).for_each(|at| self.model.relisted(at));
        }
        self.boot()?;
        let is_health = |difference: &str| {
            let others = ["index.html", "opml.xml", "catalog.json"];
            difference.contains("health") || others.iter().any(|name| difference.starts_with(name))
        };
        self.same(
            &format!("by {way:?}"),
            (&before, &public),
            |what| !is_elsewhere || !matches!(what, "listings" | "health" | "feeds"),
            |path| !is_elsewhere || !is_health(path),
        )
    }

    /// All that can be read of the store and outlives the index.
    fn dump(&self) -> Asked<Dump> {
        fn lines(values: impl IntoIterator<Item = impl std::fmt::Debug>) -> Vec<String> {
            values.into_iter().map(|value| format!("{value:?}")).collect()
        }
        let process = self.process();
        let store = &process.app.store;
        process.runtime.block_on(async {
            let feeds = store.feeds().await.map_err(said)?;
            let mut windows = Vec::new();
            for feed in &feeds {
                let window = store.window(&feed.key, 1_000).await.map_err(said)?;
                windows.push((feed.key.clone(), window.iter().map(|article| article.id).collect::<Vec<_>>()));
            }
            let mut listings = store.listings().await.map_err(said)?;
            for listing in &mut listings {
                listing.memo = tidings::diff::Memo::default();
            }
            let all = Wanted::default();
            Ok(BTreeMap::from([
                ("feeds", lines(feeds)),
                ("windows", lines(windows)),
                ("articles", lines(store.articles(0, usize::MAX).await.map_err(said)?)),
                ("listings", lines(listings)),
                ("targets", lines(store.targets().await.map_err(said)?)),
                ("deliveries", lines(store.deliveries(&all, usize::MAX).await.map_err(said)?)),
                ("hidden", lines(store.hidden().await.map_err(said)?)),
                ("health", lines(store.health_events().await.map_err(said)?)),
            ]))
        })
    }
}
