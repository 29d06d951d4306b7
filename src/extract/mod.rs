//! Extraction: bytes of pages in, a [`Reading`](crate::model::Reading) out. Pure.

pub mod tags;
pub mod text;
