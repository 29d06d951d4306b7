//! How often splits are right: the two seed pages in full, then written pages of other topics, also with parts of
//! the vocabulary and the titles taken away.

use std::collections::BTreeSet;

use crate::extract::tags::shape::{fold, words};
use crate::extract::tags::{Row, Vocabulary, page_tag, split};

struct Labelled {
    run: String,
    tags: Vec<String>,
    title: String,
}

/// One fixture: a page of rows, each `run TAB tag | tag | tag TAB title`.
fn read(file: &str) -> Vec<Labelled> {
    let path = format!("{}/tests/fixtures/tags/{file}.tsv", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap();
    text.lines()
        .map(|line| {
            let mut fields = line.split('\t').map(str::to_owned);
            let (run, tags, title) = (fields.next().unwrap(), fields.next().unwrap(), fields.next().unwrap());
            Labelled { run, tags: tags.split(" | ").map(str::to_owned).collect(), title }
        })
        .collect()
}

fn read_untitled(file: &str) -> Vec<Labelled> {
    let mut page = read(file);
    page.iter_mut().for_each(|row| row.title.clear());
    page
}

/// How many rows were right, how many sure, and what went wrong.
#[derive(Default)]
struct Measure {
    rows: usize,
    exact: usize,
    sure: usize,
    sure_exact: usize,
    wrong: Vec<String>,
}

impl Measure {
    fn page(&mut self, page: &[Labelled], page_tags: &[String], vocabulary: &Vocabulary) {
        let rows: Vec<_> =
            page.iter().map(|row| Row { run: &row.run, title: &row.title, summary: None }).collect();
        for (row, found) in page.iter().zip(split(&rows, page_tags, vocabulary)) {
            let exact = row.tags == found.tags;
            self.rows += 1;
            self.exact += usize::from(exact);
            self.sure += usize::from(found.sure);
            self.sure_exact += usize::from(found.sure && exact);
            if !exact {
                let mark = if found.sure { "SURE" } else { "unsure" };
                self.wrong
                    .push(format!("{mark} {:.3} {:?} not {:?}", found.confidence, found.tags, row.tags));
            }
        }
    }

    /// Shares in percent: exact, sure, exact among the sure.
    fn require(&self, exact: f64, sure: f64, sure_exact: f64) {
        let share = |part: usize, whole: usize| 100.0 * part as f64 / whole.max(1) as f64;
        let found =
            (share(self.exact, self.rows), share(self.sure, self.rows), share(self.sure_exact, self.sure));
        let report = format!(
            "{} rows, {:.2} % exact, {:.2} % sure, {:.2} % of the sure exact\n{}",
            self.rows,
            found.0,
            found.1,
            found.2,
            self.wrong.join("\n")
        );
        println!("{report}");
        assert!(found.0 >= exact && found.1 >= sure && found.2 >= sure_exact, "{report}");
    }
}

const DEV: [&str; 13] = [
    "dev-bigdata",
    "dev-cloudnative",
    "dev-database",
    "dev-frontend",
    "dev-game",
    "dev-hard",
    "dev-iot",
    "dev-java",
    "dev-llm",
    "dev-meituan",
    "dev-operations",
    "dev-product",
    "dev-testing",
];
const HELD: [&str; 8] = [
    "held-ai-agents",
    "held-distributed",
    "held-ecommerce",
    "held-hard",
    "held-linux",
    "held-mobile",
    "held-python",
    "held-security",
];
const SEEDS: [(&str, &str); 2] = [
    ("seed-backend-architecture", "Backend Architecture"),
    ("seed-backend-engineering", "Backend Engineering"),
];

/// What is taken away before a page is split, in percent of what the page holds.
#[derive(Clone, Copy)]
struct Loss {
    tags: u64,
    words: u64,
}

/// The shipped list without a part of the page's tags, in any spelling, and a part of their words.
fn thinned(page: &[Labelled], loss: Loss, seed: u64) -> Vocabulary {
    let folded = |tag: &str| tag.chars().map(fold).collect::<String>();
    let tags: BTreeSet<String> = page.iter().flat_map(|row| &row.tags).map(|tag| folded(tag)).collect();
    let lost_words: BTreeSet<&str> =
        tags.iter().flat_map(|tag| words(tag)).filter(|word| is_lost(word, loss.words, seed)).collect();
    let is_kept = |tag: &str| {
        let gone = tags.contains(tag) && is_lost(tag, loss.tags, seed);
        !gone && !words(tag).any(|word| lost_words.contains(word))
    };
    let mut list = String::new();
    for line in include_str!("../../../../config/tags.txt").lines() {
        if line.starts_with("+ ") {
            let kept: Vec<&str> = line.split(' ').filter(|word| !lost_words.contains(word)).collect();
            list.push_str(&kept.join(" "));
        } else if is_kept(&folded(line)) {
            list.push_str(line);
        }
        list.push('\n');
    }
    Vocabulary::of(&list)
}

/// Chance by hash: the same in every run.
fn is_lost(text: &str, percent: u64, seed: u64) -> bool {
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3);
    let hash = text.bytes().fold(seed ^ 0xCBF2_9CE4_8422_2325, mix);
    (hash >> 33) % 100 < percent
}

fn measure(files: &[&str]) -> Measure {
    let vocabulary = Vocabulary::shipped();
    let mut measure = Measure::default();
    files.iter().for_each(|file| measure.page(&read(file), &[], &vocabulary));
    measure
}

fn measure_thinned(files: &[&str], read: fn(&str) -> Vec<Labelled>, loss: Loss, seeds: u64) -> Measure {
    let mut measure = Measure::default();
    for file in files {
        let page = read(file);
        (0..seeds).for_each(|seed| measure.page(&page, &[], &thinned(&page, loss, seed)));
    }
    measure
}

#[test]
fn split_of_seed_pages_with_page_tag_is_exact() {
    let mut measure = Measure::default();
    for (file, tag) in SEEDS {
        measure.page(&read(file), &[tag.to_owned()], &Vocabulary::shipped());
    }
    assert_eq!(measure.rows, 86, "all rows of both pages are labelled");
    measure.require(100.0, 99.0, 100.0);
}

#[test]
fn split_of_seed_pages_without_page_tag_is_exact() {
    measure(&SEEDS.map(|(file, _)| file)).require(100.0, 99.0, 100.0);
}

#[test]
fn page_tag_of_seed_pages_is_evident() {
    for (file, tag) in SEEDS {
        let page = read(file);
        let rows: Vec<_> = page.iter().map(|row| Row { run: &row.run, title: "", summary: None }).collect();
        assert_eq!(page_tag(&split(&rows, &[], &Vocabulary::shipped())).as_deref(), Some(tag));
    }
}

#[test]
fn split_of_other_topics_is_nearly_always_exact() {
    measure(&DEV).require(97.0, 90.0, 99.0);
}

#[test]
fn split_of_pages_held_back_is_nearly_always_exact() {
    measure(&HELD).require(97.0, 90.0, 99.0);
}

#[test]
fn split_without_a_third_of_the_tags_stays_good() {
    measure_thinned(&DEV, read, Loss { tags: 30, words: 0 }, 1).require(95.0, 90.0, 99.0);
    measure_thinned(&HELD, read, Loss { tags: 30, words: 0 }, 1).require(95.0, 85.0, 99.0);
}

#[test]
fn split_without_a_third_of_the_tags_and_without_titles_stays_good() {
    measure_thinned(&DEV, read_untitled, Loss { tags: 30, words: 0 }, 1).require(93.0, 85.0, 99.0);
    measure_thinned(&HELD, read_untitled, Loss { tags: 30, words: 0 }, 1).require(93.0, 85.0, 99.0);
}

#[test]
fn split_without_any_of_the_tags_knows_when_it_guesses() {
    measure_thinned(&DEV, read, Loss { tags: 100, words: 30 }, 1).require(90.0, 80.0, 99.0);
}
