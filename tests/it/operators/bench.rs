//! A config with a page of its own, and the program as a user runs it.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

use tempfile::TempDir;

/// What a command printed, and its exit code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) code: i32,
}

/// A folder with a config, the page of one listing, and a data folder.
pub(crate) struct Bench {
    folder: TempDir,
}

impl Bench {
    /// A listing `a` that nobody scans on its own within a test, with these articles.
    pub(crate) fn new(titles: &[&str]) -> Self {
        let bench = Self { folder: TempDir::new().expect("a folder") };
        let config = "[site]\ntitle = \"Bench\"\n[serve]\nlisten = false\n[[listing]]\nid = \"a\"\ntitle = \"Page A\"\n\
             files = [\"page.txt\"]\nformat = \"text\"\ntags = [\"Storage\"]\nevery = \"300d\"\n";
        std::fs::write(bench.path("tidings.toml"), config).expect("a config");
        bench.page(titles);
        bench
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path("var")
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.data().join("tidings.sock")
    }

    /// Replaces the page.
    pub(crate) fn page(&self, titles: &[&str]) {
        let mut page = format!("Tagged articles\nStorage\n{} articles\nPage 1 of 1\n", titles.len());
        for title in titles {
            write!(
                page,
                "\nAcme\nAcme\nMar 3, 2016 · Databases\n{title}\nA summary of {title}.\nKafkaRedis\n0 likes · 5 min read\n{title}\n"
            )
            .expect("text");
        }
        std::fs::write(self.path("page.txt"), page).expect("a page");
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tidings"));
        command.current_dir(self.folder.path()).env_remove("TIDINGS_LOG").env_remove("TIDINGS_CONFIG");
        command.args(["--config", "tidings.toml"]).args(args);
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Said {
        let output = self.command(args).stdin(Stdio::null()).output().expect("runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        Said {
            out: text(output.stdout),
            err: text(output.stderr),
            code: output.status.code().expect("an exit code"),
        }
    }

    /// Runs a command that must succeed.
    pub(crate) fn ok(&self, args: &[&str]) -> String {
        let said = self.run(args);
        assert_eq!(said.code, 0, "{args:?}: {said:?}");
        said.out
    }

    /// Starts a daemon and waits until its first scans are done.
    pub(crate) fn daemon(&self) -> Daemon {
        let mut child =
            self.command(&["run"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("starts");
        let mut out = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        while !line.starts_with("next look") {
            line.clear();
            assert_ne!(out.read_line(&mut line).expect("reads"), 0, "the daemon ended early");
        }
        Daemon { child, _out: out }
    }

    /// The published bytes of a path; empty when there is none.
    pub(crate) fn published(&self, path: &str) -> String {
        std::fs::read_to_string(self.data().join("public").join(path)).unwrap_or_default()
    }

    /// The id of the article with a title.
    pub(crate) fn id_of(&self, title: &str) -> String {
        let out = self.ok(&["articles", "--json", "--text", title]);
        let row: serde_json::Value =
            serde_json::from_str(out.lines().next().expect("an article")).expect("JSON");
        row["id"].as_str().expect("an id").to_owned()
    }
}

/// A running daemon; killed when dropped.
pub(crate) struct Daemon {
    child: Child,
    _out: BufReader<ChildStdout>,
}

impl Daemon {
    /// Asks it to stop, and waits until it did.
    pub(crate) fn stop(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill").success());
        assert!(self.child.wait().expect("ends").success());
    }

    /// Kills it, and waits until it is gone.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("kill");
        self.child.wait().expect("ends");
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// One title for each number.
pub(crate) fn numbered(what: &str, count: usize) -> Vec<String> {
    (1..=count).map(|n| format!("{what} number {n}")).collect()
}
