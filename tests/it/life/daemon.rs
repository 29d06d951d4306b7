//! A running service that a test talks to.

use std::fs::{self, File};
use std::os::unix::net::UnixDatagram;
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::program::{Entry, Home, page};

/// How long anything may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// One listing that is looked at rarely, with `more` below it, on any free port.
pub(super) fn config(every: &str, more: &str) -> String {
    format!(
        "data_dir = \"var\"\n[site]\ntitle = \"T\"\nbase_url = \"http://127.0.0.1:1\"\n\
         [serve]\nlisten = \"127.0.0.1:0\"\n{}{more}",
        listing("first", every)
    )
}

/// A listing in a config, whose page is `pages/ID.txt`.
pub(super) fn listing(id: &str, every: &str) -> String {
    format!(
        "[[listing]]\nid = \"{id}\"\nfiles = [\"pages/{id}.txt\"]\nformat = \"text\"\nevery = \"{every}\"\n"
    )
}

/// A page with `count` articles.
pub(super) fn articles(count: u32) -> String {
    let entries: Vec<Entry> = (0..count).rev().map(Entry::numbered).collect();
    page(&entries)
}

/// The running program; killed when the test ends early.
pub(super) struct Daemon<'h> {
    home: &'h Home,
    child: Child,
    notes: UnixDatagram,
}

impl<'h> Daemon<'h> {
    /// Starts it, with a socket to tell systemd.
    pub(super) fn start(home: &'h Home, env: &[(&str, &str)]) -> Self {
        let socket = home.path("notify");
        let _ = fs::remove_file(&socket);
        let notes = UnixDatagram::bind(&socket).unwrap();
        notes.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut command = home.command(&["run"]);
        command.env("NOTIFY_SOCKET", &socket).envs(env.iter().copied());
        command.stdout(File::create(home.path("out")).unwrap());
        command.stderr(File::create(home.path("err")).unwrap());
        Self { home, child: command.spawn().unwrap(), notes }
    }

    /// Starts it and waits until it is ready.
    pub(super) fn ready(home: &'h Home, env: &[(&str, &str)]) -> Self {
        let daemon = Self::start(home, env);
        daemon.note("READY=1");
        daemon
    }

    /// The next message to systemd, as lines.
    #[track_caller]
    pub(super) fn next_note(&self) -> Vec<String> {
        let mut bytes = [0; 4096];
        let length = self.notes.recv(&mut bytes).unwrap_or_else(|error| panic!("{error}: {}", self.err()));
        let text = std::str::from_utf8(&bytes[..length]).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    /// The next message to systemd that has this line; others are passed over.
    #[track_caller]
    pub(super) fn note(&self, line: &str) -> Vec<String> {
        loop {
            let note = self.next_note();
            if note.iter().any(|has| has == line) {
                return note;
            }
        }
    }

    /// The next status that says this.
    #[track_caller]
    pub(super) fn status(&self, part: &str) -> String {
        loop {
            let note = self.next_note();
            if let Some(status) = note.iter().find(|line| line.starts_with("STATUS=") && line.contains(part))
            {
                return status.clone();
            }
        }
    }

    /// Its process id.
    pub(super) fn id(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Where it serves.
    pub(super) fn address(&self) -> String {
        let out = self.out();
        out.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned()
    }

    pub(super) fn signal(&self, signal: Signal) {
        kill_process(self.id(), signal).unwrap();
    }

    /// Waits until `done`.
    #[track_caller]
    pub(super) fn until(&mut self, what: &str, done: impl Fn(&Home) -> bool) {
        let begun = Instant::now();
        while !done(self.home) {
            assert!(begun.elapsed() < PATIENCE, "{what} does not come: {}", self.err());
            assert!(self.child.try_wait().unwrap().is_none(), "{what}: it ended: {}", self.err());
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Waits for its end, and how long that took.
    #[track_caller]
    pub(super) fn ended(mut self) -> (ExitStatus, Duration) {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status, begun.elapsed());
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end: {}", self.err());
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Ends it as systemd does.
    #[track_caller]
    pub(super) fn stop(self) {
        self.signal(Signal::TERM);
        let err = self.home.path("err");
        let (status, _) = self.ended();
        assert_eq!(status.code(), Some(0), "{}", fs::read_to_string(err).unwrap());
    }

    pub(super) fn out(&self) -> String {
        fs::read_to_string(self.home.path("out")).unwrap()
    }

    pub(super) fn err(&self) -> String {
        fs::read_to_string(self.home.path("err")).unwrap()
    }
}

impl Drop for Daemon<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
