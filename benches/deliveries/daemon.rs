//! The built program in a folder of its own.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A folder with a config, pages and a data folder.
pub(crate) struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    /// With one listing of one page, and these targets.
    pub(crate) fn new(targets: &str) -> Self {
        let home = Self { folder: super::folder() };
        let config = format!(
            "data_dir = \"var\"\n[defaults]\nevery = \"1h\"\nformat = \"text\"\n\
             [[listing]]\nid = \"page\"\nfiles = [\"page\"]\nannounce_first = true\n{targets}"
        );
        std::fs::write(home.path("tidings.toml"), config).expect("a config");
        home
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let built = || env!("CARGO_BIN_EXE_tidings").into();
        let mut command = Command::new(std::env::var_os("DELIVERIES_PROGRAM").unwrap_or_else(built));
        command.args(["--config", "tidings.toml"]).args(arguments);
        command.current_dir(self.folder.path()).env_clear().stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) {
        let output = self.command(arguments).output().expect("starts");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }

    /// Starts the service; returns when everything was looked at.
    pub(crate) fn start(&self) -> Running {
        let out = self.path("out");
        let mut command = self.command(&["run", "--listen", "false"]);
        command.stdout(std::fs::File::create(&out).expect("a file"));
        command.stderr(std::fs::File::create(self.path("err")).expect("a file"));
        let running = Running(command.spawn().expect("starts"));
        while !std::fs::read_to_string(&out).expect("a file").contains("next look at") {
            std::thread::sleep(Duration::from_millis(10));
        }
        running
    }
}

/// The service, until it is dropped.
pub(crate) struct Running(Child);

impl Running {
    pub(crate) fn id(&self) -> String {
        self.0.id().to_string()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A page with the articles of these numbers, the last one first.
pub(crate) fn page(numbers: std::ops::Range<usize>) -> String {
    let mut page = format!("Tagged articles\n{} articles\nPage 1 of 1\n", numbers.len());
    for n in numbers.rev() {
        let (source, day) = (format!("Publisher {}", n % 50), 1 + n % 28);
        let title = format!("How team {n} moved the order service to its queue number {n}");
        let summary =
            "The team's queue kept up until it did not: consumers stalled, retries piled up. ".repeat(4);
        let summary = summary.trim();
        let _ = write!(
            page,
            "{source}\n{source}\nMay {day}, 2020 · Backend Development\n\n{title}\n\n{summary}\n\nKafkaRedis\n\
             0 likes · 5 min read\n{title}\n"
        );
    }
    page
}

/// Puts a page into its place as a careful writer does.
pub(crate) fn put(fresh: &Path, page: &Path, text: &str) {
    std::fs::write(fresh, text).expect("a page");
    std::fs::rename(fresh, page).expect("a page");
}
