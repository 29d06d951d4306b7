//! What it says: little, and nothing twice.

use super::daemon::{Daemon, articles, config};
use crate::program::Home;

#[test]
fn f138_listing_that_is_broken_at_every_look_is_one_line() {
    let home = Home::new(&config("1s", ""));
    home.write_page("first.txt", &articles(20));
    let quiet = ("TIDINGS_LOG", "info,tidings::daemon::report=debug");
    let mut daemon = Daemon::ready(&home, &[quiet]);
    home.write_page("first.txt", "");
    let looks = |home: &Home| {
        let err = std::fs::read_to_string(home.path("err")).unwrap();
        err.lines().filter(|line| line.contains("scan Failed")).count()
    };
    daemon.until("the third failure", |home| looks(home) >= 3);
    let trouble = |err: &str| err.lines().filter(|line| line.contains("listing in trouble")).count();
    assert_eq!(trouble(&daemon.err()), 1, "{}", daemon.err());
    let lines = daemon.err().lines().filter(|line| !line.contains("DEBUG")).count();
    assert_eq!(lines, 1, "{}", daemon.err());
    home.write_page("first.txt", &articles(20));
    daemon.until("its recovery", |home| {
        std::fs::read_to_string(home.path("err")).unwrap().contains("listing is well again")
    });
    daemon.stop();
}

#[test]
fn without_a_terminal_only_the_start_is_on_standard_output() {
    let home = Home::new(&config("1s", ""));
    home.write_page("first.txt", &articles(20));
    let mut daemon = Daemon::ready(&home, &[]);
    let started = daemon.out();
    let lines: Vec<&str> = started.lines().collect();
    assert_eq!(lines.len(), 4, "{started}");
    assert_eq!(lines[0], "first: first look, 20 articles remembered and none announced");
    assert_eq!(daemon.err(), "", "what is on standard output is not said again");
    home.write_page("first.txt", &articles(21));
    daemon.until("the news", |home| {
        std::fs::read_to_string(home.path("err")).unwrap().contains("articles changed")
    });
    assert!(daemon.err().contains("listing=\"first\" articles=21 new=1"), "{}", daemon.err());
    assert_eq!(daemon.out(), started);
    daemon.stop();
}

/// A terminal of its own, by `script` of util-linux; where there is none, this is not tested.
#[test]
fn on_a_terminal_changes_are_plain_sentences_and_said_once() {
    let home = Home::new(&config("1s", ""));
    home.write_page("first.txt", &articles(20));
    let program = env!("CARGO_BIN_EXE_tidings");
    let mut command = std::process::Command::new("script");
    command.args(["-qefc", &format!("exec {program} --config tidings.toml run"), "screen"]);
    command.current_dir(home.root()).stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::null());
    let Ok(mut child) = command.spawn() else {
        eprintln!("SKIPPED: there is no `script` to make a terminal");
        return;
    };
    let screen = || std::fs::read_to_string(home.path("screen")).unwrap_or_default().replace('\r', "");
    let until = |part: &str| {
        let begun = std::time::Instant::now();
        while !screen().contains(part) {
            assert!(begun.elapsed() < super::daemon::PATIENCE, "{part} does not come: {}", screen());
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    };
    until("stop with Ctrl-C");
    home.write_page("first.txt", &articles(22));
    until("first: 2 new of 22 articles\n");
    home.write_page("first.txt", "");
    until("first: failed: ");
    home.write_page("first.txt", &articles(22));
    until("first: well again, nothing new among 22 articles\n");
    assert!(!screen().contains("WARN") && !screen().contains("INFO"), "{}", screen());
    // The terminal is closed: the service does not stay behind.
    child.kill().unwrap();
    child.wait().unwrap();
    let begun = std::time::Instant::now();
    while home.run(&["scan"]).status.code() == Some(4) {
        assert!(begun.elapsed() < super::daemon::PATIENCE, "it still holds the data folder");
    }
}
