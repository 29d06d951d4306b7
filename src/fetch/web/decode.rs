//! Unpacking what came packed: gzip, deflate, br, zstd. Pure.
//!
//! What comes out is bounded, so a small answer cannot fill the memory; what ends before its end is an error, so half
//! a page is no page. One packing within another is refused: no server means that.

use std::io::{self, Read};

use brotli_decompressor::Decompressor;
use flate2::bufread::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use ruzstd::decoding::StreamingDecoder;

/// What we can unpack, as we ask for it.
pub(super) const ACCEPTED: &str = "gzip, br, zstd, deflate";

/// How much a buffer of a packed page first has room for, by its size.
const ROOM: usize = 4;

/// Why an answer cannot be unpacked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// A packing that we did not ask for, or several.
    #[error("it is packed as `{0}`, which was not asked for")]
    Unknown(String),
    /// More comes out than a page may have.
    #[error("unpacked it has more than the {0} bytes that a page may have")]
    TooLarge(u64),
    /// Damaged, or cut off.
    #[error("it is packed as `{coding}` and damaged, or cut off: {reason}")]
    Damaged {
        /// The packing.
        coding: &'static str,
        /// What is wrong.
        reason: String,
    },
}

/// `body` unpacked as `coding` (the value of `Content-Encoding`) says; at most `most` bytes.
pub(super) fn decode(body: Vec<u8>, coding: Option<&str>, most: u64) -> Result<Vec<u8>, DecodeError> {
    let coding = coding.unwrap_or_default().trim().to_ascii_lowercase();
    // An empty body has no end that could be missing.
    if coding.is_empty() || coding == "identity" || body.is_empty() {
        return Ok(body);
    }
    match coding.as_str() {
        "gzip" | "x-gzip" => unpack("gzip", MultiGzDecoder::new(body.as_slice()), body.len(), most),
        "deflate" if is_zlib(&body) => unpack("deflate", ZlibDecoder::new(body.as_slice()), body.len(), most),
        // Some servers leave out the frame that the standard wants around it.
        "deflate" => unpack("deflate", DeflateDecoder::new(body.as_slice()), body.len(), most),
        "br" => unpack("br", Decompressor::new(body.as_slice(), 4_096), body.len(), most),
        "zstd" => zstd(&body, most),
        other => Err(DecodeError::Unknown(crate::model::text::bounded(other, 60))),
    }
}

/// Whether it begins as zlib does (RFC 1950, section 2.2).
fn is_zlib(body: &[u8]) -> bool {
    matches!(body, [first, second, ..] if first & 15 == 8 && (u16::from(*first) << 8 | u16::from(*second)) % 31 == 0)
}

fn unpack(coding: &'static str, packed: impl Read, size: usize, most: u64) -> Result<Vec<u8>, DecodeError> {
    let mut out =
        Vec::with_capacity(size.saturating_mul(ROOM).min(usize::try_from(most).unwrap_or(usize::MAX)));
    append(coding, packed, &mut out, most)?;
    Ok(out)
}

/// One byte more than is allowed is read, so that too much is told from just enough.
fn append(coding: &'static str, packed: impl Read, out: &mut Vec<u8>, most: u64) -> Result<(), DecodeError> {
    let room = most.saturating_sub(out.len() as u64).saturating_add(1);
    packed.take(room).read_to_end(out).map_err(|error| damaged(coding, &error))?;
    if out.len() as u64 > most { Err(DecodeError::TooLarge(most)) } else { Ok(()) }
}

/// All frames one after another (RFC 8878, section 3).
fn zstd(body: &[u8], most: u64) -> Result<Vec<u8>, DecodeError> {
    /// The largest window that a packed answer may need (RFC 9659).
    const WINDOW: u64 = 8 << 20;
    let mut rest = body;
    let mut out = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = skippable(rest) {
            rest = after.ok_or_else(|| broken("a frame is cut off"))?;
            continue;
        }
        match memory(rest) {
            Memory::Window(window) if window > WINDOW => {
                return Err(broken("it needs more memory than an answer may"));
            }
            Memory::Content(content) if content > most => return Err(DecodeError::TooLarge(most)),
            _ => {}
        }
        let frame = StreamingDecoder::new(&mut rest).map_err(|error| broken(&error.to_string()))?;
        append("zstd", frame, &mut out, most)?;
    }
    Ok(out)
}

/// What follows a frame that says nothing; `Some(None)` where it is cut off.
fn skippable(frame: &[u8]) -> Option<Option<&[u8]>> {
    let (magic, rest) = frame.split_first_chunk::<4>()?;
    if !(0x184D_2A50..=0x184D_2A5F).contains(&u32::from_le_bytes(*magic)) {
        return None;
    }
    let after = |(size, rest): (&[u8; 4], &[u8])| {
        rest.get(usize::try_from(u32::from_le_bytes(*size)).ok()?..).map(<[u8]>::len)
    };
    let left = rest.split_first_chunk::<4>().and_then(after);
    Some(left.map(|left| &frame[frame.len() - left..]))
}

/// What a frame says it needs, in bytes.
enum Memory {
    Window(u64),
    /// All of its content at once.
    Content(u64),
    /// It is no frame, or cut off.
    Unknown,
}

fn memory(frame: &[u8]) -> Memory {
    let [_, _, _, _, descriptor, rest @ ..] = frame else { return Memory::Unknown };
    let Some(window) = rest.first().filter(|_| descriptor & 0x20 == 0) else {
        let dictionary = [0, 1, 2, 4][usize::from(descriptor & 3)];
        let size = 1_usize << (descriptor >> 6);
        let Some(bytes) = rest.get(dictionary..dictionary + size) else { return Memory::Unknown };
        let number = bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte));
        // Two bytes begin where one ends.
        return Memory::Content(if size == 2 { number + 256 } else { number });
    };
    let base = 1_u64 << (10 + (window >> 3));
    Memory::Window(base + base / 8 * u64::from(window & 7))
}

fn broken(reason: &str) -> DecodeError {
    DecodeError::Damaged { coding: "zstd", reason: crate::model::text::bounded(reason, 200) }
}

fn damaged(coding: &'static str, error: &io::Error) -> DecodeError {
    let reason = match error.kind() {
        io::ErrorKind::UnexpectedEof => "its end is missing".to_owned(),
        _ => crate::model::text::bounded(&error.to_string(), 200),
    };
    DecodeError::Damaged { coding, reason }
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
