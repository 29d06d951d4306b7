//! placeholder

/// x
pub struct MemoryStore;
