//! What is said of a listing's health, and when: trouble that lasts, once; a hold at once; recovery, once.

use super::past::{Hold, Past, Streak};
use super::proposal::HealthChange;
use crate::model::{Health, ListingSpec};

/// The streak of trouble after a scan with this health.
pub(super) fn trouble(health: Health, past: &Past) -> Option<Streak> {
    let before =
        past.memo.trouble.as_ref().filter(|streak| streak.health == health).map_or(0, |streak| streak.scans);
    (health != Health::Ok).then(|| Streak { health, scans: before.saturating_add(1) })
}

/// Whether a scan that leaves the listing in `health` is to be said, and how.
pub(super) fn change(
    health: Health,
    reason: &str,
    hold: Option<Hold>,
    past: &Past,
    spec: &ListingSpec,
) -> Option<HealthChange> {
    let scans = trouble(health, past).map_or(0, |streak| streak.scans);
    let is_other_hold = past.hold.as_ref().map(|held| held.hash) != hold.as_ref().map(|held| held.hash);
    let say = match health {
        Health::Ok => past.health != Health::Ok,
        Health::Quarantined => past.health != Health::Quarantined || is_other_hold,
        _ => past.health != health && scans >= u32::from(spec.alert_after),
    };
    let (reason, hold) = match health {
        Health::Ok => ("the page reads well again", None),
        // Only a believed reading drops a hold: a scan that fails meanwhile says nothing of what is held.
        _ => (reason, hold.or_else(|| past.hold.clone())),
    };
    say.then(|| HealthChange { to: health, reason: reason.to_owned(), hold })
}
