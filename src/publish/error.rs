//! Why a file could not be published.

use std::io;
use std::path::{Path, PathBuf};

/// Publishing one file, or opening the tree, failed; nothing else was touched.
///
/// The text reads after "failed to …", names the path, and says what to do.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The path is not one that a tree may hold: our own mistake, since slugs and ids are safe.
    #[error(
        "publish `{path}`: a published path is relative and made of A-Z, a-z, 0-9, `.`, `_`, `-` and `/`"
    )]
    BadPath {
        /// What was asked for, cut to a readable length.
        path: String,
    },
    /// Something that is not ours stands in the way.
    #[error("publish {}: {what}; move it away, and the next scan publishes this file", path.display())]
    InTheWay {
        /// Where it stands.
        path: PathBuf,
        /// What stands there.
        what: &'static str,
    },
    /// The root of the tree cannot be used.
    #[error("use the output folder {}: {source}; {}", path.display(), root_hint(source))]
    Root {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The system refused one file.
    #[error("{act} {}: {source}; {}", path.display(), file_hint(source))]
    Io {
        /// What was being done.
        act: &'static str,
        /// To what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl PublishError {
    /// `path` is no path of a tree.
    pub(super) fn bad_path(path: &str) -> Self {
        Self::BadPath { path: crate::model::text::bounded(path, 80) }
    }

    /// A folder stands in the place of a file.
    pub(super) fn folder(path: &Path) -> Self {
        Self::InTheWay { path: path.to_owned(), what: "a folder stands in the place of this file" }
    }

    /// A symbolic link stands in the place of a folder.
    pub(super) fn link_above(path: &Path) -> Self {
        let what =
            "a symbolic link stands in the place of this folder, and it may lead out of the output folder";
        Self::InTheWay { path: path.to_owned(), what }
    }

    /// A file stands in the place of a folder.
    pub(super) fn file_above(path: &Path) -> Self {
        Self::InTheWay { path: path.to_owned(), what: "a file stands in the place of this folder" }
    }

    /// The root cannot be used.
    pub(super) fn root(path: &Path, source: io::Error) -> Self {
        Self::Root { path: path.to_owned(), source }
    }

    /// The system refused `act` on `path`.
    pub(super) fn io(act: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { act, path: path.to_owned(), source }
    }
}

/// What to do when the root cannot be used.
fn root_hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "the user that runs tidings must be able to write to it; change its owner, or name another folder"
        }
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            "a file stands in its place or above it; move that away, or name another folder"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "free some space, then start again",
        _ => "look at the disk and at the path in the config",
    }
}

/// What to do when one file is refused.
fn file_hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            "free some space or raise the limit; the last good file stays and the next scan tries again"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "the user that runs tidings must own the folder it is in; the next scan tries again"
        }
        _ => "the last good file stays and the next scan tries again",
    }
}
