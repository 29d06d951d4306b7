//! Articles, and the site around them.

/// An article as a test wants it.
pub(super) struct Article {
    pub(super) title: String,
    pub(super) link: String,
    /// `2026-03-04`, `March 4, 2026`, `Mar 4, 2026`; in Chinese pages the last is Chinese.
    pub(super) date: String,
    pub(super) long_date: String,
    pub(super) short_date: String,
    pub(super) author: String,
    pub(super) summary: String,
    pub(super) tag: String,
}

const SUBJECTS: [&str; 10] = [
    "How we moved a billion rows without a pause",
    "The case against clever code",
    "City council approves the new tram line",
    "What a cache is for, and what it is not for",
    "Scientists count the bees again",
    "Small teams, long projects: notes from ten years",
    "A river returns to its old bed",
    "Reading disks at night: a story of latency",
    "Bridges, beams & budgets",
    "Why queues grow when nobody looks",
];
const AUTHORS: [&str; 5] = ["Ann Miller", "Bo Chen", "Carla Ruiz", "Dieter Ross", "Eve Novak"];
const TAGS: [&str; 4] = ["databases", "cities", "science", "performance"];
const MONTHS: [(&str, &str); 3] = [("January", "Jan"), ("February", "Feb"), ("March", "Mar")];

pub(super) fn articles(count: usize) -> Vec<Article> {
    let one = |n: usize| {
        let (day, month) = (28 - n % 28, 2 - (n / 28).min(2));
        let number = if n < 10 { String::new() } else { format!(", part {}", n / 10 + 1) };
        Article {
            title: format!("{}{number}", SUBJECTS[n % 10]),
            link: format!("/2026/{:02}/article-{n}.html", month + 1),
            date: format!("2026-{:02}-{day:02}", month + 1),
            long_date: format!("{} {day}, 2026", MONTHS[month].0),
            short_date: format!("{} {day}, 2026", MONTHS[month].1),
            author: AUTHORS[n % 5].to_owned(),
            summary: format!(
                "This is what the article number {n} says at its beginning, in a sentence or two, so that people may know \
                 whether they want to read the rest of it."
            ),
            tag: TAGS[n % 4].to_owned(),
        }
    };
    (0..count).map(one).collect()
}

pub(super) fn chinese(count: usize) -> Vec<Article> {
    let titles = [
        "亿级流量系统的缓存架构设计",
        "从单体到微服务的演进之路",
        "一次线上故障的排查与复盘",
        "数据库分库分表的实践经验",
        "如何设计一个高可用的消息队列",
    ];
    let one = |n: usize| Article {
        title: format!("{}（{}）", titles[n % 5], n + 1),
        link: format!("/article/{n}"),
        date: format!("2016-03-{:02}", 28 - n),
        long_date: format!("2016-03-{:02}", 28 - n),
        short_date: format!("2016年3月{}日", 28 - n),
        author: ["架构师之路", "技术团队", "码农翻身"][n % 3].to_owned(),
        summary: format!(
            "本文介绍了第{n}个系统的整体设计思路，包括缓存、限流、降级以及容灾等方面的实践经验和总结。"
        ),
        tag: "缓存".to_owned(),
    };
    (0..count).map(one).collect()
}

/// A side bar with lists of its own.
pub(super) const SIDEBAR: &str = "<div id=\"secondary\" class=\"widget-area\"><section class=\"widget widget_recent_comments\">\
    <h2>Recent Comments</h2><ul><li><a href=\"/c1\">Somebody on How we moved a billion rows</a></li><li><a href=\"/c2\">Another \
    on The case against clever code</a></li><li><a href=\"/c3\">A third one on Bridges and beams</a></li></ul></section><section \
    class=\"widget widget_tag_cloud\"><h2>Tags</h2><div class=\"tagcloud\"><a href=\"/tag/a\">databases</a> <a href=\"/tag/b\">\
    performance engineering</a> <a href=\"/tag/c\">city life</a> <a href=\"/tag/d\">science</a></div></section></div>";

/// A whole page around `body`.
pub(super) fn page(body: &str) -> String {
    let menu: String = ["Home", "World", "Politics", "Business and markets", "Science", "Sport", "About us"]
        .iter()
        .map(|name| format!("<li class=\"menu-item\"><a href=\"/{name}\">{name}</a></li>"))
        .collect();
    let links: String = (0..6)
        .map(|n| format!("<li><a href=\"/legal/{n}\">Terms and conditions of part {n} of this site</a></li>"))
        .collect();
    let pages: String = (1..6).map(|n| format!("<li><a href=\"?page={n}\">{n}</a></li>")).collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>A site</title><link rel=\"stylesheet\" \
         href=\"s.css\"><style>li > a {{ color: red }}</style><script>var x = '<div class=\"post\"><a href=\"/no\">no</a></div>'\
         </script></head>\n<body class=\"home blog\">\n<header class=\"site-header\"><a class=\"logo\" href=\"/\">A site of news\
         </a><nav><ul class=\"menu\">{menu}</ul></nav></header>\n<div class=\"page\">\n{body}\n<ul class=\"pagination\">{pages}\
         </ul>\n</div>\n<footer><ul>{links}</ul><p>© 2026 A site. All rights reserved.</p></footer>\n<script>track()</script>\n\
         </body></html>\n"
    )
}
