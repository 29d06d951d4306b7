//! From a reading to what changed: identity, judgement, comparison. Pure.
//!
//! ```text
//! Reading + Past ─ identify ─▶ keys to look up ─ (store recalls) ─▶ Sight
//! Sight + Past ─ judge ─▶ believe | believe what is whole | hold | change nothing
//! Sight + Past ─ compare ─▶ Proposal   (the store's writer has the last word on it)
//! ```

mod compare;
mod fingerprint;
mod gone;
mod health;
mod identity;
mod judge;
mod pages;
mod past;
mod proposal;
mod retitle;
mod rhythm;
mod story;

pub use compare::{Scan, compare, unchanged, unread, well};
pub use fingerprint::{Fingerprint, ReadingHash, told_fields};
pub use identity::{Offered, Recall, Sight, Wanted, identify, sight};
pub use judge::{Belief, Judgement, judge};
pub use pages::page_faults;
pub use past::{Baseline, Held, Hold, Memo, Past, Streak};
pub use proposal::{Content, Draft, HealthChange, Kind, Known, Place, Proposal, SightKind, Update};
pub use rhythm::Wellness;
pub(crate) use rhythm::note_arrival;
pub use story::{STORIES, STORY_MATES, StoryKey, Teller};
