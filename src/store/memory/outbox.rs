//! The outbox of the plain model: one list of everything that is owed.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Model;
use crate::diff::{HealthChange, Hold, Proposal};
use crate::model::delivery::{
    ArticleChange, FieldChange, HealthNews, HeldNews, NewArticle, News, Summary, TargetTrouble, WAIT_MOST,
};
use crate::model::text::bounded;
use crate::model::{
    Article, Change, Delivery, DeliveryId, DeliveryState, Health, HealthEvent, ListingId, Message, OnListing,
    Pattern, Presence, StateKind, TargetId, TargetRule, Timestamp,
};
use crate::store::outbox::{given_up, is_given_up, ruled};
use crate::store::{
    BATCH_MOST, DEAD_KEPT, DELIVERED_KEPT, Due, Settled, Settlement, TROUBLE_BYTES, TargetInfo, TryEnd,
    Wanted,
};

/// A target, as remembered.
#[derive(Clone, Debug)]
pub(super) struct Target {
    rule: TargetRule,
    retired: bool,
    disabled: Option<(String, Timestamp)>,
    failing: Option<Timestamp>,
    /// How many of them that are.
    failed: u32,
    /// How many messages might be under way at once by earlier rules, and until when the last of those held.
    before: Option<(u32, Timestamp)>,
}

/// A delivery, and when it was settled, counted over all of them.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    delivery: Delivery,
    settled: u64,
}

/// Something that a scan found of an article that was known.
pub(super) struct Changed {
    /// The place of the article.
    pub(super) article: usize,
    /// What it is, for a target that wants that; else the next of these.
    pub(super) whats: Vec<Change>,
    /// What it says otherwise.
    pub(super) fields: Vec<FieldChange>,
}

impl Kept {
    fn waits(&self) -> bool {
        self.delivery.state.kind() == StateKind::Waiting
    }

    fn due(&self) -> Option<Timestamp> {
        match self.delivery.state {
            DeliveryState::Waiting(due) => Some(due),
            DeliveryState::Delivered | DeliveryState::Dead => None,
        }
    }
}

impl Model {
    /// Declares these targets, and no others. Whether anything differed; with `write` it is remembered.
    pub(super) fn declare_targets(&mut self, declared: &[TargetRule], write: bool) -> bool {
        let mut targets = self.targets.clone();
        for target in targets.values_mut() {
            target.retired = !declared.iter().any(|rule| rule.id == target.rule.id);
        }
        for rule in declared {
            let fresh = || Target {
                rule: rule.clone(),
                retired: false,
                disabled: None,
                failing: None,
                failed: 0,
                before: None,
            };
            let target = targets.entry(rule.id.clone()).or_insert_with(fresh);
            target.before = ruled(&target.rule, rule, target.before, self.at);
            target.rule = rule.clone();
        }
        let said = |target: &Target| (target.rule.clone(), target.retired);
        let differs = !targets.values().map(said).eq(self.targets.values().map(said));
        if write {
            self.targets = targets;
            self.forget_surplus();
        }
        differs
    }

    fn owe(&mut self, target: &TargetId, what: &str, message: Message) {
        let (seq, born) = (self.seq, self.at);
        self.outbox.push(Kept {
            delivery: Delivery {
                id: DeliveryId::derive(self.store, target, what),
                target: target.clone(),
                seq,
                born,
                message,
                state: DeliveryState::Waiting(born),
                tries: 0,
                changed: born,
                trouble: String::new(),
            },
            settled: 0,
        });
    }

    /// The messages that wait.
    pub(super) fn waiting_messages(&self) -> impl Iterator<Item = &Message> {
        self.outbox.iter().filter(|kept| kept.waits()).map(|kept| &kept.delivery.message)
    }

    fn declared_rules(&self) -> Vec<TargetRule> {
        let declared = self.targets.values().filter(|target| !target.retired);
        declared.map(|target| target.rule.clone()).collect()
    }

    /// Owes what a scan announces, articles by their places, each with its place on the page; and what it changes of
    /// others. Returns how many messages that are.
    pub(super) fn owe_news(
        &mut self,
        proposal: &Proposal,
        mut announced: Vec<(usize, usize)>,
        changed: &[Changed],
        first: u64,
    ) -> usize {
        announced.sort_by_key(|(article, place)| (self.articles[*article].published, Reverse(*place)));
        let title = self.listings[&proposal.listing].title.clone();
        let news: Vec<NewArticle> = announced
            .iter()
            .map(|(article, _)| NewArticle {
                listing: proposal.listing.clone(),
                title: title.clone(),
                article: self.articles[*article].clone(),
                also_at: self.also_at(self.articles[*article].id),
            })
            .collect();
        let rules = self.declared_rules();
        let before = self.outbox.len();
        let change = |model: &Self, rule: &TargetRule, changed: &Changed| {
            let what = *changed.whats.iter().find(|what| rule.changes.contains(what))?;
            let article = model.articles[changed.article].clone();
            model.fits(rule, &article).then(|| ArticleChange {
                what,
                fields: changed.fields.clone(),
                listing: proposal.listing.clone(),
                title: title.clone(),
                article,
            })
        };
        if proposal.approved {
            for rule in &rules {
                let new = news.iter().filter(|new| self.tells(rule, &new.article)).cloned().map(News::New);
                let rest = changed.iter().filter_map(|changed| change(self, rule, changed)).map(News::Change);
                let told: Vec<News> = new.chain(rest).collect();
                if !told.is_empty() {
                    let summary = Message::Summary(Box::new(Summary::of(told, true)));
                    self.owe(&rule.id, &format!("summary {first} {}", self.at), summary);
                }
            }
            return self.outbox.len() - before;
        }
        for new in &news {
            for rule in &rules {
                if self.tells(rule, &new.article) {
                    let what = new.article.id.to_string();
                    self.owe(&rule.id, &what, Message::New(Box::new(new.clone())));
                }
            }
        }
        for changed in changed {
            for rule in &rules {
                if let Some(change) = change(self, rule, changed) {
                    let (what, id) = (change.what.name(), change.article.id);
                    let name = format!("{what} {id} {first} {}", self.at);
                    self.owe(&rule.id, &name, Message::Change(Box::new(change)));
                }
            }
        }
        self.outbox.len() - before
    }

    fn tells(&self, rule: &TargetRule, article: &Article) -> bool {
        rule.changes.contains(&Change::New)
            && (rule.late || !article.late)
            && !article.hidden
            && self.matches(rule, article)
    }

    fn fits(&self, rule: &TargetRule, article: &Article) -> bool {
        !article.hidden && article.forgotten.is_none() && self.matches(rule, article)
    }

    fn matches(&self, rule: &TargetRule, article: &Article) -> bool {
        let title_of = |id: &ListingId| self.listings.get(id).map(|listing| listing.title.clone());
        rule.when.matches(article, &title_of)
    }

    /// Whether the last reading of another listing than this one has the article.
    pub(super) fn is_elsewhere(&self, this: &ListingId, article: &Article) -> bool {
        self.listings.iter().filter(|(id, _)| *id != this).any(|(id, listing)| {
            let is_listed = |on: &OnListing| on.listing == *id && on.presence == Presence::Listed;
            article.listings.iter().any(is_listed)
                && listing.past.held.iter().any(|held| held.article == article.id)
        })
    }

    /// Owes a turn of a listing's health, or that a reading is held from now on, or none any more. Returns how many
    /// messages that are.
    pub(super) fn owe_turn(
        &mut self,
        event: &HealthEvent,
        (is_health, is_hold): (bool, bool),
        hold: Option<&Hold>,
        first: u64,
    ) -> usize {
        let id = event.listing.as_str();
        let is_in = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.matches(id));
        let mut told = self.declared_rules();
        told.retain(|rule| (is_health && is_in(&rule.health)) || (is_hold && is_in(&rule.held)));
        let waits = hold.filter(|hold| event.to == Health::Quarantined && !hold.titles.is_empty());
        let held = waits.map(|hold| HeldNews { count: hold.new, titles: hold.titles.clone() });
        for rule in &told {
            let title = self.listings[&event.listing].title.clone();
            let news = HealthNews { title, event: event.clone(), held: held.clone() };
            self.owe(&rule.id, &format!("health {first} {}", self.at), Message::Health(Box::new(news)));
        }
        told.len()
    }

    /// What a change of health is to those who are told of it.
    pub(super) fn turn(&self, id: &ListingId, change: &HealthChange) -> Option<HealthEvent> {
        let from = self.listings.get(id)?.past.health;
        let (seq, at, to, reason) = (self.seq, self.at, change.to, change.reason.clone());
        Some(HealthEvent { seq, at, listing: id.clone(), from, to, reason })
    }

    pub(super) fn target_infos(&self) -> Vec<TargetInfo> {
        let info = |(id, target): (&TargetId, &Target)| {
            let of = |kind: StateKind| {
                let ours = self.outbox.iter().map(|kept| &kept.delivery);
                ours.filter(|owed| owed.target == *id && owed.state.kind() == kind).count() as u64
            };
            let dues = self.outbox.iter().filter(|kept| kept.delivery.target == *id).filter_map(Kept::due);
            let is_sent = !target.retired && target.disabled.is_none();
            TargetInfo {
                id: id.clone(),
                rule: target.rule.clone(),
                before: target.before,
                retired: target.retired,
                disabled: target.disabled.as_ref().map(|(reason, _)| reason.clone()),
                since: target.disabled.as_ref().map(|(_, since)| *since),
                failing: target.failing,
                waiting: of(StateKind::Waiting),
                dead: of(StateKind::Dead),
                delivered: of(StateKind::Delivered),
                next: dues.min().filter(|_| is_sent),
            }
        };
        self.targets.iter().map(info).collect()
    }

    pub(super) fn due(&self, target: &TargetId, now: Timestamp, most: usize) -> Due {
        let is_sent = |target: &Target| !target.retired && target.disabled.is_none();
        if !self.targets.get(target).is_some_and(is_sent) {
            return Due::default();
        }
        let ours = self.outbox.iter().filter(|kept| kept.delivery.target == *target);
        let (mut due, later): (Vec<&Kept>, Vec<&Kept>) = ours
            .filter(|kept| kept.waits())
            .partition(|kept| kept.delivery.state.is_due(kept.delivery.tries, now));
        due.sort_by_key(|kept| (kept.due(), kept.delivery.seq));
        Due {
            deliveries: due.into_iter().take(most).map(|kept| kept.delivery.clone()).collect(),
            next: later.into_iter().filter_map(Kept::due).min(),
        }
    }

    pub(super) fn due_in_order(&self, target: &TargetId, now: Timestamp, most: usize) -> Due {
        let is_sent = |target: &Target| !target.retired && target.disabled.is_none();
        if !self.targets.get(target).is_some_and(is_sent) {
            return Due::default();
        }
        let ours = self.outbox.iter().filter(|kept| kept.waits() && kept.delivery.target == *target);
        let mut owed: Vec<&Kept> = ours.collect();
        owed.sort_by_key(|kept| kept.delivery.seq);
        let is_due = |kept: &&&Kept| kept.delivery.state.is_due(kept.delivery.tries, now);
        let due: Vec<&&Kept> = owed.iter().take(most).take_while(is_due).collect();
        let next = owed.iter().take(most).nth(due.len()).and_then(|kept| kept.due());
        Due { deliveries: due.into_iter().map(|kept| kept.delivery.clone()).collect(), next }
    }

    pub(super) fn close_batch(
        &mut self,
        target: &TargetId,
        deliveries: &[DeliveryId],
        now: Timestamp,
    ) -> Option<Delivery> {
        let mut news = Vec::new();
        let mut members = Vec::new();
        for Kept { delivery, .. } in self.outbox.iter().filter(|kept| kept.waits()) {
            let is_asked = delivery.target == *target && deliveries.contains(&delivery.id);
            if is_asked && delivery.is_fresh() && news.len() < BATCH_MOST {
                news.extend(delivery.message.clone().into_news());
                members.push(delivery.id);
            }
        }
        if news.is_empty() {
            return None;
        }
        self.next_record(now);
        self.outbox.retain(|kept| !members.contains(&kept.delivery.id));
        let what = format!("batch {} {}", self.seq, self.at);
        self.owe(target, &what, Message::Summary(Box::new(Summary::of(news, false))));
        self.outbox.last().map(|kept| kept.delivery.clone())
    }

    pub(super) fn settle(&mut self, tries: &[Settled], now: Timestamp) -> Settlement {
        let mut ended: Vec<(usize, &TryEnd)> = Vec::new();
        for Settled { id, target, end } in tries {
            let is_meant = |kept: &Kept| kept.delivery.id == *id && kept.delivery.target == *target;
            let at = self.outbox.iter().position(|kept| is_meant(kept) && kept.waits());
            ended.extend(at.filter(|at| !ended.iter().any(|(before, _)| before == at)).map(|at| (at, end)));
        }
        if ended.is_empty() {
            return Settlement::default();
        }
        self.next_record(now);
        let mut disabled = BTreeMap::new();
        for (at, end) in ended {
            if let Some((target, reason)) = self.end(at, end, now) {
                disabled.insert(target, reason);
            }
        }
        self.forget_surplus();
        self.tell_of_disabled(disabled)
    }

    /// Owes others that these targets are sent nothing more, and remembers that.
    fn tell_of_disabled(&mut self, disabled: BTreeMap<TargetId, String>) -> Settlement {
        let mut settlement = Settlement::default();
        for (id, reason) in disabled {
            let at = self.at;
            let waiting =
                self.outbox.iter().filter(|kept| kept.waits() && kept.delivery.target == id).count();
            let Some(target) = self.targets.get_mut(&id) else { continue };
            target.disabled = Some((reason.clone(), at));
            let trouble = TargetTrouble {
                target: id.clone(),
                reason: reason.clone(),
                since: target.failing.unwrap_or(at),
                waiting: waiting as u64,
            };
            let is_enabled = |rule: &TargetRule| {
                self.targets.get(&rule.id).is_some_and(|target| target.disabled.is_none())
            };
            let others: Vec<TargetRule> = self.declared_rules().into_iter().filter(is_enabled).collect();
            let mut told: Vec<&TargetRule> = others.iter().filter(|rule| !rule.health.is_empty()).collect();
            if told.is_empty() {
                told.extend(others.first());
            }
            for rule in told {
                let what = format!("disabled {id} {} {at}", self.seq);
                self.owe(&rule.id, &what, Message::Target(Box::new(trouble.clone())));
                settlement.owed += 1;
            }
            settlement.disabled.push((id, reason));
        }
        settlement
    }

    /// Whether its target is sent nothing more by that, and why.
    fn end(&mut self, place: usize, end: &TryEnd, now: Timestamp) -> Option<(TargetId, String)> {
        self.settlements += 1;
        let (at, settled) = (self.at, self.settlements);
        let kept = &mut self.outbox[place];
        kept.settled = settled;
        let delivery = &mut kept.delivery;
        delivery.tries += 1;
        delivery.changed = at;
        let reason = match end {
            TryEnd::Delivered => "",
            TryEnd::Failed { reason, .. } | TryEnd::Dead { reason } | TryEnd::Disabled { reason } => reason,
        };
        delivery.trouble = bounded(reason, TROUBLE_BYTES);
        delivery.state = match end {
            TryEnd::Delivered => DeliveryState::Delivered,
            TryEnd::Failed { next, .. } => DeliveryState::Waiting((*next).min(now.plus(WAIT_MOST))),
            TryEnd::Dead { .. } | TryEnd::Disabled { .. } => DeliveryState::Dead,
        };
        let trouble = delivery.trouble.clone();
        let target = self.targets.get_mut(&delivery.target)?;
        if *end == TryEnd::Delivered {
            (target.failing, target.failed) = (None, 0);
            return None;
        }
        let since = *target.failing.get_or_insert(at);
        target.failed += 1;
        if target.disabled.is_some() {
            return None;
        }
        let id = target.rule.id.clone();
        match end {
            TryEnd::Disabled { .. } => {
                target.disabled = Some((trouble.clone(), at));
                Some((id, trouble))
            }
            _ if is_given_up(since, target.failed, at) => {
                let reason = bounded(&given_up(&trouble), TROUBLE_BYTES);
                target.disabled = Some((reason.clone(), at));
                Some((id, reason))
            }
            _ => None,
        }
    }

    /// Of each target the last ones settled stay.
    fn forget_surplus(&mut self) {
        for id in self.targets.keys().cloned().collect::<Vec<_>>() {
            let kept = self.targets.get(&id).map_or(DELIVERED_KEPT, |target| target.rule.delivered);
            for (kind, most) in [(StateKind::Delivered, kept), (StateKind::Dead, DEAD_KEPT)] {
                let ours = self.outbox.iter().filter(|kept| kept.delivery.target == id);
                let mut settled: Vec<u64> =
                    ours.filter(|kept| kept.delivery.state.kind() == kind).map(|kept| kept.settled).collect();
                settled.sort_unstable_by_key(|at| Reverse(*at));
                let Some(last_kept) = settled.get(most as usize - 1).copied() else { continue };
                self.outbox.retain(|kept| {
                    let is_ours = kept.delivery.target == id && kept.delivery.state.kind() == kind;
                    !is_ours || kept.settled >= last_kept
                });
            }
        }
    }

    pub(super) fn deliveries(&self, which: &Wanted, most: usize) -> Vec<Delivery> {
        let is_wanted = |delivery: &&Delivery| {
            which.target.as_ref().is_none_or(|target| delivery.target == *target)
                && (which.states.is_empty() || which.states.contains(&delivery.state.kind()))
                && Some(delivery.changed) >= which.since
        };
        let last_first = self.outbox.iter().rev().map(|kept| &kept.delivery);
        last_first.filter(is_wanted).take(most).cloned().collect()
    }

    pub(super) fn find_delivery(&self, prefix: &str) -> Vec<Delivery> {
        let digits = prefix.replace('-', "").to_ascii_lowercase();
        if digits.is_empty() {
            return Vec::new();
        }
        let begins = |kept: &&Kept| kept.delivery.id.uuid().simple().to_string().starts_with(&digits);
        let mut found: Vec<Delivery> =
            self.outbox.iter().filter(begins).map(|kept| kept.delivery.clone()).collect();
        found.sort_by_key(|delivery| delivery.id);
        found.truncate(2);
        found
    }

    pub(super) fn retry(&mut self, deliveries: &[DeliveryId], delivered: bool, now: Timestamp) -> bool {
        let at = self.at.max(now);
        let again = |kept: &Kept| {
            let is_fresh = kept.waits() && kept.due() <= Some(at) && kept.delivery.tries == 0;
            let is_meant = delivered || kept.delivery.state.kind() != StateKind::Delivered;
            deliveries.contains(&kept.delivery.id) && is_meant && !is_fresh
        };
        if !self.outbox.iter().any(again) {
            return false;
        }
        self.next_record(now);
        for kept in self.outbox.iter_mut().filter(|kept| again(kept)) {
            let delivery = &mut kept.delivery;
            (delivery.state, delivery.changed) = (DeliveryState::Waiting(at), at.max(delivery.born.plus(1)));
            (delivery.tries, delivery.trouble) = (0, String::new());
        }
        true
    }

    pub(super) fn drop_deliveries(&mut self, deliveries: &[DeliveryId], now: Timestamp) -> bool {
        let goes = |kept: &Kept| {
            deliveries.contains(&kept.delivery.id) && kept.delivery.state.kind() != StateKind::Delivered
        };
        if !self.outbox.iter().any(goes) {
            return false;
        }
        self.next_record(now);
        self.outbox.retain(|kept| !goes(kept));
        true
    }

    pub(super) fn disable(&mut self, id: &TargetId, reason: &str, now: Timestamp) -> bool {
        if self.targets.get(id).is_none_or(|target| target.disabled.is_some()) {
            return false;
        }
        self.next_record(now);
        let since = self.at;
        if let Some(target) = self.targets.get_mut(id) {
            target.disabled = Some((bounded(reason, TROUBLE_BYTES), since));
        }
        true
    }

    pub(super) fn enable(&mut self, id: &TargetId, now: Timestamp) -> bool {
        if self.targets.get(id).is_none_or(|target| target.disabled.is_none()) {
            return false;
        }
        self.next_record(now);
        if let Some(target) = self.targets.get_mut(id) {
            (target.disabled, target.failing, target.failed) = (None, None, 0);
        }
        true
    }
}
