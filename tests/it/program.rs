//! The built program in a folder of its own, with listings that a test writes.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A folder with a config, pages and a data folder; removed with this.
pub(crate) struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    /// An empty folder with this config; `data_dir` and `pages/` are relative to it.
    pub(crate) fn new(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("pages")).unwrap();
        let home = Self { folder };
        home.configure(config);
        home
    }

    /// Replaces the config. It may hold secrets, so nobody else can read it.
    pub(crate) fn configure(&self, config: &str) {
        let path = self.path("tidings.toml");
        fs::write(&path, config).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// The folder itself.
    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    /// A place in the folder.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    /// The published folder.
    pub(crate) fn public(&self) -> PathBuf {
        self.path("var/public")
    }

    /// Replaces a page as a careful writer does: whole, by a rename.
    pub(crate) fn write_page(&self, name: &str, text: &str) {
        let fresh = self.path(&format!("pages/.{name}.new"));
        fs::write(&fresh, text).unwrap();
        fs::rename(&fresh, self.path(&format!("pages/{name}"))).unwrap();
    }

    /// The program with these arguments, in this folder, with nothing of our own environment. `TIDINGS_PROGRAM` is another
    /// build of it, such as a fast one for tests that are large.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let built = || env!("CARGO_BIN_EXE_tidings").into();
        let mut command = Command::new(std::env::var_os("TIDINGS_PROGRAM").unwrap_or_else(built));
        command.args(["--config", "tidings.toml"]).args(arguments);
        command.current_dir(self.root()).env_clear().stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs the program, expects that exit code, and returns its standard output.
    #[track_caller]
    pub(crate) fn expect(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Every file of the published folder.
    pub(crate) fn tree(&self) -> BTreeMap<String, Vec<u8>> {
        tree(&self.public())
    }

    /// All remembered articles, as `articles --json` gives them.
    #[track_caller]
    pub(crate) fn articles(&self) -> Vec<Value> {
        json_lines(&self.expect(0, &["articles", "--json", "--limit", "1000000"]))
    }
}

/// Every file below `root`, by its path from there.
pub(crate) fn tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    files(root).into_iter().map(|path| (path.clone(), fs::read(root.join(path)).unwrap())).collect()
}

/// The paths of all files below `root`, from there.
pub(crate) fn files(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut waiting = vec![root.to_owned()];
    while let Some(folder) = waiting.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            if entry.file_type().unwrap().is_dir() {
                waiting.push(entry.path());
            } else {
                found.push(entry.path().strip_prefix(root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

/// The names of what differs between two trees.
pub(crate) fn differences(a: &BTreeMap<String, Vec<u8>>, b: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let mut names: Vec<&String> = a.keys().chain(b.keys()).collect();
    names.sort();
    names.dedup();
    let side = |tree: &BTreeMap<String, Vec<u8>>, name: &str| tree.get(name).map(Vec::len);
    names
        .into_iter()
        .filter(|name| a.get(*name) != b.get(*name))
        .map(|name| format!("{name} ({:?} and {:?} bytes)", side(a, name), side(b, name)))
        .collect()
}

/// The JSON values of whole lines; a last line without its end, as a killed program leaves it, is passed over.
pub(crate) fn json_lines(text: &str) -> Vec<Value> {
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Copies a folder with all that is in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Makes a copied data folder pass for the one that it was copied from: a copy begins with a quiet baseline, and is
/// known by when its folders were made, and by which file `state.json` is.
pub(crate) fn pass_for_the_original(data: &Path) {
    change_state(data, |_| {});
}

/// Changes `state.json`, makes its checksum fit, and takes from it what tells a copy.
pub(crate) fn change_state(data: &Path, change: impl FnOnce(&mut Value)) {
    let path = data.join("state.json");
    let mut state: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    for field in ["born", "file", "sum"] {
        state.as_object_mut().unwrap().remove(field);
    }
    change(&mut state);
    let mut text = state.to_string();
    text.pop();
    let sum = crc32c::crc32c(text.as_bytes());
    fs::write(path, format!("{text},\"sum\":\"{sum:08x}\"}}\n")).unwrap();
}

/// One entry of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) source: String,
    /// Days after 1 January 2020.
    pub(crate) day: u32,
    pub(crate) category: String,
    pub(crate) title: String,
    pub(crate) summary: String,
    /// The run of its tags, as the page has it.
    pub(crate) tags: String,
}

impl Entry {
    /// The `n`th article of a test: its own title, one of three sources, a day that rises with `n`.
    pub(crate) fn numbered(n: u32) -> Self {
        let pick = |from: &[&str], step: u32| from[(n / step) as usize % from.len()].to_owned();
        Self {
            source: pick(&["21CTO", "JD Cloud Developers", "Java High-Performance Architecture"], 1),
            day: n / 5,
            category: pick(&["Backend Development", "Operations"], 3),
            title: format!("How team {n} moved its queue number {n} to a better place"),
            summary: format!("Story {n}, version 1: what was slow, why, and what helped in the end."),
            tags: pick(&["KafkaRedis", "Kafka", "RedisMySQL", "Distributed Systems", "MySQLKafka"], 2),
        }
    }

    fn text(&self) -> String {
        let day = chrono::NaiveDate::from_ymd_opt(2020, 1, 1).unwrap() + chrono::Days::new(self.day.into());
        let Self { source, category, title, summary, tags, .. } = self;
        format!(
            "{source}\n{source}\n{} · {category}\n\n{title}\n\n{summary}\n\n{tags}\n0 likes · 5 min read\n{title}\n",
            day.format("%b %-d, %Y")
        )
    }
}

/// A page with these entries, first at the top.
pub(crate) fn page<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> String {
    let texts: Vec<String> = entries.into_iter().map(Entry::text).collect();
    format!("Tagged articles\n{} articles\nPage 1 of 1\n{}", texts.len(), texts.concat())
}
