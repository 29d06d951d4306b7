//! `[[target]]`: what it means, and what a bad one is told.

use super::*;
use crate::model::filter::{Filter, Pattern};
use crate::model::secret::Secret;
use crate::model::target::{SecretRef, TargetKind, TargetSpec, Way};
use crate::model::{Change, Expression};

/// A key of 24 bytes.
const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn with(keys: &str) -> String {
    format!("{MINIMAL}[[target]]\nid = \"t\"\nsecret = {{ env = \"S\" }}\nurl = {{ env = \"U\" }}\n{keys}\n")
}

fn target(keys: &str) -> TargetSpec {
    let mut targets = config(&with(keys)).targets;
    assert_eq!(targets.len(), 1);
    targets.remove(0)
}

#[test]
fn a_target_of_three_lines_gets_every_default() {
    let target = target("");
    assert_eq!((target.rule.id.as_str(), target.kind()), ("t", TargetKind::Generic));
    let way = Way::Generic { url: SecretRef::Env("U".into()), secrets: vec![SecretRef::Env("S".into())] };
    assert_eq!((target.way, target.pace), (way, None));
    assert_eq!((target.rule.when, target.rule.late), (Filter::All(vec![]), true));
    assert_eq!((target.rule.health, target.burst, target.allow_private), (vec![], Some(20), false));
    assert_eq!((target.rule.changes, target.rule.held), (vec![Change::New], vec![]));
}

#[test]
fn every_key_of_a_target_reaches_it() {
    let text = format!(
        r#"{MINIMAL}
        [[target]]
        id = "team-chat"
        kind = "generic"
        url = "http://[::1]:8080/a?b=c%20d"
        secret = ["{KEY}", {{ file = "old" }}, {{ file = "/abs" }}, {{ credential = "alert.secret" }}]
        when = {{ tags = ["Kafka"], listings = ["backend"], regex = '(?i)\bstorage\b' }}
        changes = ["returned", "updated", "updated"]
        late = false
        health = ["back*"]
        held = true
        burst = 1000
        allow_private = true
        "#
    );
    let checked = parsed(&text).expect("a config");
    assert!(checked.warnings.is_empty(), "{}", checked.warnings.render(false));
    let target = &checked.config.targets[0];
    let url = SecretRef::Given(Secret::new("http://[::1]:8080/a?b=c%20d".into()));
    assert_eq!(target.way.url(), Some(&url));
    let places: Vec<String> = target.way.secrets().iter().map(|(_, secret)| secret.to_string()).collect();
    assert_eq!(places, ["the config", "/home/me/old", "/abs", "credential alert.secret"]);
    let when = Filter::All(vec![
        Filter::Tag(Pattern::new("Kafka")),
        Filter::Listing(Pattern::new("backend")),
        Filter::Regex(Expression::parse(r"(?i)\bstorage\b").expect("a regex")),
    ]);
    assert_eq!((&target.rule.when, target.rule.late), (&when, false));
    assert_eq!(target.rule.health, [Pattern::new("back*")]);
    assert_eq!(target.rule.changes, [Change::Updated, Change::Returned]);
    assert_eq!(target.rule.held, [Pattern::new("*")]);
    assert_eq!((target.burst, target.allow_private), (Some(1_000), true));
}

#[test]
fn a_target_can_be_for_health_alone_and_never_burst() {
    let target = target("when = false\nhealth = true\nburst = false");
    assert_eq!((target.rule.when, target.burst), (Filter::Any(vec![]), None));
    assert_eq!(target.rule.health, [Pattern::new("*")]);
    assert_eq!(self::target("health = false").rule.health, []);
    assert_eq!(self::target("when = false\nheld = [\"backend\"]").rule.held, [Pattern::new("backend")]);
}

/// Keys of a target whose `url` and `secret` are good, or in place of them, and what they must be told.
const CASES: &[(&str, &[&str])] = &[
    ("id = \"t\"", &["1:1 this target has no `url` (such as", "1:1 this target has no `secret` (a generic"]),
    ("url = { env = \"U\" }\nsecret = { env = \"S\" }", &["1:1 this target has no `id`"]),
    ("id = \"T t\"\n@", &["2:6 `T t` is not an id: 1 to 63 of"]),
    (
        "id = \"t\"\nkind = \"slack\"\n@",
        &["5:10 `secret` is no key of a target of the kind `slack` (it is one of generic, feishu, dingtalk)"],
    ),
    ("id = \"t\"\nkind = \"pigeon\"\n@", &["3:8 `kind` is not known (one of generic, slack, discord,"]),
    ("id = \"t\"\nhalth = true\n@", &["3:1 unknown key `halth` (did you mean `health`?)"]),
    ("id = \"t\"\nwhen = true\n@", &["3:8 `when` must be a filter, or false (leave the key out"]),
    ("id = \"t\"\nwhen = {}\n@", &["3:8 this filter says nothing"]),
    ("id = \"t\"\nwhen = { listings = [\"x\"] }\n@", &["3:22 no listing is called `x`"]),
    ("id = \"t\"\nwhen = false\n@", &["3:8 this target is told of nothing (with `health = true`"]),
    ("id = \"t\"\nwhen = false\nhealth = [\"bakend\"]\n@", &["4:11 no listing is called `bakend` (did you"]),
    ("id = \"t\"\nhealth = []\n@", &["3:10 `health` is empty, so nothing would fit (true is all"]),
    (
        "id = \"t\"\nhealth = \"backend\"\n@",
        &["3:10 `health` must be a list of strings (put it into brackets"],
    ),
    (
        "id = \"t\"\nwhen = { regex = \"a(b\" }\n@",
        &["3:20 this regex is not understood: unclosed group (as in"],
    ),
    (
        "id = \"t\"\nwhen = { not = { regex = '(\\w{1000}){1000}' } }\n@",
        &["3:27 this regex is not understood: it would take more than 1 MB of memory (as in"],
    ),
    (
        "id = \"t\"\nwhen = { any = [{ regex = \"\" }] }\n@",
        &["3:27 `regex` is empty, so everything would fit"],
    ),
    (
        "id = \"t\"\nchanges = []\n@",
        &["3:11 `changes` is empty, so it would be told of none (some of new, upd"],
    ),
    (
        "id = \"t\"\nchanges = [\"new\", \"gone\"]\n@",
        &["3:19 `changes` names what is not known (one of new, updated, removed, returned)"],
    ),
    ("id = \"t\"\nchanges = \"new\"\n@", &["3:11 `changes` must be a list of strings (put it into brackets"]),
    ("id = \"t\"\nheld = []\n@", &["3:8 `held` is empty, so nothing would fit (true is all"]),
    ("id = \"t\"\nheld = [\"bakend\"]\n@", &["3:9 no listing is called `bakend` (did you"]),
    ("id = \"t\"\nburst = 0\n@", &["3:9 `burst` is out of range (the default is 20)"]),
    ("id = \"t\"\nburst = true\n@", &["3:9 `burst` must be a whole number, or false"]),
    // Addresses.
    ("id = \"t\"\nurl = \"\"\n#", &["3:7 `url` is empty"]),
    ("id = \"t\"\nurl = \"alerts.example.org\"\n#", &["3:7 `url` is no absolute address (such as `https://"]),
    (
        "id = \"t\"\nurl = \"$ALERT_URL\"\n#",
        &["3:7 `url` is no absolute address (a variable is `url = { env"],
    ),
    ("id = \"t\"\nurl = \"ftp://example.org\"\n#", &["3:7 `url` must begin with https:// or http://"]),
    (
        "id = \"t\"\nurl = \"https://a:b@example.org\"\n#",
        &["3:7 `url` holds a user name or a password (leave"],
    ),
    ("id = \"t\"\nurl = \"https://example.org/#x\"\n#", &["3:7 `url` has a fragment, which is never sent"]),
    ("id = \"t\"\nurl = \"https://example.org/\\r\\nHost: x\"\n#", &["3:7 `url` holds a blank or a control"]),
    ("id = \"t\"\nurl = \"https://example.org/a b\"\n#", &["3:7 `url` holds a blank or a control character"]),
    ("id = \"t\"\nurl = \"http://example.org\"\n#", &["3:7 messages go there unencrypted (`https://` keeps"]),
    ("id = \"t\"\nurl = \"http://example.org\"\nallow_private = true\n#", &[]),
    (
        "id = \"t\"\nurl = 3\n#",
        &["3:7 `url` must be a string, or a table that says where it is to be had (such"],
    ),
    ("id = \"t\"\nurl = {}\n#", &["3:7 `url` is to be had from one place, this names 0 (one of env, file"]),
    (
        "id = \"t\"\nurl = { env = \"A\", file = \"b\" }\n#",
        &["3:7 `url` is to be had from one place, this names 2 (one of env, file, credential)"],
    ),
    ("id = \"t\"\nurl = { enw = \"A\" }\n#", &["3:9 unknown key `enw` (did you mean `env`?)"]),
    (
        "id = \"t\"\nurl = { env = \"A B\" }\n#",
        &["3:15 `env` is no name of a variable (such as `ALERT_URL`)"],
    ),
    ("id = \"t\"\nurl = { env = 3 }\n#", &["3:15 `env` must be a string"]),
    ("id = \"t\"\nurl = { file = \"\" }\n#", &["3:16 `file` is no path"]),
    ("id = \"t\"\nurl = { credential = \"../x\" }\n#", &["3:22 `credential` is no name of a credential"]),
    // Secrets.
    ("id = \"t\"\nsecret = []\nurl = { env = \"U\" }", &["3:10 `secret` holds 0 secrets (from 1 to 4"]),
    (
        "id = \"t\"\nsecret = [{env=\"A\"},{env=\"B\"},{env=\"C\"},{env=\"D\"},{env=\"E\"}]\nurl = { env = \"U\" }",
        &["3:10 `secret` holds 5 secrets (from 1 to 4"],
    ),
    (
        "id = \"t\"\nsecret = \"hunter2\"\nurl = { env = \"U\" }",
        &["3:10 the secret does not begin with `whsec_` (`echo whsec_$(openssl rand -base64 32)` makes one)"],
    ),
    (
        "id = \"t\"\nsecret = [{ env = \"A\" }, \"$S\"]\nurl = { env = \"U\" }",
        &["3:26 the secret does not begin with `whsec_` (a variable is `secret = { env = \"NAME\" }`)"],
    ),
    (
        "id = \"t\"\nsecret = \"whsec_!\"\nurl = { env = \"U\" }",
        &["3:10 what follows `whsec_` is not base64"],
    ),
    (
        "id = \"t\"\nsecret = \"whsec_aHVudGVyMg==\"\nurl = { env = \"U\" }",
        &["3:10 the secret holds 7 bytes, a key has from 24 to 64"],
    ),
    ("id = \"t\"\n@\n[[target]]\nid = \"t\"\n@", &["6:6 two targets have the id `t`"]),
];

#[test]
fn every_fault_of_a_target_has_its_place_and_its_hint() {
    for (keys, expected) in CASES {
        // `#` stands for a good secret, `@` for a good address and secret.
        let keys =
            keys.replace("\n@", "\nurl = { env = \"U\" }\n#").replace("\n#", "\nsecret = { env = \"S\" }");
        let mut found = findings(&format!("[[target]]\n{keys}\n{MINIMAL}"));
        found.retain(|fault| !fault.starts_with("0:0"));
        let fits = found.len() == expected.len()
            && found.iter().zip(*expected).all(|(found, expected)| found.starts_with(expected));
        assert!(fits, "{keys}\n found {found:#?}\n expected {expected:#?}");
    }
}

#[test]
fn an_address_in_a_private_network_must_be_meant() {
    for host in [
        "localhost",
        "LOCALHOST.",
        "a.localhost",
        "db.internal",
        "nas.local",
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "192.0.2.1",
        "[64:ff9b:1::7f00:1]",
        "[2002:7f00:1::]",
        "[::1]",
        "[fd00::1]",
        "[::ffff:127.0.0.1]",
    ] {
        let text = |more: &str| {
            with(more).replace("url = { env = \"U\" }", &format!("url = \"https://{host}:8443/x\""))
        };
        let found = findings(&text(""));
        assert!(
            found.len() == 1 && found[0].contains("private network") && found[0].contains("allow_private"),
            "{host}: {found:?}"
        );
        assert_eq!(findings(&text("allow_private = true")), [""; 0], "{host}");
    }
    for host in ["169.254.169.254", "0.0.0.0", "[::]", "[fe80::1]", "[64:ff9b::a9fe:a9fe]"] {
        let text = |more: &str| with(more).replace("{ env = \"U\" }", &format!("\"https://{host}:8443/x\""));
        for more in ["", "allow_private = true"] {
            let found = findings(&text(more));
            assert!(found.len() == 1 && found[0].contains("never reached"), "{host}: {found:?}");
        }
    }
    let named = "[network]\nallow = [\"10.0.0.0/8\", \"169.254.169.254\"]\n";
    for host in ["10.1.2.3", "169.254.169.254"] {
        let text = with("").replace("{ env = \"U\" }", &format!("\"https://{host}/\""));
        assert_eq!(findings(&format!("{named}{text}")), [""; 0], "{host}");
    }
    for host in ["mylocalhost", "internal.example.org", "1.1.1.1", "[2606:4700::1111]"] {
        let text = with("").replace("{ env = \"U\" }", &format!("\"https://{host}/\""));
        assert_eq!(findings(&text), [""; 0], "{host}");
    }
}

#[test]
fn targets_are_at_most_a_hundred() {
    let target = |n: usize| {
        format!("[[target]]\nid = \"t{n}\"\nurl = {{ env = \"U\" }}\nsecret = {{ env = \"S\" }}\n")
    };
    let targets = |count: usize| (0..count).map(target).collect::<String>() + MINIMAL;
    assert_eq!(config(&targets(100)).targets.len(), 100);
    assert_eq!(findings(&targets(101)), ["401:1 101 targets are too many (at most 100)"]);
}

/// A target of each kind with all its keys, and what it comes to.
#[test]
fn every_kind_has_its_keys() {
    let url = || Some(SecretRef::Env("U".into()));
    for (kind, keys) in [
        ("slack", ""),
        ("discord", ""),
        ("mattermost", ""),
        ("teams", ""),
        ("google-chat", ""),
        ("wecom", ""),
        ("feishu", "secret = \"any text\""),
        ("dingtalk", "secret = { env = \"S\" }"),
        ("telegram", "token = { env = \"T\" }\nchat = -100123\ntopic = 7"),
        ("telegram", "token = { env = \"T\" }\nchat = \"@news_of_us\""),
        ("matrix", "token = { env = \"T\" }\nroom = \"!a:b\""),
        ("ntfy", "token = { env = \"T\" }"),
        ("ntfy", ""),
        ("gotify", "token = { env = \"T\" }"),
        ("email", "user = \"me\"\npassword = { env = \"P\" }\nfrom = \"N <n@e.org>\"\nto = \"a@e.org\""),
    ] {
        let text = format!(
            "{MINIMAL}[[target]]\nid = \"t\"\nkind = \"{kind}\"\nurl = {{ env = \"U\" }}\npace = \"2s\"\n{keys}\n"
        );
        let target = config(&text).targets.remove(0);
        assert_eq!((target.kind().name(), target.way.url().cloned()), (kind, url()), "{keys}");
        assert_eq!(target.pace, Some(std::time::Duration::from_secs(2)));
    }
    let text = format!(
        "{MINIMAL}[[target]]\nid = \"t\"\nkind = \"command\"\ncommand = [\"tell\", \"us\"]\ncommand_timeout = \"5s\"\n"
    );
    let Way::Command(program) = config(&text).targets.remove(0).way else { panic!("a command") };
    assert_eq!((program.command.len(), program.seconds), (2, 5));
    let own = "[[target]]\nid = \"t\"\nkind = \"telegram\"\ntoken = { env = \"T\" }\nchat = 5\n";
    assert_eq!(config(&format!("{MINIMAL}{own}")).targets[0].way.url(), None);
}

#[test]
fn every_fault_of_a_kind_is_told() {
    for (keys, expected) in [
        ("kind = \"telegram\"", &["1:1 this target has no `token`", "1:1 this target has no `chat`"][..]),
        (
            "kind = \"matrix\"",
            &[
                "1:1 this target has no `url`",
                "1:1 this target has no `token`",
                "1:1 this target has no `room`",
            ],
        ),
        ("kind = \"gotify\"\nurl = \"https://e.org\"", &["1:1 this target has no `token`"]),
        (
            "kind = \"command\"\nurl = \"https://e.org\"",
            &["1:1 this target has no `command`", "4:7 `url` is no key of a target"],
        ),
        (
            "kind = \"slack\"\nurl = \"https://e.org\"\nchat = \"@team\"",
            &["5:8 `chat` is no key of a target of the kind `slack` (it is one of telegram)"],
        ),
        (
            "kind = \"telegram\"\ntoken = { env = \"T\" }\nchat = \"team\"",
            &["5:8 `chat` is no chat of Telegram"],
        ),
        (
            "kind = \"matrix\"\nurl = \"https://e.org\"\ntoken = { env = \"T\" }\nroom = \"#a:b\"",
            &["6:8 `room` is no id of a room"],
        ),
        (
            "kind = \"email\"\nurl = \"https://e.org\"\nfrom = \"x\"\nto = []\nuser = \"u\"",
            &[
                "4:7 `url` is no address of a mail server",
                "5:8 this is no mail address",
                "6:6 `to` holds 0 addresses",
                "7:8 there is no `password` beside it",
            ],
        ),
        (
            "kind = \"email\"\nurl = \"smtp://127.0.0.1\"\nfrom = \"a@b.org\"\nto = \"a@b.org\"",
            &["4:7 `url` is in a private network"],
        ),
        (
            "kind = \"dingtalk\"\nurl = \"https://e.org\"\nsecret = [\"a\", \"b\"]",
            &["5:10 `secret` holds 2 secrets"],
        ),
        ("kind = \"ntfy\"\nurl = \"https://e.org/x\"\npace = \"0s\"", &["5:8 `pace` is out of range"]),
    ] {
        let mut found = findings(&format!("[[target]]\nid = \"t\"\n{keys}\n{MINIMAL}"));
        found.retain(|fault| !fault.starts_with("0:0") && !fault.contains("everybody on this machine"));
        let fits = found.len() == expected.len()
            && found.iter().zip(expected).all(|(found, expected)| found.starts_with(expected));
        assert!(fits, "{keys}\n found {found:#?}\n expected {expected:#?}");
    }
}

#[test]
fn own_words_are_read_and_every_fault_of_them_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("alert.txt");
    std::fs::write(&path, "\u{FEFF}{{ count }}\n").expect("a file");
    let slack = |keys: &str| {
        format!("{MINIMAL}[[target]]\nid = \"t\"\nkind = \"slack\"\nurl = {{ env = \"U\" }}\n{keys}\n")
    };
    let text = slack(&format!(
        "template = \"{{{{ title }}}}\"\nsummary_template = {{ file = {:?} }}",
        path.display().to_string()
    ));
    let wording = config(&text).targets.remove(0).wording;
    assert_eq!(wording.article.as_deref(), Some("{{ title }}"));
    assert_eq!(wording.summary.as_deref(), Some("{{ count }}\n"));
    assert_eq!((wording.health, wording.subject), (None, None));
    for (keys, wanted) in [
        (
            "template = \"\"\"\n{{ title }}\n{{ titel }}\"\"\"",
            "8:12 `template`: `titel` is no name of a fact (there are also_at, also_on, at,",
        ),
        ("template = \"a\\n{{ title\"", "8:12 `template`, line 2: syntax error: "),
        ("template = \" \"", "8:12 `template` is empty (leave the key out"),
        ("template = 1", "8:12 `template` must be a string, or a table that names a file"),
        ("template = {}", "8:12 `template` names no file (such as `template = { file ="),
        ("template = { fiel = \"x\" }", "8:14 unknown key `fiel` (did you mean `file`?)"),
        ("template = { file = \"none.txt\" }", "8:21 `template`: /home/me/none.txt cannot be read: No such"),
        ("template = { file = \"/dev/null\" }", "8:21 `template`: /dev/null is no file"),
        ("subject_template = \"x\"", "8:20 messages of the kind `slack` have no subject (those of ntfy,"),
        (
            "health_template = \"{{ reason }}\"",
            "8:19 `health_template`: it makes an empty text (it was filled for a listing that reads well again)",
        ),
    ] {
        let found = findings(&slack(keys));
        assert_eq!(found.len(), 1, "{keys}: {found:?}");
        assert!(found[0].starts_with(wanted), "{keys}: {found:?}");
    }
    let large = findings(&slack(&format!("template = \"{}\"", "x".repeat(65_537))));
    assert!(large[0].starts_with("8:12 `template` has 65537 bytes (at most 65536)"), "{large:?}");
    std::fs::write(&path, vec![b'x'; 65_537]).expect("a file");
    assert!(findings(&text)[0].contains("alert.txt is larger than 65536 bytes"));
    std::fs::write(&path, b"\xFF").expect("a file");
    assert!(findings(&text)[0].contains("alert.txt is not UTF-8"));
}
