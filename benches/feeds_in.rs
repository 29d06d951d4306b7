//! How fast feeds, JSON and sitemaps are read: bytes to entries, encoding and all; beside `feed-rs` for feeds.

use divan::Bencher;
use divan::counter::BytesCount;
use tidings::extract;
use tidings::model::listing::{Format, Rules};
use tidings::model::reading::Document;

fn main() {
    divan::main();
}

/// How many items each page has, as most feeds do.
const ITEMS: usize = 50;

const PROSE: &str = "A broker keeps what it is given in order, and tells each group of readers how far it has come. \
                     What happens when one of them falls behind is the subject of this article, with measurements \
                     of three clusters and the settings that made a difference to them in the end.";

/// Items as blogs write them, some 600 bytes each.
fn rss() -> String {
    let item = |n: usize| {
        format!(
            "    <item>\n      <title>How we moved {n} services &amp; lost nothing</title>\n      \
             <link>https://blog.example.com/2016/03/how-we-moved-{n}-services/</link>\n      \
             <guid isPermaLink=\"false\">https://blog.example.com/?p={n}</guid>\n      \
             <pubDate>Thu, 03 Mar 2016 10:{:02}:05 +0000</pubDate>\n      <dc:creator><![CDATA[Ann]]></dc:creator>\n      \
             <category><![CDATA[Kafka]]></category>\n      <category><![CDATA[Storage]]></category>\n      \
             <description><![CDATA[<p>{PROSE}</p>]]></description>\n    </item>\n",
            n % 60
        )
    };
    let items: String = (0..ITEMS).map(item).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n  <channel>\n    <title>The Blog</title>\n    \
         <link>https://blog.example.com/</link>\n    <description>News</description>\n{items}  </channel>\n</rss>\n"
    )
}

fn atom() -> String {
    let entry = |n: usize| {
        format!(
            "  <entry>\n    <id>tag:blog.example.com,2016:{n}</id>\n    \
             <title type=\"html\">How we moved {n} services &amp;amp; lost nothing</title>\n    \
             <link rel=\"alternate\" type=\"text/html\" href=\"https://blog.example.com/2016/03/{n}/\"/>\n    \
             <published>2016-03-03T10:{:02}:05Z</published>\n    <updated>2016-03-03T11:00:00Z</updated>\n    \
             <author><name>Ann</name></author>\n    <category term=\"kafka\" label=\"Kafka\"/>\n    \
             <summary type=\"html\">&lt;p&gt;{PROSE}&lt;/p&gt;</summary>\n  </entry>\n",
            n % 60
        )
    };
    let entries: String = (0..ITEMS).map(entry).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n  \
         <title>The Blog</title>\n  <id>tag:blog.example.com,2016:blog</id>\n  \
         <updated>2016-03-03T11:00:00Z</updated>\n{entries}</feed>\n"
    )
}

fn json() -> String {
    let item = |n: usize| {
        format!(
            "{{\"id\": {n}, \"title\": \"How we moved {n} services\", \
             \"url\": \"https://blog.example.com/2016/03/{n}/\", \"published_at\": \"2016-03-03T10:30:05Z\", \
             \"tags\": [\"Kafka\", \"Storage\"], \"summary\": \"{PROSE}\"}}"
        )
    };
    let items: Vec<String> = (0..ITEMS).map(item).collect();
    format!("{{\"data\": {{\"list\": [{}]}}}}", items.join(",\n"))
}

fn sitemap() -> String {
    let url = |n: usize| {
        format!(
            "<url><loc>https://blog.example.com/2016/03/how-we-moved-{n}-services/</loc><lastmod>2016-03-03T10:30:05+00:00</lastmod></url>\n"
        )
    };
    let urls: String = (0..ITEMS * 20).map(url).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n{urls}</urlset>\n"
    )
}

fn bench(bencher: Bencher<'_, '_>, text: String) {
    let count = BytesCount::new(text.len());
    let documents = [Document::new("page", text.into_bytes())];
    let rules = Rules { format: Format::Auto, ..Rules::default() };
    let reading = extract::read(&documents, &rules);
    assert!(reading.entries.len() >= ITEMS && reading.faults.is_empty(), "{:?}", reading.faults);
    bencher.counter(count).bench(|| extract::read(&documents, &rules));
}

#[divan::bench]
fn rss_50(bencher: Bencher<'_, '_>) {
    bench(bencher, rss());
}

#[divan::bench]
fn rss_50_in_chinese(bencher: Bencher<'_, '_>) {
    bench(bencher, rss().replace("A broker keeps what it is given", "负载均衡：集中式、进程内与独立进程"));
}

#[divan::bench]
fn atom_50(bencher: Bencher<'_, '_>) {
    bench(bencher, atom());
}

#[divan::bench]
fn json_found_50(bencher: Bencher<'_, '_>) {
    bench(bencher, json());
}

#[divan::bench]
fn sitemap_1000(bencher: Bencher<'_, '_>) {
    bench(bencher, sitemap());
}

fn beside(bencher: Bencher<'_, '_>, text: String) {
    bencher.counter(BytesCount::new(text.len())).bench(|| feed_rs::parser::parse(text.as_bytes()));
}

#[divan::bench]
fn rss_50_by_feed_rs(bencher: Bencher<'_, '_>) {
    beside(bencher, rss());
}

#[divan::bench]
fn atom_50_by_feed_rs(bencher: Bencher<'_, '_>) {
    beside(bencher, atom());
}
