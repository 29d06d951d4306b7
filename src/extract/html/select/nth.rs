//! `:nth-child(2n+1 of .x)` and its kin.

use super::Complex;

#[derive(Clone, Debug)]
pub(super) struct Nth {
    /// Every `step`th, beginning with `first`.
    pub(super) step: i32,
    pub(super) first: i32,
    /// Counted from the last.
    pub(super) back: bool,
    /// Only elements of the same type are counted.
    pub(super) of_type: bool,
    /// Only these are counted.
    pub(super) of: Option<Vec<Complex>>,
}

impl Nth {
    /// Whether the element with this number, counted from 1, is one of them.
    pub(super) fn fits(&self, number: u32) -> bool {
        let past = i64::from(number) - i64::from(self.first);
        match i64::from(self.step) {
            0 => past == 0,
            step => past % step == 0 && past / step >= 0,
        }
    }
}

/// Reads `odd`, `even`, `3`, `2n+1`, `-n+3`, `n`; `None` for anything else.
pub(super) fn read(text: &str) -> Option<(i32, i32)> {
    let lower = text.trim().to_ascii_lowercase();
    match lower.as_str() {
        "odd" => return Some((2, 1)),
        "even" => return Some((2, 0)),
        _ => {}
    }
    let number = |text: &str| {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| text.parse::<i32>().ok()).flatten()
    };
    let Some((step, first)) = lower.split_once('n') else { return Some((0, number(&lower)?)) };
    let step = match step {
        "" | "+" => 1,
        "-" => -1,
        step => number(step)?,
    };
    let first = first.trim();
    if first.is_empty() {
        return Some((step, 0));
    }
    let (sign, digits) = first.split_at_checked(1)?;
    let digits = digits.trim_start();
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    match sign {
        "+" if plain => Some((step, number(digits)?)),
        "-" if plain => Some((step, -number(digits)?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_read() {
        for (text, expected) in [
            ("odd", Some((2, 1))),
            (" EVEN ", Some((2, 0))),
            ("3", Some((0, 3))),
            ("+3", Some((0, 3))),
            ("n", Some((1, 0))),
            ("2n", Some((2, 0))),
            ("2n+1", Some((2, 1))),
            ("2n + 1", Some((2, 1))),
            ("-n+3", Some((-1, 3))),
            ("3n-2", Some((3, -2))),
            ("", None),
            ("x", None),
            ("2n1", None),
            ("2n+-1", None),
            ("n+", None),
            ("99999999999", None),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }
}
