//! `tidings reload`.

use rustix::process::{Signal, getpid, kill_process};
use tokio::signal::unix::{SignalKind, signal};

use super::args::Command;
use super::desk::{self, Desk};
use super::exit::{Exit, Failure};
use super::output::Output;
use crate::config::Config;

/// Has the daemon read its config again. The caller read it first, so that one with faults goes no further.
pub(super) async fn ask(config: &Config, output: &Output) -> Result<Exit, Failure> {
    match desk::ask(&config.data_dir, &Command::Reload, output).await? {
        Some(exit) => Ok(exit),
        None => {
            output.line("no daemon runs; the config is good, and the next one reads it")?;
            Ok(Exit::Done)
        }
    }
}

/// In the daemon: the same as SIGHUP from outside, once the config is good where the daemon is. What it is for who asks
/// need not be what it is here: variables, credentials and the right to read a file are another process's.
pub(super) async fn take(desk: &Desk, output: &Output) -> Result<Exit, Failure> {
    if let Err(Failure { exit, message, hint }) = desk.config_now().await {
        let message = format!("the daemon keeps the config that it has\n{}", message.trim_end());
        return Err(Failure { exit, message, hint });
    }
    let failed = |error: std::io::Error| {
        Failure::new(Exit::Bug, format!("the daemon cannot be told to reload: {error}"))
    };
    // From here on the signal ends nothing, whoever listens for it.
    drop(signal(SignalKind::hangup()).map_err(failed)?);
    kill_process(getpid(), Signal::HUP).map_err(|error| failed(error.into()))?;
    output.line(&format!("the daemon reads {} again", desk.app.config.path.display()))?;
    Ok(Exit::Done)
}
