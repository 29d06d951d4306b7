//! However it is told to stop, and in whatever phase, it says goodbye and loses nothing.

use std::time::Duration;

use rustix::process::Signal;

use super::daemon::{Daemon, articles, config};
use crate::program::Home;

/// systemd kills after this; promised is under ten seconds.
const PROMISED: Duration = Duration::from_secs(10);

fn home() -> Home {
    let home = Home::new(&config("1h", ""));
    home.write_page("first.txt", &articles(43));
    home
}

/// After a clean stop, whatever was remembered is whole: the next scan finds the same articles, once each.
#[track_caller]
fn assert_nothing_lost(home: &Home) {
    home.expect(0, &["scan"]);
    assert_eq!(home.articles().len(), 43);
    let second = home.expect(0, &["scan", "--json"]);
    assert!(second.contains("\"status\":\"unchanged\""), "{second}");
}

#[track_caller]
fn assert_clean(daemon: Daemon<'_>) {
    let (status, took) = daemon.ended();
    assert_eq!(status.code(), Some(0));
    assert!(took < PROMISED, "{took:?}");
}

#[test]
fn f133_stop_in_each_phase_of_the_start_is_clean_and_loses_nothing() {
    let phases = [
        ("the lock", "var/lock", Signal::TERM),
        ("the journal", "var/journal", Signal::INT),
        ("the index", "var/index", Signal::TERM),
        ("a file", "var/public/index.html", Signal::INT),
        ("a snapshot", "var/snapshots/first", Signal::TERM),
    ];
    for (what, path, signal) in phases {
        let home = home();
        let mut daemon = Daemon::start(&home, &[]);
        daemon.until(what, |home| home.path(path).exists());
        daemon.signal(signal);
        assert_clean(daemon);
        assert_nothing_lost(&home);
    }
}

#[test]
fn f133_stop_at_each_step_of_a_cycle_is_clean_and_the_next_start_goes_on() {
    let steps = [
        "begin.before-record",
        "cycle.before-fetch",
        "journal.before-sync",
        "index.before-apply",
        "publish.before-rename",
        "publish.before-mark",
    ];
    let home = home();
    let mut count = 43;
    for step in steps {
        count += 1;
        home.write_page("first.txt", &articles(count));
        let place = format!("{step}~");
        assert_clean(Daemon::start(&home, &[("TIDINGS_CRASH_AT", &place)]));
    }
    home.expect(0, &["scan"]);
    assert_eq!(home.articles().len(), usize::try_from(count).unwrap());
    // Each was taken up by one record, whichever run it was that committed it: none is told twice.
    let journal = std::fs::read_to_string(home.path("var/journal/0001.jsonl")).unwrap();
    assert_eq!(journal.matches("\"announced\":").count(), usize::try_from(count).unwrap());
    assert!(home.expect(0, &["scan", "--json"]).contains("\"status\":\"unchanged\""));
}

#[test]
fn f133_stop_twice_and_in_a_storm_of_hangups_is_clean() {
    let home = home();
    let daemon = Daemon::ready(&home, &[]);
    for _ in 0..200 {
        daemon.signal(Signal::HUP);
    }
    daemon.signal(Signal::TERM);
    daemon.signal(Signal::HUP);
    daemon.signal(Signal::TERM);
    daemon.signal(Signal::INT);
    assert_clean(daemon);
    assert_nothing_lost(&home);
}

#[test]
fn f133_hangup_while_it_starts_does_not_end_it() {
    let home = home();
    let mut daemon = Daemon::start(&home, &[]);
    daemon.until("the lock", |home| home.path("var/lock").exists());
    daemon.signal(Signal::HUP);
    daemon.note("READY=1");
    daemon.note("RELOADING=1");
    daemon.note("READY=1");
    daemon.stop();
    assert_nothing_lost(&home);
}
