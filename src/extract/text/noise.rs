//! Lines that belong to the page and not to an entry: navigation, buttons, footers.

use super::phrase;

/// Whole lines, in lower case.
const WHOLE: [&str; 44] = [
    "home",
    "menu",
    "search",
    "login",
    "log in",
    "sign in",
    "sign up",
    "register",
    "about",
    "about us",
    "contact",
    "contact us",
    "help",
    "faq",
    "rss",
    "blog",
    "tags",
    "topics",
    "categories",
    "articles",
    "explore",
    "follow",
    "following",
    "share",
    "more",
    "next",
    "previous",
    "prev",
    "newest",
    "oldest",
    "latest",
    "popular",
    "advertisement",
    "sponsored",
    "terms",
    "privacy",
    "首页",
    "登录",
    "注册",
    "搜索",
    "关于我们",
    "联系我们",
    "返回顶部",
    "广告",
];

/// How such lines begin, in lower case.
const BEGINNINGS: [&str; 34] = [
    "copyright",
    "©",
    "(c) ",
    "all rights reserved",
    "load more",
    "show more",
    "see more",
    "read more",
    "view more",
    "view all",
    "see all",
    "loading",
    "subscribe",
    "sign in to",
    "sign up for",
    "log in to",
    "skip to",
    "back to top",
    "next page",
    "previous page",
    "privacy policy",
    "terms of",
    "terms &",
    "cookie",
    "powered by",
    "follow us",
    "http://",
    "https://",
    "www.",
    "加载更多",
    "查看更多",
    "版权所有",
    "上一页",
    "下一页",
];

/// Whether a line is navigation, a button, a footer or a rule. Only asked for lines outside entries.
pub(super) fn is_noise(text: &str) -> bool {
    if text.len() <= 200 {
        let lower = text.to_lowercase();
        if WHOLE.contains(&lower.as_str()) || BEGINNINGS.iter().any(|start| lower.starts_with(start)) {
            return true;
        }
        return is_pagination(&lower) || is_menu(&lower);
    }
    false
}

/// `Previous 1 2 3 … Next`, `« 1 2 3 »`, `-----`: numbers, marks and the words that go with them.
fn is_pagination(lower: &str) -> bool {
    lower.split_whitespace().all(|word| {
        word.chars().all(|c| c.is_ascii_digit() || !c.is_alphanumeric())
            || matches!(
                word,
                "previous" | "prev" | "next" | "first" | "last" | "page" | "of" | "older" | "newer"
            )
    })
}

/// `Home | About | Contact`: every part is a line of that kind.
fn is_menu(lower: &str) -> bool {
    let mut parts = lower.split(['|', '·', '•', '/']).map(str::trim).filter(|part| !part.is_empty());
    let known = |part: &str| WHOLE.contains(&part) || BEGINNINGS.iter().any(|start| part.starts_with(start));
    !phrase::is_prose(lower) && parts.clone().count() > 1 && parts.all(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_around_entries_are_told_from_names() {
        for text in [
            "Load more",
            "Previous 1 2 3 Next",
            "« 1 2 … 10 »",
            "Copyright 2026 Somebody",
            "© 2026",
            "Subscribe to our newsletter",
            "----------",
            "Home | About | Contact",
            "https://example.org/",
            "上一页 1 2 3 下一页",
        ] {
            assert!(is_noise(text), "{text}");
        }
        for text in ["21CTO", "JD Tech", "Architect", "Home Automation Weekly", "架构师"] {
            assert!(!is_noise(text), "{text}");
        }
    }
}
