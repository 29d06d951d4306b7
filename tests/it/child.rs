//! One run of the program, which may be killed.

use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use crate::program::Home;

/// How long a run may take that nobody kills.
const PATIENCE: Duration = Duration::from_secs(60);

/// The signal that cannot be caught.
const KILL: i32 = 9;

/// A running child; its output goes to files, so that nobody has to read along.
pub(crate) struct Running {
    child: Child,
    out: std::path::PathBuf,
    err: std::path::PathBuf,
}

/// What a child left.
pub(crate) struct Ended {
    status: ExitStatus,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    /// Whether it was killed.
    pub(crate) fn is_killed(&self) -> bool {
        self.status.signal() == Some(KILL)
    }

    /// Its exit code, if it ended by itself.
    pub(crate) fn code(&self) -> Option<i32> {
        self.status.code()
    }
}

/// Starts the program. `crash_at` is a place as `TIDINGS_CRASH_AT` names it.
pub(crate) fn start(home: &Home, arguments: &[&str], crash_at: Option<&str>) -> Running {
    let place = crash_at.map(|place| ("TIDINGS_CRASH_AT", place));
    start_with(home, arguments, place.as_slice())
}

/// Starts the program with something in its environment.
pub(crate) fn start_with(home: &Home, arguments: &[&str], environment: &[(&str, &str)]) -> Running {
    let place = tempfile::Builder::new().prefix("output-").tempdir_in(home.root()).unwrap().keep();
    let (out, err) = (place.join("out"), place.join("err"));
    let mut command: Command = home.command(arguments);
    command.envs(environment.iter().copied());
    command.stdout(File::create(&out).unwrap()).stderr(File::create(&err).unwrap());
    Running { child: command.spawn().unwrap(), out, err }
}

impl Running {
    /// Waits for `time` or the child's end; returns whether it has ended.
    pub(crate) fn wait(&mut self, time: Duration) -> bool {
        let begun = Instant::now();
        loop {
            if self.child.try_wait().unwrap().is_some() {
                return true;
            }
            let Some(rest) = time.checked_sub(begun.elapsed()).filter(|rest| !rest.is_zero()) else {
                return false;
            };
            std::thread::sleep(rest.min(Duration::from_millis(2)));
        }
    }

    /// Waits for its end, or until it has printed `enough`; returns whether it has ended.
    pub(crate) fn wait_until(&mut self, enough: &str) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if self.wait(Duration::from_millis(10)) {
                return true;
            }
            if self.printed().contains(enough) {
                return false;
            }
        }
        panic!("the program does not get on: {}", fs::read_to_string(&self.err).unwrap());
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it printed so far.
    pub(crate) fn printed(&self) -> String {
        fs::read_to_string(&self.out).unwrap()
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let id = i32::try_from(self.child.id()).unwrap();
        rustix::process::kill_process(rustix::process::Pid::from_raw(id).unwrap(), signal).unwrap();
    }

    /// Kills it, if it still runs, and collects what it left.
    pub(crate) fn kill(mut self) -> Ended {
        // Fails only where it has ended by itself.
        let _ = self.child.kill();
        let status = self.child.wait().unwrap();
        let read = |path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
        Ended { status, out: read(&self.out), err: read(&self.err) }
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> Ended {
        assert!(self.wait(PATIENCE), "the program does not end");
        self.kill()
    }
}
