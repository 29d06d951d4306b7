//! Bytes to text, and the name of the encoding they were in.
//!
//! In this order: a byte order mark; UTF-16 without a mark, told by its zeros; UTF-8 that cannot be anything else;
//! what the server says, then what the document says of itself, where it fits; UTF-8 that is valid; what detection by
//! content says (the one that browsers use), unless UTF-8 with damaged places reads as well.
//!
//! So the server is believed before the document, but neither against the bytes: the default of a server often is
//! one of the encodings in which anything at all is a text.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{EUC_KR, Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};

/// A document as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded<'b> {
    /// The text, without a byte order mark.
    pub text: Cow<'b, str>,
    /// The encoding's name (`UTF-8`, `gb18030`, …), as in the WHATWG Encoding Standard.
    pub encoding: &'static str,
    /// Whether some bytes were no text in that encoding and stand in `text` as U+FFFD.
    pub damaged: bool,
    /// Whether the bytes end within a character; that piece is not in `text`.
    pub cut: bool,
}

/// How far into a document it says what its encoding is.
const DECLARED_WITHIN: usize = 1_024;

/// Reads `bytes` as text; `media` is the type they were sent as (`text/html; charset=GBK`). Never fails; borrows when
/// they are UTF-8. Linear.
#[must_use]
pub fn decode<'b>(bytes: &'b [u8], media: Option<&str>) -> Decoded<'b> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let bytes = bytes.get(mark..).unwrap_or_default();
        return if encoding == UTF_8 { utf8(bytes) } else { decode_as(bytes, encoding) };
    }
    let valid = std::str::from_utf8(bytes).ok();
    if (valid.is_none() || bytes.contains(&0))
        && let Some(encoding) = utf16_by_zeros(bytes)
    {
        return decode_as(bytes, encoding);
    }
    // Nothing else needs escapes to be written in ASCII alone.
    if let Some(text) = valid.filter(|text| text.is_ascii() && !bytes.contains(&0x1B)) {
        return whole(text);
    }
    let named: Vec<&'static Encoding> =
        [media.and_then(of_media), of_document(bytes)].into_iter().flatten().collect();
    if let Some(text) = valid.filter(|text| is_surely_utf8(text, &named)) {
        return whole(text);
    }
    let as_named = |encoding: &&'static Encoding| {
        if *encoding == UTF_8 { utf8(bytes) } else { decode_as(bytes, encoding) }
    };
    if let Some(fitting) = named.iter().map(as_named).find(|decoded| !decoded.damaged) {
        return fitting;
    }
    let detected = match valid {
        Some(text) => whole(text),
        None if is_mostly_utf8(bytes) => utf8(bytes),
        None => better(utf8(bytes), decode_as(bytes, guess(bytes))),
    };
    // None of them fits. What was named may still be the one with the fewest damaged places.
    let holes = |decoded: &Decoded<'_>| decoded.text.matches(char::REPLACEMENT_CHARACTER).count();
    match named.iter().map(as_named).min_by_key(holes) {
        Some(best) if detected.damaged && holes(&best) <= holes(&detected) => best,
        _ => detected,
    }
}

/// Whether text that is valid UTF-8 and not ASCII is nothing else: characters of three bytes and more follow rules
/// that no other encoding keeps by chance, and those of two are never right in one that has one byte for each.
fn is_surely_utf8(text: &str, named: &[&'static Encoding]) -> bool {
    text.bytes().any(|byte| byte >= 0xE0)
        || (!text.is_ascii() && named.iter().all(|named| *named == UTF_8 || named.is_single_byte()))
}

/// The encoding that a media type names.
fn of_media(media: &str) -> Option<&'static Encoding> {
    let parameters = media.split(';').skip(1).take(20);
    let values = parameters.filter_map(|parameter| parameter.split_once('='));
    let charset = values.into_iter().find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    of_label(charset?.1.trim().trim_matches(['"', '\'']))
}

/// The encoding that a document says it is in: XML in its declaration, HTML in a `meta`, CSS by its rule.
fn of_document(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..bytes.len().min(DECLARED_WITHIN))?.to_ascii_lowercase();
    let head = String::from_utf8_lossy(&head);
    let start = head.trim_start();
    if let Some(rule) = start.strip_prefix("@charset \"") {
        return of_label(rule.split('"').next()?);
    }
    if !start.starts_with('<') {
        return None;
    }
    let declaration =
        start.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>")).map(|(inside, _)| inside);
    let in_xml = declaration.and_then(|inside| value_after(inside, "encoding"));
    let in_meta = || {
        let metas = start.match_indices("<meta").map(|(at, _)| start.get(at..).unwrap_or_default());
        let mut tags = metas.filter_map(|meta| meta.split('>').next());
        tags.find_map(|meta| value_after(meta, "charset"))
    };
    // Who reads this sees one byte for each letter, so it is not in UTF-16, whatever it says.
    let encoding = of_label(in_xml.or_else(in_meta)?)?;
    Some(if encoding == UTF_16LE || encoding == UTF_16BE { UTF_8 } else { encoding })
}

/// The value that follows `name`, `=` and perhaps a quote.
fn value_after<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let (_, after) = text.split_once(name)?;
    let value = after.trim_start().strip_prefix('=')?.trim_start().trim_start_matches(['"', '\'']);
    value.split(|c: char| matches!(c, '"' | '\'' | ';' | '/' | '>') || c.is_whitespace()).next()
}

/// The encoding of that name; GB18030 for all that is a part of it.
fn of_label(label: &str) -> Option<&'static Encoding> {
    let encoding = Encoding::for_label_no_replacement(label.as_bytes())?;
    Some(if encoding == GBK { GB18030 } else { encoding })
}

fn whole(text: &str) -> Decoded<'_> {
    Decoded { text: Cow::Borrowed(text), encoding: UTF_8.name(), damaged: false, cut: false }
}

/// UTF-8, perhaps with damaged places, perhaps cut within its last character.
fn utf8(bytes: &[u8]) -> Decoded<'_> {
    match std::str::from_utf8(bytes) {
        Ok(text) => whole(text),
        Err(_) => {
            let kept = bytes.get(..bytes.len() - open_tail(bytes)).unwrap_or_default();
            let text = String::from_utf8_lossy(kept);
            let damaged = matches!(text, Cow::Owned(_));
            Decoded { text, encoding: UTF_8.name(), damaged, cut: kept.len() < bytes.len() }
        }
    }
}

/// How many bytes at the end are the beginning of a UTF-8 character that was not finished.
fn open_tail(bytes: &[u8]) -> usize {
    let tail = bytes.get(bytes.len().saturating_sub(3)..).unwrap_or_default();
    (1..=tail.len())
        .find(|back| {
            let piece = tail.get(tail.len() - back..).unwrap_or_default();
            piece.first().is_some_and(|lead| *lead >= 0xC0)
                && std::str::from_utf8(piece).is_err_and(|error| error.error_len().is_none())
        })
        .unwrap_or(0)
}

/// Of damaged UTF-8 and another reading of the same bytes, the one with more separators of the lines that pin
/// entries; UTF-8 where they are as many, for no other encoding has its bytes between blanks by chance.
fn better<'b>(utf8: Decoded<'b>, other: Decoded<'b>) -> Decoded<'b> {
    let marks = separators(&utf8.text);
    if marks > 0 && marks >= separators(&other.text) { utf8 } else { other }
}

/// How many separators outside ASCII stand between blanks.
fn separators(text: &str) -> usize {
    const MARKS: [char; 5] = ['·', '•', '・', '‧', '｜'];
    let between_blanks = |(at, mark): (usize, &str)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text.get(at + mark.len()..).and_then(|text| text.chars().next());
        before.is_some_and(char::is_whitespace) && after.is_some_and(char::is_whitespace)
    };
    text.match_indices(MARKS).filter(|found| between_blanks(*found)).count()
}

/// Whether the bytes are UTF-8 but for a few places: its own many-byte characters outnumber them. In texts of
/// other encodings, not one in ten characters looks like one by chance.
fn is_mostly_utf8(bytes: &[u8]) -> bool {
    let kept = bytes.get(..bytes.len() - open_tail(bytes)).unwrap_or_default();
    let (mut good, mut bad) = (0_usize, 0_usize);
    for chunk in kept.utf8_chunks() {
        good += chunk.valid().bytes().filter(|byte| *byte >= 0xC0).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    bad == 0 || good > bad
}

/// UTF-16 without a mark: in texts with some ASCII (digits, line ends), one half of the byte pairs has zeros.
fn utf16_by_zeros(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = bytes.get(..bytes.len().min(4096)).unwrap_or_default();
    let pairs = sample.len() / 2;
    let (mut first, mut second) = (0, 0);
    for pair in sample.chunks_exact(2) {
        first += usize::from(pair.first() == Some(&0));
        second += usize::from(pair.get(1) == Some(&0));
    }
    match pairs / 20 {
        few if second > few && first * 8 < second => Some(UTF_16LE),
        few if first > few && second * 8 < first => Some(UTF_16BE),
        _ => None,
    }
}

/// What the content looks like, as browsers detect it. Never UTF-8: that was ruled out before.
fn guess(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let guessed = detector.guess(None, Utf8Detection::Deny);
    // GB18030 holds all of GBK and more; the detector does not tell them apart. On a short page it may also
    // miss it, but then the mark that stands on every date line shows.
    if guessed == GBK || is_marked_gb(bytes) && guessed != EUC_KR { GB18030 } else { guessed }
}

/// Whether ` · ` stands in the bytes as GB18030 has it, and the whole is that encoding without a fault.
fn is_marked_gb(bytes: &[u8]) -> bool {
    bytes.windows(4).any(|four| four == b" \xA1\xA4 ") && !decode_as(bytes, GB18030).damaged
}

fn decode_as<'b>(bytes: &'b [u8], encoding: &'static Encoding) -> Decoded<'b> {
    let (mut text, mut damaged) = encoding.decode_without_bom_handling(bytes);
    let mut cut = false;
    if damaged && text.ends_with(char::REPLACEMENT_CHARACTER) {
        // Every many-byte encoding ends so when its last character was cut.
        let mut kept = text.into_owned();
        kept.pop();
        damaged = kept.contains(char::REPLACEMENT_CHARACTER);
        cut = true;
        text = Cow::Owned(kept);
    }
    Decoded { text, encoding: encoding.name(), damaged, cut }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "2016年3月3日 · 后端开发\n\n如何选择负载均衡：集中式、进程内\n0 likes · 5 min read\n";

    fn utf16(text: &str, big: bool) -> Vec<u8> {
        let units = text.encode_utf16();
        units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    }

    #[test]
    fn f071_encodings_are_told_by_mark_or_content() {
        let repeated = TEXT.repeat(4);
        let gb = GB18030.encode(&repeated).0.into_owned();
        for (bytes, name) in [
            (repeated.as_bytes().to_vec(), "UTF-8"),
            ([b"\xEF\xBB\xBF", repeated.as_bytes()].concat(), "UTF-8"),
            (utf16(&repeated, false), "UTF-16LE"),
            (utf16(&repeated, true), "UTF-16BE"),
            (utf16(&format!("\u{FEFF}{repeated}"), false), "UTF-16LE"),
            (utf16(&format!("\u{FEFF}{repeated}"), true), "UTF-16BE"),
            (gb, "gb18030"),
        ] {
            let decoded = decode(&bytes, None);
            assert_eq!(decoded.encoding, name);
            assert_eq!(decoded.text, repeated, "{name}");
            assert!(!decoded.damaged && !decoded.cut, "{name}");
        }
    }

    #[test]
    fn f071_old_encodings_without_declaration_are_detected() {
        let japanese = "負荷分散の選び方：集中型とプロセス内。マイクロサービスの設計について\n".repeat(4);
        let korean = "부하 분산 방법 선택하기: 중앙 집중식과 프로세스 내부 방식\n".repeat(4);
        let russian = "Как выбрать балансировку нагрузки для микросервисов\n".repeat(4);
        for (text, encoding) in [
            (&japanese, encoding_rs::SHIFT_JIS),
            (&korean, encoding_rs::EUC_KR),
            (&russian, encoding_rs::WINDOWS_1251),
        ] {
            let bytes = encoding.encode(text).0;
            assert_eq!(&decode(&bytes, None).text, text);
        }
        let western = b"Mar 3, 2016 \xB7 Caf\xE9 \x97 the author\x92s\n".repeat(4);
        let decoded = decode(&western, None);
        assert_eq!(decoded.encoding, "windows-1252");
        assert!(decoded.text.starts_with("Mar 3, 2016 · Café — the author’s\n"));
    }

    #[test]
    fn f072_damaged_places_in_utf8_become_replacement_characters() {
        let mut bytes = TEXT.as_bytes().to_vec();
        bytes.insert(1, 0xFF);
        let decoded = decode(&bytes, None);
        assert_eq!((decoded.encoding, decoded.damaged, decoded.cut), ("UTF-8", true, false));
        assert!(decoded.text.starts_with("2\u{FFFD}016年"));
    }

    #[test]
    fn f072_few_separators_prove_utf8_against_many_stray_bytes() {
        let line = "Mar 3, 2016 · Backend\n0 likes · 5 min read\n";
        let mut bytes = line.repeat(2).into_bytes();
        for _ in 0..9 {
            bytes.extend(b"caf\xE9 and \x93more\x94\n");
        }
        let decoded = decode(&bytes, None);
        assert_eq!((decoded.encoding, decoded.damaged), ("UTF-8", true));
        assert!(decoded.text.starts_with(line) && decoded.text.contains("caf\u{FFFD}"));
        // Without them it is what the stray bytes say.
        assert_eq!(decode(b"caf\xE9 and \x93more\x94\n", None).encoding, "windows-1252");
    }

    #[test]
    fn every_cut_within_a_character_drops_that_piece_alone() {
        for end in 0..TEXT.len() {
            let decoded = decode(&TEXT.as_bytes()[..end], None);
            assert_eq!(decoded.cut, !TEXT.is_char_boundary(end), "{end}");
            assert!(TEXT.starts_with(&*decoded.text) && !decoded.damaged, "{end}");
        }
        let pairs = utf16(TEXT, false);
        let decoded = decode(&pairs[..pairs.len() - 3], None);
        assert!(decoded.cut && TEXT.starts_with(&*decoded.text));
    }

    #[test]
    fn f071_server_and_document_are_believed_where_the_bytes_allow_it() {
        let russian = "Привет, мир";
        let cp1251 = encoding_rs::WINDOWS_1251.encode(russian).0.into_owned();
        let koi8 = encoding_rs::KOI8_R.encode(russian).0.into_owned();
        let gbk = GB18030.encode("联通").0.into_owned();
        let japanese = encoding_rs::ISO_2022_JP.encode("設計").0.into_owned();
        let meta = |charset: &str, body: &[u8]| {
            [format!("<html><meta charset='{charset}'>").as_bytes(), body].concat()
        };
        let xml = |encoding: &str, body: &[u8]| {
            [format!("<?xml version=\"1.0\" encoding=\"{encoding}\"?><a>").as_bytes(), body].concat()
        };
        let cases: [(Vec<u8>, Option<&str>, &str); 13] = [
            (cp1251.clone(), Some("text/html; charset=windows-1251"), russian),
            (cp1251.clone(), Some("text/html;Charset=\"CP1251\"; x=y"), russian),
            (meta("windows-1251", &cp1251), None, russian),
            (meta("windows-1251", &cp1251), Some("text/html"), russian),
            (xml("koi8-r", &koi8), None, russian),
            // The server is believed before the document …
            (meta("windows-1251", &koi8), Some("text/html; charset=koi8-r"), russian),
            // … unless its encoding does not fit.
            (meta("windows-1251", &cp1251), Some("text/html; charset=utf-8"), russian),
            // UTF-8 is UTF-8, whatever both say.
            (meta("utf-8", russian.as_bytes()), Some("text/html; charset=iso-8859-1"), russian),
            (meta("gbk", "负载均衡".as_bytes()), Some("text/html; charset=gbk"), "负载均衡"),
            // Valid as UTF-8 by chance.
            (gbk.clone(), Some("text/plain; charset=gb2312"), "联通"),
            (japanese, Some("text/plain; charset=iso-2022-jp"), "設計"),
            (b"\xEF\xBB\xBF\xD0\x9F".to_vec(), Some("text/plain; charset=windows-1251"), "П"),
            (xml("utf-16", russian.as_bytes()), None, russian),
        ];
        for (bytes, media, text) in cases {
            let decoded = decode(&bytes, media);
            assert!(decoded.text.ends_with(text), "{media:?} {}: {}", decoded.encoding, decoded.text);
        }
        // Names that nobody knows say nothing.
        assert_eq!(decode("é".as_bytes(), Some("text/plain; charset=klingon")).encoding, "UTF-8");
    }
}
