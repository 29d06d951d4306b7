//! The same feeds read by `feed-rs`, which shares no code with our reader.

use super::*;

/// A small generator, so that a failure is the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % sides
    }

    fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.roll(of.len())]
    }
}

const WORDS: [&str; 12] = [
    "Kafka",
    "storage",
    "负载均衡",
    "Überblick",
    "AT&T",
    "Redis 7.0",
    "it’s",
    "C++",
    "中文 title",
    "a—b",
    "10%",
    "x",
];

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A text in one of the ways in which XML lets it be written.
fn written(text: &str, dice: &mut Dice) -> String {
    match dice.roll(3) {
        0 => format!("<![CDATA[{text}]]>"),
        1 => text
            .chars()
            .map(|c| if c == 'a' { "&#97;".to_owned() } else { escaped(&c.to_string()) })
            .collect(),
        _ => escaped(text),
    }
}

fn words(dice: &mut Dice) -> String {
    (0..=dice.roll(6)).map(|_| dice.one(&WORDS)).collect::<Vec<_>>().join(" ")
}

fn rfc822(dice: &mut Dice) -> String {
    let (day, month) = (1 + dice.roll(28), dice.one(&["Jan", "Feb", "Mar", "Aug", "Dec"]));
    let (year, hour) = (1990 + dice.roll(40), dice.roll(24));
    let zone = dice.one(&["GMT", "+0000", "+0800", "-0500", "EST"]);
    let second = if dice.roll(2) == 0 { String::new() } else { format!(":{:02}", dice.roll(60)) };
    format!("{day:02} {month} {year} {hour:02}:{:02}{second} {zone}", dice.roll(60))
}

fn rfc3339(dice: &mut Dice) -> String {
    let zone = dice.one(&["Z", "+08:00", "-05:30"]);
    format!(
        "20{:02}-{:02}-{:02}T{:02}:30:05{zone}",
        dice.roll(40),
        1 + dice.roll(12),
        1 + dice.roll(28),
        dice.roll(24)
    )
}

fn rss_item(n: usize, dice: &mut Dice) -> String {
    let mut parts = vec![
        format!("<title>{}</title>", written(&words(dice), dice)),
        format!("<link>https://example.com/{n}?a=1&amp;b=2</link>"),
        format!("<guid isPermaLink=\"false\">id-{n}</guid>"),
        format!("<description>{}</description>", written(&words(dice), dice)),
        format!("<pubDate>{}</pubDate>", rfc822(dice)),
    ];
    for _ in 0..dice.roll(3) {
        parts.push(format!("<category>{}</category>", written(dice.one(&WORDS), dice)));
    }
    if dice.roll(2) == 0 {
        parts.push(format!("<content:encoded><![CDATA[<p>{}</p>]]></content:encoded>", words(dice)));
    }
    for at in (1..parts.len()).rev() {
        parts.swap(at, dice.roll(at + 1));
    }
    let gap = dice.one(&["", "\n", "\n  ", "<!-- <title>no</title> -->"]);
    format!("<item>{gap}{}{gap}</item>", parts.join(gap))
}

fn atom_entry(n: usize, dice: &mut Dice) -> String {
    let mut parts = vec![
        format!("<title>{}</title>", written(&words(dice), dice)),
        format!("<link href=\"https://example.com/{n}?a=1&amp;b=2\"/>"),
        format!("<id>id-{n}</id>"),
        format!("<summary type=\"text\">{}</summary>", written(&words(dice), dice)),
        format!("<updated>{}</updated>", rfc3339(dice)),
        format!("<published>{}</published>", rfc3339(dice)),
    ];
    for _ in 0..dice.roll(3) {
        parts.push(format!("<category term=\"{}\"/>", escaped(dice.one(&WORDS))));
    }
    for at in (1..parts.len()).rev() {
        parts.swap(at, dice.roll(at + 1));
    }
    format!("<entry>{}</entry>", parts.join(dice.one(&["", "\n"])))
}

fn rdf_item(n: usize, dice: &mut Dice) -> String {
    let title = written(&words(dice), dice);
    let summary = written(&words(dice), dice);
    let date = rfc3339(dice);
    format!(
        "<item rdf:about=\"https://example.com/{n}\"><title>{title}</title><link>https://example.com/{n}</link>\
         <description>{summary}</description><dc:date>{date}</dc:date></item>"
    )
}

fn feed(dice: &mut Dice) -> String {
    let count = dice.roll(8);
    match dice.roll(3) {
        0 => {
            let items: String = (0..count).map(|n| rss_item(n, dice)).collect();
            format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" \
                 xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"><channel><title>Blog &amp; co</title>\
                 <link>https://example.com/</link><description>d</description>{items}</channel></rss>"
            )
        }
        1 => {
            let entries: String = (0..count).map(|n| atom_entry(n, dice)).collect();
            format!(
                "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Blog &amp; co</title><id>x</id>\
                 <updated>2016-03-03T00:00:00Z</updated>{entries}</feed>"
            )
        }
        _ => {
            let items: String = (0..count).map(|n| rdf_item(n, dice)).collect();
            format!(
                "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns=\"http://purl.org/rss/1.0/\" \
                 xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel rdf:about=\"x\"><title>Blog &amp; co</title>\
                 <link>https://example.com/</link><description>d</description></channel>{items}</rdf:RDF>"
            )
        }
    }
}

fn folded(text: &str) -> String {
    crate::model::text::one_line(text)
}

#[test]
fn feeds_in_all_dialects_are_read_as_feed_rs_reads_them() {
    let mut dice = Dice(7);
    let mut compared = 0;
    for round in 0..400 {
        let text = feed(&mut dice);
        let theirs =
            feed_rs::parser::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let ours = read(&text);
        assert_eq!(ours.faults, [], "{text}");
        assert_eq!(ours.pages[0].title, theirs.title.map(|title| folded(&title.content)), "{round}");
        assert_eq!(ours.entries.len(), theirs.entries.len(), "{text}");
        for (ours, theirs) in ours.entries.iter().zip(theirs.entries) {
            compared += 1;
            assert_eq!(
                ours.title,
                theirs.title.map(|title| folded(&title.content)).unwrap_or_default(),
                "{text}"
            );
            assert_eq!(ours.link, theirs.links.first().map(|link| link.href.clone()), "{text}");
            let summary = theirs.summary.map(|summary| folded(&summary.content));
            assert_eq!(ours.summary, summary, "{text}");
            let date = theirs.published.or(theirs.updated).map(|date| date.timestamp());
            let our_date = ours.date.map(|date| match date {
                crate::model::Printed::Instant { at, .. } => at.unix(),
                crate::model::Printed::Day(day) => day.start_in(chrono_tz::Tz::UTC).unix(),
            });
            assert_eq!(our_date, date, "{text}");
            if let Some(id) = &ours.id
                && !id.starts_with("https:")
            {
                assert_eq!(*id, theirs.id);
            }
            let mut names: Vec<String> = Vec::new();
            for category in &theirs.categories {
                let name = folded(category.label.as_ref().unwrap_or(&category.term));
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            assert_eq!(tags(ours), names, "{text}");
        }
    }
    assert!(compared > 800);
}
