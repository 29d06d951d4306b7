//! What a bad config is told.

use proptest::prelude::*;

use super::*;

/// A text, and the findings it must give: the beginning of each.
const CASES: &[(&str, &[&str])] = &[
    // Keys and types.
    ("dataa_dir = \"x\"", &["1:1 unknown key `dataa_dir` (did you mean `data_dir`?)"]),
    ("webhook = 1", &["1:1 unknown key `webhook` (known here: data_dir, site, serve, network, tags"]),
    (
        "[site]\ntitel = \"x\"\nlang = \"en\"",
        &["2:1 unknown key `titel` (did you mean `title`?)", "3:1 unknown key `lang`"],
    ),
    (
        "[listing]\nid = \"x\"",
        &["1:1 `listing` must be a list of tables (write `[[listing]]` with two brackets)"],
    ),
    ("listing = [1]", &["1:12 `listing` must be a list of tables"]),
    ("site = 3", &["1:8 `site` must be a table"]),
    ("[tags]\nknown = \"Go\"", &["2:9 `known` must be a list of strings (put it into brackets: `[\"Go\"]`)"]),
    ("[tags]\nknown = [1, \"Go\", true]", &["2:10 `known` must be", "2:19 `known` must be"]),
    ("[tags]\nalias = { \"a\" = 1 }", &["2:17 `a` must be a string"]),
    ("[defaults]\nannounce_first = \"yes\"", &["2:18 `announce_first` must be true or false"]),
    // The site and the server.
    ("data_dir = \"\"", &["1:12 `data_dir` is no path"]),
    ("[site]\ntitle = \" \"", &["2:9 `title` is empty (leave the key out"]),
    ("[site]\nwindow = 99", &["2:10 `window` is out of range (the default is 100)"]),
    ("[site]\nwindow = 99999999999999999999", &["2:10 `window` is out of range"]),
    ("[site]\nlanguage = \"english!\"", &["2:12 `language` is no language tag"]),
    ("[site]\nbase_url = \"example.org\"", &["2:12 `base_url` is no absolute address"]),
    ("[site]\nbase_url = \"ftp://example.org\"", &["2:12 `base_url` must begin with http:// or https://"]),
    ("[site]\nbase_url = \"http://example.org/?a\"", &["2:12 `base_url` must end with the path"]),
    ("[site]\nbase_url = \"http://example.org/#a\"", &["2:12 `base_url` must end with the path"]),
    ("[site]\nbase_url = \"http://me:pw@example.org\"", &["2:12 `base_url` would publish a user name"]),
    ("[serve]\nlisten = true", &["2:10 `listen` must be an address, or false"]),
    (
        "[serve]\nlisten = \"localhost:80\"",
        &["2:10 `listen` is no address and port (write the number: `127.0.0.1:80`)"],
    ),
    ("[serve]\nlisten = \":80\"", &["2:10 `listen` is no address and port (every address is `0.0.0.0:80`"]),
    ("[serve]\nlisten = \"127.0.0.1\"", &["2:10 `listen` is no address and port (a port is missing"]),
    (
        "[serve]\nlisten = \"0.0.0.0:80\"",
        &["2:10 other machines can reach 0.0.0.0:80, but feeds point to http://127.0.0.1:7878"],
    ),
    // Listings.
    ("[[listing]]", &["1:1 this listing has no `id`", "1:1 this listing has no `files`"]),
    (
        "[[listing]]\nid = \"a\"\nurl = \"https://x\"\npages = \"1..3\"",
        &["4:9 there is no place for a number in `url`"],
    ),
    ("[[listing]]\nid = \"a\"\nfiles = []", &["3:9 `files` holds 0 paths (from 1 to 1000)"]),
    (
        "[[listing]]\nid = \"a\"\nfiles = [\"ok\", \"a[b\", \"x***\", \"\", \"https://x\"]",
        &[
            "3:18 this pattern is not understood: invalid range pattern",
            "3:27 this pattern is not understood: wildcards are either regular",
            "3:31 this is no path",
            "3:35 this is an address, not a file",
        ],
    ),
    ("[[listing]]\nid = \"Back end\"\nfiles = [\"x\"]", &["2:6 `Back end` is not an id: 1 to 63 of"]),
    (
        "[[listing]]\nid = \"a-archive-2\"\nfiles = [\"x\"]",
        &["2:6 the id `a-archive-2` is the name of an archive page"],
    ),
    (
        "[[listing]]\nid = \"a\"\nfiles = [\"x\"]\n[listing.json]\nitems = \"$.a[\"\ntitle = \"a..b\"\nlink = \"{x\"\nsumary = \"x\"",
        &[
            "5:13 this is no JSON path",
            "6:12 a name is missing here",
            "7:9 this `{` is never closed",
            "8:1 unknown key `sumary`",
        ],
    ),
    (
        "[[listing]]\nid = \"a\"\nfiles = [\"x\"]\n[listing.json]\nitems = \"list\"\ntags_separator = \"\"",
        &["4:1 `[listing.json]` has `items` but no `title`", "6:18 `tags_separator` has 0 bytes"],
    ),
    (
        "[[listing]]\nid = \"a\"\nfiles = [\"x\"]\nformat = \"pdf\"",
        &["4:10 `format` is not known (one of auto, text, html, feed, json, sitemap, csv)"],
    ),
    (
        "[[listing]]\nid = \"a\"\nfiles = [\"x\"]\n[listing.html]\ntitle = \"h2 >\"\ndate = { select = \"time\", regex = '(a' }\nlnik = \"a\"",
        &[
            "4:1 these rules have no `item`",
            "5:14 this selector is not understood: the selector ends too early",
            "6:36 this regex is not understood: unclosed group",
            "7:1 unknown key `lnik` (did you mean `link`?)",
        ],
    ),
    (
        "[[listing]]\nid = \"a\"\nfiles = [\"x\"]\n[listing.html]\nitem = \"li\"\nlink = \"a[href @href\"\nid = {}\ntags_split = \"|\"\ntitle = { select = \"\", parent = 99 }",
        &[
            "6:10 this selector is not understood: the bracket is not closed",
            "7:6 this rule says nothing",
            "8:14 `tags_split` has no effect without `tags`",
            "9:33 `parent` is out of range",
        ],
    ),
    (
        "[[listing]]\nid = \"a\"\nfiles = [\"x\"]\nformat = \"text\"\n[listing.html]\nitem = \"li\"",
        &["4:10 `format` is `text`, so [listing.html] would not be used"],
    ),
    (
        "[[listing]]\nid = \"a\"\nfiles = [\"x\"]\ndate_formats = [\"%d.%!\", \"day\"]\nlanguage = \"xx\"",
        &["4:17 this is no form of a date", "4:26 this is no form of a date", "5:12 `language` is not known"],
    ),
    (
        "[[listing]]\nid = \"a\"\nfiles = [\"x\"]\nidentity = [\"guid\"]",
        &["4:13 no such kind of key (one of id, link, source+date+title)"],
    ),
    ("[[listing]]\nid = \"a\"\nfiles = [\"x\"]\nidentity = []", &["4:12 `identity` is empty"]),
    ("[[listing]]\nid = \"a\"\nfiles = [\"x\"]\nidentity = [\"id\", \"id\"]", &["4:19 `id` is given twice"]),
    (
        "[[listing]]\nid = \"a\"\nfiles = [\"x\"]\nformat = \"text\"\nidentity = [\"link\"]",
        &["5:12 text pages seldom give ids or links"],
    ),
    (
        "[[listing]]\nid = \"a\"\nfiles = [\"x\"]\nvolatile = [\"likes\", \"body\"]",
        &["4:13 `likes` is always volatile", "4:22 no such field (one of title, link"],
    ),
    (
        "[defaults]\nremoved_after = 0\nalert_after = 101",
        &["2:17 `removed_after` is out of range", "3:15 `alert_after` is out of range"],
    ),
    ("[defaults]\nmax_page_bytes = -1", &["2:18 `max_page_bytes` is out of range (the default is 16777216)"]),
    // Former ids.
    (
        "[[listing]]\nid = \"a\"\nfiles = [\"x\"]\nrenamed_from = []",
        &["4:16 `renamed_from` holds 0 ids (from 1 to 100)"],
    ),
    ("[[listing]]\nid = \"a\"\nfiles = [\"x\"]\nrenamed_from = \"B b\"", &["4:16 `B b` is not an id"]),
    (
        "[[listing]]\nid = \"a\"\nfiles = [\"x\"]\nrenamed_from = [\"b\", 3]",
        &["4:22 `renamed_from` must be a list of strings"],
    ),
    (
        "[[listing]]\nid = \"a\"\nfiles = [\"x\"]\nrenamed_from = \"a\"",
        &["4:16 `a` is renamed to itself (`renamed_from` is the id it had before)"],
    ),
    (
        "[[listing]]\nid = \"a\"\nfiles = [\"x\"]\nrenamed_from = [\"c\", \"b\"]\n[[listing]]\nid = \"b\"\nfiles = [\"y\"]",
        &["4:22 `b` is still declared (a listing takes over only what is there no more)"],
    ),
    (
        "[[listing]]\nid = \"a\"\nfiles = [\"x\"]\nrenamed_from = \"c\"\n[[listing]]\nid = \"b\"\nfiles = [\"y\"]\nrenamed_from = \"c\"",
        &["8:16 `c` can be renamed to one listing only"],
    ),
    // Silence.
    ("[keep]\narticles = \"23h\"", &["2:12 `articles` is out of range (the default is false)"]),
    (
        "[keep]\narticles = true",
        &["2:12 `articles` must be a period or false (`false` keeps what articles say"],
    ),
    ("[keep]\narticles = 7", &["2:12 `articles` must be a string"]),
    ("[keep]\nhistory = \"23h\"", &["2:11 `history` is out of range (the default is \"1y\")"]),
    ("[keep]\nhistory = \"forever\"", &["2:11 `history` is no period (a number and a unit"]),
    (
        "[keep]\nhistory = 1\ndelivered = 0",
        &["2:11 `history` must be a string", "3:13 `delivered` is out of range"],
    ),
    ("[defaults]\nquiet_after = \"59m\"", &["2:15 `quiet_after` is out of range (the default is \"auto\")"]),
    ("[defaults]\nquiet_after = \"367d\"", &["2:15 `quiet_after` is out of range"]),
    ("[defaults]\nquiet_after = \"long\"", &["2:15 `quiet_after` is no period (a number and a unit"]),
    ("[defaults]\nquiet_after = true", &["2:15 `quiet_after` must be a period, \"auto\" or false"]),
    ("[defaults]\nquiet_after = 14", &["2:15 `quiet_after` must be a string"]),
    // The same file twice is odd within a site, not across sites.
    (
        "[[listing]]\nid = \"a\"\nsite = \"s\"\nfiles = [\"x\"]\n[[listing]]\nid = \"b\"\nsite = \"s\"\nfiles = [\"./x\"]",
        &["8:10 this file is read twice for one site"],
    ),
    ("[[listing]]\nid = \"a\"\nfiles = [\"x\"]\n[[listing]]\nid = \"b\"\nfiles = [\"x\"]", &[]),
    (
        "[[listing]]\nid = \"a\"\nfiles = [\"x\"]\n[[listing]]\nid = \"a\"\nfiles = [\"y\"]",
        &["5:6 two listings have the id `a`"],
    ),
    // Schedules and zones.
    (
        "[defaults]\nevery = \"30m\"\nschedule = \"@daily\"",
        &["2:9 both `schedule` and `every` are given (keep one of them)"],
    ),
    ("[defaults]\nevery = \"soon\"", &["2:9 `every` is no period (a number and a unit"]),
    ("[defaults]\nevery = \"10ms\"", &["2:9 a period below one second (from `1s` to `366d`)"]),
    ("[defaults]\nevery = \"2y\"", &["2:9 a period above 366 days"]),
    ("[defaults]\nevery = 30", &["2:9 `every` must be a string"]),
    ("[defaults]\nzone = \"Berlin\"", &["2:8 `zone` is no time zone (did you mean `Europe/Berlin`?)"]),
    ("[defaults]\nzone = \"Europe/Berln\"", &["2:8 `zone` is no time zone (did you mean `Europe/Berlin`?)"]),
    (
        "[defaults]\nzone = \"my kitchen clock\"",
        &["2:8 `zone` is no time zone (a name from the IANA database"],
    ),
    ("[defaults]\nschedule = \"60 * * * *\"", &["2:13 `60` is no minute (0 to 59)"]),
    ("[defaults]\nschedule = '''60 * * * *'''", &["2:12 `60` is no minute (0 to 59)"]),
    (
        "[[listing]]\nid = \"a\"\nfiles = [\"x\"]\nschedule = \"0 0 * * Mon,Fry\"",
        &["4:25 `Fry` is no weekday (0 to 7, or a name such as `mon`)"],
    ),
    // Tags.
    (
        "[tags]\nsplit = { \"Goci/cd\" = [\"Go\", \"CI/CD\"] }",
        &["2:23 these names joined are not the run (they must spell it exactly"],
    ),
    ("[tags]\nsplit = { \"Go\" = [] }", &["2:18 a run splits into names that are not empty"]),
    ("[tags.alias]\n\"Golang\" = \"Go\"\n\"golang\" = \"Go\"", &["3:1 `golang` is given twice"]),
    (
        "[tags.alias]\n\"Golang\" = \"Go\"\n\"Go\" = \"The Go language\"",
        &["2:12 `Go` is itself another spelling (name the tag"],
    ),
    // Views.
    ("[[view]]\ntitle = \"x\"", &["1:1 this view has no `id`", "1:1 this view has no `when`"]),
    ("[[view]]\nid = \"v\"\nwhen = { any = [], text = \"x\" }", &["3:8 `all` or `any` of nothing"]),
    ("[[view]]\nid = \"v\"\nwhen = {}", &["3:8 this filter says nothing"]),
    (
        "[[view]]\nid = \"v\"\nwhen = { tags = [], tag = [\"x\"] }",
        &["3:17 `tags` is empty, so nothing would fit", "3:21 unknown key `tag` (did you mean `tags`?)"],
    ),
    ("[[view]]\nid = \"v\"\nwhen = { not = { any = [{ text = \"\" }] } }", &["3:34 `text` is empty"]),
    (
        "[[view]]\nid = \"v\"\nwhen = { text = \"x\" }\n[[view]]\nid = \"v\"\nwhen = { text = \"y\" }",
        &["5:6 two views have the id `v`"],
    ),
];

/// What an empty config is told besides.
const NO_LISTING: &str = "0:0 no listing is configured";

#[test]
fn every_fault_has_its_place_and_its_hint() {
    for (text, expected) in CASES {
        let mut found = findings(text);
        found.retain(|fault| !fault.starts_with(NO_LISTING));
        let fits = found.len() == expected.len()
            && found.iter().zip(*expected).all(|(found, expected)| found.starts_with(expected));
        assert!(fits, "{text}\n found {found:#?}\n expected {expected:#?}");
    }
}

#[test]
fn a_fault_of_the_defaults_is_told_once() {
    let listing = |id: &str| format!("[[listing]]\nid = \"{id}\"\nfiles = [\"{id}\"]\n");
    let text = format!("[defaults]\nschedule = \"* * * *\"\n{}{}", listing("a"), listing("b"));
    assert_eq!(findings(&text).len(), 1);
}

#[test]
fn a_view_of_an_unknown_listing_is_warned_of() {
    let text = format!("{MINIMAL}[[view]]\nid = \"v\"\nwhen = {{ listings = [\"backnd\", \"back*\"] }}\n");
    assert_eq!(findings(&text), ["6:22 no listing is called `backnd` (did you mean `backend`?)"]);
}

#[test]
fn faults_of_all_tables_are_told_at_once_with_carets() {
    let text = "\
[site]
titel = \"Backend\"
window = 7

[[listing]]
id = \"a\"
files = [\"a\"]
schedule = \"*/30 * * *\"

[[listing]]
id = \"a\"
files = [\"b\"]
zone = \"Berlin\"
";
    let expected = "\
error: unknown key `titel`
 --> tidings.toml:2:1
  |
2 | titel = \"Backend\"
  | ^^^^^
  |
  = help: did you mean `title`?

error: `window` is out of range
 --> tidings.toml:3:10
  |
3 | window = 7
  |          ^ from 100 to 1000
  |
  = help: the default is 100

error: a cron line has 5 fields, this has 4
 --> tidings.toml:8:13
  |
8 | schedule = \"*/30 * * *\"
  |             ^^^^^^^^^^
  |
  = help: minute hour day-of-month month weekday, such as `*/30 * * * *`; a sixth field in front is the second

error: two listings have the id `a`
  --> tidings.toml:11:6
   |
 6 | id = \"a\"
   |      --- first here
...
11 | id = \"a\"
   |      ^^^ again here

error: `zone` is no time zone
  --> tidings.toml:13:8
   |
13 | zone = \"Berlin\"
   |        ^^^^^^^^
   |
   = help: did you mean `Europe/Berlin`?

";
    let faults = parsed(text).expect_err("faults");
    assert_eq!(faults.render(false), expected);
    assert_eq!(faults.to_string(), "config tidings.toml has 5 errors");
    assert!(faults.render(true).contains("\u{1b}["));
}

#[test]
fn errors_of_toml_itself_are_told_at_once() {
    let found = findings("[site\ntitle = \"x\nwindow = = 3\n[serve]\nlisten = 5\n");
    assert!(found.len() >= 2, "{found:?}");
    assert!(
        found.iter().any(|fault| fault.starts_with("1:"))
            && found.iter().any(|fault| fault.starts_with("3:"))
    );
    assert!(findings("a = 1\na = 2\n")[0].starts_with("2:1 duplicate key"));
}

#[test]
fn f105_ids_that_are_no_file_names_are_refused() {
    for bad in ["", "..", "a/b", "a\\u0000", "-a", "A", "ä", "a b", "con.", "x\\u001b[31m"] {
        let found = findings(&format!("[[listing]]\nid = \"{bad}\"\nfiles = [\"x\"]\n"));
        assert!(found.len() == 1 && found[0].contains("is not an id"), "{bad:?}: {found:?}");
        for text in [
            format!("{MINIMAL}renamed_from = \"{bad}\"\n"),
            format!("{MINIMAL}[[view]]\nid = \"{bad}\"\nwhen = {{ text = \"x\" }}\n"),
            format!(
                "{MINIMAL}[[target]]\nid = \"{bad}\"\nurl = {{ env = \"U\" }}\nsecret = {{ env = \"S\" }}\n"
            ),
        ] {
            let found = findings(&text);
            assert!(found.len() == 1 && found[0].contains("is not an id"), "{bad:?}: {found:?}");
        }
    }
}

#[test]
fn control_characters_of_the_file_do_not_reach_the_terminal() {
    let faults = parsed("\"x\\u001b[31m\" = 1\n[[listing]]\nid = \"\\u001b[31m\"\n").expect_err("faults");
    assert!(!faults.render(false).contains('\u{1b}'), "{:?}", faults.render(false));
}

#[test]
fn faults_beyond_a_hundred_are_counted_only() {
    let text: String = (0..1_000).map(|n| format!("key{n} = 1\n")).collect();
    let faults = parsed(&text).expect_err("faults");
    assert_eq!(faults.as_slice().len(), 100);
    assert!(faults.render(false).ends_with("and 901 more\n"), "{}", faults.to_string());
}

#[test]
fn filters_nested_too_deeply_are_refused() {
    let nested = |levels: usize| {
        format!(
            "[[view]]\nid = \"v\"\nwhen = {}{{ text = \"x\" }}{}\n",
            "{ not = ".repeat(levels),
            " }".repeat(levels)
        )
    };
    assert!(findings(&nested(7)).iter().all(|fault| !fault.contains("deeply")));
    assert!(findings(&nested(8)).iter().any(|fault| fault.contains("nested too deeply")));
    // The parser of TOML has a bound of its own, so that no depth ends the stack.
    assert!(!findings(&nested(100_000)).is_empty());
}

/// The reference with one run of characters replaced by another.
fn spoiled() -> impl Strategy<Value = String> {
    let reference: Vec<char> = include_str!("../../../config/reference.toml").chars().collect();
    let piece = prop_oneof![
        "[\\[\\]{}=\",.#\n ]{0,3}",
        Just("\u{1b}".to_owned()),
        Just("ä\u{301}".to_owned()),
        Just("[[listing]]".to_owned()),
        Just("1979-05-27".to_owned()),
        Just("-9223372036854775809".to_owned()),
    ];
    (0..reference.len(), 0..20usize, piece).prop_map(move |(at, length, piece)| {
        let after = reference.iter().skip(at + length);
        reference.iter().take(at).copied().chain(piece.chars()).chain(after.copied()).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_spoiled_file_is_read_or_refused_with_places_in_it(text in spoiled()) {
        if let Err(faults) = parsed(&text) {
            let lines = text.lines().count() + 1;
            prop_assert!(!faults.render(false).is_empty());
            for fault in faults.as_slice() {
                prop_assert!(fault.line <= lines, "{fault:?}");
                prop_assert!(fault.span.as_ref().is_none_or(|span| text.get(span.clone()).is_some()));
            }
        }
    }
}
