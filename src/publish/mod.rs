//! Publishing: the files of the published tree, each replaced whole or not at all.
//!
//! A file is written beside its target under a name of ours (`.tidings-….tmp`) and renamed over it, so a reader
//! sees the old bytes or the new ones, never a mix, also when the tree is on a file system of its own. A file
//! whose bytes are already right is not touched: its inode and its time stay.
//!
//! Nothing here is flushed to the disk. Every file can be made again from the store, and a flush for each feed
//! would cost more than all the rest of a scan. So a power cut may leave a file short, empty or old under its
//! right name. [`Tree::replace`] therefore never trusts a size or a time: it reads what stands there and compares
//! the bytes. Whoever publishes every path once at start heals all such files, at the price of reading them.
//!
//! One process writes a tree at a time; the lock of the data folder sees to that.

mod error;
mod path;
#[cfg(test)]
mod tests;
mod walk;

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub use error::PublishError;

use crate::disk::{Disk, Temp};
use crate::model::Timestamp;

/// How the names of our unfinished files begin.
const TEMP_PREFIX: &str = ".tidings-";
/// How the names of our unfinished files end.
const TEMP_SUFFIX: &str = ".tmp";
/// Everybody may read what is published, whatever the umask: another web server may serve the tree.
const FILE_MODE: u32 = 0o644;
/// As [`FILE_MODE`], for folders.
const FOLDER_MODE: u32 = 0o755;

/// A published tree: one folder on disk, and nothing outside it.
///
/// Paths are relative, with `/` between the parts (`feeds/tags/kafka.atom`). At most 500 bytes and 8 parts; a part
/// is 1 to 200 of `A-Z a-z 0-9 . _ -` and does not begin with a dot. Calls block on the disk.
#[derive(Debug)]
pub struct Tree {
    /// Absolute, without symbolic links.
    root: PathBuf,
    disk: Disk,
}

impl Tree {
    /// Opens the tree at `root`, making the folder where it is missing, and removes unfinished files that an
    /// earlier run left in it.
    ///
    /// `root` itself may be a symbolic link; what it leads to now is used from here on.
    ///
    /// # Errors
    /// When the folder cannot be made, read or written. The text says which and what to do; nothing can be
    /// published until that is done.
    pub fn open(root: &Path) -> Result<Self, PublishError> {
        Self::open_on(&Disk::default(), root)
    }

    /// The same on a disk that somebody may watch.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_on(disk: &Disk, root: &Path) -> Result<Self, PublishError> {
        make_root(disk, root).map_err(|error| PublishError::root(root, error))?;
        let root = fs::canonicalize(root).map_err(|error| PublishError::root(root, error))?;
        // Whether a folder can be written is known for sure only by writing to it.
        temp_in(disk, &root).map_err(|error| PublishError::root(&root, error))?;
        for name in walk::files(&root)?.into_iter().filter(|name| is_temp(name)) {
            let stale = root.join(name);
            disk.remove(&stale)
                .map_err(|error| PublishError::io("remove the unfinished file", &stale, error))?;
        }
        Ok(Self { root, disk: disk.clone() })
    }

    /// Replaces one file atomically if its bytes differ, and says whether it did.
    ///
    /// The new file's time is `modified`, or one second after the time of the file that it replaces if that is
    /// later: a reader who only compares times must see every change, as must the web servers that make their
    /// ETag from size and time.
    ///
    /// A symbolic link in the place of the file is replaced; what it leads to is not touched.
    ///
    /// # Errors
    /// When the path is not one of a tree, when a folder stands in the file's place or a link or a file in a
    /// folder's place, and when the disk refuses. The old file then stays as it was, nothing unfinished is left
    /// behind, and the other files of the tree can still be published.
    pub fn replace(&self, path: &str, bytes: &[u8], modified: Timestamp) -> Result<bool, PublishError> {
        let target = self.locate(path)?;
        self.parents(path, true)?;
        let modified = match standing(&target, bytes)? {
            Standing::Same => return Ok(false),
            Standing::Other(time) => modified.max(time.plus(1)),
            Standing::Nothing => modified,
        };
        write(&self.disk, &target, bytes, modified)
            .map_err(|error| PublishError::io("publish", &target, error))?;
        Ok(true)
    }

    /// Removes one file, and says whether it was there. Its folder stays. Of a symbolic link, the link goes.
    ///
    /// # Errors
    /// As [`Self::replace`].
    pub fn remove(&self, path: &str) -> Result<bool, PublishError> {
        let target = self.locate(path)?;
        if !self.parents(path, false)? || matches!(standing(&target, b"")?, Standing::Nothing) {
            return Ok(false);
        }
        self.disk.remove(&target).map_err(|error| PublishError::io("remove", &target, error))?;
        crate::crashpoint::hit("publish.after-remove");
        Ok(true)
    }

    /// The paths of the files that a tidings program may have published here, in order of their bytes: the pages
    /// and the catalogue at the top, and what is in `feeds` and `articles`.
    ///
    /// For removing what is published no more. Other files at the top and other folders are never named, so a tree
    /// may be a folder that a web server also serves other things from.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub fn list(&self) -> Result<Vec<String>, PublishError> {
        let mut paths = walk::files(&self.root)?;
        paths.retain(|name| walk::may_be_ours(name));
        paths.sort_unstable();
        Ok(paths)
    }

    /// Where the tree is: absolute, without symbolic links.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The place of `path` on disk.
    fn locate(&self, path: &str) -> Result<PathBuf, PublishError> {
        if path::is_valid(path) { Ok(self.root.join(path)) } else { Err(PublishError::bad_path(path)) }
    }

    /// Makes sure that every folder above `path` is a real one, so that no link leads out of the tree.
    ///
    /// Missing ones are made if `make`; without it, the result says whether all are there.
    fn parents(&self, path: &str, make: bool) -> Result<bool, PublishError> {
        let mut folder = self.root.clone();
        let Some((parents, _)) = path.rsplit_once('/') else { return Ok(true) };
        for part in parents.split('/') {
            folder.push(part);
            match fs::symlink_metadata(&folder) {
                Ok(found) if found.is_dir() => {}
                Ok(found) if found.is_symlink() => return Err(PublishError::link_above(&folder)),
                Ok(_) => return Err(PublishError::file_above(&folder)),
                Err(error) if error.kind() == io::ErrorKind::NotFound && !make => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    make_folder(&self.disk, &folder)
                        .map_err(|error| PublishError::io("make the folder", &folder, error))?;
                }
                Err(error) => return Err(PublishError::io("look at the folder", &folder, error)),
            }
        }
        Ok(true)
    }
}

/// What stands in the place of a file.
enum Standing {
    /// Nothing.
    Nothing,
    /// A regular file with exactly the wanted bytes.
    Same,
    /// Something that a rename replaces: a file with other bytes, a link, a socket. With its time.
    Other(Timestamp),
}

/// What stands at `target`, compared with the bytes that should.
fn standing(target: &Path, bytes: &[u8]) -> Result<Standing, PublishError> {
    let found = match fs::symlink_metadata(target) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Standing::Nothing),
        Err(error) => return Err(PublishError::io("look at", target, error)),
    };
    if found.is_dir() {
        return Err(PublishError::folder(target));
    }
    // A file that cannot be read is not known to be right, and a rename does not need to read it.
    let same =
        found.is_file() && found.len() == bytes.len() as u64 && has_bytes(target, bytes).unwrap_or(false);
    Ok(if same {
        Standing::Same
    } else {
        Standing::Other(found.modified().map_or_else(|_| Timestamp::default(), instant))
    })
}

/// Whether the file at `path` holds exactly `bytes`; reads until the first difference, in pieces.
fn has_bytes(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    let mut file = File::open(path)?;
    let mut rest = bytes;
    let mut piece = [0; 16 << 10];
    loop {
        let got = match file.read(&mut piece) {
            Ok(0) => return Ok(rest.is_empty()),
            Ok(got) => &piece[..got],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        match rest.strip_prefix(got) {
            Some(after) => rest = after,
            None => return Ok(false),
        }
    }
}

/// Writes `bytes` beside `target` and renames them over it; on any error the unfinished file is removed.
fn write(disk: &Disk, target: &Path, bytes: &[u8], modified: Timestamp) -> io::Result<()> {
    let mut temp = temp_in(disk, target.parent().unwrap_or(target))?;
    temp.write_all(bytes)?;
    temp.set_attributes(FILE_MODE, system_time(modified))?;
    crate::crashpoint::hit("publish.before-rename");
    temp.persist(target)?;
    crate::crashpoint::hit("publish.after-rename");
    Ok(())
}

/// A new unfinished file in `folder`; it is removed again unless it gets its right name.
fn temp_in(disk: &Disk, folder: &Path) -> io::Result<Temp> {
    disk.temp_in(folder, TEMP_PREFIX, TEMP_SUFFIX)
}

/// Whether the last part of `path` is a name that [`temp_in`] gives.
fn is_temp(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with(TEMP_PREFIX) && name.ends_with(TEMP_SUFFIX)
}

/// Makes the root and what is missing above it; an existing one keeps its permissions.
fn make_root(disk: &Disk, root: &Path) -> io::Result<()> {
    if root.is_dir() {
        return Ok(());
    }
    if let Some(above) = root.parent().filter(|above| !above.as_os_str().is_empty()) {
        disk.create_folder(above, 0o777)?;
    }
    make_folder(disk, root)
}

/// Makes one folder that everybody may read.
fn make_folder(disk: &Disk, folder: &Path) -> io::Result<()> {
    disk.create_folder(folder, FOLDER_MODE)?;
    // The mode given at creation is cut by the umask.
    disk.set_mode(folder, FOLDER_MODE)
}

/// The time of a file as we keep time; before 1970 is 1970.
fn instant(time: SystemTime) -> Timestamp {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_unix(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// The other way round.
fn system_time(at: Timestamp) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(at.unix().unsigned_abs())
}
