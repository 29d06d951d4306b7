//! Folders that are not as they should be, and two processes that want the same one.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::process::Command;

use super::bench::Image;
use crate::child::start;
use crate::program::Home;

#[test]
fn f012_second_instance_is_refused_with_the_first_ones_pid_and_the_first_is_unharmed() {
    let image = &Image::all()[0];
    let (home, team) = image.copy();
    let mut first = start(&home, &["run"], None);
    assert!(!first.wait_until("next look at"));
    let second = start(&home, &["run"], None).end();
    assert_eq!(second.code(), Some(4), "{}", second.err);
    assert!(second.err.contains(&format!("by process {}", first.id())), "{}", second.err);
    let rebuild = start(&home, &["store", "rebuild", "--skip-bad-lines"], None).end();
    assert_eq!(rebuild.code(), Some(4), "{}", rebuild.err);
    // It still does its work.
    home.expect(0, &["scan", "north"]);
    first.signal(rustix::process::Signal::TERM);
    let ended = first.end();
    assert_eq!(ended.code(), Some(0), "{}", ended.err);
    image.holds(&home.path("var"), "after two instances");
    assert_eq!(team.all().len(), 0);
}

/// Whether that tool is here; a test run may require it.
fn has(tool: &str) -> bool {
    let found = Command::new(tool).arg("--version").output().is_ok_and(|output| output.status.success());
    let required = std::env::var("TIDINGS_REQUIRE").is_ok_and(|list| list.split(',').any(|one| one == tool));
    assert!(found || !required, "{tool} is required and missing");
    if !found {
        eprintln!("SKIPPED: there is no {tool}");
    }
    found
}

/// The program, as a user who owns nothing here.
fn as_nobody(home: &Home, arguments: &[&str]) -> Option<(Option<i32>, String)> {
    let ours = home.command(arguments);
    let mut command = if rustix::process::getuid().is_root() {
        if !has("setpriv") {
            return None;
        }
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid", "65534", "--regid", "65534", "--clear-groups", "--"])
            .arg(ours.get_program());
        command
    } else {
        // Whoever is not root is bound by permissions already.
        Command::new(ours.get_program())
    };
    command.args(ours.get_args()).current_dir(home.root()).env_clear().env("PATH", "/usr/bin:/bin:/usr/sbin");
    let output = command.output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    Some((output.status.code(), err))
}

/// Lets everybody read the config and the pages, and look through the folder.
fn open_to_all(home: &Home) {
    let set = |path: std::path::PathBuf, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    set(home.root().to_owned(), 0o755);
    set(home.path("tidings.toml"), 0o644);
}

#[test]
fn f013_data_folder_of_another_user_or_read_only_is_said_and_left_as_it_is() {
    let image = &Image::all()[0];
    type Case<'c> = (&'c str, &'c dyn Fn(&Home));
    let cases: [Case<'_>; 3] = [
        ("of another user", &|home| {
            if rustix::process::getuid().is_root() {
                fs::set_permissions(home.path("var"), fs::Permissions::from_mode(0o700)).unwrap();
            } else {
                fs::set_permissions(home.path("var"), fs::Permissions::from_mode(0o000)).unwrap();
            }
        }),
        ("readable by all, written by nobody", &|home| modes(home, "var", 0o555, 0o444)),
        ("with a journal of another user", &|home| {
            if rustix::process::getuid().is_root() {
                own(home, "var", 65_534);
                modes(home, "var/journal", 0o755, 0o644);
                own(home, "var/journal", 0);
            } else {
                modes(home, "var/journal", 0o555, 0o444);
            }
        }),
    ];
    for (what, prepare) in cases {
        let (home, team) = image.copy();
        open_to_all(&home);
        let journal = image.bytes("var/journal/0001.jsonl");
        prepare(&home);
        for command in ["scan", "run"] {
            let Some((code, err)) = as_nobody(&home, &[command]) else { return };
            assert_eq!(code, Some(5), "{what}: {command}: {err}");
            assert!(err.contains("var") && err.contains("hint: "), "{what}: {command}: {err}");
            assert!(!err.contains("panicked"), "{what}: {err}");
        }
        modes(&home, "var", 0o700, 0o600);
        assert!(fs::read(home.path("var/journal/0001.jsonl")).unwrap() == journal, "{what}");
        if rustix::process::getuid().is_root() {
            own(&home, "var", 0);
        }
        home.expect(0, &["scan"]);
        image.holds(&home.path("var"), what);
        assert_eq!(team.all().len(), 0, "{what}");
    }
}

fn each_below(home: &Home, folder: &str, what: &dyn Fn(&std::path::Path)) {
    let root = home.path(folder);
    let mut waiting = vec![root.clone()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            what(&entry.path());
            if entry.path().is_dir() {
                waiting.push(entry.path());
            }
        }
    }
    what(&root);
}

fn own(home: &Home, folder: &str, user: u32) {
    each_below(home, folder, &|path| chown(path, Some(user), Some(user)).unwrap());
}

/// Sets the permissions of a folder and all below; twice, because what cannot be looked into cannot be set at once.
fn modes(home: &Home, folder: &str, of_folders: u32, of_files: u32) {
    let ours = fs::Permissions::from_mode(0o700);
    let _ = fs::set_permissions(home.path("var"), ours);
    each_below(home, folder, &|path| {
        let mode = if path.is_dir() { of_folders } else { of_files };
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    });
    if folder != "var" && rustix::process::getuid().is_root() {
        chown(home.path("var"), Some(65_534), Some(65_534)).unwrap();
    }
}
