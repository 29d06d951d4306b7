//! Which listing is looked at when: pure, `now` is an argument.
//!
//! A listing waits, is queued, or is being scanned; never two of these. At start all are queued: pages are files,
//! reading them is cheap, and only so are changes found that were made while nobody watched. A listing found due
//! long after its time, because the machine slept or the clock was set, is looked at once, within its jitter from
//! now. Fires that pass while a listing is queued or scanned because it was due are counted and skipped.
//!
//! Pages on the web are the exception: at start they wait for their time, and they may have to rest longer than
//! their schedule says. Those of one host are looked at one after another ([`Lanes`]), so that a slow host keeps only
//! its own waiting.
//!
//! A schedule goes on from the last look that it asked for itself. Looks for another reason, such as the start of
//! the service or a page that was saved, leave it where it is, so that stopping and starting moves nothing.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use super::lanes::Lanes;
use crate::config::Listing;
use crate::model::delivery::WAIT_MOST;
use crate::model::{ListingId, Timestamp};

/// Found due more than so many seconds late, a listing is spread by its jitter like all the others that are.
const LATE: i64 = 120;

/// A clock may fall back by so many seconds before due times are reckoned anew.
const SLACK: i64 = 5;

/// So many scans that end in a panic, one after another, end a listing's schedule.
pub const PANICS: u8 = 3;

/// The most fires that are counted as skipped by one scan.
const MOST_SKIPPED: usize = 1_000;

/// What waits until then waits for good.
const NEVER: Timestamp = Timestamp::LAST;

/// When each listing was last looked at because it was due.
pub type Looked = BTreeMap<ListingId, Timestamp>;

/// The listings and their times.
#[derive(Debug, Default)]
pub struct Plan {
    places: BTreeMap<ListingId, Place>,
    waiting: BTreeSet<(Timestamp, ListingId)>,
    queue: VecDeque<ListingId>,
    lanes: Lanes,
    looked: Timestamp,
}

#[derive(Debug)]
struct Place {
    listing: Listing,
    state: State,
    /// When it was last looked at because it was due.
    last: Option<Timestamp>,
    /// When it is due next; while a look runs, as if that had ended.
    due: Timestamp,
    /// Until when its pages rest, whatever its schedule says.
    rest: Timestamp,
    /// Where its pages are, if on the web.
    host: Option<String>,
    /// The lane that its look occupies.
    lane: Option<String>,
    /// Something happened while it was scanned: it is queued again when that ends.
    again: bool,
    /// The config no longer has it; it leaves when its scan ends.
    retired: bool,
    panics: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Until then.
    Waiting(Timestamp),
    /// Since then.
    Queued(Timestamp),
    /// Since then, counted from when it was queued, when it was due; `None` when it is looked at for another
    /// reason.
    Running(Option<Timestamp>),
    /// Its scans panic; it is left alone.
    Stopped,
}

/// A listing that is to be scanned now.
#[derive(Clone, Debug)]
pub struct Look {
    /// The listing.
    pub listing: Listing,
    /// How many scans of it panicked in a row.
    pub panics: u8,
    /// Now, when its schedule asks for this scan: what is remembered of it.
    pub due: Option<Timestamp>,
}

/// What the end of a scan means for its listing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// Fires that passed meanwhile and were skipped; at most 1000.
    pub skipped: usize,
    /// Whether the listing is still in the config.
    pub known: bool,
}

impl Plan {
    /// All listings, queued in this order, with when each was last looked at because it was due.
    pub fn new(listings: Vec<Listing>, last: &Looked, now: Timestamp) -> Self {
        let mut plan = Self { looked: now, ..Self::default() };
        for listing in listings {
            let last = last.get(&listing.spec.id).copied();
            plan.add(listing, last, now);
        }
        plan
    }

    fn add(&mut self, listing: Listing, last: Option<Timestamp>, now: Timestamp) {
        let id = listing.spec.id.clone();
        // A last look in the future was by a clock that has been set back.
        let last = last.map(|last| last.min(now));
        let (due, host, rest) = (listing.due(last), listing.spec.input.host(), Timestamp::default());
        // Whoever was asked lately is not asked again because the program started.
        let waits = host.is_some() && last.is_some();
        let state = if waits { State::Waiting(due) } else { State::Queued(now) };
        if waits {
            self.waiting.insert((due, id.clone()));
        } else {
            self.enqueue(host.as_deref(), id.clone());
        }
        let (again, retired, panics, lane) = (false, false, 0, None);
        self.places.insert(id, Place { listing, state, last, due, rest, host, lane, again, retired, panics });
    }

    fn enqueue(&mut self, host: Option<&str>, id: ListingId) {
        match host {
            Some(host) => self.lanes.push(host, id),
            None => self.queue.push_back(id),
        }
    }

    /// The pages of a listing are left alone until then; its schedule may say later.
    pub fn rest(&mut self, id: &ListingId, until: Option<Timestamp>) {
        let Some(place) = self.places.get_mut(id) else { return };
        place.rest = until.unwrap_or_default();
        if let State::Waiting(due) = place.state {
            self.waiting.remove(&(due, id.clone()));
            place.state = State::Waiting(place.next());
            self.waiting.insert((place.next(), id.clone()));
        }
    }

    /// Queues what is due.
    pub fn look(&mut self, now: Timestamp) {
        if now.plus(SLACK) < self.looked {
            self.set_back(now);
        }
        self.looked = now;
        while let Some((due, id)) = self.waiting.pop_first() {
            if due > now {
                self.waiting.insert((due, id));
                return;
            }
            let Some(place) = self.places.get_mut(&id) else { continue };
            let again = place.listing.schedule.catch_up(now, &id);
            if now.since(due) > LATE && again > now {
                (place.state, place.due) = (State::Waiting(again), again);
                self.waiting.insert((again, id));
            } else {
                place.state = State::Queued(due.max(now.plus(-LATE)));
                let host = place.host.clone();
                self.enqueue(host.as_deref(), id);
            }
        }
    }

    /// The clock was set back: nothing waits longer than its schedule says from now on, be it waiting already, or
    /// queued or scanned and waiting after that.
    fn set_back(&mut self, now: Timestamp) {
        self.waiting.clear();
        for (id, place) in &mut self.places {
            place.last = place.last.map(|last| last.min(now));
            place.due = place.due.min(place.listing.due(Some(now)));
            // What rests for good does so by every clock.
            if place.rest < NEVER {
                place.rest = place.rest.min(now.plus(WAIT_MOST));
            }
            let next = place.next();
            match &mut place.state {
                State::Waiting(due) => {
                    *due = next;
                    self.waiting.insert((next, id.clone()));
                }
                State::Queued(since) | State::Running(Some(since)) => *since = (*since).min(now),
                State::Running(None) | State::Stopped => {}
            }
        }
    }

    /// The next listing to scan. It counts as being scanned from here on.
    pub fn start(&mut self, now: Timestamp) -> Option<Look> {
        self.start_file(now).or_else(|| self.start_web(now))
    }

    /// The next listing of the web to scan, of a host that is not being asked.
    pub fn start_web(&mut self, now: Timestamp) -> Option<Look> {
        while let Some((host, id)) = self.lanes.pop() {
            if let Some(look) = self.begin(&id, now) {
                if let Some(place) = self.places.get_mut(&id) {
                    place.lane = Some(host);
                }
                return Some(look);
            }
            self.lanes.free(&host);
        }
        None
    }

    /// The next listing of files to scan.
    pub fn start_file(&mut self, now: Timestamp) -> Option<Look> {
        while let Some(id) = self.queue.pop_front() {
            if let Some(look) = self.begin(&id, now) {
                return Some(look);
            }
        }
        None
    }

    fn begin(&mut self, id: &ListingId, now: Timestamp) -> Option<Look> {
        let place = self.places.get_mut(id)?;
        let State::Queued(since) = place.state else { return None };
        let due = (place.due <= now).then_some(now);
        place.state = State::Running(due.map(|_| since));
        if due.is_some() {
            (place.last, place.due) = (due, place.listing.due(due));
        }
        Some(Look { listing: place.listing.clone(), panics: place.panics, due })
    }

    /// Whether a listing waits for nothing but a free place.
    pub fn is_queued(&self) -> bool {
        !self.queue.is_empty() || !self.lanes.is_empty()
    }

    /// Whether a listing of files waits for nothing but a free place.
    pub fn has_files_queued(&self) -> bool {
        !self.queue.is_empty()
    }

    /// A scan ended, with or without a panic.
    pub fn finished(&mut self, id: &ListingId, panicked: bool, now: Timestamp) -> Ended {
        let Some(place) = self.places.get_mut(id) else { return Ended::default() };
        if let Some(lane) = place.lane.take() {
            self.lanes.free(&lane);
        }
        if place.retired {
            self.places.remove(id);
            return Ended::default();
        }
        let State::Running(since) = place.state else { return Ended { skipped: 0, known: true } };
        place.panics = if panicked { place.panics + 1 } else { 0 };
        let again = std::mem::take(&mut place.again);
        let skipped = since.map_or(0, |since| skipped(&place.listing, since, now));
        if since.is_some() && place.due <= now {
            place.due = place.listing.due(Some(now));
        }
        if place.panics >= PANICS {
            place.state = State::Stopped;
        } else if again {
            place.state = State::Queued(now);
            let host = place.host.clone();
            self.enqueue(host.as_deref(), id.clone());
        } else {
            place.state = State::Waiting(place.next());
            self.waiting.insert((place.next(), id.clone()));
        }
        Ended { skipped, known: true }
    }

    /// Something tells that a listing changed: it is queued at once, or again after the scan that runs.
    pub fn soon(&mut self, id: &ListingId, now: Timestamp) {
        let Some(place) = self.places.get_mut(id) else { return };
        match place.state {
            State::Waiting(due) => {
                self.waiting.remove(&(due, id.clone()));
                place.state = State::Queued(now);
                let host = place.host.clone();
                self.enqueue(host.as_deref(), id.clone());
            }
            State::Running(_) => place.again = true,
            State::Queued(_) | State::Stopped => {}
        }
    }

    /// Takes over another config. Scans that run go on; a listing that is new, differs, or was left alone is
    /// queued.
    pub fn replace(&mut self, listings: Vec<Listing>, now: Timestamp) {
        let wanted: BTreeSet<ListingId> = listings.iter().map(|listing| listing.spec.id.clone()).collect();
        self.places.retain(|id, place| {
            place.retired = !wanted.contains(id);
            !place.retired || matches!(place.state, State::Running(_))
        });
        self.waiting.retain(|(_, id)| wanted.contains(id));
        self.queue.retain(|id| wanted.contains(id));
        self.lanes.retain(|id| wanted.contains(id));
        for listing in listings {
            self.renew(listing, now);
        }
    }

    fn renew(&mut self, listing: Listing, now: Timestamp) {
        let id = listing.spec.id.clone();
        let Some(place) = self.places.get_mut(&id) else { return self.add(listing, None, now) };
        let differs = place.listing != listing;
        if place.listing.schedule != listing.schedule {
            place.due = listing.due(place.last);
        }
        let input_differs = place.listing.spec.input != listing.spec.input;
        place.listing = listing;
        if input_differs {
            // What it waits for is of another address, and so is its place in the queue.
            (place.rest, place.host) = (Timestamp::default(), place.listing.spec.input.host());
            self.queue.retain(|queued| *queued != id);
            self.lanes.retain(|queued| *queued != id);
        }
        if matches!(place.state, State::Queued(_)) && input_differs {
            let host = place.host.clone();
            self.enqueue(host.as_deref(), id);
        } else if place.state == State::Stopped {
            (place.state, place.panics) = (State::Queued(now), 0);
            let host = place.host.clone();
            self.enqueue(host.as_deref(), id);
        } else if differs {
            self.soon(&id, now);
        }
    }

    /// Whether a listing is left alone, because its scans panic.
    pub fn is_stopped(&self, id: &ListingId) -> bool {
        self.places.get(id).is_some_and(|place| place.state == State::Stopped)
    }

    /// How long until a listing is due; `None` when none waits.
    pub fn wait(&self, now: Timestamp) -> Option<Duration> {
        let (due, _) = self.waiting.first()?;
        Some(Duration::from_secs(u64::try_from(due.since(now)).unwrap_or(0)))
    }

    /// When each waiting listing is due, soonest first.
    pub fn upcoming(&self) -> Vec<(String, Timestamp)> {
        let sooner = self.waiting.iter().filter(|(due, _)| *due < NEVER);
        sooner.map(|(due, id)| (id.to_string(), *due)).collect()
    }
}

impl Place {
    /// When it is looked at next: when its schedule says, and not before its pages may be asked for.
    fn next(&self) -> Timestamp {
        self.due.max(self.rest)
    }
}

/// How many fires passed since a listing was queued.
fn skipped(listing: &Listing, since: Timestamp, now: Timestamp) -> usize {
    let schedule = &listing.schedule;
    let fires = std::iter::successors(schedule.next_after(since), |last| schedule.next_after(*last));
    fires.take_while(|fire| *fire <= now).take(MOST_SKIPPED).count()
}
