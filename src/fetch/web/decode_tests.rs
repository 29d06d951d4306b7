//! Packed pages, whole, cut, damaged, and larger than anybody wants.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use super::*;

fn packed(coding: &str, page: &[u8]) -> Vec<u8> {
    let best = Compression::best();
    match coding {
        "gzip" => {
            let mut to = GzEncoder::new(Vec::new(), best);
            to.write_all(page).and_then(|()| to.finish()).expect("packs")
        }
        "deflate" => {
            let mut to = ZlibEncoder::new(Vec::new(), best);
            to.write_all(page).and_then(|()| to.finish()).expect("packs")
        }
        "raw deflate" => {
            let mut to = DeflateEncoder::new(Vec::new(), best);
            to.write_all(page).and_then(|()| to.finish()).expect("packs")
        }
        "br" => {
            let mut out = Vec::new();
            brotli::CompressorWriter::new(&mut out, 4_096, 9, 22).write_all(page).expect("packs");
            out
        }
        _ => compress_to_vec(page, CompressionLevel::Fastest),
    }
}

fn coding(name: &str) -> &str {
    name.trim_start_matches("raw ")
}

const ALL: [&str; 5] = ["gzip", "deflate", "raw deflate", "br", "zstd"];
const MOST: u64 = 1 << 20;

fn page() -> Vec<u8> {
    (0..4_000)
        .flat_map(|n: u32| format!("<li>article {n}, {}</li>\n", n.wrapping_mul(2_654_435_761)).into_bytes())
        .collect()
}

#[test]
fn what_came_packed_is_unpacked_whole() {
    for name in ALL {
        assert_eq!(decode(packed(name, &page()), Some(coding(name)), MOST), Ok(page()), "{name}");
        assert_eq!(decode(packed(name, b""), Some(coding(name)), MOST), Ok(Vec::new()), "{name}");
    }
    for plain in [None, Some(""), Some("identity"), Some(" Identity ")] {
        assert_eq!(decode(page(), plain, MOST), Ok(page()));
    }
    assert_eq!(decode(Vec::new(), Some("gzip"), MOST), Ok(Vec::new()));
    assert_eq!(decode(packed("gzip", b"x"), Some("X-GZIP"), MOST), Ok(b"x".to_vec()));
    let twice = [packed("gzip", b"one "), packed("gzip", b"two")].concat();
    assert_eq!(decode(twice, Some("gzip"), MOST), Ok(b"one two".to_vec()));
    let skipped =
        [&[0x5a, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9][..], &packed("zstd", b"one "), &packed("zstd", b"two")]
            .concat();
    assert_eq!(decode(skipped, Some("zstd"), MOST), Ok(b"one two".to_vec()));
}

#[test]
fn f050_what_was_cut_off_or_damaged_is_no_page() {
    for name in ALL {
        let whole = packed(name, &page());
        for cut in [1, 2, 5, 20, whole.len() / 2, whole.len() - 1] {
            let result = decode(whole[..cut].to_vec(), Some(coding(name)), MOST);
            assert!(matches!(result, Err(DecodeError::Damaged { .. })), "{name} cut at {cut}: {result:?}");
        }
        let result = decode(b"<html>not packed at all</html>".to_vec(), Some(coding(name)), MOST);
        assert!(result.is_err(), "{name}");
    }
}

#[test]
fn f048_a_bomb_is_left_at_the_bound() {
    let bomb = vec![b' '; 16 << 20];
    for name in ALL {
        let small = packed(name, &bomb);
        assert!(small.len() < 40_000, "{name}: {}", small.len());
        assert_eq!(decode(small, Some(coding(name)), 1 << 20), Err(DecodeError::TooLarge(1 << 20)), "{name}");
    }
    let fits = vec![b' '; 1_000];
    assert_eq!(decode(packed("br", &fits), Some("br"), 1_000).map(|page| page.len()), Ok(1_000));
    assert_eq!(decode(packed("br", &fits), Some("br"), 999), Err(DecodeError::TooLarge(999)));
}

#[test]
fn f048_packing_within_packing_and_others_are_refused() {
    for name in ["gzip, gzip", "br,gzip", "compress", "exi", "nonsense"] {
        assert_eq!(decode(page(), Some(name), MOST), Err(DecodeError::Unknown(name.to_owned())));
    }
}

#[test]
fn f048_a_frame_that_wants_much_memory_is_refused() {
    // A window of 2 GB; and content of 90 MB in one piece.
    for head in [
        &[0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 1, 0, 0][..],
        &[0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0x00, 0x00, 0x60, 0x05, 1, 0, 0],
    ] {
        assert!(decode(head.to_vec(), Some("zstd"), MOST).is_err(), "{head:?}");
    }
}
