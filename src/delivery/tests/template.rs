//! Own words: what they say, how they fail, and what is found wrong with them before.

use proptest::prelude::*;

use super::cut::{Marks, cut, stripped};
use super::*;
use crate::delivery::dialect::utf16;
use crate::model::delivery::{DeliveryState, NewArticle, Summary};
use crate::model::{
    Article, ArticleId, DeliveryId, ListingId, Printed, SiteUid, TagRow, TargetId, Timestamp,
};
use uuid::Uuid;

const BASE: &str = "https://news.example.org";

fn article(title: &str, source: Option<&str>) -> Article {
    let at = Timestamp::from_unix(1_763_600_000);
    Article {
        id: ArticleId::from_uuid(Uuid::from_u128(7)),
        site: SiteUid::from_uuid(Uuid::from_u128(1)),
        keys: Vec::new(),
        title: title.to_owned(),
        link: Some("https://example.org/a?b=1&c=2".to_owned()),
        source: source.map(str::to_owned),
        date: Printed::parse("2026-11-20"),
        category: None,
        summary: Some("About <it> & more".to_owned()),
        row: TagRow::None,
        tags: vec!["Kafka".into(), "C++".into()],
        sure: true,
        likes: None,
        minutes: None,
        published: at,
        updated: at,
        first_seen: at,
        first_seq: 8,
        seen: at,
        announced: Some(8),
        late: false,
        hidden: false,
        forgotten: None,
        listings: Vec::new(),
    }
}

fn news(article: Article) -> NewArticle {
    NewArticle {
        listing: ListingId::parse("news").expect("an id"),
        title: "The News".to_owned(),
        article,
        also_at: Vec::new(),
    }
}

fn delivery(message: Message) -> Delivery {
    let born = Timestamp::from_unix(1_763_600_000);
    Delivery {
        id: DeliveryId::from_uuid(Uuid::from_u128(9)),
        target: TargetId::parse("team").expect("an id"),
        seq: 8,
        born,
        message,
        state: DeliveryState::Waiting(born),
        tries: 0,
        changed: born,
        trouble: String::new(),
    }
}

fn one(article: Article) -> Delivery {
    delivery(Message::New(Box::new(news(article))))
}

/// What a template makes of a message about one article.
fn made(kind: TargetKind, text: &str, delivery: &Delivery) -> Result<String, TemplateFault> {
    let wording = Wording { article: Some(text.to_owned()), ..Wording::default() };
    let templates = Templates::read(kind, &wording).expect("a template").expect("one");
    Ok(templates.words(delivery, BASE)?.text.expect("a text"))
}

#[test]
fn facts_stand_in_the_markup_of_their_chat() {
    let text = "*{{ title }}* {{ url }}\n{% if source %}\nby {{ source }}\n{% endif %}\n{{ tags | join(' · ') }}, {{ date }}";
    let delivery = one(article("<b> & @all", None));
    let apart = '\u{2060}';
    for (kind, told) in [
        (TargetKind::Slack, format!("*&lt;b&gt; &amp; @{apart}all* https://example.org/a?b=1&amp;c=2")),
        (TargetKind::Telegram, format!("*&lt;b&gt; &amp; @{apart}all* https://example.org/a?b=1&amp;c=2")),
        (TargetKind::Discord, format!("*\\<b\\> & @{apart}all* https://example.org/a?b=1&c=2")),
        (TargetKind::WeCom, format!("*＜b＞ & @{apart}all* https://example.org/a?b=1&c=2")),
        (TargetKind::Command, "*<b> & @all* https://example.org/a?b=1&c=2".to_owned()),
    ] {
        // A line of nothing but a block is none.
        assert_eq!(made(kind, text, &delivery), Ok(format!("{told}\nKafka · C++, 2026-11-20")), "{kind:?}");
    }
    // One that ends with a block, and holds more, keeps its line break.
    let text = "{{ title }}{% if source %} by {{ source }}{% endif %}\n  {% for tag in tags %}\n{{ tag }}\n  {% endfor %}\nend";
    assert_eq!(
        made(TargetKind::Command, text, &one(article("A", Some("B")))).expect("made"),
        "A by B\nKafka\nC++\nend"
    );
    let text = "<{{ url }}|{{ title }}> {{ '<!here>' | safe }} {{ source }}";
    assert_eq!(
        made(TargetKind::Slack, text, &one(article("A|B", Some("<!here>")))).expect("made"),
        "<https://example.org/a?b=1&amp;c=2|A|B> <!here> &lt;!here&gt;"
    );
}

#[test]
fn a_generic_body_is_json_with_values_as_json() {
    let text = r#"{"text": {{ title }}, "by": {{ source }}, "tags": {{ tags }}, "n": {{ 1 + 1 }}}"#;
    let body = made(TargetKind::Generic, text, &one(article("a \"b\" </script>", None))).expect("made");
    let body: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    let wanted =
        serde_json::json!({"text": "a \"b\" </script>", "by": null, "tags": ["Kafka", "C++"], "n": 2});
    assert_eq!(body, wanted);
    let fault = made(TargetKind::Generic, "{{ title }} x", &one(article("A", None))).expect_err("no JSON");
    assert!(fault.to_string().starts_with("`template`: what it makes is no JSON: trailing"), "{fault}");
    let long = format!("[{}{{{{ title }}}}]", "1,".repeat(10_000));
    let fault = made(TargetKind::Generic, &long, &one(article("A", None))).expect_err("too long");
    assert_eq!(fault.what, "what it makes is longer than 20000 bytes");
}

#[test]
fn what_is_too_long_gets_shorter_facts_before_it_is_cut() {
    let whole = Article { summary: Some("word ".repeat(1_000)), ..article("A", None) };
    let made = made(TargetKind::Telegram, "{{ summary }}\n<a href=\"{{ url }}\">read</a>", &one(whole));
    let made = made.expect("made");
    assert!(made.ends_with("…\n<a href=\"https://example.org/a?b=1&amp;c=2\">read</a>"), "{made}");
    assert!(made.len() > 800 && made.len() < 4_096);
    let summary =
        Summary { count: 40, ..Summary::of(vec![news(article(&"t".repeat(190), None)); 20], false) };
    let wording = Wording {
        summary: Some(
            "{{ count }}: {% for a in articles %}{{ a.title }}{{ a.title }} {% endfor %}{{ more }} more"
                .into(),
        ),
        ..Wording::default()
    };
    let templates = Templates::read(TargetKind::WeCom, &wording).expect("a template").expect("one");
    let delivery = delivery(Message::Summary(Box::new(summary)));
    let text = templates.words(&delivery, BASE).expect("words").text.expect("a text");
    assert!(text.starts_with("40: ttt") && text.ends_with(" 30 more"), "{text}");
    // What there is no template for says the usual.
    assert_eq!(templates.words(&one(article("A", None)), BASE), Ok(Words::default()));
}

#[test]
fn a_template_that_never_ends_or_writes_without_end_fails() {
    let delivery = one(article("A", None));
    let long = "{% for a in range(10000) %}{% for b in range(10000) %}{% endfor %}{% endfor %}x";
    assert_eq!(
        made(TargetKind::Slack, long, &delivery).expect_err("a fault").what,
        "it takes more than 50000 steps"
    );
    let wide = format!("{{% for a in range(900) %}}{}{{% endfor %}}", "x".repeat(1_000));
    assert_eq!(
        made(TargetKind::Slack, &wide, &delivery).expect_err("a fault").what,
        "it writes more than 256 KB"
    );
    let empty = made(TargetKind::Slack, "{{ category }}\n", &delivery).expect_err("a fault");
    assert_eq!(empty.to_string(), "`template`: it makes an empty text");
}

#[test]
fn subjects_are_one_line_of_plain_text() {
    let wording = Wording { subject: Some("New:\n{{ title }}\u{202E}".into()), ..Wording::default() };
    let templates = Templates::read(TargetKind::Email, &wording).expect("a template").expect("one");
    let words = templates.words(&one(article("<b> & \r\nBcc: x@example.org", None)), BASE).expect("words");
    assert_eq!(words, Words { text: None, subject: Some("New: <b> & Bcc: x@example.org".into()) });
}

/// A template for a kind and a message, and what it must be told.
const FAULTS: &[(TargetKind, Part, &str, &[&str])] = &[
    (TargetKind::Slack, Part::Article, "{{ title }}", &[]),
    (
        TargetKind::Slack,
        Part::Article,
        "{{ title }}\n{{ titel }} {% if x %}{% endif %}",
        &["`template`: `titel` is no name of a fact", "`template`: `x` is no name of a fact"],
    ),
    (TargetKind::Slack, Part::Article, "a\n{{ title", &["`template`, line 2: syntax error: "]),
    (TargetKind::Slack, Part::Article, "{% if 0 %}{% endfor %}", &["`template`, line 1: syntax error: "]),
    (TargetKind::Slack, Part::Article, "a\nb {{ title | shout }}", &["`template`, line 2: unknown filter: "]),
    (TargetKind::Slack, Part::Article, "{{ title | tojson }}", &["`template`, line 1: unknown filter: "]),
    (TargetKind::Slack, Part::Article, "{{ summary }}", &["`template`: it makes an empty text"]),
    (TargetKind::Slack, Part::Article, "{{ title.x.y }}", &["`template`, line 1: undefined value"]),
    (TargetKind::Slack, Part::Article, "{% include 'x' %}", &["`template`, line 1: template not found"]),
    (
        TargetKind::Slack,
        Part::Summary,
        "{{ count }} {{ title }}",
        &["`summary_template`: `title` is no name"],
    ),
    (
        TargetKind::Slack,
        Part::Summary,
        "{{ count }}{% for a in articles %}{{ a.titel }}{% endfor %}",
        &["`summary_template`, line 1: undefined value"],
    ),
    (TargetKind::Slack, Part::Health, "{{ title }} {{ to }} {{ reason }} {{ advice }}", &[]),
    (TargetKind::Generic, Part::Article, "{\"a\": {{ source }}}", &[]),
    (
        TargetKind::Generic,
        Part::Article,
        "{\"a\": \"{{ title }}\"}",
        &["`template`: what it makes is no JSON"],
    ),
    (TargetKind::Command, Part::Article, "{{ title | tojson }}", &[]),
    (TargetKind::Email, Part::Subject, "[{{ what }}] {{ headline }}", &[]),
    (TargetKind::Email, Part::Subject, "{{ count }}", &["`subject_template`, line 1: undefined value"]),
    (
        TargetKind::Email,
        Part::Subject,
        "{% if what == 'summary' %}{{ count }} new{% else %}{{ title }}{% endif %}",
        &[],
    ),
    (
        TargetKind::Slack,
        Part::Article,
        "{% set t = title %}{% for x in tags %}{{ loop.index }}{{ t }}{% endfor %}.",
        &[],
    ),
];

#[test]
fn what_is_wrong_with_a_template_is_found_before_it_is_used() {
    for (kind, part, text, wanted) in FAULTS {
        let found: Vec<String> = faults(*kind, *part, text).iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), wanted.len(), "{text}: {found:?}");
        for (found, wanted) in found.iter().zip(*wanted) {
            assert!(found.starts_with(wanted), "{text}: {found}");
        }
    }
}

/// Names that stand in the document of chats, and no others.
#[test]
fn every_name_of_a_fact_is_documented() {
    let document = include_str!("../../../docs/chats.md");
    let table = document.split("| name | of | what |").nth(1).expect("the table");
    let named: Vec<&str> = table
        .lines()
        .take_while(|line| !line.starts_with("**"))
        .flat_map(|line| line.split('|').nth(1))
        .collect();
    let named = named.join(" ");
    let mut names: Vec<String> = Vec::new();
    for (_, fill) in Part::ALL.into_iter().flat_map(faults::examples) {
        let facts = fill(&Facts::plain(STEPS[0]));
        names.extend(facts.try_iter().expect("a map").map(|name| name.to_string()));
    }
    names.sort();
    names.dedup();
    assert!(names.len() > 20);
    for name in &names {
        assert!(named.contains(&format!("`{name}`")), "{name}");
    }
    assert_eq!(named.matches('`').count(), 2 * names.len(), "{named}");
}

#[test]
fn tags_and_references_are_never_cut_apart() {
    let html = "<b>bold &amp; <i>slanted</i></b> and <a href=\"x\">link</a>";
    for room in 1..html.len() {
        let cut = cut(html, room, utf16, Marks::Tags);
        assert!(utf16(&cut) <= room, "{room}: {cut}");
        assert_eq!(cut.matches("<b>").count(), cut.matches("</b>").count(), "{cut}");
        assert_eq!(cut.matches("<i>").count(), cut.matches("</i>").count(), "{cut}");
        assert_eq!(cut.matches("<a href").count(), cut.matches("</a>").count(), "{cut}");
        assert_eq!(cut.matches('&').count(), cut.matches("&amp;").count(), "{cut}");
    }
    assert_eq!(cut("<https://e.org|words> more", 24, utf16, Marks::Whole), "<https://e.org|words> m…");
    assert_eq!(cut("<https://e.org|words> more", 20, utf16, Marks::Whole), "…");
    assert_eq!(stripped("<p>One <b>&lt;two&gt;</b><br>three</p>"), "One <two>\nthree");
}

proptest! {
    #[test]
    fn whatever_is_cut_fits(text in "[a<>/&;b 👩]{0,60}", room in 0usize..60) {
        for marks in [Marks::None, Marks::Whole, Marks::Tags] {
            prop_assert!(utf16(&cut(&text, room, utf16, marks)) <= room);
        }
        let _ = stripped(&text);
    }
}
