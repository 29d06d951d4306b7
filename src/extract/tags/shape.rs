//! Characters of a tag run: what kind each is, and what it is folded to for lookups.

/// Largest number of characters that are looked at; longer runs are only cut where letter case says so.
pub(super) const CHARS_MAX: usize = 300;

/// What a character can be to a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A small letter.
    Lower,
    /// A capital letter.
    Upper,
    /// A digit.
    Digit,
    /// A letter without case, as in Chinese, and everything else outside ASCII that is no dash or blank.
    Wide,
    /// A mark that belongs to the word beside it, as in `C++`, `Node.js`, `(beta)`.
    Mark,
    /// A blank, dash, slash or another mark that joins two words of one tag. No tag begins or ends with it.
    Join,
}

/// The kind of `c`.
pub(super) fn kind(c: char) -> Kind {
    match c {
        'a'..='z' => Kind::Lower,
        'A'..='Z' => Kind::Upper,
        '0'..='9' => Kind::Digit,
        ' ' | '-' | '/' | '_' | '&' | ':' | ',' | '|' | '\\' => Kind::Join,
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}' => Kind::Join,
        c if c.is_ascii() => {
            if c.is_ascii_control() {
                Kind::Join
            } else {
                Kind::Mark
            }
        }
        c if c.is_lowercase() => Kind::Lower,
        c if c.is_uppercase() => Kind::Upper,
        c if c.is_whitespace() => Kind::Join,
        _ => Kind::Wide,
    }
}

/// The folded form of `c` for lookups: small letters, and one blank for blanks, dashes and underscores.
///
/// One character stays one character, so that places in the folded and in the written run are the same.
pub(super) fn fold(c: char) -> char {
    match c {
        'A'..='Z' => c.to_ascii_lowercase(),
        '-' | '_' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}' => ' ',
        c if c.is_ascii() => c,
        c if c.is_whitespace() => ' ',
        c => c.to_lowercase().next().unwrap_or(c),
    }
}

/// How a word is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    /// `caching`
    Lower,
    /// `Caching`
    Title,
    /// `RPC`
    Upper,
    /// `GitHub`, `iOS`, `APIs`
    Mixed,
    /// No letter with case in it: `2.0`
    None,
}

/// The case of a word from its counts of letters and its first kind.
pub(super) fn case(first: Kind, uppers: usize, lowers: usize) -> Case {
    match (uppers, lowers) {
        (0, 0) => Case::None,
        (0, _) => Case::Lower,
        (1, 1..) if first == Kind::Upper => Case::Title,
        (_, 0) => Case::Upper,
        _ => Case::Mixed,
    }
}

/// The case of a whole word.
pub(super) fn case_of(word: &str) -> Case {
    let mut counts = (0, 0);
    for c in word.chars() {
        match kind(c) {
            Kind::Upper => counts.0 += 1,
            Kind::Lower => counts.1 += 1,
            _ => {}
        }
    }
    case(word.chars().next().map_or(Kind::Join, kind), counts.0, counts.1)
}

/// The words of a tag or text: what stands between joining characters.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c| kind(c) == Kind::Join).filter(|word| !word.is_empty())
}
