use std::fs;

use tempfile::TempDir;

use super::*;
use crate::model::Timestamp;
use crate::store::embedded::journal::{Journal, Line};
use crate::store::embedded::record::{DecisionFact, Fact, Record};

fn line(seq: u64, group: u64) -> Line {
    let reason = format!("note {seq} {}", "of some length ".repeat(100));
    let fact = Fact::Decision(DecisionFact::Rebaseline { reason });
    Line::within(&Record { seq, at: Timestamp::from_unix(1), fact }, Some(group), Path::new("here"))
        .expect("is short")
}

/// A data folder whose journal has these groups.
fn folder(groups: &[std::ops::RangeInclusive<u64>]) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    fs::create_dir(folder.path().join("journal")).expect("a folder");
    let at = Position::default();
    let mut journal = Journal::open(&Disk::default(), &folder.path().join("journal"), at).expect("opens");
    for group in groups {
        let lines: Vec<Line> = group.clone().map(|seq| line(seq, *group.start())).collect();
        journal.append(&lines).expect("appends");
    }
    folder
}

fn file(folder: &TempDir, number: u32) -> PathBuf {
    folder.path().join("journal").join(journal::name(number))
}

/// Where the first whole sector of a record's line is.
fn sector(bytes: &[u8], seq: u64) -> usize {
    let note = format!("note {seq} ");
    let at = bytes.windows(note.len()).position(|found| found == note.as_bytes()).expect("is there");
    at.next_multiple_of(SECTOR as usize)
}

/// Puts zeros into the middle of a record's line, as a disk leaves a sector that it did not write.
fn zero(path: &Path, seq: u64) {
    let mut bytes = fs::read(path).expect("is there");
    let at = sector(&bytes, seq);
    bytes[at..at + SECTOR as usize].fill(0);
    fs::write(path, bytes).expect("is written");
}

fn is_cut(folder: &TempDir, acknowledged: u64) -> bool {
    cut(&Disk::default(), folder.path(), || acknowledged).expect("reads")
}

fn left(folder: &TempDir) -> Vec<u64> {
    let mut found = Vec::new();
    let sink = |records: Vec<Record>, _| {
        found.extend(records.iter().map(|record| record.seq));
        Ok(())
    };
    journal::read(&folder.path().join("journal"), Position::default(), Damage::Stop, sink).expect("is whole");
    found
}

#[test]
fn f010_zeros_in_the_last_group_are_cut_off_and_kept_beside() {
    for (torn, whole) in [(3, vec![1, 2]), (4, vec![1, 2, 3])] {
        let folder = folder(&[1..=1, 2..=2, 3..=6]);
        let path = file(&folder, 1);
        zero(&path, torn);
        let before = fs::read(&path).expect("is there");
        assert!(is_cut(&folder, 2));
        assert_eq!(left(&folder), whole);
        let kept = fs::read(folder.path().join("journal.torn-1")).expect("is kept");
        assert_eq!([fs::read(&path).expect("is there"), kept].concat(), before);
    }
}

#[test]
fn f018_zeros_in_a_group_that_another_one_follows_are_damage() {
    for torn in [2, 3, 4, 5] {
        for groups in [&[1..=1, 2..=2, 3..=4, 5..=5, 6..=6][..], &[1..=1, 2..=2, 3..=4, 5..=5, 6..=9]] {
            let folder = folder(groups);
            zero(&file(&folder, 1), torn);
            let before = fs::read(file(&folder, 1)).expect("is there");
            assert!(!is_cut(&folder, 1), "record {torn} of {groups:?}");
            assert!(fs::read(file(&folder, 1)).expect("is there") == before);
        }
    }
}

#[test]
fn f018_zeros_before_what_was_acknowledged_are_damage() {
    for (acknowledged, expected) in [(4, true), (5, false), (6, false)] {
        let folder = folder(&[1..=1, 2..=2, 3..=4, 5..=8]);
        zero(&file(&folder, 1), 5);
        assert_eq!(is_cut(&folder, acknowledged), expected, "record {acknowledged}");
    }
}

#[test]
fn f010_first_group_of_a_new_file_that_is_torn_is_cut_off() {
    for torn in [3, 4] {
        let folder = folder(&[1..=1, 2..=2, 3..=5]);
        let bytes = fs::read(file(&folder, 1)).expect("is there");
        let end =
            bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(1).expect("two lines").0 + 1;
        fs::write(file(&folder, 1), &bytes[..end]).expect("is written");
        fs::write(file(&folder, 2), &bytes[end..]).expect("is written");
        zero(&file(&folder, 2), torn);
        assert!(is_cut(&folder, 2));
        assert_eq!(left(&folder), (1..torn).collect::<Vec<_>>());
    }
}

#[test]
fn f018_zeros_that_are_no_sectors_are_damage() {
    for (from, length) in [(0, 1), (1, 1), (1, 511), (0, 511), (100, 100), (1, 512)] {
        let folder = folder(&[1..=1, 2..=2, 3..=6]);
        let mut bytes = fs::read(file(&folder, 1)).expect("is there");
        let at = sector(&bytes, 3) + from;
        bytes[at..at + length].fill(0);
        fs::write(file(&folder, 1), &bytes).expect("is written");
        assert!(!is_cut(&folder, 2), "{length} bytes from {from} on");
    }
}

#[test]
fn f010_group_of_which_only_the_last_sectors_were_written_is_cut_off() {
    let folder = folder(&[1..=1, 2..=2, 3..=6]);
    let mut bytes = fs::read(file(&folder, 1)).expect("is there");
    let start = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(1).expect("two lines").0 + 1;
    let end = sector(&bytes, 5);
    assert!(!start.is_multiple_of(SECTOR as usize), "the group shares a sector with what stands before it");
    bytes[start..end].fill(0);
    fs::write(file(&folder, 1), &bytes).expect("is written");
    assert!(is_cut(&folder, 2));
    assert_eq!(left(&folder), [1, 2]);
}

#[test]
fn f018_end_of_a_file_that_another_one_follows_is_never_cut_off() {
    let folder = folder(&[1..=1, 2..=2, 3..=5]);
    let bytes = fs::read(file(&folder, 1)).expect("is there");
    let end = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(1).expect("two lines").0 + 1;
    fs::write(file(&folder, 1), &bytes[..end]).expect("is written");
    fs::write(file(&folder, 2), &bytes[end..]).expect("is written");
    zero(&file(&folder, 1), 2);
    assert!(!is_cut(&folder, 1));
}

#[test]
fn only_the_last_two_cut_ends_are_kept() {
    let folder = folder(&[1..=1, 2..=2]);
    let whole = fs::read(file(&folder, 1)).expect("is there");
    for times in 1..=4 {
        fs::write(file(&folder, 1), &whole).expect("is written");
        zero(&file(&folder, 1), 2);
        // With a line end behind it, or it is no more than a torn last line.
        fs::write(file(&folder, 1), [&fs::read(file(&folder, 1)).expect("is there")[..], b"\n"].concat())
            .expect("is written");
        assert!(is_cut(&folder, 1));
        let kept = |number: u32| folder.path().join(format!("{CUT}{number}")).exists();
        assert_eq!((1..=5).filter(|number| kept(*number)).count(), times.min(2) as usize);
        assert!(kept(times));
    }
}
