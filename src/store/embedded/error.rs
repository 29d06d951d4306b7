//! What can be wrong with the index.

use std::io;
use std::path::{Path, PathBuf};

use crate::store::StoreError;

/// Why the index cannot be used as it is. The journal can always build it anew.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IndexError {
    /// sled says so.
    #[error("the index cannot be read or written: {0}")]
    Sled(String),
    /// The system refused to read or write its files.
    #[error("the index cannot be read or written: {reason}")]
    Io {
        /// What the system said.
        reason: String,
        /// Whether the cause lies outside the index's files: no space, no right, too many open files.
        outside: bool,
    },
    /// A value does not match its checksum, or cannot be decoded.
    #[error("the index is damaged at key {key}: {what}")]
    Damaged {
        /// The key in hex.
        key: String,
        /// What is wrong.
        what: String,
    },
    /// A text that the index points to cannot be read in the journal.
    #[error("{file}: {what}")]
    Text {
        /// The journal's file.
        file: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The system refused to read a text. It may be there all the same, and the index is not to blame.
    #[error("{file}: {reason}")]
    Unread {
        /// The journal's file.
        file: PathBuf,
        /// What the system said.
        reason: String,
    },
}

impl From<sled::Error> for IndexError {
    fn from(error: sled::Error) -> Self {
        match error {
            sled::Error::Io(error) => error.into(),
            error => Self::Sled(error.to_string()),
        }
    }
}

impl From<io::Error> for IndexError {
    fn from(error: io::Error) -> Self {
        use io::ErrorKind::{
            FileTooLarge, OutOfMemory, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull,
        };
        let kinds =
            [StorageFull, QuotaExceeded, FileTooLarge, PermissionDenied, ReadOnlyFilesystem, OutOfMemory];
        // Of this process, and of all together.
        let too_many_files = [rustix::io::Errno::MFILE, rustix::io::Errno::NFILE].map(|e| e.raw_os_error());
        let outside = kinds.contains(&error.kind())
            || error.raw_os_error().is_some_and(|code| too_many_files.contains(&code));
        Self::Io { reason: error.to_string(), outside }
    }
}

impl IndexError {
    /// Whether building the index anew can be no cure, and moving it aside only harm.
    pub(super) fn is_outside(&self) -> bool {
        matches!(self, Self::Io { outside: true, .. } | Self::Unread { .. })
    }

    /// Whether what is in the files is wrong, so that opening them again is no cure.
    pub(super) fn is_damage(&self) -> bool {
        !matches!(self, Self::Io { .. } | Self::Unread { .. })
    }

    /// As an error of the store, whose index is at `path`.
    pub(super) fn at(self, path: &Path) -> StoreError {
        match self {
            Self::Io { reason, .. } => {
                StoreError::Io { verb: "read or write", path: path.to_owned(), reason }
            }
            error => error.into(),
        }
    }
}

impl From<IndexError> for StoreError {
    fn from(error: IndexError) -> Self {
        match error {
            IndexError::Text { file, what } => Self::Damaged { file, line: 0, what },
            IndexError::Unread { file, reason } => Self::Io { verb: "read", path: file, reason },
            error => Self::Index(error),
        }
    }
}
