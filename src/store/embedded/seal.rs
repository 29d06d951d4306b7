//! The seal of a closed index: a hash over its files, kept in `state.json`. An index that is as it was closed needs no
//! looking through at the next start.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long sled's threads may hold its files after it was closed.
const CLOSING_WAIT: Duration = Duration::from_secs(3);

/// How many bytes are read at once.
const CHUNK: usize = 256 << 10;

/// The seal of the index in `folder`, which nobody may have open.
///
/// # Errors
/// What the system said.
pub(super) fn of(folder: &Path) -> io::Result<String> {
    let mut files = Vec::new();
    list(folder, &mut files)?;
    files.sort();
    let mut hasher = blake3::Hasher::new();
    let mut chunk = vec![0; CHUNK];
    for path in files {
        let mut file = File::open(&path)?;
        let name = path.strip_prefix(folder).unwrap_or(&path).as_os_str().as_encoded_bytes();
        hasher.update(&(name.len() as u64).to_le_bytes());
        hasher.update(name);
        hasher.update(&file.metadata()?.len().to_le_bytes());
        loop {
            let read = file.read(&mut chunk)?;
            if read == 0 {
                break;
            }
            hasher.update(&chunk[..read]);
        }
    }
    Ok(hasher.finalize().to_hex().to_string())
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { list(&path, files)? } else { files.push(path) }
    }
    Ok(())
}

/// Waits until sled's threads have let go of a closed index. Whether they have.
pub(super) fn wait_for_close(folder: &Path) -> bool {
    let Ok(db) = File::open(folder.join("db")) else { return false };
    let start = Instant::now();
    while db.try_lock().is_err() {
        if start.elapsed() > CLOSING_WAIT {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    true
}
