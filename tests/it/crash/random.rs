//! Kills at random moments.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::audit::{Audit, copy_is_equal, index_rebuilt_is_equal, quiet};
use super::world::{Dice, World};
use crate::child::{Ended, start};

/// Kills, of all lanes together.
const ROUNDS: usize = 200;

/// Data folders that are worked on at once.
const LANES: usize = 2;

/// The longest that a service runs before it is killed: it scans at once and then every second.
const SERVICE: usize = 1_600;

/// The most kills after one another without a run that comes to its end.
const KILLS_IN_A_ROW: u32 = 8;

/// One data folder, killed over and over.
struct Lane {
    world: World,
    audit: Audit,
    dice: Dice,
    /// How long a scan takes here and now.
    usual: Duration,
    /// Kills since a run came to its end. So many articles must not gather that they look like a flood.
    in_a_row: u32,
}

impl Lane {
    fn new(seed: u64) -> Self {
        let (world, audit, dice) = (World::new(50), Audit::default(), Dice(seed));
        let mut lane = Self { world, audit, dice, usual: Duration::ZERO, in_a_row: 0 };
        let begun = Instant::now();
        let ended = start(&lane.world.home, &["scan", "--json"], None).end();
        lane.usual = begun.elapsed();
        lane.ended(&ended);
        lane
    }

    /// One run; returns whether it was killed.
    fn round(&mut self) -> bool {
        for _ in 0..self.dice.below(3) {
            self.world.step(&mut self.dice);
        }
        let is_service = self.dice.once_in(5);
        let ended = if is_service { self.service() } else { self.scan() };
        self.ended(&ended);
        self.in_a_row = if ended.is_killed() { self.in_a_row + 1 } else { 0 };
        self.audit.disk(&self.world);
        if self.dice.once_in(3) {
            self.audit.store(&self.world);
        }
        ended.is_killed()
    }

    fn scan(&mut self) -> Ended {
        let begun = Instant::now();
        let mut running = start(&self.world.home, &["scan", "--json"], None);
        let most = usize::try_from(self.usual.as_micros()).unwrap() + 1;
        let moment = Duration::from_micros(self.dice.below(most) as u64);
        if self.in_a_row >= KILLS_IN_A_ROW {
            return running.end();
        }
        if running.wait(moment) {
            // It was quicker than usual.
            self.usual = begun.elapsed();
        } else {
            // On a machine that gets slower, kills must not all come early.
            self.usual += self.usual / 50;
        }
        running.kill()
    }

    /// The service, with pages that change under it.
    fn service(&mut self) -> Ended {
        let mut running = start(&self.world.home, &["run", "--listen", "127.0.0.1:0"], None);
        let mut rest = self.dice.below(SERVICE);
        while rest > 0 {
            let step = rest.min(1 + self.dice.below(400));
            assert!(!running.wait(Duration::from_millis(step as u64)), "{}", running.kill().err);
            self.world.step(&mut self.dice);
            rest -= step;
        }
        running.kill()
    }

    fn ended(&mut self, ended: &Ended) {
        if !ended.is_killed() {
            assert_eq!(ended.code(), Some(0), "{}{}", ended.out, ended.err);
        }
        quiet(&ended.err);
        if ended.out.starts_with('{') {
            self.audit.printed(ended);
        }
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn killed_at_random_moments_nothing_is_lost_and_nothing_is_told_twice() {
    let rounds = number("TIDINGS_CRASH_ROUNDS").map_or(ROUNDS, |rounds| usize::try_from(rounds).unwrap());
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let seed = number("TIDINGS_CRASH_SEED").unwrap_or(clock.as_secs());
    std::thread::scope(|scope| {
        for lane in 0..LANES as u64 {
            let seed = seed + lane;
            // Shown when the test fails; the moments themselves also depend on the machine.
            println!("lane {lane}: TIDINGS_CRASH_SEED={seed}");
            scope.spawn(move || {
                let mut lane = Lane::new(seed);
                let mut kills = 0;
                while kills < rounds / LANES {
                    kills += usize::from(lane.round());
                }
                lane.audit.settle(&lane.world);
                index_rebuilt_is_equal(&lane.world);
                copy_is_equal(&lane.world);
            });
        }
    });
}
