//! The index: it can always be built anew, so whatever is done to its files costs time and nothing else.

use std::fs;
use std::path::Path;

use super::bench::{Deep, Image, cut, each, flip, remove_snapshots, zero};
use crate::crash::Dice;
use crate::support::index;

/// One round in so many is a process of its own.
const PROCESSES: usize = 8;

/// Where the written part of a file ends: sled makes it longer than it needs.
fn used(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1
}

/// A byte that was written: most of a file may be empty.
fn written(bytes: &[u8], dice: &mut Dice) -> usize {
    loop {
        let at = dice.below(bytes.len());
        if bytes[at] != 0 {
            return at;
        }
    }
}

/// Harms `index/db` of a copy of each image in turn.
fn harmed(what: &str, times: usize, choose: impl Fn(&[u8], &mut Dice) -> Harm + Sync) {
    each(times, |round, dice| {
        // Every second time without sled's snapshot, which hides what it covers.
        let bare = dice.once_in(2);
        let without = if bare { ", no snapshot" } else { "" };
        let harm = |harm: Harm| {
            move |var: &Path| {
                harm.to(&index(var).join("db"));
                if bare {
                    remove_snapshots(var);
                }
            }
        };
        if round % PROCESSES == 0 {
            let image = &Image::all()[round / PROCESSES % 3];
            let chosen = choose(&image.index_bytes("db"), dice);
            image.survives(&format!("{what}, {chosen:?}{without}"), &harm(chosen));
        } else {
            let deep = &Deep::all()[round % 3];
            let chosen = choose(&deep.index_bytes("db"), dice);
            let by_process = round % PROCESSES < 3;
            deep.opens(&format!("{what}, {chosen:?}{without}"), by_process, &harm(chosen));
        }
    });
}

/// What is done to a file.
#[derive(Clone, Copy, Debug)]
enum Harm {
    Flip(usize),
    Zero(usize),
    Cut(usize),
}

impl Harm {
    fn to(self, path: &Path) {
        match self {
            Self::Flip(bit) => flip(path, bit),
            Self::Zero(page) => zero(path, page),
            Self::Cut(length) => cut(path, length),
        }
    }
}

#[test]
fn f006_one_bit_flipped_anywhere_in_the_index_ends_whole_or_rebuilt() {
    harmed("a bit", 120, |bytes, dice| Harm::Flip(written(bytes, dice) * 8 + dice.below(8)));
}

#[test]
fn f006_page_of_the_index_zeroed_ends_whole_or_rebuilt() {
    harmed("a page", 60, |bytes, dice| Harm::Zero(written(bytes, dice) / 4_096));
}

#[test]
fn f005_index_cut_anywhere_ends_whole_or_rebuilt() {
    harmed("a cut", 30, |bytes, dice| Harm::Cut(dice.below(used(bytes))));
}

#[test]
fn f005_index_cut_by_less_than_200_kb_ends_whole_or_rebuilt() {
    harmed("a short cut", 30, |bytes, dice| Harm::Cut(used(bytes).saturating_sub(dice.below(200_000))));
}

#[test]
fn f004_index_emptied_or_removed_is_rebuilt_and_that_is_said() {
    for image in Image::all() {
        let rebuilt = |what: &str, harm: &dyn Fn(&Path)| {
            let ended = image.survives(what, harm);
            let said = ended
                .err
                .lines()
                .any(|line| (line.contains("ERROR") || line.contains("WARN")) && line.contains("rebuil"));
            assert!(said, "{what} ({:?}): {}", image.left, ended.err);
        };
        rebuilt("db emptied", &|var| fs::write(index(var).join("db"), b"").unwrap());
        rebuilt("db removed", &|var| fs::remove_file(index(var).join("db")).unwrap());
        rebuilt("db is garbage", &|var| fs::write(index(var).join("db"), [7; 90_000]).unwrap());
        rebuilt("db is a folder", &|var| {
            fs::remove_file(index(var).join("db")).unwrap();
            fs::create_dir(index(var).join("db")).unwrap();
        });
        rebuilt("folder removed", &|var| fs::remove_dir_all(var.join("index")).unwrap());
        rebuilt("folder emptied", &|var| {
            fs::remove_dir_all(var.join("index")).unwrap();
            fs::create_dir(var.join("index")).unwrap();
        });
        rebuilt("a file in its place", &|var| {
            fs::remove_dir_all(var.join("index")).unwrap();
            fs::write(var.join("index"), b"no folder").unwrap();
        });
    }
}

#[test]
fn f003_snapshot_of_the_index_cut_flipped_or_removed_ends_whole() {
    let deep = &Deep::all()[2];
    let name = deep.snapshot();
    each(24, |round, dice| {
        let length = deep.index_bytes(&name).len();
        let (cut_to, bit) = (dice.below(length), dice.below(length * 8));
        deep.opens(&format!("{name}, cut to {cut_to} or bit {bit}"), round % 4 == 0, &|var| {
            let path = index(var).join(&name);
            if round % 2 == 0 { cut(&path, cut_to) } else { flip(&path, bit) }
        });
    });
    for image in Image::all() {
        let ended = image.survives("snapshots removed", &remove_snapshots);
        assert!(!ended.err.contains("rebuil"), "it is only a cache: {}", ended.err);
    }
}

#[test]
fn f002_half_written_snapshot_is_removed_and_nothing_is_rebuilt() {
    for image in Image::all() {
        for bytes in [&b""[..], b"half a snapshot"] {
            let planted = "snap.00000000000DEAD0.generating";
            let (home, _team) = image.copy();
            fs::write(index(&home.path("var")).join(planted), bytes).unwrap();
            let ended = crate::child::start(&home, &["-v", "scan", "--json"], None).end();
            assert_eq!(ended.code(), Some(0), "{}", ended.err);
            assert!(ended.err.contains("INFO") && ended.err.contains(".generating"), "{}", ended.err);
            assert!(!ended.err.contains("WARN") && !ended.err.contains("rebuil"), "{}", ended.err);
            assert!(!index(&home.path("var")).join(planted).exists());
            image.holds(&home.path("var"), "a planted snapshot");
        }
    }
}

#[test]
fn f006_conf_and_blobs_harmed_end_whole_or_rebuilt() {
    for image in Image::all() {
        let conf = |var: &Path| index(var).join("conf");
        image.survives("conf is garbage", &|var| fs::write(conf(var), [0xA5; 300]).unwrap());
        image.survives("conf emptied", &|var| fs::write(conf(var), b"").unwrap());
        image.survives("conf removed", &|var| fs::remove_file(conf(var)).unwrap());
        image.survives("blobs removed", &|var| drop(fs::remove_dir_all(index(var).join("blobs"))));
        image.survives("blobs is a file", &|var| {
            fs::remove_dir_all(index(var).join("blobs")).unwrap();
            fs::write(index(var).join("blobs"), b"").unwrap();
        });
    }
}
