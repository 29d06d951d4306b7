use std::io::Read as _;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::model::Timestamp;
use crate::store::StoreError;
use crate::store::embedded::journal::{self, Damage, Journal, Line, Position};
use crate::store::embedded::record::{DecisionFact, Fact, Record};

/// Words that compress as a journal does, about; never the same twice.
fn words(seed: u64, bytes: usize) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes + 40);
    let mut state = seed;
    while text.len() < bytes {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text.extend_from_slice(
            format!("{{\"word\":\"{:x}\",\"seq\":{}}}\n", state >> 40, state >> 60).as_bytes(),
        );
    }
    text.truncate(bytes);
    text
}

fn packed_in(folder: &Path, text: &[u8]) -> Source {
    let mut packing = Packing::begin(&Disk::default(), folder).expect("begins");
    packing.write_all(text).expect("compresses");
    packing.finish().and_then(|packed| packed.persist(1)).expect("is written");
    Source::open(folder, 1, false).expect("opens")
}

fn all_of(source: Source, from: u64) -> Vec<u8> {
    let mut text = Vec::new();
    source.text(from, false).expect("is read").read_to_end(&mut text).expect("is whole");
    text
}

/// More of them than are kept unpacked.
#[test]
fn stretches_of_several_files_are_not_taken_for_one_another() {
    let folder = TempDir::new().expect("a folder");
    let texts: Vec<Vec<u8>> = (0..3).map(|seed| words(seed, 2 << 20)).collect();
    for (number, text) in (1..).zip(&texts) {
        let mut packing = Packing::begin(&Disk::default(), folder.path()).expect("begins");
        packing.write_all(text).expect("compresses");
        packing.finish().and_then(|packed| packed.persist(number)).expect("is written");
    }
    let files = Files::new(folder.path());
    for _ in 0..2 {
        for at in (0..2 << 20).step_by(30_011) {
            for (number, text) in (1..).zip(&texts) {
                let part = files.read(number, at as u64, 300.min((2 << 20) - at)).expect("is read");
                assert_eq!(part, text[at..(at + 300).min(2 << 20)], "{at} of {number}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_stretch_of_a_compressed_file_is_that_of_the_text(
        seed in any::<u64>(),
        length in prop_oneof![Just(0usize), Just(32 << 10), Just(64 << 10), 0usize..150_000],
        places in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 12),
    ) {
        let folder = TempDir::new().expect("a folder");
        let text = words(seed, length);
        let source = packed_in(folder.path(), &text);
        prop_assert_eq!(source.length().expect("is known"), length as u64);
        for (from, to) in places {
            let (from, to) = (from.index(length + 1), to.index(length + 1));
            let (from, to) = (from.min(to), from.max(to));
            prop_assert_eq!(&source.read_at(from as u64, to - from).expect("is read"), &text[from..to]);
            let rest = Source::open(folder.path(), 1, false).expect("opens");
            prop_assert_eq!(&all_of(rest, from as u64), &text[from..]);
        }
        let beyond = source.read_at(length as u64, 1).expect_err("there is no more");
        prop_assert_eq!(beyond.kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn what_is_random_is_stored_as_it_is(text in proptest::collection::vec(any::<u8>(), 0..100_000)) {
        let folder = TempDir::new().expect("a folder");
        prop_assert_eq!(all_of(packed_in(folder.path(), &text), 0), text);
    }
}

#[test]
fn any_gzip_reads_it() {
    let folder = TempDir::new().expect("a folder");
    let text = words(1, 100_000);
    packed_in(folder.path(), &text);
    let mut read = Vec::new();
    let file = File::open(packed(folder.path(), 1)).expect("is there");
    flate2::read::MultiGzDecoder::new(file).read_to_end(&mut read).expect("is gzip");
    assert_eq!(read, text);
}

/// A journal of `count` records in files of a few records each.
fn journal_in(folder: &Path, count: u64, most: u64) -> Journal {
    let mut journal = Journal::open(&Disk::default(), folder, Position::default()).expect("opens");
    journal.most = most;
    for seq in 1..=count {
        let reason = String::from_utf8(words(seq, 900)).expect("is text");
        let fact = Fact::Decision(DecisionFact::Rebaseline { reason });
        let record = Record { seq, at: Timestamp::from_unix(1_457_083_800), fact };
        journal.next().expect("begins a file");
        journal.append(&[Line::of(&record, folder).expect("is short")]).expect("appends");
    }
    journal
}

fn read(folder: &Path, from: Position, damage: Damage) -> Result<(Vec<(u64, Position)>, u64), StoreError> {
    let mut found = Vec::new();
    let tail = journal::read(folder, from, damage, |records, at| {
        found.extend(records.iter().map(|record| (record.seq, at)));
        Ok(())
    })?;
    assert_eq!((tail.torn, Some(tail.end)), (0, found.last().map(|(_, at)| *at)));
    Ok((found, tail.skipped))
}

#[test]
fn a_journal_reads_the_same_compressed_from_every_place() {
    let folder = TempDir::new().expect("a folder");
    let journal = journal_in(folder.path(), 300, 70_000);
    let numbers = journal::files(folder.path()).expect("files");
    assert!(numbers.len() > 3, "{numbers:?}");
    let (before, _) = read(folder.path(), Position::default(), Damage::Stop).expect("is whole");
    for number in &numbers[..numbers.len() - 1] {
        let files = Files::new(folder.path());
        let (_, end) = before.iter().rfind(|(_, at)| at.file == *number).expect("has records");
        let plain = files.read(*number, 17, 40_000).expect("is plain");
        close(&Disk::default(), folder.path(), *number).expect("is closed");
        assert!(!folder.path().join(name(*number)).exists());
        assert_eq!(files.read(*number, 17, 40_000).expect("is compressed"), plain);
        assert!(files.lock().files.values().all(|(file, _)| matches!(**file, Source::Packed(_))));
        assert_eq!(
            Source::open(folder.path(), *number, false).expect("opens").length().expect("is known"),
            end.end
        );
        for damage in [Damage::Stop, Damage::Skip] {
            assert_eq!(
                read(folder.path(), Position::default(), damage).expect("is whole"),
                (before.clone(), 0)
            );
        }
    }
    assert_eq!(journal::files(folder.path()).expect("files"), numbers);
    for (at, (_, from)) in before.iter().enumerate().step_by(7) {
        assert_eq!(read(folder.path(), *from, Damage::Stop).expect("is whole").0, before[at + 1..]);
    }
    drop(journal);
}

#[test]
fn a_journal_whose_last_file_is_compressed_goes_on_in_the_next() {
    let folder = TempDir::new().expect("a folder");
    drop(journal_in(folder.path(), 3, 70_000));
    close(&Disk::default(), folder.path(), 1).expect("is closed");
    let (found, _) = read(folder.path(), Position::default(), Damage::Stop).expect("is whole");
    let mut journal = Journal::open(&Disk::default(), folder.path(), found[2].1).expect("opens");
    assert_eq!(journal.next().expect("has a place"), (2, 0));
}

#[test]
fn while_both_are_there_the_plain_one_counts() {
    let folder = TempDir::new().expect("a folder");
    drop(journal_in(folder.path(), 3, 70_000));
    std::fs::write(packed(folder.path(), 1), b"half of one").expect("is written");
    assert_eq!(read(folder.path(), Position::default(), Damage::Stop).expect("is whole").0.len(), 3);
    close(&Disk::default(), folder.path(), 1).expect("is closed again");
    assert_eq!(read(folder.path(), Position::default(), Damage::Stop).expect("is whole").0.len(), 3);
}

/// Damages the first file, which is compressed, and reads.
fn damaged_by(bytes: &[u8], folder: &Path) -> (Result<u64, StoreError>, u64, u64) {
    std::fs::write(packed(folder, 1), bytes).expect("is written");
    let strict = read(folder, Position::default(), Damage::Stop).map(|(found, _)| found.len() as u64);
    let (found, skipped) = read(folder, Position::default(), Damage::Skip).expect("is passed over");
    (strict, found.len() as u64, skipped)
}

#[test]
fn damage_in_a_compressed_file_is_found_and_costs_no_more_than_a_member() {
    let folder = TempDir::new().expect("a folder");
    drop(journal_in(folder.path(), 200, 130_000));
    close(&Disk::default(), folder.path(), 1).expect("is closed");
    let whole = std::fs::read(packed(folder.path(), 1)).expect("is there");
    let most = (32 << 10) / 900 + 2;
    let mut dice = 7usize;
    for _ in 0..25 {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let mut bytes = whole.clone();
        let at = (dice >> 33) % bytes.len();
        bytes[at] ^= 1 << (dice % 8);
        let (strict, found, skipped) = damaged_by(&bytes, folder.path());
        assert!(matches!(strict, Err(StoreError::Damaged { .. })), "bit of byte {at}: {strict:?}");
        assert!(skipped > 0 && found >= 200 - most, "bit of byte {at}: {found} records, {skipped} skipped");
    }
    // Its headers, of which there are few.
    for member in
        whole.windows(16).enumerate().filter(|(_, bytes)| bytes.starts_with(&[0x1f, 0x8b, 8, 4])).take(2)
    {
        for at in member.0..member.0 + 18 {
            let mut bytes = whole.clone();
            bytes[at] ^= 4;
            let (strict, found, skipped) = damaged_by(&bytes, folder.path());
            assert!(matches!(strict, Err(StoreError::Damaged { .. })), "byte {at}: {strict:?}");
            assert!(skipped > 0 && found >= 200 - 2 * most, "byte {at}: {found} records, {skipped} skipped");
        }
    }
    for end in [0, 10, 28, whole.len() / 2, whole.len() - 28, whole.len() - 1] {
        let (strict, _, skipped) = damaged_by(&whole[..end], folder.path());
        assert!(matches!(strict, Err(StoreError::Damaged { .. })) && skipped > 0, "cut to {end}: {strict:?}");
    }
    let (strict, _, skipped) = damaged_by(&whole, folder.path());
    assert_eq!((strict.expect("is whole again"), skipped), (200, 0));
}
