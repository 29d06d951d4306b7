//! `tidings add`: a listing at the end of the config, by the real program.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::program::Home;
use crate::support::{Receiver, Say};

const BLOG: &str = include_str!("../../seeds/examples/blog.html");
const ATOM: &str = include_str!("../../seeds/examples/releases.atom");

fn home(config: &str) -> Home {
    let home = Home::new(config);
    fs::write(home.path("pages/blog.html"), BLOG).unwrap();
    home
}

fn config_of(home: &Home) -> String {
    fs::read_to_string(home.path("tidings.toml")).unwrap()
}

fn said(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A server with a blog, a feed, a page to log in, and one with nothing on it.
fn server() -> Receiver {
    Receiver::by(|request| match request.path() {
        "/blog" => Say::answer("200 OK", "Content-Type: text/html\r\n", BLOG),
        "/feed.xml" => Say::answer("200 OK", "Content-Type: application/atom+xml\r\n", ATOM),
        "/login" => Say::answer(
            "200 OK",
            "Content-Type: text/html\r\n",
            "<!doctype html><html><title>Sign in</title><form><input type=password></form></html>",
        ),
        "/named" => Say::answer(
            "200 OK",
            "Content-Type: text/html\r\n",
            "<!doctype html><html><head><title>News</title><link rel=alternate type=application/atom+xml \
             href=/feed.xml></head><body><p>Nothing here.</p></body></html>",
        ),
        _ => Say::answer("404 Not Found", "", "no"),
    })
}

#[test]
fn a_page_is_added_to_a_fresh_config_and_scanned() {
    let home = home("");
    fs::remove_file(home.path("tidings.toml")).unwrap();
    home.expect(0, &["init"]);
    let before = config_of(&home);
    let shown = home.expect(0, &["add", "--yes", "pages/blog.html", "--tag", "Engines", "--every", "2h"]);
    assert!(
        shown.contains("Reading a flame graph on a phone") && shown.contains("[listing.html]"),
        "{shown}"
    );
    let after = config_of(&home);
    let added = after.strip_prefix(&before).unwrap();
    assert!(added.starts_with("\n# “Notes from the engine room”: 8 articles, found by"), "{added}");
    for line in [
        "id = \"notes-from-the-engine-room\"",
        "title = \"Notes from the engine room\"",
        "files = [\"pages/blog.html\"]",
        "format = \"html\"",
        "every = \"2h\"",
        "tags = [\"Engines\"]",
        "item = \"article.post\"",
    ] {
        assert!(added.lines().any(|found| found == line), "{line} in {added}");
    }
    home.expect(0, &["check"]);
    let report: Value = serde_json::from_str(&home.expect(0, &["scan", "--json"])).unwrap();
    assert_eq!((report["status"].as_str(), report["articles"].as_u64()), (Some("baseline"), Some(8)));
}

#[test]
fn pages_on_the_web_are_added_with_what_they_are() {
    let server = server();
    let at = |path: &str| format!("http://{}{path}", server.host());
    let home = home("data_dir = \"var\"\n[network]\ngap = \"0s\"\n");
    let refused = home.run(&["add", "--yes", &at("/feed.xml")]);
    assert_eq!(refused.status.code(), Some(6), "{refused:?}");
    assert!(said(&refused).contains("--allow-private"), "{refused:?}");
    home.expect(0, &["add", "--yes", "--allow-private", &at("/feed.xml#top")]);
    let json = home.expect(
        0,
        &["add", "--yes", "--json", "--allow-private", "--id", "blog", "--site", "rooms", &at("/blog")],
    );
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((json["added"].as_bool(), json["listing"].as_str()), (Some(true), Some("blog")));
    assert_eq!(json["preview"]["articles"], 8, "{json}");
    let text = config_of(&home);
    assert!(text.ends_with(json["text"].as_str().unwrap()), "{text}");
    for line in ["format = \"feed\"", "site = \"rooms\"", "allow_private = true"] {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert!(text.contains(&format!("url = \"{}\"", at("/feed.xml"))), "{text}");
    let reports = home.expect(0, &["scan", "--json"]);
    let counts: Vec<Option<u64>> = reports
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["articles"].as_u64())
        .collect();
    assert_eq!(counts, [Some(5), Some(8)], "{reports}");

    // A second time it says so, and does nothing; told to, it makes another listing of it.
    let again = home.expect(0, &["add", "--yes", "--allow-private", &at("/feed.xml")]);
    assert!(again.contains("reads it already"), "{again}");
    assert_eq!(config_of(&home), text);
    home.expect(0, &["add", "--yes", "--force", "--allow-private", &at("/feed.xml")]);
    assert!(config_of(&home).contains("id = \"releases-of-a-small-tool-2\""), "{}", config_of(&home));
}

#[test]
fn what_is_no_listing_is_not_added_unless_told() {
    let server = server();
    let at = |path: &str| format!("http://{}{path}", server.host());
    let home = home("data_dir = \"var\"\n[network]\ngap = \"0s\"\n");
    let before = config_of(&home);
    for (path, word) in [("/login", "asks to log in"), ("/gone", "404"), ("/named", "/feed.xml")] {
        let output = home.run(&["add", "--yes", "--allow-private", &at(path)]);
        assert_eq!(output.status.code(), Some(6), "{output:?}");
        assert!(said(&output).contains(word), "{output:?}");
        assert_eq!(config_of(&home), before);
    }
    for (arguments, word) in [
        (&["add", "--yes", "https://me:secret@news.example/latest"][..], "basic_auth"),
        (&["add", "--yes", "ftp://news.example/latest"], "http(s)"),
        (&["add", "--yes", "https://news.example/?p={page}"], "--pages"),
        (&["add", "--yes", "https://news.example/", "--pages", "1..3"], "{page}"),
        (&["add", "--yes", "pages/blog.html", "--id", "No Id"], "not an id"),
        (&["add", "--yes", "pages/blog.html", "--every", "soonish"], "every"),
        (&["add", "pages/blog.html"], "--yes"),
    ] {
        let output = home.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(said(&output).contains(word) && !said(&output).contains("secret"), "{output:?}");
        assert_eq!(config_of(&home), before);
    }
    home.expect(0, &["add", "--yes", "--force", "--allow-private", "--id", "later", &at("/gone")]);
    assert!(config_of(&home).contains("nothing was found on it"), "{}", config_of(&home));
    home.expect(0, &["check"]);
}

#[test]
fn every_byte_of_the_config_stays_with_its_mode_behind_a_link() {
    let home = home("");
    let (real, link) = (home.path("real/config.toml"), home.path("tidings.toml"));
    fs::create_dir(home.path("real")).unwrap();
    fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink("real/config.toml", &link).unwrap();
    // Ends of lines as on Windows, odd blanks, and no end of the last line.
    let before = "# mine\r\ndata_dir   =  \"var\"  # here\r\n\r\n[defaults]\r\nevery = \"1h\"";
    fs::write(&real, before).unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    let inode = fs::metadata(&real).unwrap().ino();
    home.expect(0, &["add", "--yes", "pages/blog.html"]);
    let after = fs::read_to_string(&real).unwrap();
    let added = after.strip_prefix(before).unwrap();
    assert!(added.starts_with("\r\n\r\n# “") && added.ends_with("\r\n"), "{added:?}");
    assert_eq!(added.matches('\n').count(), added.matches("\r\n").count());
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    let meta = fs::metadata(&real).unwrap();
    assert_eq!(meta.mode() & 0o7777, 0o640);
    assert_ne!(meta.ino(), inode, "it was replaced whole");
    assert_eq!(fs::read_dir(home.path("real")).unwrap().count(), 1, "nothing is left behind");
    home.expect(0, &["check"]);
}

#[test]
fn a_config_that_cannot_take_it_is_left_alone() {
    let home = home("data_dir = \"var\"\nlisting = [{ id = \"a\", files = [\"pages/a.txt\"] }]\n");
    for (config, code) in [
        ("data_dir = \"var\"\nlisting = [{ id = \"a\", files = [\"pages/a.txt\"] }]\n", 3),
        ("data_dir = 7\n", 3),
        ("data_dir = \n", 3),
    ] {
        home.configure(config);
        let output = home.run(&["add", "--yes", "pages/blog.html"]);
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        assert_eq!(config_of(&home), config);
    }
}

#[test]
fn without_a_config_one_is_made() {
    let home = home("");
    fs::remove_file(home.path("tidings.toml")).unwrap();
    let output = home.run(&["add", "pages/blog.html"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(!home.path("tidings.toml").exists());
    home.expect(0, &["add", "--yes", "pages/blog.html"]);
    assert!(config_of(&home).contains("[site]"));
    home.expect(0, &["scan"]);
}

/// Runs a command on a terminal of its own, with these answers; `None` where no tool makes one.
fn on_a_terminal(home: &Home, arguments: &str, answers: &str) -> Option<(i32, String)> {
    let shell = format!("{} --config tidings.toml {arguments}", env!("CARGO_BIN_EXE_tidings"));
    let mut command = Command::new("script");
    command.args(["-qec", &shell, "/dev/null"]).current_dir(home.root());
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let Ok(mut child) = child else {
        let required = std::env::var("TIDINGS_REQUIRE").unwrap_or_default();
        assert!(!required.split(',').any(|name| name == "script"), "`script` is required and missing");
        println!("SKIPPED: `script` (util-linux) is missing, so there is no terminal to ask on");
        return None;
    };
    child.stdin.take().unwrap().write_all(answers.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    Some((output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stdout).into_owned()))
}

#[test]
fn on_a_terminal_it_asks_for_the_id_and_for_consent() {
    let home = home("data_dir = \"var\"\n[[listing]]\nid = \"taken\"\nfiles = [\"pages/x.txt\"]\n");
    let before = config_of(&home);
    let Some((code, shown)) = on_a_terminal(&home, "add pages/blog.html", "\nn\n") else { return };
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("[notes-from-the-engine-room]:") && shown.contains("[Y/n]"), "{shown}");
    assert!(shown.contains("nothing was appended"), "{shown}");
    assert_eq!(config_of(&home), before);
    // An id that is taken, and one that is none, are asked for again.
    let (code, shown) = on_a_terminal(&home, "add pages/blog.html", "taken\nNot one\nrooms\ny\n").unwrap();
    assert_eq!(code, 0, "{shown}");
    assert!(
        shown.contains("there is, or was, a listing `taken`") && shown.contains("is not an id"),
        "{shown}"
    );
    assert!(config_of(&home).contains("id = \"rooms\""), "{}", config_of(&home));
}
