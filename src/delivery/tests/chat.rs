//! What each service is sent, whatever a page says: within its limits, and calling nobody.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;
use uuid::Uuid;

use super::*;
use crate::delivery::Templates;
use crate::model::delivery::{
    AlsoAt, ArticleChange, ChangedArticle, DeliveryState, FieldChange, HealthNews, HeldNews, Message,
    NewArticle, Summary, TargetTrouble,
};
use crate::model::target::Wording;
use crate::model::{
    Article, ArticleId, Change, DeliveryId, Field, Health, HealthEvent, ListingId, OnListing, Presence,
    Printed, SiteUid, TagRow, TargetId,
};

const BASE: &str = "https://news.example.org";
const FEISHU_SIGN: &str = "5mtK7DDp++VurKOOoF3x+Cf1Cd3F6wRBU2r+XMEknMw=";
const DINGTALK_SIGN: &str = "Asbuya1JBDMHCCN/b/AnRY7n70wNszlR3Qrd0AiOSHE=";

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

/// Every service, each as its config has it.
fn chats() -> Vec<Chat> {
    let hooks = [
        TargetKind::Slack,
        TargetKind::Discord,
        TargetKind::Mattermost,
        TargetKind::Teams,
        TargetKind::GoogleChat,
        TargetKind::WeCom,
    ];
    let mut chats: Vec<Chat> = hooks.into_iter().map(Chat::Hook).collect();
    chats.extend([
        Chat::Signed(TargetKind::Feishu, Some(secret("feishusecret"))),
        Chat::Signed(TargetKind::DingTalk, Some(secret("SECdingsecret"))),
        Chat::Telegram { token: secret("123:abc"), chat: "-1001".into(), topic: Some(7) },
        Chat::Matrix { token: secret("syt_token"), room: "!room:example.org".into() },
        Chat::Ntfy { topic: secret("topic"), token: Some(secret("tk_token")) },
        Chat::Gotify { token: secret("Atoken") },
    ]);
    chats
}

fn article(title: &str, summary: &str, link: Option<&str>) -> Article {
    let at = Timestamp::from_unix(1_763_600_000);
    Article {
        id: ArticleId::from_uuid(Uuid::from_u128(7)),
        site: SiteUid::from_uuid(Uuid::from_u128(1)),
        keys: Vec::new(),
        title: title.to_owned(),
        link: link.map(str::to_owned),
        source: Some(title.to_owned()),
        date: Printed::parse("2026-11-20"),
        category: Some(title.to_owned()),
        summary: Some(summary.to_owned()),
        row: TagRow::None,
        tags: vec!["Kafka".into(), title.to_owned()],
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
        listings: vec![OnListing { listing: listing("other"), tags: vec![], presence: Presence::Listed }],
    }
}

fn listing(id: &str) -> ListingId {
    ListingId::parse(id).expect("an id")
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

/// A message of each kind in which every text is `title`, or `text`.
fn deliveries(title: &str, text: &str, link: Option<&str>) -> Vec<Delivery> {
    let article = article(title, text, link);
    let other = AlsoAt::of(article.clone(), String::new());
    let news = NewArticle {
        listing: listing("news"),
        title: title.to_owned(),
        article: article.clone(),
        also_at: vec![other; 5],
    };
    let summary = Summary {
        count: 64,
        listings: vec![(listing("news"), title.to_owned(), 60), (listing("other"), text.to_owned(), 4)],
        articles: vec![article.clone(); 16],
        approved: true,
        updated: 4,
        changed: vec![
            ChangedArticle {
                what: Change::Updated,
                fields: Field::ALL.to_vec(),
                article: article.clone()
            };
            4
        ],
        ..Summary::default()
    };
    let change = |what| {
        let fields = Field::ALL.map(|field| FieldChange { field, was: Some(title.to_owned()) }).to_vec();
        let (listing, title) = (listing("news"), title.to_owned());
        Message::Change(Box::new(ArticleChange { what, fields, listing, title, article: article.clone() }))
    };
    let event = |to| HealthEvent {
        seq: 8,
        at: Timestamp::from_unix(1_763_600_000),
        listing: listing("news"),
        from: Health::Ok,
        to,
        reason: text.to_owned(),
    };
    let health = |to| {
        let held = HeldNews { count: 64, titles: vec![title.to_owned(); 5] };
        let held = (to == Health::Quarantined).then_some(held);
        Message::Health(Box::new(HealthNews { title: title.to_owned(), event: event(to), held }))
    };
    vec![
        delivery(Message::New(Box::new(news))),
        delivery(Message::Summary(Box::new(summary))),
        delivery(health(Health::Quarantined)),
        delivery(health(Health::Ok)),
        delivery(change(Change::Updated)),
        delivery(change(Change::Removed)),
        delivery(change(Change::Returned)),
        delivery(Message::Target(Box::new(TargetTrouble {
            target: TargetId::parse("team").expect("an id"),
            reason: text.to_owned(),
            since: Timestamp::from_unix(1_763_600_000),
            waiting: 3,
        }))),
    ]
}

fn written(chat: &Chat, delivery: &Delivery) -> (Outgoing, Value) {
    worded(chat, delivery, None)
}

/// A message in words of one's own.
fn worded(chat: &Chat, delivery: &Delivery, own: Option<&Words>) -> (Outgoing, Value) {
    let outgoing = chat.write(delivery, own, BASE, Timestamp::from_unix(1_763_600_000)).expect("written");
    let body = serde_json::from_slice(&outgoing.body).expect("JSON");
    (outgoing, body)
}

/// Every text of a document.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(list) => list.iter().for_each(|item| texts(item, found)),
        Value::Object(map) => map.values().for_each(|item| texts(item, found)),
        _ => {}
    }
}

/// Fails unless a message is within what the manual of its service says.
fn assert_within(chat: &Chat, outgoing: &Outgoing, body: &Value) {
    // An embed in words of one's own has no title.
    let utf16 = |value: &Value| value.as_str().map_or(0, |text| text.encode_utf16().count());
    let all = outgoing.body.len();
    match chat.kind() {
        TargetKind::Slack => {
            let blocks = body["blocks"].as_array().expect("blocks");
            assert!(blocks.len() <= 50 && blocks.iter().all(|block| utf16(&block["text"]["text"]) <= 3_000));
            assert!(utf16(&body["text"]) <= 4_000);
        }
        TargetKind::Discord => {
            let embed = &body["embeds"][0];
            assert!(utf16(&embed["title"]) <= 256 && utf16(&embed["description"]) <= 4_096);
            assert!(utf16(&embed["title"]) + utf16(&embed["description"]) <= 6_000);
            assert_eq!(body["allowed_mentions"], serde_json::json!({"parse": []}));
        }
        TargetKind::Mattermost => assert!(utf16(&body["text"]) <= 4_000),
        TargetKind::Teams => assert!(all <= 28 * 1_024, "{all}"),
        TargetKind::GoogleChat => assert!(all <= 32_000, "{all}"),
        TargetKind::WeCom => {
            assert!(body["markdown"]["content"].as_str().expect("a text").len() <= 4_096);
        }
        TargetKind::Feishu => assert!(all <= 20 * 1_024, "{all}"),
        TargetKind::DingTalk => assert!(all <= 20_000, "{all}"),
        TargetKind::Telegram => assert!(utf16(&body["text"]) <= 4_096),
        TargetKind::Matrix => assert!(all <= 60_000, "{all}"),
        TargetKind::Ntfy => {
            assert!(body["message"].as_str().expect("a text").len() <= 4_096);
            assert!(!body["message"].as_str().expect("a text").is_empty());
        }
        _ => assert!(all <= 20_000, "{all}"),
    }
}

/// Titles that mean harm, or stand at a border.
const HOSTILE: &[&str] = &[
    "@everyone @here @channel @all @room <!channel> <!here> <@U123> <#C1> <at user_id=\"all\">x</at> <users/all>",
    "[x](javascript:1) ![i](https://evil.example/i.png) <https://evil.example|x> <a href=\"javascript:1\">x</a>",
    "<script>alert(1)</script> <b>bold</b> &lt;i&gt; \"quoted\" 'single'",
    "**bold** __under__ ~~gone~~ `code` ```block``` # head > quote | table - list \\ back",
    "two\r\nlines\r\n\r\nBcc: evil@example.org\u{2028}three\u{85}four\u{0}five",
    "\u{202E}txt.exe \u{2066}turned\u{2069} \u{200B}hidden شكرا עברית",
    "",
];

#[test]
fn f128_f131_whatever_a_title_says_nobody_is_called_and_nothing_is_linked_or_broken() {
    for hostile in HOSTILE {
        for link in [Some("javascript:alert(1)"), Some("https://e.org/a_(b)|c>d\"e'f`g[h]?x=1&y=<2>"), None] {
            for chat in chats() {
                for delivery in deliveries(hostile, hostile, link) {
                    let (outgoing, body) = written(&chat, &delivery);
                    assert_within(&chat, &outgoing, &body);
                    let mut all = Vec::new();
                    texts(&body, &mut all);
                    for text in &all {
                        assert_harmless(chat.kind(), text);
                    }
                }
            }
        }
    }
}

fn assert_harmless(kind: TargetKind, text: &str) {
    // Plain text is what it is; in Feishu and Teams, who is called is told apart from texts.
    let plain = matches!(kind, TargetKind::Ntfy | TargetKind::Feishu);
    for call in ["@everyone", "@here", "@channel", "@all", "@room"] {
        assert!(plain || kind == TargetKind::Teams || !text.contains(call), "{kind:?}: {text}");
    }
    let plain = plain || kind == TargetKind::Matrix && !text.contains("<b>");
    for mark in ["<!", "<@", "<#", "<at ", "<users", "<script"] {
        assert!(plain || !text.replace("\\<", "").contains(mark), "{kind:?}: {mark} in {text}");
    }
    assert!(kind != TargetKind::Feishu || !text.contains("<at"), "{text}");
    let is_html = text.contains("<b>");
    assert!(!is_html || !text.contains("href=\"javascript:"), "{kind:?}: {text}");
    let is_markdown = matches!(
        kind,
        TargetKind::Discord
            | TargetKind::Mattermost
            | TargetKind::Teams
            | TargetKind::DingTalk
            | TargetKind::WeCom
    );
    // Its title is plain text, and is written apart.
    let is_markdown = is_markdown || kind == TargetKind::Gotify && text.contains("\\[");
    assert!(!is_markdown || !text.replace("\\]", "").contains("](javascript:"), "{kind:?}: {text}");
    assert!(!text.contains(['\r', '\u{0}', '\u{202E}', '\u{2066}', '\u{200B}']), "{kind:?}: {text:?}");
}

#[test]
fn f127_texts_are_cut_at_graphemes_and_fit() {
    let family = "👨‍👩‍👧";
    for length in [190, 199, 200, 201, 2_000] {
        let title = format!("{}{}", "x".repeat(length), family.repeat(400));
        for chat in chats() {
            for delivery in deliveries(&title, &family.repeat(5_000), Some("https://example.org/x")) {
                let (outgoing, body) = written(&chat, &delivery);
                assert_within(&chat, &outgoing, &body);
                let mut all = Vec::new();
                texts(&body, &mut all);
                for text in all {
                    // A family that was cut would end with what joins it, or with a part of it.
                    let rest = text.replace(family, "");
                    assert!(!rest.contains(['\u{200D}', '👨', '👩', '👧']), "{:?}: {rest}", chat.kind());
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn f127_whatever_is_written_it_fits(title in vec(any::<char>(), 0..900), text in vec(any::<char>(), 0..3_000)) {
        let (title, text): (String, String) = (title.into_iter().collect(), text.into_iter().collect());
        for chat in chats() {
            for delivery in deliveries(&title, &text, None) {
                let (outgoing, body) = written(&chat, &delivery);
                assert_within(&chat, &outgoing, &body);
            }
        }
    }
}

#[test]
fn f127_signs_that_take_most_room_fit_too() {
    for sign in ["&", "<", "\"", "\\", "_", "\u{7F}", "\u{1F600}", "ﷺ", "@", "e\u{301}\u{302}\u{303}"] {
        let link = format!("https://example.org/?{}", "&".repeat(500));
        for chat in chats() {
            for delivery in deliveries(&sign.repeat(3_000), &sign.repeat(6_000), Some(&link)) {
                let (outgoing, body) = written(&chat, &delivery);
                assert_within(&chat, &outgoing, &body);
            }
        }
    }
}

#[test]
fn a_message_says_where_else_the_story_is_told() {
    let first = |chat: &Chat| {
        let mut delivery = deliveries("A story", "b", None).remove(0);
        let Message::New(news) = &mut delivery.message else { panic!("a message") };
        news.also_at.truncate(2);
        news.also_at[0].source = "Acme <News>".to_owned();
        news.also_at[1].link = Some("https://example.org/2".to_owned());
        let mut all = Vec::new();
        texts(&written(chat, &delivery).1, &mut all);
        all.join("\n")
    };
    let page = "https://news.example.org/articles/00000000-0000-0000-0000-000000000007.html";
    let slack = first(&Chat::Hook(TargetKind::Slack));
    let links = format!("also at <{page}|Acme &lt;News&gt;>, <https://example.org/2|A story>");
    assert!(slack.contains(&links), "{slack}");
    let ntfy = first(&Chat::Ntfy { topic: secret("t"), token: None });
    assert!(ntfy.contains("also at Acme <News>, A story"), "{ntfy}");
}

/// What stands in every message of one's own.
const OWN: &str = "{{ headline }}: {{ title or '' }}\n{{ url }}\n";

/// Own words for every kind of message, with every fact that a page has a say in.
fn own(kind: TargetKind, more: &str) -> Templates {
    let article =
        "{{ source }} {{ category }} {{ summary }} {{ tags | join(', ') }} {{ link }} {{ page }} {{ tags }}";
    let summary =
        "{% for article in articles %}{{ article.title }} {{ article.summary | upper }} {{ article.url }}
{% endfor %}{% for listing in listings %}{{ listing.title ~ '!' }}{% endfor %}";
    let text = |text: &str| Some(format!("{OWN}{more}{text}"));
    let wording = Wording {
        article: text(article),
        summary: Some(format!("{{{{ headline }}}}\n{more}{summary}")),
        health: text("{{ reason }} {{ advice | e }}"),
        subject: kind.has_subject().then(|| "[own] {{ headline }}".to_owned()),
    };
    Templates::read(kind, &wording).expect("templates").expect("some")
}

#[test]
fn f128_f131_own_words_call_nobody_and_link_nothing_by_what_a_title_says() {
    for chat in chats() {
        let templates = own(chat.kind(), "");
        for (at, hostile) in HOSTILE.iter().enumerate() {
            let links =
                [Some("javascript:alert(1)"), Some("https://e.org/a_(b)|c>d\"e'f`g[h]?x=1&y=<2>"), None];
            for delivery in &deliveries(hostile, hostile, links[at % 3])[..3] {
                let words = templates.words(delivery, BASE).expect("words");
                let (outgoing, body) = worded(&chat, delivery, Some(&words));
                assert_within(&chat, &outgoing, &body);
                let mut all = Vec::new();
                texts(&body, &mut all);
                for text in &all {
                    assert_harmless(chat.kind(), text);
                }
            }
        }
    }
}

#[test]
fn f127_own_words_are_cut_at_graphemes_and_fit_whatever_their_length() {
    let family = "👨‍👩‍👧";
    let long = [&format!("{}\n", family.repeat(9)).repeat(50), &"\n\"".repeat(11_000)];
    for (chat, text) in chats().iter().zip([family, "&", "\"", "_", "ﷺ"].into_iter().cycle()) {
        for (more, at) in [("", 0), (long[0], 0), (long[1], 0), ("", 1)] {
            let templates = own(chat.kind(), more);
            let all = deliveries(&text.repeat(190), &text.repeat(400), Some("https://example.org/x"));
            let words = templates.words(&all[at], BASE).expect("words");
            let (outgoing, body) = worded(chat, &all[at], Some(&words));
            assert_within(chat, &outgoing, &body);
            let mut all = Vec::new();
            texts(&body, &mut all);
            for text in all {
                let rest = text.replace(family, "");
                assert!(!rest.contains(['\u{200D}', '👨', '👩', '👧']), "{:?}: {rest}", chat.kind());
            }
        }
    }
}

/// The figures of the two manuals' own examples are made with their programs; here an independent one (`openssl dgst
/// -sha256 -hmac`) made them.
#[test]
fn bots_are_signed_as_their_manuals_say() {
    let chat = Chat::Signed(TargetKind::Feishu, Some(secret("demo")));
    let (_, body) = written(&chat, &deliveries("A", "b", None)[0]);
    assert_eq!(body["timestamp"], "1763600000");
    assert_eq!(body["sign"], FEISHU_SIGN);
    let chat = Chat::Signed(TargetKind::DingTalk, Some(secret("demo")));
    let (outgoing, body) = written(&chat, &deliveries("A", "b", None)[0]);
    assert_eq!(outgoing.query[0], ("timestamp", "1763600000000".to_owned()));
    assert_eq!(outgoing.query[1], ("sign", DINGTALK_SIGN.to_owned()));
    assert_eq!(body["at"]["isAtAll"], false);
    let unsigned = Chat::Signed(TargetKind::DingTalk, None);
    assert!(written(&unsigned, &deliveries("A", "b", None)[0]).0.query.is_empty());
}

#[test]
fn f132_what_is_sent_shows_no_secret_by_itself() {
    for chat in chats() {
        let outgoing = written(&chat, &deliveries("A", "b", None)[0]).0;
        let shown = format!("{chat:?} {outgoing:?}");
        for secret in ["123:abc", "syt_token", "tk_token", "Atoken", "feishusecret", "SECdingsecret"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

#[test]
fn what_became_of_an_article_is_told_in_words() {
    let told = |what, fields: &[(Field, Option<&str>)]| {
        let mut article = article("Logs", "How a log is kept.", Some("https://example.org/1"));
        article.listings.clear();
        let change =
            |(field, was): &(Field, Option<&str>)| FieldChange { field: *field, was: was.map(str::to_owned) };
        let fields = fields.iter().map(change).collect();
        let (listing, title) = (listing("news"), "News".to_owned());
        let change = ArticleChange { what, fields, listing, title, article };
        let notice = Notice::of(&delivery(Message::Change(Box::new(change))), BASE);
        (notice.title, notice.url, notice.text)
    };
    let (title, url, text) = told(
        Change::Updated,
        &[
            (Field::Title, Some("Log")),
            (Field::Link, Some("https://example.org/0")),
            (Field::Category, None),
            (Field::Summary, Some("Before.")),
        ],
    );
    assert_eq!((title.as_str(), url.as_str()), ("Updated: Logs", "https://example.org/1"));
    assert_eq!(
        text,
        "Changed: title (was “Log”), link, category (there was none), summary. How a log is kept."
    );
    let (title, url, text) = told(Change::Removed, &[]);
    assert_eq!((title.as_str(), text.as_str()), ("Removed: Logs", "It was taken off News."));
    assert_eq!(url, format!("{BASE}/articles/{}.html", Uuid::from_u128(7)));
    let (title, _, text) = told(Change::Returned, &[(Field::Date, Some("2026-11-19"))]);
    assert_eq!(title, "Back: Logs");
    assert_eq!(text, "It had been taken off, and is back on News. Changed: date (was “2026-11-19”).");
}

#[test]
fn a_held_reading_is_told_with_how_many_wait_and_what_to_do() {
    let told = deliveries("A title", "64 articles are new at once.", None);
    let notice = Notice::of(&told[2], BASE);
    assert_eq!(
        notice.text,
        "64 articles are new at once. Held: 64 articles: “A title”, “A title”, “A title” and 61 more."
    );
    assert!(notice.advice.contains("listing approve news") && notice.advice.contains("listing reject news"));
}

#[test]
fn a_summary_of_changes_says_how_many_of_each_and_lists_new_ones_first() {
    let told = deliveries("A title", "Other", None);
    let notice = Notice::of(&told[1], BASE);
    assert_eq!(notice.title, "60 new articles, 4 updated on 2 listings");
    assert_eq!((notice.items[0].title.as_str(), notice.items.len()), ("A title", 20));
    assert_eq!(notice.items[19].title, "Updated: A title");
}
