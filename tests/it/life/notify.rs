//! The notify protocol (sd_notify(3)), spoken with a socket of our own.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use rustix::process::Signal;

use super::daemon::{Daemon, articles, config};
use crate::program::Home;

fn home() -> Home {
    let home = Home::new(&config("1h", ""));
    home.write_page("first.txt", &articles(43));
    home
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// The address in the start-up lines.
fn address(out: &str) -> String {
    let (_, rest) = out.split_once("http://").unwrap();
    rest.split('/').next().unwrap().to_owned()
}

#[test]
fn ready_is_said_once_pages_are_read_feeds_published_and_the_address_answers() {
    let home = home();
    let daemon = Daemon::start(&home, &[]);
    let note = daemon.note("READY=1");
    let status = note.iter().find(|line| line.starts_with("STATUS=")).unwrap();
    assert!(status.contains("1 listing, 43 articles") && status.ends_with("feeds; all well"), "{status}");
    assert!(!status.contains(" 0 feeds"), "{status}");
    let answer = get(&address(&daemon.out()), "/feeds/all.atom");
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("queue number 42"), "{answer}");
    daemon.signal(Signal::TERM);
    daemon.note("STOPPING=1");
    daemon.stop();
}

#[test]
fn f134_sign_of_life_comes_as_often_as_asked_for_and_only_then() {
    let home = home();
    let daemon = Daemon::ready(&home, &[("WATCHDOG_USEC", "300000")]);
    for _ in 0..3 {
        daemon.note("WATCHDOG=1");
    }
    daemon.stop();
    let other = Daemon::ready(&home, &[("WATCHDOG_USEC", "300000"), ("WATCHDOG_PID", "1")]);
    other.signal(Signal::TERM);
    loop {
        let note = other.next_note();
        assert_ne!(note, ["WATCHDOG=1"], "it is meant for another process");
        if note.contains(&"STOPPING=1".to_owned()) {
            break;
        }
    }
    other.stop();
}

#[test]
fn reload_is_told_with_its_time_and_ends_with_ready() {
    let home = home();
    let daemon = Daemon::ready(&home, &[]);
    daemon.signal(Signal::HUP);
    let note = daemon.note("RELOADING=1");
    let since = note.iter().find_map(|line| line.strip_prefix("MONOTONIC_USEC=")).unwrap();
    assert!(since.parse::<u64>().unwrap() > 0);
    daemon.note("READY=1");
    daemon.stop();
}

#[test]
fn trouble_of_a_listing_is_in_the_status() {
    let home = Home::new(&config("1h", ""));
    let daemon = Daemon::start(&home, &[]);
    let note = daemon.note("READY=1");
    assert!(note.iter().any(|line| line.ends_with("trouble: first (failing)")), "{note:?}");
    daemon.stop();
}
