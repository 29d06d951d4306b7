//! A simulator: schedule, fetch, store, publishing and outbox, through the daemon's own code, in a world that a test
//! owns. A seed makes a history of random steps; after each of them everything must hold that is promised whatever
//! happens, by a model that knows the pages and what was acknowledged, and nothing of how the program works. At the end
//! the world becomes calm, and what was owed must have been told.
//!
//! `TIDINGS_SIM_STEPS` has as many steps taken, `TIDINGS_SIM_SEED` takes one seed alone, both as numbers. A history that
//! fails is made shorter, and printed.

mod dice;
mod faults;
mod house;
mod model;
mod network;
mod pages;
mod settings;
mod step;
mod tree;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use self::dice::Dice;
use self::house::{House, InMemory, OnDisk};
use self::step::{Change, Edit, Step};
use self::world::World;

/// Steps of all histories together.
const STEPS: usize = 10_000;

/// Steps of one history.
const LENGTH: usize = 500;

/// How long a failing history is made shorter.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a history broke, and after how many of its steps.
#[derive(Debug)]
struct Broken {
    steps: usize,
    what: String,
}

fn history(seed: u64, length: usize) -> Vec<Step> {
    let mut dice = Dice(seed);
    (0..length).map(|_| Step::random(&mut dice)).collect()
}

/// Lives through a history, and the calm after it; how many articles it knew.
fn live<H: House>(seed: u64, steps: &[Step]) -> Result<usize, Broken> {
    let mut taken = 0;
    let lived = catch_unwind(AssertUnwindSafe(|| {
        let mut world = World::<H>::new(seed)?;
        for step in steps {
            taken += 1;
            world.step(*step)?;
        }
        taken += 1;
        world.calm()?;
        Ok(world.size())
    }));
    let panicked = |panic: Box<dyn std::any::Any + Send>| {
        let said = panic.downcast_ref::<String>().map(String::as_str);
        let said = said.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(format!("a panic: {}", said.unwrap_or("of no words")))
    };
    lived.unwrap_or_else(panicked).map_err(|what| Broken { steps: taken, what })
}

/// What a sentence says, whatever it says it of.
fn kind(what: &str) -> String {
    let outside = what.split('"').step_by(2);
    outside.flat_map(str::chars).filter(|c| c.is_alphabetic() || *c == ' ').take(60).collect()
}

/// Leaves out of a failing history what it fails without.
fn shorter<H: House>(seed: u64, steps: &[Step], broken: Broken) -> (Vec<Step>, Broken) {
    let begun = Instant::now();
    let mut steps = steps[..broken.steps.min(steps.len())].to_vec();
    let mut broken = broken;
    let mut size = steps.len() / 2;
    while size > 0 {
        let mut from = 0;
        while from < steps.len() {
            if begun.elapsed() > PATIENCE {
                return (steps, broken);
            }
            let mut fewer = steps.clone();
            fewer.drain(from..(from + size).min(steps.len()));
            match live::<H>(seed, &fewer) {
                Err(found) if kind(&found.what) == kind(&broken.what) => {
                    fewer.truncate(found.steps);
                    (steps, broken) = (fewer, found);
                }
                _ => from += size,
            }
        }
        size /= 2;
    }
    (steps, broken)
}

#[track_caller]
fn survives<H: House>(seed: u64, length: usize) -> usize {
    let steps = history(seed, length);
    match live::<H>(seed, &steps) {
        Ok(known) => known,
        Err(broken) => {
            println!("TIDINGS_SIM_SEED={seed}: after {} of {length} steps: {}", broken.steps, broken.what);
            let (steps, broken) = shorter::<H>(seed, &steps, broken);
            panic!("TIDINGS_SIM_SEED={seed}: {}\nafter {} steps: {steps:#?}", broken.what, steps.len());
        }
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn from_clock() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// Every fifth history is lived in memory: there the two stores are held against the same model.
fn lives(seeds: impl IntoIterator<Item = u64>) {
    for (at, seed) in seeds.into_iter().enumerate() {
        let begun = Instant::now();
        let known =
            if at % 5 == 4 { survives::<InMemory>(seed, LENGTH) } else { survives::<OnDisk>(seed, LENGTH) };
        println!("TIDINGS_SIM_SEED={seed}: {LENGTH} steps, {known} articles, {:?}", begun.elapsed());
    }
}

fn histories() -> u64 {
    number("TIDINGS_SIM_STEPS").unwrap_or(STEPS as u64).div_ceil(LENGTH as u64)
}

#[test]
fn whatever_happens_what_is_promised_holds() {
    if let Some(seed) = number("TIDINGS_SIM_SEED") {
        survives::<OnDisk>(seed, LENGTH);
        survives::<InMemory>(seed, LENGTH);
        return;
    }
    // Whoever asks for more gets others each time; a change is not to fail for what it has not done.
    let first = if number("TIDINGS_SIM_STEPS").is_some() { from_clock() } else { 1 };
    println!("seeds from {first} on");
    lives(first..first + histories());
}

/// What a history broke once, and may not again.
#[track_caller]
fn holds(steps: &[Step]) {
    for lived in [live::<OnDisk>(1, steps), live::<InMemory>(1, steps)] {
        assert!(lived.is_ok(), "{lived:?}");
    }
}

/// The page was an old copy for a while, so that three entries were gone and came back; one said something else then.
#[test]
fn f050_what_returns_with_another_summary_is_remembered_so() {
    let scan = Step::Scan(4);
    holds(&[
        Step::Page(4, Edit::New(3)),
        scan,
        Step::Page(4, Edit::Summary(0)),
        Step::Page(4, Edit::Old(0)),
        scan,
        scan,
        scan,
    ]);
}

#[test]
fn f039_what_changed_while_its_listing_was_off_the_config_is_remembered_so() {
    holds(&[Step::Due, Step::Config(Change::Listing(2)), Step::Page(2, Edit::Summary(573))]);
}
