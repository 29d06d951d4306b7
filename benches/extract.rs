//! How fast pages are read: bytes to entries, encoding and all.

use divan::Bencher;
use divan::counter::BytesCount;
use tidings::extract;
use tidings::model::listing::{Format, Rules};
use tidings::model::reading::Document;

fn main() {
    divan::main();
}

const SEED: &str = include_str!("../seeds/backend-engineering-page-1.txt");

fn bench(bencher: Bencher<'_, '_>, bytes: Vec<u8>) {
    let rules = Rules { format: Format::Text, ..Rules::default() };
    let count = BytesCount::new(bytes.len());
    let documents = [Document::new("page", bytes)];
    bencher.counter(count).bench(|| extract::read(&documents, &rules));
}

/// A page of 43 entries in UTF-8.
#[divan::bench]
fn seed_page(bencher: Bencher<'_, '_>) {
    bench(bencher, SEED.into());
}

/// The same page in an encoding that must be detected.
#[divan::bench]
fn seed_page_gb18030(bencher: Bencher<'_, '_>) {
    bench(bencher, encoding_rs::GB18030.encode(SEED).0.into_owned());
}

/// One page of 4,300 entries.
#[divan::bench]
fn long_page(bencher: Bencher<'_, '_>) {
    let (header, entries) = SEED.split_at(SEED.find("MeowKitty").unwrap_or_default());
    bench(bencher, format!("{header}{}", format!("{entries}\n").repeat(100)).into());
}

/// Prose without one pinning line.
#[divan::bench]
fn prose(bencher: Bencher<'_, '_>) {
    bench(bencher, SEED.replace('·', ",").into());
}

/// Only the step from bytes to text.
#[divan::bench]
fn decode_seed_page(bencher: Bencher<'_, '_>) {
    bencher
        .counter(BytesCount::new(SEED.len()))
        .bench(|| extract::charset::decode(divan::black_box(SEED.as_bytes()), None));
}
