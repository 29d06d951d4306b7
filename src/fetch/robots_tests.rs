//! Cases of the RFC and of what sites really serve, and a comparison with a port of Google's parser.

use proptest::prelude::*;
use robotstxt::DefaultMatcher;

use super::*;

/// Whether `tidings` may fetch `path` by this file.
fn may(file: &str, path: &str) -> bool {
    Robots::read(file.as_bytes(), "tidings").allows(path)
}

#[test]
fn f065_the_longest_rule_wins_and_of_two_the_one_that_allows() {
    let file =
        "user-agent: *\ndisallow: /a\nallow: /a/b\ndisallow: /a/b/c.html$\nallow: /tie\ndisallow: /tie\n";
    for (path, expected) in [
        ("/", true),
        ("/a", false),
        ("/abc", false),
        ("/A", true),
        ("/a/b", true),
        ("/a/b/c.html", false),
        ("/a/b/c.html?x", true),
        ("/tie", true),
        ("/robots.txt", true),
    ] {
        assert_eq!(may(file, path), expected, "{path}");
    }
    assert!(may("user-agent: *\ndisallow:\n", "/x"), "an empty rule says nothing");
    assert!(!may("user-agent: *\ndisallow: /", "/x?y"), "no line break at the end");
    assert!(may("", "/x"));
}

#[test]
fn f065_stars_and_dollars_are_signs_in_rules_and_characters_in_paths() {
    for (rule, path, fits) in [
        ("/*.gif$", "/x/y.gif", true),
        ("/*.gif$", "/x/y.gif?z", false),
        ("/*.gif", "/x/y.gif?z", true),
        ("/a*b*c", "/a-c-b-x-c", true),
        ("/a*b*c", "/a-c-b-x", false),
        ("*/z", "/x/z", true),
        ("/x*", "/x", true),
        ("/x*$", "/xyz", true),
        ("/**a$", "/aa", true),
        ("/a*a$", "/a", false),
        ("/$", "/", true),
        ("/$", "/a", false),
        ("/a$b", "/a$b", true),
        ("/a%24", "/a$", true),
        ("/a%2A", "/a*", true),
        ("/a%2a", "/ab", false),
        ("/a*", "/a%2A", true),
    ] {
        let file = format!("user-agent: tidings\ndisallow: {rule}");
        assert_eq!(!may(&file, path), fits, "{rule} {path}");
    }
}

#[test]
fn f065_spellings_of_one_path_are_one() {
    for (rule, path) in [
        ("/foo/bar?baz=http://foo.bar", "/foo/bar?baz=http://foo.bar"),
        ("/foo/bar/ツ", "/foo/bar/%E3%83%84"),
        ("/foo/bar/%E3%83%84", "/foo/bar/%e3%83%84"),
        ("/foo/bar/%62%61%7A", "/foo/bar/baz"),
        ("/foo/bar/baz", "/foo/bar/%62%61%7A"),
        ("/%7Ea", "/~a"),
        ("/~a", "/%7ea"),
        ("/a b", "/a%20b"),
    ] {
        let file = format!("user-agent: *\ndisallow: {rule}");
        assert!(!may(&file, path), "{rule} {path}");
    }
    assert!(may("user-agent: *\ndisallow: /a%2Fb", "/a/b"), "a reserved character is another one coded");
    assert!(may("user-agent: *\ndisallow: /%zz%", "/%z"), "what is no code stands for itself");
}

#[test]
fn f066_groups_that_name_us_count_together_and_then_no_other() {
    let file = "disallow: /before\n\
                user-agent: *\ndisallow: /all\n\
                user-agent: other\nuser-agent: TIDINGS\ndisallow: /one\n\
                user-agent: nobody\ndisallow: /nobody\n\
                user-agent: tidings/0.1 (news)\ndisallow: /two\n";
    for (path, expected) in
        [("/before", true), ("/all", true), ("/one", false), ("/nobody", true), ("/two", false)]
    {
        assert_eq!(may(file, path), expected, "{path}");
    }
    assert!(!may("user-agent: *\ndisallow: /\nuser-agent: tidingsbot\nallow: /", "/"), "another's name");
    assert!(
        may("user-agent: *\ndisallow: /\nuser-agent: tidings\n", "/"),
        "a group without rules allows all"
    );
    assert!(!may("user-agent: * everybody\ndisallow: /", "/"));
}

#[test]
fn f065_what_sites_really_serve_is_read() {
    for file in [
        "\u{feff}User-Agent: *\r\nDisallow: /x\r\n",
        "USER-AGENT : *\rDISALLOW\t:\t/x # why\r",
        "user-agent *\ndisallow /x",
        "user-agent: *\n\n\ndissallow: /x",
        "user-agent: *\nsitemap: https://e.org/s.xml\nnonsense\ndisallow: /x",
        "user-agent: a\nsitemap: https://e.org/s.xml\nuser-agent: *\ndisallow: /x",
    ] {
        assert!(!may(file, "/x"), "{file}");
        assert!(may(file, "/y"), "{file}");
    }
    assert!(may("<!doctype html><html><head><title>404</title>\nDisallow: /</html>", "/"));
    assert!(may("user-agent: *\n\u{0}disallow: /", "/"));
}

#[test]
fn f065_half_a_megabyte_is_read_and_not_a_cut_rule() {
    let head = "user-agent: *\ndisallow: /first\n";
    let filler = format!("# {}\n", "x".repeat(997));
    let mut file = head.to_owned();
    while file.len() + filler.len() < BYTES {
        file.push_str(&filler);
    }
    file.push_str(&"#".repeat(BYTES - file.len() - "\nallow: /first/".len()));
    file.push_str("\nallow: /first/open");
    file.push_str(&"\ndisallow: /last".repeat(6_000));
    let robots = Robots::read(file.as_bytes(), "tidings");
    assert!(!robots.allows("/first/x") && robots.allows("/last"));
}

#[test]
fn f065_many_stars_take_no_longer_than_few() {
    let rule = format!("disallow: /{}b\n", "*a".repeat(60));
    let file = format!("user-agent: *\n{}", rule.repeat(BYTES / rule.len() - 1));
    let path = format!("/{}", "a".repeat(1_900));
    // Some 4,000 rules; tried one way after another, they would take until the sun is gone.
    assert!(may(&file, &path));
}

#[test]
fn crawl_delay_is_heard_up_to_a_minute() {
    let delay =
        |value: &str| Robots::read(format!("user-agent: *\ncrawl-delay: {value}").as_bytes(), "t").delay();
    for (value, expected) in [
        ("5", 5),
        ("0.5", 1),
        ("61", 60),
        ("1e99", 60),
        ("inf", 60),
        ("NaN", 0),
        ("-3", 0),
        ("", 0),
        ("soon", 0),
    ] {
        assert_eq!(delay(value), expected, "{value}");
    }
}

#[test]
fn a_program_is_called_by_the_letters_that_its_name_begins_with() {
    for (agent, expected) in
        [("tidings/0.1.0 (+https://e.org)", "tidings"), ("My-Bot_x 1", "My-Bot_x"), ("1st", ""), ("", "")]
    {
        assert_eq!(token(agent), expected);
    }
}

/// A path as a rule has it, of these parts, and perhaps with an end.
fn pattern(parts: &'static str) -> impl Strategy<Value = String> {
    (parts, prop::bool::weighted(0.2))
        .prop_map(|(parts, end)| format!("/{parts}{}", if end { "$" } else { "" }))
}

/// Lines as sites write them, of few words, so that they meet. No `Sitemap` is among them: theirs ends a group there,
/// which RFC 9309 (section 2.2.4) does not let it. Nor are stars: theirs loses ways on which a path may match.
fn line() -> impl Strategy<Value = String> {
    let agent = prop_oneof![
        Just("*"),
        Just("tidings"),
        Just("Tidings"),
        Just("other"),
        Just("tidings-x"),
        Just("tidings/2")
    ];
    let path = || pattern("[ab/?]{0,5}");
    prop_oneof![
        2 => agent.prop_map(|agent| format!("User-agent: {agent}")),
        3 => path().prop_map(|path| format!("Disallow: {path}")),
        2 => path().prop_map(|path| format!("Allow: {path}")),
        1 => Just("Disallow:".to_owned()),
        1 => Just(String::new()),
        1 => Just("Disallow /a".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn f065_answers_are_those_of_googles_parser(
        lines in prop::collection::vec(line(), 0..14),
        path in "/[ab/]{0,5}([?][ab]{0,2})?",
    ) {
        // Theirs takes what stands between two slashes for a host.
        prop_assume!(!path.contains("//"));
        let file = lines.join("\n");
        let theirs = DefaultMatcher::default().one_agent_allowed_by_robots(&file, "tidings", &format!("https://e.org{path}"));
        prop_assert_eq!(may(&file, &path), theirs, "{}\n{}", file, path);
    }

    #[test]
    fn f065_stars_and_ends_match_as_a_regex_does(
        pattern in pattern("[ab/?*]{0,6}"),
        path in "/[ab/]{0,7}([?][ab]{0,2})?",
    ) {
        let (plain, end) = pattern.strip_suffix('$').map_or((pattern.as_str(), ""), |plain| (plain, "$"));
        let parts: Vec<String> = plain.split('*').map(regex::escape).collect();
        let theirs = regex::Regex::new(&format!("^{}{end}", parts.join(".*"))).expect("a regex");
        let file = format!("user-agent: *\ndisallow: {pattern}");
        prop_assert_eq!(!may(&file, &path), theirs.is_match(&path), "{} {}", pattern, path);
    }

    #[test]
    fn f065_any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..2_000), path in ".*") {
        let _ = Robots::read(&bytes, "tidings").allows(&path);
    }
}
