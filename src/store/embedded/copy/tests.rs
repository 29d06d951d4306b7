use std::cell::Cell;

use tempfile::TempDir;

use super::*;
use crate::model::Timestamp;
use crate::store::{EmbeddedStore, Store};

/// A folder with files of these names, each with its name in it.
fn folder(names: &[&str]) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    names.iter().for_each(|name| fs::write(folder.path().join(name), name).expect("is written"));
    folder
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("reads").flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn journal_that_is_compacted_while_it_is_copied_is_copied_anew() {
    let from = folder(&["0001.jsonl.gz", "0002.jsonl.gz", "0003.jsonl"]);
    let to = TempDir::new().expect("a folder");
    let count = Cell::new(0);
    let bring = |source: &Path, target: &Path| {
        count.set(count.get() + 1);
        if count.get() == 3 {
            fs::write(from.path().join("0002.snapshot.jsonl.gz"), "both").expect("is written");
            for name in ["0001.jsonl.gz", "0002.jsonl.gz"] {
                fs::remove_file(from.path().join(name)).expect("is removed");
            }
        }
        Disk::default().copy(source, target)
    };
    records(&Disk::default(), from.path(), to.path(), &bring).expect("copies");
    assert_eq!(names(to.path()), ["0002.snapshot.jsonl.gz", "0003.jsonl"]);
}

#[test]
fn journal_that_is_compressed_while_it_is_copied_is_whole() {
    let from = folder(&["0001.jsonl", "0002.jsonl"]);
    let to = TempDir::new().expect("a folder");
    let bring = |source: &Path, target: &Path| {
        let plain = from.path().join("0001.jsonl");
        if plain.exists() {
            fs::rename(&plain, from.path().join("0001.jsonl.gz")).expect("is compressed");
        }
        Disk::default().link(source, target)
    };
    records(&Disk::default(), from.path(), to.path(), &bring).expect("copies");
    assert_eq!(names(to.path()), ["0001.jsonl.gz", "0002.jsonl"]);
}

#[test]
fn journal_whose_files_always_go_is_given_up_with_words() {
    let from = folder(&["0001.jsonl"]);
    let to = TempDir::new().expect("a folder");
    let gone = |_: &Path, _: &Path| Err(std::io::ErrorKind::NotFound.into());
    let error = records(&Disk::default(), from.path(), to.path(), &gone).expect_err("is never whole");
    assert!(error.to_string().contains("5 times; try again later"), "{error}");
}

#[test]
fn copy_of_an_open_store_is_that_store() {
    let (folder, target) = (tempfile::tempdir().expect("works"), tempfile::tempdir().expect("works"));
    let store = EmbeddedStore::open(folder.path(), Timestamp::from_unix(1)).expect("works");
    copy(&Disk::default(), folder.path(), target.path()).expect("works");
    assert!(is_open(folder.path()) && !numbered::exists(&numbered::all(target.path())));
    let other = EmbeddedStore::open(target.path(), Timestamp::from_unix(2)).expect("works");
    assert_eq!(other.identity(), store.identity());
}
