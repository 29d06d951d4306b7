//! A connection whose reader has to keep up.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

/// What a reader must take at the least, once its patience is used up: bytes in a second.
const BYTES_PER_SECOND: u32 = 4 << 10;

/// A TCP stream on which one answer must be taken within the patience and one second for every 4 KiB.
///
/// The server library bounds how long a request may take to come, not how long an answer may take to go. A bound on
/// each write alone would let a reader that takes a byte a minute hold its place for ever; a bound on the whole
/// answer would cut off honest readers on slow lines.
#[derive(Debug)]
pub(super) struct Patient {
    stream: TcpStream,
    patience: Duration,
    /// When the answer being sent must be taken; nothing while the reader keeps up.
    due: Option<Pin<Box<Sleep>>>,
}

impl Patient {
    /// Wraps `stream`.
    pub(super) fn new(stream: TcpStream, patience: Duration) -> Self {
        Self { stream, patience, due: None }
    }

    /// Looks at how a write went: the clock runs from the first one that had to wait.
    fn watch(&mut self, cx: &mut Context<'_>, went: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &went {
            Poll::Pending => {
                let patience = self.patience;
                let due = self.due.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
                due.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
            }
            Poll::Ready(Ok(bytes)) => {
                if let Some(due) = &mut self.due {
                    let earned = Duration::from_secs(*bytes as u64) / BYTES_PER_SECOND;
                    let later = due.deadline() + earned;
                    due.as_mut().reset(later);
                }
                went
            }
            Poll::Ready(Err(_)) => went,
        }
    }
}

impl AsyncRead for Patient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, to)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let went = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch(cx, went)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let went = Pin::new(&mut self.stream).poll_write_vectored(cx, pieces);
        self.watch(cx, went)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// Called when all of an answer was written: the next one starts afresh.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.due = None;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::net::TcpListener;
    use tokio::time::Instant;

    use super::*;

    #[tokio::test]
    async fn patience_begins_with_the_first_wait_and_grows_with_what_is_taken() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let mut patient = Patient::new(stream, Duration::from_secs(60));
        poll_fn(|cx| {
            let due = |patient: &Patient| patient.due.as_ref().map(|due| due.deadline());
            assert!(matches!(patient.watch(cx, Poll::Ready(Ok(100))), Poll::Ready(Ok(100))));
            assert_eq!(due(&patient), None, "a reader that keeps up");
            let before = Instant::now();
            assert!(patient.watch(cx, Poll::Pending).is_pending());
            let first = due(&patient).unwrap();
            assert!(first >= before + Duration::from_secs(60));
            assert!(patient.watch(cx, Poll::Pending).is_pending());
            assert_eq!(due(&patient), Some(first), "waiting again does not move it");
            assert!(matches!(patient.watch(cx, Poll::Ready(Ok(40_960))), Poll::Ready(Ok(40_960))));
            assert_eq!(due(&patient), Some(first + Duration::from_secs(10)));
            assert!(Pin::new(&mut patient).poll_flush(cx).is_ready());
            assert_eq!(due(&patient), None, "the next answer starts afresh");
            Poll::Ready(())
        })
        .await;
    }
}
