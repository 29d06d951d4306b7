//! Why the pages of a listing could not be read.

use std::io;
use std::path::{Path, PathBuf};

/// Reading the pages of a listing failed; none of them is used.
///
/// The text reads after "failed to …", names the file or the pattern, and says what to do.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// A pattern that is none.
    #[error(
        "find pages by `{pattern}`: {reason}; correct the pattern, or write `[*]`, `[?]`, `[[]` for the plain characters"
    )]
    BadPattern {
        /// As configured.
        pattern: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A pattern that no file matches.
    #[error(
        "find pages by `{pattern}`: no file matches; check the path, and that whatever saves the pages has run"
    )]
    NothingFound {
        /// As configured.
        pattern: String,
    },
    /// More pages than one listing may have.
    #[error("find pages by `{pattern}`: more than {limit} pages; use a narrower pattern or several listings")]
    TooManyPages {
        /// The pattern with which it became too much.
        pattern: String,
        /// Pages that one listing may have.
        limit: u32,
    },
    /// Something else stands where a page should.
    #[error("read the page {}: it is {what}; a page is a regular file or a link to one (a pattern such as `*.txt` leaves others out)", path.display())]
    NotAFile {
        /// The path as found.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// A page over the limit; it was not read.
    #[error("read the page {}: it has {bytes} bytes and a page may have {limit}; check that it is a listing page", path.display())]
    TooLarge {
        /// The path as found.
        path: PathBuf,
        /// Its size in bytes.
        bytes: u64,
        /// Bytes that one page may have.
        limit: u64,
    },
    /// The pages together are over the limit.
    #[error("read the page {}: with it the listing has more than {limit} bytes; make several listings of it", path.display())]
    ListingTooLarge {
        /// The page with which it became too much.
        path: PathBuf,
        /// Bytes that one listing may have.
        limit: u64,
    },
    /// A page was written to while it was read, twice in a row.
    #[error("read the page {}: it changed while it was read; have it written under another name and renamed, the next scan tries again", path.display())]
    Changing {
        /// The path as found.
        path: PathBuf,
    },
    /// A program that did not make a page.
    #[error("get a page from the command `{program}`: {what}")]
    Command {
        /// The program, without its arguments: they may hold what is secret.
        program: String,
        /// What is wrong, and what to do.
        what: String,
    },
    /// The system refused.
    #[error("read the page {}: {source}; {}", path.display(), hint(source))]
    Io {
        /// The path as found.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl FetchError {
    /// The system refused to read `path`.
    pub(super) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }
}

/// What to do when the system refuses to read a page.
fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "check the path, and that whatever saves the page has run",
        io::ErrorKind::PermissionDenied => {
            "let the user that runs tidings read it: the file needs `chmod a+r`, each folder above it `chmod a+x`"
        }
        io::ErrorKind::NotADirectory => "a file stands where the path has a folder; check the path",
        _ => "check the disk; the next scan tries again",
    }
}
