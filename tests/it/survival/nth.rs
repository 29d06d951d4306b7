//! The n-th operation on the disk fails, for every n: nothing that was acknowledged is lost, nothing is told twice,
//! and the next cycle of the same process succeeds.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tidings::disk::{Act, Verdict, Watch};
use tidings::model::Timestamp;
use tidings::store::{EmbeddedStore, Store};

use super::bench::{Bench, Cycle, copy_folder};

/// How an operation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It alone, as on a bad disk.
    Error,
    /// It alone, as on a full disk; half of what is written reaches the file.
    Short,
    /// It and all after it that need space, until some is free.
    Full,
}

/// Fails one operation.
#[derive(Default)]
pub(super) struct Nth {
    seen: AtomicUsize,
    /// The operation that fails, counted from 1; none when 0.
    fails: AtomicUsize,
    fault: Mutex<Option<Fault>>,
    fired: AtomicBool,
    what: Mutex<String>,
}

impl Nth {
    pub(super) fn arm(&self, fails: usize, fault: Fault) {
        *self.fault.lock().unwrap() = Some(fault);
        self.seen.store(0, Ordering::SeqCst);
        self.fired.store(false, Ordering::SeqCst);
        self.fails.store(fails, Ordering::SeqCst);
    }

    /// What failed; `None` when nothing did.
    pub(super) fn disarm(&self) -> Option<String> {
        self.fails.store(0, Ordering::SeqCst);
        self.fired.load(Ordering::SeqCst).then(|| self.what.lock().unwrap().clone())
    }
}

impl Watch for Nth {
    fn before(&self, path: &Path, act: Act<'_>) -> Verdict {
        let fails = self.fails.load(Ordering::SeqCst);
        let seen = self.seen.fetch_add(1, Ordering::SeqCst) + 1;
        let fault = *self.fault.lock().unwrap();
        let Some(fault) = fault.filter(|_| fails > 0 && seen >= fails) else { return Verdict::Go };
        let needs_space = matches!(
            act,
            Act::Open | Act::Write { .. } | Act::CreateFolder | Act::Index | Act::Rename { .. }
        );
        if seen > fails && !(fault == Fault::Full && needs_space) {
            return Verdict::Go;
        }
        if !self.fired.swap(true, Ordering::SeqCst) {
            let act = format!("{act:?}").chars().take(40).collect::<String>();
            *self.what.lock().unwrap() = format!("{}: {act}", path.display());
        }
        let full = || io::Error::from(ErrorKind::StorageFull);
        match (fault, act) {
            (Fault::Error, _) => Verdict::Refuse(io::Error::from_raw_os_error(5)),
            (Fault::Short | Fault::Full, Act::Write { bytes, .. }) => Verdict::Short(bytes.len() / 2, full()),
            (Fault::Short | Fault::Full, _) => Verdict::Refuse(full()),
        }
    }
}

/// After how many cycles the store is compared with one that is built anew from its journal.
const COMPARED: usize = 20;

/// One data folder that goes through all faults of a kind.
struct World {
    bench: Bench,
    nth: Arc<Nth>,
    step: usize,
    tree: BTreeMap<PathBuf, Vec<u8>>,
}

impl World {
    fn new() -> Self {
        let nth = Arc::<Nth>::default();
        let mut bench = Bench::new(nth.clone());
        bench.open();
        bench.cycle(0).is_whole();
        let tree = bench.tree();
        Self { bench, nth, step: 0, tree }
    }

    /// A cycle whose n-th operation fails, and one after it in which none does; whether any failed.
    fn round(&mut self, n: usize, fault: Fault) -> bool {
        self.step += 1;
        self.nth.arm(n, fault);
        let failed = self.bench.cycle(self.step);
        let between = if failed.scan.is_ok() { None } else { Some(self.bench.store().trouble()) };
        let what = self.nth.disarm();
        self.bench.until_mended();
        let told = format!("operation {n} ({fault:?}): {what:?}");
        let torn = self.bench.tree();
        if what.is_none() {
            failed.is_whole();
        }
        self.acknowledged_is_there(&told);
        let next = self.bench.cycle(self.step);
        assert!(is_whole(&next), "{told}, then {next:?}, after {failed:?}, {between:?}");
        self.acknowledged_is_there(&told);
        self.published(&torn, &told);
        self.told(&told);
        assert_eq!(self.bench.store().trouble(), None, "{told}");
        if self.step.is_multiple_of(COMPARED) {
            self.rebuilt_is_equal(&told);
        }
        what.is_some()
    }

    fn acknowledged_is_there(&self, told: &str) {
        let (articles, _) = self.bench.remembered();
        let titles: BTreeSet<&str> = articles.iter().map(|article| article.title.as_str()).collect();
        assert_eq!(titles.len(), articles.len(), "{told}: an article twice");
        for title in &self.bench.acknowledged {
            assert!(titles.contains(title.as_str()), "{told}: {title} was acknowledged");
        }
    }

    /// Files are old or new at any time, and nothing unfinished is left.
    fn published(&mut self, torn: &BTreeMap<PathBuf, Vec<u8>>, told: &str) {
        let new = self.bench.tree();
        for (path, bytes) in torn {
            let is_known = self.tree.get(path) == Some(bytes) || new.get(path) == Some(bytes);
            assert!(is_known, "{told}: {} is neither old nor new", path.display());
            if path.extension().is_some_and(|ending| ending == "atom") {
                let text = std::str::from_utf8(bytes).unwrap();
                assert!(roxmltree::Document::parse(text).is_ok(), "{told}: {}", path.display());
            }
        }
        for path in new.keys() {
            let name = path.file_name().unwrap().to_str().unwrap();
            assert!(!name.starts_with('.'), "{told}: {name} is left");
        }
        self.tree = new;
    }

    /// What is on the page and was not at first is told once.
    fn told(&self, told: &str) {
        let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, title) in &self.bench.taken {
            *taken.entry(title).or_default() += 1;
        }
        let twice: Vec<_> = taken.iter().filter(|(_, times)| **times != 1).collect();
        assert!(twice.is_empty(), "{told}: {twice:?}");
        let first = Bench::titles(0);
        for title in Bench::titles(self.step) {
            let wanted = usize::from(!first.contains(&title));
            assert_eq!(taken.get(title.as_str()).copied().unwrap_or(0), wanted, "{told}: {title}");
        }
    }

    /// A store that is built anew from a copy of the journal remembers the same.
    fn rebuilt_is_equal(&self, told: &str) {
        let copy = tempfile::tempdir().unwrap();
        copy_folder(&self.bench.data().join("journal"), &copy.path().join("journal"));
        std::fs::copy(self.bench.data().join("state.json"), copy.path().join("state.json")).unwrap();
        crate::program::pass_for_the_original(copy.path());
        let rebuilt = EmbeddedStore::open(copy.path(), Timestamp::from_unix(1)).unwrap();
        let remembered = self.bench.runtime.block_on(async {
            let remembered = (rebuilt.articles(0, usize::MAX).await.unwrap(), rebuilt.feeds().await.unwrap());
            rebuilt.close().await.unwrap();
            remembered
        });
        assert!(remembered == self.bench.remembered(), "{told}: a rebuilt index differs");
    }

    /// Closed and opened again, it is the same.
    fn end(mut self) {
        let (remembered, taken) = (self.bench.remembered(), self.bench.taken.len());
        self.rebuilt_is_equal("at the end");
        self.bench.close();
        self.bench.open();
        assert!(self.bench.remembered() == remembered, "opened again, it differs");
        let cycle = self.bench.cycle(self.step);
        cycle.is_whole();
        assert_eq!(self.bench.taken.len(), taken, "{cycle:?}");
        assert!(self.bench.tree() == self.tree, "the published files differ");
        self.bench.close();
    }
}

fn is_whole(cycle: &Cycle) -> bool {
    cycle.scan.is_ok() && cycle.published.is_none() && cycle.sent.is_ok()
}

fn every_operation(fault: Fault) {
    let mut world = World::new();
    let mut fired = 0;
    for n in 1.. {
        if !world.round(n, fault) {
            break;
        }
        fired += 1;
    }
    assert!(fired > 50, "a cycle has more operations than {fired}");
    world.end();
}

#[test]
fn f011_every_operation_fails_once_and_the_next_cycle_succeeds() {
    every_operation(Fault::Error);
}

#[test]
fn f008_every_write_is_cut_short_once_and_the_next_cycle_succeeds() {
    every_operation(Fault::Short);
}

#[test]
fn f007_disk_is_full_from_every_operation_on_and_free_again() {
    every_operation(Fault::Full);
}
