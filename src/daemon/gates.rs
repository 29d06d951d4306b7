//! One scan of a listing at a time, whoever asks for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;

use crate::model::ListingId;

/// A gate for each listing that was ever scanned by this process.
#[derive(Debug, Default)]
pub struct Gates {
    gates: Mutex<HashMap<ListingId, Arc<tokio::sync::Mutex<()>>>>,
}

impl Gates {
    /// Waits until nobody else scans the listing. Others wait until the guard is dropped.
    pub async fn enter(&self, listing: &ListingId) -> OwnedMutexGuard<()> {
        let gate = {
            let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(gates.entry(listing.clone()).or_default())
        };
        gate.lock_owned().await
    }
}
