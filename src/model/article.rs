//! An article, as remembered.

use serde::{Deserialize, Serialize};

use super::change::Field;
use super::id::{ArticleId, ListingId, SiteUid};
use super::key::Key;
use super::reading::TagRow;
use super::time::{Printed, Timestamp};

/// One article, as remembered: what the journal's records say of it, taken together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Article {
    /// Its id, for ever.
    pub id: ArticleId,
    /// The site it is known on.
    pub site: SiteUid,
    /// Every key that leads to it.
    pub keys: Vec<Key>,
    /// The title.
    pub title: String,
    /// The link, if the page gave one.
    pub link: Option<String>,
    /// The publisher that the entry names; `None` where it names none.
    pub source: Option<String>,
    /// The date as printed.
    pub date: Option<Printed>,
    /// The category.
    pub category: Option<String>,
    /// The summary.
    pub summary: Option<String>,
    /// The tag row as the page shows it.
    pub row: TagRow,
    /// The row's names, split and with aliases applied; see `sure`.
    pub tags: Vec<String>,
    /// Whether the split of the row is sure.
    pub sure: bool,
    /// Likes, as of the last journaled change.
    pub likes: Option<u64>,
    /// Minutes of reading, as of the last journaled change.
    pub minutes: Option<u32>,
    /// The time feeds show; given once.
    pub published: Timestamp,
    /// When its content last changed; `published` until then.
    pub updated: Timestamp,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// The sequence number of the record that brought it.
    pub first_seq: u64,
    /// When a scan last remembered something of it: it came, changed, left, or came back.
    pub seen: Timestamp,
    /// The sequence number of the record that announced it, if any did.
    pub announced: Option<u64>,
    /// Whether it was dated before the newest article of its listing when it was announced.
    pub late: bool,
    /// Hidden by an operator: in no feed, but not forgotten.
    pub hidden: bool,
    /// Whether its texts were forgotten, as the config says of old articles.
    pub forgotten: Option<Forgotten>,
    /// The listings it was seen on, first sight first, each with that listing's own tags.
    pub listings: Vec<OnListing>,
}

/// That the texts of an article were forgotten. It is still known, so it is never new again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forgotten {
    /// When. It is in no feed since then.
    pub at: Timestamp,
    /// Whether a page showed it since: then its texts are known again.
    pub relearned: bool,
}

/// An article's place on one listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnListing {
    /// The listing.
    pub listing: ListingId,
    /// The tags that the listing gives to every article on it.
    pub tags: Vec<String>,
    /// Whether it is still there.
    pub presence: Presence,
}

/// Whether an article is still on a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Presence {
    /// On the page.
    Listed,
    /// Fell off the last page. Not removed.
    Aged,
    /// Taken off the page while its neighbours stayed.
    Removed,
}

impl Article {
    /// All its tags: its own, then those of the listings it was seen on; equal names (folded, without case)
    /// once, in the first spelling.
    #[must_use]
    pub fn all_tags(&self) -> Vec<&str> {
        let mut seen = Vec::new();
        let mut tags = Vec::new();
        for tag in self.tags.iter().chain(self.listings.iter().flat_map(|on| &on.tags)) {
            let folded = super::text::fold_key(tag);
            if !seen.contains(&folded) {
                seen.push(folded);
                tags.push(tag.as_str());
            }
        }
        tags
    }

    /// What it says in a field, as text; `None` where it says nothing there.
    #[must_use]
    pub fn says(&self, field: Field) -> Option<String> {
        match field {
            Field::Title => Some(self.title.clone()),
            Field::Link => self.link.clone(),
            Field::Source => self.source.clone(),
            Field::Date => self.date.map(|date| date.to_string()),
            Field::Category => self.category.clone(),
            Field::Summary => self.summary.clone(),
            Field::Tags => (!self.tags.is_empty()).then(|| self.tags.join(", ")),
        }
    }

    /// The article without anything that it says: id, keys, times and listings are left.
    #[must_use]
    pub fn without_texts(self) -> Self {
        Self {
            title: String::new(),
            link: None,
            source: None,
            date: None,
            category: None,
            summary: None,
            row: TagRow::None,
            tags: Vec::new(),
            sure: true,
            likes: None,
            minutes: None,
            ..self
        }
    }

    /// Whether nothing is known of what it says: its title is empty, and so is the rest that a page gives.
    #[must_use]
    pub fn is_textless(&self) -> bool {
        self.forgotten.is_some_and(|forgotten| !forgotten.relearned)
    }

    /// Whether feeds and a page of its own may show it: it is neither hidden nor forgotten.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        !self.hidden && self.forgotten.is_none()
    }

    /// Whether every listing that held it took it off (ageing out is not that).
    #[must_use]
    pub fn is_removed(&self) -> bool {
        !self.listings.is_empty() && self.listings.iter().all(|on| on.presence == Presence::Removed)
    }
}
