//! The index, built anew from the journal while the old one is in use.

use std::path::Path;
use std::time::Duration;

use super::fresh::Fresh;
use super::notes::{self, FEW, ROUNDS, follow};
use super::rewrite::Rewritten;
use super::swap::{Commit, Last};
use super::{BATCH, Beside, Pace};
use crate::model::id::StoreId;
use crate::store::embedded::base::Base;
use crate::store::embedded::build::{applied, replay_to};
use crate::store::embedded::export::Progress;
use crate::store::embedded::index::{Applied, Index};
use crate::store::embedded::journal::Position;
use crate::store::embedded::noted::Kept;
use crate::store::embedded::sum::Sum;
use crate::store::{Result, StoreError};

impl Beside {
    /// Builds the index anew from the journal, and puts it in the place of the one in use. Blocks.
    ///
    /// # Errors
    /// What kept it from that; nothing happened then.
    pub(in super::super) fn renew(&self, tell: &mut (dyn FnMut(Progress) + Send)) -> Result<Rewritten> {
        self.alone(|| {
            let before = self.index_bytes();
            self.has_room(before)?;
            let fresh = Fresh::begin(&self.disk, &self.folder)?;
            let path = fresh.place.path.clone();
            let (articles, pause) = self.catch_up(fresh, None, tell)?;
            let done = Rewritten::new(before, super::size(&path), articles, pause);
            let pause_ms = done.pause_ms;
            tracing::info!(articles, pause_ms, "the index was built anew from the journal, and is in use");
            Ok(done)
        })
    }

    /// Brings an index up to the journal and puts it in the place of the one in use; how many articles it leads to, and
    /// how long the writer waited.
    pub(super) fn catch_up(
        &self,
        fresh: Fresh,
        commit: Option<Commit>,
        tell: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<(u32, Duration)> {
        let journal_folder = self.folder.join("journal");
        let (store, end) = self.acknowledged()?;
        let mut pace = Pace::new(&fresh.place.path);
        let mut told = |done| {
            tell(Progress { what: "reading records", done, of: end.seq });
            pace.keep();
            self.go_on()
        };
        advance(&fresh.base, &journal_folder, store, end, &mut told)?;
        crate::crashpoint::hit("beside.after-replay");
        let noting = self.note(Kept::Notes)?;
        notes::take_over(&self.handle, noting.number, &fresh.base)?;
        for _ in 0..ROUNDS {
            let (_, end) = self.acknowledged()?;
            let left = end.seq - applied(&fresh.base)?.seq;
            advance(&fresh.base, &journal_folder, store, end, &mut told)?;
            let noted = noting.follow(&fresh.base, &mut Sum::default())?;
            // So that little is left for the time in which the writer waits.
            fresh.make_durable()?;
            if noted < FEW && left < FEW as u64 {
                break;
            }
        }
        let number = noting.number;
        let last: Last = Box::new(move |writer, fresh| {
            advance(&fresh.base, &journal_folder, store, writer.journal.at(), &mut |_| Ok(()))?;
            follow(&writer.handle, number, &fresh.base, &mut Sum::default())?;
            let built = applied(&fresh.base)?;
            let of = |applied: &Applied| (applied.seq, applied.crc, applied.next_article, applied.next_feed);
            if of(&built) != of(&writer.applied) {
                let what = "what was built from the journal does not hold what the index holds".to_owned();
                return Err(StoreError::GivenUp(what));
            }
            Ok(built)
        });
        let articles = applied(&fresh.base)?.next_article;
        let pause = self.swap(fresh, number, last, commit)?;
        Ok((articles, pause))
    }

    /// Which store it is, and where the last acknowledged record ends.
    fn acknowledged(&self) -> Result<(StoreId, Position)> {
        self.pause(|writer| (writer.applied.store, writer.journal.at()))
    }
}

/// Applies the records up to `end` that an index does not have yet.
fn advance(
    base: &Base,
    journal_folder: &Path,
    store: StoreId,
    end: Position,
    go_on: &mut dyn FnMut(u64) -> Result<()>,
) -> Result<()> {
    let from = match Index::new(base).applied()? {
        Some(applied) if applied.seq >= end.seq => return Ok(()),
        Some(applied) => {
            let Applied { file, end, crc, seq, .. } = applied;
            Position { file, end, crc, seq }
        }
        None => Position::default(),
    };
    replay_to(base, journal_folder, from, (end.file, end.end), store, BATCH, go_on).map(drop)
}
