//! What systemd is told (sd_notify(3)): ready, how it goes, still alive, reloading, stopping. Nothing, where it is
//! not systemd that started the program.

use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::{Duration, Instant};

use sd_notify::NotifyState;

use crate::model::text::bounded;

/// The longest status line, in bytes.
const MOST_STATUS: usize = 300;

/// How long systemd may take to make room for a message.
const PATIENCE: Duration = Duration::from_secs(1);

/// The line to systemd.
#[derive(Debug, Default)]
pub struct Systemd {
    line: Option<Line>,
    watchdog: Option<Duration>,
    status: String,
    alive: Option<Instant>,
}

impl Systemd {
    /// The one that started this process, by `$NOTIFY_SOCKET` and `$WATCHDOG_USEC`; silent without them.
    #[must_use]
    pub fn from_env() -> Self {
        let socket = std::env::var_os("NOTIFY_SOCKET").filter(|socket| !socket.is_empty());
        let line = socket.and_then(|socket| match Line::to(&socket) {
            Ok(line) => Some(line),
            Err(error) => {
                tracing::warn!(%error, "$NOTIFY_SOCKET cannot be used; systemd is told nothing");
                None
            }
        });
        let watchdog = sd_notify::watchdog_enabled().filter(|period| line.is_some() && !period.is_zero());
        Self { line, watchdog, status: String::new(), alive: None }
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
        if let Some(line) = &mut self.line {
            line.send(state);
        }
    }
}

/// Where messages go. Its socket is opened once: signs of life must not depend on a file descriptor being left.
#[derive(Debug)]
struct Line {
    socket: UnixDatagram,
    address: SocketAddr,
    /// Whether the last message failed, which was said.
    failing: bool,
}

impl Line {
    /// The line to a path, or with `@` in front to an abstract name.
    fn to(socket: &OsStr) -> io::Result<Self> {
        let address = match socket.as_bytes() {
            [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
            _ => SocketAddr::from_pathname(socket)?,
        };
        let socket = UnixDatagram::unbound()?;
        socket.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { socket, address, failing: false })
    }

    /// Sends one message; one that fails is lost, and the next is tried all the same.
    fn send(&mut self, state: &[NotifyState<'_>]) {
        let message: String = state.iter().map(|word| format!("{word}\n")).collect();
        let sent = self.socket.send_to_addr(message.as_bytes(), &self.address);
        if let Err(error) = &sent
            && !self.failing
        {
            tracing::warn!(%error, "cannot tell systemd how it goes");
        }
        self.failing = sent.is_err();
    }
}

/// One line of bounded length: a line feed would end the status, and begin another word to systemd.
fn line(status: &str) -> String {
    bounded(&status.replace(char::is_control, " "), MOST_STATUS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_and_an_abstract_name_are_reached_again_after_a_failure() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let name = format!("tidings-test-{}", std::process::id());
        let bound = |address: &SocketAddr| {
            let receiver = UnixDatagram::bind_addr(address).unwrap();
            receiver.set_read_timeout(Some(Duration::from_secs(25))).unwrap();
            receiver
        };
        let addresses = [
            (SocketAddr::from_pathname(&path).unwrap(), path.clone().into_os_string()),
            (SocketAddr::from_abstract_name(&name).unwrap(), format!("@{name}").into()),
        ];
        for (address, variable) in addresses {
            let line = Line::to(&variable).unwrap();
            let mut systemd = Systemd { line: Some(line), ..Systemd::default() };
            systemd.status("nobody hears this");
            assert!(systemd.line.as_ref().is_some_and(|line| line.failing));
            let receiver = bound(&address);
            systemd.ready("all well");
            let mut bytes = [0; 200];
            let length = receiver.recv(&mut bytes).unwrap();
            assert_eq!(std::str::from_utf8(&bytes[..length]), Ok("READY=1\nSTATUS=all well\n"));
            assert!(!systemd.line.as_ref().is_some_and(|line| line.failing));
        }
    }
}
