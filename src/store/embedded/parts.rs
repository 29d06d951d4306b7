//! Facts too large for one record: a scan is cut into numbered parts, put together again to be applied.

use super::outbox::record::{DeliveryFact, EndFact, Owed};
use super::record::{Content, DecisionFact, Fact, Record, RetagFact, ScanFact};
use crate::model::{DeliveryId, TagRow};

/// How many bytes of text one part may hold, more only where a single article has them. Six times as much is the
/// worst that JSON makes of it, and still fits a record.
const PART_BYTES: usize = 2 << 20;

/// What an entry takes beside its texts.
const ENTRY_BYTES: usize = 512;

/// What a delivery takes beside its articles and texts.
const OWED_BYTES: usize = 192;

/// What an id takes.
const ID_BYTES: usize = 40;

/// What a change that is told takes, with all its fields.
const CHANGE_BYTES: usize = 4 * ID_BYTES;

/// How many ids one record may name.
const PART_IDS: usize = PART_BYTES / ID_BYTES;

/// Cuts a fact that may be too large for one record.
pub(super) fn split(fact: Fact) -> Vec<Fact> {
    let scan = match fact {
        Fact::Scan(scan) if weight(&scan) > PART_BYTES => scan,
        Fact::Retag(retag) => return split_retag(retag),
        Fact::Delivery(fact) => return split_tries(fact),
        Fact::Decision(DecisionFact::Retry { deliveries }) => {
            let retry = |ids: &[DeliveryId]| DecisionFact::Retry { deliveries: ids.to_vec() };
            return deliveries.chunks(PART_IDS).map(|ids| Fact::Decision(retry(ids))).collect();
        }
        Fact::Decision(DecisionFact::Drop { deliveries }) => {
            let drop = |ids: &[DeliveryId]| DecisionFact::Drop { deliveries: ids.to_vec() };
            return deliveries.chunks(PART_IDS).map(|ids| Fact::Decision(drop(ids))).collect();
        }
        other => return vec![other],
    };
    let empty = ScanFact {
        hash: None,
        new: Vec::new(),
        known: Vec::new(),
        removed: Vec::new(),
        aged: Vec::new(),
        feeds: Vec::new(),
        owes: Vec::new(),
        ..scan.clone()
    };
    let mut parts = vec![ScanFact { feeds: scan.feeds, ..empty.clone() }];
    let mut full = 0;
    let mut part_for = |weight: usize, parts: &mut Vec<ScanFact>| {
        if full > 0 && full + weight > PART_BYTES {
            parts.push(empty.clone());
            full = 0;
        }
        full += weight;
        parts.len() - 1
    };
    for new in scan.new {
        let at = part_for(content_weight(&new.content), &mut parts);
        parts[at].new.push(new);
    }
    for known in scan.known {
        let at = part_for(known.content.as_ref().map_or(ENTRY_BYTES, content_weight), &mut parts);
        parts[at].known.push(known);
    }
    for owed in scan.owes {
        let at = part_for(owed_weight(&owed), &mut parts);
        parts[at].owes.push(owed);
    }
    let of = u32::try_from(parts.len()).unwrap_or(u32::MAX);
    if let Some(last) = parts.last_mut() {
        (last.hash, last.removed, last.aged) = (scan.hash, scan.removed, scan.aged);
    }
    for (number, part) in (1..).zip(&mut parts) {
        part.part = Some((number, of));
    }
    parts.into_iter().map(Fact::Scan).collect()
}

/// Ended tries do not hang together, either.
fn split_tries(fact: DeliveryFact) -> Vec<Fact> {
    let mut parts = vec![DeliveryFact::default()];
    let mut full = 0;
    for ended in fact.tries {
        let weight = match &ended.end {
            EndFact::Delivered => OWED_BYTES,
            EndFact::Failed { reason, .. } | EndFact::Dead { reason } | EndFact::Disabled { reason } => {
                OWED_BYTES + reason.len()
            }
        };
        if full > 0 && full + weight > PART_BYTES {
            parts.push(DeliveryFact::default());
            full = 0;
        }
        full += weight;
        if let Some(part) = parts.last_mut() {
            part.tries.push(ended);
        }
    }
    // When all of them are known.
    if let Some(last) = parts.last_mut() {
        last.disabled = fact.disabled;
    }
    parts.into_iter().map(Fact::Delivery).collect()
}

/// Better splits do not hang together: each record of them stands for itself.
fn split_retag(fact: RetagFact) -> Vec<Fact> {
    let mut parts = vec![RetagFact { articles: Vec::new(), feeds: fact.feeds }];
    let mut full = 0;
    for article in fact.articles {
        let weight = 64 + article.tags.iter().map(|tag| tag.len() + 3).sum::<usize>();
        if full > 0 && full + weight > PART_BYTES {
            parts.push(RetagFact { articles: Vec::new(), feeds: Vec::new() });
            full = 0;
        }
        full += weight;
        if let Some(part) = parts.last_mut() {
            part.articles.push(article);
        }
    }
    parts.into_iter().map(Fact::Retag).collect()
}

/// Puts the parts of each scan together; the whole has the number of the last of them.
pub(super) fn join(records: Vec<Record>) -> Vec<Record> {
    let mut whole: Vec<Record> = Vec::new();
    for record in records {
        match (whole.last_mut(), record) {
            (
                Some(Record { seq, at, fact: Fact::Scan(before) }),
                Record { seq: next_seq, at: next_at, fact: Fact::Scan(next) },
            ) if before.listing == next.listing && next.part.is_some_and(|(number, _)| number > 1) => {
                (*seq, *at) = (next_seq, next_at);
                before.hash = before.hash.or(next.hash);
                before.new.extend(next.new);
                before.known.extend(next.known);
                before.removed.extend(next.removed);
                before.aged.extend(next.aged);
                before.feeds.extend(next.feeds);
                before.owes.extend(next.owes);
            }
            (_, record) => whole.push(record),
        }
    }
    whole
}

fn weight(scan: &ScanFact) -> usize {
    let new = scan.new.iter().map(|new| content_weight(&new.content));
    let known = scan.known.iter().map(|known| known.content.as_ref().map_or(ENTRY_BYTES, content_weight));
    new.chain(known).chain(scan.owes.iter().map(owed_weight)).sum()
}

fn owed_weight(owed: &Owed) -> usize {
    OWED_BYTES + owed.articles.len() * ID_BYTES + owed.changes.len() * CHANGE_BYTES
}

fn content_weight(content: &Content) -> usize {
    let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let row = match &content.row {
        TagRow::None => 0,
        TagRow::Run(run) => run.len(),
        TagRow::List(names) => names.iter().map(|name| name.len() + 3).sum(),
    };
    let texts = [&content.link, &content.source, &content.category, &content.summary];
    ENTRY_BYTES
        + content.title.len()
        + texts.into_iter().map(text).sum::<usize>()
        + row
        + content.tags.iter().map(|tag| tag.len() + 3).sum::<usize>()
}
