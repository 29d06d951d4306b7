//! Applying what records say of deliveries. What they say of one that is not there is passed over: that is only so
//! where damaged lines were skipped on purpose, or where more died than are kept.

use std::collections::HashMap;

use super::entry::{Progress, Row, Settled, Tally, Target, at};
use super::record::{BatchFact, ChangeFact, DeliveryFact, EndFact, Owed, TryFact};
use crate::diff::Hold;
use crate::model::delivery::{
    AlsoAt, ArticleChange, FieldChange, HealthNews, HeldNews, NewArticle, News, Summary, TargetTrouble,
};
use crate::model::{
    ArticleId, DeliveryId, DeliveryState, Field, Health, HealthEvent, Message, TargetId, TargetRule,
};
use crate::store::embedded::apply::Apply;
use crate::store::embedded::record::{HealthFact, ScanFact};
use crate::store::embedded::routes::unnamed_source;
use crate::store::embedded::txn::Result;
use crate::store::outbox::ruled;
use crate::store::{DEAD_KEPT, DELIVERED_KEPT};

/// What articles said in each field, in the order of [`Field::ALL`].
pub(in super::super) type Before = HashMap<ArticleId, [Option<String>; Field::ALL.len()]>;

impl Apply<'_, '_> {
    /// What the articles that a scan changes, and that it owes a message about, say in those fields before it does.
    pub(in super::super) fn before(&self, fact: &ScanFact) -> Result<Before> {
        let mut before = Before::new();
        for change in fact.owes.iter().flat_map(|owed| &owed.changes) {
            if change.fields.is_empty() || before.contains_key(&change.article) {
                continue;
            }
            let Some((_, stored)) = self.stored(change.article)? else { continue };
            before.insert(change.article, Field::ALL.map(|field| stored.article.says(field)));
        }
        Ok(before)
    }

    /// What a scan owes, once all else that it says is applied. `title` is the listing's.
    pub(in super::super) fn owe_articles(
        &mut self,
        fact: &ScanFact,
        title: &str,
        before: &Before,
    ) -> Result<()> {
        for (ordinal, owed) in (0..).zip(&fact.owes) {
            let mut news = Vec::with_capacity(owed.articles.len() + owed.changes.len());
            for id in &owed.articles {
                let Some((_, stored)) = self.stored(*id)? else { continue };
                let (listing, title) = (fact.listing.clone(), title.to_owned());
                let also_at = self.also_at(&stored.also)?;
                news.push(News::New(NewArticle { listing, title, article: stored.article, also_at }));
            }
            for ChangeFact { article, what, fields } in &owed.changes {
                let Some((_, stored)) = self.stored(*article)? else { continue };
                let was = |field: Field| before.get(article)?.get(field as usize)?.clone();
                news.push(News::Change(ArticleChange {
                    what: *what,
                    fields: fields
                        .iter()
                        .map(|field| FieldChange { field: *field, was: was(*field) })
                        .collect(),
                    listing: fact.listing.clone(),
                    title: title.to_owned(),
                    article: stored.article,
                }));
            }
            let message = match news.pop() {
                None => continue,
                Some(only) if news.is_empty() && !fact.approved => only.into(),
                Some(last) => {
                    news.push(last);
                    Message::Summary(Box::new(Summary::of(news, fact.approved)))
                }
            };
            self.owe(owed, ordinal, &message)?;
        }
        Ok(())
    }

    /// Those that tell a story too, as far as they are shown.
    fn also_at(&self, articles: &[ArticleId]) -> Result<Vec<AlsoAt>> {
        let mut found = Vec::with_capacity(articles.len());
        for id in articles {
            let Some((_, stored)) = self.stored(*id)?.filter(|(_, stored)| stored.article.is_shown()) else {
                continue;
            };
            let unnamed = unnamed_source(self.index, &stored.article)?;
            found.push(AlsoAt::of(stored.article, unnamed));
        }
        Ok(found)
    }

    /// What a turn of a listing's health owes.
    pub(in super::super) fn owe_health(&mut self, fact: &HealthFact, title: &str) -> Result<()> {
        let event = HealthEvent {
            seq: self.seq,
            at: self.at,
            listing: fact.listing.clone(),
            from: fact.from,
            to: fact.to,
            reason: fact.reason.clone(),
        };
        // A hold that was written down before titles were says nothing more than it did.
        let is_told = |hold: &&Hold| fact.to == Health::Quarantined && !hold.titles.is_empty();
        let held = fact.hold.as_ref().filter(is_told);
        let held = held.map(|hold| HeldNews { count: hold.new, titles: hold.titles.clone() });
        let message = Message::Health(Box::new(HealthNews { title: title.to_owned(), event, held }));
        for (ordinal, owed) in (0..).zip(&fact.owes) {
            self.owe(owed, ordinal, &message)?;
        }
        Ok(())
    }

    fn owe(&mut self, owed: &Owed, ordinal: u32, message: &Message) -> Result<()> {
        if self.index.progress(owed.id)?.is_some() {
            return Ok(());
        }
        let mut tally = self.index.tally(&owed.target)?;
        let mut progress = Progress {
            target: owed.target.clone(),
            seq: self.seq,
            ordinal,
            born: self.at,
            state: DeliveryState::Waiting(self.at),
            place: 0,
            tries: 0,
            changed: self.at,
            trouble: String::new(),
        };
        self.index.put_message(owed.id, message)?;
        self.enter(owed.id, &mut progress, &mut tally)?;
        self.index.put_tally(&owed.target, &tally)
    }

    /// Puts a delivery where those in its state are.
    fn enter(&mut self, id: DeliveryId, progress: &mut Progress, tally: &mut Tally) -> Result<()> {
        match progress.state {
            DeliveryState::Waiting(due) => {
                tally.waiting += 1;
                let place = at::waiting(&progress.target, due, progress.seq, progress.ordinal);
                self.index.txn.put(place, &id)?;
                self.index.put_progress(id, progress)
            }
            DeliveryState::Delivered => {
                let rule = self.index.target(&progress.target)?.map(|target| target.rule);
                let kept = rule.map_or(DELIVERED_KEPT, |rule| rule.delivered);
                self.join_row(id, progress, &mut tally.delivered, Settled::Delivered, kept)
            }
            DeliveryState::Dead => self.join_row(id, progress, &mut tally.dead, Settled::Dead, DEAD_KEPT),
        }
    }

    /// Takes a delivery from where those in its state are.
    fn leave_state(&mut self, progress: &Progress, tally: &mut Tally) {
        let target = &progress.target;
        let place = match progress.state {
            DeliveryState::Waiting(due) => {
                tally.waiting = tally.waiting.saturating_sub(1);
                at::waiting(target, due, progress.seq, progress.ordinal)
            }
            DeliveryState::Delivered => {
                tally.delivered.count = tally.delivered.count.saturating_sub(1);
                at::settled(target, Settled::Delivered, progress.place)
            }
            DeliveryState::Dead => {
                tally.dead.count = tally.dead.count.saturating_sub(1);
                at::settled(target, Settled::Dead, progress.place)
            }
        };
        self.index.txn.delete(place);
    }

    /// Puts a settled delivery at the end of a row, and forgets the first of those that are too many.
    fn join_row(
        &mut self,
        id: DeliveryId,
        progress: &mut Progress,
        row: &mut Row,
        which: Settled,
        kept: u64,
    ) -> Result<()> {
        let target = progress.target.clone();
        progress.place = row.next;
        row.next += 1;
        row.count += 1;
        self.index.txn.put(at::settled(&target, which, progress.place), &id)?;
        self.index.put_progress(id, progress)?;
        self.forget_first(&target, row, which, kept)
    }

    /// Forgets the first of a row, until no more than `kept` are in it.
    fn forget_first(&mut self, target: &TargetId, row: &mut Row, which: Settled, kept: u64) -> Result<()> {
        while row.count > kept && row.first < row.next {
            let first = at::settled(target, which, row.first);
            row.first += 1;
            if let Some(oldest) = self.index.txn.get(&first)? {
                self.index.txn.delete(first);
                self.index.delete_delivery(oldest);
                row.count -= 1;
            }
        }
        Ok(())
    }

    fn forget(&mut self, id: DeliveryId) -> Result<()> {
        let Some(progress) = self.index.progress(id)? else { return Ok(()) };
        let mut tally = self.index.tally(&progress.target)?;
        self.leave_state(&progress, &mut tally);
        self.index.delete_delivery(id);
        self.index.put_tally(&progress.target, &tally)
    }

    pub(in super::super) fn batch(&mut self, fact: &BatchFact) -> Result<()> {
        let mut news = Vec::with_capacity(fact.deliveries.len());
        for id in &fact.deliveries {
            news.extend(self.index.message(*id)?.and_then(Message::into_news));
            self.forget(*id)?;
        }
        if news.is_empty() {
            return Ok(());
        }
        let owed =
            Owed { id: fact.id, target: fact.target.clone(), articles: Vec::new(), changes: Vec::new() };
        self.owe(&owed, 0, &Message::Summary(Box::new(Summary::of(news, false))))
    }

    pub(in super::super) fn outcomes(&mut self, fact: &DeliveryFact) -> Result<()> {
        fact.tries.iter().try_for_each(|ended| self.outcome(ended))?;
        let mut ordinal = 0;
        for disabled in &fact.disabled {
            let mut tally = self.index.tally(&disabled.target)?;
            tally.disabled = Some((disabled.reason.clone(), self.at));
            self.index.put_tally(&disabled.target, &tally)?;
            let message = Message::Target(Box::new(TargetTrouble {
                target: disabled.target.clone(),
                reason: disabled.reason.clone(),
                since: tally.failing.unwrap_or(self.at),
                waiting: tally.waiting,
            }));
            for owed in &disabled.owes {
                self.owe(owed, ordinal, &message)?;
                ordinal += 1;
            }
        }
        Ok(())
    }

    fn outcome(&mut self, ended: &TryFact) -> Result<()> {
        let Some(mut progress) = self.index.progress(ended.id)? else { return Ok(()) };
        let mut tally = self.index.tally(&progress.target)?;
        self.leave_state(&progress, &mut tally);
        let (state, trouble) = match &ended.end {
            EndFact::Delivered => (DeliveryState::Delivered, ""),
            EndFact::Failed { reason, next } => (DeliveryState::Waiting(*next), reason.as_str()),
            EndFact::Dead { reason } | EndFact::Disabled { reason } => (DeliveryState::Dead, reason.as_str()),
        };
        (tally.failing, tally.failed) = match ended.end {
            EndFact::Delivered => (None, 0),
            _ => (tally.failing.or(Some(self.at)), tally.failed.saturating_add(1)),
        };
        if let EndFact::Disabled { reason } = &ended.end {
            tally.disabled.get_or_insert_with(|| (reason.clone(), self.at));
        }
        progress.tries = progress.tries.saturating_add(1);
        trouble.clone_into(&mut progress.trouble);
        (progress.state, progress.changed) = (state, self.at);
        self.enter(ended.id, &mut progress, &mut tally)?;
        self.index.put_tally(&progress.target, &tally)
    }

    pub(in super::super) fn retry(&mut self, deliveries: &[DeliveryId]) -> Result<()> {
        for id in deliveries {
            let Some(mut progress) = self.index.progress(*id)? else { continue };
            let mut tally = self.index.tally(&progress.target)?;
            self.leave_state(&progress, &mut tally);
            progress.state = DeliveryState::Waiting(self.at);
            progress.tries = 0;
            // Later than its birth even within one second: that tells it from what is fresh.
            progress.changed = self.at.max(progress.born.plus(1));
            progress.trouble.clear();
            self.enter(*id, &mut progress, &mut tally)?;
            self.index.put_tally(&progress.target, &tally)?;
        }
        Ok(())
    }

    pub(in super::super) fn drop_deliveries(&mut self, deliveries: &[DeliveryId]) -> Result<()> {
        deliveries.iter().try_for_each(|id| self.forget(*id))
    }

    pub(in super::super) fn disable(&mut self, target: &TargetId, reason: &str) -> Result<()> {
        let mut tally = self.index.tally(target)?;
        tally.disabled = Some((reason.to_owned(), self.at));
        self.index.put_tally(target, &tally)
    }

    pub(in super::super) fn enable(&mut self, target: &TargetId) -> Result<()> {
        let mut tally = self.index.tally(target)?;
        (tally.disabled, tally.failing, tally.failed) = (None, None, 0);
        self.index.put_tally(target, &tally)
    }

    pub(in super::super) fn targets(&mut self, declared: &[TargetRule], gone: &[TargetId]) -> Result<()> {
        for rule in declared {
            let before = self
                .index
                .target(&rule.id)?
                .and_then(|known| ruled(&known.rule, rule, known.before, self.at));
            self.index.put_target(&Target { rule: rule.clone(), retired: false, before })?;
            let mut tally = self.index.tally(&rule.id)?;
            if tally.delivered.count > rule.delivered {
                self.forget_first(&rule.id, &mut tally.delivered, Settled::Delivered, rule.delivered)?;
                self.index.put_tally(&rule.id, &tally)?;
            }
        }
        for id in gone {
            if let Some(target) = self.index.target(id)? {
                self.index.put_target(&Target { retired: true, ..target })?;
            }
        }
        Ok(())
    }
}
