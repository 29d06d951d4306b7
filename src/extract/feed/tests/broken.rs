//! Feeds that are no XML, that were cut, or that were made to hurt.

use std::time::{Duration, Instant};

use super::*;

/// A feed of `count` items, as blogs write them.
fn blog(count: usize) -> String {
    let item = |n: usize| {
        format!(
            "<item>\n<title>Article {n} &amp; more</title>\n<link>https://example.com/{n}</link>\n\
             <guid>https://example.com/{n}</guid>\n<pubDate>Thu, 03 Mar 2016 10:30:05 GMT</pubDate>\n\
             <description>&lt;p&gt;Text {n}&lt;/p&gt;</description>\n</item>\n"
        )
    };
    let items: String = (0..count).map(item).collect();
    format!(
        "<?xml version=\"1.0\"?>\n<rss version=\"2.0\"><channel><title>Blog</title>\n{items}</channel>\n</rss>\n"
    )
}

#[test]
fn f080_whatever_is_cut_off_costs_no_item_before_it() {
    let feed = blog(5);
    let whole = read(&feed);
    assert_eq!((whole.entries.len(), whole.is_cut()), (5, false));
    let ends: Vec<usize> = feed.match_indices("</item>").map(|(at, end)| at + end.len()).collect();
    let channel_ends = feed.find("</channel>").expect("an end") + "</channel>".len();
    let first = feed.find("<item>").expect("an item");
    for at in first..feed.len() {
        let reading = read(&feed[..at]);
        let before = ends.iter().filter(|end| **end <= at).count();
        assert_eq!(reading.entries, whole.entries[..before], "{at}");
        assert_eq!(reading.is_cut(), at < channel_ends, "{at}");
        assert_eq!(reading.has_losses(), at < channel_ends, "{at}");
    }
}

#[test]
fn f080_mistakes_cost_nothing_around_them() {
    let feed = blog(3);
    let whole = read(&feed).entries;
    for (from, to) in [
        ("Article 1 &amp; more", "Article 1 & more"),
        (
            "<description>&lt;p&gt;Text 1&lt;/p&gt;</description>",
            "<description><p>Text 1<br></p></description>",
        ),
        ("<guid>https://example.com/1</guid>", "<guid>https://example.com/1</guid></b><x:y><z"),
        (
            "<guid>https://example.com/1</guid>",
            "<guid>https://example.com/1</guid><unknown:thing a=b c>&nothing;",
        ),
        ("<guid>https://example.com/1</guid>", "<guid>https://example.com/1<pubDate"),
        ("<rss version=\"2.0\">", "<rss version=\"2.0>"),
        ("<?xml version=\"1.0\"?>\n", "\n\n<?xml version='1.0' encoding='klingon'?>\n"),
        ("<?xml version=\"1.0\"?>\n", "<br />\n<b>Warning</b>: something in x.php\n<?xml version='1.0'?>\n"),
    ] {
        let broken = feed.replace(from, to);
        assert_ne!(broken, feed);
        let reading = read(&broken);
        let titles: Vec<&str> = reading.entries.iter().map(|entry| entry.title.as_str()).collect();
        assert_eq!(titles, ["Article 0 & more", "Article 1 & more", "Article 2 & more"], "{to}");
        let links = |entries: &[Entry]| entries.iter().map(|entry| entry.link.clone()).collect::<Vec<_>>();
        assert_eq!(links(&reading.entries), links(&whole), "{to}");
        assert!(!reading.is_cut(), "{to}");
    }
}

#[test]
fn f080_an_item_without_end_ends_where_the_next_begins() {
    let feed = blog(3).replacen("</item>", "", 1);
    let reading = read(&feed);
    assert_eq!(reading.entries.len(), 3);
    assert_eq!((reading.faults.len(), reading.faults[0].weight), (1, Weight::Warning));
}

#[test]
fn f081_f083_ids_are_what_the_feed_says_and_none_is_made_up() {
    let without = rss("<title>T</title><description>x</description>");
    assert_eq!((only(&without).id, only(&without).link), (None, None));
    assert_eq!(only(&without), only(&without));
    let empty = only(&rss("<title>T</title><guid> </guid>"));
    assert_eq!(empty.id, None);
    let long = rss(&format!("<title>T</title><guid>{}</guid>", "x".repeat(9_000)));
    assert_eq!((read(&long).entries[0].id.as_deref(), read(&long).faults[0].weight), (None, Weight::Warning));
}

#[test]
fn f078_entities_are_not_expanded_and_nothing_is_read() {
    let feed = "<?xml version='1.0'?><!DOCTYPE rss [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;'>\
                <!ENTITY c SYSTEM 'file:///etc/passwd'>]><rss><channel><item><title>&b; &c;</title></item></channel></rss>";
    assert_eq!(only(feed).title, "&b; &c;");
    let huge = format!("<!DOCTYPE rss [{}]><rss><channel/></rss>", "<!ENTITY x 'y'>".repeat(70_000));
    assert_eq!(read(&huge).faults, []);
}

/// Each of these took, or would take, minutes where work is done twice for one byte.
#[test]
fn f073_f079_floods_end_soon() {
    let deep = rss(&format!("<title>T</title>{}", "<a>".repeat(200_000)));
    let attributes: String = (0..80_000).map(|n| format!(" a{n}='{n}'")).collect();
    let spaces: String = (0..10_000).map(|n| format!(" xmlns:n{n}='urn:{n}'")).collect();
    let many = "<title>T</title>".repeat(50_000);
    let tags: String = (0..50_000).map(|n| format!("<category>{n}</category>")).collect();
    let floods = [
        deep,
        rss(&format!("<title{attributes}>T</title>")),
        format!("<rss{spaces}><channel><item{spaces}><title>T</title></item></channel></rss>"),
        rss(&many),
        rss(&format!("<title>T</title>{tags}")),
        rss(&"<title>".repeat(100_000)),
        rss(&"<description>&lt;".repeat(100_000)),
        rss(&format!("<title>T</title><description>{}</description>", "&lt;a href='".repeat(200_000))),
        rss(&format!("<title>T</title><description>{}</description>", "&lt;!x".repeat(200_000))),
        rss(&format!("<title>{}", "<![CDATA[".repeat(100_000))),
        rss(&format!("<title>{}", "<!--".repeat(100_000))),
        rss(&format!("<title>{}", "<a b=\"".repeat(100_000))),
        rss(&format!("<title>{}", "<!DOCTYPE [".repeat(100_000))),
        rss(&format!("<title>T</title>{}", "<skipHours><hour>".repeat(50_000))),
        "<rss><channel>".to_owned() + &"<item><title>T".repeat(100_000),
        "<rss><channel>".to_owned() + &"<item>".repeat(200_000),
        rss(&format!("<title>T</title><link>{}</link>", "x".repeat(1_000_000))),
    ];
    let start = Instant::now();
    for flood in floods {
        let reading = read(&flood);
        assert!(reading.entries.len() <= 20_000 && reading.faults.len() <= 201);
    }
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}

#[test]
fn pages_that_are_no_feed_say_what_to_write_instead() {
    for (text, word) in [
        ("<!DOCTYPE html><html><body>x", "`format = \"html\"`"),
        ("{\"items\": []}", "`format = \"json\"`"),
        ("<urlset/>", "`format = \"sitemap\"`"),
        ("Some text", "`format = \"text\"`"),
        ("<?xml version='1.0'?><thing/>", "XML"),
        ("", "empty"),
    ] {
        let reading = read(text);
        assert_eq!((reading.entries.len(), reading.faults.len()), (0, 1), "{text}");
        let fault = &reading.faults[0];
        assert!(fault.weight == Weight::Page && fault.reason.contains(word), "{}", fault.reason);
    }
}
