//! The published tree.
