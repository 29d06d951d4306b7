use std::sync::Mutex;

use super::*;

/// Refuses one operation, and notes all.
#[derive(Default)]
struct Picky {
    seen: Mutex<Vec<String>>,
    refused: &'static str,
    short: Option<usize>,
}

impl Watch for Picky {
    fn before(&self, _: &Path, act: Act<'_>) -> Verdict {
        let name = format!("{act:?}").split([' ', '(']).next().unwrap_or_default().to_owned();
        let refuse = name == self.refused;
        self.seen.lock().expect("a list").push(name);
        let full = || io::Error::from(io::ErrorKind::StorageFull);
        match (refuse, self.short) {
            (false, _) => Verdict::Go,
            (true, None) => Verdict::Refuse(full()),
            (true, Some(most)) => Verdict::Short(most, full()),
        }
    }
}

#[test]
fn replacing_a_file_is_seen_step_by_step() {
    let folder = tempfile::tempdir().expect("a folder");
    let watch = Arc::new(Picky::default());
    let disk = Disk::watched(watch.clone());
    disk.replace(&folder.path().join("a"), ".a-", b"new").expect("replaces");
    assert_eq!(*watch.seen.lock().expect("a list"), ["Open", "Write", "Sync", "Rename", "SyncFolder"]);
    assert_eq!(fs::read(folder.path().join("a")).expect("is there"), b"new");
}

#[test]
fn refused_step_leaves_the_old_file_and_nothing_unfinished() {
    for refused in ["Open", "Write", "Sync", "Rename"] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a");
        Disk::default().write(&path, b"old").expect("writes");
        let disk = Disk::watched(Arc::new(Picky { refused, ..Picky::default() }));
        let error = disk.replace(&path, ".a-", b"new").expect_err("is refused");
        assert_eq!(error.kind(), io::ErrorKind::StorageFull, "{refused}");
        assert_eq!(fs::read(&path).expect("is there"), b"old", "{refused}");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "{refused}");
    }
}

#[test]
fn short_write_leaves_what_reached_the_file_and_cutting_goes_on_before_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a");
    let disk = Disk::watched(Arc::new(Picky { refused: "Write", short: Some(2), ..Picky::default() }));
    let mut file = disk.create(&path).expect("opens");
    file.write_all(b"first").expect_err("is refused");
    assert_eq!(fs::read(&path).expect("is there"), b"fi");
    file.cut(1).expect("cuts");
    drop(file);
    let mut file = Disk::default().open(&path, 1).expect("opens");
    file.write_all(b"rst").expect("writes");
    assert_eq!(fs::read(&path).expect("is there"), b"frst");
}
