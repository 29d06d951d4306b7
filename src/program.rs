//! Running a program of the operator's: without a shell, within bounds, and with nothing of ours to see.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};

use crate::model::listing::Program;
use crate::model::text::{bounded, one_line};

/// What a program may know of the daemon's environment: who it runs as, where things are, and how to get out. The
/// rest is not its business, secrets least of all.
const KEPT: [&str; 11] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LANGUAGE",
    "TZ",
    "TMPDIR",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NO_PROXY",
];

/// Bytes of what a program says on its standard error that are kept; the last ones.
const SAID: usize = 4_096;

/// Letters of that which a sentence repeats.
const SHOWN: usize = 200;

/// What a program gets, and what it may give.
#[derive(Debug)]
pub struct Task<'a> {
    /// Variables of its environment, beside the few that every program has.
    pub env: &'a [(&'static str, &'a str)],
    /// What stands on its standard input; without it there is nothing.
    pub input: Option<Vec<u8>>,
    /// Bytes of its standard output; when more come it is killed.
    pub most: u64,
}

/// How a program ended.
#[derive(Debug)]
pub struct Ended {
    /// Its standard output.
    pub output: Vec<u8>,
    /// Its status.
    pub status: ExitStatus,
    /// The last line of its standard error, bounded; empty where it said nothing.
    pub said: String,
}

/// Why a program did not end by itself. Sentences that go on from "it" or the like.
#[derive(Debug, thiserror::Error)]
pub enum Unfinished {
    /// It could not be started.
    #[error("{0}")]
    Unstarted(String),
    /// It ran for too long.
    #[error(
        "it, or something that it started, was still running after {0} s and was killed; `command_timeout` gives it longer"
    )]
    Slow(u32),
    /// It wrote too much.
    #[error("it wrote more than {0} bytes and was killed")]
    TooMuch(u64),
    /// Its output is not to be had.
    #[error("its output cannot be read: {0}")]
    Output(io::Error),
}

/// Runs a program to its end.
///
/// It runs in the working directory of tidings, in a process group of its own, with little of the environment. It has
/// `program.seconds` until it and all that it started have closed its output; then the group is killed, as it is when too
/// much comes, or when nobody waits any more. It need not read its input.
///
/// # Errors
/// [`Unfinished`]; how it ended is the caller's to judge.
pub async fn run(program: &Program, task: Task<'_>) -> Result<Ended, Unfinished> {
    let (name, rest) = program.command.split_first().map_or(("", &[][..]), |(name, rest)| (name, rest));
    let mut child = start(name, rest, &task).map_err(|error| Unfinished::Unstarted(unstarted(&error)))?;
    let group = Group(child.id().and_then(|id| Pid::from_raw(id.cast_signed())));
    let (input, output, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (given, most) = (task.input.unwrap_or_default(), task.most);
    let give = async {
        if let Some(mut input) = input {
            // Who reads nothing of it, or ends before its end, is no failure.
            let _ = input.write_all(&given).await;
            let _ = input.shutdown().await;
        }
    };
    let all = async {
        let ((), output, said) = tokio::join!(give, whole(output, most, &group), last(errors));
        let ended = child.wait().await;
        (output, said, ended)
    };
    let patience = Duration::from_secs(program.seconds.into());
    let Ok((output, said, ended)) = tokio::time::timeout(patience, all).await else {
        return Err(Unfinished::Slow(program.seconds));
    };
    let status = ended.map_err(Unfinished::Output)?;
    group.let_go();
    let output = output.map_err(Unfinished::Output)?;
    if output.len() as u64 > most {
        return Err(Unfinished::TooMuch(most));
    }
    Ok(Ended { output, status, said: words(&said) })
}

fn start(name: &str, arguments: &[String], task: &Task<'_>) -> io::Result<Child> {
    let is_kept = |name: &str| {
        KEPT.contains(&name) || name.starts_with("LC_") || name.to_ascii_lowercase().ends_with("_proxy")
    };
    let kept = std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_kept));
    Command::new(name)
        .args(arguments)
        .env_clear()
        .envs(kept)
        .envs(task.env.iter().copied())
        .stdin(if task.input.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
}

/// A program and all that it started, which end with this unless they are over.
struct Group(Option<Pid>);

impl Group {
    fn kill(&self) {
        if let Some(group) = self.0 {
            // It may have ended meanwhile.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }

    /// The program was waited for, and its number may be another's by now.
    fn let_go(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

/// All that is written, or one byte more than `most`; then the program is not let go on.
async fn whole(output: Option<impl AsyncRead + Unpin>, most: u64, group: &Group) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(output) = output {
        output.take(most.saturating_add(1)).read_to_end(&mut bytes).await?;
    }
    if bytes.len() as u64 > most {
        group.kill();
    }
    Ok(bytes)
}

/// The last of what is written; a program that nobody reads would wait.
async fn last(errors: Option<impl AsyncRead + Unpin>) -> Vec<u8> {
    let mut said = Vec::new();
    let Some(mut errors) = errors else { return said };
    let mut piece = [0; SAID];
    while let Ok(read @ 1..) = errors.read(&mut piece).await {
        said.extend_from_slice(&piece[..read]);
        said.drain(..said.len().saturating_sub(SAID));
    }
    said
}

fn unstarted(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => {
            "there is no such program; give its path, or one of those that $PATH leads to".to_owned()
        }
        io::ErrorKind::PermissionDenied => {
            "this user may not run it; `chmod a+rx`, and `a+x` for each folder above it".to_owned()
        }
        _ => format!("it cannot be started: {error}"),
    }
}

/// How a program ended, as the end of a sentence.
#[must_use]
pub fn how(ended: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match (ended.code(), ended.signal()) {
        (Some(code), _) => format!("ended with status {code}"),
        (None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None) => "ended early".to_owned(),
    }
}

/// Its status as a shell tells it: that of a program which a signal ended is 128 and the signal's number.
#[must_use]
pub fn status(ended: ExitStatus) -> u16 {
    use std::os::unix::process::ExitStatusExt as _;
    let number = ended.code().or_else(|| ended.signal().map(|signal| 128 + signal)).unwrap_or(255);
    u16::try_from(number).unwrap_or(255)
}

/// The last line that it said.
fn words(said: &[u8]) -> String {
    let text = String::from_utf8_lossy(said);
    let line = text.lines().map(one_line).rfind(|line| !line.is_empty());
    bounded(&line.unwrap_or_default(), SHOWN)
}
