//! Three listings of two sites, and how they change.

use crate::program::{Entry, Home, page};
use crate::support::Inbox;

/// Entries on a page at most; what is over falls off its end.
const ROOM: usize = 60;

/// The pages; the first two are of one site and share articles.
const PAGES: [&str; 3] = ["north", "south", "other"];

const CONFIG: &str = r#"
data_dir = "var"

[site]
title = "Bench"
base_url = "http://bench.example"

[defaults]
every = "1s"
format = "text"

[[listing]]
id = "north"
files = ["pages/north"]
site = "shared"
tags = ["Northern"]

[[listing]]
id = "south"
files = ["pages/south"]
site = "shared"
tags = ["Southern"]

[[listing]]
id = "other"
files = ["pages/other"]

[[view]]
id = "queues"
when = { tags = ["Kafka"] }
"#;

/// Numbers that look random and follow from a seed (SplitMix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    /// True once in `times`.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

/// What is on the pages.
pub(super) struct World {
    pub(super) home: Home,
    /// Takes every message.
    pub(super) receiver: Inbox,
    /// The articles with numbers up to this were on the pages before the first look.
    pub(super) baseline: u32,
    pages: [Vec<Entry>; 3],
    last: u32,
    versions: u64,
}

impl World {
    /// Pages with `entries` each.
    pub(super) fn new(entries: usize) -> Self {
        let receiver = Inbox::new();
        let home = Home::new(&(CONFIG.to_owned() + &receiver.target("team", "burst = false")));
        let pages = [const { Vec::new() }; 3];
        let mut world = Self { home, receiver, baseline: 0, pages, last: 0, versions: 1 };
        for at in 0..3 {
            for _ in 0..entries {
                world.add(at);
            }
        }
        world.baseline = world.last;
        world.write();
        world
    }

    /// Changes one page a little: always something that no earlier state of it had, so that it is no old copy.
    pub(super) fn step(&mut self, dice: &mut Dice) {
        let at = dice.below(3);
        if dice.once_in(3) {
            self.revise(at, dice);
        } else {
            for _ in 0..=dice.below(3) {
                self.add(at);
                if at < 2 && dice.once_in(3) {
                    let entry = self.pages[at][0].clone();
                    self.pages[1 - at].insert(0, entry);
                }
            }
        }
        if dice.once_in(4) {
            // From the upper half, where an article that is gone was taken off and did not fall off.
            let third = self.pages[at].len() / 3;
            self.pages[at].remove(2 + dice.below(third));
        }
        self.write();
    }

    /// Takes the view off the config.
    pub(super) fn drop_view(&self) {
        let rest = CONFIG.split("[[view]]").next().unwrap();
        self.home.configure(&(rest.to_owned() + &self.receiver.target("team", "burst = false")));
    }

    fn add(&mut self, at: usize) {
        self.last += 1;
        self.pages[at].insert(0, Entry::numbered(self.last));
    }

    /// Rewrites the summary of one entry, wherever it stands.
    fn revise(&mut self, at: usize, dice: &mut Dice) {
        self.versions += 1;
        let summary = format!("Revised, version {}: it was the disk after all.", self.versions);
        let chosen = dice.below(self.pages[at].len());
        let title = self.pages[at][chosen].title.clone();
        for entry in self.pages.iter_mut().flatten().filter(|entry| entry.title == title) {
            entry.summary.clone_from(&summary);
        }
    }

    fn write(&mut self) {
        for (entries, name) in self.pages.iter_mut().zip(PAGES) {
            entries.truncate(ROOM);
            let text = page(entries.iter());
            if std::fs::read_to_string(self.home.path(&format!("pages/{name}"))).ok().as_ref() != Some(&text)
            {
                self.home.write_page(name, &text);
            }
        }
    }

    /// What is on the pages now.
    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.pages.iter().flatten()
    }
}

/// The version that a summary names; higher ones are later.
pub(super) fn version(summary: &str) -> u64 {
    let digits = summary.split("version ").nth(1).unwrap_or("");
    digits.split(':').next().and_then(|digits| digits.parse().ok()).unwrap_or(0)
}
