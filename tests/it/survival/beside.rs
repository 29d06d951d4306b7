//! The n-th operation on the disk fails while an index is built beside: the store goes on as if nothing had been tried.

use std::sync::Arc;

use tidings::store::{Store as _, StoreError};

use super::bench::Bench;
use super::nth::{Fault, Nth};

/// How many folders of indexes there are.
fn indexes(bench: &Bench) -> usize {
    std::fs::read_dir(bench.data().join("index")).unwrap().count()
}

/// Whatever is left of an unfinished one.
fn left(bench: &Bench) -> Vec<String> {
    let names = |folder: &std::path::Path| {
        let entries = std::fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect::<Vec<_>>()
    };
    let mut all = names(&bench.data());
    all.extend(names(&bench.data().join("journal")));
    all.retain(|name| name.starts_with('.') || name.contains("broken"));
    all
}

fn every_operation(fault: Fault) {
    let nth = Arc::<Nth>::default();
    let mut bench = Bench::new(nth.clone());
    bench.open();
    bench.cycle(0).is_whole();
    let (mut step, mut fired) = (0, 0);
    // Each in turn takes minutes; so many apart, every kind of them has its turn.
    let apart = if std::env::var_os("TIDINGS_EVERY_OPERATION").is_some() { 1 } else { 7 };
    for n in (1..).step_by(apart) {
        step += 1;
        bench.cycle(step).is_whole();
        let before = bench.remembered();
        nth.arm(n, fault);
        let compacted = bench.store().compact_now(None).map(drop);
        let rewritten = bench.store().rewrite_now().map(drop);
        let what = nth.disarm();
        let told = format!("operation {n} ({fault:?}): {what:?}: {compacted:?}, {rewritten:?}");
        for done in [&compacted, &rewritten] {
            let is_expected = matches!(done, Ok(()) | Err(StoreError::Io { .. } | StoreError::GivenUp(_)));
            assert!(is_expected, "{told}");
        }
        assert!(bench.remembered() == before, "{told}: something else is remembered");
        assert_eq!(bench.store().trouble(), None, "{told}");
        bench.cycle(step).is_whole();
        let before = bench.remembered();
        if step % 8 == 0 {
            bench.close();
            bench.open();
            assert!(bench.remembered() == before, "{told}: it differs after a restart");
        }
        // The next try works, and takes away what this one could not.
        bench.store().compact_now(None).unwrap_or_else(|error| panic!("{told}, then {error}"));
        assert_eq!((indexes(&bench), left(&bench)), (1, Vec::new()), "{told}");
        assert!(bench.remembered() == before, "{told}: something else is remembered in the end");
        match what {
            Some(_) => fired += 1,
            None => break,
        }
    }
    assert!(fired * apart > 40, "there are more operations than {}", fired * apart);
    bench.close();
}

#[test]
fn f011_every_operation_of_a_compaction_fails_once_and_the_store_goes_on() {
    every_operation(Fault::Error);
}

#[test]
fn f007_disk_is_full_from_every_operation_of_a_compaction_on() {
    every_operation(Fault::Full);
}
