//! Kills at every place that the source names.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::audit::{Audit, index_rebuilt_is_equal, quiet};
use super::world::{Dice, World};
use crate::child::{start, start_with};

/// Data folders that are worked on at once.
const LANES: usize = 2;

/// How the call in the source begins.
const CALL: &str = "crashpoint::hit(\"";

/// The ways on which places are passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// The first scan of an empty folder.
    First,
    /// A scan of changed pages.
    Scan,
    /// A scan of pages that did not change.
    Unchanged,
    /// A scan after the index was lost.
    NoIndex,
    /// A scan after a feed was taken off the config.
    Retired,
    /// The service, with changed pages.
    Service,
    /// Saving a damaged journal.
    Salvage,
    /// A scan that finds closed files of the journal.
    Closed,
    /// Compacting a journal.
    Compact,
    /// Importing over a store that is there.
    Import,
}

/// The ways on which places are looked for that the first two do not pass.
const SELDOM: [Way; 8] = [
    Way::Unchanged,
    Way::NoIndex,
    Way::Retired,
    Way::Service,
    Way::Salvage,
    Way::Closed,
    Way::Compact,
    Way::Import,
];

impl Way {
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Service => &["run", "--listen", "127.0.0.1:0"],
            Self::Compact => &["store", "compact", "--history", "0s"],
            Self::Salvage => &["store", "rebuild", "--skip-bad-lines"],
            Self::Import => &["import", "backup.jsonl", "--replace"],
            _ => &["scan", "--json"],
        }
    }

    /// What is there before the run that is killed.
    fn prepare(self, world: &mut World, audit: &mut Audit) {
        if self == Self::First || (self == Self::Scan && audit.has_begun()) {
            return self.change(world, audit);
        }
        let ended = start(&world.home, &["scan", "--json"], None).end();
        assert_eq!(ended.code(), Some(0), "{}", ended.err);
        audit.printed(&ended);
        self.change(world, audit);
    }

    fn change(self, world: &mut World, audit: &mut Audit) {
        match self {
            Self::First | Self::Unchanged => {}
            Self::Scan | Self::Service => change(world),
            Self::NoIndex => fs::remove_dir_all(world.home.path("var/index")).unwrap(),
            Self::Retired => world.drop_view(),
            Self::Closed | Self::Compact => {
                for _ in 0..3 {
                    change(world);
                    // Each record closes the file before it.
                    let small = [("TIDINGS_JOURNAL_BYTES", "1")];
                    let ended = start_with(&world.home, &["scan", "--json"], &small).end();
                    assert_eq!(ended.code(), Some(0), "{}", ended.err);
                    audit.printed(&ended);
                }
                audit.disk(world);
                unpack(&world.home.path("var/journal"));
                change(world);
            }
            Self::Import => {
                world.home.expect(0, &["export", "backup.jsonl"]);
                audit.forget();
            }
            Self::Salvage => {
                // Not in the last line, which could be a torn one.
                let path = world.home.path("var/journal/0001.jsonl");
                let mut bytes = fs::read(&path).unwrap();
                let second = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 10;
                bytes[second] ^= 1;
                fs::write(&path, bytes).unwrap();
                audit.forget();
            }
        }
    }
}

/// Makes all files of a journal as they were when they were closed.
fn unpack(folder: &Path) {
    let packed: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let packed: Vec<_> = packed.iter().filter(|path| path.extension().unwrap() == "gz").collect();
    assert!(packed.len() > 2, "{packed:?}");
    for path in packed {
        let mut plain = fs::File::create(path.with_extension("")).unwrap();
        let mut text = flate2::read::MultiGzDecoder::new(fs::File::open(path).unwrap());
        std::io::copy(&mut text, &mut plain).unwrap();
        fs::remove_file(path).unwrap();
    }
}

/// Changes every page, most likely.
fn change(world: &mut World) {
    let mut dice = Dice(7);
    for _ in 0..5 {
        world.step(&mut dice);
    }
}

/// The places to look at, by how they begin, where not all are wanted: `TIDINGS_PLACES=beside,compact`.
fn is_wanted(place: &str) -> bool {
    let wanted = std::env::var("TIDINGS_PLACES").unwrap_or_default();
    wanted.is_empty() || wanted.split(',').any(|begin| place.starts_with(begin))
}

/// Every place that the source names, once.
fn places() -> Vec<String> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            if entry.file_type().unwrap().is_dir() {
                waiting.push(entry.path());
                continue;
            }
            let text = fs::read_to_string(entry.path()).unwrap_or_default();
            for call in text.split(CALL).skip(1) {
                let place = call.split('"').next().unwrap().to_owned();
                assert!(found.insert(place.clone()), "two places are called {place}");
            }
        }
    }
    found.into_iter().collect()
}

/// A data folder, and what is known of it.
struct Bench {
    world: World,
    audit: Audit,
}

impl Bench {
    fn new() -> Self {
        Self { world: World::new(8), audit: Audit::default() }
    }

    /// Kills at `place` on that way, starts again, and looks; returns whether the place was passed.
    fn killed_at(&mut self, place: &str, way: Way) -> bool {
        let Self { world, audit } = self;
        way.prepare(world, audit);
        let mut running = start(&world.home, way.arguments(), Some(place));
        // The service does not end by itself; what it passes, it passes before this line.
        let has_ended = running.wait_until("next look at");
        let ended = running.kill();
        if !has_ended || !ended.is_killed() {
            return false;
        }
        if matches!(way, Way::Salvage | Way::Import) {
            audit.tree(&world.home.public());
            world.home.expect(0, way.arguments());
        } else {
            quiet(&ended.err);
            if way == Way::Compact {
                audit.forget_journal();
            }
            audit.disk(world);
        }
        if way == Way::Compact {
            // The next start does what is left of it.
            audit.forget_journal();
        }
        audit.settle(world);
        true
    }
}

/// Does the work, and returns the places that were passed, without their `:n`.
fn passed(work: Vec<(String, Way)>) -> BTreeSet<String> {
    let work = Mutex::new(work);
    let passed: Mutex<BTreeSet<String>> = Mutex::default();
    let next = || work.lock().unwrap().pop();
    std::thread::scope(|scope| {
        for _ in 0..LANES {
            scope.spawn(|| {
                // One folder is killed at many places; only the other ways need one of their own.
                let mut kept = Bench::new();
                while let Some((place, way)) = next() {
                    println!("{place} on the way {way:?}");
                    let mut fresh = Bench::new();
                    let bench = if way == Way::Scan { &mut kept } else { &mut fresh };
                    if !bench.killed_at(&place, way) {
                        continue;
                    }
                    passed.lock().unwrap().insert(place.split(':').next().unwrap().to_owned());
                    if way != Way::Scan {
                        index_rebuilt_is_equal(&bench.world);
                    }
                }
                kept.audit.settle(&kept.world);
                index_rebuilt_is_equal(&kept.world);
            });
        }
    });
    passed.into_inner().unwrap()
}

#[test]
fn killed_at_every_place_nothing_is_lost_and_nothing_is_told_twice() {
    let places = places();
    assert!(places.len() > 20, "{places:?}");
    let places: Vec<String> = places.into_iter().filter(|place| is_wanted(place)).collect();
    let mut work: Vec<(String, Way)> = Vec::new();
    for place in &places {
        work.extend([Way::First, Way::Scan].map(|way| (place.clone(), way)));
        // Beyond the first of three listings, and of many files.
        work.push((format!("{place}:3"), Way::Scan));
    }
    let usual = passed(work);
    let rest = || places.iter().filter(|place| !usual.contains(*place));
    let seldom = passed(rest().flat_map(|place| SELDOM.map(|way| (place.clone(), way))).collect());
    let missed: Vec<&String> = rest().filter(|place| !seldom.contains(*place)).collect();
    assert_eq!(missed, Vec::<&String>::new(), "on no way: add one that passes them");
}
