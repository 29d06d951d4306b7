//! The open index: everybody reads it through one handle, and the writer may put another in its place.
//!
//! sled refuses everything after its first failed write, until all its handles are dropped and it is opened anew. So
//! nobody keeps one, or a base that holds it: readers borrow it for one look, and the writer takes it away from all at once.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard};

use super::base::Base;
use super::txn::IndexError;
use crate::store::StoreError;

type Result<T> = std::result::Result<T, StoreError>;

/// What all share.
pub(super) struct Handle {
    slot: RwLock<Slot>,
    /// What a reader failed with, and which index it was.
    suspect: Mutex<Option<(u64, StoreError)>>,
    /// Why the last thing that was to be remembered was not.
    trouble: Mutex<Option<String>>,
}

struct Slot {
    /// Which index it is, counted from the first that this process had open.
    number: u64,
    /// It, or why there is none.
    base: Result<Base>,
}

/// The index, borrowed.
pub(super) struct Borrowed<'h>(RwLockReadGuard<'h, Slot>);

impl Borrowed<'_> {
    /// It.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) fn base(&self) -> Result<&Base> {
        match &self.0.base {
            Ok(base) => Ok(base),
            Err(error) => Err(error.clone()),
        }
    }
}

impl Handle {
    pub(super) fn new(base: Base) -> Self {
        let slot = RwLock::new(Slot { number: 0, base: Ok(base) });
        Self { slot, suspect: Mutex::default(), trouble: Mutex::default() }
    }

    /// Borrows the index. It is not taken away meanwhile, so this must not be for long.
    pub(super) fn borrow(&self) -> Borrowed<'_> {
        Borrowed(self.slot.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes one look at the index. A panic of sled's becomes an error. What fails with an index is noted.
    pub(super) fn look<T>(&self, what: impl FnOnce(&Base) -> Result<T>) -> Result<T> {
        let borrowed = self.borrow();
        let base = borrowed.base()?;
        let result = catch_unwind(AssertUnwindSafe(|| what(base))).unwrap_or_else(|_| {
            Err(IndexError::Sled("sled panicked; standard error has the place".to_owned()).into())
        });
        if let Err(error @ StoreError::Index(_)) = &result {
            *lock(&self.suspect) = Some((borrowed.0.number, error.clone()));
        }
        result
    }

    /// Notes that what is in the index is wrong, as somebody found who looked through it.
    pub(super) fn accuse(&self, why: StoreError) {
        let number = self.borrow().0.number;
        *lock(&self.suspect) = Some((number, why));
    }

    /// Whether the writer has something to mend.
    pub(super) fn is_broken(&self) -> bool {
        lock(&self.suspect).is_some() || self.borrow().0.base.is_err()
    }

    /// What a reader failed with, unless the index has been replaced since.
    pub(super) fn take_suspect(&self) -> Option<StoreError> {
        let (number, error) = lock(&self.suspect).take()?;
        (number == self.borrow().0.number).then_some(error)
    }

    /// Takes the index away and closes it; whoever reads is told why.
    pub(super) fn close(&self, why: &StoreError) {
        drop(self.replace(Err(why.clone())));
    }

    /// Puts an index in its place.
    pub(super) fn put(&self, base: Base) {
        drop(self.replace(Ok(base)));
    }

    /// The same, and gives back the one that was there: to be dropped, which takes a moment, when nobody waits for it.
    fn replace(&self, base: Result<Base>) -> Slot {
        let mut slot = self.slot.write().unwrap_or_else(PoisonError::into_inner);
        let number = slot.number + 1;
        std::mem::replace(&mut slot, Slot { number, base })
    }

    /// Notes that something could not be remembered, or that it can again.
    pub(super) fn note(&self, trouble: Option<&StoreError>) {
        *lock(&self.trouble) = trouble.map(ToString::to_string);
    }

    /// Why the last thing that was to be remembered was not; `None` when it was.
    pub(super) fn trouble(&self) -> Option<String> {
        lock(&self.trouble).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
