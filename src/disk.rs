//! The disk, as everything of ours but sled writes to it: journal, `state.json`, kept pages, the published tree.
//!
//! A test watches a [`Disk`]: it sees each operation before it is done, and may refuse it, cut a write short, or
//! keep a record. Where nobody watches, every call goes straight to the system. Reading needs no disk.

mod file;
#[cfg(test)]
mod tests;

use std::fmt;
use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::Arc;

pub use file::{File, Temp};

/// A handle on the disk; clones are the same one. The default is the system's, watched by nobody.
#[derive(Clone, Default)]
pub struct Disk {
    watch: Option<Arc<dyn Watch>>,
}

/// Sees every operation before it is done. Called on whatever thread does it.
pub trait Watch: Send + Sync {
    /// Says what becomes of an operation on the file or folder at `path`.
    fn before(&self, path: &Path, act: Act<'_>) -> Verdict;
}

/// What becomes of an operation.
#[derive(Debug)]
pub enum Verdict {
    /// It is done.
    Go,
    /// It is not done, and fails with this.
    Refuse(io::Error),
    /// Of a write, only so many bytes reach the file, and then it fails with this. Anything else is not done.
    Short(usize, io::Error),
}

/// An operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act<'a> {
    /// A file is opened for writing, and made where it is missing; what is in it stays.
    Open,
    /// Bytes are written into it.
    Write {
        /// Where the first of them goes.
        offset: u64,
        /// The bytes.
        bytes: &'a [u8],
    },
    /// It is made this long.
    SetLen(u64),
    /// Its mode or its time is set.
    Attributes,
    /// It is flushed to the disk: fsync or fdatasync.
    Sync,
    /// A folder is flushed to the disk: the names in it.
    SyncFolder,
    /// A file or folder gets another name, which may be another one's so far.
    Rename {
        /// The new one.
        to: &'a Path,
    },
    /// A file is removed.
    Remove,
    /// A folder is made, with what is missing above it.
    CreateFolder,
    /// A folder is removed, with all that is in it.
    RemoveFolder,
    /// A batch is applied to the index, whose files sled writes later. The path is the word `index`.
    Index,
}

impl Disk {
    /// A disk that `watch` sees everything of.
    #[must_use]
    pub fn watched(watch: Arc<dyn Watch>) -> Self {
        Self { watch: Some(watch) }
    }

    /// Asks whether an operation is to be done that somebody else does.
    fn ask(&self, path: &Path, act: Act<'_>) -> io::Result<()> {
        match self.verdict(path, act) {
            Verdict::Go => Ok(()),
            Verdict::Refuse(error) | Verdict::Short(_, error) => Err(error),
        }
    }

    fn verdict(&self, path: &Path, act: Act<'_>) -> Verdict {
        self.watch.as_ref().map_or(Verdict::Go, |watch| watch.before(path, act))
    }

    /// To be asked before a batch is applied to the index.
    ///
    /// # Errors
    /// What a watch refuses it with.
    pub fn before_index(&self) -> io::Result<()> {
        self.ask(Path::new("index"), Act::Index)
    }

    /// Opens a file for writing from byte `at` on, and for reading; makes it where it is missing, for its owner and
    /// whom the umask lets read. What is in it stays.
    ///
    /// # Errors
    /// What the system says; so with all calls here.
    pub fn open(&self, path: &Path, at: u64) -> io::Result<File> {
        self.ask(path, Act::Open)?;
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        Ok(File::new(file, path, at, self.clone()))
    }

    /// A file that is empty: a new one, or one that was there and is cut.
    ///
    /// # Errors
    /// What the system says.
    pub fn create(&self, path: &Path) -> io::Result<File> {
        let mut file = self.open(path, 0)?;
        file.cut(0)?;
        Ok(file)
    }

    /// Writes a whole file. It is not flushed to the disk.
    ///
    /// # Errors
    /// What the system says; the file may then be there in part.
    pub fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.create(path)?.write_all(bytes)
    }

    /// A new file of a name of its own in `folder`, for its owner alone; removed again unless it gets its right name.
    ///
    /// # Errors
    /// What the system says.
    pub fn temp_in(&self, folder: &Path, prefix: &str, suffix: &str) -> io::Result<Temp> {
        let made = tempfile::Builder::new().prefix(prefix).suffix(suffix).make_in(folder, |path| {
            self.ask(path, Act::Open)?;
            let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)?;
            Ok(File::new(file, path, 0, self.clone()))
        });
        made.map(|made| Temp::new(made, self.clone()))
    }

    /// Replaces a file by another with these bytes: readers, and whoever comes after a power cut, find the old one or
    /// the new one. The name of the unfinished one begins with `prefix`.
    ///
    /// # Errors
    /// What the system says; the old one is there then, or (where only flushing its name failed) the new one.
    pub fn replace(&self, path: &Path, prefix: &str, bytes: &[u8]) -> io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut temp = self.temp_in(folder, prefix, "")?;
        temp.write_all(bytes)?;
        temp.sync()?;
        temp.persist(path)?;
        self.sync_folder(folder)
    }

    /// Copies a file's bytes and mode. The copy is not flushed to the disk.
    ///
    /// # Errors
    /// What the system says; the copy may then be there in part.
    pub fn copy(&self, from: &Path, to: &Path) -> io::Result<()> {
        if self.watch.is_none() {
            return fs::copy(from, to).map(drop);
        }
        let mut source = fs::File::open(from)?;
        io::copy(&mut source, &mut self.create(to)?)?;
        self.set_mode(to, source.metadata()?.permissions().mode())
    }

    /// Gives a file one more name, where the file system can; copies it otherwise.
    ///
    /// # Errors
    /// As [`Self::copy`].
    pub fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.ask(to, Act::Open)?;
        fs::hard_link(from, to).or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => Err(error),
            _ => self.copy(from, to),
        })
    }

    /// Gives a file or folder another name.
    ///
    /// # Errors
    /// What the system says.
    pub fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.ask(from, Act::Rename { to })?;
        fs::rename(from, to)
    }

    /// Removes a file.
    ///
    /// # Errors
    /// What the system says.
    pub fn remove(&self, path: &Path) -> io::Result<()> {
        self.ask(path, Act::Remove)?;
        fs::remove_file(path)
    }

    /// Removes a folder with all that is in it; one that is not there is none.
    ///
    /// # Errors
    /// What the system says; some of it may then be gone.
    pub fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.ask(path, Act::RemoveFolder)?;
        match fs::remove_dir_all(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Makes a folder, and what is missing above it, with a mode that the umask cuts. One that is there stays as it
    /// is.
    ///
    /// # Errors
    /// What the system says.
    pub fn create_folder(&self, path: &Path, mode: u32) -> io::Result<()> {
        if path.is_dir() {
            return Ok(());
        }
        self.ask(path, Act::CreateFolder)?;
        DirBuilder::new().recursive(true).mode(mode).create(path)
    }

    /// Gives a file or folder a mode, whatever the umask.
    ///
    /// # Errors
    /// What the system says.
    pub fn set_mode(&self, path: &Path, mode: u32) -> io::Result<()> {
        self.ask(path, Act::Attributes)?;
        fs::set_permissions(path, Permissions::from_mode(mode))
    }

    /// Makes what is in a file durable, whoever wrote it.
    ///
    /// # Errors
    /// What the system says.
    pub fn sync(&self, path: &Path) -> io::Result<()> {
        self.ask(path, Act::Sync)?;
        fs::File::open(path)?.sync_all()
    }

    /// Makes the names in a folder durable.
    ///
    /// # Errors
    /// What the system says.
    pub fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.ask(folder, Act::SyncFolder)?;
        fs::File::open(folder)?.sync_all()
    }
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.watch.is_some() { "Disk (watched)" } else { "Disk" })
    }
}
