//! Checking: every record of the journal, every entry of the index, and that what belongs together leads to each
//! other, from both sides.
//!
//! The store may go on meanwhile. What looks wrong while it is written to is looked at again.

use std::collections::HashMap;
use std::path::Path;

use super::dump::snapshot;
use super::error::IndexError;
use super::export::Progress;
use super::handle::Handle;
use super::index::{Feed, Index};
use super::journal::{self, Damage, Position};
use super::outbox::entry::{Settled, Tally};
use super::state::{self, Found};
use super::sum::Sum;
use crate::model::{DeliveryState, FeedKind, TargetId};
use crate::store::{Result, StoreError};

/// How many articles or deliveries are looked at in one go: the index is not taken away meanwhile.
const STEP: u32 = 1_000;

/// How many faults are told; of more, only their number.
const TOLD: usize = 100;

/// How often an index is checked that is written to meanwhile.
const TRIES: usize = 5;

/// What to do about a damaged journal.
const JOURNAL: &str = "restore the data folder from a backup, `tidings import` an export, or run `tidings store rebuild \
                       --skip-bad-lines`";

/// What becomes of a damaged index.
const INDEX: &str =
    "the index is built anew from the journal, now or at the next start, and announces nothing by that";

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Fault {
    /// Where: a file, or what of the index.
    pub place: String,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub hint: String,
}

/// What was looked at, and what is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Checked {
    /// Records of the journal.
    pub records: u64,
    /// Articles, each with its texts.
    pub articles: u64,
    /// Keys that lead to them.
    pub keys: u64,
    /// Feeds.
    pub feeds: u64,
    /// Listings.
    pub listings: u64,
    /// Targets.
    pub targets: u64,
    /// Deliveries.
    pub deliveries: u64,
    /// The first hundred faults.
    pub faults: Vec<Fault>,
    /// How many more there are.
    pub more: u64,
    /// Whether some of them are of the index.
    #[serde(skip)]
    pub(super) is_index_wrong: bool,
}

impl Checked {
    fn fault(&mut self, place: impl Into<String>, what: impl Into<String>, hint: &str) {
        if self.faults.len() < TOLD {
            self.faults.push(Fault { place: place.into(), what: what.into(), hint: hint.to_owned() });
        } else {
            self.more += 1;
        }
    }

    fn index(&mut self, place: impl Into<String>, what: impl Into<String>) {
        self.is_index_wrong = true;
        self.fault(place, what, INDEX);
    }

    /// Takes an error of the store for a fault, unless it says nothing of the store.
    fn error(&mut self, error: StoreError) -> Result<()> {
        match error {
            StoreError::Damaged { file, line, what } | StoreError::Newer { file, line, what } => {
                let place =
                    if line == 0 { file.display().to_string() } else { format!("{}:{line}", file.display()) };
                self.fault(place, what, JOURNAL);
            }
            StoreError::Index(error) => self.index("index", error.to_string()),
            other => return Err(other),
        }
        Ok(())
    }
}

/// Checks the journal of a store that `error` keeps from being opened. There is a fault: that error, if no other.
pub(super) fn unopened(folder: &Path, error: &StoreError, tell: &mut dyn FnMut(Progress)) -> Result<Checked> {
    let mut found = Checked::default();
    of_journal(&mut found, &folder.join("journal"), tell)?;
    // A line of the journal says more than what came of it.
    if found.faults.is_empty() {
        found.fault("store", error.to_string(), error.hint().unwrap_or(JOURNAL));
    }
    Ok(found)
}

/// Checks a store that is open in this process.
pub(super) fn check(folder: &Path, handle: &Handle, tell: &mut dyn FnMut(Progress)) -> Result<Checked> {
    let mut found = Checked::default();
    let journal_folder = folder.join("journal");
    tell(Progress { what: "reading the journal", done: 0, of: 0 });
    for tries in 1.. {
        let begins = snapshot::newest(&journal_folder)?;
        found = Checked::default();
        let read = of_journal(&mut found, &journal_folder, tell);
        let is_whole = read.is_ok() && found.faults.is_empty();
        // Files that a snapshot took the place of may have gone while they were read.
        if is_whole || tries == TRIES || snapshot::newest(&journal_folder)? == begins {
            read?;
            break;
        }
    }
    let mut tries = 0;
    loop {
        tries += 1;
        let mut of_index =
            Checked { records: found.records, faults: found.faults.clone(), ..Checked::default() };
        let before = seq(handle)?;
        if let Err(error) = Links::new(&mut of_index).all(handle, tell) {
            of_index.error(error)?;
        }
        let state = state::read(folder);
        let stood_still = seq(handle)? == before;
        stated(&mut of_index, folder, state, handle, before)?;
        if of_index.faults == found.faults || stood_still || tries == TRIES {
            return Ok(of_index);
        }
    }
}

/// The journal, from its snapshot to its last record.
fn of_journal(found: &mut Checked, journal_folder: &Path, tell: &mut dyn FnMut(Progress)) -> Result<()> {
    if let Err(error) = snapshot::check(journal_folder) {
        found.error(error)?;
    }
    let read = journal::read(journal_folder, Position::default(), Damage::Stop, |records, _| {
        found.records += records.len() as u64;
        tell(Progress { what: "reading records", done: found.records, of: 0 });
        Ok(())
    });
    if let Err(error) = read {
        found.error(error)?;
    }
    Ok(())
}

fn seq(handle: &Handle) -> Result<u64> {
    handle.look(|base| Ok(Index::new(base).applied()?.map_or(0, |applied| applied.seq)))
}

/// What `state.json` says must be so.
fn stated(found: &mut Checked, folder: &Path, state: Result<Found>, handle: &Handle, seq: u64) -> Result<()> {
    let place = state::path(folder).display().to_string();
    let hint = "it is written anew at the next start";
    match state {
        Err(error) => found.error(error)?,
        Ok(Found::Missing) => found.fault(place, "it is missing", hint),
        Ok(Found::Unreadable(what)) => found.fault(place, format!("it cannot be read: {what}"), hint),
        Ok(Found::State(state)) => {
            let store = handle.look(|base| Ok(Index::new(base).applied()?.map(|applied| applied.store)))?;
            if store.is_some_and(|store| store != state.store) {
                found.fault(place, "it is of another store", JOURNAL);
            } else if state.seq > seq {
                let what =
                    format!("it says that record {} was written, and the last one is {seq}", state.seq);
                found.fault(place, what, JOURNAL);
            }
        }
    }
    Ok(())
}

/// The index, from both sides of each link.
struct Links<'c> {
    found: &'c mut Checked,
    feeds: HashMap<u32, Feed>,
    /// What articles say of the segments they stand in, and what segments say of articles: the same in the end.
    routes: u64,
    members: u64,
    unsure: u64,
    hidden: u64,
    textless: u64,
}

impl<'c> Links<'c> {
    fn new(found: &'c mut Checked) -> Self {
        Self { found, feeds: HashMap::new(), routes: 0, members: 0, unsure: 0, hidden: 0, textless: 0 }
    }

    fn all(&mut self, handle: &Handle, tell: &mut dyn FnMut(Progress)) -> Result<()> {
        tell(Progress { what: "reading the index", done: 0, of: 0 });
        let applied = handle.look(|base| {
            let applied = Index::new(base).applied()?;
            Ok(applied.map(|applied| (applied, Sum::of(&base.tree))))
        })?;
        let Some((applied, sum)) = applied else {
            self.found.index("index", "it does not say how far it is");
            return Ok(());
        };
        match sum {
            Err(error) => self.found.index("index", error.to_string()),
            Ok(sum) if sum != applied.sum => {
                self.found.index("index", "entries are missing in it, or of another time");
            }
            Ok(_) => {}
        }
        for number in 0..applied.next_feed {
            handle.look(|base| self.feed(&Index::new(base), number))?;
            tell(Progress { what: "checking feeds", done: number.into(), of: applied.next_feed.into() });
        }
        for first in (0..applied.next_article).step_by(STEP as usize) {
            let last = first.saturating_add(STEP).min(applied.next_article);
            handle.look(|base| {
                let index = Index::new(base);
                (first..last).try_for_each(|number| self.article(&index, number))
            })?;
            tell(Progress { what: "checking articles", done: last.into(), of: applied.next_article.into() });
        }
        handle.look(|base| self.whole(&Index::new(base)))?;
        handle.look(|base| self.outbox(&Index::new(base)))
    }

    fn feed(&mut self, index: &Index<'_>, number: u32) -> Result<()> {
        let Some(feed) = index.feed(number)? else { return Ok(()) };
        self.found.feeds += 1;
        let place = format!("feed {} ({number})", feed.key);
        if index.feed_number(&feed.key)? != Some(number) {
            self.found.index(&place, "its name leads elsewhere");
        }
        if index.slug_owner(feed.key.kind, &feed.slug)? != Some(number) {
            self.found.index(&place, format!("its slug `{}` leads elsewhere", feed.slug));
        }
        let mut count = 0;
        for at in 0..feed.segments {
            let segment = index.segment(number, at)?;
            if segment.members.len() > segment.entered as usize {
                self.found.index(&place, format!("more articles are in its stretch {at} than entered it"));
            }
            count += segment.members.len() as u64;
            for member in segment.members {
                self.members = self.members.wrapping_add(mix(number, at, member));
            }
        }
        // The health feed counts events, and has no articles.
        if feed.key.kind != FeedKind::Health && count != feed.count {
            self.found.index(&place, format!("it counts {} articles, and {count} are in it", feed.count));
        }
        self.feeds.insert(number, feed);
        Ok(())
    }

    fn article(&mut self, index: &Index<'_>, number: u32) -> Result<()> {
        // Its texts are read in the journal, and compared with their checksum.
        let stored = match index.stored(number) {
            Ok(Some(stored)) => stored,
            Ok(None) => {
                self.found.index(format!("article number {number}"), "it is missing");
                return Ok(());
            }
            // What stands in the journal is its fault, and no other index's.
            Err(error @ IndexError::Text { .. }) => return self.found.error(error.into()),
            Err(error @ IndexError::Unread { .. }) => return Err(error.into()),
            Err(error) => {
                self.found.index(format!("article number {number}"), error.to_string());
                return Ok(());
            }
        };
        self.found.articles += 1;
        let article = &stored.article;
        let place = format!("article {}", article.id);
        if index.number(article.id)? != Some(number) {
            self.found.index(&place, "its id leads elsewhere");
        }
        for key in &article.keys {
            self.found.keys += 1;
            if index.by_key(article.site, *key)? != Some(number) {
                self.found.index(&place, format!("its key {key} leads elsewhere"));
            }
        }
        if let Some(story) = stored.story()
            && index.by_story(story)?.is_none_or(|last| last < number)
        {
            self.found.index(&place, "its story leads to an earlier one, or to none");
        }
        for (feed, segment) in &stored.routes {
            self.routes = self.routes.wrapping_add(mix(*feed, *segment, number));
            if self.feeds.get(feed).is_none_or(|feed| *segment >= feed.segments) {
                self.found
                    .index(&place, format!("it stands in feed number {feed}, which has no such stretch"));
            }
        }
        for on in &article.listings {
            if index.listing_exists(&on.listing)? {
                continue;
            }
            self.found.index(&place, format!("it is on listing `{}`, which is not there", on.listing));
        }
        self.unsure += u64::from(!article.sure);
        self.hidden += u64::from(article.hidden);
        self.textless += u64::from(article.is_textless());
        Ok(())
    }

    /// What is counted on one side, and on the other.
    fn whole(&mut self, index: &Index<'_>) -> Result<()> {
        self.found.listings = index.listings()?.len() as u64;
        let keys = index.count_keys()?;
        if keys != self.found.keys {
            let what = format!("{keys} keys lead to articles, and {} are keys of articles", self.found.keys);
            self.found.index("keys", what);
        }
        if self.routes != self.members {
            self.found.index("feeds", "articles say that they stand in others than feeds say");
        }
        for (what, marked, counted) in [
            ("rows in doubt", index.unsure(usize::MAX)?.len() as u64, self.unsure),
            ("hidden articles", index.hidden()?.len() as u64, self.hidden),
            ("articles without texts", index.forgot()?.count, self.textless),
        ] {
            if marked != counted {
                self.found.index(what, format!("{marked} are marked, and there are {counted}"));
            }
        }
        Ok(())
    }

    fn outbox(&mut self, index: &Index<'_>) -> Result<()> {
        let mut counted: HashMap<TargetId, Tally> = HashMap::new();
        let mut last = None;
        loop {
            let step = index.progress_after(last, STEP as usize)?;
            let Some((id, _)) = step.last() else { break };
            last = Some(*id);
            for (id, progress) in step {
                self.found.deliveries += 1;
                let place = format!("message {id} to `{}`", progress.target);
                if index.message(id)?.is_none() {
                    self.found.index(&place, "what it says is missing");
                }
                if !index.is_in_its_place(id, &progress)? {
                    self.found.index(&place, "it is not among those that are as far as it");
                }
                let tally = counted.entry(progress.target).or_default();
                match progress.state {
                    DeliveryState::Waiting(_) => tally.waiting += 1,
                    DeliveryState::Delivered => tally.delivered.count += 1,
                    DeliveryState::Dead => tally.dead.count += 1,
                }
            }
        }
        for target in index.read_targets()? {
            self.found.targets += 1;
            let id = &target.rule.id;
            let (tally, counted) = (index.tally(id)?, counted.remove(id).unwrap_or_default());
            let rows = [
                ("wait", tally.waiting, counted.waiting, index.count_waiting(id)?),
                (
                    "are delivered",
                    tally.delivered.count,
                    counted.delivered.count,
                    index.count_settled(id, Settled::Delivered)?,
                ),
                ("are dead", tally.dead.count, counted.dead.count, index.count_settled(id, Settled::Dead)?),
            ];
            for (what, tally, counted, queued) in rows {
                if tally != counted || queued != counted {
                    let place = format!("target `{id}`");
                    self.found.index(
                        place,
                        format!("{counted} of its messages {what}, {tally} by its tally, {queued} in order"),
                    );
                }
            }
        }
        for id in counted.keys() {
            self.found.index(format!("target `{id}`"), "it is owed messages, and is not there");
        }
        Ok(())
    }
}

/// A number for one article in one stretch of one feed, so that sums of them tell sets apart.
fn mix(feed: u32, segment: u32, article: u32) -> u64 {
    let mut bytes = [0; 12];
    bytes[..4].copy_from_slice(&feed.to_le_bytes());
    bytes[4..8].copy_from_slice(&segment.to_le_bytes());
    bytes[8..].copy_from_slice(&article.to_le_bytes());
    let hash = blake3::hash(&bytes);
    hash.as_bytes().first_chunk().map_or(0, |first| u64::from_le_bytes(*first))
}
