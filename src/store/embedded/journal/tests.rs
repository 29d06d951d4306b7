use std::fs::OpenOptions;
use std::io::Write as _;

use tempfile::TempDir;

use super::*;
use crate::model::Timestamp;
use crate::store::embedded::record::{DecisionFact, Fact};

fn line(seq: u64) -> Line {
    let fact = Fact::Decision(DecisionFact::Rebaseline { reason: format!("note {seq}") });
    Line::of(&Record { seq, at: Timestamp::from_unix(1), fact }, Path::new("here")).expect("is short")
}

#[test]
fn what_another_process_writes_meanwhile_is_no_damage() {
    let folder = TempDir::new().expect("a folder");
    let mut journal = Journal::open(&Disk::default(), folder.path(), Position::default()).expect("opens");
    journal.append(&[line(1), line(2)]).expect("appends");
    let mut found = Vec::new();
    let tail = read(folder.path(), Position::default(), Damage::Stop, |records, _| {
        found.extend(records.iter().map(|record| record.seq));
        let mut file = OpenOptions::new().append(true).open(folder.path().join(name(1))).expect("opens");
        file.write_all(b"{\"v\":1,\"seq\":3,").expect("half a line, once for each record");
        Ok(())
    });
    let tail = tail.expect("half a line at the end is what is being written");
    assert_eq!((found, tail.torn, tail.end), (vec![1, 2], 0, journal.at()));
}
