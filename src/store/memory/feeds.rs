//! Feeds of the plain model: who is in them, and since when.

use super::Model;
use crate::model::feed::of_article;
use crate::model::id::FeedId;
use crate::model::{FeedKey, FeedKind, Timestamp, slug};
use crate::store::{ARCHIVE_PAGE, FeedInfo, WINDOW_MAX};

/// How many tag feeds one record may begin.
const NEW_TAG_FEEDS: usize = 1_000;

/// A feed: a place for every article that ever entered it.
#[derive(Clone, Debug)]
pub(super) struct Feed {
    pub(super) key: FeedKey,
    pub(super) label: String,
    pub(super) slug: String,
    pub(super) former: Vec<String>,
    pub(super) id: FeedId,
    /// Places of articles in the order in which they entered; `None` where one left again.
    pub(super) entered: Vec<Option<usize>>,
    /// How many health events it was told; of the health feed alone.
    pub(super) events: u64,
    pub(super) updated: Timestamp,
    pub(super) retired: bool,
}

impl Feed {
    pub(super) fn info(&self) -> FeedInfo {
        FeedInfo {
            key: self.key.clone(),
            label: self.label.clone(),
            slug: self.slug.clone(),
            former: self.former.clone(),
            id: self.id,
            count: self.entered.iter().flatten().count() as u64 + self.events,
            archives: u32::try_from(self.entered.len() / ARCHIVE_PAGE).unwrap_or(u32::MAX),
            updated: self.updated,
            retired: self.retired,
        }
    }

    /// The last `most` that entered, last first.
    pub(super) fn window(&self, most: usize) -> Vec<usize> {
        self.entered.iter().rev().flatten().take(most).copied().collect()
    }

    /// A closed archive page, counted from 1.
    pub(super) fn archive(&self, page: u32) -> Vec<usize> {
        let mut closed = self.entered.chunks_exact(ARCHIVE_PAGE);
        let page = (page as usize).checked_sub(1).and_then(|at| closed.nth(at));
        page.unwrap_or_default().iter().rev().flatten().copied().collect()
    }

    fn slot(&self, place: usize) -> Option<usize> {
        self.entered.iter().position(|entered| *entered == Some(place))
    }

    /// Whether the window may reach back to this slot; told by whole archive pages.
    fn may_show(&self, slot: usize) -> bool {
        let pages = self.entered.len().div_ceil(ARCHIVE_PAGE);
        slot / ARCHIVE_PAGE + WINDOW_MAX / ARCHIVE_PAGE + 1 >= pages
    }
}

impl Model {
    pub(super) fn feed(&self, key: &FeedKey) -> Option<&Feed> {
        self.feeds.iter().find(|feed| feed.key == *key)
    }

    pub(super) fn feed_mut(&mut self, key: &FeedKey) -> Option<&mut Feed> {
        self.feeds.iter_mut().find(|feed| feed.key == *key)
    }

    /// Begins a feed unless there is one. Whether it did.
    pub(super) fn begin_feed(&mut self, kind: FeedKind, label: &str) -> bool {
        let key = FeedKey::named(kind, label);
        if self.feed(&key).is_some() {
            return false;
        }
        let taken = |slug: &str| self.feeds.iter().any(|feed| feed.key.kind == kind && feed.slug == slug);
        let slug = match kind {
            FeedKind::All | FeedKind::Health => kind.name().to_owned(),
            FeedKind::Listing | FeedKind::View => label.to_owned(),
            FeedKind::Tag | FeedKind::Source | FeedKind::Category => slug::assign(label, taken),
        };
        if kind == FeedKind::Listing {
            self.take_slug(label);
        }
        let ids = std::iter::once(key.name.clone()).chain((2..).map(|n: u32| format!("{} {n}", key.name)));
        let mut ids = ids.map(|name| FeedId::derive(self.store, kind.name(), &name));
        let is_free = |id: &FeedId| self.feeds.iter().all(|feed| feed.id != *id);
        self.feeds.push(Feed {
            id: ids.find(is_free).unwrap_or_else(|| FeedId::derive(self.store, kind.name(), &key.name)),
            key,
            label: label.to_owned(),
            slug,
            former: Vec::new(),
            entered: Vec::new(),
            events: 0,
            updated: self.created,
            retired: false,
        });
        true
    }

    /// Begins the feeds that an article asks for; `begun` counts the tag feeds of this record. Returns the names
    /// of tags that began one.
    pub(super) fn begin_feeds_of(&mut self, place: usize, begun: &mut usize) -> Vec<String> {
        let article = self.articles[place].clone();
        let unnamed = self.unnamed_source(place);
        let mut tags = Vec::new();
        for member in of_article(&article, &unnamed) {
            let is_tag = member.kind == FeedKind::Tag;
            if member.tentative || (is_tag && *begun >= NEW_TAG_FEEDS) {
                continue;
            }
            if self.begin_feed(member.kind, member.label) && is_tag {
                *begun += 1;
                tags.push(member.label.to_owned());
            }
        }
        tags
    }

    /// The source of an article that names none: the title of its first listing.
    pub(super) fn unnamed_source(&self, place: usize) -> String {
        let first = self.articles[place].listings.first();
        first
            .and_then(|on| self.listings.get(&on.listing))
            .map(|listing| listing.title.clone())
            .unwrap_or_default()
    }

    /// Puts an article into the feeds it belongs to, and takes it out of those it no longer does.
    pub(super) fn route(&mut self, place: usize) {
        let article = self.articles[place].clone();
        let unnamed = self.unnamed_source(place);
        let member = |member: crate::model::feed::Membership<'_>| FeedKey::named(member.kind, member.label);
        let mut wanted: Vec<FeedKey> = of_article(&article, &unnamed).into_iter().map(member).collect();
        wanted.extend(self.views_of(place));
        self.join_and_leave(place, &wanted, |_| true);
    }

    /// The same for views alone.
    pub(super) fn route_views(&mut self, place: usize) {
        let wanted = self.views_of(place);
        self.join_and_leave(place, &wanted, |key| key.kind == FeedKind::View);
    }

    fn views_of(&self, place: usize) -> Vec<FeedKey> {
        let article = &self.articles[place];
        let title_of =
            |id: &crate::model::ListingId| self.listings.get(id).map(|listing| listing.title.clone());
        let fits =
            self.views.iter().filter(|(_, filter)| article.is_shown() && filter.matches(article, &title_of));
        fits.map(|(id, _)| FeedKey::named(FeedKind::View, id.as_str())).collect()
    }

    fn join_and_leave(&mut self, place: usize, wanted: &[FeedKey], which: impl Fn(&FeedKey) -> bool) {
        let at = self.at;
        for feed in self.feeds.iter_mut().filter(|feed| which(&feed.key)) {
            let is_wanted = wanted.contains(&feed.key);
            match feed.slot(place) {
                None if is_wanted => {
                    feed.entered.push(Some(place));
                    feed.updated = at;
                }
                Some(slot) if !is_wanted => {
                    if feed.may_show(slot) {
                        feed.updated = at;
                    }
                    feed.entered[slot] = None;
                }
                _ => {}
            }
        }
    }

    /// Notes that what feeds show of an article changed with this record.
    pub(super) fn content_changed(&mut self, place: usize) {
        let at = self.at;
        for feed in &mut self.feeds {
            if feed.slot(place).is_some_and(|slot| feed.may_show(slot)) {
                feed.updated = at;
            }
        }
    }
}
