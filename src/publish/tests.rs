//! Publishing against a real disk.

use std::os::unix::fs::{MetadataExt as _, symlink};
use std::process::Command;

use super::*;

/// A tree in a folder of its own.
fn tree() -> (tempfile::TempDir, Tree) {
    let folder = tempfile::tempdir().unwrap();
    let tree = Tree::open(&folder.path().join("public")).unwrap();
    (folder, tree)
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(seconds)
}

/// The names in a folder, hidden ones too.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn replace_of_a_missing_file_makes_folders_mode_and_time() {
    let (_folder, tree) = tree();
    assert!(tree.replace("feeds/tags/kafka.rss", b"<rss/>", at(1_700_000_000)).unwrap());
    let file = tree.root().join("feeds/tags/kafka.rss");
    let found = fs::metadata(&file).unwrap();
    assert_eq!(fs::read(&file).unwrap(), b"<rss/>");
    assert_eq!((found.mode() & 0o7777, found.mtime()), (0o644, 1_700_000_000));
    for folder in ["", "feeds", "feeds/tags"] {
        assert_eq!(fs::metadata(tree.root().join(folder)).unwrap().mode() & 0o7777, 0o755, "{folder:?}");
    }
    assert_eq!(names(file.parent().unwrap()), ["kafka.rss"]);
}

#[test]
fn f112_unchanged_bytes_leave_time_and_inode() {
    let (_folder, tree) = tree();
    tree.replace("index.html", b"one", at(1_000)).unwrap();
    let file = tree.root().join("index.html");
    let before = fs::metadata(&file).unwrap();
    assert!(!tree.replace("index.html", b"one", at(2_000)).unwrap());
    let after = fs::metadata(&file).unwrap();
    assert_eq!(
        (before.ino(), before.mtime(), before.ctime_nsec()),
        (after.ino(), after.mtime(), after.ctime_nsec())
    );
    assert!(tree.replace("index.html", b"two", at(2_000)).unwrap());
    let after = fs::metadata(&file).unwrap();
    assert_ne!(before.ino(), after.ino());
    assert_eq!(after.mtime(), 2_000);
}

#[test]
fn replace_within_one_second_or_after_a_clock_jump_moves_the_time_on() {
    let (_folder, tree) = tree();
    for (bytes, modified, expected) in
        [(b"a", 500, 500), (b"b", 500, 501), (b"c", 100, 502), (b"d", 900, 900)]
    {
        assert!(tree.replace("opml.xml", bytes, at(modified)).unwrap());
        assert_eq!(fs::metadata(tree.root().join("opml.xml")).unwrap().mtime(), expected);
    }
}

#[test]
fn f010_a_file_torn_by_a_power_cut_is_healed_whatever_its_size_and_time() {
    let (_folder, tree) = tree();
    let whole = vec![b'x'; 100_000];
    let mut zeros_at_the_end = whole.clone();
    zeros_at_the_end[99_000..].fill(0);
    for torn in [&b""[..], &whole[..50_000], &zeros_at_the_end] {
        tree.replace("feeds/all.atom", &whole, at(1_000)).unwrap();
        let file = tree.root().join("feeds/all.atom");
        let time = fs::metadata(&file).unwrap().modified().unwrap();
        fs::write(&file, torn).unwrap();
        File::options().write(true).open(&file).unwrap().set_modified(time).unwrap();
        assert!(tree.replace("feeds/all.atom", &whole, at(1_000)).unwrap());
        assert_eq!(fs::read(&file).unwrap(), whole);
    }
}

/// Where this process is the child of the test below: the folder to publish in.
const FULL: &str = "TIDINGS_TEST_FULL_DISK";

/// A real write that fails half way: the child may write no file above a few KiB, and is told so as an error
/// because the signal for it is ignored.
#[test]
fn f008_a_full_disk_leaves_the_old_file_and_nothing_unfinished() {
    if let Some(folder) = std::env::var_os(FULL) {
        let tree = Tree::open(Path::new(&folder)).unwrap();
        let error = tree.replace("feeds/all.rss", &[b'n'; 1 << 20], at(2)).unwrap_err();
        assert!(matches!(error, PublishError::Io { act: "publish", .. }), "{error:?}");
        let text = error.to_string();
        assert!(text.contains("feeds/all.rss") && text.contains("free some space"), "{text}");
        assert!(tree.replace("feeds/small.rss", b"fits", at(2)).unwrap());
        return;
    }
    let (_folder, tree) = tree();
    tree.replace("feeds/all.rss", b"old", at(1)).unwrap();
    let status = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 64; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "publish::tests::f008_a_full_disk_leaves_the_old_file_and_nothing_unfinished"])
        .env(FULL, tree.root())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&status.stdout);
    assert!(status.status.success() && said.contains("1 passed"), "{said}");
    assert_eq!(fs::read(tree.root().join("feeds/all.rss")).unwrap(), b"old");
    assert_eq!(names(&tree.root().join("feeds")), ["all.rss", "small.rss"]);
    assert!(tree.replace("feeds/all.rss", &[b'n'; 1 << 20], at(2)).unwrap(), "space is back");
}

#[test]
fn f014_a_tree_on_another_file_system_is_written_in_place() {
    let memory = Path::new("/dev/shm");
    let Ok(folder) = tempfile::tempdir_in(memory) else { return };
    let other = fs::metadata(std::env::temp_dir()).unwrap().dev();
    if fs::metadata(memory).unwrap().dev() == other {
        return;
    }
    let tree = Tree::open(folder.path()).unwrap();
    assert!(tree.replace("feeds/all.rss", b"one", at(1)).unwrap());
    assert!(tree.replace("feeds/all.rss", b"two", at(2)).unwrap());
    assert_eq!(fs::read(folder.path().join("feeds/all.rss")).unwrap(), b"two");
}

#[test]
fn f015_a_link_in_the_place_of_a_file_is_replaced_and_its_target_stays() {
    let (folder, tree) = tree();
    let elsewhere = folder.path().join("elsewhere");
    fs::write(&elsewhere, b"new").unwrap();
    let file = tree.root().join("index.html");
    // Also when the target happens to hold the very bytes, and when the link leads nowhere or to a folder.
    for target in [elsewhere.as_path(), Path::new("/nowhere/at/all"), folder.path()] {
        let _ = fs::remove_file(&file);
        symlink(target, &file).unwrap();
        assert!(tree.replace("index.html", b"new", at(5)).unwrap());
        assert!(fs::symlink_metadata(&file).unwrap().is_file());
        assert_eq!(fs::read(&file).unwrap(), b"new");
    }
    assert_eq!(fs::read(&elsewhere).unwrap(), b"new");
    let _ = fs::remove_file(&file);
    symlink(&elsewhere, &file).unwrap();
    assert!(tree.remove("index.html").unwrap() && elsewhere.exists() && !file.is_symlink());
}

#[test]
fn f016_a_folder_in_the_place_of_a_file_fails_that_file_only() {
    let (_folder, tree) = tree();
    fs::create_dir_all(tree.root().join("feeds/all.rss/inner")).unwrap();
    for result in [tree.replace("feeds/all.rss", b"x", at(1)), tree.remove("feeds/all.rss")] {
        let text = result.unwrap_err().to_string();
        assert!(
            text.contains("feeds/all.rss") && text.contains("folder") && text.contains("move it away"),
            "{text}"
        );
    }
    assert!(tree.replace("feeds/all.atom", b"x", at(1)).unwrap());
    assert_eq!(names(&tree.root().join("feeds")), ["all.atom", "all.rss"]);
}

#[test]
fn a_linked_folder_never_leads_out_of_the_tree() {
    let (folder, tree) = tree();
    let outside = folder.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("all.rss"), b"theirs").unwrap();
    symlink(&outside, tree.root().join("feeds")).unwrap();
    for result in [
        tree.replace("feeds/all.rss", b"x", at(1)),
        tree.replace("feeds/tags/a.rss", b"x", at(1)),
        tree.remove("feeds/all.rss"),
    ] {
        let text = result.unwrap_err().to_string();
        assert!(text.contains("symbolic link") && text.contains("public/feeds:"), "{text}");
    }
    assert_eq!(names(&outside), ["all.rss"]);
    assert_eq!(tree.list().unwrap(), Vec::<String>::new());
}

#[test]
fn a_file_in_the_place_of_a_folder_is_named() {
    let (_folder, tree) = tree();
    fs::write(tree.root().join("feeds"), b"").unwrap();
    let text = tree.replace("feeds/tags/a.rss", b"x", at(1)).unwrap_err().to_string();
    assert!(text.contains("a file stands in the place of this folder"), "{text}");
}

#[test]
fn paths_outside_the_grammar_are_refused_before_the_disk_is_touched() {
    let (folder, tree) = tree();
    for path in ["../escape", "/tmp/escape", "a/../../escape", ".hidden", ""] {
        assert!(matches!(tree.replace(path, b"x", at(1)), Err(PublishError::BadPath { .. })), "{path}");
        assert!(matches!(tree.remove(path), Err(PublishError::BadPath { .. })), "{path}");
    }
    assert_eq!(names(folder.path()), ["public"]);
    assert!(names(tree.root()).is_empty());
}

#[test]
fn remove_says_whether_the_file_was_there() {
    let (_folder, tree) = tree();
    tree.replace("feeds/tags/a.rss", b"", at(1)).unwrap();
    assert!(tree.remove("feeds/tags/a.rss").unwrap());
    assert!(!tree.remove("feeds/tags/a.rss").unwrap());
    assert!(!tree.remove("feeds/never/there.rss").unwrap());
    assert!(!tree.root().join("feeds/never").exists());
}

#[test]
fn list_names_what_may_be_ours_and_nothing_else() {
    let (_folder, tree) = tree();
    let ours = [
        "articles/1.html",
        "catalog.json",
        "feeds/all.rss",
        "feeds/tags/a.atom",
        "index.html",
        "opml.xml",
        "style.css",
    ];
    let theirs = ["favicon.ico", "wp/index.html", "feeds/notes.txt", "feeds/.htaccess", ".well-known/x.json"];
    for path in ours.iter().chain(&theirs) {
        let file = tree.root().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, path).unwrap();
    }
    assert_eq!(tree.list().unwrap(), ours);
}

#[test]
fn open_removes_our_unfinished_files_only() {
    let (_folder, tree) = tree();
    let kept = ["feeds/all.rss", ".tidings-notes", "other.tmp", "theirs/.tidings-a.tmp"];
    let stale =
        [".tidings-Ab3.tmp", "feeds/.tidings-x.tmp", "feeds/tags/.tidings-y.tmp", "articles/.tidings-z.tmp"];
    for path in kept.iter().chain(&stale) {
        let file = tree.root().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, path).unwrap();
    }
    Tree::open(tree.root()).unwrap();
    for (paths, there) in [(&kept, true), (&stale, false)] {
        for path in paths {
            assert_eq!(tree.root().join(path).exists(), there, "{path}");
        }
    }
}

#[test]
fn f013_open_of_a_root_that_cannot_be_written_names_it_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, b"").unwrap();
    for root in [file.clone(), file.join("below")] {
        let text = Tree::open(&root).unwrap_err().to_string();
        assert!(text.contains(root.to_str().unwrap()) && text.contains("name another folder"), "{text}");
    }
    // No user at all can make files there, so this holds for root too.
    let text = Tree::open(Path::new("/proc/self")).unwrap_err().to_string();
    assert!(text.contains("use the output folder /proc/"), "{text}");
    let denied =
        PublishError::root(Path::new("/srv/feeds"), io::ErrorKind::PermissionDenied.into()).to_string();
    assert!(denied.contains("/srv/feeds") && denied.contains("change its owner"), "{denied}");
}
