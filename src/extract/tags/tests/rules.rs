//! What must hold for any run, and what the vocabulary's own words change.

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::extract::tags::{Row, Split, Vocabulary, page_tag, split};

fn row(run: &str) -> Row<'_> {
    Row { run, title: "", summary: None }
}

fn one(run: &str, vocabulary: &Vocabulary) -> Split {
    split(&[row(run)], &[], vocabulary).remove(0)
}

fn shipped(run: &str) -> Vec<String> {
    one(run, &Vocabulary::shipped()).tags
}

fn found(tags: &[&str]) -> Split {
    Split { tags: tags.iter().map(|tag| (*tag).to_owned()).collect(), confidence: 1.0, sure: true }
}

#[test]
fn split_of_single_rows_needs_no_page() {
    let cases: [&[&str]; 14] = [
        &["Kafka"],
        &["Go", "ci/cd"],
        &["JMQ", "Kafka"],
        &["C#", "C++", "Java"],
        &[".NET Core", "Backend", "Redis"],
        &["A/B testing", "Growth", "data-driven"],
        &["HTTP/2", "TLS 1.3", "gRPC"],
        &["Java 8", "Spring Boot 3", "stream api"],
        &["Docker", "eBPF", "iOS"],
        &["JavaScript", "Node.js", "TypeScript"],
        &["GitHub", "OpenTelemetry", "PostgreSQL"],
        &["AI", "LLM", "RAG"],
        &["Python3", "asyncio", "web crawler"],
        &["e‑commerce", "flash sale", "load balancing"],
    ];
    for tags in cases {
        assert_eq!(shipped(&tags.concat()), tags);
    }
}

#[test]
fn split_out_of_byte_order_still_works() {
    assert_eq!(
        shipped("KafkaBackend ArchitectureDistributed Systems"),
        ["Kafka", "Backend Architecture", "Distributed Systems"]
    );
}

#[test]
fn split_of_empty_run_has_no_tags_and_is_sure() {
    assert_eq!(one("", &Vocabulary::shipped()), found(&[]));
    assert_eq!(one(" \u{a0}\t", &Vocabulary::shipped()), found(&[]));
    assert!(split(&[], &[], &Vocabulary::shipped()).is_empty());
}

#[test]
fn split_cuts_between_scripts() {
    assert_eq!(shipped("Backend Architecture分布式缓存"), ["Backend Architecture", "分布式缓存"]);
}

#[test]
fn title_naming_an_unknown_tag_decides_the_cut() {
    let rows = [Row { run: "Backend EngineeringZorbflumqex", title: "Zorbflum and qex", summary: None }];
    let tags = split(&rows, &[], &Vocabulary::shipped()).remove(0).tags;
    assert_eq!(tags[..2], ["Backend Engineering", "Zorbflum"]);
}

#[test]
fn page_tags_given_are_found_where_nothing_else_tells() {
    let rows = [row("Javaqwfpzxc bndt")];
    let tags = split(&rows, &["qwfpzxc bndt".to_owned()], &Vocabulary::shipped()).remove(0).tags;
    assert_eq!(tags, ["Java", "qwfpzxc bndt"]);
}

#[test]
fn tag_repeated_on_the_page_is_found_in_every_row() {
    let runs = [
        "Plimvox Gate",
        "JavaPlimvox Gate",
        "Plimvox GateRedis",
        "KafkaPlimvox GateTiDB",
        "Plimvox Gatebackup",
    ];
    let rows: Vec<_> = runs.iter().map(|run| row(run)).collect();
    let splits = split(&rows, &[], &Vocabulary::shipped());
    assert!(splits.iter().all(|split| split.tags.iter().any(|tag| tag == "Plimvox Gate")), "{splits:?}");
    assert_eq!(page_tag(&splits).as_deref(), Some("Plimvox Gate"));
}

#[test]
fn page_tag_of_mixed_or_tiny_pages_is_none() {
    assert_eq!(page_tag(&[]), None);
    let mixed = [found(&["Java"]), found(&["Java", "Go"]), found(&["Go"]), found(&["Rust"]), found(&["C"])];
    assert_eq!(page_tag(&mixed), None);
    assert_eq!(page_tag(&[found(&["Java"]), found(&["Java"]), found(&["Java"])]), None);
}

#[test]
fn page_tag_in_three_of_four_rows_is_evident() {
    let splits =
        [found(&["Java"]), found(&["Go", "Java"]), found(&["Java"]), found(&["Java"]), found(&["C"])];
    assert_eq!(page_tag(&splits).as_deref(), Some("Java"));
}

#[test]
fn vocabulary_knows_exact_spellings_only() {
    let mut vocabulary = Vocabulary::shipped();
    assert!(vocabulary.is_known("Kafka") && vocabulary.is_known("flash sale"));
    assert!(!vocabulary.is_known("kaFka") && !vocabulary.is_known("") && !vocabulary.is_known("Kaf"));
    assert!(!vocabulary.is_known("Zorb Flum"));
    vocabulary.know("Zorb Flum");
    assert!(vocabulary.is_known("Zorb Flum"));
}

#[test]
fn known_tag_beats_the_shipped_ones() {
    let mut vocabulary = Vocabulary::shipped();
    assert_eq!(one("GitHub ActionsRedis Cluster Proxy", &vocabulary).tags[1], "Redis Cluster Proxy");
    vocabulary.know("zorbflum");
    vocabulary.know("bexqu");
    let split = one("Javabexquzorbflum", &vocabulary);
    assert_eq!(split.tags, ["Java", "bexqu", "zorbflum"]);
    assert!(split.sure);
}

#[test]
fn learning_nothing_changes_nothing() {
    let mut vocabulary = Vocabulary::shipped();
    vocabulary.learn("Zorbflum", 0);
    assert!(!vocabulary.is_known("Zorbflum"));
    vocabulary.learn("Zorbflum", 3);
    assert!(vocabulary.is_known("Zorbflum"));
}

#[test]
fn learning_a_tag_makes_its_split_more_certain() {
    let mut vocabulary = Vocabulary::shipped();
    let before = one("JavaKafkazorbflum", &vocabulary).confidence;
    vocabulary.learn("zorbflum", 20);
    let after = one("JavaKafkazorbflum", &vocabulary);
    assert_eq!(after.tags, ["Java", "Kafka", "zorbflum"]);
    assert!(after.confidence > before);
}

#[test]
fn pinned_run_is_taken_as_it_is() {
    let mut vocabulary = Vocabulary::shipped();
    vocabulary.pin("Event-drivenScale-Up", vec!["One".to_owned(), "Two".to_owned()]);
    assert_eq!(one("event‑drivenScale‑Up", &vocabulary), found(&["One", "Two"]));
}

#[test]
fn alias_replaces_merges_and_keeps_the_order() {
    let mut vocabulary = Vocabulary::shipped();
    vocabulary.alias("golang", "Go");
    vocabulary.alias("Microservice", "Microservices");
    assert_eq!(one("GoGolangKafka", &vocabulary).tags, ["Go", "Kafka"]);
    assert_eq!(one("GolangKafkaMicroservice", &vocabulary).tags, ["Go", "Kafka", "Microservices"]);
}

#[test]
fn clones_do_not_share_what_they_learn() {
    let mut vocabulary = Vocabulary::shipped();
    let copy = vocabulary.clone();
    vocabulary.know("Zorbflum");
    assert!(!copy.is_known("Zorbflum") && !Vocabulary::shipped().is_known("Zorbflum"));
}

#[test]
fn hostile_runs_are_split_unsure_and_whole() {
    let capitals = "A".repeat(300);
    let long = "Backend Architecture".repeat(100);
    let words = "a ".repeat(140);
    let emoji = "🦀".repeat(70);
    let many = "KafkaRedisJavaGoMySQLDockerNginxLinuxPythonRust";
    let cases = [&capitals, &long, &words, &emoji, many, "-/-/-", "\u{0}\u{7}A\u{1b}b", "((((((", "+++#"];
    for run in cases {
        let split = one(run, &Vocabulary::shipped());
        assert_eq!(split.tags.concat(), run.trim());
    }
    for run in [capitals.as_str(), &long, &emoji] {
        assert!(!one(run, &Vocabulary::shipped()).sure, "{run}");
    }
}

#[test]
fn vocabulary_can_be_shared_between_threads() {
    fn shared<T: Clone + Send + Sync>() {}
    shared::<Vocabulary>();
}

#[test]
fn shipped_list_is_tidy() {
    let mut seen = BTreeSet::new();
    for line in include_str!("../../../../config/tags.txt").lines() {
        assert_eq!(line, line.trim(), "blanks around {line:?}");
        let line = line.split_once("\t").map_or(line, |(tag, _)| tag);
        let tag = !line.is_empty() && !line.starts_with("# ") && !line.starts_with("+ ");
        assert!(!tag || seen.insert(line), "{line:?} is listed twice");
    }
    assert!(seen.len() >= 3_000, "{} tags", seen.len());
}

proptest! {
    #[test]
    fn tags_of_any_run_join_to_the_run(run in "\\PC{0,80}", title in "\\PC{0,40}") {
        check(&run, &title)?;
    }

    #[test]
    fn tags_of_latin_runs_join_to_the_run(run in "[A-Za-z0-9 .+#/‑-]{0,120}", title in "[A-Za-z ]{0,60}") {
        check(&run, &title)?;
    }

    #[test]
    fn tags_of_control_characters_join_to_the_run(run in "(?s).{0,60}") {
        check(&run, "")?;
    }
}

fn check(run: &str, title: &str) -> Result<(), TestCaseError> {
    let vocabulary = Vocabulary::shipped();
    let rows = [Row { run, title, summary: Some(title) }, Row { run, title, summary: None }];
    let splits = split(&rows, &[], &vocabulary);
    prop_assert_eq!(splits.len(), 2);
    for found in &splits {
        prop_assert_eq!(found.tags.concat(), run.trim());
        prop_assert!(found.tags.iter().all(|tag| !tag.is_empty()));
        prop_assert!((0.0..=1.0).contains(&found.confidence));
    }
    prop_assert_eq!(&splits, &split(&rows, &[], &vocabulary));
    Ok(())
}
