//! That no secret of a config is ever shown.

use super::*;

/// What must not show: a signing key, an address that is a secret by itself, a password. No piece of them is a word.
const SECRETS: [&str; 3] =
    ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "https://hooks.example.org/T0/B1/xyzzyplugh", "xyzzy-42"];

/// Files with a secret (`%`) at places where it belongs and where it does not, sound ones and broken ones.
const FILES: &[&str] = &[
    "[[target]]\nid = \"t\"\nurl = \"%\"\nsecret = \"%\"\n",
    "[[target]]\nid = \"t\"\nurl = \"%\"\nsecret = [\"%\", \"%\"]\nkind = 3\n",
    "[[target]]\nid = \"t\"\nurl = { env = \"%\" }\nsecret = { env = \"%\", x = \"%\" }\n",
    "[[target]]\nid = \"t\"\nurl = { file = \"%\" }\nsecret = { value = \"%\" }\n",
    "[[target]]\nid = \"t\"\nurls = \"%\"\nsecert = [[{ a = \"%\" }]]\n",
    "[[target]]\nid = \"t\"\nurl = \"\"\"\n%\"\"\"\nsecret = '''\n%\n'''\n",
    "[[target]]\nid = \"ä\"\nurl = \"é%\" # ö\nsecret.env.x = \"%\"\n",
    "target = [{ id = \"T\", url = \"%\", secret = \"%\" }]\n",
    "target = { id = \"T\", url = \"%\", secret = \"%\" }\n",
    "target = \"%\"\n",
    "[target]\nid = 3\nurl = \"%\"\nsecret = \"%\"\n",
    "[[targets]]\nid = 3\nurl = \"%\"\nsecret = \"%\"\n",
    "[[listing]]\nid = 3\nsecret = \"%\"\n",
    "[defaults]\nsecrets = [\"%\"]\n",
    "secret = \"%\"\n",
    "[[listing]]\nid = 3\nurl = \"https://e.org\"\ncookies = \"%\"\nbasic_auth = \"%\"\nproxy = \"%\"\n",
    "[[listing]]\nid = 3\nurl = 3\nheaders = { x-key = \"%\", id = \"%\", host = \"%\", \"a b\" = \"%\" }\n",
    "[[listing]]\nid = 3\n[listing.headers]\nx-key = \"%\"\nfile = { env = \"%\" }\nx = [\"%\"]\n",
    "[network]\nproxy = \"%\"\ngap = 3\n",
    // No TOML.
    "[[listing]]\nid = \"a\"\n[listing.headers]\nx-key = \"%\nid = %\n[listing.x]\n",
    "[[listing]]\nid = \"a\"\ncookies = \"%\nheaders = { a = \"%\n",
    "[[target]]\nid = \"t\"\nurl = \"%\nsecret = \"%\n",
    "[[target]]\nid = \"t\"\nurl = %\nsecret = %\n",
    "[[target]]\nid = \"t\"\nurl = '%\" = =\nsecret = [\n  \"%\"\n  \"%\",\n",
    "[[target]\nid = \"t\"\nurl = \"%\"\nsecert = { enw \"%\" }\n",
    "[target\nurl = \"%\" \"%\"\n",
    "[[ target ]]\ntoken = \"%\" x\n",
    "target = [{ id = \"t\", secret = \"% }]\n",
    "[[listing]]\nid = \"a\"\nfiles = [\"a\"]\n[[target]]\n\"url\" = \"%\" \"%\"\n target.secret = \"%\" x\n",
    "[[target]]\nurl = \"\"\"\n%\n% x = =\n",
];

/// The pieces of a secret that would give it away.
fn telling(secret: &str) -> &str {
    let start = ["whsec_", "https://hooks.example.org"].iter().find_map(|head| secret.strip_prefix(head));
    start.unwrap_or(secret)
}

#[test]
fn f132_no_secret_is_in_a_fault_wherever_it_stands() {
    for secret in SECRETS {
        // A word may well be the name of a file.
        let name = |file: &&&str| secret == SECRETS[2] && file.contains("file = \"%\"");
        for file in FILES.iter().filter(|file| !name(file)) {
            let text = file.replace('%', secret);
            let shown = match parsed(&text) {
                Ok(checked) => format!("{checked:?}{}", checked.warnings.render(true)),
                Err(faults) => format!("{faults:?}{faults}{}", faults.render(false)),
            };
            let pieces = telling(secret).split(['/', '-']).filter(|piece| piece.len() > 4);
            for piece in pieces {
                assert!(!shown.contains(piece), "{piece} of\n{text}\nis shown in\n{shown}");
            }
        }
    }
}

#[test]
fn f132_what_is_no_secret_is_shown_as_it_is() {
    let text = "\
[[target]]
id = \"T\"
secret = [{ env = \"ALERT_SECRET\" }, \"whsec_c2hvcnQ=\", { credential = \"alert\" }]
url = { file = \"/etc/tidings/url\" }
kind = \"pigeon\"
";
    let shown = parsed(text).expect_err("faults").render(false);
    for line in [
        "2 | id = \"T\"",
        "3 | secret = [{ env = \"ALERT_SECRET\" }, \"**************\", { credential = \"alert\" }]",
        "5 | kind = \"pigeon\"",
    ] {
        assert!(shown.contains(line), "{line} is not in\n{shown}");
    }
    // A login in any address is a secret, even where none is taken.
    let shown =
        parsed("[site]\nbase_url = \"http://me:xyzzy@example.org\"\n").expect_err("faults").render(false);
    assert!(shown.contains("base_url = \"http://********@example.org\""), "{shown}");
    // In a file that cannot be read, all but targets is shown.
    let shown =
        parsed("[site]\ntitle = \"x\" y\n[[listing]]\nid = \"a\" b\n").expect_err("faults").render(false);
    assert!(shown.contains("title = \"x\" y") && shown.contains("id = \"a\" b"), "{shown}");
}

#[test]
fn a_secret_in_a_file_that_everybody_can_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tidings.toml");
    let key = SECRETS[0];
    let text = format!(
        "{MINIMAL}[[target]]\nid = \"t\"\nurl = {{ env = \"U\" }}\nsecret = [\"{key}\", {{ env = \"S\" }}]\n"
    );
    std::fs::write(&path, text).expect("a file");
    for (mode, warnings) in [(0o600, 0), (0o640, 0), (0o644, 1)] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("a mode");
        let checked = load(&path, &env()).expect("a config");
        assert_eq!(checked.warnings.as_slice().len(), warnings, "{mode:o}");
        assert!(!checked.warnings.render(false).contains("MfKQ"));
    }
}
