//! The vocabulary of tidings: values only. No I/O, no clock, no randomness.
//!
//! Everything else imports this module; it imports nothing of ours.

pub mod answer;
pub mod article;
pub mod change;
pub mod delivery;
pub mod feed;
pub mod filter;
pub mod health;
pub mod html;
pub mod id;
pub mod item;
pub mod json;
pub mod key;
pub mod link;
pub mod listing;
pub mod paths;
pub mod quiet;
pub mod reading;
pub mod regex;
pub mod secret;
pub mod slug;
pub mod target;
pub mod text;
pub mod time;
pub mod visit;

pub use self::regex::Expression;
pub use answer::Answer;
pub use article::{Article, Forgotten, OnListing, Presence};
pub use change::{Change, Field};
pub use delivery::{Delivery, DeliveryState, Message, StateKind, TargetRule, TryEnd};
pub use feed::{FeedKey, FeedKind};
pub use filter::{Filter, Pattern, ViewSpec};
pub use health::{Health, HealthEvent};
pub use id::{ArticleId, DeliveryId, ListingId, SiteUid, TargetId};
pub use item::Item;
pub use key::Key;
pub use listing::ListingSpec;
pub use paths::Paths;
pub use reading::{Entry, Fault, Page, Reading, TagRow};
pub use time::{Day, Printed, Timestamp};
pub use visit::{Visit, Visits};
