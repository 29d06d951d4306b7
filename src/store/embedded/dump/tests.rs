use std::path::Path;

use tempfile::TempDir;

use super::{load, write};
use crate::disk::Disk;
use crate::model::Timestamp;
use crate::store::StoreError;
use crate::store::embedded::base::Base;
use crate::store::embedded::index::Index;
use crate::store::embedded::open::{self, Wish};

/// A store with all kinds of entries, and the lines of its dump.
fn fixture(name: &str) -> (TempDir, Vec<u8>) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    let folder = TempDir::new().expect("a folder");
    std::fs::create_dir(folder.path().join("journal")).expect("is made");
    for file in ["state.json", "journal/0001.jsonl"] {
        std::fs::copy(from.join(file), folder.path().join(file)).expect("is copied");
    }
    let now = Timestamp::from_unix(1);
    let opened = open::open(&Disk::default(), folder.path(), now, Wish::default()).expect("opens");
    let lines = dumped(&opened.base);
    (folder, lines)
}

fn base(db: &sled::Db, folder: &Path) -> Base {
    Base::new(Disk::default(), sled::Tree::clone(db), &folder.join("journal"))
}

fn dumped(base: &Base) -> Vec<u8> {
    let mut lines = Vec::new();
    write(&mut Index::new(base), &mut |line| {
        lines.extend_from_slice(line);
        Ok(())
    })
    .expect("is written");
    lines
}

fn scratch() -> sled::Db {
    sled::Config::new().temporary(true).open().expect("opens")
}

/// An index that holds a dump, with the texts in it.
fn loaded(lines: &[u8]) -> Result<Base, StoreError> {
    let db = scratch();
    let base = base(&db, Path::new("nowhere"));
    let mut index = Index::new(&base);
    load(&mut index, lines, Path::new("dump"), None, &mut |_, _| Ok(()))?;
    index.apply()?;
    drop(index);
    Ok(base)
}

#[test]
fn dump_loaded_and_written_again_is_the_same() {
    for name in ["journal-v1", "journal-v1-outbox"] {
        let (_folder, lines) = fixture(name);
        let base = loaded(&lines).expect("is whole");
        assert_eq!(String::from_utf8_lossy(&dumped(&base)), String::from_utf8_lossy(&lines));
    }
}

#[test]
fn f027_dump_that_is_cut_damaged_or_foreign_is_refused_with_its_line() {
    let (_folder, lines) = fixture("journal-v1-outbox");
    let starts: Vec<usize> = std::iter::once(0)
        .chain(lines.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1))
        .collect();
    let count = starts.len() - 1;
    for (number, ends) in (1u64..).zip(starts.windows(2)) {
        // A bit of each line, each line left out, and the file cut in each and after each.
        let middle = usize::midpoint(ends[0], ends[1]);
        let mut flipped = lines.clone();
        flipped[middle] ^= 4;
        refused(&flipped, number, number);
        let missing = [&lines[..ends[0]], &lines[ends[1]..]].concat();
        refused(&missing, number, number);
        refused(&lines[..middle], number, number);
        refused(&lines[..ends[0]], number, number);
    }
    refused(&[&lines[..], &lines[..starts[1]]].concat(), count as u64 + 1, count as u64 + 1);
    for foreign in [&b""[..], b"\n", b"\x00\xff", b"{\"v\":1}\n", b"<html>\n</html>\n"] {
        refused(foreign, 1, 1);
    }
}

fn refused(lines: &[u8], first: u64, last: u64) {
    match loaded(lines) {
        Err(StoreError::Damaged { file, line, .. }) => {
            assert_eq!(file, Path::new("dump"));
            assert!((first..=last).contains(&line), "line {line} and not {first}..={last}");
        }
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("what is damaged at line {first} is taken for whole"),
    }
}

#[test]
fn f027_dump_of_a_newer_version_is_refused_as_such() {
    let json = br#"{"begin":{"what":"tidings store","v":2,"other":true}}"#;
    let line = [&json[..], format!("\t{:08x}\n", crc32c::crc32c(json)).as_bytes()].concat();
    let error = loaded(&line).map(drop).expect_err("is newer");
    assert!(matches!(&error, StoreError::Newer { line: 1, .. }), "{error}");
    assert!(error.to_string().contains("version 2"), "{error}");
}
