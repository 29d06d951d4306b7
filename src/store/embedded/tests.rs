use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use tempfile::TempDir;

use super::apply::apply;
use super::base::Base;
use super::index::Index;
use super::journal::{self, Damage, Journal, Line, Position};
use super::outbox;
use super::outbox::record::{DeliveryFact, EndFact, Owed, TryFact};
use super::parts;
use super::record::{
    ConfigureFact, Content, DecisionFact, Fact, HealthFact, ListingFact, NewArticle, Record, ScanFact,
};
use super::wire::{LINE_BYTES, RecordError};
use crate::diff::{Fingerprint, Kind, Offered};
use crate::disk::{Act, Disk, Verdict, Watch};
use crate::model::{ArticleId, DeliveryId, Health, Key, ListingId, SiteUid, TagRow, TargetId, Timestamp};
use crate::store::{DEAD_KEPT, StoreError, TROUBLE_BYTES, Wanted};

fn fixture(name: &str) -> Vec<u8> {
    let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    std::fs::read(fixtures.join(name).join("journal/0001.jsonl")).expect("the fixture")
}

fn records(journal: &[u8]) -> Vec<Record> {
    let lines = journal.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let json = |line: &[u8]| {
        line.iter().rposition(|byte| *byte == b'\t').map(|tab| line[..tab].to_vec()).expect("a checksum")
    };
    lines.map(|line| Record::from_json(&json(line)).expect("a record")).collect()
}

fn note(seq: u64) -> Record {
    let fact = Fact::Decision(DecisionFact::Rebaseline { reason: format!("note {seq}") });
    Record { seq, at: Timestamp::from_unix(1_457_083_800), fact }
}

fn line(seq: u64) -> Line {
    Line::of(&note(seq), std::path::Path::new("here")).expect("is short")
}

fn read_all(folder: &std::path::Path) -> Vec<u64> {
    let mut found = Vec::new();
    let tail = journal::read(folder, Position::default(), Damage::Stop, |records, _| {
        found.extend(records.iter().map(|record| record.seq));
        Ok(())
    });
    assert_eq!(tail.expect("is whole").torn, 0);
    found
}

#[test]
fn records_of_version_1_are_written_to_the_byte() {
    for name in ["journal-v1", "journal-v1-outbox"] {
        let golden = fixture(name);
        let folder = TempDir::new().expect("a folder");
        let mut journal = Journal::open(&Disk::default(), folder.path(), Position::default()).expect("opens");
        let lines = records(&golden);
        let lines: Vec<Line> =
            lines.iter().map(|record| Line::of(record, folder.path()).expect("is short")).collect();
        journal.append(&lines).expect("appends");
        let written = std::fs::read(folder.path().join(journal::name(1))).expect("is there");
        assert_eq!(String::from_utf8_lossy(&written), String::from_utf8_lossy(&golden));
    }
}

/// A disk that takes no more, when told so: of a write some bytes reach the file, and not even cutting it works.
#[derive(Default)]
struct Full(AtomicBool);

impl Watch for Full {
    fn before(&self, _: &std::path::Path, act: Act<'_>) -> Verdict {
        let full = || std::io::ErrorKind::StorageFull.into();
        match (self.0.load(Ordering::Relaxed), act) {
            (false, _) => Verdict::Go,
            (true, Act::Write { .. }) => Verdict::Short(13, full()),
            (true, _) => Verdict::Refuse(full()),
        }
    }
}

#[test]
fn f009_full_disk_leaves_no_half_line_and_space_back_works_again() {
    let folder = TempDir::new().expect("a folder");
    let full = Arc::new(Full::default());
    let disk = Disk::watched(full.clone());
    let mut journal = Journal::open(&disk, folder.path(), Position::default()).expect("opens");
    journal.append(&[line(1)]).expect("appends");
    full.0.store(true, Ordering::Relaxed);
    for _ in 0..2 {
        let error = journal.append(&[line(2)]).expect_err("is full");
        assert!(matches!(error, StoreError::Io { .. }), "{error}");
    }
    let text = std::fs::read_to_string(folder.path().join(journal::name(1))).expect("is there");
    assert!(text.ends_with("{\"v\":1,\"seq\":"), "{text}");
    full.0.store(false, Ordering::Relaxed);
    journal.append(&[line(2), line(3)]).expect("there is space again");
    assert_eq!(read_all(folder.path()), [1, 2, 3]);
}

/// A disk whose fsync fails when told so, after which the system calls pages written that are not.
#[derive(Default)]
struct Forgetful(AtomicU32);

impl Watch for Forgetful {
    fn before(&self, path: &std::path::Path, act: Act<'_>) -> Verdict {
        let left = self.0.load(Ordering::Relaxed);
        if act != Act::Sync || left == 0 {
            return Verdict::Go;
        }
        self.0.store(left - 1, Ordering::Relaxed);
        let length = std::fs::metadata(path).expect("is there").len();
        // Half of what was written is gone, and nobody is told.
        let file = std::fs::OpenOptions::new().write(true).open(path).expect("opens");
        std::os::unix::fs::FileExt::write_all_at(&file, &[0; 20], length - 40).expect("writes");
        Verdict::Refuse(std::io::Error::from_raw_os_error(5))
    }
}

#[test]
fn f011_failed_fsync_acknowledges_nothing_and_the_end_is_cut_and_read_again() {
    let folder = TempDir::new().expect("a folder");
    let forgetful = Arc::new(Forgetful::default());
    let disk = Disk::watched(forgetful.clone());
    let mut journal = Journal::open(&disk, folder.path(), Position::default()).expect("opens");
    journal.append(&[line(1), line(2)]).expect("appends");
    forgetful.0.store(1, Ordering::Relaxed);
    journal.append(&[line(3), line(4)]).expect_err("is not flushed");
    assert_eq!((journal.at().seq, read_all(folder.path())), (2, vec![1, 2]));
    journal.append(&[line(3)]).expect("appends");
    assert_eq!(read_all(folder.path()), [1, 2, 3]);
    // While cutting fails too, the acknowledged end is what is forgotten: that is damage, and nothing is written.
    forgetful.0.store(2, Ordering::Relaxed);
    journal.append(&[line(4)]).expect_err("is not flushed");
    for _ in 0..2 {
        let error = journal.append(&[line(4)]).expect_err("lost what it had");
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    }
}

#[test]
fn f017_torn_first_record_of_a_new_file_is_cut_off() {
    let folder = TempDir::new().expect("a folder");
    let mut journal = Journal::open(&Disk::default(), folder.path(), Position::default()).expect("opens");
    journal.append(&[line(1)]).expect("appends");
    std::fs::write(folder.path().join(journal::name(2)), b"{\"v\":1,\"se").expect("writes");
    let mut ends = Vec::new();
    let tail = journal::read(folder.path(), Position::default(), Damage::Stop, |_, end| {
        ends.push(end);
        Ok(())
    });
    let tail = tail.expect("a torn last record is no damage");
    assert_eq!((tail.torn, Some(&tail.end)), (10, ends.last()));
    let mut journal = Journal::open(&Disk::default(), folder.path(), tail.end).expect("opens");
    journal.rotate().expect("begins the second file");
    journal.append(&[line(2)]).expect("appends");
    assert_eq!(read_all(folder.path()), [1, 2]);
}

fn new_article(n: u8, summary: &str) -> NewArticle {
    let content = Content {
        title: format!("Article {n}"),
        link: None,
        source: None,
        date: None,
        category: None,
        summary: Some(summary.to_owned()),
        row: TagRow::None,
        tags: Vec::new(),
        sure: true,
        likes: None,
        minutes: None,
        place: None,
    };
    let key = Key::of_id(&n.to_string());
    NewArticle {
        id: ArticleId::derive(SiteUid::from_uuid(uuid::Uuid::nil()), key),
        keys: Offered { id: Some(key), link: None, text: None },
        print: Fingerprint::default(),
        place: n.into(),
        content,
        published: Timestamp::from_unix(1),
        second: None,
        announced: true,
        late: false,
        also: Vec::new(),
    }
}

fn scan(summaries: &[String]) -> ScanFact {
    ScanFact {
        listing: ListingId::parse("a").expect("an id"),
        site: SiteUid::from_uuid(uuid::Uuid::nil()),
        kind: Kind::Scan,
        part: None,
        approved: false,
        hash: None,
        new: (0u8..).zip(summaries).map(|(n, summary)| new_article(n, summary)).collect(),
        known: Vec::new(),
        removed: vec![ArticleId::from_uuid(uuid::Uuid::nil())],
        aged: Vec::new(),
        feeds: Vec::new(),
        owes: Vec::new(),
    }
}

#[test]
fn scan_of_many_long_texts_is_cut_into_parts_that_fit_and_joined_again() {
    // The worst that JSON makes of a text: six bytes for one.
    let mut whole = scan(&vec!["\u{1}".repeat(300_000); 60]);
    let articles: Vec<ArticleId> = whole.new.iter().map(|new| new.id).cycle().take(20_000).collect();
    whole.owes = (0..30).map(|n| Owed { articles: articles.clone(), ..owed(n) }).collect();
    let facts = parts::split(Fact::Scan(whole.clone()));
    assert!(facts.len() > 2);
    let cut: Vec<Record> =
        (5..).zip(facts).map(|(seq, fact)| Record { seq, at: Timestamp::from_unix(1), fact }).collect();
    for record in &cut {
        assert!(record.to_json(Some(1)).expect("JSON").len() <= LINE_BYTES);
    }
    let last = cut.last().map(|record| record.seq);
    let joined = parts::join(cut);
    let [Record { seq, fact: Fact::Scan(again), .. }] = &joined[..] else { panic!("one scan") };
    assert_eq!(Some(*seq), last);
    assert_eq!(ScanFact { part: None, ..again.clone() }, whole);
}

#[test]
fn record_too_long_to_be_read_back_is_refused() {
    let fact = Fact::Scan(scan(&["x".repeat(LINE_BYTES)]));
    let record = Record { seq: 2, at: Timestamp::from_unix(1), fact };
    let refused = Line::of(&record, std::path::Path::new("here")).err();
    assert!(matches!(refused, Some(StoreError::Io { .. })));
}

#[test]
fn decision_of_a_newer_program_is_newer_and_no_damage() {
    let json = |decision: &str| {
        format!(r#"{{"v":1,"seq":2,"at":"2016-03-04T09:30:00Z","type":"decision","decision":{decision}}}"#)
    };
    let newer = Record::from_json(json(r#"{"postpone":{"listing":"a"}}"#).as_bytes());
    let Err(RecordError::Newer { kind, .. }) = newer else { panic!("{newer:?}") };
    assert_eq!(kind, "decision: postpone");
    let damaged = Record::from_json(json(r#"{"hide":{"article":7}}"#).as_bytes());
    assert!(matches!(damaged, Err(RecordError::Damaged(_))), "{damaged:?}");
    let id = "ae3576fa-4ac5-5d99-b8c8-bc9316c160c8";
    let known = Record::from_json(json(&format!(r#"{{"hide":{{"article":"{id}"}}}}"#)).as_bytes());
    assert!(matches!(known, Ok(Record { fact: Fact::Decision(DecisionFact::Hide { .. }), .. })), "{known:?}");
}

fn owed(n: u32) -> Owed {
    let id = DeliveryId::from_uuid(uuid::Uuid::from_u128(n.into()));
    Owed { id, target: target(), articles: Vec::new(), changes: Vec::new() }
}

fn target() -> TargetId {
    TargetId::parse("chat").expect("an id")
}

fn died(owed: &Owed, reason: &str) -> TryFact {
    let end = EndFact::Dead { reason: reason.to_owned() };
    TryFact { id: owed.id, target: owed.target.clone(), end }
}

#[test]
fn many_ends_of_tries_and_many_ids_are_cut_into_records_that_fit() {
    let ids: Vec<DeliveryId> = (0..200_000).map(|n| owed(n).id).collect();
    let tries = (0..20_000).map(|n| died(&owed(n), &"\u{1}".repeat(TROUBLE_BYTES))).collect();
    let mut counts = [0, 0, 0];
    for fact in [
        Fact::Delivery(DeliveryFact { tries, ..DeliveryFact::default() }),
        Fact::Decision(DecisionFact::Retry { deliveries: ids.clone() }),
        Fact::Decision(DecisionFact::Drop { deliveries: ids }),
    ] {
        for fact in parts::split(fact) {
            match &fact {
                Fact::Delivery(fact) => counts[0] += fact.tries.len(),
                Fact::Decision(DecisionFact::Retry { deliveries }) => counts[1] += deliveries.len(),
                Fact::Decision(DecisionFact::Drop { deliveries }) => counts[2] += deliveries.len(),
                other => panic!("{other:?}"),
            }
            let record = Record { seq: 1, at: Timestamp::from_unix(1), fact };
            assert!(record.to_json(Some(1)).expect("JSON").len() <= LINE_BYTES);
        }
    }
    assert_eq!(counts, [20_000, 200_000, 200_000]);
}

#[test]
fn last_ten_thousand_dead_are_kept() {
    let db = sled::Config::new().temporary(true).open().expect("opens");
    let base = Base::new(Disk::default(), sled::Tree::clone(&db), std::path::Path::new("nowhere"));
    let mut index = Index::new(&base);
    let listing = ListingId::parse("a").expect("an id");
    let declared = ListingFact {
        id: listing.clone(),
        title: "A".to_owned(),
        site: "a".to_owned(),
        uid: SiteUid::from_uuid(uuid::Uuid::nil()),
        tags: Vec::new(),
        evident: false,
    };
    let configure = ConfigureFact { listings: vec![declared], ..ConfigureFact::default() };
    let (from, to, hold) = (Health::Ok, Health::Empty, None);
    let owes: Vec<Owed> = (0..10_003).map(owed).collect();
    let tries = owes.iter().rev().map(|owed| died(owed, "refused")).collect();
    let health = HealthFact { listing, from, to, reason: String::new(), hold, owes };
    let facts = [
        Fact::Decision(DecisionFact::Configure(configure)),
        Fact::Health(health),
        Fact::Delivery(DeliveryFact { tries, ..DeliveryFact::default() }),
    ];
    for (seq, fact) in (1..).zip(facts) {
        apply(&mut index, &Record { seq, at: Timestamp::from_unix(1), fact }).expect("applies");
    }
    let tally = index.tally(&target()).expect("reads");
    assert_eq!((tally.dead.count, tally.waiting), (DEAD_KEPT, 0));
    index.apply().expect("applies");
    let left = outbox::read::deliveries(&index, &Wanted::default(), usize::MAX).expect("reads");
    let left: Vec<u128> = left.iter().map(|delivery| delivery.id.uuid().as_u128()).collect();
    assert_eq!(left, (0..10_000).rev().collect::<Vec<u128>>(), "the first to die were the last three");
}
