//! What systemd is told (sd_notify(3)): ready, how it goes, still alive, reloading, stopping. Nothing, where it is
//! not systemd that started the program.

use std::time::{Duration, Instant};

use sd_notify::NotifyState;

use crate::model::text::bounded;

/// The longest status line, in bytes.
const MOST_STATUS: usize = 300;

/// The line to systemd.
#[derive(Debug, Default)]
pub struct Systemd {
    listening: bool,
    watchdog: Option<Duration>,
    status: String,
    alive: Option<Instant>,
}

impl Systemd {
    /// The one that started this process, by `$NOTIFY_SOCKET` and `$WATCHDOG_USEC`; silent without them.
    #[must_use]
    pub fn from_env() -> Self {
        let listening = std::env::var_os("NOTIFY_SOCKET").is_some_and(|socket| !socket.is_empty());
        let watchdog = sd_notify::watchdog_enabled().filter(|period| listening && !period.is_zero());
        Self { listening, watchdog, status: String::new(), alive: None }
    }

    /// How often a sign of life is due: a third of the watchdog's period, so that one may be late. `None` when
    /// nobody waits for one.
    #[must_use]
    pub fn pulse(&self) -> Option<Duration> {
        self.watchdog.map(|period| period / 3)
    }

    /// Everything is up: pages read, feeds published, the address bound. Also ends a reload.
    pub fn ready(&mut self, status: &str) {
        status.clone_into(&mut self.status);
        self.send(&[NotifyState::Ready, NotifyState::Status(&line(status))]);
    }

    /// One line about how it goes; sent when it differs from the last one.
    pub fn status(&mut self, status: &str) {
        if self.status != status {
            status.clone_into(&mut self.status);
            self.send(&[NotifyState::Status(&line(status))]);
        }
    }

    /// A sign of life; sent when one is due.
    pub fn alive(&mut self) {
        let Some(period) = self.watchdog else { return };
        if self.alive.is_none_or(|last| last.elapsed() >= period / 4) {
            self.alive = Some(Instant::now());
            self.send(&[NotifyState::Watchdog]);
        }
    }

    /// A reload begins; [`Self::ready`] ends it.
    pub fn reloading(&mut self) {
        match NotifyState::monotonic_usec_now() {
            Ok(since) => self.send(&[NotifyState::Reloading, since]),
            Err(error) => tracing::debug!(%error, "no monotonic clock; systemd is not told of the reload"),
        }
    }

    /// The service ends by itself, or because it was told to.
    pub fn stopping(&mut self) {
        self.send(&[NotifyState::Stopping, NotifyState::Status("stopping")]);
    }

    /// The start takes longer than usual, for a reason: give it so much more time, and say why.
    pub fn wait(&mut self, more: Duration, status: &str) {
        self.status(status);
        let more = u32::try_from(more.as_micros()).unwrap_or(u32::MAX);
        self.send(&[NotifyState::ExtendTimeoutUsec(more)]);
    }

    fn send(&mut self, state: &[NotifyState<'_>]) {
        if self.listening
            && let Err(error) = sd_notify::notify(state)
        {
            // Said once: without its socket systemd hears nothing anyway.
            tracing::warn!(%error, "cannot tell systemd how it goes");
            self.listening = false;
        }
    }
}

/// One line of bounded length: a line feed would end the status, and begin another word to systemd.
fn line(status: &str) -> String {
    bounded(&status.replace(char::is_control, " "), MOST_STATUS)
}
