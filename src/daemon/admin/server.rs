//! The daemon's end of the socket.

use std::fs::Permissions;
use std::future::Future;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{Answer, CLIENTS, PATIENCE, REQUEST_BYTES, Reply, STOP_TIME, Told, path};
use crate::serve::Shortage;

/// How many bytes of an answer are written at once.
const PIECE_BYTES: usize = 64 << 10;

/// The socket, listening. Its file is removed when this is dropped: do that before giving up the store's lock.
#[derive(Debug)]
pub struct Socket {
    listener: UnixListener,
    path: PathBuf,
    owner: u32,
}

impl Socket {
    /// Listens in the data folder, in place of what a killed daemon left there. Call it with the store's lock
    /// held: nobody else listens there then.
    ///
    /// # Errors
    /// What the system said, for instance that the path is longer than a socket's may be (107 bytes). A daemon
    /// can do without.
    pub fn bind(data_dir: &Path) -> io::Result<Self> {
        let path = path(data_dir);
        let fresh = data_dir.join(".sock");
        match std::fs::remove_file(&fresh) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        // Nobody knows the socket by its name before it is for its owner alone.
        let listener = UnixListener::bind(&fresh)?;
        std::fs::set_permissions(&fresh, Permissions::from_mode(0o600))?;
        let owner = std::fs::metadata(&fresh)?.uid();
        std::fs::rename(&fresh, &path)?;
        Ok(Self { listener, path, owner })
    }

    /// The next client, once there is a seat for it.
    async fn accept(
        &self,
        seats: &Arc<Semaphore>,
        shortage: &mut Shortage,
    ) -> (UnixStream, OwnedSemaphorePermit) {
        loop {
            // The semaphore is never closed, so this waits and does not fail.
            let Ok(seat) = Arc::clone(seats).acquire_owned().await else {
                return std::future::pending().await;
            };
            match self.listener.accept().await {
                Ok((stream, _)) => return (stream, seat),
                Err(error) => shortage.pause(&error).await,
            }
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::debug!(%error, path = %self.path.display(), "the socket is gone already");
        }
    }
}

/// Answers requests by `handler` until `stop` is ready, then lets those under way finish within five seconds.
///
/// At most 16 clients at one time. One that stays silent or does not read its answer is left after ten seconds; a
/// command that it asked for runs to its end.
pub async fn serve<H, F>(socket: Socket, handler: H, stop: impl Future<Output = ()>)
where
    H: Fn(String, Told) -> F + Clone + Send + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    let seats = Arc::new(Semaphore::new(CLIENTS));
    let mut clients = JoinSet::new();
    let mut stop = pin!(stop);
    let mut shortage = Shortage::default();
    loop {
        let (stream, seat) = tokio::select! {
            () = &mut stop => break,
            next = socket.accept(&seats, &mut shortage) => next,
            Some(_) = clients.join_next() => continue,
        };
        let (handler, owner) = (handler.clone(), socket.owner);
        clients.spawn(async move {
            if let Err(error) = converse(stream, owner, handler).await {
                tracing::debug!(%error, "a command's connection ended early");
            }
            drop(seat);
        });
    }
    drop(socket);
    let finished = timeout(STOP_TIME, async { while clients.join_next().await.is_some() {} }).await;
    if finished.is_err() {
        tracing::info!(count = clients.len(), "commands that did not finish in time are cut");
    }
    clients.shutdown().await;
}

/// One request and its answer.
async fn converse<H, F>(stream: UnixStream, owner: u32, handler: H) -> io::Result<()>
where
    H: Fn(String, Told) -> F,
    F: Future<Output = Answer>,
{
    let user = stream.peer_cred()?.uid();
    if user != owner && user != 0 {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, format!("user {user} is refused")));
    }
    let (reader, mut writer) = stream.into_split();
    send(&mut writer, vec![Reply::Hello(env!("CARGO_PKG_VERSION").to_owned())]).await?;
    let mut request = String::new();
    let mut reader = BufReader::new(reader.take(REQUEST_BYTES));
    timeout(PATIENCE, reader.read_line(&mut request)).await??;
    if !request.ends_with('\n') {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a request that is cut off or too long"));
    }
    let (told, mut news) = watch::channel(None);
    let mut answer = pin!(handler(request, told));
    let Answer { lines, end } = loop {
        tokio::select! {
            // What was told belongs before the answer.
            biased;
            Ok(()) = news.changed() => {
                let text = news.borrow_and_update().clone();
                if let Some(text) = text {
                    send(&mut writer, [Reply::Told(text)]).await?;
                }
            }
            answer = &mut answer => break answer,
        }
    };
    let replies = lines.into_iter().map(Reply::Line).chain([Reply::End(end)]);
    send(&mut writer, replies).await
}

/// Sends replies piece by piece, each within the time that a client has for it.
async fn send(
    writer: &mut (impl AsyncWriteExt + Unpin),
    replies: impl IntoIterator<Item = Reply>,
) -> io::Result<()> {
    let mut piece = Vec::new();
    for reply in replies {
        serde_json::to_writer(&mut piece, &reply)?;
        piece.push(b'\n');
        if piece.len() > PIECE_BYTES {
            write(writer, &std::mem::take(&mut piece)).await?;
        }
    }
    write(writer, &piece).await
}

async fn write(writer: &mut (impl AsyncWriteExt + Unpin), bytes: &[u8]) -> io::Result<()> {
    for piece in bytes.chunks(PIECE_BYTES) {
        timeout(PATIENCE, writer.write_all(piece)).await??;
    }
    Ok(())
}
