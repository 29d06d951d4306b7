//! A work folder with its own config and pages, and the program run in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use serde_json::Value;

use super::feeds::{Entry, atom_entries};

/// A work folder. The config names `pages/*` relative to it, and the data folder is `var`.
pub(crate) struct Work {
    folder: tempfile::TempDir,
}

/// What one run of the program gave.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// The JSON objects that were printed, one a line.
    pub(crate) fn lines(&self) -> Vec<Value> {
        let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        self.out.lines().map(parse).collect()
    }

    /// The only JSON object.
    pub(crate) fn line(&self) -> Value {
        let lines = self.lines();
        assert_eq!(lines.len(), 1, "{self:?}");
        lines[0].clone()
    }
}

/// Every file and folder below a folder, with bytes and time of change.
pub(crate) type Snapshot = BTreeMap<PathBuf, (Vec<u8>, SystemTime)>;

impl Work {
    /// A folder with this config.
    pub(crate) fn new(config: &str) -> Self {
        let work = Self { folder: tempfile::tempdir().expect("a folder") };
        std::fs::create_dir(work.path("pages")).expect("pages");
        work.config(config);
        work
    }

    /// A folder with one listing `news` that reads `pages/news.txt`.
    pub(crate) fn one(more: &str) -> Self {
        Self::new(&format!("[[listing]]\nid = \"news\"\nfiles = [\"pages/news.txt\"]\n{more}"))
    }

    pub(crate) fn config(&self, config: &str) {
        std::fs::write(self.path("tidings.toml"), config).expect("a config");
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Writes a page below `pages/`.
    pub(crate) fn page(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path("pages").join(name), bytes).expect("a page");
    }

    /// Runs the program with these arguments, in this folder, its environment empty.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tidings"));
        command.env_clear().current_dir(self.folder.path()).args(["--config", "tidings.toml"]).args(args);
        let output = command.output().expect("the program runs");
        Ran {
            code: output.status.code().expect("an exit code"),
            out: String::from_utf8(output.stdout).expect("UTF-8"),
            err: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    /// `scan --json`.
    pub(crate) fn scan(&self) -> Ran {
        self.run(&["scan", "--json"])
    }

    /// The bytes of a published file.
    pub(crate) fn published(&self, path: &str) -> Vec<u8> {
        std::fs::read(self.path("var/public").join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// The entries of a published Atom feed.
    pub(crate) fn feed(&self, path: &str) -> Vec<Entry> {
        atom_entries(&self.published(path))
    }

    /// The whole journal.
    pub(crate) fn journal(&self) -> Vec<u8> {
        let files = snapshot(&self.path("var/journal"));
        files.into_values().flat_map(|(bytes, _)| bytes).collect()
    }

    /// Every published file.
    pub(crate) fn tree(&self) -> Snapshot {
        snapshot(&self.path("var/public"))
    }

    /// Every file in the work folder.
    pub(crate) fn everything(&self) -> Snapshot {
        snapshot(self.folder.path())
    }
}

/// Everything below `folder`.
fn snapshot(folder: &Path) -> Snapshot {
    let mut found = Snapshot::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            let (path, about) = (entry.path(), entry.metadata().expect("metadata"));
            let bytes = if about.is_dir() { Vec::new() } else { std::fs::read(&path).expect("a file") };
            found.insert(path.clone(), (bytes, about.modified().expect("a time")));
            if about.is_dir() {
                folders.push(path);
            }
        }
    }
    found
}
