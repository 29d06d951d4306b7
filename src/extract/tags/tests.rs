use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::extract::tags::shape::fold;

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

    fn report(&self) -> String {
        let share = |part: usize, whole: usize| 100.0 * part as f64 / whole.max(1) as f64;
        format!(
            "{} rows, {:.2} % exact, {:.2} % sure, {:.2} % of the sure exact\n{}",
            self.rows,
            share(self.exact, self.rows),
            share(self.sure, self.rows),
            share(self.sure_exact, self.sure),
            self.wrong.join("\n")
        )
    }
}

const DEV: [&str; 9] = [
    "dev-bigdata",
    "dev-cloudnative",
    "dev-database",
    "dev-frontend",
    "dev-java",
    "dev-llm",
    "dev-operations",
    "dev-product",
    "dev-testing",
];
const HELD: [&str; 5] = ["held-ai-agents", "held-ecommerce", "held-linux", "held-mobile", "held-security"];
const SEEDS: [&str; 2] = ["seed-backend-architecture", "seed-backend-engineering"];

/// The shipped list without about `percent` of the tags that the page holds, in any spelling.
fn thinned(page: &[Labelled], percent: u64, seed: u64) -> Vocabulary {
    let folded = |tag: &str| tag.chars().map(fold).collect::<String>();
    let gone = |tag: &str| {
        let hash = tag
            .bytes()
            .fold(seed ^ 0xCBF2_9CE4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01B3));
        (hash >> 33) % 100 < percent
    };
    let removed: BTreeSet<String> =
        page.iter().flat_map(|row| &row.tags).map(|tag| folded(tag)).filter(|tag| gone(tag)).collect();
    let list: Vec<&str> = include_str!("../../../config/tags.txt")
        .lines()
        .filter(|line| !removed.contains(&folded(line)))
        .collect();
    Vocabulary::of(&list.join("\n"))
}

fn measure(files: &[&str]) -> Measure {
    let vocabulary = Vocabulary::shipped();
    let mut measure = Measure::default();
    files.iter().for_each(|file| measure.page(&read(file), &[], &vocabulary));
    measure
}

fn measure_thinned(files: &[&str], percent: u64, seeds: u64) -> Measure {
    let mut measure = Measure::default();
    for file in files {
        let page = read(file);
        for seed in 0..seeds {
            measure.page(&page, &[], &thinned(&page, percent, seed));
        }
    }
    measure
}

#[test]
fn explore() {
    println!("SEEDS {}", measure(&SEEDS).report());
    println!("DEV {}", measure(&DEV).report());
    println!("DEV-30 {}", measure_thinned(&DEV, 30, 3).report());
    println!("DEV-100 {}", measure_thinned(&DEV, 100, 1).report());
}
