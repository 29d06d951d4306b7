//! What no output shows.

use std::fs;

use rustix::process::Signal;
use serde_json::Value;

use super::daemon::{Daemon, articles, config};
use crate::program::Home;

/// What must not show, wherever it stands; `check` may show the host of an address.
const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const ADDRESS: &str = "https://hooks.example.org/T0/B1/xyzzyplugh";
const TELLING: [&str; 2] = ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "xyzzyplugh"];

fn target(more: &str) -> String {
    format!(
        "[[target]]\nid = \"chat\"\nurl = \"{ADDRESS}\"\n{more}\n\
         secret = [\"{KEY}\", {{ env = \"NOT_SET\" }}, {{ env = \"SET\" }}, {{ file = \"none\" }}]\n\
         when = {{ tags = [\"Kafka\"], text = \"storage\" }}\nhealth = true\n"
    )
}

#[track_caller]
fn assert_silent(what: &str, text: &str) {
    for secret in TELLING {
        assert!(!text.contains(secret), "{what}: {text}");
    }
}

#[test]
fn f132_check_says_where_secrets_come_from_and_shows_none() {
    let home = Home::new(&config("1h", &target("")));
    let check = |more: &[&str]| {
        let output = home.command(&[&["check"], more].concat()).env("SET", KEY).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8(text).unwrap();
        assert_silent("check", &text);
        (output.status.code(), text)
    };
    let (code, text) = check(&[]);
    assert_eq!(code, Some(0), "{text}");
    for line in [
        "target chat, generic",
        "  sends to  hooks.example.org (in the config)",
        "  signs by  the config, $NOT_SET (not to be had from here), $SET, ",
        "  articles  tagged Kafka and with “storage”",
        "  health    of all listings",
        "1 listing, 1 target",
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    for (address, value, fault) in [
        (ADDRESS, "xyzzyplugh", "`secret`: the secret does not begin with `whsec_`"),
        ("https://me:xyzzyplugh@hooks.example.org", KEY, "`url`: it holds a user name or a password"),
        ("http://127.0.0.1/xyzzyplugh", KEY, "`url`: "),
    ] {
        home.configure(&config("1h", &target("").replace(&format!("\"{ADDRESS}\""), "{ env = \"URL\" }")));
        let output = home.command(&["check"]).env("SET", value).env("URL", address).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains(&format!("  warning   target `chat`, {fault}")), "{text}");
        assert_silent("check", &text);
    }
    home.configure(&config("1h", &target("")));
    let (_, text) = check(&["--json"]);
    let report: Value = serde_json::from_str(&text).unwrap();
    let row = &report["targets"][0];
    assert_eq!(row["url"]["from"], "the config");
    assert_eq!(row["secrets"][1]["from"], "$NOT_SET");
    assert_eq!((&row["secrets"][1]["here"], &row["secrets"][2]["here"]), (&false.into(), &true.into()));
    assert_eq!(row["when"], serde_json::json!({"all": [{"tag": "Kafka"}, {"text": "storage"}]}));

    home.configure(
        &config("1h", &target("kind = \"pigeon\"\nsecrets = \"x\"")).replace("\"none\" }", "\"\" }"),
    );
    let (code, text) = check(&[]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("`file` is no path"), "{text}");
    check(&["--json"]);
}

#[test]
fn f132_a_daemon_shows_no_secret_whatever_config_it_is_given() {
    // One secret is not to be had; by the others the daemon works.
    let good = |more: &str| target(more).replace("{ env = \"NOT_SET\" }, ", "");
    let home = Home::new(&config("1h", &good("")));
    home.write_page("first.txt", &articles(20));
    fs::write(home.path("none"), format!("{KEY}\n")).unwrap();
    let daemon = Daemon::ready(&home, &[("TIDINGS_LOG", "trace"), ("SET", KEY)]);
    let configs = [
        target(""),
        target("kind = \"pigeon\""),
        target("").replace("whsec_", "wsec"),
        target("").replace("url = \"", "url = \"\" \""),
        good("late = false"),
    ];
    for text in configs {
        home.configure(&config("1h", &text));
        daemon.signal(Signal::HUP);
        daemon.note("RELOADING=1");
        daemon.note("READY=1");
    }
    for arguments in [&["status"][..], &["status", "--json"], &["log"], &["reload"]] {
        let output = home.run(arguments);
        assert_silent(&format!("{arguments:?}"), &format!("{output:?}"));
    }
    home.configure(&config("1h", &target("")));
    let refused = home.run(&["reload"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(3), "what the daemon cannot have is said to who asks: {said}");
    assert!(said.contains("keeps the config") && said.contains("NOT_SET"), "{said}");
    assert_silent("reload", &said);
    let err = daemon.err();
    assert!(
        err.contains("pigeon") && err.contains("NOT_SET") && err.contains("the old config stays in use"),
        "{err}"
    );
    assert_silent("the log", &err);
    assert_silent("standard output", &daemon.out());
    daemon.stop();
    let written = crate::program::tree(&home.path("var"));
    for (path, bytes) in written {
        assert_silent(&path, &String::from_utf8_lossy(&bytes));
    }
    assert!(fs::read_to_string(home.path("tidings.toml")).unwrap().contains(TELLING[1]));
}
