//! The structure of the source, held by tests: which module may import which, and what only one module may do.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Each module with the modules of ours that it may name. What is not listed here does not exist.
const LAYERS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("crashpoint", &[]),
    ("disk", &[]),
    ("clock", &["model"]),
    ("extract", &["model"]),
    ("diff", &["model"]),
    ("feed", &["model"]),
    ("schedule", &["model"]),
    ("delivery", &["model", "schedule"]),
    ("config", &["model", "schedule", "delivery", "net", "extract"]),
    ("secret", &["model"]),
    ("fetch", &["model", "crashpoint", "net", "program", "secret"]),
    ("net", &["model"]),
    ("program", &["model"]),
    ("notify", &["model", "delivery", "net", "program", "secret"]),
    ("store", &["model", "diff", "crashpoint", "disk"]),
    ("publish", &["model", "crashpoint", "disk"]),
    ("serve", &["model", "feed", "clock"]),
    (
        "daemon",
        &[
            "model",
            "clock",
            "crashpoint",
            "disk",
            "extract",
            "diff",
            "feed",
            "schedule",
            "delivery",
            "config",
            "fetch",
            "net",
            "notify",
            "store",
            "publish",
            "serve",
        ],
    ),
    (
        "cli",
        &[
            "model", "clock", "extract", "diff", "feed", "schedule", "delivery", "config", "fetch", "net",
            "notify", "store", "publish", "serve", "daemon",
        ],
    ),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a source folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// Every source file with the top module it belongs to; `lib.rs` and `main.rs` aside.
fn files() -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    sources(&root(), &mut found);
    let module = |path: &PathBuf| {
        let below = path.strip_prefix(root()).expect("below src");
        let first = below.components().next().expect("a name").as_os_str().to_string_lossy().into_owned();
        first.trim_end_matches(".rs").to_owned()
    };
    found
        .into_iter()
        .map(|path| (module(&path), path))
        .filter(|(name, _)| name != "lib" && name != "main")
        .collect()
}

/// The code of a file up to its unit tests, without comments.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a source file");
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn is_test(path: &Path) -> bool {
    let text = path.to_string_lossy();
    text.ends_with("/tests.rs") || text.contains("/tests/")
}

#[test]
fn modules_import_only_what_stands_before_them() {
    let allowed: BTreeMap<&str, &[&str]> = LAYERS.iter().copied().collect();
    let mut wrong = Vec::new();
    for (module, path) in files().into_iter().filter(|(_, path)| !is_test(path)) {
        let allowed =
            allowed.get(module.as_str()).unwrap_or_else(|| panic!("`{module}` has no place in the layers"));
        for part in code(&path).split("crate::").skip(1) {
            let named: String = part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let known = LAYERS.iter().any(|(name, _)| *name == named);
            if known && named != module && !allowed.contains(&named.as_str()) {
                wrong.push(format!("{} names crate::{named}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Only these files may hold these words.
#[test]
fn effects_are_touched_in_one_place() {
    let rules: &[(&str, &[&str])] = &[
        ("Utc::now", &["clock.rs"]),
        ("SystemTime::now", &[]),
        ("sled::", &["store/embedded/"]),
        ("TcpListener", &["serve/", "daemon/service/", "cli/run.rs"]),
        // Whatever goes out passes the guard of addresses, and only what the guard checked is connected to.
        ("reqwest", &["net/"]),
        ("TcpStream::connect", &["net/"]),
        ("lookup_host", &["net/"]),
        ("process::exit", &[]),
        ("println!", &[]),
        ("Uuid::new_v4", &["store/"]),
    ];
    let mut wrong = Vec::new();
    for (_, path) in files().into_iter().filter(|(_, path)| !is_test(path)) {
        let below = path.strip_prefix(root()).expect("below src").to_string_lossy().into_owned();
        let code = code(&path);
        for (word, places) in rules {
            if code.contains(word) && !places.iter().any(|place| below.starts_with(place)) {
                wrong.push(format!("{below} holds `{word}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What is remembered and what is published is written through the disk alone, so that a test sees every step.
#[test]
fn store_and_published_tree_are_written_through_the_disk() {
    let writing = [
        "fs::write",
        "fs::rename",
        "fs::copy",
        "fs::remove",
        "fs::create_dir",
        "fs::set_permissions",
        "fs::hard_link",
        "symlink(",
        "DirBuilder",
        "OpenOptions",
        "File::create",
        "File::options",
        "set_len",
        "sync_all",
        "tempfile",
    ];
    let mut wrong = Vec::new();
    for (_, path) in files().into_iter().filter(|(module, _)| module == "store" || module == "publish") {
        let code = code(&path);
        let words = writing.iter().filter(|word| !is_test(&path) && code.contains(**word));
        wrong.extend(words.map(|word| format!("{} holds `{word}`", path.display())));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_file_says_what_it_is() {
    let silent: Vec<PathBuf> = files()
        .into_iter()
        .map(|(_, path)| path)
        .filter(|path| !is_test(path))
        .filter(|path| !fs::read_to_string(path).expect("a source file").starts_with("//! "))
        .collect();
    assert!(silent.is_empty(), "{silent:#?}");
}
