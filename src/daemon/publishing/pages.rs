//! What stands in the published documents, by what is remembered and the config. Reads the store, writes nothing.

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

use super::PublishingError;
use crate::config::Config;
use crate::feed::{self, Channel, FeedDocument, FeedEntry, FeedSummary};
use crate::model::feed::{of_article, path};
use crate::model::paths::article_of;
use crate::model::{Article, FeedKey, FeedKind, Health, HealthEvent, ListingId};
use crate::serve::Made;
use crate::store::{FeedInfo, Store};

/// Makes documents of what one store remembers, in the words of one config.
#[derive(Debug)]
pub(super) struct Pages<S> {
    pub(super) store: Arc<S>,
    pub(super) channel: Channel,
    titles: HashMap<ListingId, String>,
    /// Title and description.
    views: HashMap<ListingId, (String, String)>,
}

impl<S: Store> Pages<S> {
    pub(super) fn new(config: &Config, store: Arc<S>) -> Self {
        let titles = config.listings.iter().map(|l| (l.spec.id.clone(), l.spec.title.clone())).collect();
        let description =
            |view: &crate::model::filter::ViewSpec| view.description.clone().unwrap_or_default();
        let views = config.views.iter().map(|v| (v.id.clone(), (v.title.clone(), description(v)))).collect();
        let channel = Channel {
            title: config.site.title.clone(),
            description: config.site.description.clone(),
            base_url: config.site.base_url.clone(),
            language: config.site.language.clone(),
        };
        Self { store, channel, titles, views }
    }

    /// The entries of articles, in the order of feeds.
    pub(super) fn entries<'a>(&'a self, articles: &'a [Article]) -> Vec<FeedEntry<'a>> {
        let entry = |article: &'a Article| feed::entry(article, self.unnamed(article));
        let mut entries: Vec<FeedEntry<'a>> = articles.iter().map(entry).collect();
        feed::order(&mut entries);
        entries
    }

    /// The source of an article that names none.
    fn unnamed(&self, article: &Article) -> Option<&str> {
        let on = article.listings.first()?;
        self.titles.get(&on.listing).map(String::as_str)
    }

    pub(super) fn document<'a>(&self, info: &FeedInfo, entries: Vec<FeedEntry<'a>>) -> FeedDocument<'a> {
        let name = self.name(info);
        let (title, description) = match info.key.kind {
            FeedKind::All => (self.channel.title.clone(), self.channel.description.clone()),
            FeedKind::Health => (
                format!("{} – health", self.channel.title),
                "Listings that fail, recover, shrink, fall quiet or wait for approval".to_owned(),
            ),
            FeedKind::View => (name.clone(), self.view_description(info).unwrap_or_default()),
            FeedKind::Listing => (name.clone(), format!("Articles listed on {name}")),
            kind => (
                format!("{name} – {}", self.channel.title),
                format!("Articles with the {} {name}", kind.name()),
            ),
        };
        let path = path(info.key.kind, &info.slug);
        let (id, kind, updated, archives) = (info.id, info.key.kind, info.updated, info.archives);
        FeedDocument { id, kind, title, description, path, updated, entries, archives }
    }

    /// The name of a feed, as people see it.
    fn name(&self, info: &FeedInfo) -> String {
        let id = || ListingId::parse(&info.label).ok();
        match info.key.kind {
            FeedKind::All => "Everything".to_owned(),
            FeedKind::Health => "Health".to_owned(),
            FeedKind::Listing => {
                id().and_then(|id| self.titles.get(&id).cloned()).unwrap_or_else(|| info.label.clone())
            }
            FeedKind::View => {
                id().and_then(|id| Some(self.views.get(&id)?.0.clone())).unwrap_or_else(|| info.label.clone())
            }
            _ => info.label.clone(),
        }
    }

    fn view_description(&self, info: &FeedInfo) -> Option<String> {
        Some(self.views.get(&ListingId::parse(&info.label).ok()?)?.1.clone())
    }

    pub(super) fn health_entry(&self, event: &HealthEvent) -> FeedEntry<'static> {
        let (store, _) = self.store.identity();
        let name = self.titles.get(&event.listing).map_or_else(|| event.listing.to_string(), Clone::clone);
        let title = match (event.from, event.to) {
            (from, to) if from == to => format!("{name}: a quiet baseline comes next"),
            (Health::Quiet, Health::Ok) => format!("{name} is no longer quiet"),
            (Health::Paused, Health::Ok) => format!("{name} is watched again"),
            (_, Health::Ok) => format!("{name} is ok again"),
            (_, Health::Quarantined) => format!("{name} is held for approval"),
            (_, to) => format!("{name} is {}", to.name()),
        };
        FeedEntry {
            id: Uuid::new_v5(&store.uuid(), format!("health\n{}", event.seq).as_bytes()),
            title: title.into(),
            link: Some(self.channel.url(&format!("{}.html", path(FeedKind::Health, ""))).into()),
            source: Some(name.into()),
            published: event.at,
            date: None,
            updated: event.at,
            category: Some(event.to.name().into()),
            tags: Vec::new(),
            summary: Some(event.reason.clone().into()),
            named: false,
            sure: false,
        }
    }

    pub(super) fn summary(&self, info: &FeedInfo) -> FeedSummary {
        FeedSummary {
            kind: info.key.kind,
            title: self.name(info),
            slug: if info.key.name.is_empty() { String::new() } else { info.slug.clone() },
            count: usize::try_from(info.count).unwrap_or(usize::MAX),
            updated: info.updated,
            path: path(info.key.kind, &info.slug),
        }
    }

    /// The feeds that an article's page leads to.
    ///
    /// Not those of tags that only an unsure split gives it: whether it is in them depends on what was first,
    /// the article or the feed, and a page must not.
    fn linked(&self, article: &Article) -> Vec<FeedKey> {
        let unnamed = self.unnamed(article).unwrap_or_default();
        let firm = of_article(article, unnamed).into_iter().filter(|member| !member.tentative);
        firm.map(|member| FeedKey::named(member.kind, member.label)).collect()
    }

    /// An article's own page.
    pub(super) fn article(
        &self,
        article: &Article,
        feeds: &HashMap<&FeedKey, &FeedInfo>,
    ) -> Result<Vec<u8>, PublishingError> {
        let linked = self.linked(article);
        let found = linked.iter().filter_map(|key| feeds.get(key)).filter(|info| !info.retired);
        let summaries: Vec<FeedSummary> = found.map(|info| self.summary(info)).collect();
        Ok(feed::article_page(article, &summaries, &self.channel)?)
    }

    /// The page of an article that no feed shows any more: the same bytes as when it was a file. Nothing when the path
    /// is not that of an article, gone when that is hidden or forgotten.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) async fn on_request(&self, path: &str) -> Result<Made, PublishingError> {
        let Some(id) = article_of(path) else { return Ok(Made::Nothing) };
        let found = self.store.find(&id.to_string()).await?;
        let Some(article) = found.first() else { return Ok(Made::Nothing) };
        if !article.is_shown() {
            return Ok(Made::Gone);
        }
        let mut infos = Vec::new();
        for key in self.linked(article) {
            infos.extend(self.store.feed(&key).await?);
        }
        let by_key = infos.iter().map(|info| (&info.key, info)).collect();
        self.article(article, &by_key).map(Made::Page)
    }
}
