//! A file that is open for writing, and one that has no right name yet.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::{Act, Disk, Verdict};

/// A file that is open for writing. Knows its place itself, so what others write to it moves nothing.
#[derive(Debug)]
pub struct File {
    file: fs::File,
    path: PathBuf,
    at: u64,
    disk: Disk,
}

impl File {
    pub(super) fn new(file: fs::File, path: &Path, at: u64, disk: Disk) -> Self {
        Self { file, path: path.to_owned(), at, disk }
    }

    /// Makes the file `len` bytes long and goes on from there.
    ///
    /// # Errors
    /// What the system says; so with all calls here.
    pub fn cut(&mut self, len: u64) -> io::Result<()> {
        self.disk.ask(&self.path, Act::SetLen(len))?;
        self.file.set_len(len)?;
        self.at = len;
        Ok(())
    }

    /// Waits until everything about the file is on the disk.
    ///
    /// # Errors
    /// What the system says. Then nobody knows what of it is there, and asking again does not tell: the system may
    /// have given up on it and call it written.
    pub fn sync(&self) -> io::Result<()> {
        self.disk.ask(&self.path, Act::Sync)?;
        self.file.sync_all()
    }

    /// The same for what was written, and for what is needed to read it: not for the file's time.
    ///
    /// # Errors
    /// As [`Self::sync`].
    pub fn sync_data(&self) -> io::Result<()> {
        self.disk.ask(&self.path, Act::Sync)?;
        self.file.sync_data()
    }

    /// Gives it a mode, whatever the umask, and a time.
    ///
    /// # Errors
    /// What the system says.
    pub fn set_attributes(&self, mode: u32, modified: SystemTime) -> io::Result<()> {
        self.disk.ask(&self.path, Act::Attributes)?;
        self.file.set_permissions(Permissions::from_mode(mode))?;
        self.file.set_modified(modified)
    }

    /// The system's file: to be locked, or read. Writing to it goes around the disk.
    #[must_use]
    pub fn system(&self) -> &fs::File {
        &self.file
    }
}

impl Write for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.disk.verdict(&self.path, Act::Write { offset: self.at, bytes }) {
            Verdict::Go => {
                let written = self.file.write_at(bytes, self.at)?;
                self.at += written as u64;
                Ok(written)
            }
            Verdict::Refuse(error) => Err(error),
            Verdict::Short(most, error) => {
                self.file.write_all_at(&bytes[..most.min(bytes.len())], self.at)?;
                Err(error)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A file without its right name; removed when dropped.
#[derive(Debug)]
pub struct Temp {
    temp: tempfile::NamedTempFile<File>,
    disk: Disk,
}

impl Temp {
    pub(super) fn new(temp: tempfile::NamedTempFile<File>, disk: Disk) -> Self {
        Self { temp, disk }
    }

    /// Gives it its right name, also if that is another file's so far.
    ///
    /// # Errors
    /// What the system says; the unfinished file is gone then.
    pub fn persist(self, target: &Path) -> io::Result<()> {
        self.disk.ask(self.temp.path(), Act::Rename { to: target })?;
        self.temp.persist(target).map(drop).map_err(|error| error.error)
    }
}

impl Write for Temp {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.temp.as_file_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl std::ops::Deref for Temp {
    type Target = File;

    fn deref(&self) -> &File {
        self.temp.as_file()
    }
}

impl std::ops::DerefMut for Temp {
    fn deref_mut(&mut self) -> &mut File {
        self.temp.as_file_mut()
    }
}
