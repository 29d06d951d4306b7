//! Pages that are compressed as files are (`sitemap.xml.gz`).

use std::io::Read as _;

use flate2::read::MultiGzDecoder;

/// The bytes that a gzip file holds.
pub(super) struct Unpacked {
    /// The bytes; those before the damage where there is some.
    pub(super) bytes: Vec<u8>,
    /// Whether they are all of them.
    pub(super) whole: bool,
}

/// Whether `bytes` begin as a gzip file does.
pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x1F\x8B")
}

/// Unpacks a gzip file; `None` when it holds more than `most` bytes, or none that can be read.
pub(super) fn unpack(packed: &[u8], most: u64) -> Option<Unpacked> {
    let mut bytes = Vec::new();
    let read = MultiGzDecoder::new(packed).take(most.saturating_add(1)).read_to_end(&mut bytes);
    let fits = bytes.len() as u64 <= most && !(bytes.is_empty() && read.is_err());
    fits.then_some(Unpacked { bytes, whole: read.is_ok() })
}
