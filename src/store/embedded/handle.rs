//! The open index: everybody reads it through one handle, and the writer may put another in its place.
//!
//! sled refuses everything after its first failed write, until all its handles are dropped and it is opened anew. So
//! nobody keeps one, or a base that holds it: readers borrow it for one look, and the writer takes it away from all at
//! once. Where the other one is a copy that was made beside it, nobody waits: who reads the old one finishes, and who
//! comes after reads the new one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use super::base::Base;
use super::error::IndexError;
use crate::store::StoreError;

type Result<T> = std::result::Result<T, StoreError>;

/// What all share.
pub(super) struct Handle {
    slot: RwLock<Arc<Seat>>,
    /// Held by who writes to the index beside the writer: nobody may, while another one takes its place.
    noting: RwLock<()>,
    /// What a reader failed with, and which index it was.
    suspect: Mutex<Option<(u64, StoreError)>>,
    /// Why the last thing that was to be remembered was not.
    trouble: Mutex<Option<String>>,
}

/// The place of one index.
pub(super) struct Seat {
    /// Which index it is, counted from the first that this process had open.
    number: u64,
    /// It, or why there is none.
    base: RwLock<Result<Base>>,
}

/// The index, borrowed.
pub(super) struct Borrowed<'s>(RwLockReadGuard<'s, Result<Base>>);

impl Borrowed<'_> {
    /// It.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) fn base(&self) -> Result<&Base> {
        match &*self.0 {
            Ok(base) => Ok(base),
            Err(error) => Err(error.clone()),
        }
    }
}

impl Seat {
    fn new(number: u64, base: Base) -> Arc<Self> {
        Arc::new(Self { number, base: RwLock::new(Ok(base)) })
    }

    /// Borrows the index. It is not closed meanwhile, so this must not be for long.
    pub(super) fn borrow(&self) -> Borrowed<'_> {
        Borrowed(self.base.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes the index away and closes it, once nobody reads it any more.
    pub(super) fn close(&self, why: &StoreError) {
        let mut base = self.base.write().unwrap_or_else(PoisonError::into_inner);
        let closed = std::mem::replace(&mut *base, Err(why.clone()));
        drop(base);
        drop(closed);
    }
}

impl Handle {
    pub(super) fn new(base: Base) -> Self {
        let slot = RwLock::new(Seat::new(0, base));
        Self { slot, noting: RwLock::default(), suspect: Mutex::default(), trouble: Mutex::default() }
    }

    /// Where the index is now.
    pub(super) fn seat(&self) -> Arc<Seat> {
        Arc::clone(&self.slot.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Which index it is now, counted from the first that this process had open.
    pub(super) fn number(&self) -> u64 {
        self.seat().number
    }

    /// Takes one look at the index. A panic of sled's becomes an error. What fails with an index is noted.
    pub(super) fn look<T>(&self, what: impl FnOnce(&Base) -> Result<T>) -> Result<T> {
        loop {
            let seat = self.seat();
            let borrowed = seat.borrow();
            let base = match borrowed.base() {
                Ok(base) => base,
                // Another one took its place just now.
                Err(_) if self.number() != seat.number => continue,
                Err(error) => return Err(error),
            };
            let result = catch_unwind(AssertUnwindSafe(|| what(base))).unwrap_or_else(|_| {
                Err(IndexError::Sled("sled panicked; standard error has the place".to_owned()).into())
            });
            if let Err(error @ StoreError::Index(_)) = &result {
                *lock(&self.suspect) = Some((seat.number, error.clone()));
            }
            return result;
        }
    }

    /// The same, to write what may be lost.
    pub(super) fn write<T>(&self, what: impl FnOnce(&Base) -> Result<T>) -> Result<T> {
        let _noting = self.noting.read().unwrap_or_else(PoisonError::into_inner);
        self.look(what)
    }

    /// Does something while nobody but the writer may write to the index.
    pub(super) fn quietly<T>(&self, what: impl FnOnce() -> T) -> T {
        let _noting = self.noting.write().unwrap_or_else(PoisonError::into_inner);
        what()
    }

    /// Notes that what is in the index is wrong, as somebody found who looked through it.
    pub(super) fn accuse(&self, why: StoreError) {
        let number = self.number();
        *lock(&self.suspect) = Some((number, why));
    }

    /// Whether the writer has something to mend.
    pub(super) fn is_broken(&self) -> bool {
        lock(&self.suspect).is_some() || self.seat().borrow().0.is_err()
    }

    /// What a reader failed with, unless the index has been replaced since.
    pub(super) fn take_suspect(&self) -> Option<StoreError> {
        let (number, error) = lock(&self.suspect).take()?;
        (number == self.number()).then_some(error)
    }

    /// Takes the index away and closes it; whoever reads is told why.
    pub(super) fn close(&self, why: &StoreError) {
        self.seat().close(why);
    }

    /// Puts an index in its place. Gives back the place of the one that was there, which others may still be reading:
    /// it is to be closed, which takes a moment, when nobody waits for it.
    pub(super) fn put(&self, base: Base) -> Arc<Seat> {
        let mut slot = self.slot.write().unwrap_or_else(PoisonError::into_inner);
        let seat = Seat::new(slot.number + 1, base);
        std::mem::replace(&mut slot, seat)
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
