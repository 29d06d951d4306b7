//! What it costs to split the tag runs of one page of 43 rows.

use tidings::extract::tags::{Row, Vocabulary, split};

fn main() {
    divan::main();
}

const PAGE: &str = include_str!("../tests/fixtures/tags/seed-backend-engineering.tsv");
const UNKNOWN: &str = include_str!("../tests/fixtures/tags/dev-hard.tsv");

fn rows(page: &str) -> Vec<Row<'_>> {
    page.lines()
        .map(|line| {
            let mut fields = line.split('\t');
            let run = fields.next().unwrap_or_default();
            Row { run, title: fields.nth(1).unwrap_or_default(), summary: None }
        })
        .collect()
}

fn measure(bencher: divan::Bencher<'_, '_>, page: &str) {
    let rows = rows(page);
    let vocabulary = Vocabulary::shipped();
    bencher
        .counter(divan::counter::ItemsCount::new(rows.len()))
        .bench(|| split(divan::black_box(&rows), &[], &vocabulary));
}

/// A page as most are: nearly every tag is listed.
#[divan::bench]
fn listed_tags(bencher: divan::Bencher<'_, '_>) {
    measure(bencher, PAGE);
}

/// A page of tags that no list has.
#[divan::bench]
fn unlisted_tags(bencher: divan::Bencher<'_, '_>) {
    measure(bencher, UNKNOWN);
}
