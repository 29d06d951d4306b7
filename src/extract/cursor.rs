//! A place in a line that is being understood: reads numbers, words and marks, in any width.

/// What is left of a line. Copies are cheap: a form that does not fit leaves the original where it was.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'t> {
    rest: &'t str,
}

impl<'t> Cursor<'t> {
    /// At the start of `text`.
    pub(super) fn new(text: &'t str) -> Self {
        Self { rest: text }
    }

    /// What is left.
    pub(super) fn rest(self) -> &'t str {
        self.rest
    }

    /// The next character, full-width forms as their plain ones.
    pub(super) fn peek(self) -> Option<char> {
        self.rest.chars().next().map(narrow)
    }

    /// Steps over the next character if `wanted` says so, and gives it.
    pub(super) fn take(&mut self, wanted: impl Fn(char) -> bool) -> Option<char> {
        let mut chars = self.rest.chars();
        let next = narrow(chars.next()?);
        if !wanted(next) {
            return None;
        }
        self.rest = chars.as_str();
        Some(next)
    }

    /// Steps over every character that `wanted` says; gives how many.
    pub(super) fn skip(&mut self, wanted: impl Fn(char) -> bool) -> usize {
        let mut count = 0;
        while self.take(&wanted).is_some() {
            count += 1;
        }
        count
    }

    /// Steps over blanks of every kind, invisible marks too.
    pub(super) fn blanks(&mut self) -> usize {
        self.skip(is_blank)
    }

    /// Steps over `word` if it comes next.
    pub(super) fn word(&mut self, word: &str) -> bool {
        let Some(rest) = self.rest.strip_prefix(word) else { return false };
        self.rest = rest;
        true
    }

    /// Steps over the ASCII letters that come next, and gives them.
    pub(super) fn letters(&mut self) -> &'t str {
        let end = self.rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (letters, rest) = self.rest.split_at(end);
        self.rest = rest;
        letters
    }

    /// Reads a number of `least..=most` digits that ends there.
    pub(super) fn digits(&mut self, least: usize, most: usize) -> Option<u32> {
        let mut after = *self;
        let mut value = 0_u32;
        let mut count = 0;
        while let Some(digit) = after.take(|c| c.is_ascii_digit()) {
            count += 1;
            if count > most {
                return None;
            }
            value = value.checked_mul(10)?.checked_add(digit.to_digit(10)?)?;
        }
        if count < least {
            return None;
        }
        *self = after;
        Some(value)
    }

    /// Reads a count as people write it: `12`, `12,345`, `12 345`, `1.2k`, `3万`. Saturates.
    pub(super) fn count(&mut self) -> Option<u64> {
        let mut after = *self;
        let mut whole = 0_u64;
        let mut any = false;
        loop {
            while let Some(digit) = after.take(|c| c.is_ascii_digit()) {
                any = true;
                whole = whole.saturating_mul(10).saturating_add(u64::from(digit.to_digit(10)?));
            }
            if !any || !after.thousand_follows() {
                break;
            }
            after.take(|_| true);
        }
        if !any {
            return None;
        }
        let tenths = after.tenths();
        let Some(unit) = after.multiple() else {
            if tenths.is_some() {
                return None;
            }
            *self = after;
            return Some(whole);
        };
        *self = after;
        let hundredths = tenths.unwrap_or(0);
        Some(whole.saturating_mul(unit).saturating_add(hundredths * unit / 100))
    }

    /// Whether a separator of thousands comes next: one mark, then exactly three digits.
    fn thousand_follows(mut self) -> bool {
        let mark = self.take(|c| matches!(c, ',' | '.' | '\'' | '’') || is_blank(c));
        mark.is_some() && self.skip(|c| c.is_ascii_digit()) == 3
    }

    /// Reads `.2` or `,25` before a multiple, as hundredths.
    fn tenths(&mut self) -> Option<u64> {
        let mut after = *self;
        after.take(|c| matches!(c, '.' | ','))?;
        let first = after.take(|c| c.is_ascii_digit())?.to_digit(10)?;
        let second = after.take(|c| c.is_ascii_digit()).and_then(|c| c.to_digit(10)).unwrap_or(0);
        *self = after;
        Some(u64::from(first * 10 + second))
    }

    /// Reads `k`, `M`, `千`, `万` directly after a number, when no other letter follows.
    fn multiple(&mut self) -> Option<u64> {
        let mut after = *self;
        let unit = match after.take(|_| true)? {
            'k' | 'K' | '千' => 1_000,
            'm' | 'M' => 1_000_000,
            '万' | '萬' => 10_000,
            _ => return None,
        };
        if after.peek().is_some_and(|c| c.is_ascii_alphabetic()) {
            return None;
        }
        *self = after;
        Some(unit)
    }
}

/// A full-width ASCII character as its plain one, the ideographic blank as a blank; others as they are.
pub(super) fn narrow(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => u32::from(c).checked_sub(0xFEE0).and_then(char::from_u32).unwrap_or(c),
        '\u{3000}' => ' ',
        _ => c,
    }
}

/// White space of every kind, and marks that show nothing.
pub(super) fn is_blank(c: char) -> bool {
    c == ' '
        || c.is_whitespace()
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}' | '\u{FEFF}')
}

/// A mark that stands between the parts of a line: `·` and what renderings put in its place.
///
/// U+FFFD is one: it is what is left of the mark when the page's bytes are damaged there.
pub(super) fn is_separator(c: char) -> bool {
    matches!(
        c,
        '·' | '・'
            | '･'
            | '•'
            | '‧'
            | '∙'
            | '⋅'
            | '●'
            | '|'
            | '│'
            | '¦'
            | '-'
            | '–'
            | '—'
            | '/'
            | '\u{FFFD}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_as_people_write_them_are_read() {
        for (text, value, rest) in [
            ("0 likes", 0, " likes"),
            ("12,345 likes", 12_345, " likes"),
            ("1.234.567", 1_234_567, ""),
            ("1.2k likes", 1_200, " likes"),
            ("1,25M", 1_250_000, ""),
            ("3万 赞", 30_000, " 赞"),
            ("１２ likes", 12, " likes"),
            ("5min", 5, "min"),
            ("99999999999999999999999", u64::MAX, ""),
        ] {
            let mut cursor = Cursor::new(text);
            assert_eq!((cursor.count(), cursor.rest()), (Some(value), rest), "{text}");
        }
        for text in ["", "likes", "1.5 likes", ".5k"] {
            assert_eq!(Cursor::new(text).count(), None, "{text}");
        }
    }
}
