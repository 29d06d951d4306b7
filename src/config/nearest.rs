//! The name that was probably meant.

/// The name among `names` that is nearest to `typed`, if one is near enough to be a slip of the fingers.
///
/// Near is a third of the length in single edits, at least one; case does not count.
pub(super) fn nearest<'a>(typed: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Longer than any name of ours: not a slip, and not worth comparing.
    if typed.len() > 64 {
        return None;
    }
    let typed = typed.to_lowercase().replace('_', "-");
    names
        .into_iter()
        .map(|name| (distance(&typed, &name.to_lowercase().replace('_', "-")), name))
        .filter(|(edits, name)| *edits <= (name.chars().count() / 3).max(1))
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, name)| name)
}

/// How many letters must be put in, left out, replaced, or swapped with their neighbour to make `b` of `a`.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before[j - 2] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_find_their_name() {
        let names = ["schedule", "every", "announce_first", "id", "title", "tags"];
        for (typed, expected) in [
            ("schedual", Some("schedule")),
            ("shcedule", Some("schedule")),
            ("announce-first", Some("announce_first")),
            ("Title", Some("title")),
            ("tag", Some("tags")),
            ("di", Some("id")),
            ("webhook", None),
            ("", None),
        ] {
            assert_eq!(nearest(typed, names), expected, "{typed}");
        }
        assert_eq!(nearest(&"x".repeat(1_000_000), names), None);
    }
}
