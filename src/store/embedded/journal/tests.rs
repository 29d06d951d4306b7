use std::fs::OpenOptions;
use std::io::Write as _;

use tempfile::TempDir;

use super::*;
use crate::model::Timestamp;
use crate::store::embedded::record::{DecisionFact, Fact};
use crate::store::embedded::torn;

fn line(seq: u64) -> Line {
    let fact = Fact::Decision(DecisionFact::Rebaseline { reason: format!("note {seq}") });
    Line::of(&Record { seq, at: Timestamp::from_unix(1), fact }, Path::new("here")).expect("is short")
}

#[test]
fn what_another_process_writes_meanwhile_is_no_damage() {
    let folder = TempDir::new().expect("a folder");
    let mut journal = Journal::open(&Disk::default(), folder.path(), Position::default()).expect("opens");
    journal.append(&[line(1), line(2)]).expect("appends");
    let mut found = Vec::new();
    let tail = read(folder.path(), Position::default(), Damage::Stop, |records, _| {
        found.extend(records.iter().map(|record| record.seq));
        let mut file = OpenOptions::new().append(true).open(folder.path().join(name(1))).expect("opens");
        file.write_all(b"{\"v\":1,\"seq\":3,").expect("half a line, once for each record");
        Ok(())
    });
    let tail = tail.expect("half a line at the end is what is being written");
    assert_eq!((found, tail.torn, tail.end), (vec![1, 2], 0, journal.at()));
}

/// A folder whose journal has two records, its bytes, and where the last line begins.
fn two_records() -> (TempDir, Vec<u8>, usize) {
    let folder = TempDir::new().expect("a folder");
    let mut journal = Journal::open(&Disk::default(), folder.path(), Position::default()).expect("opens");
    journal.append(&[line(1)]).expect("appends");
    let last = usize::try_from(journal.at().end).expect("is small");
    journal.append(&[line(2)]).expect("appends");
    let bytes = std::fs::read(folder.path().join(name(1))).expect("is there");
    (folder, bytes, last)
}

fn reread(folder: &TempDir, bytes: &[u8]) -> Result<Tail> {
    std::fs::write(folder.path().join(name(1)), bytes).expect("is written");
    read(folder.path(), Position::default(), Damage::Stop, |_, _| Ok(()))
}

#[test]
fn f018_any_bit_flipped_in_a_last_line_that_was_written_whole_is_damage() {
    let (folder, bytes, last) = two_records();
    for bit in last * 8..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let read = reread(&folder, &flipped).map(|tail| tail.torn);
        assert!(matches!(read, Err(StoreError::Damaged { line: 2, .. })), "bit {bit}: {read:?}");
        let is_cut = torn::cut(&Disk::default(), folder.path(), || 0).expect("reads");
        assert!(!is_cut, "bit {bit}");
    }
}

#[test]
fn f017_any_beginning_of_a_last_line_is_torn() {
    let (folder, bytes, last) = two_records();
    for length in last..bytes.len() {
        let tail = reread(&folder, &bytes[..length]).expect("a crash leaves that");
        assert_eq!((tail.torn, tail.end.seq), ((length - last) as u64, 1), "{length} bytes");
    }
}
