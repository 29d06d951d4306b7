//! Which paths a published tree may hold.

/// Bytes of a whole path. Slugs have at most 100, so nothing that tidings names comes near.
const PATH_BYTES: usize = 500;
/// Bytes of one part; file systems take 255.
const PART_BYTES: usize = 200;
/// Parts of a path, the file's name included.
const PARTS: usize = 8;

/// Whether `path` is relative, stays inside its root on every file system, and means the same in a URL.
pub(super) fn is_valid(path: &str) -> bool {
    path.len() <= PATH_BYTES && path.split('/').count() <= PARTS && path.split('/').all(is_part)
}

/// Whether `part` is one plain name. A leading dot is refused: `.`, `..` and hidden files begin with one.
fn is_part(part: &str) -> bool {
    (1..=PART_BYTES).contains(&part.len())
        && !part.starts_with('.')
        && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_the_public_surface_are_valid() {
        for path in
            ["index.html", "feeds/all.rss", "feeds/tags/c-plus-plus-archive-12.atom", "articles/0f-1.html"]
        {
            assert!(is_valid(path), "{path}");
        }
        assert!(is_valid(&format!("feeds/tags/{}.rss", "x".repeat(100))));
        assert!(is_valid("1/2/3/4/5/6/7/8"));
    }

    #[test]
    fn f105_paths_that_leave_the_tree_or_are_too_long_are_refused() {
        let long_part = "x".repeat(201);
        let long_path = ["x".repeat(120).as_str(); 5].join("/");
        for path in [
            "",
            "/",
            "/etc/passwd",
            "a//b",
            "a/",
            "..",
            "../a",
            "a/../b",
            ".",
            "a/./b",
            ".hidden",
            "a/.b",
            "a\\b",
            "a b",
            "a\0b",
            "a\nb",
            "a%2fb",
            "é",
            "a:b",
            "~",
            "*",
            "1/2/3/4/5/6/7/8/9",
            &long_part,
            &long_path,
        ] {
            assert!(!is_valid(path), "{path:?}");
        }
    }
}
