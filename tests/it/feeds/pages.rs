//! Pages, OPML and the catalogue.

use proptest::prelude::*;
use roxmltree::{Document, Node, ParsingOptions};
use tidings::feed::{
    Channel, Directory, FeedDocument, FeedEntry, FeedSummary, RenderError, SEARCH, STYLE, article_page,
    catalog, entry, feed_page, index_page, opml,
};
use tidings::model::{Article, FeedKind};

use super::hostile::{any_text, with_text};
use super::read::{inner, text};
use super::sample::{article, articles, channel, document, summary};

fn feeds() -> Vec<FeedSummary> {
    vec![
        summary(FeedKind::Health, "Health"),
        summary(FeedKind::Tag, "Kafka"),
        summary(FeedKind::Tag, "C++ <b>"),
        summary(FeedKind::Tag, "Backend Architecture"),
        summary(FeedKind::Source, "JD Cloud Developers"),
        summary(FeedKind::Category, "Industry Insights"),
        summary(FeedKind::Listing, "Backend architecture"),
        summary(FeedKind::All, "Everything"),
    ]
}

/// The pages are HTML and XML at once, so that a strict parser can read them.
fn parse(page: &str) -> Document<'_> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    Document::parse_with_options(page, options).expect("a well-formed page")
}

fn with_name<'a>(page: &'a Document<'a>, name: &'a str) -> impl Iterator<Item = Node<'a, 'a>> {
    page.descendants().filter(move |node| node.has_tag_name(name))
}

/// No script but the one file of ours, no style, no handler, no address that is not http(s) or relative.
fn check_safe(page: &Document<'_>) {
    for node in page.descendants().filter(Node::is_element) {
        let name = node.tag_name().name();
        assert!(!["style", "img", "iframe", "object", "foreignObject"].contains(&name), "{name}");
        if name == "script" {
            assert_eq!((node.attribute("src"), node.text()), (Some("search.js"), None));
        }
        for attribute in node.attributes() {
            assert!(!attribute.name().starts_with("on") && attribute.name() != "style");
            if attribute.name() == "href" {
                let scheme = attribute.value().split_once(':').map(|(scheme, _)| scheme);
                assert!(matches!(scheme, None | Some("http" | "https")), "{}", attribute.value());
            }
        }
    }
}

/// The names of the feeds in the rows of a page.
fn names(page: &Document<'_>) -> Vec<String> {
    with_name(page, "a").filter(|link| link.attribute("class") == Some("name")).map(inner).collect()
}

#[test]
fn index_lists_every_feed_with_its_three_addresses() {
    let feeds = feeds();
    let bytes = index_page(&feeds, &[], &channel()).expect("a page");
    let page = parse(text(&bytes));
    check_safe(&page);
    let hrefs: Vec<_> = with_name(&page, "a").filter_map(|link| link.attribute("href")).collect();
    for feed in &feeds {
        for ending in ["html", "rss", "atom", "json"] {
            assert!(hrefs.contains(&&*format!("{}.{ending}", feed.path)), "{}", feed.path);
        }
    }
    assert!(hrefs.contains(&"opml.xml"));
    let headings: Vec<_> = with_name(&page, "h2").map(inner).collect();
    assert_eq!(headings, ["Everything", "Listings", "Categories", "Tags", "Sources", "Health"]);
    let names = names(&page);
    assert!(names.contains(&"C++ <b>".to_owned()));
}

#[test]
fn index_names_the_feed_of_everything_to_programs() {
    let bytes = index_page(&feeds(), &[], &channel()).expect("a page");
    let page = parse(text(&bytes));
    let alternates: Vec<_> = with_name(&page, "link")
        .filter(|link| link.attribute("rel") == Some("alternate"))
        .filter_map(|link| Some((link.attribute("type")?, link.attribute("href")?)))
        .collect();
    assert_eq!(
        alternates,
        [
            ("application/rss+xml", "feeds/all.rss"),
            ("application/atom+xml", "feeds/all.atom"),
            ("application/feed+json", "feeds/all.json"),
        ]
    );
}

#[test]
fn index_without_feeds_says_so() {
    let bytes = index_page(&[], &[], &channel()).expect("a page");
    assert!(inner(parse(text(&bytes)).root_element()).contains("No feeds yet."));
}

#[test]
fn article_page_links_what_has_a_feed() {
    let bytes = article_page(&article(1), &feeds(), &channel()).expect("a page");
    let page = parse(text(&bytes));
    check_safe(&page);
    let links: Vec<_> =
        with_name(&page, "a").map(|a| (inner(a), a.attribute("href").unwrap_or(""))).collect();
    for (name, href) in [
        ("How team 1 moved 3 services to one queue & lived", "https://source.example/posts/1?a=1&b=2"),
        ("Kafka", "../feeds/tags/kafka.html"),
        ("Backend Architecture", "../feeds/tags/backend-architecture.html"),
        ("JD Cloud Developers", "../feeds/sources/jd-cloud-developers.html"),
        ("Industry Insights", "../feeds/categories/industry-insights.html"),
        ("Backend architecture", "../feeds/listings/backend-architecture.html"),
    ] {
        assert!(links.contains(&(name.to_owned(), href)), "{name} in {links:?}");
    }
    let shown = inner(page.root_element());
    for part in ["The 1th story", "2016-03-03", "Queues", "on the page", "2016-03-03 01:00 UTC"] {
        assert!(shown.contains(part), "{part}");
    }
}

#[test]
fn f099_f100_hostile_article_is_text_and_isolated() {
    let hostile = "\u{202E}<script>alert(1)</script> {{ 7*7 }} \" onload='x' &amp; ]]>";
    let article = Article {
        title: hostile.into(),
        link: Some("https://ex.com/\"><script>".into()),
        source: Some(hostile.into()),
        category: Some(hostile.into()),
        summary: Some(hostile.into()),
        tags: vec![hostile.into()],
        ..article(1)
    };
    let bytes = article_page(&article, &[], &channel()).expect("a page");
    let page = parse(text(&bytes));
    check_safe(&page);
    let isolated = with_name(&page, "bdi").filter(|bdi| inner(*bdi) == hostile).count();
    assert_eq!(isolated, 5, "title, summary, source, category and tag");
    let loose = page.descendants().filter(|node| {
        let is_isolated = node.ancestors().any(|at| at.has_tag_name("bdi"));
        node.is_text() && !is_isolated && node.text().is_some_and(|text| text.contains('\u{202E}'))
    });
    assert_eq!(loose.count(), 0);
}

#[test]
fn f099_hostile_names_of_feeds_are_text_in_lists() {
    let hostile = "\u{202E}\"><script>&amp;\u{0}\n{{ x }}";
    let cleaned = "\u{202E}\"><script>&amp; {{ x }}";
    let feeds = [FeedSummary { title: hostile.into(), ..summary(FeedKind::Tag, "Kafka") }];
    let channel = Channel { title: hostile.into(), description: hostile.into(), ..channel() };
    let bytes = index_page(&feeds, &[], &channel).expect("a page");
    let page = parse(text(&bytes));
    check_safe(&page);
    assert_eq!(names(&page), [cleaned]);
    let bytes = opml(&feeds, &channel).expect("OPML");
    let list = Document::parse(text(&bytes)).expect("well-formed OPML");
    assert!(with_name(&list, "outline").any(|outline| outline.attribute("text") == Some(cleaned)));
    let bytes = catalog(&feeds, &channel).expect("a catalogue");
    let rows: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
    assert_eq!(rows[0]["title"], cleaned);
}

#[test]
fn opml_lists_every_feed_below_its_kind() {
    let bytes = opml(&feeds(), &channel()).expect("OPML");
    let document = Document::parse(text(&bytes)).expect("well-formed OPML");
    assert_eq!(document.root_element().attribute("version"), Some("2.0"));
    let mut feeds = 0;
    for outline in with_name(&document, "outline") {
        let is_feed = outline.attribute("xmlUrl").is_some();
        assert_eq!(outline.attribute("type"), is_feed.then_some("rss"));
        assert!(is_feed || outline.has_children());
        feeds += usize::from(is_feed);
    }
    assert_eq!(feeds, 8);
    let kafka =
        with_name(&document, "outline").find(|at| at.attribute("text") == Some("Kafka")).expect("Kafka");
    assert_eq!(kafka.attribute("xmlUrl"), Some("https://news.example/tidings/feeds/tags/kafka.atom"));
    assert_eq!(kafka.parent().and_then(|group| group.attribute("text")), Some("Tags"));
}

#[test]
fn catalog_rows_have_absolute_addresses() {
    let bytes = catalog(&feeds(), &channel()).expect("a catalogue");
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&bytes).expect("a list");
    assert_eq!(rows.len(), 8);
    let kafka = rows.iter().find(|row| row["slug"] == "kafka").expect("Kafka");
    assert_eq!(
        kafka.to_string(),
        serde_json::json!({
            "kind": "tag", "title": "Kafka", "slug": "kafka", "count": 2, "updated": "2016-03-03T00:00:00Z",
            "rss": "https://news.example/tidings/feeds/tags/kafka.rss",
            "atom": "https://news.example/tidings/feeds/tags/kafka.atom",
            "json": "https://news.example/tidings/feeds/tags/kafka.json",
        })
        .to_string()
    );
    let empty = catalog(&[], &channel()).expect("a catalogue");
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&empty).expect("JSON"), serde_json::json!([]));
}

#[test]
fn f112_lists_do_not_depend_on_the_order_given() {
    let mut reversed = feeds();
    reversed.reverse();
    let index = |feeds: &[FeedSummary], channel: &Channel| index_page(feeds, &[], channel);
    type Render<'a> = &'a dyn Fn(&[FeedSummary], &Channel) -> Result<Vec<u8>, RenderError>;
    for render in [&index as Render<'_>, &opml, &catalog] {
        assert_eq!(
            render(&feeds(), &channel()).expect("bytes"),
            render(&reversed, &channel()).expect("bytes")
        );
    }
}

#[test]
fn style_sheet_asks_for_nothing_from_elsewhere() {
    assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
    assert!(!["http", "import", "fetch", "innerHTML", "eval"].iter().any(|word| SEARCH.contains(word)));
    assert!(STYLE.contains("prefers-color-scheme: dark"));
}

/// The page of the feed of the tag Kafka.
fn kafka_page<'a>(articles: &'a [Article], change: impl FnOnce(&mut FeedDocument<'a>)) -> String {
    let mut doc = document(articles);
    change(&mut doc);
    let bytes = feed_page(&doc, &Directory::new(&feeds()), &channel()).expect("a page");
    String::from_utf8(bytes).expect("UTF-8")
}

#[test]
fn feed_page_shows_entries_and_leads_to_their_feeds() {
    let bytes = kafka_page(&articles(12), |_| {});
    let page = parse(&bytes);
    check_safe(&page);
    assert_eq!(with_name(&page, "article").count(), 12);
    let links: Vec<_> =
        with_name(&page, "a").map(|a| (inner(a), a.attribute("href").unwrap_or(""))).collect();
    let own = format!("../../articles/{}.html", article(3).id);
    for (name, href) in [
        ("How team 1 moved 3 services to one queue & lived", "https://source.example/posts/1?a=1&b=2"),
        ("How team 3 moved 3 services to one queue & lived", &*own),
        ("Backend Architecture", "../../feeds/tags/backend-architecture.html"),
        ("JD Cloud Developers", "../../feeds/sources/jd-cloud-developers.html"),
        ("Industry Insights", "../../feeds/categories/industry-insights.html"),
        ("RSS", "../../feeds/tags/kafka.rss"),
        ("Backend reading", "../../index.html"),
        ("Tags", "../../index.html#tag"),
    ] {
        assert!(links.contains(&(name.to_owned(), href)), "{name} in {links:?}");
    }
    let alternates: Vec<_> = with_name(&page, "link").filter_map(|link| link.attribute("type")).collect();
    assert_eq!(alternates, ["application/rss+xml", "application/atom+xml", "application/feed+json"]);
}

#[test]
fn feed_page_links_only_what_surely_has_the_article() {
    let unsure = [Article { sure: false, source: None, ..article(1) }];
    let bytes = kafka_page(&unsure, |doc| doc.entries = vec![entry(&unsure[0], Some("JD Cloud Developers"))]);
    let page = parse(&bytes);
    let links: Vec<_> = with_name(&page, "a").map(inner).collect();
    assert!(!links.iter().any(|name| name == "Backend Architecture" || name == "JD Cloud Developers"));
    assert!(inner(page.root_element()).contains("JD Cloud Developers"));
}

#[test]
fn feed_page_links_its_newest_archives() {
    let bytes = kafka_page(&articles(2), |doc| doc.archives = 500);
    let page = parse(&bytes);
    let archives: Vec<_> =
        with_name(&page, "a").map(inner).filter(|name| name.starts_with("Archive")).collect();
    assert_eq!((archives.len(), &*archives[0], &*archives[19]), (20, "Archive 500", "Archive 481"));
}

#[test]
fn empty_feed_page_says_so() {
    let bytes = kafka_page(&[], |_| {});
    assert!(inner(parse(&bytes).root_element()).contains("Nothing yet."));
}

/// The rows below a page's plot: day and count, newest first.
fn plotted(page: &Document<'_>) -> Vec<(String, String)> {
    let rows = with_name(page, "tr").skip(1);
    rows.map(|row| {
        let cells: Vec<_> = row.children().filter(Node::is_element).map(inner).collect();
        (cells[0].clone(), cells[1].clone())
    })
    .collect()
}

#[test]
fn plot_ends_at_the_newest_day_that_has_an_article() {
    let on = |day: &str| Article { date: tidings::model::Printed::parse(day), ..article(1) };
    // The article was published on 2016-03-03; a printed day far beyond that is a mistake.
    let articles = [on("2016-03-03"), on("2016-03-01"), on("2016-03-01"), on("2015-12-01"), on("2150-01-01")];
    let recent: Vec<FeedEntry<'_>> = articles.iter().map(|article| entry(article, None)).collect();
    let bytes = index_page(&feeds(), &recent, &channel()).expect("a page");
    let page = parse(text(&bytes));
    let row = |day: &str, count: &str| (day.to_owned(), count.to_owned());
    assert_eq!(plotted(&page), [row("2016-03-04", "1"), row("2016-03-03", "1"), row("2016-03-01", "2")]);
    let caption = inner(with_name(&page, "figcaption").next().expect("a caption"));
    let said = "4 of the last 5 articles are from the 14 days up to 2016-03-04, at most 2 from one day.";
    assert_eq!(caption, said);
}

#[test]
fn plot_of_rare_articles_counts_months_or_years_and_says_so() {
    let every = |months: u32| {
        let on = move |number: u32| {
            let months = (2025 - 1970) * 12 - number * months;
            let day = format!("{}-{:02}-15", 1970 + months / 12, months % 12 + 1);
            Article {
                date: tidings::model::Printed::parse(&day),
                published: tidings::model::Timestamp::from_unix(1_780_000_000),
                ..article(1)
            }
        };
        let articles: Vec<Article> = (0..20).map(on).collect();
        let recent: Vec<FeedEntry<'_>> = articles.iter().map(|article| entry(article, None)).collect();
        let bytes = index_page(&feeds(), &recent, &channel()).expect("a page");
        let page = parse(text(&bytes));
        let label = with_name(&page, "summary").next().map(inner).unwrap_or_default();
        (label, inner(with_name(&page, "figcaption").next().expect("a caption")))
    };
    let said = "The last 20 articles are all from the 39 months up to 2025-01, at most 1 from one month.";
    assert_eq!(every(2), ("Articles per month as numbers".to_owned(), said.to_owned()));
    let said = "The last 20 articles are all from the 11 years up to 2025, at most 2 from one year.";
    assert_eq!(every(6), ("Articles per year as numbers".to_owned(), said.to_owned()));
}

#[test]
fn f104_index_of_10000_feeds_is_folded_and_small() {
    let tag =
        |n: usize| FeedSummary { count: n % 997, ..summary(FeedKind::Tag, &format!("Technology {n:05}")) };
    let feeds: Vec<_> = (0..10_000).map(tag).collect();
    let bytes = index_page(&feeds, &[], &channel()).expect("a page");
    assert!(bytes.len() < 1_600_000, "{} bytes", bytes.len());
    let page = parse(text(&bytes));
    let mut shown = names(&page);
    assert_eq!(with_name(&page, "details").count(), 100);
    let folded = |link: Node<'_, '_>| link.ancestors().any(|at| at.has_tag_name("details"));
    let open = with_name(&page, "a").filter(|a| a.attribute("class") == Some("name") && !folded(*a));
    assert_eq!(open.count(), 30);
    shown.sort_unstable();
    shown.dedup();
    assert_eq!(shown.len(), 10_000, "each feed once");
}

/// WCAG 2.2, relative luminance of `#rrggbb`.
fn luminance(colour: &str) -> f64 {
    let part = |at: usize| {
        let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).expect("hex")) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
}

/// The contrast (WCAG 2.2) of two colours.
fn contrast(one: &str, other: &str) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// What the style sheet uses colours for: each declaration that names one, as property and name.
fn uses() -> Vec<(&'static str, &'static str)> {
    let declarations = STYLE.split(['{', '}', ';']).filter_map(|part| part.trim().split_once(':'));
    let coloured = declarations.filter(|(property, _)| !property.starts_with("--"));
    coloured
        .flat_map(|(property, value)| {
            value
                .split("var(--")
                .skip(1)
                .map(move |rest| (property, rest.split(')').next().unwrap_or_default()))
        })
        .collect()
}

#[test]
fn every_pair_of_colours_has_the_contrast_of_wcag_aa_in_light_and_dark() {
    let (light, dark) = STYLE.split_once("@media").expect("two schemes");
    let uses = uses();
    assert!(uses.len() >= 18, "{uses:?}");
    for scheme in [light, dark] {
        let colour = |name: &str| {
            let (_, rest) = scheme.split_once(&format!("--{name}: ")).unwrap_or_else(|| panic!("no {name}"));
            &rest[..7]
        };
        for (property, name) in &uses {
            // Text needs 4.5 (1.4.3); edges of controls, bars and the mark of the focus 3 (1.4.11). Lines between
            // rows tell nothing that the space does not.
            let least = match (*property, *name) {
                ("background", "paper") => continue,
                (edge, "line") if edge.starts_with("border") => continue,
                ("color", _) => 4.5,
                ("fill" | "outline", _) => 3.0,
                (edge, _) if edge.starts_with("border") => 3.0,
                other => panic!("what is {other:?} for?"),
            };
            let contrast = contrast(colour(name), colour("paper"));
            assert!(contrast >= least, "{property} in {name}: {contrast:.2}");
        }
    }
}

#[test]
fn links_are_told_apart_without_colour_and_large_enough() {
    // Those without a line below have an edge around them, which has the contrast of a control.
    for rule in STYLE.split('}').filter(|rule| rule.contains("text-decoration: none")) {
        assert!(rule.contains("var(--edge)"), "{rule}");
    }
    // WCAG 2.2, 2.5.8: links that stand outside of sentences are boxes, at least a line and thus 24 pixels high.
    for place in
        ["nav a", "h1 a", "h2 a", "dd a", ".newest a", ".facts a", ".short a", ".name", ".tags li > *"]
    {
        let boxed = STYLE.split('}').any(|rule| {
            let (places, what) = rule.split_once('{').unwrap_or_default();
            places.split(',').any(|one| one.trim() == place) && what.contains("display: inline-block")
        });
        assert!(boxed, "{place}");
    }
}

#[test]
fn pages_have_a_language_one_first_heading_and_headings_in_order() {
    let recent = articles(30);
    let recent: Vec<_> = recent.iter().map(|article| entry(article, None)).collect();
    let plain = Channel { language: String::new(), ..channel() };
    for bytes in [
        index_page(&feeds(), &recent, &plain).expect("a page"),
        article_page(&article(1), &feeds(), &plain).expect("a page"),
        kafka_page(&articles(30), |doc| doc.archives = 3).into_bytes(),
    ] {
        let page = parse(text(&bytes));
        assert_eq!(page.root_element().attribute("lang"), Some("en"));
        let headings = page
            .descendants()
            .map(|node| node.tag_name().name())
            .filter(|name| name.len() == 2 && name.starts_with('h') && name.as_bytes()[1].is_ascii_digit());
        let levels: Vec<u8> = headings.map(|name| name.as_bytes()[1] - b'0').collect();
        assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1);
        assert_eq!(levels[0], 1);
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?}");
        assert_eq!(with_name(&page, "main").count(), 1);
        let skip = with_name(&page, "a").next().expect("a link");
        let main = with_name(&page, "main").next().expect("a main part");
        assert_eq!((skip.attribute("class"), skip.attribute("href")), (Some("skip"), Some("#main")));
        assert_eq!(main.attribute("id"), Some("main"));
        assert!(with_name(&page, "th").all(|cell| matches!(cell.attribute("scope"), Some("row" | "col"))));
        for input in with_name(&page, "input") {
            let label =
                with_name(&page, "label").find(|label| label.attribute("for") == input.attribute("id"));
            assert!(label.is_some_and(|label| !inner(label).is_empty()));
        }
        let ids: Vec<_> = page.descendants().filter_map(|node| node.attribute("id")).collect();
        let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
        assert_eq!(ids.len(), distinct.len(), "{ids:?}");
        for named in page.descendants().filter_map(|node| node.attribute("aria-labelledby")) {
            assert!(ids.contains(&named), "{named}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn f097_f100_any_text_leaves_pages_and_lists_well_formed(text in any_text()) {
        let feeds = [FeedSummary { title: text.clone(), ..summary(FeedKind::Tag, "Kafka") }];
        let channel = Channel { title: text.clone(), description: text.clone(), ..channel() };
        for bytes in [
            article_page(&with_text(&text), &feeds, &channel).expect("a page"),
            index_page(&feeds, &[entry(&with_text(&text), None)], &channel).expect("a page"),
            feed_page(&document(&[with_text(&text)]), &Directory::new(&feeds), &channel).expect("a page"),
            opml(&feeds, &channel).expect("OPML"),
        ] {
            check_safe(&parse(std::str::from_utf8(&bytes).expect("UTF-8")));
        }
    }
}
