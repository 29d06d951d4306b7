//! Serving: the published tree over HTTP/1, for readers and for a proxy in front.
//!
//! Small on purpose. No part of a request ever reaches the file system: a path is looked up in the table of what is
//! published, and only the file behind the entry is read; pages of older articles are made by whoever publishes.
//! Each answer is made from one reading of one file, so its body, length, ETag and time belong together while files
//! are being replaced. Every wait on a stranger has an end, and so has the number of them.
//!
//! Deliberately not here: TLS, HTTP/2, compression, ranges and limits per address. A proxy does them better, and
//! behind one all readers have one address.

mod answer;
mod condition;
mod file;
mod listen;
mod patient;
mod shortage;
mod site;
#[cfg(test)]
mod tests;

pub use listen::{Bounds, serve};
pub use shortage::Shortage;
pub use site::{Made, Site, Table};
