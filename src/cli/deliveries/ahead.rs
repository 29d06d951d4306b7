//! When a target is sent what waits for it: its digest and its quiet hours in mind.

use crate::cli::desk::Desk;
use crate::cli::exit::Failure;
use crate::delivery::{Digest, sent_at};
use crate::model::quiet::QuietHours;
use crate::model::{DeliveryState, TargetId, Timestamp};
use crate::store::Store as _;

/// How many messages beside those of a digest are looked at.
const BESIDE: usize = 64;

/// What the config and what waits say of when a target is sent something.
pub(super) struct Ahead {
    /// Its digest, and when the first message that waits for it was born; none where nothing is gathered.
    digest: Option<(Digest, Timestamp)>,
    quiet: Vec<QuietHours>,
    /// When others are due.
    due: Option<Timestamp>,
}

impl Ahead {
    /// `None` where the target has neither a digest nor quiet hours: everything is sent when it is due.
    pub(super) async fn of(desk: &Desk, target: &TargetId, now: Timestamp) -> Result<Option<Self>, Failure> {
        let config = &desk.app.config;
        let Some(spec) = config.targets.iter().find(|spec| spec.rule.id == *target) else { return Ok(None) };
        let (quiet, digest) = (spec.rule.quiet.clone(), config.manner(target).digest);
        if quiet.is_empty() && digest.is_none() {
            return Ok(None);
        }
        let most = digest.as_ref().map_or(0, Digest::most) + BESIDE;
        let found = desk.app.store.due(target, now, most).await?;
        let gathers = digest.is_some();
        let (gathered, others): (Vec<_>, Vec<_>) =
            found.deliveries.iter().partition(|delivery| gathers && delivery.is_fresh());
        let due = others.into_iter().filter_map(|delivery| match delivery.state {
            DeliveryState::Waiting(due) => Some(due),
            DeliveryState::Delivered | DeliveryState::Dead => None,
        });
        let due = due.chain(found.next).min();
        let oldest = gathered.iter().map(|delivery| delivery.born.min(now)).min();
        Ok(Some(Self { digest: digest.zip(oldest), quiet, due }))
    }

    /// When a message is sent that is due at `due`; one that nothing became of yet waits for the digest.
    pub(super) fn sent_at(&self, due: Timestamp, is_fresh: bool, now: Timestamp) -> Timestamp {
        let digest = self.digest.as_ref().filter(|_| is_fresh);
        sent_at(digest.map(|(digest, oldest)| (digest, *oldest)), &self.quiet, due, now)
    }

    /// When the target is sent something next; `None` where nothing waits.
    pub(super) fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let gathered = self.digest.as_ref().map(|(_, oldest)| self.sent_at(*oldest, true, now));
        let other = self.due.map(|due| self.sent_at(due, false, now));
        gathered.into_iter().chain(other).min()
    }
}
