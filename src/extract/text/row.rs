//! The row of tags: one run of names, or names that the page keeps apart.

use crate::model::{TagRow, text};

use super::phrase;

/// Rows of more names are no rows of tags.
const MAX_NAMES: usize = 40;

/// Longest name that the page keeps apart, in bytes and in words.
const NAME_BYTES: usize = 60;
const NAME_WORDS: usize = 5;

/// Names between commas have fewer words, for between commas stand parts of sentences too.
const LISTED_WORDS: usize = 3;

/// What may stand between names; the first that a text holds is the only one it is split at. A dot without
/// blanks stands within names.
const MARKS: [&str; 11] = ["|", "｜", " · ", " • ", " ・ ", " / ", " ／ ", "、", ", ", "，", ","];

/// Words that sentences have and lists of tags do not; `of` and `and` stand in names.
const SENTENCE_WORDS: [&str; 14] =
    ["the", "a", "an", "in", "or", "to", "with", "is", "are", "that", "how", "what", "but", "then"];
const CHINESE_SENTENCE_WORDS: [char; 8] = ['的', '了', '和', '是', '及', '等', '在', '将'];

/// Whether a line may be a row of tags.
pub(super) fn is_row(line: &str) -> bool {
    phrase::is_tag_run(line) || names(line).is_some()
}

/// How much a line looks like a row of tags: 0 not, 1 perhaps, 2 several tags for sure.
pub(super) fn rank(line: &str) -> u8 {
    match (names(line), phrase::is_tag_run(line)) {
        (Some(_), _) => 2,
        (None, true) => 1 + u8::from(phrase::is_glued(line)),
        (None, false) => 0,
    }
}

/// The row of a cleaned line.
pub(super) fn read(line: String) -> TagRow {
    match names(&line) {
        Some(names) => TagRow::List(names.into_iter().map(text::one_line).collect()),
        None => TagRow::Run(line),
    }
}

/// The names of a line that keeps them apart, each once; `None` for a run, a sentence or anything else.
fn names(line: &str) -> Option<Vec<&str>> {
    let (parts, comma) = parts(line)?;
    let mut names: Vec<&str> = Vec::with_capacity(parts.len());
    for part in parts {
        if !is_name(part, comma) {
            return None;
        }
        if !names.contains(&part) {
            names.push(part);
        }
    }
    Some(names)
}

/// The parts of a line between its marks, and whether those are commas.
fn parts(line: &str) -> Option<(Vec<&str>, bool)> {
    if let Some(tagged) = line.strip_prefix('#').filter(|rest| !rest.starts_with(['#', ' '])) {
        let mut parts = Vec::new();
        for (at, part) in tagged.split(" #").enumerate() {
            if at == MAX_NAMES || part.contains(" # ") {
                return None;
            }
            parts.push(part.trim());
        }
        return (parts.len() > 1).then_some((parts, false));
    }
    let mark = *MARKS.iter().find(|mark| line.contains(**mark))?;
    let mut parts: Vec<&str> = line.split(mark).take(MAX_NAMES + 1).map(str::trim).collect();
    // A row may end with a mark, or begin with one.
    if parts.len() > 2 {
        parts.pop_if(|last| last.is_empty());
    }
    if parts.len() > 2 && parts.first().is_some_and(|first| first.is_empty()) {
        parts.remove(0);
    }
    let fits = (2..=MAX_NAMES).contains(&parts.len());
    fits.then_some((parts, mark.contains([',', '，'])))
}

/// Whether a part of a row looks like a tag.
fn is_name(part: &str, comma: bool) -> bool {
    let words = part.split_whitespace().count();
    let most = if comma { LISTED_WORDS } else { NAME_WORDS };
    let plain = (1..=most).contains(&words)
        && part.len() <= NAME_BYTES
        && phrase::is_tag_run(part)
        && !part.ends_with(['.', '!', '?', ';', ':'])
        && !part.contains(CHINESE_SENTENCE_WORDS)
        && !part.split_whitespace().any(|word| SENTENCE_WORDS.contains(&word));
    plain && (!comma || is_listed(part))
}

/// Whether a part between commas is no part of a sentence or of a number: a name begins with a capital, or is
/// one word; Chinese sentences have commas, Chinese lists have `、`.
fn is_listed(part: &str) -> bool {
    let Some(first) = part.chars().next() else { return false };
    let named = first.is_uppercase() || !part.contains(char::is_whitespace);
    let joined = part.split_whitespace().any(|word| matches!(word, "and" | "or"));
    let number = part.chars().all(|c| c.is_ascii_digit());
    part.is_ascii() && named && !joined && !number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_the_page_keeps_apart_are_a_list() {
        for (line, wanted) in [
            ("Frontend | Signals | State Management", &["Frontend", "Signals", "State Management"][..]),
            ("Frontend|Signals", &["Frontend", "Signals"]),
            ("Cloud Native · DevOps · Kubernetes", &["Cloud Native", "DevOps", "Kubernetes"]),
            ("Cloud Native • CI/CD", &["Cloud Native", "CI/CD"]),
            ("Data Lake, Hive, Iceberg", &["Data Lake", "Hive", "Iceberg"]),
            ("redis, caching, go", &["redis", "caching", "go"]),
            ("微服务、负载均衡、Kafka", &["微服务", "负载均衡", "Kafka"]),
            ("Architecture / CI/CD / Internet of Things", &["Architecture", "CI/CD", "Internet of Things"]),
            ("#Load Balancing #C# #kafka", &["Load Balancing", "C#", "kafka"]),
            ("Kafka | Redis | Kafka |", &["Kafka", "Redis"]),
        ] {
            let wanted = wanted.iter().map(|name| (*name).to_owned()).collect();
            assert!(is_row(line), "{line}");
            assert_eq!(read(line.to_owned()), TagRow::List(wanted), "{line}");
        }
    }

    #[test]
    fn runs_and_sentences_are_no_lists() {
        for line in [
            "Backend ArchitectureCI/CDTCP/IP",
            "C#Go",
            ".NETC#",
            "Kafka",
            "史蒂夫·乔布斯微服务",
            "#Kafka",
            "|",
            "Then, in the end",
            "Somebody, Inc.",
            "Research, Development and Operations",
            "First came the plan, then the work",
            "Half of 1,000",
            "Caches, and what came of them",
            "介绍缓存，队列，锁",
            "本文介绍缓存、队列和锁的用法",
        ] {
            assert_eq!(names(line), None, "{line}");
        }
        for line in ["Then, in the end", "Research, Development and Operations", "A plan, made in anger."] {
            assert!(!is_row(line), "{line}");
        }
        assert_eq!(names(&"Kafka | ".repeat(MAX_NAMES + 2)), None);
    }
}
