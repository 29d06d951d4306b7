//! The outbox under receivers that tests make up, in time that does not pass by itself.

mod pace;
mod when;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use super::{Bell, Drain, Happened, Line, TargetNews, Trying};
use crate::clock::Clock;
use crate::config::Environment;
use crate::daemon::App;
use crate::delivery::Manner;
use crate::disk::{Act, Disk, Verdict, Watch};
use crate::model::TryEnd;
use crate::model::delivery::{AT_ONCE, DeliveryState, IN_DOUBT};
use crate::model::id::StoreId;
use crate::model::reading::Document;
use crate::model::{Delivery, DeliveryId, TargetId, Timestamp};
use crate::store::{Decision, EmbeddedStore, MemoryStore, Store, Wanted};

/// After the clock of this machine, by which a config is declared.
const BEGUN: i64 = 4_000_000_000;

const CONFIG: &str =
    "[site]\nbase_url = \"http://127.0.0.1:1\"\n[[listing]]\nid = \"news\"\nfiles = [\"news\"]\n";

fn target(id: &str) -> String {
    let secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    format!("[[target]]\nid = \"{id}\"\nurl = \"https://example.org/\"\nsecret = \"{secret}\"\n")
}

/// A listing, the targets `one` and `two`, and a clock that follows tokio's.
struct World<S = MemoryStore> {
    app: App<S>,
    begun: Instant,
    /// By how much the clock was set.
    set: Arc<AtomicI64>,
    entries: usize,
    /// The messages that were tried, with the second at which each was.
    tried: Arc<Mutex<Vec<(TargetId, DeliveryId, u64)>>>,
}

impl World {
    async fn new() -> Self {
        let store = MemoryStore::new(StoreId::from_uuid(uuid::Uuid::nil()), Timestamp::from_unix(BEGUN));
        Self::over(store).await
    }
}

impl<S: Store> World<S> {
    /// After the baseline.
    async fn over(store: S) -> Self {
        Self::declaring(store, "", "").await
    }

    /// After the baseline; the two targets with these keys more.
    async fn declaring(store: S, one: &str, two: &str) -> Self {
        let text = format!("{CONFIG}{}{one}\n{}{two}\n", target("one"), target("two"));
        let checked = crate::config::parse(&text, Path::new("t.toml"), &Environment::default()).unwrap();
        let app = App::with(checked.config, store).await.unwrap();
        let mut world =
            Self { app, begun: Instant::now(), set: Arc::default(), entries: 0, tried: Arc::default() };
        world.news(3).await;
        world
    }

    /// So many new articles.
    async fn news(&mut self, count: usize) {
        self.entries += count;
        let mut page = format!("Tagged articles\n{} articles\nPage 1 of 1\n", self.entries);
        for n in (0..self.entries).rev() {
            let title = format!("How team {n} moved its queue number {n} to a better place");
            write!(
                page,
                "21CTO\n21CTO\nJan {}, 2020 · Backend\n\n{title}\n\nStory {n}, at length.\n\nKafka\n0 likes · 5 min read\n{title}\n",
                1 + n % 28
            )
            .unwrap();
        }
        let pages = [Document::new("news", page.into_bytes())];
        let spec = self.app.config.listings[0].spec.clone();
        self.app.scan_pages(&spec, &pages, self.now()).await.unwrap();
    }

    fn clock(&self) -> Clock {
        let (begun, set) = (self.begun, Arc::clone(&self.set));
        Clock::told(move || {
            let passed = i64::try_from(begun.elapsed().as_secs()).unwrap();
            Timestamp::from_unix(BEGUN + passed + set.load(Ordering::SeqCst))
        })
    }

    /// Sets the clock, forward or back.
    fn set_clock(&self, by: i64) {
        self.set.fetch_add(by, Ordering::SeqCst);
    }

    fn now(&self) -> Timestamp {
        self.clock().now()
    }

    /// A line on which a try takes so long, and ends as `verdict` says of the number of tries of that message before.
    fn line(
        &self,
        id: &str,
        takes: Duration,
        verdict: impl Fn(u32) -> TryEnd + Send + Sync + 'static,
    ) -> Line {
        let (tried, begun, verdict) = (Arc::clone(&self.tried), self.begun, Arc::new(verdict));
        let target = TargetId::parse(id).unwrap();
        let attempt = move |delivery: Arc<Delivery>, _: Clock| -> Trying {
            let (tried, verdict) = (Arc::clone(&tried), Arc::clone(&verdict));
            Box::pin(async move {
                let now = begun.elapsed().as_secs();
                tried.lock().unwrap().push((delivery.target.clone(), delivery.id, now));
                tokio::time::sleep(takes).await;
                verdict(delivery.tries).into()
            })
        };
        let (quiet, manner) = (Vec::new(), Manner::default());
        Line { target, burst: None, quiet, manner, pace: Vec::new(), attempt: Arc::new(attempt) }
    }

    fn drain(&self, lines: Vec<Line>) -> Drain<S> {
        Drain::start(Arc::clone(&self.app.store), self.app.bell.clone(), self.clock(), lines)
    }

    async fn count(&self, id: &str, state: &str) -> usize {
        let wanted = Wanted { target: TargetId::parse(id).ok(), ..Wanted::default() };
        let all = self.app.store.deliveries(&wanted, 1_000).await.unwrap();
        all.iter().filter(|delivery| delivery.state.name() == state).count()
    }
}

fn taken(_: u32) -> TryEnd {
    TryEnd::Delivered
}

async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn a_dead_target_delays_no_other() {
    let mut world = World::new().await;
    let dead = world.line("one", Duration::from_secs(1_000_000), taken);
    let quick = world.line("two", Duration::from_millis(10), taken);
    let drain = world.drain(vec![dead, quick]);
    world.news(20).await;
    pass(2).await;
    assert_eq!(world.count("two", "delivered").await, 20);
    assert_eq!(world.count("one", "waiting").await, 20);
    let under_way = world.tried.lock().unwrap().iter().filter(|(id, ..)| id.as_str() == "one").count();
    assert_eq!(under_way, AT_ONCE as usize);
    let before = Instant::now();
    drain.close(Duration::from_secs(3)).await;
    assert!(before.elapsed() <= Duration::from_secs(4));
}

#[tokio::test(start_paused = true)]
async fn what_failed_is_tried_again_when_it_is_due_and_said_once() {
    let mut world = World::new().await;
    let clock = world.clock();
    let line = world.line("one", Duration::from_millis(10), move |tries| match tries {
        0 | 1 => TryEnd::Failed { reason: "no answer".into(), next: clock.now().plus(100) },
        _ => TryEnd::Delivered,
    });
    let mut drain = world.drain(vec![line]);
    world.news(3).await;
    let target = TargetId::parse("one").unwrap();
    let failing = Happened::Failing("no answer".into());
    assert_eq!(drain.news().await.unwrap(), TargetNews { target: target.clone(), what: failing });
    assert_eq!(drain.news().await.unwrap(), TargetNews { target, what: Happened::Recovered });
    pass(2).await;
    assert_eq!(world.count("one", "delivered").await, 3);
    let mut tries: HashMap<DeliveryId, Vec<u64>> = HashMap::new();
    for (_, id, at) in world.tried.lock().unwrap().iter() {
        tries.entry(*id).or_default().push(*at);
    }
    assert_eq!(tries.len(), 3);
    for times in tries.values() {
        let gaps: Vec<u64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(gaps.iter().all(|gap| (100..=102).contains(gap)), "{times:?}");
        assert_eq!(gaps.len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_a_try_harms_no_other() {
    let mut world = World::new().await;
    let first = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let line = world.line("one", Duration::from_millis(10), move |_| {
        assert!(!first.swap(false, std::sync::atomic::Ordering::SeqCst), "a bug in one try");
        TryEnd::Delivered
    });
    let _drain = world.drain(vec![line]);
    world.news(5).await;
    pass(2).await;
    assert_eq!(world.count("one", "delivered").await, 4);
    pass(3_700).await;
    assert_eq!(world.count("one", "delivered").await, 5);
}

#[tokio::test(start_paused = true)]
async fn a_line_that_is_replaced_sends_nothing_twice() {
    let mut world = World::new().await;
    let slow = |world: &World| world.line("one", Duration::from_secs(5), taken);
    let mut drain = world.drain(vec![slow(&world)]);
    world.news(10).await;
    for _ in 0..3 {
        pass(2).await;
        drain.replace(vec![slow(&world)]);
    }
    pass(60).await;
    assert_eq!(world.count("one", "delivered").await, 10);
    assert_eq!(world.tried.lock().unwrap().len(), 10);
    drain.replace(Vec::new());
    world.news(1).await;
    pass(60).await;
    assert_eq!(world.count("one", "waiting").await, 1);
}

#[tokio::test(start_paused = true)]
async fn f126_no_more_than_the_burst_is_told_one_by_one_within_a_minute() {
    let mut world = World::new().await;
    let line = Line { burst: Some(5), ..world.line("one", Duration::from_millis(10), taken) };
    let _drain = world.drain(vec![line]);
    for _ in 0..20 {
        world.news(2).await;
        pass(3).await;
    }
    pass(120).await;
    let wanted = Wanted { target: TargetId::parse("one").ok(), ..Wanted::default() };
    let all = world.app.store.deliveries(&wanted, 1_000).await.unwrap();
    assert!(all.iter().all(|delivery| delivery.state == DeliveryState::Delivered));
    let told: u32 = all
        .iter()
        .map(|delivery| match &delivery.message {
            crate::model::Message::Summary(summary) => summary.count,
            _ => 1,
        })
        .sum();
    assert_eq!(told, 40, "everything is told");
    let singles = all.iter().filter(|delivery| delivery.message.name() == "new").count();
    assert!(singles <= 10 && all.len() <= 14, "{singles} of {}", all.len());
}

#[tokio::test(start_paused = true)]
async fn a_target_that_is_gone_is_sent_nothing_more() {
    let mut world = World::new().await;
    let line = world.line("one", Duration::from_secs(1), |_| TryEnd::Disabled { reason: "410 Gone".into() });
    let mut drain = world.drain(vec![line]);
    world.news(1).await;
    assert_eq!(drain.news().await.unwrap().what, Happened::Disabled("410 Gone".into()));
    world.news(5).await;
    pass(100).await;
    assert_eq!(world.tried.lock().unwrap().len(), 1);
    assert_eq!(world.count("one", "waiting").await, 5);
}

#[tokio::test(start_paused = true)]
async fn f123_what_waits_for_a_target_when_it_says_that_it_is_gone_goes_on_waiting() {
    let mut world = World::new().await;
    world.news(20).await;
    let line = world.line("one", Duration::from_secs(1), |_| TryEnd::Disabled { reason: "410 Gone".into() });
    let mut drain = world.drain(vec![line]);
    let gone = Happened::Disabled("410 Gone".into());
    assert_eq!(drain.news().await.unwrap().what, gone);
    pass(100).await;
    let under_way = AT_ONCE as usize;
    assert_eq!(world.tried.lock().unwrap().len(), under_way);
    assert_eq!(world.count("one", "waiting").await, 20 - under_way);
    let more = tokio::time::timeout(Duration::from_secs(1), drain.news()).await;
    assert!(more.is_err(), "it is said once: {more:?}");
}

#[tokio::test(start_paused = true)]
async fn f023_clock_set_back_a_day_delays_what_follows_a_burst_by_a_minute_at_most() {
    let mut world = World::new().await;
    let line = Line { burst: Some(5), ..world.line("one", Duration::from_millis(10), taken) };
    let _drain = world.drain(vec![line]);
    world.news(5).await;
    pass(10).await;
    assert_eq!(world.count("one", "delivered").await, 5);
    world.set_clock(-86_400);
    world.news(2).await;
    pass(130).await;
    assert_eq!(world.count("one", "delivered").await, 7);
}

#[tokio::test(start_paused = true)]
async fn f023_clock_set_back_a_year_ends_no_wait_for_a_next_try() {
    let mut world = World::new().await;
    world.news(1).await;
    world.set_clock(-365 * 86_400);
    let clock = world.clock();
    let line = world.line("one", Duration::from_millis(10), move |tries| match tries {
        0..3 => TryEnd::Failed { reason: "no answer".into(), next: clock.now().plus(100) },
        _ => TryEnd::Delivered,
    });
    let _drain = world.drain(vec![line]);
    pass(310).await;
    let times: Vec<u64> = world.tried.lock().unwrap().iter().map(|(.., at)| *at).collect();
    assert_eq!(times.len(), 4, "{times:?}");
    assert_eq!(world.count("one", "delivered").await, 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_replayed_is_told_one_by_one_with_the_ids_it_had() {
    let mut world = World::new().await;
    let line = Line { burst: Some(5), ..world.line("one", Duration::from_millis(10), taken) };
    let _drain = world.drain(vec![line]);
    for _ in 0..10 {
        world.news(1).await;
        pass(60).await;
    }
    let sent: Vec<DeliveryId> = world.tried.lock().unwrap().drain(..).map(|(_, id, _)| id).collect();
    assert!(world.app.store.decide(Decision::Retry(sent.clone()), world.now()).await.unwrap());
    world.app.bell.ring();
    pass(60).await;
    let again: Vec<DeliveryId> = world.tried.lock().unwrap().iter().map(|(_, id, _)| *id).collect();
    assert_eq!(again, sent);
}

#[tokio::test(start_paused = true)]
async fn a_pass_that_takes_long_tries_each_message_once() {
    let mut world = World::new().await;
    world.news(20).await;
    let clock = world.clock();
    let line = world.line("one", Duration::from_secs(10), move |_| TryEnd::Failed {
        reason: "no answer".into(),
        next: clock.now().plus(5),
    });
    let (tell, _told) = tokio::sync::mpsc::unbounded_channel();
    super::Lane::new(line, Arc::clone(&world.app.store), world.clock(), world.now(), tell, Bell::default())
        .pass()
        .await
        .unwrap();
    assert_eq!(world.tried.lock().unwrap().len(), 20);
}

#[tokio::test(start_paused = true)]
async fn f124_what_was_under_way_at_a_kill_keeps_its_id_whatever_comes_after() {
    let mut world = World::new().await;
    let line = |world: &World, takes| Line { burst: Some(5), ..world.line("one", takes, taken) };
    let killed = world.drain(vec![line(&world, Duration::from_secs(5))]);
    world.news(5).await;
    pass(2).await;
    drop(killed);
    let under_way: Vec<DeliveryId> = world.tried.lock().unwrap().drain(..).map(|(_, id, _)| id).collect();
    assert_eq!(under_way.len(), AT_ONCE as usize);
    world.news(10).await;
    pass(1).await;
    let _drain = world.drain(vec![line(&world, Duration::from_millis(10))]);
    pass(100).await;
    let again: Vec<DeliveryId> = world.tried.lock().unwrap().iter().map(|(_, id, _)| *id).collect();
    assert!(under_way.iter().all(|id| again.contains(id)), "{again:?}");
    assert_eq!(again.len(), under_way.len() + 1, "and the other eleven are one");
    assert_eq!(world.count("one", "waiting").await, 0);
}

#[tokio::test(start_paused = true)]
async fn no_more_is_in_doubt_than_a_restart_reckons_with_and_tries_go_on_while_the_store_writes() {
    let (folder, held) = (tempfile::tempdir().unwrap(), Arc::new(AtomicBool::new(false)));
    let disk = Disk::watched(Arc::new(Slow(Arc::clone(&held))));
    let store = EmbeddedStore::open_on(&disk, folder.path(), Timestamp::from_unix(BEGUN)).unwrap();
    let mut world = World::over(store).await;
    for _ in 0..5 {
        world.news(20).await;
    }
    let doubt = IN_DOUBT as usize;
    let manner = Manner { doubt, ..Manner::default() };
    let line = Line { manner, ..world.line("one", Duration::from_millis(10), taken) };
    held.store(true, Ordering::SeqCst);
    let _drain = world.drain(vec![line]);
    let tried = || world.tried.lock().unwrap().len();
    until(&|| tried() >= doubt).await;
    pass(60).await;
    assert_eq!(tried(), doubt);
    held.store(false, Ordering::SeqCst);
    until(&|| tried() == 100).await;
    while world.count("one", "delivered").await < 100 {
        pass(1).await;
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(tried(), 100, "each was sent once");
}

/// Lets writes to the journal wait while it is set.
struct Slow(Arc<AtomicBool>);

impl Watch for Slow {
    fn before(&self, _: &Path, act: Act<'_>) -> Verdict {
        while matches!(act, Act::Write { .. }) && self.0.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(1));
        }
        Verdict::Go
    }
}

/// Waits for what a store with a thread of its own brings about: time that is paused goes on while that works.
async fn until(done: &dyn Fn() -> bool) {
    for _ in 0..10_000 {
        if done() {
            return;
        }
        pass(1).await;
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("it does not come about");
}

/// Refuses every write to the journal while it is set.
struct Full(Arc<AtomicBool>);

impl Watch for Full {
    fn before(&self, _: &Path, act: Act<'_>) -> Verdict {
        let is_refused = matches!(act, Act::Write { .. }) && self.0.load(Ordering::SeqCst);
        if is_refused { Verdict::Refuse(io::ErrorKind::StorageFull.into()) } else { Verdict::Go }
    }
}

#[tokio::test(start_paused = true)]
async fn f009_what_a_full_disk_kept_a_line_from_remembering_is_by_the_one_that_replaces_it() {
    let (folder, full) = (tempfile::tempdir().unwrap(), Arc::new(AtomicBool::new(false)));
    let disk = Disk::watched(Arc::new(Full(Arc::clone(&full))));
    let store = EmbeddedStore::open_on(&disk, folder.path(), Timestamp::from_unix(BEGUN)).unwrap();
    let mut world = World::over(store).await;
    let line = |world: &World<EmbeddedStore>| world.line("one", Duration::from_secs(1), taken);
    world.news(3).await;
    full.store(true, Ordering::SeqCst);
    let mut drain = world.drain(vec![line(&world)]);
    until(&|| world.tried.lock().unwrap().len() == 3 && world.app.store.trouble().is_some()).await;
    drain.replace(vec![line(&world)]);
    pass(600).await;
    full.store(false, Ordering::SeqCst);
    for _ in 0..10_000 {
        if world.count("one", "delivered").await == 3 {
            break;
        }
        pass(1).await;
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(world.count("one", "delivered").await, 3);
    assert_eq!(world.tried.lock().unwrap().len(), 3, "each was sent once");
}

#[test]
fn a_bell_that_is_rung_before_anybody_listens_is_no_harm() {
    Bell::default().ring();
}
