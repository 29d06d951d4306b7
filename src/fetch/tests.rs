//! Reading listing files from a real disk.

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::process::Command;

use super::*;

const LIMITS: Limits = Limits { page_bytes: 1_000, pages: 5, entries: 10, line_bytes: 10, summary_bytes: 10 };

/// A folder, and the pattern for something in it.
struct Place(tempfile::TempDir);

impl Place {
    fn new(files: &[(&str, &str)]) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            let path = place.0.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        place
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, patterns: &[&str]) -> Result<Vec<Document>, FetchError> {
        let patterns: Vec<_> = patterns.iter().map(|pattern| name(&self.path(pattern))).collect();
        files(&patterns, &LIMITS)
    }

    /// The texts of the pages that `patterns` find.
    fn texts(&self, patterns: &[&str]) -> Vec<String> {
        let documents = self.read(patterns).unwrap();
        documents.into_iter().map(|document| String::from_utf8(document.bytes).unwrap()).collect()
    }

    /// What an operator reads when `pattern` cannot be read; it always names the pattern or file.
    fn error(&self, pattern: &str) -> String {
        let text = self.read(&[pattern]).unwrap_err().to_string();
        assert!(text.contains(self.path(pattern).to_str().unwrap()), "{text}");
        text
    }
}

#[test]
fn files_are_read_in_natural_order_each_once() {
    let place = Place::new(&[
        ("page-1.txt", "1"),
        ("page-2.txt", "2"),
        ("page-10.txt", "10"),
        (".page-3.txt.swp", "hidden"),
        ("deep/page-4.txt", "4"),
        ("notes.md", "no"),
    ]);
    symlink(place.path("page-2.txt"), place.path("page-11.txt")).unwrap();
    fs::hard_link(place.path("page-2.txt"), place.path("page-12.txt")).unwrap();
    assert_eq!(place.texts(&["page-*.txt"]), ["1", "2", "10"]);
    assert_eq!(place.texts(&["page-10.txt", "page-?.txt", "page-1.txt"]), ["10", "1", "2"]);
    assert_eq!(place.texts(&["**/page-*.txt"]), ["4", "1", "2", "10"]);
    let names: Vec<_> =
        place.read(&["page-1*.txt"]).unwrap().into_iter().map(|document| document.name).collect();
    assert_eq!(names[0], name(&place.path("page-1.txt")));
}

#[test]
fn a_file_whose_name_looks_like_a_pattern_is_itself() {
    let place = Place::new(&[("page[1].txt", "brackets"), ("page1.txt", "plain")]);
    assert_eq!(place.texts(&["page[1].txt"]), ["brackets"]);
    assert_eq!(place.texts(&["page[12].txt"]), ["plain"]);
}

#[test]
fn f067_links_are_followed_also_out_of_the_folder() {
    let place = Place::new(&[("elsewhere/real.txt", "real")]);
    symlink(place.path("elsewhere"), place.path("folder")).unwrap();
    symlink(place.path("elsewhere/real.txt"), place.path("link.txt")).unwrap();
    assert_eq!(place.texts(&["link.txt"]), ["real"]);
    assert_eq!(place.texts(&["folder/*.txt"]), ["real"]);
    symlink(place.path("nowhere"), place.path("broken.txt")).unwrap();
    assert!(place.error("broken.txt").contains("a symbolic link that leads nowhere"));
}

#[test]
fn f067_an_empty_file_is_a_page_without_bytes() {
    assert_eq!(Place::new(&[("empty.txt", "")]).texts(&["empty.txt"]), [""]);
}

#[test]
fn f067_missing_files_and_patterns_without_a_match_are_named() {
    let place = Place::new(&[("page.txt", "")]);
    assert!(place.error("pag.txt").contains("check the path"));
    assert!(place.error("page.txt/x").contains("a file stands where the path has a folder"));
    assert!(place.error("*.html").contains("no file matches"));
    assert!(place.error("a**b").contains("correct the pattern"));
    assert!(place.read(&["page.txt", "missing.txt"]).is_err(), "no listing without one of its pages");
}

#[test]
fn f067_folders_pipes_sockets_and_devices_are_never_opened() {
    let place = Place::new(&[("folder.txt/x", "")]);
    assert!(Command::new("mkfifo").arg(place.path("pipe")).status().unwrap().success());
    let _socket = UnixListener::bind(place.path("socket")).unwrap();
    symlink("/dev/zero", place.path("zero")).unwrap();
    symlink(place.path("pipe"), place.path("link-to-pipe")).unwrap();
    let kinds = [
        ("folder.txt", "it is a folder"),
        ("fold*.txt", "it is a folder"),
        ("pipe", "it is a pipe"),
        ("link-to-pipe", "it is a pipe"),
        ("socket", "it is a socket"),
        ("zero", "it is a device"),
    ];
    for (pattern, what) in kinds {
        let text = place.read(&[pattern]).unwrap_err().to_string();
        assert!(text.contains(what) && text.contains("a regular file"), "{text}");
    }
}

#[test]
fn f067_a_file_over_the_limit_is_refused_unread() {
    let place = Place::new(&[("at.txt", &"x".repeat(1_000)), ("over.txt", &"x".repeat(1_001))]);
    assert_eq!(place.texts(&["at.txt"])[0].len(), 1_000);
    assert!(place.error("over.txt").contains("it has 1001 bytes and a page may have 1000"));
    File::create(place.path("huge.txt")).unwrap().set_len(2 << 30).unwrap();
    assert!(place.error("huge.txt").contains("it has 2147483648 bytes"));
}

/// The kernel gives the size of such a file as 0 and then bytes: the one file that always "grows" when read.
#[test]
#[cfg(target_os = "linux")]
fn f067_a_file_that_grows_while_it_is_read_is_given_up() {
    let error = files(&["/proc/self/status".to_owned()], &Limits::default()).unwrap_err();
    assert!(matches!(error, FetchError::Changing { .. }), "{error:?}");
    assert!(error.to_string().contains("/proc/self/status: it changed while it was read"));
}

#[test]
fn f067_a_file_without_permission_says_what_to_set() {
    let place = Place::new(&[("secret.txt", "x")]);
    fs::set_permissions(place.path("secret.txt"), fs::Permissions::from_mode(0o000)).unwrap();
    let text = if File::open(place.path("secret.txt")).is_ok() {
        // The superuser may read everything.
        FetchError::io(&place.path("secret.txt"), std::io::ErrorKind::PermissionDenied.into()).to_string()
    } else {
        place.error("secret.txt")
    };
    assert!(text.contains("secret.txt") && text.contains("chmod a+r"), "{text}");
}

#[test]
fn too_many_pages_are_refused_before_any_is_read() {
    let names: Vec<_> = (0..7).map(|n| format!("p{n}.txt")).collect();
    let place = Place::new(&names.iter().map(|name| (name.as_str(), "x")).collect::<Vec<_>>());
    assert_eq!(place.texts(&["p[0-4].txt", "p1.txt", "p[12].txt"]).len(), 5, "each counts once");
    assert!(place.error("p?.txt").contains("more than 5 pages"));
    let text = place.read(&["p[0-2].txt", "p[3-5].txt"]).unwrap_err().to_string();
    assert!(text.contains("p[3-5].txt"), "{text}");
}

#[test]
fn pages_together_stay_under_the_limit_of_a_listing() {
    let place = Place::new(&[("a", "12345"), ("b", "67890")]);
    let paths = vec![place.path("a"), place.path("b")];
    assert_eq!(pages(paths.clone(), 5, 10).unwrap().len(), 2);
    let error = pages(paths, 5, 9).unwrap_err();
    assert!(
        matches!(&error, FetchError::ListingTooLarge { path, limit: 9 } if path.ends_with("b")),
        "{error:?}"
    );
}

#[test]
fn fingerprint_counts_bytes_borders_and_order_but_no_names() {
    let pages = |texts: &[&str]| -> Vec<Document> {
        let page = |text: &&str| Document::new(format!("{text}?"), text.as_bytes().to_vec());
        texts.iter().map(page).collect()
    };
    let mut renamed = pages(&["ab", "c"]);
    renamed[0].name.clear();
    assert_eq!(fingerprint(&renamed), fingerprint(&pages(&["ab", "c"])));
    let all = [&["ab", "c"][..], &["a", "bc"], &["c", "ab"], &["abc"], &["abc", ""], &["", "abc"], &[]];
    let distinct: std::collections::HashSet<_> = all.iter().map(|texts| fingerprint(&pages(texts))).collect();
    assert_eq!(distinct.len(), all.len());
}

#[test]
fn fingerprint_is_the_one_that_stores_hold() {
    // Stored fingerprints are compared with new ones, so what goes into the hash must never change.
    let page = Document::new("", b"hi".to_vec());
    let whole = blake3::hash(b"\x02\0\0\0\0\0\0\0hi");
    assert_eq!(fingerprint(&[page]), whole.as_bytes()[..16]);
}
