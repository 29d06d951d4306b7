//! The accept loop: how many readers there may be, and how long each may take.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use super::answer::answer;
use super::patient::Patient;
use super::shortage::Shortage;
use super::site::Site;
use crate::clock;

/// Bytes of the head of a request, and of what is read ahead.
const HEAD_BYTES: usize = 16 << 10;
/// Lines in the head of a request.
const HEAD_LINES: usize = 100;
/// What strangers may take of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// How long the head of a request may take, from the connection or from the answer before it: so also how long
    /// a connection may stay silent.
    pub head: Duration,
    /// How long an answer may take beyond one second for each 4 KiB, once its reader stops keeping up.
    pub answer: Duration,
    /// How long answers on their way may take when the server stops; those still going then are cut.
    pub stop: Duration,
    /// Connections at one time; at least 1. Others wait in the queue of the system.
    pub connections: usize,
    /// Seconds for which readers may keep a file without asking again.
    pub max_age: u32,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            answer: Duration::from_secs(60),
            stop: Duration::from_secs(10),
            connections: 256,
            max_age: 300,
        }
    }
}

/// Serves `site` on `listener` until `stop` is ready, then lets answers on their way finish within `bounds.stop`.
///
/// Memory: at most `bounds.connections` times one file and 32 KiB. A connection that cannot be accepted, and one
/// that breaks, harms no other; when the system is out of file descriptors, the server waits until it is not.
pub async fn serve(listener: TcpListener, site: Arc<Site>, bounds: Bounds, stop: impl Future<Output = ()>) {
    let http = protocol(bounds);
    let seats = Arc::new(Semaphore::new(bounds.connections.clamp(1, Semaphore::MAX_PERMITS)));
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    let mut shortage = Shortage::default();
    loop {
        let (stream, seat) = tokio::select! {
            () = &mut stop => break,
            next = accept(&listener, &seats, &mut shortage) => next,
            Some(_) = connections.join_next() => continue,
        };
        let site = Arc::clone(&site);
        let service = service_fn(move |request| {
            let site = Arc::clone(&site);
            async move { Ok::<_, Infallible>(answer(&site, &request, bounds.max_age, clock::now()).await) }
        });
        let connection = http.serve_connection(TokioIo::new(Patient::new(stream, bounds.answer)), service);
        let connection = graceful.watch(connection);
        connections.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(seat);
        });
    }
    // New connections are refused from here on, not left waiting.
    drop(listener);
    if tokio::time::timeout(bounds.stop, graceful.shutdown()).await.is_err() {
        tracing::info!(count = connections.len(), "connections that did not finish in time are cut");
    }
    connections.shutdown().await;
}

/// HTTP/1 only: detecting HTTP/2 first would wait on a silent connection without a deadline.
fn protocol(bounds: Bounds) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(bounds.head)
        .max_buf_size(HEAD_BYTES)
        .max_headers(HEAD_LINES);
    http
}

/// The next connection, once there is a seat for it.
async fn accept(
    listener: &TcpListener,
    seats: &Arc<Semaphore>,
    shortage: &mut Shortage,
) -> (TcpStream, OwnedSemaphorePermit) {
    loop {
        // The semaphore is never closed, so this waits and does not fail.
        let Ok(seat) = Arc::clone(seats).acquire_owned().await else { return std::future::pending().await };
        match listener.accept().await {
            Ok((stream, _)) => {
                // Answers go out in one piece; without this the last packet could wait for a receipt.
                let _ = stream.set_nodelay(true);
                return (stream, seat);
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => shortage.pause(&error).await,
        }
    }
}

/// Whether an error of accepting is about a connection that is gone already.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}
