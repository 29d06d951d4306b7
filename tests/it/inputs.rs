//! Pages that are no files: what a program writes, and what comes on standard input.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::life::daemon::Daemon;
use crate::program::{Home, json_lines};
use crate::support::{Page, items};

/// A folder with one listing, whose page `./fetch` makes: a program with this text.
fn home(program: &str, more: &str) -> Home {
    let home = Home::new(&format!(
        "data_dir = \"var\"\n[serve]\nlisten = false\n[[listing]]\nid = \"news\"\ncommand = [\"./fetch\", \"a word\"]\n\
         {more}\n"
    ));
    write(&home, program);
    home
}

fn write(home: &Home, program: &str) {
    let path = home.path("fetch");
    fs::write(&path, format!("#!/bin/sh\n{program}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn page(numbers: std::ops::Range<usize>) -> String {
    Page::of(items(numbers)).text()
}

#[track_caller]
fn scan(home: &Home, code: i32) -> Value {
    json_lines(&home.expect(code, &["scan", "--json"])).remove(0)
}

#[test]
fn what_a_program_writes_is_the_page() {
    let home = home("cat pages/news.txt", "");
    home.write_page("news.txt", &page(0..5));
    let report = scan(&home, 0);
    assert_eq!((&report["status"], &report["articles"]), (&"baseline".into(), &5.into()));
    assert_eq!(scan(&home, 0)["status"], "unchanged");
    home.write_page("news.txt", &page(0..6));
    assert_eq!(scan(&home, 0)["new"].as_array().unwrap().len(), 1);
    assert!(home.expect(0, &["check"]).contains("reads what `./fetch` writes (auto)"));
}

#[test]
fn program_gets_its_arguments_and_little_else() {
    let program = "printf '%s|' \"$@\" > told; env | sort >> told; wc -c >> told; cat pages/news.txt";
    let home = home(program, "");
    home.write_page("news.txt", &page(0..5));
    let mut command = home.command(&["scan"]);
    command.env("ALERT_TOKEN", "hunter2").env("LC_ALL", "C").env("https_proxy", "http://proxy.example");
    assert_eq!(command.output().unwrap().status.code(), Some(0));
    let told = fs::read_to_string(home.path("told")).unwrap();
    assert!(told.starts_with("a word|"), "{told}");
    let has = |line: &str| told.lines().any(|told| told.trim_start_matches("a word|").trim() == line);
    assert!(
        has("TIDINGS_LISTING=news") && has("LC_ALL=C") && has("https_proxy=http://proxy.example"),
        "{told}"
    );
    assert!(has("0"), "nothing is on its standard input: {told}");
    assert!(!told.contains("hunter2"), "{told}");
}

#[test]
fn program_that_fails_is_trouble_and_what_it_wrote_is_not_used() {
    let home = home("cat pages/news.txt", "max_page_bytes = 100000\ncommand_timeout = \"2s\"");
    home.write_page("news.txt", &page(0..5));
    scan(&home, 0);
    let failures = [
        (
            "cat pages/news.txt; echo one >&2; echo ' cannot log in ' >&2; echo >&2; exit 3",
            "with status 3: cannot log in",
        ),
        ("cat pages/news.txt; kill -TERM $$", "by signal 15"),
        ("yes", "more than the 100000 bytes"),
        ("cat pages/news.txt; sleep 60", "still running after 2 s"),
        ("sleep 60 & cat pages/news.txt", "still running after 2 s"),
        ("", "the page is empty"),
    ];
    for (program, reason) in failures {
        write(&home, program);
        let begun = Instant::now();
        let report = scan(&home, 6);
        assert!(begun.elapsed() < Duration::from_secs(30), "{program}");
        assert_eq!(report["status"], "failed");
        assert!(report["reason"].as_str().unwrap().contains(reason), "{program}: {report}");
    }
    fs::remove_file(home.path("fetch")).unwrap();
    assert!(scan(&home, 6)["reason"].as_str().unwrap().contains("there is no such program"));
    write(&home, "");
    fs::set_permissions(home.path("fetch"), fs::Permissions::from_mode(0o644)).unwrap();
    assert!(scan(&home, 6)["reason"].as_str().unwrap().contains("may not run it"));
    write(&home, "cat pages/news.txt");
    assert_eq!(scan(&home, 0)["status"], "unchanged");
}

#[test]
fn what_a_program_started_ends_with_it() {
    let home = home("sleep 60 & echo $! > started; sleep 60", "command_timeout = \"1s\"");
    scan(&home, 6);
    let started = fs::read_to_string(home.path("started")).unwrap();
    let stat = format!("/proc/{}/stat", started.trim());
    let is_over = || fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z"));
    let begun = Instant::now();
    while !is_over() {
        assert!(begun.elapsed() < Duration::from_secs(20), "{stat} is still there");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn faults_of_a_command_are_told_with_their_place() {
    let listing = "[[listing]]\nid = \"news\"\n";
    let faults = [
        ("command = []", "`command` holds 0 words"),
        ("command = [\"\"]", "this is no program"),
        ("command = [\"cat page\"]\ncommand_timeout = \"2h\"", "out of range"),
        ("command = [\"cat\"]\nfiles = [\"x\"]", "both `files` and `command`"),
        ("files = [\"x\"]\ncommand_timeout = \"2s\"", "no `command`"),
        ("command = \"cat\"", "`command` must be a list"),
    ];
    for (text, fault) in faults {
        let home = Home::new(&format!("{listing}{text}\n"));
        let told = home.expect(3, &["check"]);
        assert!(told.contains(fault), "{text}: {told}");
    }
}

#[test]
fn standard_input_is_the_page_of_the_listing_that_is_named() {
    let home = Home::new("data_dir = \"var\"\n[[listing]]\nid = \"news\"\nfiles = [\"none.txt\"]\n");
    let give = |arguments: &[&str], text: &str| {
        fs::write(home.path("input"), text).unwrap();
        let mut command = home.command(arguments);
        command.stdin(Stdio::from(fs::File::open(home.path("input")).unwrap()));
        let output = command.output().unwrap();
        let out = String::from_utf8(output.stdout).unwrap();
        (output.status.code().unwrap(), out, String::from_utf8(output.stderr).unwrap())
    };
    let scan = ["scan", "news", "--stdin", "--json"];
    let (code, out, err) = give(&scan, &page(0..5));
    assert_eq!(code, 0, "{out}{err}");
    assert_eq!(json_lines(&out)[0]["status"], "baseline");
    let dry = ["scan", "news", "--stdin", "--dry-run", "--json"];
    for _ in 0..2 {
        assert_eq!(json_lines(&give(&dry, &page(0..6)).1)[0]["new"].as_array().unwrap().len(), 1);
    }
    assert_eq!(json_lines(&give(&scan, &page(0..6)).1)[0]["new"].as_array().unwrap().len(), 1);
    assert_eq!(give(&["scan", "--stdin"], "").0, 2, "which listing?");
    assert_eq!(give(&["scan", "other", "--stdin"], "").0, 8);
    assert_eq!(give(&scan, "").0, 6, "an empty page is none");
}

#[test]
fn standard_input_reaches_a_listing_of_a_running_daemon() {
    let home = home("cat pages/news.txt", "every = \"1d\"");
    home.write_page("news.txt", &page(0..5));
    let daemon = Daemon::ready(&home, &[]);
    // More than a pipe holds.
    let long = page(0..1_000);
    fs::write(home.path("input"), &long).unwrap();
    let mut command = home.command(&["scan", "news", "--stdin", "--json"]);
    command.stdin(Stdio::from(fs::File::open(home.path("input")).unwrap()));
    let output = command.output().unwrap();
    let report = json_lines(&String::from_utf8(output.stdout).unwrap()).remove(0);
    assert_eq!(report["status"], "held", "{report}");
    drop(daemon);
}
