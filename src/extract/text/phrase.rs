//! What a line reads like: a sentence, or a run of names.

/// Names and tag runs are shorter.
const NAME_BYTES: usize = 160;

/// Whether a text reads like a sentence or more, rather than like a name or a run of tags.
pub(super) fn is_prose(text: &str) -> bool {
    if text.len() > NAME_BYTES {
        return true;
    }
    let words = text.split_whitespace().count();
    let dense = !text.is_ascii();
    let Some(last) = text.trim_end_matches(['"', '\'', '”', '’', ')', '）', '」']).chars().last()
    else {
        return false;
    };
    match last {
        '。' | '！' | '？' | '…' | '；' | '，' | '：' => true,
        '.' | '?' | '!' | ';' | ',' | ':' if words >= 4 || dense => true,
        _ => text.contains(['。', '，', '；']) || ends_sentence_inside(text) || words > 14,
    }
}

/// Whether a full stop, a comma or a dash stands between words: `one, two`, `one. Two`, `one — two`.
fn ends_sentence_inside(text: &str) -> bool {
    [". ", ", ", "; ", "? ", " — ", " – "].iter().any(|mark| text.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_tags_are_no_prose() {
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
            assert!(!is_prose(run), "{run}");
        }
    }

    #[test]
    fn sentences_are_prose() {
        for text in [
            "Where should the balancer live? Three placements are weighed",
            "A checklist of eight remedies.",
            "本文介绍了如何选择负载均衡。",
            "Then, in the end",
            "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen",
        ] {
            assert!(is_prose(text), "{text}");
        }
    }
}
