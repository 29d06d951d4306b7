//! Beginning, ending, and everything that must not pass for a first run.

use super::*;
use crate::support::index;

#[test]
fn f012_second_instance_is_refused_with_the_holders_pid() {
    let folder = Folder::filled();
    block_on(async {
        let store = open(folder.dir.path()).expect("opens");
        let error = open(folder.dir.path()).expect_err("is in use");
        let StoreError::InUse { holder, .. } = &error else { panic!("{error}") };
        assert_eq!(holder, &format!(" by process {}", std::process::id()));
        folder.is_whole(&store).await;
        store.close().await.expect("closes");
        open(folder.dir.path()).expect("is free again").close().await.expect("closes");
    });
}

#[test]
fn dropping_the_store_frees_it_when_its_writer_has_ended() {
    let folder = Folder::filled();
    for _ in 0..5 {
        drop(open(folder.dir.path()).expect("is free"));
    }
    block_on(async {
        let store = open(folder.dir.path()).expect("is free");
        folder.is_whole(&store).await;
        store.close().await.expect("closes");
    });
}

#[test]
fn f013_folder_that_cannot_be_used_is_said() {
    use std::os::unix::fs::PermissionsExt;
    let place = TempDir::new().expect("a folder");
    let file = place.path().join("file");
    std::fs::write(&file, b"not a folder").expect("is written");
    let journal_is_a_file = place.path().join("data");
    std::fs::create_dir(&journal_is_a_file).expect("a folder");
    std::fs::write(journal_is_a_file.join("journal"), b"not a folder").expect("is written");
    let read_only = place.path().join("read-only");
    std::fs::create_dir(&read_only).expect("a folder");
    std::fs::set_permissions(&read_only, std::fs::Permissions::from_mode(0o500)).expect("is set");
    let is_bound = std::fs::write(read_only.join("probe"), b"").is_err();
    let mut places = vec![file.clone(), file.join("below"), journal_is_a_file];
    places.extend(is_bound.then(|| read_only.clone()));
    for place in places {
        let error = open(&place).expect_err("cannot be used");
        assert!(matches!(error, StoreError::Io { .. }), "{}: {error}", place.display());
        assert!(
            error.to_string().contains(&*place.file_name().expect("a name").to_string_lossy()),
            "{error}"
        );
    }
}

#[test]
fn data_folder_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = TempDir::new().expect("a folder");
    let folder = place.path().join("var");
    drop(open(&folder).expect("opens"));
    for path in [folder.clone(), folder.join("journal")] {
        let mode = std::fs::metadata(&path).expect("is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{}", path.display());
    }
}

#[test]
fn f019_missing_or_unreadable_state_is_written_anew() {
    let folder = Folder::filled();
    let whole = truth(folder.dir.path());
    for with_index in [true, false] {
        for bytes in [None, Some(&b""[..]), Some(b"{\"schema\""), Some(b"{\"schema\":1}"), Some(b"\xFF\xFE")]
        {
            let copy = folder.copy();
            let path = copy.path().join("state.json");
            match bytes {
                None => std::fs::remove_file(&path).expect("is there"),
                Some(bytes) => std::fs::write(&path, bytes).expect("is written"),
            }
            if !with_index {
                remove_index(copy.path());
            }
            block_on(async {
                let store = open(copy.path()).unwrap_or_else(|error| panic!("{bytes:?}: {error}"));
                assert_eq!(remembered(&store).await.expect("reads"), folder.remembered);
                store.close().await.expect("closes");
            });
            let contents = |files: Vec<(PathBuf, Vec<u8>)>| -> Vec<Vec<u8>> {
                files.into_iter().map(|(_, bytes)| bytes).collect()
            };
            assert!(contents(truth(copy.path())) == contents(whole.clone()));
        }
    }
}

#[test]
fn f019_state_of_another_store_is_damage() {
    let folder = Folder::filled();
    set_state(folder.dir.path(), |state| state["store"] = uuid::Uuid::nil().to_string().into());
    let before = truth(folder.dir.path());
    let error = open(folder.dir.path()).expect_err("another store's");
    let StoreError::Damaged { file, .. } = &error else { panic!("{error}") };
    assert!(file.ends_with("state.json"));
    assert!(truth(folder.dir.path()) == before);
}

#[test]
fn f019_journal_emptied_or_deleted_is_never_a_first_run() {
    let folder = Folder::filled();
    type Harm = fn(&Path);
    let harms: [(&str, Harm); 4] = [
        ("emptied", |path| std::fs::write(journal_file(path), b"").expect("is written")),
        ("file deleted", |path| std::fs::remove_file(journal_file(path)).expect("is there")),
        ("folder deleted", |path| std::fs::remove_dir_all(path.join("journal")).expect("is there")),
        ("one torn line", |path| std::fs::write(journal_file(path), b"{\"v\":1").expect("is written")),
    ];
    for (name, harm) in harms {
        for (with_index, with_state) in [(true, true), (false, true), (true, false)] {
            let copy = folder.copy();
            harm(copy.path());
            if !with_index {
                remove_index(copy.path());
            }
            if !with_state {
                std::fs::remove_file(copy.path().join("state.json")).expect("is there");
            }
            for _ in 0..2 {
                let error = open(copy.path()).expect_err(name);
                assert!(matches!(error, StoreError::Damaged { .. }), "{name}, {with_index}: {error}");
            }
            let error = EmbeddedStore::rebuild(copy.path(), start(), true).expect_err(name);
            assert!(matches!(error, StoreError::Damaged { .. }), "{name}, {with_index}: {error}");
        }
    }
}

#[test]
fn f020_newer_record_is_refused_and_untouched() {
    let folder = Folder::filled();
    let newer = [
        r#"{"v":1,"seq":10,"at":"2016-03-05T00:00:00Z","type":"telepathy","telepathy":{}}"#,
        r#"{"v":2,"seq":10,"at":"2016-03-05T00:00:00Z","type":"scan","scan":{"other":true}}"#,
    ];
    for json in newer {
        for with_index in [true, false] {
            let copy = folder.copy();
            let mut lines = journal_lines(copy.path());
            let json = json.replace("\"seq\":10", &format!("\"seq\":{}", lines.len() + 1));
            lines.push(sealed(lines.last(), &json));
            write_lines(copy.path(), &lines);
            if !with_index {
                remove_index(copy.path());
            }
            let before = truth(copy.path());
            let error = open(copy.path()).expect_err("newer");
            let StoreError::Newer { line, .. } = &error else { panic!("{error}") };
            assert_eq!(*line, lines.len() as u64);
            for skip in [false, true] {
                let error = EmbeddedStore::rebuild(copy.path(), start(), skip).expect_err("newer");
                assert!(matches!(error, StoreError::Newer { .. }), "{error}");
            }
            assert!(truth(copy.path()) == before, "nothing was touched");
            assert!(!copy.path().join("index.broken-1").exists(), "nor was its index");
        }
    }
}

#[test]
fn f020_newer_schema_is_refused_and_untouched() {
    let folder = Folder::filled();
    set_state(folder.dir.path(), |state| state["schema"] = 2.into());
    let all = |path: &Path| -> Vec<(PathBuf, Vec<u8>)> {
        let index = std::fs::read_dir(index(path)).expect("reads").flatten();
        let mut files: Vec<_> = index.map(|entry| entry.path()).filter(|path| path.is_file()).collect();
        files.sort();
        let index = files.into_iter().map(|path| (path.clone(), std::fs::read(path).expect("reads")));
        truth(path).into_iter().chain(index).collect()
    };
    let before = all(folder.dir.path());
    let error = open(folder.dir.path()).expect_err("newer");
    assert!(matches!(error, StoreError::Newer { line: 0, .. }), "{error}");
    assert!(all(folder.dir.path()) == before, "not a byte was touched");
}

#[test]
fn f022_crash_while_the_first_record_was_written_begins_again() {
    let folder = TempDir::new().expect("a folder");
    drop(open(folder.path()).expect("opens"));
    let line = std::fs::read(journal_file(folder.path())).expect("is there");
    let store = {
        let store = open(folder.path()).expect("opens");
        store.identity().0
    };
    remove_index(folder.path());
    for written in (0..line.len()).step_by(29).chain([line.len() - 1]) {
        let copy = TempDir::new().expect("a folder");
        copy_folder(folder.path(), copy.path());
        set_state(copy.path(), |state| state["seq"] = 0.into());
        std::fs::write(journal_file(copy.path()), &line[..written]).expect("is written");
        let again = open(copy.path()).unwrap_or_else(|error| panic!("{written} bytes: {error}"));
        assert_eq!(again.identity().0, store, "under the same id");
        drop(again);
        drop(open(copy.path()).expect("opens again"));
    }
}

#[test]
fn f022_crash_between_the_renames_of_a_rebuild_is_finished() {
    let folder = Folder::filled();
    let mut lines = journal_lines(folder.dir.path());
    lines.remove(4);
    write_lines(folder.dir.path(), &lines);
    block_on(async {
        let store = EmbeddedStore::rebuild(folder.dir.path(), start().plus(800_000), true).expect("rebuilds");
        store.close().await.expect("closes");
        let journal = folder.dir.path().join("journal");
        std::fs::rename(&journal, folder.dir.path().join("journal.new")).expect("renames");
        let store = open(folder.dir.path()).expect("finishes what was begun");
        folder.brings_nothing(&store, true).await;
        store.close().await.expect("closes");
    });
}
