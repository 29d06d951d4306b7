//! Ten articles on each of many listings while the receiver fails in every way and the service is killed over and over.
//!
//! `TIDINGS_STORM=1` makes it 10,000 articles on 1,000 listings, which is for a fast build (`TIDINGS_PROGRAM`); their seed is
//! `TIDINGS_CRASH_SEED`.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::weather::{Arrival, Fate, Weather};
use super::world::World;
use crate::child::{Running, start_with};
use crate::crash::Dice;
use crate::support::SECRET;

/// Of so many messages of one target the service may not know at a kill whether they were taken.
const IN_DOUBT: usize = 64;

/// How large a storm is.
struct Size {
    listings: usize,
    each: usize,
    kills: usize,
    /// The longest that the service runs before it is killed, in milliseconds.
    life: usize,
    /// How often what waits for its next try is made due.
    retry: Duration,
    patience: Duration,
    /// Megabytes that a process may have at most. The debug build has about half of that.
    memory: u64,
}

const SMALL: Size = Size {
    listings: 60,
    each: 5,
    kills: 6,
    life: 1_500,
    retry: Duration::from_millis(500),
    patience: Duration::from_secs(300),
    memory: 200,
};

const WHOLE: Size = Size {
    listings: 1_000,
    each: 10,
    kills: 40,
    life: 12_000,
    retry: Duration::from_secs(2),
    patience: Duration::from_secs(1_800),
    memory: 400,
};

/// What a target needs that is in no config: where the process of that number sends to.
const URL: &str = "STORM_URL";

struct Storm {
    size: Size,
    dice: Dice,
    weather: Weather,
    world: World,
    /// The titles of what is new since the baseline.
    expected: BTreeSet<String>,
    /// The listings that have their articles.
    written: usize,
    life: usize,
    /// When each process was killed, the first one's at 0.
    kills: Vec<Instant>,
    memory: u64,
    begun: Instant,
}

impl Storm {
    fn new(size: Size, seed: u64) -> Self {
        let weather = Weather::new(seed + 1);
        let target = format!(
            "\n[[target]]\nid = \"team\"\nurl = {{ env = \"{URL}\" }}\nsecret = \"{SECRET}\"\nallow_private = true\nburst = false\n"
        );
        let world = World::new(size.listings, &target);
        let (dice, expected, begun) = (Dice(seed), BTreeSet::new(), Instant::now());
        let (written, life, kills, memory) = (0, 0, Vec::new(), 0);
        Self { size, dice, weather, world, expected, written, life, kills, memory, begun }
    }

    fn start(&mut self) -> Running {
        self.life += 1;
        let url = self.weather.url(self.life);
        start_with(&self.world.home, &["run", "--listen", "false"], &[(URL, &url)])
    }

    /// One process, from its start to its kill.
    fn blow(&mut self) {
        let mut running = self.start();
        // On a machine that is slow, all kills must not come before it gets anywhere.
        let more = self.life.saturating_sub(self.size.kills) * self.size.life / 4;
        let until = Instant::now() + Duration::from_millis((self.dice.below(self.size.life) + more) as u64);
        let mut retry = Instant::now();
        while Instant::now() < until {
            if self.written < self.size.listings {
                self.expected.extend(self.world.add(self.written, self.size.each));
                self.written += 1;
            } else if retry.elapsed() > self.size.retry && self.answers() {
                // What failed waits for seconds and minutes; an operator does not. It may end before it answers.
                self.world.home.run(&["deliveries", "retry", "--all", "--state", "waiting"]);
                retry = Instant::now();
            }
            assert!(!running.wait(Duration::from_millis(5)), "{}", running.kill().err);
        }
        self.memory = self.memory.max(peak(&running));
        self.kills.push(Instant::now());
        let ended = running.kill();
        assert!(!ended.err.contains("panicked"), "{}", ended.err);
    }

    /// Whether a process can be spoken to. Before that, a command would take its place.
    fn answers(&self) -> bool {
        UnixStream::connect(self.world.home.path("var/tidings.sock")).is_ok()
    }

    fn is_over(&self) -> bool {
        if self.written < self.size.listings || self.life < self.size.kills {
            return false;
        }
        let arrivals = self.weather.arrivals();
        let taken = arrivals.iter().filter(|one| one.fate == Fate::Taken).map(|one| &one.title);
        taken.collect::<BTreeSet<_>>().len() == self.expected.len()
            && self.world.deliveries(&["--state", "waiting"]).is_empty()
    }

    /// A last process, which nobody kills, has nothing to tell.
    fn calm(&mut self) {
        let before = self.weather.count() + self.weather.unread();
        let mut running = self.start();
        assert!(!running.wait_until("next look at"));
        assert!(!running.wait(Duration::from_secs(1)));
        running.signal(Signal::TERM);
        assert_eq!(running.end().code(), Some(0));
        assert_eq!(self.weather.count() + self.weather.unread(), before, "something was told once more");
    }

    fn audit(&self) {
        let arrivals = self.weather.arrivals();
        let (mut told, mut of_id) =
            (BTreeMap::<&str, BTreeSet<&str>>::new(), BTreeMap::<&str, Vec<&Arrival>>::new());
        for one in &arrivals {
            told.entry(&one.title).or_default().insert(&one.id);
            of_id.entry(&one.id).or_default().push(one);
        }
        assert!(told.keys().all(|title| self.expected.contains(*title)), "something of a baseline was told");
        assert!(told.values().all(|ids| ids.len() == 1), "an article was told under two ids");
        // Taken in time, and sent once more.
        let (mut doubted, mut twice) = (BTreeMap::<usize, usize>::new(), 0);
        let mut before = Duration::ZERO;
        for tries in of_id.values() {
            assert!(tries.iter().any(|one| one.fate == Fate::Taken), "{} never arrived", tries[0].title);
            assert!(tries.iter().all(|one| one.bytes == tries[0].bytes), "a repeat says something else");
            for (one, next) in tries.iter().zip(&tries[1..]) {
                if one.fate == Fate::Taken {
                    assert!(next.life > one.life, "{} was taken, and sent again without a kill", one.title);
                    *doubted.entry(one.life).or_default() += 1;
                    before = before.max(self.kills[one.life - 1].saturating_duration_since(one.at));
                }
            }
            twice += usize::from(tries.iter().filter(|one| one.fate == Fate::Taken).count() > 1);
        }
        assert_eq!(told.len(), self.expected.len(), "each arrived at least once");
        let most = doubted.values().max().copied().unwrap_or(0);
        assert!(most <= IN_DOUBT, "{most} were taken before one kill and sent again: {doubted:?}");
        assert!(self.world.deliveries(&["--state", "dead"]).is_empty());
        let mut fates = BTreeMap::<Fate, usize>::new();
        arrivals.iter().for_each(|one| *fates.entry(one.fate).or_default() += 1);
        println!(
            "{} articles, {} kills, {:.0} s: {} requests read {fates:?}, {} torn down unread; {twice} articles taken more than \
             once, at most {most} of them by one kill and {} ms before it; {} MB at most",
            self.expected.len(),
            self.life - 1,
            self.begun.elapsed().as_secs_f64(),
            arrivals.len(),
            self.weather.unread(),
            before.as_millis(),
            self.memory
        );
        assert!(self.memory < self.size.memory, "{} MB", self.memory);
    }
}

/// The most memory that a process had, in megabytes.
fn peak(running: &Running) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", running.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).unwrap_or(0) / 1_024
}

#[test]
fn in_a_storm_every_message_arrives_and_only_what_a_kill_left_in_doubt_arrives_twice() {
    let seed = std::env::var("TIDINGS_CRASH_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(23);
    println!("TIDINGS_CRASH_SEED={seed}");
    let size = if std::env::var_os("TIDINGS_STORM").is_some() { WHOLE } else { SMALL };
    let mut storm = Storm::new(size, seed);
    while !storm.is_over() {
        storm.blow();
        assert!(storm.begun.elapsed() < storm.size.patience, "{} kills, and no end", storm.life);
    }
    storm.calm();
    storm.audit();
}
