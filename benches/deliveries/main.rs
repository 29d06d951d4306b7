//! Messages to a receiver on this machine that takes everything at once: how many a second the built program sends, what
//! each costs it, and how long it takes from a changed file to the message. Beside it, what bare requests do.
//!
//! `cargo bench --bench deliveries`; `DELIVERIES=1000` for another number of messages, `DELIVERIES_ROUNDS=10` of
//! changed files, `DELIVERIES_FOLDER=path` for another place of the data folder, `DELIVERIES_ONLY=speed` or `latency` for
//! one part, `DELIVERIES_PROGRAM=path` for another build. The program and the bare requests are processes of their own; what this process spends is the receiver's.

mod daemon;
mod floor;
mod latency;
mod measure;
mod receiver;
mod speed;

use std::path::PathBuf;

fn number(name: &str, otherwise: usize) -> usize {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(otherwise)
}

/// A folder of its own for a data folder and pages, on a real disk unless somebody says otherwise.
fn folder() -> tempfile::TempDir {
    let place = std::env::var_os("DELIVERIES_FOLDER").map_or_else(|| PathBuf::from("."), PathBuf::from);
    tempfile::tempdir_in(place).expect("a folder")
}

fn main() {
    if let Ok(url) = std::env::var("DELIVERIES_FLOOR") {
        return floor::send(&url, number("DELIVERIES", 10_000));
    }
    let only = std::env::var("DELIVERIES_ONLY").ok();
    let is_wanted = |part: &str| only.as_deref().is_none_or(|only| only == part);
    println!("{}", measure::load());
    if is_wanted("speed") {
        let messages = number("DELIVERIES", 10_000);
        floor::measure(messages);
        for targets in [1, 4, 16] {
            speed::measure(messages, targets);
        }
    }
    if is_wanted("latency") {
        latency::measure(number("DELIVERIES_ROUNDS", 50));
    }
    println!("{}", measure::load());
}
