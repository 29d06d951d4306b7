//! What a line reads like: a sentence, or a run of names.

/// Names of sources and categories are shorter.
const NAME_BYTES: usize = 160;

/// Names have fewer words; those with a comma (`Somebody, Inc.`) far fewer.
const NAME_WORDS: usize = 14;
const LISTED_WORDS: usize = 6;

/// Whether a text reads like a sentence or more, rather than like the name of a source or a category.
pub(super) fn is_prose(text: &str) -> bool {
    if text.len() > NAME_BYTES {
        return true;
    }
    let words = text.split_whitespace().count();
    ends_sentence(text, words)
        || words > NAME_WORDS
        || text.contains(". ")
        || words > LISTED_WORDS && has_inner_marks(text)
}

/// Whether a text reads like a run of tags: no mark of a sentence anywhere, and either few words or names that
/// are glued together.
pub(super) fn is_tag_run(text: &str) -> bool {
    let words = text.split_whitespace().count();
    if ends_sentence(text, words) || has_inner_marks(text) {
        return false;
    }
    words <= NAME_WORDS || glued(text) * 4 >= words
}

/// Whether a text ends like a sentence. A short name may end in `.` or `!`.
fn ends_sentence(text: &str, words: usize) -> bool {
    let bare = text.trim_end_matches(['"', '\'', '”', '’', ')', '）', '」']);
    match bare.chars().last() {
        Some('。' | '！' | '？' | '…' | '；' | '，' | '：') => true,
        Some('.' | '?' | '!' | ';' | ',' | ':') => words >= 4 || !text.is_ascii(),
        _ => false,
    }
}

/// Whether a mark stands between words: `one, two`, `one. Two`, `one — two`.
fn has_inner_marks(text: &str) -> bool {
    const MARKS: [&str; 6] = [". ", ", ", "; ", "? ", " — ", " – "];
    MARKS.iter().any(|mark| text.contains(mark)) || !text.is_ascii() && text.contains(['。', '，', '；'])
}

/// Whether names are glued together in a text.
pub(super) fn is_glued(text: &str) -> bool {
    glued(text) > 0
}

/// How many times a capital follows a small letter directly, as where two names meet.
fn glued(text: &str) -> usize {
    let pairs = text.as_bytes().windows(2);
    pairs.filter(|pair| matches!(pair, [b'a'..=b'z', b'A'..=b'Z'])).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_runs_of_tags_are_no_prose() {
        for run in [
            "Backend ArchitectureDistributed SystemsMicroservices",
            "Backend EngineeringGoci/cd",
            ".NETC#C++",
            "Node.js",
            "后端架构分布式系统微服务",
            "B-PaaSBackend EngineeringFinancial Services",
            "Yahoo!",
            "Kuaishou Audio & Video Technology",
        ] {
            assert!(!is_prose(run) && is_tag_run(run), "{run}");
        }
        for name in ["Somebody, Inc.", "Research, Development and Operations"] {
            assert!(!is_prose(name) && !is_tag_run(name), "{name}");
        }
        let many = "Cloud NativeData Center of ThingsDeep LearningEvent Driven Design".repeat(5);
        assert!(is_tag_run(&many));
    }

    #[test]
    fn sentences_are_prose_and_no_run_of_tags() {
        for text in [
            "Where should the balancer live? Three placements are weighed",
            "A checklist of eight remedies.",
            "本文介绍了如何选择负载均衡。",
            "First came the plan, then in the end the work",
            "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen",
        ] {
            assert!(is_prose(text) && !is_tag_run(text), "{text}");
        }
        assert!(!is_tag_run("Then, in the end"));
    }
}
