//! `state.json`: another file that says which store this is and how far it was, so none of it may be believed blindly.

use std::fs;

use serde_json::Value;

use super::bench::{Image, each, flip};
use crate::child::start;
use crate::program::{Home, change_state, tree};

/// Everything but the lock, which names the process that has it.
fn files(home: &Home) -> Vec<(String, Vec<u8>)> {
    let all = tree(&home.path("var")).into_iter();
    all.filter(|(path, _)| path != "lock" && !path.ends_with(".sock")).collect()
}

fn change(home: &Home, change: impl FnOnce(&mut Value)) {
    change_state(&home.path("var"), change);
}

#[test]
fn f019_state_that_is_garbage_emptied_or_removed_is_written_anew_and_that_is_said() {
    for image in Image::all() {
        for bytes in [None, Some(&b""[..]), Some(b"{\"schema\""), Some(&[0; 4_096]), Some(b"\xFF\xFE")] {
            for with_index in [true, false] {
                let ended = image.survives(&format!("state.json is {bytes:?}"), &|var| {
                    let path = var.join("state.json");
                    match bytes {
                        None => fs::remove_file(path).unwrap(),
                        Some(bytes) => fs::write(path, bytes).unwrap(),
                    }
                    if !with_index {
                        fs::remove_dir_all(var.join("index")).unwrap();
                    }
                });
                assert!(ended.err.contains("WARN") && ended.err.contains("state.json"), "{}", ended.err);
            }
        }
    }
}

#[test]
fn f019_state_that_says_less_than_the_journal_is_no_damage() {
    for image in Image::all() {
        for seq in [0, 1, 7] {
            let ended = image.survives("a lower number", &|var| {
                change_state(var, |state| state["seq"] = seq.into());
            });
            assert!(!ended.err.contains("rebuil"), "{}", ended.err);
        }
    }
}

/// What is refused is refused again and again with the same words, and nothing is touched by that.
#[track_caller]
fn refused(home: &Home, said: &str) {
    refused_beside(home, said, |_| false);
}

/// The same, beside files that need not stay as they are.
#[track_caller]
fn refused_beside(home: &Home, said: &str, beside: impl Fn(&str) -> bool) {
    let files = |home: &Home| {
        let mut files = files(home);
        files.retain(|(path, _)| !beside(path));
        files
    };
    let before = files(home);
    for command in [&["scan"][..], &["run"], &["store", "check"], &["scan"]] {
        let ended = start(home, command, None).end();
        assert_eq!(ended.code(), Some(5), "{command:?}: {}{}", ended.out, ended.err);
        assert!(ended.err.contains(said) && ended.err.contains("hint: "), "{command:?}: {}", ended.err);
        assert!(!ended.err.contains("panicked"), "{}", ended.err);
        let after = files(home);
        let changed = before.iter().zip(&after).find(|(a, b)| a != b).map(|(a, b)| (&a.0, &b.0));
        assert!(before == after, "{command:?} touched {changed:?}");
    }
}

#[test]
fn f019_state_of_another_store_or_ahead_of_the_journal_is_refused_and_nothing_is_touched() {
    for image in Image::all() {
        let (home, team) = image.copy();
        change(&home, |state| state["store"] = "01234567-89ab-cdef-0123-456789abcdef".into());
        refused(&home, "state.json: it belongs to store 01234567");
        let (home, other) = image.copy();
        change(&home, |state| state["seq"] = 1_000_000.into());
        // How far the journal is, the index says, and sled writes when it is opened.
        refused_beside(&home, "record 1000000 was acknowledged", |path| path.starts_with("index"));
        assert_eq!((team.all().len(), other.all().len()), (0, 0));
    }
}

#[test]
fn f020_newer_schema_is_refused_and_not_a_byte_is_touched() {
    for image in Image::all() {
        let (home, team) = image.copy();
        change(&home, |state| {
            state["schema"] = 1_000.into();
            state["all_else"] = "is of another time".into();
        });
        refused(&home, "newer version of tidings");
        assert_eq!(team.all().len(), 0);
    }
}

/// Its checksum tells, and nothing in it is needed that the journal does not say.
#[test]
fn f019_bit_flipped_in_the_state_is_made_good_and_tells_nobody() {
    each(40, |round, dice| {
        let image = &Image::all()[round % 3];
        let bit = dice.below(1 << 20);
        image.survives(&format!("bit {bit} of state.json, counted round and round"), &|var| {
            let path = var.join("state.json");
            flip(&path, bit % (fs::metadata(&path).unwrap().len() as usize * 8));
        });
    });
}
