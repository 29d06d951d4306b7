//! The pages that are watched, and what a reader of them would see.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::step::{Edit, SLOTS};
use crate::support::{Item, Page, item};

/// The site of each listing.
pub(super) const SITES: [&str; SLOTS] = ["alpha", "alpha", "beta", "beta", "gamma"];

/// Entries on a page; what is over falls off its end.
const ROOM: usize = 12;

/// Entries in a flood.
const FLOOD: usize = 80;

/// The rows of tags, in turn.
const TAGS: [&str; 3] = ["KafkaRedis", "Kafka", "Redis"];

/// Former states of a page that may come back.
const KEPT: usize = 4;

/// The first articles of all pages, and the names of all.
pub(super) struct Pages {
    folder: PathBuf,
    slots: Vec<Slot>,
    /// Every title that any article ever had.
    titles: HashMap<String, usize>,
    last: usize,
    versions: usize,
}

/// One entry: the article with a number, as it is written now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) number: usize,
    pub(super) item: Item,
}

#[derive(Default)]
struct Slot {
    entries: Vec<Shown>,
    flood: Vec<Shown>,
    before: Vec<Vec<Shown>>,
    state: State,
}

#[derive(Clone, Copy, Default)]
enum State {
    #[default]
    Good,
    Cut(usize),
    Empty,
    Error,
    Missing,
    Old(usize),
}

impl Pages {
    /// Pages in a folder, with some entries each.
    pub(super) fn new(folder: &Path) -> Self {
        fs::create_dir_all(folder).unwrap();
        let slots = (0..SLOTS).map(|_| Slot::default()).collect();
        let mut pages =
            Self { folder: folder.to_owned(), slots, titles: HashMap::new(), last: 0, versions: 0 };
        for at in 0..SLOTS {
            pages.slots[at].entries = pages.fresh(6);
            pages.write(at);
        }
        pages
    }

    pub(super) fn file(&self, at: usize) -> PathBuf {
        self.folder.join(format!("page-{at}"))
    }

    /// Whether the article with a number is tagged `Kafka`, for ever.
    pub(super) fn is_of_kafka(number: usize) -> bool {
        TAGS[number % TAGS.len()].contains("Kafka")
    }

    /// The number of the article that has, or had, a title.
    pub(super) fn number(&self, title: &str) -> Option<usize> {
        self.titles.get(title).copied()
    }

    /// The whole entries that the page of a listing shows now.
    pub(super) fn shown(&self, at: usize) -> Vec<Shown> {
        let slot = &self.slots[at];
        match slot.state {
            State::Good => slot.flood.iter().chain(&slot.entries).cloned().collect(),
            State::Cut(most) => slot.entries[..most].to_vec(),
            State::Old(back) => slot.before[back].clone(),
            State::Empty | State::Error | State::Missing => Vec::new(),
        }
    }

    /// Everything is as it should be again.
    pub(super) fn calm(&mut self) {
        for at in 0..SLOTS {
            self.edit(at, Edit::Normal);
        }
    }

    pub(super) fn edit(&mut self, at: usize, edit: Edit) {
        let size = self.slots[at].entries.len();
        let is_good = matches!(self.slots[at].state, State::Good);
        if is_good {
            let now = self.shown(at);
            let before = &mut self.slots[at].before;
            if before.last() != Some(&now) {
                before.push(now);
                if before.len() > KEPT {
                    before.remove(0);
                }
            }
        }
        match edit {
            Edit::New(count) => {
                let fresh = self.fresh(count);
                self.slots[at].entries.splice(0..0, fresh);
            }
            Edit::Flood => {
                if self.slots[at].flood.is_empty() {
                    self.slots[at].flood = self.fresh(FLOOD);
                }
            }
            Edit::Cross(pick) => self.cross(at, pick),
            Edit::Normal => {
                self.slots[at].state = State::Good;
                self.slots[at].flood.clear();
            }
            Edit::Empty => self.slots[at].state = State::Empty,
            Edit::Error => self.slots[at].state = State::Error,
            Edit::Missing => self.slots[at].state = State::Missing,
            Edit::Old(pick) => {
                let there = self.slots[at].before.len();
                if there > 0 {
                    self.slots[at].state = State::Old(pick % there);
                }
            }
            _ if size < 4 => {}
            Edit::Cut(pick) => {
                self.slots[at].flood.clear();
                self.slots[at].state = State::Cut(pick % size);
            }
            Edit::Summary(pick) => self.revise(at, pick % size, false),
            Edit::Title(pick) => self.revise(at, pick % size, true),
            Edit::Remove(pick) => drop(self.slots[at].entries.remove(pick % size)),
            Edit::Swap(one, other) => self.slots[at].entries.swap(one % size, other % size),
        }
        let slot = &mut self.slots[at];
        slot.entries.truncate(ROOM);
        if let State::Cut(most) = slot.state {
            slot.state = State::Cut(most.min(slot.entries.len().saturating_sub(1)));
        }
        self.write(at);
    }

    fn fresh(&mut self, count: usize) -> Vec<Shown> {
        let mut made = Vec::new();
        for _ in 0..count {
            self.last += 1;
            let mut item = item(self.last);
            item.tags = TAGS[self.last % TAGS.len()].to_owned();
            // Every feed more is time.
            item.source = ["21CTO", "dbaplus"][self.last % 2].to_owned();
            let known = self.titles.insert(item.title.clone(), self.last);
            assert_eq!(known, None, "two articles with the title {}", item.title);
            made.insert(0, Shown { number: self.last, item });
        }
        made
    }

    /// Rewrites an entry, on whichever pages of the site it stands.
    fn revise(&mut self, at: usize, pick: usize, title: bool) {
        self.versions += 1;
        let mut entry = self.slots[at].entries[pick].clone();
        if title {
            let bare = item(entry.number).title;
            entry.item.title = format!("{bare} (Part {})", self.versions);
            self.titles.insert(entry.item.title.clone(), entry.number);
        } else {
            entry.item.summary = format!("Version {}: it was the disk after all, they say.", self.versions);
        }
        for other in (0..SLOTS).filter(|other| SITES[*other] == SITES[at]) {
            let slot = &mut self.slots[other];
            for known in slot.entries.iter_mut().filter(|known| known.number == entry.number) {
                *known = entry.clone();
            }
            if other != at {
                self.write(other);
            }
        }
    }

    fn cross(&mut self, at: usize, pick: usize) {
        let Some(other) = (0..SLOTS).find(|other| *other != at && SITES[*other] == SITES[at]) else { return };
        let from = &self.slots[other].entries;
        if from.is_empty() {
            return;
        }
        let entry = from[pick % from.len()].clone();
        if self.slots[at].entries.iter().all(|known| known.number != entry.number) {
            self.slots[at].entries.insert(0, entry);
        }
    }

    fn write(&self, at: usize) {
        let (slot, file) = (&self.slots[at], self.file(at));
        let text =
            |entries: &[Shown]| Page::of(entries.iter().map(|entry| entry.item.clone()).collect()).text();
        let text = match slot.state {
            State::Good | State::Old(_) => text(&self.shown(at)),
            State::Cut(most) => {
                let (whole, more) = (text(&slot.entries[..most]), text(&slot.entries[..=most]));
                let mut end = whole.len() + (more.len() - whole.len()) / 2;
                while !more.is_char_boundary(end) {
                    end -= 1;
                }
                more[..end].to_owned()
            }
            State::Empty => String::new(),
            State::Error => "<html><body><h1>502 Bad Gateway</h1></body></html>\n".to_owned(),
            State::Missing => {
                let _ = fs::remove_file(file);
                return;
            }
        };
        fs::write(file, text).unwrap();
    }
}
