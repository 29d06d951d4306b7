//! A running service that a test talks to.

use std::fs::{self, File};
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::program::{Entry, Home, page};

/// How long anything may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// One listing that is looked at rarely, with `more` below it, on any free port.
pub(crate) fn config(every: &str, more: &str) -> String {
    format!(
        "data_dir = \"var\"\n[site]\ntitle = \"T\"\nbase_url = \"http://127.0.0.1:1\"\n\
         [serve]\nlisten = \"127.0.0.1:0\"\n{}{more}",
        listing("first", every)
    )
}

/// A listing in a config, whose page is `pages/ID.txt`.
pub(crate) fn listing(id: &str, every: &str) -> String {
    format!(
        "[[listing]]\nid = \"{id}\"\nfiles = [\"pages/{id}.txt\"]\nformat = \"text\"\nevery = \"{every}\"\n"
    )
}

/// A page with `count` articles.
pub(crate) fn articles(count: u32) -> String {
    let entries: Vec<Entry> = (0..count).rev().map(Entry::numbered).collect();
    page(&entries)
}

/// The running program; killed when the test ends early.
pub(crate) struct Daemon<'h> {
    home: &'h Home,
    child: Child,
    notes: UnixDatagram,
}

impl<'h> Daemon<'h> {
    /// Starts it, with a socket to tell systemd.
    pub(crate) fn start(home: &'h Home, env: &[(&str, &str)]) -> Self {
        let notes = Self::notes(home);
        Self::spawn(home, notes, home.command(&["run"]), env)
    }

    /// Starts it as [`Self::start`] does, so that a write beyond a limit on the size of files fails, and does not kill.
    pub(crate) fn limited(home: &'h Home, env: &[(&str, &str)]) -> Self {
        let notes = Self::notes(home);
        let plain = home.command(&["run"]);
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
            .arg(plain.get_program())
            .args(plain.get_args());
        command.env_clear().current_dir(plain.get_current_dir().unwrap());
        command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
        Self::spawn(home, notes, command, env)
    }

    fn notes(home: &Home) -> UnixDatagram {
        let socket = home.path("notify");
        let _ = fs::remove_file(&socket);
        let notes = UnixDatagram::bind(&socket).unwrap();
        notes.set_read_timeout(Some(PATIENCE)).unwrap();
        notes
    }

    fn spawn(home: &'h Home, notes: UnixDatagram, mut command: Command, env: &[(&str, &str)]) -> Self {
        let socket = home.path("notify");
        command.env("NOTIFY_SOCKET", &socket).envs(env.iter().copied());
        command.stdout(File::create(home.path("out")).unwrap());
        command.stderr(File::create(home.path("err")).unwrap());
        Self { home, child: command.spawn().unwrap(), notes }
    }

    /// Starts it and waits until it is ready.
    pub(crate) fn ready(home: &'h Home, env: &[(&str, &str)]) -> Self {
        let daemon = Self::start(home, env);
        daemon.note("READY=1");
        daemon
    }

    /// The next message to systemd, as lines.
    #[track_caller]
    pub(crate) fn next_note(&self) -> Vec<String> {
        let mut bytes = [0; 4096];
        let length = self.notes.recv(&mut bytes).unwrap_or_else(|error| panic!("{error}: {}", self.err()));
        let text = std::str::from_utf8(&bytes[..length]).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    /// The next message to systemd that has this line; others are passed over.
    #[track_caller]
    pub(crate) fn note(&self, line: &str) -> Vec<String> {
        loop {
            let note = self.next_note();
            if note.iter().any(|has| has == line) {
                return note;
            }
        }
    }

    /// The next status that says this.
    #[track_caller]
    pub(crate) fn status(&self, part: &str) -> String {
        loop {
            let note = self.next_note();
            if let Some(status) = note.iter().find(|line| line.starts_with("STATUS=") && line.contains(part))
            {
                return status.clone();
            }
        }
    }

    /// Its process id.
    pub(crate) fn id(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Where it serves.
    pub(crate) fn address(&self) -> String {
        let out = self.out();
        out.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.id(), signal).unwrap();
    }

    /// Waits until `done`.
    #[track_caller]
    pub(crate) fn until(&mut self, what: &str, done: impl Fn(&Home) -> bool) {
        let begun = Instant::now();
        while !done(self.home) {
            assert!(begun.elapsed() < PATIENCE, "{what} does not come: {}", self.err());
            assert!(self.child.try_wait().unwrap().is_none(), "{what}: it ended: {}", self.err());
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Waits for its end, and how long that took.
    #[track_caller]
    pub(crate) fn ended(mut self) -> (ExitStatus, Duration) {
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
    pub(crate) fn stop(self) {
        self.signal(Signal::TERM);
        let err = self.home.path("err");
        let (status, _) = self.ended();
        assert_eq!(status.code(), Some(0), "{}", fs::read_to_string(err).unwrap());
    }

    pub(crate) fn out(&self) -> String {
        fs::read_to_string(self.home.path("out")).unwrap()
    }

    pub(crate) fn err(&self) -> String {
        fs::read_to_string(self.home.path("err")).unwrap()
    }
}

impl Drop for Daemon<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
