//! What the plain model makes of an operator's decisions.

use super::Model;
use crate::diff::{HealthChange, Past, ReadingHash};
use crate::model::{ArticleId, Health, ListingId, Timestamp};
use crate::store::{Decision, Result};

impl Model {
    /// Whether anything changed.
    pub(super) fn decide(&mut self, decision: &Decision, now: Timestamp) -> Result<bool> {
        match decision {
            Decision::Pause(id) => self.pause(id, now),
            Decision::Resume(id) => self.resume(id, now),
            Decision::Reject(id, hash) => self.reject(id, *hash, now),
            Decision::Hide(article) => Ok(self.set_hidden(*article, true, now)),
            Decision::Restore(article) => Ok(self.set_hidden(*article, false, now)),
            Decision::Retry(deliveries) => Ok(self.retry(deliveries, true, now)),
            Decision::RetryUndelivered(deliveries) => Ok(self.retry(deliveries, false, now)),
            Decision::Drop(deliveries) => Ok(self.drop_deliveries(deliveries, now)),
            Decision::Disable(target, reason) => Ok(self.disable(target, reason, now)),
            Decision::Enable(target) => Ok(self.enable(target, now)),
        }
    }

    fn pause(&mut self, id: &ListingId, now: Timestamp) -> Result<bool> {
        let past = &self.listing(id)?.past;
        if past.health == Health::Paused {
            return Ok(false);
        }
        let (hold, reason) = (past.hold.clone(), "paused by an operator".to_owned());
        self.next_record(now);
        self.health(id, &HealthChange { to: Health::Paused, reason, hold });
        Ok(true)
    }

    fn resume(&mut self, id: &ListingId, now: Timestamp) -> Result<bool> {
        let past = &self.listing(id)?.past;
        if past.health != Health::Paused {
            return Ok(false);
        }
        let hold = past.hold.clone();
        let to = if hold.is_some() { Health::Quarantined } else { Health::Ok };
        let reason = hold.as_ref().map_or("resumed by an operator", |hold| hold.reason.as_str()).to_owned();
        self.next_record(now);
        self.health(id, &HealthChange { to, reason, hold });
        Ok(true)
    }

    fn reject(&mut self, id: &ListingId, hash: ReadingHash, now: Timestamp) -> Result<bool> {
        let past = &self.listing(id)?.past;
        if past.hold.as_ref().map(|hold| hold.hash) != Some(hash) {
            return Ok(false);
        }
        let to = if past.health == Health::Paused { Health::Paused } else { Health::Odd };
        let reason = "an operator rejected its reading; it waits for another".to_owned();
        self.next_record(now);
        let change = HealthChange { to, reason, hold: None };
        if let Some(event) = self.turn(id, &change) {
            let first = event.seq;
            self.owe_turn(&event, (false, true), None, first);
        }
        self.health(id, &change);
        if let Some(listing) = self.listings.get_mut(id) {
            let rejected = &mut listing.past.rejected;
            rejected.retain(|known| *known != hash);
            rejected.push(hash);
            rejected.drain(..rejected.len().saturating_sub(Past::BELIEVED));
        }
        Ok(true)
    }

    fn set_hidden(&mut self, id: ArticleId, hidden: bool, now: Timestamp) -> bool {
        let Some(place) = self.place(id).filter(|place| self.articles[*place].hidden != hidden) else {
            return false;
        };
        self.next_record(now);
        self.articles[place].hidden = hidden;
        self.begin_feeds_of(place, &mut 0);
        self.route(place);
        true
    }
}
