//! Fetching a page that a program makes: its standard output.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};

use super::FetchError;
use crate::model::ListingId;
use crate::model::listing::{Limits, Program};
use crate::model::reading::Document;
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

/// Letters of that which an error repeats.
const SHOWN: usize = 200;

/// Runs a program, without a shell, and gives its standard output as one page.
///
/// The program runs in the working directory of tidings, in a process group of its own, with nothing on its standard
/// input and little of the environment; `TIDINGS_LISTING` is the id of the listing. It has `program.seconds` until it
/// and all that it started have closed its output; then the group is killed, as it is when more than
/// `limits.page_bytes` come, or when nobody waits any more.
///
/// # Errors
/// When it cannot be started, ends with another status than 0, or breaks one of these bounds: nothing of what it wrote
/// is used then. The text has the last line of its standard error.
pub async fn command(
    program: &Program,
    listing: &ListingId,
    limits: &Limits,
) -> Result<Document, FetchError> {
    let (name, rest) = program.command.split_first().map_or(("", &[][..]), |(name, rest)| (name, rest));
    let failed = |what: String| FetchError::Command { program: one_line(name), what };
    let mut child = start(name, rest, listing).map_err(|error| failed(unstarted(&error)))?;
    let group = Group(child.id().and_then(|id| Pid::from_raw(id.cast_signed())));
    let (output, errors) = (child.stdout.take(), child.stderr.take());
    let most = limits.page_bytes;
    let all = async {
        let (page, said) = tokio::join!(page(output, most, &group), last(errors));
        let ended = child.wait().await;
        (page, said, ended)
    };
    let Ok((page, said, ended)) =
        tokio::time::timeout(Duration::from_secs(program.seconds.into()), all).await
    else {
        let seconds = program.seconds;
        return Err(failed(format!(
            "it, or something that it started, was still running after {seconds} s and was killed; `command_timeout` \
             gives it longer"
        )));
    };
    let io = |error: io::Error| failed(format!("its output cannot be read: {error}"));
    let ended = ended.map_err(io)?;
    group.let_go();
    let page = page.map_err(io)?;
    if page.len() as u64 > most {
        return Err(failed(format!(
            "it wrote more than the {most} bytes that a page may have and was killed; `max_page_bytes` allows more"
        )));
    }
    if !ended.success() {
        return Err(failed(format!("it {}{}", how(ended), words(&said))));
    }
    Ok(Document::new(one_line(name), page))
}

fn start(name: &str, arguments: &[String], listing: &ListingId) -> io::Result<Child> {
    let is_kept = |name: &str| {
        KEPT.contains(&name) || name.starts_with("LC_") || name.to_ascii_lowercase().ends_with("_proxy")
    };
    let kept = std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_kept));
    Command::new(name)
        .args(arguments)
        .env_clear()
        .envs(kept)
        .env("TIDINGS_LISTING", listing.as_str())
        .stdin(Stdio::null())
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
async fn page(output: Option<impl AsyncRead + Unpin>, most: u64, group: &Group) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    if let Some(output) = output {
        output.take(most.saturating_add(1)).read_to_end(&mut page).await?;
    }
    if page.len() as u64 > most {
        group.kill();
    }
    Ok(page)
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

fn how(ended: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match (ended.code(), ended.signal()) {
        (Some(code), _) => format!("ended with status {code}"),
        (None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None) => "ended early".to_owned(),
    }
}

/// The last line that it said, as the end of a sentence.
fn words(said: &[u8]) -> String {
    let text = String::from_utf8_lossy(said);
    let line = text.lines().map(one_line).rfind(|line| !line.is_empty());
    line.map(|line| format!(": {}", bounded(&line, SHOWN))).unwrap_or_default()
}
