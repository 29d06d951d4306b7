//! What a good config means.

use std::time::Duration;

use crate::model::filter::{Filter, Pattern};
use crate::model::key::KeyKind;
use crate::model::listing::{Format, Input, Limits, Quiet};
use crate::model::{Field, ListingId, Timestamp};
use crate::schedule::Schedule;

use super::*;

#[test]
fn a_config_of_three_lines_gets_every_default() {
    let checked = parsed(MINIMAL).expect("a config");
    assert!(checked.warnings.is_empty(), "{}", checked.warnings.render(false));
    let config = checked.config;
    assert_eq!(config.data_dir, Path::new("/home/me/var"));
    assert_eq!(config.site.base_url, "http://127.0.0.1:7878");
    assert_eq!((config.site.language.as_str(), config.site.window), ("en", 100));
    assert_eq!(config.serve.map(|serve| serve.listen.to_string()).as_deref(), Some("127.0.0.1:7878"));
    assert!(config.views.is_empty() && config.tags == TagRules::default());
    let [listing] = config.listings.as_slice() else { panic!("one listing") };
    let spec = &listing.spec;
    assert_eq!(
        (spec.id.as_str(), spec.title.as_str(), spec.site.as_str()),
        ("backend", "backend", "backend")
    );
    assert_eq!(spec.input, Input::Files(vec!["/home/me/pages/*.txt".into()]));
    assert_eq!((spec.rules.format, spec.zone), (Format::Auto, chrono_tz::Tz::UTC));
    assert_eq!((spec.identity.as_slice(), spec.content.as_slice()), (&KeyKind::ALL[..], &Field::ALL[..]));
    assert_eq!((spec.announce_first, spec.removed_after, spec.alert_after), (false, 2, 3));
    assert!(spec.renamed_from.is_empty() && spec.quiet == Quiet::Auto && config.targets.is_empty());
    assert!(spec.tags.is_empty() && spec.rules.limits == Limits::default());
    assert_eq!(listing.schedule, Schedule::every(Duration::from_secs(1_800)).expect("a schedule"));
}

#[test]
fn an_empty_config_is_usable_and_warns() {
    assert_eq!(
        findings(""),
        ["0:0 no listing is configured, so there is nothing to watch (a listing is `[[listing]]` with \
          `id = \"news\"` and `files = [\"news.txt\"]`, or a `url`)"]
    );
    assert!(config("").listings.is_empty());
}

#[test]
fn every_key_of_a_listing_reaches_it() {
    let text = r#"
        [[listing]]
        id = "a"
        title = " Two  words "
        files = ["./x/*.txt", "/abs/y.txt"]
        site = "besthub"
        format = "text"
        tags = ["Go", "go", "Kafka"]
        schedule = "0 9 * * 1"
        zone = "Europe/Berlin"
        identity = ["source+date+title", "link"]
        volatile = ["summary", "tags"]
        announce_first = true
        removed_after = 5
        alert_after = 7
        quiet_after = "14d"
        renamed_from = ["b", "c"]
        max_pages = 1
        max_page_bytes = 2
        max_entries = 3
        max_line_bytes = 4
        max_summary_bytes = 5
    "#;
    let config = config(text);
    let spec = &config.listings[0].spec;
    assert_eq!(
        (spec.title.as_str(), spec.site.as_str(), spec.rules.format),
        ("Two words", "besthub", Format::Text)
    );
    assert_eq!(spec.input, Input::Files(vec!["/home/me/x/*.txt".into(), "/abs/y.txt".into()]));
    assert_eq!(spec.tags, ["Go", "Kafka"]);
    assert_eq!(spec.identity, [KeyKind::SourceDateTitle, KeyKind::Link]);
    assert_eq!(spec.content, [Field::Title, Field::Link, Field::Source, Field::Date, Field::Category]);
    assert_eq!((spec.announce_first, spec.removed_after, spec.alert_after), (true, 5, 7));
    assert_eq!(spec.quiet, Quiet::After(14 * 86_400));
    assert_eq!(spec.renamed_from.iter().map(ListingId::as_str).collect::<Vec<_>>(), ["b", "c"]);
    let limits = Limits { pages: 1, page_bytes: 2, entries: 3, line_bytes: 4, summary_bytes: 5 };
    assert_eq!(spec.rules.limits, limits);
    let winter = Timestamp::parse_rfc3339("2026-11-20T00:00:00Z").expect("a time");
    let due = config.listings[0].schedule.next_after(winter).map(Timestamp::rfc3339);
    assert_eq!(due.as_deref(), Some("2026-11-23T08:00:00Z"), "Monday, nine in Berlin");
}

#[test]
fn a_listing_wins_over_defaults_and_defaults_over_the_program() {
    let text = r#"
        [defaults]
        schedule = "0 9 * * *"
        zone = "Europe/Berlin"
        removed_after = 9
        max_entries = 7
        [[listing]]
        id = "a"
        files = ["a"]
        [[listing]]
        id = "b"
        files = ["b"]
        every = "10s"
        removed_after = 1
        [[listing]]
        id = "c"
        files = ["c"]
        zone = "Asia/Tokyo"
    "#;
    let listings = config(text).listings;
    let described: Vec<String> = listings.iter().map(|listing| listing.schedule.describe()).collect();
    assert_eq!(
        described,
        ["cron 0 9 * * * (Europe/Berlin)", "every 10 seconds", "cron 0 9 * * * (Asia/Tokyo)"]
    );
    assert_eq!(listings.iter().map(|listing| listing.spec.removed_after).collect::<Vec<_>>(), [9, 1, 9]);
    assert_eq!(listings[1].spec.rules.limits.entries, 7);
}

#[test]
fn silence_is_told_by_rhythm_after_a_period_or_never() {
    let text = "[defaults]\nquiet_after = false\n[[listing]]\nid = \"a\"\nfiles = [\"a\"]\n[[listing]]\nid = \"b\"\n\
                files = [\"b\"]\nquiet_after = \"1h\"\n[[listing]]\nid = \"c\"\nfiles = [\"c\"]\nquiet_after = \"auto\"\n\
                renamed_from = \"d\"\n";
    let listings = config(text).listings;
    let quiet: Vec<Quiet> = listings.iter().map(|listing| listing.spec.quiet).collect();
    assert_eq!(quiet, [Quiet::Never, Quiet::After(3_600), Quiet::Auto]);
    assert_eq!(listings[2].spec.renamed_from, [ListingId::parse("d").expect("an id")]);
}

#[test]
fn outside_values_win_over_the_file_and_the_file_over_state_directory() {
    let file =
        "data_dir = \"data\"\n[site]\nbase_url = \"https://a.example/x/\"\n[serve]\nlisten = \"[::1]:1\"\n";
    let variables = |name: &str| match name {
        "STATE_DIRECTORY" => Some("/var/lib/tidings:/var/lib/other".to_owned()),
        "TIDINGS_LISTEN" => Some("127.0.0.1:2".to_owned()),
        "TIDINGS_BASE_URL" => Some(String::new()),
        _ => None,
    };
    let env = Environment::new(PathBuf::from("/home/me"), variables);
    let read = |text: &str, env: &Environment| parse(text, Path::new("x"), env).expect("a config").config;

    assert_eq!(read("", &env).data_dir, Path::new("/var/lib/tidings"));
    let config = read(file, &env);
    assert_eq!(config.data_dir, Path::new("/home/me/data"));
    assert_eq!(config.site.base_url, "https://a.example/x");
    assert_eq!(config.serve.map(|serve| serve.listen.port()), Some(2));

    let flags =
        env.clone().with_flags(Some("/d".into()), Some("http://b.example".into()), Some("false".into()));
    let config = read(file, &flags);
    assert_eq!(
        (config.data_dir.as_path(), config.site.base_url.as_str()),
        (Path::new("/d"), "http://b.example")
    );
    assert_eq!(config.serve, None);
}

#[test]
fn a_wrong_value_from_outside_names_what_gave_it() {
    let env = env().with_flags(None, Some("nonsense".into()), Some("here".into()));
    let faults = parse(MINIMAL, Path::new("x"), &env).expect_err("faults");
    let messages: Vec<&str> = faults.as_slice().iter().map(|fault| fault.message.as_str()).collect();
    assert_eq!(messages, ["`--base-url` is no absolute address", "`--listen` is no address and port"]);
    assert!(faults.as_slice().iter().all(|fault| fault.span.is_none() && fault.line == 0));
}

#[test]
fn serving_is_on_unless_switched_off() {
    assert!(config("[serve]\n").serve.is_some());
    assert!(config("[serve]\nlisten = false\n").serve.is_none());
    let open = "[site]\nbase_url = \"http://news.example\"\n[serve]\nlisten = \"0.0.0.0:80\"\n";
    assert!(config(open).serve.is_some_and(|serve| serve.listen.port() == 80));
}

#[test]
fn tag_rules_are_read_in_the_order_of_the_file() {
    let text = r#"
        [tags]
        known = ["Node.js", "node.js", "CI / CD"]
        alias = { "golang" = "Go", "K8s" = "Kubernetes" }
        [tags.split]
        "Goci/cd" = ["Go", "ci/cd"]
        "Backend Architecture CQRS" = ["BackendArchitecture", "CQRS"]
    "#;
    let tags = config(text).tags;
    assert_eq!(tags.known, ["Node.js", "CI / CD"]);
    assert_eq!(
        tags.aliases,
        [("golang".to_owned(), "Go".to_owned()), ("K8s".to_owned(), "Kubernetes".to_owned())]
    );
    assert_eq!(tags.pins[0], ("Goci/cd".to_owned(), vec!["Go".to_owned(), "ci/cd".to_owned()]));
    assert_eq!(tags.pins[1].1, ["BackendArchitecture", "CQRS"]);
}

#[test]
fn a_view_means_all_of_its_keys_and_any_of_their_names() {
    let text = r#"
        [[view]]
        id = "one"
        when = { tags = ["Kafka"] }
        [[view]]
        id = "many"
        title = "Many"
        description = "Of them"
        [view.when]
        tags = ["Kafka", "Go*"]
        sources = ["JD*"]
        text = "storage"
        any = [{ categories = ["Ops"] }, { not = { text = "x" } }]
    "#;
    let views = config(text).views;
    let pattern = Pattern::new;
    assert_eq!(views[0].filter, Filter::Tag(pattern("Kafka")));
    assert_eq!((views[0].title.as_str(), views[0].description.as_deref()), ("one", None));
    assert_eq!((views[1].title.as_str(), views[1].description.as_deref()), ("Many", Some("Of them")));
    let expected = Filter::All(vec![
        Filter::Any(vec![Filter::Tag(pattern("Kafka")), Filter::Tag(pattern("Go*"))]),
        Filter::Source(pattern("JD*")),
        Filter::Text("storage".into()),
        Filter::Any(vec![Filter::Category(pattern("Ops")), Filter::Not(Box::new(Filter::Text("x".into())))]),
    ]);
    assert_eq!(views[1].filter, expected);
}

#[test]
fn a_working_directory_with_brackets_is_no_pattern() {
    let env = Environment { working_dir: PathBuf::from("/home/[me]"), ..Environment::default() };
    let config = parse(MINIMAL, Path::new("x"), &env).expect("a config").config;
    let Input::Files(files) = &config.listings[0].spec.input else { panic!("files") };
    let pattern = glob::Pattern::new(&files[0]).expect("a pattern");
    assert!(pattern.matches("/home/[me]/pages/1.txt") && !pattern.matches("/home/m/pages/1.txt"));
}

#[test]
fn ids_of_a_view_and_a_listing_may_be_the_same() {
    let text = format!("{MINIMAL}[[view]]\nid = \"backend\"\nwhen = {{ listings = [\"backend\"] }}\n");
    assert_eq!(config(&text).views[0].id, ListingId::parse("backend").expect("an id"));
}

#[test]
fn config_is_looked_for_where_it_is_named_or_in_two_places() {
    let (flag, variable) = (Path::new("a.toml"), Path::new("b.toml"));
    assert_eq!(places(Some(flag), Some(variable)), [flag]);
    assert_eq!(places(None, Some(variable)), [variable]);
    let usual = [Path::new("config/tidings.toml"), Path::new("/etc/tidings/tidings.toml")];
    assert_eq!(places(None, None), usual);
    assert_eq!(places(None, Some(Path::new(""))), usual);
}

#[test]
fn html_rules_say_the_same_when_they_are_written_into_a_config() {
    use crate::model::html::{FieldRule, HtmlRules};
    let rules = HtmlRules {
        item: "li.post[title=\"a \\\"b\\\"\"]".to_owned(),
        title: Some(FieldRule::short("h2 a")),
        link: Some(FieldRule::short("h2 a @href")),
        id: Some(FieldRule::short("@data-id")),
        date: Some(FieldRule {
            select: "time".to_owned(),
            regex: Some("(\\d+)".to_owned()),
            ..FieldRule::default()
        }),
        summary: Some(FieldRule {
            closest: Some("tr".to_owned()),
            parent: 2,
            previous: Some("p".to_owned()),
            next: Some("td + td".to_owned()),
            attr: Some("title".to_owned()),
            ..FieldRule::default()
        }),
        tags: Some(FieldRule::short(".tag")),
        tags_split: Some(" | ".to_owned()),
        ..HtmlRules::default()
    };
    let text = format!("{MINIMAL}{}", rules.to_config());
    assert_eq!(config(&text).listings[0].spec.rules.html.as_deref(), Some(&rules), "{text}");
}
