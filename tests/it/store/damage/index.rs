//! The index may be lost in any way: the journal builds it anew, and nothing is news by that.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;

use super::*;
use crate::support::index;

#[test]
fn f002_half_written_snapshot_is_removed() {
    let folder = Folder::filled();
    let planted = index(folder.dir.path()).join("snap.00000000000DEAD0.generating");
    std::fs::write(&planted, b"half a snapshot").expect("is written");
    block_on(async {
        let store = open(folder.dir.path()).expect("opens");
        assert!(!planted.exists());
        folder.is_whole(&store).await;
        store.close().await.expect("closes");
    });
    assert!(!folder.dir.path().join("index.broken-1").exists(), "nothing had to be rebuilt");
}

#[test]
fn f003_damaged_snapshots_are_removed() {
    let folder = Folder::filled();
    let mut damaged = 0;
    for entry in std::fs::read_dir(index(folder.dir.path())).expect("reads").flatten() {
        if entry.file_name().to_string_lossy().starts_with("snap.") {
            let length = entry.metadata().expect("reads").len();
            let file = OpenOptions::new().write(true).open(entry.path()).expect("opens");
            file.set_len(length / 2).expect("is cut");
            damaged += 1;
        }
    }
    if damaged == 0 {
        std::fs::write(index(folder.dir.path()).join("snap.0000000000080000"), b"no snapshot")
            .expect("is written");
    }
    block_on(async {
        let store = open(folder.dir.path()).expect("opens");
        folder.is_whole(&store).await;
        store.close().await.expect("closes");
    });
}

#[test]
fn f004_index_emptied_or_deleted_is_rebuilt_and_nothing_is_new() {
    let folder = Folder::filled();
    let db = |copy: &TempDir| index(copy.path()).join("db");
    type Harm = Box<dyn Fn(&TempDir)>;
    let harms: [(&str, Harm); 4] = [
        ("folder removed", Box::new(|copy| remove_index(copy.path()))),
        ("db removed", Box::new(move |copy| std::fs::remove_file(db(copy)).expect("is there"))),
        ("db emptied", Box::new(move |copy| std::fs::write(db(copy), b"").expect("is written"))),
        ("db is garbage", Box::new(move |copy| std::fs::write(db(copy), [7; 90_000]).expect("is written"))),
    ];
    for (name, harm) in harms {
        let copy = folder.copy();
        harm(&copy);
        block_on(async {
            let store = open(copy.path()).unwrap_or_else(|error| panic!("{name}: {error}"));
            folder.is_whole(&store).await;
            store.close().await.expect("closes");
        });
    }
}

#[test]
fn f005_index_cut_by_100_kb_is_whole_again() {
    let folder = Folder::filled();
    for cut in [1, 4_096, 100_000, 400_000] {
        let copy = folder.copy();
        let file = OpenOptions::new().write(true).open(index(copy.path()).join("db")).expect("opens");
        let length = file.metadata().expect("reads").len();
        file.set_len(length.saturating_sub(cut)).expect("is cut");
        block_on(async {
            let store = open(copy.path()).unwrap_or_else(|error| panic!("cut by {cut}: {error}"));
            folder.is_whole(&store).await;
            store.close().await.expect("closes");
        });
    }
}

#[test]
fn f006_flipped_bits_of_the_index_end_whole_or_rebuilt() {
    let folder = Folder::filled();
    let bytes = std::fs::read(index(folder.dir.path()).join("db")).expect("is there");
    let used = bytes.iter().rposition(|byte| *byte != 0).expect("is not empty") as u64;
    for step in 0..24 {
        let copy = folder.copy();
        let at = used * step / 24 + step * 7 % 64;
        let flipped = bytes[at as usize] ^ (1 << (step % 8));
        let file = OpenOptions::new().write(true).open(index(copy.path()).join("db")).expect("opens");
        file.write_all_at(&[flipped], at).expect("is written");
        block_on(async {
            let store = open(copy.path()).unwrap_or_else(|error| panic!("byte {at}: {error}"));
            match remembered(&store).await {
                Ok(found) => assert_eq!(found, folder.remembered, "byte {at}"),
                Err(error) => assert!(matches!(error, StoreError::Index(_)), "byte {at}: {error}"),
            }
            store.close().await.expect("closes");
            // What was found to be damaged is not trusted again.
            let store = open(copy.path()).unwrap_or_else(|error| panic!("byte {at}: {error}"));
            assert_eq!(remembered(&store).await.expect("reads"), folder.remembered, "byte {at}");
            store.close().await.expect("closes");
        });
    }
}

#[test]
fn index_of_another_store_is_rebuilt() {
    let (folder, other) = (Folder::filled(), Folder::filled());
    remove_index(folder.dir.path());
    copy_folder(&other.dir.path().join("index"), &folder.dir.path().join("index"));
    block_on(async {
        let store = open(folder.dir.path()).expect("opens");
        folder.is_whole(&store).await;
        store.close().await.expect("closes");
    });
}

#[test]
fn rebuilding_changes_nothing() {
    let folder = Folder::filled();
    let before = truth(folder.dir.path());
    block_on(async {
        for skip in [false, true] {
            let store = EmbeddedStore::rebuild(folder.dir.path(), start(), skip).expect("rebuilds");
            assert_eq!(remembered(&store).await.expect("reads"), folder.remembered);
            store.close().await.expect("closes");
            assert!(truth(folder.dir.path()) == before, "journal and state are as they were");
        }
        let store = open(folder.dir.path()).expect("opens");
        folder.is_whole(&store).await;
        store.close().await.expect("closes");
    });
}
