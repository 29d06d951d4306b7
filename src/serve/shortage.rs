//! What an accept loop does when the system gives it no connection.

use std::io;
use std::time::Duration;

use tokio::time::Instant;

/// How long to wait before the next try.
const PAUSE: Duration = Duration::from_millis(100);
/// How long nothing more is said of it. A shortage comes and goes with every connection that ends, so that saying
/// it at each beginning would fill the log.
const SILENCE: Duration = Duration::from_secs(600);

/// A shortage of connections, mostly because there are no file descriptors left.
#[derive(Debug, Default)]
pub struct Shortage {
    said: Option<Instant>,
}

impl Shortage {
    /// Says what is wrong, at most once in ten minutes, and waits a little.
    pub async fn pause(&mut self, error: &io::Error) {
        if self.said.is_none_or(|said| said.elapsed() >= SILENCE) {
            self.said = Some(Instant::now());
            tracing::warn!(%error, "no connection can be accepted; check the limit of open files");
        }
        tokio::time::sleep(PAUSE).await;
    }
}
