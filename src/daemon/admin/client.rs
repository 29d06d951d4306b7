//! The command's end of the socket.

use std::io;
use std::path::Path;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::timeout;

use super::{End, GREETING_TIME, LINE_BYTES, Reply, path};

/// Why a daemon gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// None listens there: there is no socket that can be seen, or one that a killed daemon left. Open the store.
    #[error("no daemon listens")]
    NoDaemon,
    /// Something is there and does not let this user in, or does not answer in two seconds.
    #[error("the daemon does not answer: {0}")]
    Silent(String),
    /// The answer broke off; the command may have taken effect.
    #[error("the daemon's answer broke off: {0}")]
    Broken(String),
}

/// Sends `request` (one line of JSON, without its end) to the daemon of a data folder, and hands each line of the
/// answer to `line` until that says `false`: nobody reads on. What tells how far the command is goes to `told`.
///
/// # Errors
/// [`AskError`].
pub async fn ask(
    data_dir: &Path,
    request: &str,
    mut line: impl FnMut(String) -> bool,
    mut told: impl FnMut(String),
) -> Result<End, AskError> {
    let greeted = timeout(GREETING_TIME, greet(&path(data_dir))).await;
    let (mut reader, mut writer) =
        greeted.map_err(|_| AskError::Silent("it said nothing for two seconds".into()))??;
    let broken = |error: io::Error| AskError::Broken(error.to_string());
    writer.write_all(format!("{request}\n").as_bytes()).await.map_err(broken)?;
    loop {
        match next(&mut reader).await.map_err(broken)? {
            Reply::Hello(_) => {}
            Reply::Told(text) => told(text),
            Reply::Line(text) => {
                if !line(text) {
                    return Ok(End::default());
                }
            }
            Reply::End(end) => return Ok(end),
        }
    }
}

async fn greet(path: &Path) -> Result<(BufReader<OwnedReadHalf>, OwnedWriteHalf), AskError> {
    let silent = |error: io::Error| AskError::Silent(error.to_string());
    let stream = UnixStream::connect(path).await.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => AskError::NoDaemon,
        // Not the socket, but the folder lets nobody in: opening the store says so, with what to look at.
        io::ErrorKind::PermissionDenied if path.symlink_metadata().is_err() => AskError::NoDaemon,
        _ => silent(error),
    })?;
    let (reader, writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    match next(&mut reader).await.map_err(silent)? {
        Reply::Hello(_) => Ok((reader, writer)),
        _ => Err(AskError::Silent("it is no tidings".into())),
    }
}

async fn next(reader: &mut BufReader<OwnedReadHalf>) -> io::Result<Reply> {
    let mut line = Vec::new();
    reader.take(LINE_BYTES).read_until(b'\n', &mut line).await?;
    if !line.ends_with(b"\n") {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it hung up"));
    }
    Ok(serde_json::from_slice(&line)?)
}
