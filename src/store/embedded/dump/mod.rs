//! A dump: all that is remembered, as lines of domain records. What an export holds, what an import reads, and what a
//! generation of the journal begins with.
//!
//! Each line is a JSON object, a TAB, eight hex digits of CRC-32C, LF, as in the journal; the CRC goes on from that of
//! the line before it. The first line says which store it is, the last one how many lines of each kind there were, so
//! that a cut one shows. Written twice of one store, a dump is the same to the byte.
//!
//! Memos are not in it, nor what was published, nor any secret: those are in no record, either.

mod load;
pub(super) mod snapshot;
#[cfg(test)]
mod tests;
mod wire;
mod write;

pub(super) use load::load;
pub(super) use write::{estimate, write};
