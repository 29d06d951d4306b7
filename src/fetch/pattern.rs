//! From patterns to the files they find, in the order in which a person would put them.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::fs;
use std::iter::Peekable;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::str::Bytes;

use super::FetchError;

/// Hidden files are left out because editors keep their half-written copies there.
const OPTIONS: glob::MatchOptions = glob::MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: true,
};

/// The files that `patterns` find, each once, at most `limit`.
pub(super) fn expand(patterns: &[String], limit: u32) -> Result<Vec<PathBuf>, FetchError> {
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut seen = HashSet::new();
    let mut paths = Vec::new();
    for pattern in patterns {
        for path in find(pattern, most)? {
            // What cannot be looked at is kept: reading it says why.
            let is_new = fs::metadata(&path).map_or(true, |found| seen.insert((found.dev(), found.ino())));
            if is_new {
                paths.push(path);
            }
        }
        if paths.len() > most {
            return Err(FetchError::TooManyPages { pattern: pattern.clone(), limit });
        }
    }
    Ok(paths)
}

/// What one pattern finds, in natural order; stops after one more than `most`.
fn find(pattern: &str, most: usize) -> Result<Vec<PathBuf>, FetchError> {
    let path = Path::new(pattern);
    if !pattern.contains(['*', '?', '[']) || path.symlink_metadata().is_ok() {
        return Ok(vec![path.to_owned()]);
    }
    let bad =
        |error: glob::PatternError| FetchError::BadPattern { pattern: pattern.to_owned(), reason: error.msg };
    let mut found = Vec::new();
    for path in glob::glob_with(pattern, OPTIONS).map_err(bad)?.take(most.saturating_add(1)) {
        found.push(path.map_err(unreadable)?);
    }
    if found.is_empty() {
        return Err(FetchError::NothingFound { pattern: pattern.to_owned() });
    }
    found.sort_by(|a, b| natural_paths(a, b));
    Ok(found)
}

/// A folder that could not be looked into while a pattern was followed.
fn unreadable(error: glob::GlobError) -> FetchError {
    FetchError::Io { path: error.path().to_owned(), source: error.into() }
}

/// Natural order of two paths, folder by folder.
fn natural_paths(a: &Path, b: &Path) -> Ordering {
    let mut parts = b.components();
    for part in a.components() {
        let Some(other) = parts.next() else { return Ordering::Greater };
        let order = natural(&part.as_os_str().to_string_lossy(), &other.as_os_str().to_string_lossy());
        if order.is_ne() {
            return order;
        }
    }
    // Names that differ only in bytes that are not UTF-8 are equal until here.
    parts.next().map_or_else(|| a.cmp(b), |_| Ordering::Less)
}

/// Natural order of two names: runs of digits by their value, all else by its bytes.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.bytes().peekable(), b.bytes().peekable());
    loop {
        let order = match (left.peek(), right.peek()) {
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let (x, y) = (digits(&mut left), digits(&mut right));
                x.len().cmp(&y.len()).then_with(|| x.cmp(&y))
            }
            // `007` and `7` have the same value; something must still tell them apart.
            (None, None) => return a.cmp(b),
            _ => left.next().cmp(&right.next()),
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// Takes a run of digits of any length, without its leading zeros.
fn digits(bytes: &mut Peekable<Bytes<'_>>) -> Vec<u8> {
    let mut digits = Vec::new();
    while let Some(digit) = bytes.next_if(u8::is_ascii_digit) {
        if digit != b'0' || !digits.is_empty() {
            digits.push(digit);
        }
    }
    digits
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sorted(mut names: Vec<&str>) -> Vec<&str> {
        names.sort_by(|a, b| natural_paths(Path::new(a), Path::new(b)));
        names
    }

    #[test]
    fn natural_order_puts_page_2_before_page_10() {
        let names = vec![
            "a",
            "page",
            "page-1.txt",
            "page-2-a.txt",
            "page-02.txt",
            "page-2.txt",
            "page-10.txt",
            "page-99999999999999999999998.txt",
            "page-99999999999999999999999.txt",
            "page-100000000000000000000000.txt",
            "x2/1",
            "x2/9",
            "x10/1",
        ];
        let mut turned = names.clone();
        turned.reverse();
        assert_eq!(sorted(turned), names);
    }

    proptest! {
        /// A total order: sorting gives one result, whatever the order before.
        #[test]
        fn natural_order_does_not_depend_on_the_order_before(
            names in prop::collection::vec("[a0-2/.-]{1,8}", 1..20),
            turn in 0_usize..20,
        ) {
            let first = sorted(names.iter().map(String::as_str).collect());
            let mut turned: Vec<_> = names.iter().map(String::as_str).collect();
            turned.rotate_left(turn % names.len());
            turned.reverse();
            // `a` and `a/` are one path, so they are compared as paths.
            prop_assert!(first.iter().map(Path::new).eq(sorted(turned).into_iter().map(Path::new)));
        }

        /// The oracle: numbers that fit are ordered as numbers are.
        #[test]
        fn natural_order_of_numbers_is_their_order(a in 0_u64.., b in 0_u64..) {
            prop_assert_eq!(natural(&format!("p{a}.txt"), &format!("p{b}.txt")), a.cmp(&b));
        }
    }
}
