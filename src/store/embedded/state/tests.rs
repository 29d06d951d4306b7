use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::*;

fn some() -> State {
    let store = StoreId::from_uuid(uuid::Uuid::from_u128(7));
    let rebaseline = Some(Mark { reason: "it \"was\" imported".to_owned(), seq: Some(40) });
    State { seq: 1_234, sealed: Some("ab12".repeat(16)), rebaseline, ..State::new(store) }
}

fn found(folder: &Path) -> Option<State> {
    match read(folder).expect("never of a newer version") {
        Found::State(state) => Some(state),
        Found::Unreadable(_) => None,
        Found::Missing => panic!("it is there"),
    }
}

#[test]
fn f019_any_bit_of_the_state_that_flips_is_told_or_changes_nothing() {
    let folder = TempDir::new().expect("a folder");
    write(&Disk::default(), folder.path(), &some()).expect("is written");
    let whole = fs::read(path(folder.path())).expect("is there");
    let before = found(folder.path()).expect("is whole");
    assert_eq!((before.seq, &before.rebaseline), (1_234, &some().rebaseline));
    for bit in 0..whole.len() * 8 {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        fs::write(path(folder.path()), &bytes).expect("is written");
        let found = found(folder.path());
        assert!(found.is_none_or(|found| found == before), "{}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn state_of_an_older_program_has_no_checksum_and_is_read() {
    let folder = TempDir::new().expect("a folder");
    for text in [
        r#"{"schema":1,"store":"00000000-0000-0000-0000-000000000007","seq":5}"#,
        "{\"schema\":1,\"store\":\"00000000-0000-0000-0000-000000000007\",\"seq\":5,\"born\":3}\n",
    ] {
        fs::write(path(folder.path()), text).expect("is written");
        assert_eq!(found(folder.path()).map(|state| state.seq), Some(5));
    }
}

#[test]
fn f027_state_that_is_put_back_is_told_from_the_one_that_was_written() {
    let folder = TempDir::new().expect("a folder");
    fs::create_dir(folder.path().join("journal")).expect("a folder");
    let disk = Disk::default();
    let is_copy = || Mark::of(&read(folder.path()).expect("reads"), folder.path()).is_some();
    let state = State { rebaseline: None, born: birth(&folder.path().join("journal")), ..some() };
    write(&disk, folder.path(), &state).expect("is written");
    if found(folder.path()).expect("is whole").file.is_none() {
        println!("skipped: this file system does not tell one file from another");
        return;
    }
    let old = fs::read(path(folder.path())).expect("is there");
    assert!(!is_copy());
    // Its own bytes over it, and a newer one by ourselves.
    fs::write(path(folder.path()), &old).expect("is written");
    assert!(!is_copy());
    for seq in 1_235..1_240 {
        // So that their times differ on any clock.
        std::thread::sleep(std::time::Duration::from_millis(20));
        write(&disk, folder.path(), &State { seq, ..state.clone() }).expect("is written");
        assert!(!is_copy());
    }
    let new = fs::read(path(folder.path())).expect("is there");
    // Put back over it: the file stays the one that it is.
    fs::write(path(folder.path()), &old).expect("is written");
    assert!(is_copy());
    fs::write(path(folder.path()), &new).expect("is written");
    assert!(!is_copy());
    // Put back in its place.
    fs::remove_file(path(folder.path())).expect("is removed");
    fs::write(path(folder.path()), &new).expect("is written");
    assert!(is_copy());
}

#[test]
fn f012_holder_in_another_container_is_said_to_be_there() {
    let folder = TempDir::new().expect("a folder");
    let lock = Lock::take(&Disk::default(), folder.path()).expect("is free");
    let said = || Lock::holder(folder.path()).map(|error| error.to_string()).unwrap_or_default();
    let pid = std::process::id();
    assert!(said().ends_with(&format!("is in use by process {pid}")), "{}", said());
    fs::write(folder.path().join("lock"), "7\n").expect("as an older program has it");
    assert!(said().ends_with("is in use by process 7"), "{}", said());
    if std::path::Path::new("/proc/self/ns/pid").exists() {
        fs::write(folder.path().join("lock"), "7\npid:[1]\n").expect("is written");
        assert!(said().ends_with("is in use by process 7 of another container"), "{}", said());
    }
    drop(lock);
    assert_eq!(said(), "");
}
