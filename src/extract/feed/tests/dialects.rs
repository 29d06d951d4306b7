//! What is read from where.

use super::*;

fn date(entry: &Entry) -> String {
    entry.date.map(|date| date.to_string()).unwrap_or_default()
}

#[test]
fn rss_2_is_read() {
    let feed = r#"<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"
     xmlns:atom="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/">
<channel>
<title>The Blog &amp; more</title><link>https://example.com/</link>
<atom:link rel="self" href="https://example.com/feed"/>
<image><title>A picture</title><url>https://example.com/i.png</url></image>
<ttl>60</ttl>
<item>
<title>One &amp;amp; <![CDATA[<b>two</b>]]></title>
<link>https://example.com/1</link>
<comments>https://example.com/1#comments</comments>
<guid isPermaLink="false">tag:1</guid>
<pubDate>Thu, 03 Mar 2016 10:30:05 GMT</pubDate>
<dc:creator><![CDATA[Ann]]></dc:creator>
<category>Kafka</category><category domain="x"><![CDATA[C++]]></category><category>Kafka</category>
<media:title>No title</media:title>
<enclosure url="https://example.com/1.mp3" length="1" type="audio/mpeg"/>
<description>&lt;p&gt;First &amp;amp; best.&lt;/p&gt;&lt;p&gt;More.&lt;/p&gt;</description>
<content:encoded><![CDATA[<p>All of it.</p>]]></content:encoded>
</item>
</channel></rss>"#;
    let reading = read(feed);
    assert_eq!(reading.faults, []);
    let page = &reading.pages[0];
    assert_eq!((page.title.as_deref(), page.format), (Some("The Blog & more"), Some(Format::Feed)));
    assert_eq!(page.pace.and_then(|pace| pace.seconds), Some(3_600));
    let entry = &reading.entries[0];
    assert_eq!(entry.title, "One & two");
    assert_eq!(entry.id.as_deref(), Some("tag:1"));
    assert_eq!(entry.link.as_deref(), Some("https://example.com/1"));
    assert_eq!(date(entry), "2016-03-03T10:30:05Z");
    assert_eq!(entry.source.as_deref(), Some("The Blog & more"));
    assert_eq!(entry.summary.as_deref(), Some("First & best. More."));
    assert_eq!(tags(entry), ["Kafka", "C++"]);
    assert_eq!((entry.line, entry.whole), (9, true));
}

#[test]
fn rdf_and_old_rss_are_read() {
    let feed = r#"<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">
<channel rdf:about="https://example.com/"><title>News</title><items><rdf:Seq><rdf:li resource="x"/></rdf:Seq></items>
<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency></channel>
<item rdf:about="https://example.com/1"><title>One</title><link>https://example.com/1</link>
<dc:date>2016-03-03T10:30:05+08:00</dc:date><dc:subject>Storage</dc:subject><dc:publisher>Press</dc:publisher></item>
</rdf:RDF>"#;
    let reading = read(feed);
    assert_eq!(reading.faults, []);
    assert!(!reading.is_cut());
    assert_eq!(reading.pages[0].pace.and_then(|pace| pace.seconds), Some(21_600));
    let entry = &reading.entries[0];
    assert_eq!(entry.id.as_deref(), Some("https://example.com/1"));
    assert_eq!(date(entry), "2016-03-03T10:30:05+08:00");
    assert_eq!((entry.source.as_deref(), tags(entry)), (Some("Press"), vec!["Storage"]));
    // What is cut before its last end tag is cut, though its channel was closed.
    assert!(read(feed.trim_end_matches("</rdf:RDF>")).is_cut());

    let old = "<!DOCTYPE rss PUBLIC '-//Netscape Communications//DTD RSS 0.91//EN' 'x.dtd'>\n<rss version='0.91'>\
               <channel><title>Old</title><item><title>One</title><link>http://a.b/1</link></item></channel></rss>";
    let entry = only(old);
    assert_eq!((entry.title.as_str(), entry.link.as_deref(), entry.line), ("One", Some("http://a.b/1"), 2));
}

#[test]
fn atom_is_read() {
    let feed = r#"<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://example.com/">
<title type="html">A &amp;lt;Blog&amp;gt;</title><updated>2016-03-04T00:00:00Z</updated>
<author><name>All</name></author>
<entry xml:base="posts/">
<id>urn:1</id><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">One <em>two</em> &amp; three</div></title>
<link rel="self" href="x"/><link rel="alternate" type="text/plain" href="1.txt"/><link href="1" type="text/html"/>
<updated>2016-03-04T00:00:00Z</updated><published>2016-03-03T10:30:05+08:00</published>
<author><name>Ann</name><uri>x</uri></author>
<category term="kafka" label="Kafka &amp; co"/><category term="db"/>
<source><id>urn:0</id><title>The Press</title><updated>2015-01-01T00:00:00Z</updated></source>
<summary>Plain &lt;b&gt; text</summary>
<content type="html">&lt;p&gt;No&lt;/p&gt;</content>
</entry></feed>"#;
    let entry = only(feed);
    assert_eq!(entry.title, "One two & three");
    assert_eq!(entry.id.as_deref(), Some("urn:1"));
    assert_eq!(entry.link.as_deref(), Some("https://example.com/posts/1"));
    assert_eq!(date(&entry), "2016-03-03T10:30:05+08:00");
    assert_eq!(entry.source.as_deref(), Some("The Press"));
    assert_eq!(tags(&entry), ["Kafka & co", "db"]);
    assert_eq!(entry.summary.as_deref(), Some("Plain <b> text"));
    assert_eq!(read(feed).pages[0].title.as_deref(), Some("A <Blog>"));
}

#[test]
fn atom_0_3_and_atom_under_other_prefixes_are_read() {
    let old = r#"<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>Old</title><entry>
<title mode="escaped" type="text/html">One &amp;amp; two</title><link rel="alternate" type="text/html" href="http://a.b/1"/>
<id>urn:1</id><issued>2004-03-03T10:30:05Z</issued><modified>2005-01-01T00:00:00Z</modified>
<content type="text/html" mode="escaped">&lt;p&gt;Text&lt;/p&gt;</content></entry></feed>"#;
    let entry = only(old);
    assert_eq!((entry.title.as_str(), date(&entry).as_str()), ("One & two", "2004-03-03T10:30:05Z"));
    assert_eq!(entry.summary.as_deref(), Some("Text"));

    let prefixed = r#"<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:title>T</a:title><a:entry><a:title>One</a:title>
<a:link href="/1"/><a:id>urn:1</a:id><a:updated>2016-03-03T00:00:00Z</a:updated></a:entry></a:feed>"#;
    let entry = only(prefixed);
    assert_eq!((entry.title.as_str(), entry.link.as_deref()), ("One", Some("https://example.com/1")));
    assert_eq!(date(&entry), "2016-03-03T00:00:00Z");
}

#[test]
fn links_come_from_the_best_place_there_is() {
    for (inside, link) in [
        ("<link>/1</link>", "https://example.com/1"),
        ("<link> <![CDATA[ https://a.b/?x=1&y=2 ]]> </link>", "https://a.b/?x=1&y=2"),
        ("<link>https://a.b/?x=1&amp;y=2</link>", "https://a.b/?x=1&y=2"),
        ("<guid>https://a.b/1</guid>", "https://a.b/1"),
        ("<guid isPermaLink='true'>https://a.b/1</guid>", "https://a.b/1"),
        ("<guid isPermaLink='false'>https://a.b/1</guid>", ""),
        ("<guid>12</guid>", ""),
        (
            "<link>https://feeds.b/1</link><feedburner:origLink>https://a.b/1</feedburner:origLink>",
            "https://a.b/1",
        ),
        ("<link/><a10:link href='https://a.b/1'/>", "https://a.b/1"),
        ("<atom:link rel='self' href='https://a.b/x'/><link>https://a.b/1</link>", "https://a.b/1"),
        ("<link>javascript:alert(1)</link><guid>https://a.b/1</guid>", "https://a.b/1"),
    ] {
        let entry = only(&rss(&format!("<title>T</title>{inside}")));
        assert_eq!(entry.link.as_deref().unwrap_or_default(), link, "{inside}");
    }
    // Without an address to be against, a relative link is none, and that is said.
    let document = Document::new("feed", rss("<title>T</title><link>/1</link>").into());
    let reading = extract::read(&[document], &Rules::default());
    assert_eq!((reading.entries[0].link.as_deref(), reading.faults[0].weight), (None, Weight::Warning));
}

#[test]
fn f077_an_item_without_title_is_called_by_its_text_or_link() {
    assert_eq!(
        only(&rss("<description>&lt;p&gt;Said &lt;b&gt;this&lt;/b&gt;.&lt;/p&gt;</description>")).title,
        "Said this."
    );
    assert_eq!(only(&rss("<link>https://a.b/1</link>")).title, "https://a.b/1");
    let reading = read(&rss("<guid isPermaLink='false'>1</guid>"));
    assert_eq!((reading.entries.len(), reading.faults[0].weight), (0, Weight::Loss));
}

#[test]
fn f100_titles_say_what_was_meant() {
    for (title, meant) in [
        ("AT&amp;T", "AT&T"),
        ("AT&amp;amp;T", "AT&T"),
        ("AT&T", "AT&T"),
        ("Vec&lt;T&gt; and &lt;b&gt;bold&lt;/b&gt;", "Vec<T> and bold"),
        ("<![CDATA[How to use <script> & <em>why</em>]]>", "How to use <script> & why"),
        ("It&#8217;s &#x201c;so&#x201d; &nbsp; caf&eacute;", "It’s “so” café"),
        ("1 < 2 &lt; 3", "1 < 2 < 3"),
    ] {
        assert_eq!(only(&rss(&format!("<title>{title}</title>"))).title, meant, "{title}");
    }
    for (title, meant) in [
        ("<title>AT&amp;amp;T &lt;b&gt;</title>", "AT&amp;T <b>"),
        ("<title type='text'>Vec&lt;T&gt;</title>", "Vec<T>"),
        ("<title type='html'>Vec&amp;lt;T&amp;gt; &lt;b&gt;x&lt;/b&gt;</title>", "Vec<T> x"),
        ("<title type='html'><![CDATA[<i>a</i> &amp; b]]></title>", "a & b"),
        ("<title type='xhtml'><div>a <b>b</b> &lt;c&gt;</div></title>", "a b <c>"),
    ] {
        assert_eq!(only(&atom(title)).title, meant, "{title}");
    }
}

#[test]
fn sources_are_what_the_item_names_then_the_feed_then_the_author() {
    let source = |inside: &str| only(&rss(&format!("<title>T</title>{inside}"))).source.unwrap_or_default();
    assert_eq!(source("<source url='x'>The Press</source><dc:creator>Ann</dc:creator>"), "The Press");
    assert_eq!(source("<dc:publisher>House</dc:publisher>"), "House");
    assert_eq!(source("<dc:creator>Ann</dc:creator>"), "Blog");
    let untitled = "<rss><channel><item><title>T</title><author>a@b.c (Ann)</author></item></channel></rss>";
    assert_eq!(only(untitled).source.as_deref(), Some("Ann"));
}

#[test]
fn paces_are_heard() {
    let feed = "<rss><channel><ttl>5</ttl><skipHours><hour>0</hour><hour>23</hour><hour>24</hour></skipHours>\
                <skipDays><day>Saturday</day><day>Sunday</day></skipDays></channel></rss>";
    let pace = read(feed).pages[0].pace.expect("a pace");
    assert_eq!(pace.seconds, Some(300));
    assert!(pace.skips(0, 23) && pace.skips(0, 0) && pace.skips(6, 12) && pace.skips(5, 1));
    assert!(!pace.skips(0, 1) && !pace.skips(4, 22));
    assert_eq!(read("<rss><channel><ttl>soon</ttl></channel></rss>").pages[0].pace, None);
}

#[test]
fn entries_past_the_limit_are_left_out() {
    let items = "<item><title>T</title></item>".repeat(10);
    let document = Document::new("feed", format!("<rss><channel>{items}</channel></rss>").into());
    let limits = Limits { entries: 3, ..Limits::default() };
    let reading = extract::read(&[document], &Rules { limits, ..Rules::default() });
    assert_eq!(reading.entries.len(), 3);
    assert!(reading.has_losses() && !reading.is_cut());
}

#[test]
fn feeds_name_the_page_of_their_older_entries() {
    let next = |links: &str| {
        let text = format!(
            "<feed xml:base='https://a.b/'>{links}<entry><link rel='next' href='no'/></entry></feed>"
        );
        crate::extract::feed::next_page(&Document::new("feed", text.into()))
    };
    assert_eq!(
        next("<link rel='self' href='x'/><link rel='next' href='?p=2&amp;q'/>").as_deref(),
        Some("https://a.b/?p=2&q")
    );
    assert_eq!(next("<link rel='prev-archive' href='old'/>").as_deref(), Some("https://a.b/old"));
    assert_eq!(next(""), None);
}
