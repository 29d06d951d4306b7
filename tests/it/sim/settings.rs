//! The config, as it is changed.

use std::path::Path;

use tidings::config::{Config, Environment, parse};
use tidings::model::{ListingId, TargetId};

use super::pages::{Pages, SITES};
use super::step::{Change, SLOTS, TARGETS};

/// What the config says now.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    listed: [bool; SLOTS],
    names: [usize; SLOTS],
    tags: [usize; SLOTS],
    declared: [bool; TARGETS],
    view: usize,
}

const NAMES: [[&str; 3]; SLOTS] = [
    ["one", "one-b", "one-c"],
    ["two", "two-b", "two-c"],
    ["three", "three-b", "three-c"],
    ["four", "four-b", "four-c"],
    ["five", "five-b", "five-c"],
];
const TIMES: [&str; SLOTS] = [
    "every = \"30m\"",
    "every = \"1h\"",
    "schedule = \"0 8-18 * * Mon-Fri\"\nzone = \"Europe/Berlin\"",
    "every = \"10m\"",
    "schedule = \"30 2 * * *\"\nzone = \"Europe/Berlin\"",
];
const TAGS: [&str; 3] = ["", "tags = [\"Northern\"]", "tags = [\"Northern\", \"Southern\"]"];
const VIEWS: [&str; 3] = [
    "",
    "[[view]]\nid = \"queues\"\nwhen = { tags = [\"Kafka\"] }\n",
    "[[view]]\nid = \"queues\"\nwhen = { sources = [\"2*\"] }\n",
];

/// The targets: everything, each alone; some; everything, many as one; health alone. Then one that is always there, and
/// always well: what becomes of articles that are known, and held readings.
const RULES: [(&str, &str); TARGETS + 1] = [
    ("every", "burst = false"),
    ("kafka", "burst = false\nwhen = { tags = [\"Kafka\"] }"),
    ("bursty", "burst = 3"),
    ("nurse", "when = false\nhealth = true"),
    ("watcher", "burst = false\nchanges = [\"updated\", \"removed\", \"returned\"]\nheld = true"),
];

impl Default for Settings {
    fn default() -> Self {
        Self {
            listed: [true; SLOTS],
            names: [0; SLOTS],
            tags: [1, 0, 2, 0, 0],
            declared: [true; TARGETS],
            view: 1,
        }
    }
}

impl Settings {
    pub(super) fn change(&mut self, change: Change) {
        let turn = |value: &mut usize| *value = (*value + 1) % 3;
        match change {
            Change::Listing(at) => self.listed[at % SLOTS] ^= true,
            Change::Rename(at) => turn(&mut self.names[at % SLOTS]),
            Change::Tags(at) => turn(&mut self.tags[at % SLOTS]),
            Change::Target(at) => self.declared[at % TARGETS] ^= true,
            Change::View(_) => turn(&mut self.view),
        }
    }

    /// Everything is declared.
    pub(super) fn calm(&mut self) {
        (self.listed, self.declared) = ([true; SLOTS], [true; TARGETS]);
    }

    pub(super) fn is_listed(&self, at: usize) -> bool {
        self.listed[at]
    }

    pub(super) fn id(&self, at: usize) -> ListingId {
        ListingId::parse(NAMES[at][self.names[at]]).unwrap()
    }

    /// The place of a listing, by any of its ids.
    pub(super) fn slot(id: &ListingId) -> usize {
        NAMES.iter().position(|names| names.contains(&id.as_str())).unwrap()
    }

    pub(super) fn target(at: usize) -> TargetId {
        TargetId::parse(RULES[at % TARGETS].0).unwrap()
    }

    /// The target that is told what becomes of articles that are known.
    pub(super) fn watcher() -> TargetId {
        TargetId::parse(RULES[TARGETS].0).unwrap()
    }

    fn is_declared(&self, at: usize) -> bool {
        self.declared.get(at).is_none_or(|declared| *declared)
    }

    /// The declared targets that are told of every article.
    pub(super) fn told_of_all(&self) -> Vec<TargetId> {
        [0, 2].into_iter().filter(|at| self.declared[*at]).map(Self::target).collect()
    }

    /// The declared targets that must be told of the article with a number. The one for a tag may be told of others, too:
    /// a listing whose pages make a tag evident gives it to all that is on it.
    pub(super) fn told_of(&self, number: usize) -> Vec<TargetId> {
        let mut told = self.told_of_all();
        told.extend((self.declared[1] && Pages::is_of_kafka(number)).then(|| Self::target(1)));
        told
    }

    pub(super) fn config(&self, root: &Path, pages: &Pages) -> Config {
        let mut text = format!(
            "data_dir = \"{}\"\n[site]\ntitle = \"Sim\"\nbase_url = \"http://sim.example\"\n",
            root.join("var").display()
        );
        for at in (0..SLOTS).filter(|at| self.listed[*at]) {
            let id = self.id(at);
            let former: Vec<&str> = NAMES[at].into_iter().filter(|name| *name != id.as_str()).collect();
            text += &format!(
                "\n[[listing]]\nid = \"{id}\"\nrenamed_from = {former:?}\nformat = \"text\"\nsite = \"{}\"\n\
                 files = [\"{}\"]\n{}\n{}\n",
                SITES[at],
                pages.file(at).display(),
                TIMES[at],
                TAGS[self.tags[at]]
            );
        }
        text += VIEWS[self.view];
        let secret = crate::support::SECRET;
        for (id, more) in (0..RULES.len()).filter(|at| self.is_declared(*at)).map(|at| RULES[at]) {
            text += &format!(
                "\n[[target]]\nid = \"{id}\"\nurl = \"https://sim.example/\"\nsecret = \"{secret}\"\n{more}\n"
            );
        }
        let checked = parse(&text, Path::new("sim.toml"), &Environment::default());
        checked.unwrap_or_else(|faults| panic!("{}", faults.render(false))).config
    }
}
