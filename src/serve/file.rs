//! One published file as it is sent.

use std::fs::OpenOptions;
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use hyper::body::Bytes;
use rustix::fs::OFlags;

use super::site::Made;
use crate::model::Timestamp;

/// Bytes of one file that is sent: 16 MiB. Nothing that tidings publishes comes near.
const FILE_BYTES: u64 = 16 << 20;

/// One version of a file: bytes, tag and time from one reading.
#[derive(Debug)]
pub(super) struct Version {
    /// What is sent.
    pub(super) bytes: Bytes,
    /// The strong entity tag of just these bytes, in quotes: 16 bytes of their BLAKE3 in hex. The same on every
    /// machine that publishes the same bytes.
    pub(super) etag: String,
    /// When they were last changed; unknown of what was made for this request.
    pub(super) modified: Option<Timestamp>,
}

impl Version {
    pub(super) fn new(bytes: Vec<u8>, modified: Option<Timestamp>) -> Self {
        let digest = blake3::hash(&bytes).to_hex();
        Self { etag: format!("\"{}\"", &digest[..32]), modified, bytes: bytes.into() }
    }
}

/// Reads the file at `path` on the pool for blocking work.
///
/// # Errors
/// When it is not there, not a regular file (links are not followed), larger than [`FILE_BYTES`], or unreadable.
pub(super) async fn read(path: PathBuf) -> io::Result<Version> {
    tokio::task::spawn_blocking(move || read_now(&path)).await?
}

/// What `render` makes of `path`, on the pool for blocking work.
///
/// # Errors
/// Those of `render`.
pub(super) async fn made(
    render: Arc<impl Fn(&str) -> io::Result<Made> + Send + Sync + ?Sized + 'static>,
    path: &str,
) -> io::Result<Made> {
    let path = path.to_owned();
    tokio::task::spawn_blocking(move || render(&path)).await?
}

/// The reading itself. What is open stays one version of the file, also when another is renamed over it meanwhile.
fn read_now(path: &Path) -> io::Result<Version> {
    // Neither a link nor a pipe is ever published; whoever put one there gets an error instead of a surprise.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)?;
    let found = file.metadata()?;
    if !found.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(found.len().min(FILE_BYTES)).unwrap_or_default());
    file.take(FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_BYTES {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("more than {FILE_BYTES} bytes")));
    }
    let since = found.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    let modified = Timestamp::from_unix(i64::try_from(since.as_secs()).unwrap_or(i64::MAX));
    Ok(Version::new(bytes, Some(modified)))
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};

    use super::*;

    #[test]
    fn read_gives_bytes_tag_and_time_of_one_version() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("all.rss");
        fs::write(&path, "").unwrap();
        let time = UNIX_EPOCH + std::time::Duration::from_millis(1_456_963_201_900);
        File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
        let version = read_now(&path).unwrap();
        // BLAKE3 of nothing, from the test vectors of its authors.
        assert_eq!(version.etag, "\"af1349b9f5f9a1a6a0404dea36dcc949\"");
        assert_eq!((version.bytes.len(), version.modified.unwrap().unix()), (0, 1_456_963_201));
    }

    #[test]
    fn read_refuses_links_folders_and_what_is_too_large() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        fs::write(place("file"), "x").unwrap();
        std::os::unix::fs::symlink(place("file"), place("link")).unwrap();
        File::create(place("large")).unwrap().set_len(FILE_BYTES + 1).unwrap();
        assert!(read_now(&place("file")).is_ok());
        assert!(read_now(&place("link")).is_err());
        assert!(read_now(folder.path()).is_err());
        assert_eq!(read_now(&place("large")).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(read_now(&place("missing")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
