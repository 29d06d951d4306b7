//! Exit codes: part of the public surface, and mapped in one place.

use crate::config::LoadError;
use crate::daemon::publishing::PublishingError;
use crate::daemon::service::ServiceError;
use crate::publish::PublishError;
use crate::store::StoreError;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Exit {
    /// Done.
    Done = 0,
    /// A bug of ours.
    Bug = 1,
    /// The command line is wrong.
    Usage = 2,
    /// The config is wrong, or cannot be read.
    Config = 3,
    /// The store is in use by another process.
    InUse = 4,
    /// The store cannot be read, or a newer program wrote it.
    Store = 5,
    /// Some listings failed or are held.
    Listings = 6,
    /// The output cannot be written, or the address is in use.
    Output = 7,
    /// There is no such listing, article or feed.
    NotFound = 8,
}

impl Exit {
    /// The exit that another process of ours names by its code.
    #[must_use]
    pub(super) fn from_code(code: u8) -> Self {
        let all = [
            Self::Done,
            Self::Bug,
            Self::Usage,
            Self::Config,
            Self::InUse,
            Self::Store,
            Self::Listings,
            Self::Output,
            Self::NotFound,
        ];
        all.get(usize::from(code)).copied().unwrap_or(Self::Bug)
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command failed, for a person, and its exit code.
#[derive(Debug)]
pub(super) struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// One line: what happened, and where.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Failure {
    /// A failure without a hint.
    pub(super) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), hint: None }
    }

    /// The same with a hint.
    #[must_use]
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let exit = match &error {
            StoreError::InUse { .. } => Exit::InUse,
            StoreError::Newer { .. } | StoreError::Damaged { .. } | StoreError::Index(_) => Exit::Store,
            StoreError::Io { .. } | StoreError::Occupied(_) | StoreError::GivenUp(_) => Exit::Store,
            StoreError::NoListing(_) => Exit::NotFound,
            StoreError::Stopped(_) => Exit::Store,
        };
        Self { exit, message: error.to_string(), hint: error.hint().map(str::to_owned) }
    }
}

impl From<PublishError> for Failure {
    fn from(error: PublishError) -> Self {
        Self::new(Exit::Output, error.to_string())
    }
}

impl From<PublishingError> for Failure {
    fn from(error: PublishingError) -> Self {
        match error {
            PublishingError::Store(error) => error.into(),
            PublishingError::Publish(error) => error.into(),
            PublishingError::Render(error) => Self::new(Exit::Bug, error.to_string()),
        }
    }
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Store(error) => error.into(),
            ServiceError::Publishing(error) => error.into(),
            ServiceError::Bug(what) => Self::new(Exit::Bug, what),
        }
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        Self::new(Exit::Config, error.to_string())
    }
}
