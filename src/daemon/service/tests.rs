//! The schedule under a clock that tests set, in time that does not pass by itself.

mod restarts;
mod web;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use super::ledger::{Ledger, News};
use super::plan::{Look, Looked, Plan};
use super::rounds::{Outcome, Rounds, STUCK};
use super::{SCANS_AT_ONCE, sane_clock};
use crate::clock::Clock;
use crate::config::{Environment, Listing};
use crate::daemon::report::{ScanReport, Status};
use crate::daemon::systemd::Systemd;
use crate::model::{Health, ListingId, Timestamp};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// 2026-11-21, some minutes past an hour.
const BEGUN: i64 = 1_795_234_321;

fn listings(count: usize, when: &str) -> Vec<Listing> {
    let mut text = String::from("[site]\ntitle = \"T\"\nbase_url = \"http://127.0.0.1:1\"\n");
    for number in 0..count {
        let _ = write!(text, "[[listing]]\nid = \"l{number}\"\nfiles = [\"/nowhere/{number}\"]\n{when}\n");
    }
    let checked = crate::config::parse(&text, Path::new("t.toml"), &Environment::default()).unwrap();
    checked.config.listings
}

fn id(number: usize) -> ListingId {
    ListingId::parse(&format!("l{number}")).unwrap()
}

fn report(listing: &ListingId, health: Health) -> ScanReport {
    ScanReport {
        listing: listing.clone(),
        status: if health == Health::Ok { Status::Unchanged } else { Status::Failed },
        health,
        reason: String::new(),
        pages: 1,
        articles: 1,
        declared: None,
        new: Vec::new(),
        updated: Vec::new(),
        removed: Vec::new(),
        returned: Vec::new(),
        faults: Vec::new(),
        duration_ms: 0,
        rest: None,
    }
}

/// What scans do in a test.
#[derive(Clone, Copy)]
enum Scanning {
    /// Each takes so many seconds.
    Takes(u64),
    /// That of the first listing never ends; others take a second.
    FirstHangs,
    /// That of the first listing panics; others take a second.
    FirstPanics,
}

/// Rounds over listings whose scans only take time.
struct World {
    rounds: Rounds,
    begun: Instant,
    /// By how much the clock was set.
    set: Arc<AtomicI64>,
    /// When which listing's scan began, in seconds of time that passed.
    scans: Arc<Mutex<Vec<(ListingId, u64)>>>,
    /// The most scans that ran at once.
    most: Arc<AtomicUsize>,
    skipped: usize,
    panics: usize,
}

impl World {
    fn new(listings: Vec<Listing>, scanning: Scanning) -> Self {
        let begun = Instant::now();
        let (set, most) = (Arc::<AtomicI64>::default(), Arc::<AtomicUsize>::default());
        let scans = Arc::<Mutex<Vec<(ListingId, u64)>>>::default();
        let clock = {
            let set = Arc::clone(&set);
            move || {
                let passed = i64::try_from(begun.elapsed().as_secs()).unwrap();
                Timestamp::from_unix(BEGUN + passed + set.load(Ordering::SeqCst))
            }
        };
        let running = Arc::new(AtomicUsize::new(0));
        let scan = {
            let (scans, most) = (Arc::clone(&scans), Arc::clone(&most));
            move |look: Look| {
                let (scans, most, running) = (Arc::clone(&scans), Arc::clone(&most), Arc::clone(&running));
                let id = look.listing.spec.id;
                Box::pin(async move {
                    scans.lock().unwrap().push((id.clone(), begun.elapsed().as_secs()));
                    most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    let first = id.as_str() == "l0";
                    let panics = matches!(scanning, Scanning::FirstPanics) && first;
                    match scanning {
                        Scanning::Takes(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
                        Scanning::FirstHangs if first => std::future::pending().await,
                        _ => tokio::time::sleep(Duration::from_secs(1)).await,
                    }
                    running.fetch_sub(1, Ordering::SeqCst);
                    assert!(!panics, "a bug in one scan");
                    Outcome { report: Some(Ok(report(&id, Health::Ok))), panicked: false }
                }) as std::pin::Pin<Box<dyn Future<Output = Outcome> + Send>>
            }
        };
        let rounds = Rounds::new(listings, &Looked::new(), Clock::told(clock), Box::new(scan));
        Self { rounds, begun, set, scans, most, skipped: 0, panics: 0 }
    }

    /// Lets time pass.
    async fn pass(&mut self, seconds: u64) {
        let until = Instant::now() + Duration::from_secs(seconds);
        while let Some(rest) = until.checked_duration_since(Instant::now()).filter(|rest| !rest.is_zero()) {
            if let Some(scanned) = self.rounds.turn(rest.min(Duration::from_secs(20))).await {
                self.skipped += scanned.skipped;
                self.panics += usize::from(scanned.outcome.panicked);
            }
        }
    }

    /// Sets the clock, forward or back.
    fn set_clock(&self, by: i64) {
        self.set.fetch_add(by, Ordering::SeqCst);
    }

    fn passed(&self) -> u64 {
        self.begun.elapsed().as_secs()
    }

    /// The scans since `from`, by listing.
    fn scans_since(&self, from: u64) -> HashMap<ListingId, Vec<u64>> {
        let mut found: HashMap<ListingId, Vec<u64>> = HashMap::new();
        for (id, at) in self.scans.lock().unwrap().iter().filter(|(_, at)| *at >= from) {
            found.entry(id.clone()).or_default().push(*at);
        }
        found
    }
}

#[tokio::test(start_paused = true)]
async fn every_listing_is_scanned_at_start_and_then_when_it_is_due() {
    let mut world = World::new(listings(3, "every = \"10m\""), Scanning::Takes(1));
    world.pass(5).await;
    assert_eq!(world.scans_since(0).len(), 3);
    world.pass(3 * 600 + 180).await;
    for scans in world.scans_since(5).values() {
        assert_eq!(scans.len(), 3, "{scans:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn f023_clock_set_back_an_hour_makes_no_burst_and_no_stall() {
    let mut world = World::new(listings(20, "every = \"10m\""), Scanning::Takes(1));
    world.pass(700).await;
    let from = world.passed();
    world.set_clock(-HOUR);
    world.pass(120).await;
    let soon: usize = world.scans_since(from).values().map(Vec::len).sum();
    assert!(soon <= 20, "{soon} scans in two minutes");
    world.pass(700).await;
    let later = world.scans_since(from);
    assert_eq!(later.len(), 20);
    assert!(later.values().all(|scans| scans.len() <= 2), "{later:?}");
}

#[tokio::test(start_paused = true)]
async fn f023_clock_set_back_while_listings_are_queued_and_scanned_stalls_none() {
    let mut world = World::new(listings(SCANS_AT_ONCE + 4, "every = \"10m\""), Scanning::Takes(5));
    world.pass(2).await;
    world.set_clock(-4 * 365 * DAY);
    world.pass(20).await;
    let from = world.passed();
    world.pass(800).await;
    assert_eq!(world.scans_since(from).len(), SCANS_AT_ONCE + 4);
}

#[tokio::test(start_paused = true)]
async fn f023_clock_set_forward_a_year_scans_each_listing_once() {
    let mut world = World::new(listings(20, "schedule = \"0 * * * *\""), Scanning::Takes(1));
    world.pass(60).await;
    let from = world.passed();
    world.set_clock(365 * DAY);
    world.pass(180).await;
    let scans = world.scans_since(from);
    assert_eq!(scans.len(), 20);
    assert!(scans.values().all(|scans| scans.len() == 1), "{scans:?}");
}

#[tokio::test(start_paused = true)]
async fn f035_machine_asleep_three_days_scans_each_listing_once_spread_by_jitter() {
    let mut world = World::new(listings(40, "schedule = \"*/30 * * * *\""), Scanning::Takes(0));
    world.pass(10).await;
    let from = world.passed();
    // The clock of the runtime stands still while the machine sleeps; that of the wall goes on.
    world.set_clock(3 * DAY);
    world.pass(150).await;
    let scans = world.scans_since(from);
    assert_eq!(scans.len(), 40);
    assert!(scans.values().all(|scans| scans.len() == 1), "{scans:?}");
    let mut seconds: Vec<u64> = scans.values().flatten().copied().collect();
    seconds.sort_unstable();
    seconds.dedup();
    assert!(seconds.len() > 15, "all within {} seconds", seconds.len());
}

#[tokio::test(start_paused = true)]
async fn f036_scan_longer_than_its_period_is_never_doubled_and_its_ticks_are_counted() {
    let mut world = World::new(listings(1, "every = \"60s\""), Scanning::Takes(150));
    world.pass(1_200).await;
    let scans = &world.scans_since(0)[&id(0)];
    assert_eq!(world.most.load(Ordering::SeqCst), 1);
    assert!(scans.windows(2).all(|pair| pair[1] - pair[0] >= 150 + 60), "{scans:?}");
    assert_eq!(world.skipped, 2 * 5, "{scans:?}");
}

#[tokio::test(start_paused = true)]
async fn f037_five_hundred_due_in_one_second_finish_sixteen_at_a_time() {
    let mut world = World::new(listings(500, "schedule = \"0 0 * * *\""), Scanning::Takes(1));
    world.pass(40).await;
    assert_eq!(world.scans_since(0).len(), 500);
    assert_eq!(world.most.load(Ordering::SeqCst), SCANS_AT_ONCE);
    assert!(!world.rounds.is_stuck());
}

#[tokio::test(start_paused = true)]
async fn f037_one_listing_that_hangs_delays_no_other() {
    let mut world = World::new(listings(30, "every = \"1m\""), Scanning::FirstHangs);
    world.pass(HOUR.unsigned_abs()).await;
    let scans = world.scans_since(0);
    assert_eq!(scans[&id(0)].len(), 1);
    assert!((1..30).all(|number| scans[&id(number)].len() > 50), "{scans:?}");
    assert!(!world.rounds.is_stuck());
}

#[tokio::test(start_paused = true)]
async fn f134_rounds_are_stuck_when_every_place_hangs_and_not_before() {
    let mut world = World::new(listings(SCANS_AT_ONCE + 1, "every = \"1m\""), Scanning::Takes(100 * 60));
    world.pass(STUCK.as_secs() - 20).await;
    assert!(!world.rounds.is_stuck(), "a slow disk is not a stuck one");
    world.pass(60).await;
    assert!(world.rounds.is_stuck());
}

#[tokio::test(start_paused = true)]
async fn f135_three_panics_end_one_listings_schedule_and_harm_no_other() {
    let mut world = World::new(listings(5, "every = \"1m\""), Scanning::FirstPanics);
    world.pass(HOUR.unsigned_abs()).await;
    let scans = world.scans_since(0);
    assert_eq!((scans[&id(0)].len(), world.panics), (3, 3));
    assert!(world.rounds.plan.is_stopped(&id(0)));
    assert!((1..5).all(|number| scans[&id(number)].len() > 50), "{scans:?}");
}

#[tokio::test(start_paused = true)]
async fn f137_clock_that_is_not_set_is_waited_for() {
    let begun = Instant::now();
    let clock = move || match begun.elapsed().as_secs() {
        0..300 => Timestamp::from_unix(12),
        _ => Timestamp::from_unix(BEGUN),
    };
    sane_clock(clock, &mut Systemd::default()).await;
    assert_eq!(begun.elapsed().as_secs(), 300);
}

#[test]
fn another_config_keeps_running_scans_and_queues_only_what_differs() {
    let now = Timestamp::from_unix(BEGUN);
    let mut plan = Plan::new(listings(4, "every = \"1h\""), &Looked::new(), now);
    let started = [plan.start(now), plan.start(now), plan.start(now), plan.start(now)];
    assert!(started.iter().all(Option::is_some));
    for number in [2, 3] {
        plan.finished(&id(number), false, now);
    }
    let mut others = listings(5, "every = \"1h\"");
    others.remove(0);
    others[1].spec.title = "Another title".to_owned();
    plan.replace(others, now);
    let queued: Vec<ListingId> =
        std::iter::from_fn(|| plan.start(now)).map(|look| look.listing.spec.id).collect();
    assert_eq!(queued, [id(2), id(4)], "what differs, and what is new");
    assert!(!plan.finished(&id(0), false, now).known, "what is gone");
    assert!(plan.finished(&id(1), false, now).known);
    assert!(plan.finished(&id(0), false, now).skipped == 0);
}

#[test]
fn another_config_gives_a_listing_whose_scans_panicked_another_chance() {
    let now = Timestamp::from_unix(BEGUN);
    let mut plan = Plan::new(listings(1, "every = \"1s\""), &Looked::new(), now);
    for second in 0..3 {
        let now = now.plus(10 * second);
        plan.look(now);
        assert!(plan.start(now).is_some());
        plan.finished(&id(0), true, now);
    }
    plan.look(now.plus(DAY));
    assert!(plan.start(now).is_none());
    plan.replace(listings(1, "every = \"1s\""), now);
    assert!(plan.start(now).is_some());
}

#[tokio::test(start_paused = true)]
async fn f138_listing_that_fails_every_minute_for_a_week_is_said_once_and_summed_up_daily() {
    let mut ledger = Ledger::new();
    let (mut said, mut summaries) = (0, 0);
    for _ in 0..7 * 24 * 60 {
        tokio::time::advance(Duration::from_secs(60)).await;
        said += usize::from(ledger.note(&report(&id(0), Health::Failing), false).is_some());
        summaries += usize::from(ledger.summary().is_some());
    }
    assert_eq!((said, summaries), (1, 7));
    assert_eq!(ledger.note(&report(&id(0), Health::Failing), true), Some(News::Trouble), "left alone");
    assert_eq!(ledger.note(&report(&id(0), Health::Ok), false), Some(News::Recovered));
    assert_eq!(ledger.note(&report(&id(0), Health::Ok), false), None);
    tokio::time::advance(Duration::from_secs(2 * 86_400)).await;
    assert_eq!(ledger.summary(), None, "all is well");
}

#[test]
fn f138_trouble_that_goes_to_and_fro_is_said_once_for_each_kind() {
    let mut ledger = Ledger::new();
    let mut said = 0;
    for _ in 0..1_000 {
        for health in [Health::Empty, Health::Failing, Health::Shrunk] {
            said += usize::from(ledger.note(&report(&id(0), health), false).is_some());
        }
    }
    assert_eq!(said, 3);
    assert!(ledger.trouble(true).unwrap().contains("(shrunk, 3000 looks)"));
    assert_eq!(ledger.note(&report(&id(0), Health::Ok), false), Some(News::Recovered));
    assert_eq!(ledger.note(&report(&id(0), Health::Empty), false), Some(News::Trouble));
}

#[test]
fn quiet_listing_is_said_once_and_mildly() {
    let mut ledger = Ledger::new();
    let quiet = || ScanReport { status: Status::Unchanged, ..report(&id(0), Health::Quiet) };
    assert_eq!(ledger.note(&quiet(), false), Some(News::Quiet));
    assert_eq!(ledger.note(&quiet(), false), None);
    assert_eq!((ledger.trouble(false), ledger.quiet()), (None, Some(format!("quiet: {}", id(0)))));
    assert_eq!(ledger.note(&report(&id(0), Health::Failing), false), Some(News::Trouble));
    assert_eq!(ledger.note(&quiet(), false), Some(News::Recovered));
    ledger.note(&report(&id(0), Health::Ok), false);
    assert_eq!(ledger.quiet(), None);
}

#[test]
fn f036_listing_slower_than_its_schedule_is_said_once_and_not_by_chance() {
    let mut ledger = Ledger::new();
    let said: Vec<bool> = [1, 0, 2, 1, 3, 1, 1].map(|skipped| ledger.note_skipped(&id(0), skipped)).into();
    assert_eq!(said, [false, false, false, false, true, false, false]);
}

#[test]
fn f138_summary_names_at_most_ten_listings() {
    let mut ledger = Ledger::new();
    for number in 0..1_000 {
        ledger.note(&report(&id(number), Health::Empty), false);
    }
    let line = ledger.trouble(true).unwrap();
    assert!(line.ends_with("990 more") && line.len() < 400, "{line}");
}

#[tokio::test]
async fn f135_panic_is_remembered_as_a_failing_listing_and_the_last_one_is_said_at_once() {
    use crate::store::{MemoryStore, Store};
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "data_dir = {:?}\n[[listing]]\nid = \"l0\"\nfiles = [\"/nowhere\"]\nevery = \"1h\"\nalert_after = 9\n",
        folder.path()
    );
    let env = Environment::default();
    let config = crate::config::parse(&text, Path::new("t.toml"), &env).unwrap().config;
    let spec = config.listings[0].spec.clone();
    let store =
        MemoryStore::new(crate::model::id::StoreId::from_uuid(uuid::Uuid::nil()), crate::daemon::clock());
    let app = crate::daemon::App::with(config, store).await.unwrap();
    for (times, last, said) in [(1, false, 0), (2, false, 0), (3, true, 1)] {
        let report = app.panicked(&spec, times, last, None).await.unwrap();
        assert_eq!((report.status, report.health), (Status::Failed, Health::Failing));
        assert_eq!(app.store.health_events().await.unwrap().len(), said, "{}", report.reason);
    }
    assert!(app.store.health_events().await.unwrap()[0].reason.contains("3 times in a row"));
}

#[tokio::test(start_paused = true)]
async fn f023_clock_set_back_a_year_keeps_every_listing_on_its_rhythm() {
    for when in ["every = \"10m\"", "schedule = \"*/10 * * * *\""] {
        let mut world = World::new(listings(20, when), Scanning::Takes(1));
        world.pass(700).await;
        let from = world.passed();
        world.set_clock(-365 * DAY);
        world.pass(3 * 600 + 120).await;
        let scans = world.scans_since(from);
        assert_eq!(scans.len(), 20, "{when}");
        assert!(scans.values().all(|scans| (2..=5).contains(&scans.len())), "{when}: {scans:?}");
    }
}
