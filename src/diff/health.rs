//! What is said of a listing's health, and when: trouble that lasts, once; a hold or an unusual silence at once;
//! recovery, once.

use super::judge::Judgement;
use super::past::{Hold, Past, Streak};
use super::proposal::{HealthChange, Proposal};
use super::rhythm::{self, Wellness};
use crate::model::{Health, ListingSpec, Timestamp};

/// The streak of trouble after a scan with this health.
pub(super) fn trouble(health: Health, past: &Past) -> Option<Streak> {
    if health.is_well() {
        return None;
    }
    let before = past.memo.trouble.as_ref();
    let same = before.filter(|streak| streak.health == health).map_or(0, |streak| streak.scans);
    let any = before.map_or(0, |streak| streak.any);
    Some(Streak { health, scans: same.saturating_add(1), any: any.saturating_add(1) })
}

/// Has a proposal say what its scan means for the listing's health.
pub(super) fn say(proposal: &mut Proposal, judgement: &Judgement, past: &Past, spec: &ListingSpec) {
    let brings_news = proposal.brings_news();
    if brings_news {
        proposal.memo.silence = 0;
    }
    if judgement.health != Health::Ok {
        let hold = judgement.belief.hold().cloned();
        proposal.health = trouble_said(judgement.health, &judgement.reason, hold, past, spec);
        return;
    }
    let Wellness { silence, quiet, change } = rhythm::wellness(spec, past, brings_news, proposal.now);
    proposal.memo.well = Some(proposal.now);
    proposal.memo.silence = silence;
    (proposal.quiet, proposal.health) = (quiet, change);
}

/// Whether a scan that leaves the listing in trouble of this kind is to be said, and how.
///
/// The listing was well as last said: as soon as enough scans in a row were in trouble, of whatever kind. It was in
/// other trouble: once this kind lasts.
pub(super) fn trouble_said(
    health: Health,
    reason: &str,
    hold: Option<Hold>,
    past: &Past,
    spec: &ListingSpec,
) -> Option<HealthChange> {
    let streak = trouble(health, past)?;
    let enough = u32::from(spec.alert_after);
    let is_other_hold = past.hold.as_ref().map(|held| held.hash) != hold.as_ref().map(|held| held.hash);
    let say = match health {
        Health::Quarantined => past.health != Health::Quarantined || is_other_hold,
        _ if past.health.is_well() => streak.any >= enough,
        _ => past.health != health && streak.scans >= enough,
    };
    let reason = match (health, past.memo.well) {
        (Health::Quarantined, _) | (_, None) => reason.to_owned(),
        (_, Some(well)) => format!("{reason}; last read well on {}", at(well)),
    };
    // Only a believed reading drops a hold: a scan that fails meanwhile says nothing of what is held.
    say.then(|| HealthChange { to: health, reason, hold: hold.or_else(|| past.hold.clone()) })
}

fn at(time: Timestamp) -> String {
    format!("{} at {} UTC", rhythm::day(time), time.to_chrono().format("%H:%M"))
}
