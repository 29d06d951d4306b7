//! What the plain model makes of stories that several tell.

use super::Model;
use crate::diff::{STORIES, STORY_MATES, StoryKey, Teller};
use crate::model::delivery::AlsoAt;
use crate::model::{Article, ArticleId};

impl Model {
    /// Notes which stories new articles tell, each with its place on the page, and who tells them, too. They are not
    /// among the articles yet.
    pub(super) fn tell_stories(&mut self, new: &[(usize, &Article)]) {
        let mut told = Vec::new();
        for (_, article) in new {
            let story = StoryKey::of(&article.title);
            let mut others: Vec<&Article> = Vec::new();
            if story.is_some() {
                let mut mates: Vec<&(usize, &Article)> =
                    new.iter().filter(|(_, mate)| StoryKey::of(&mate.title) == story).collect();
                mates.sort_by_key(|(place, _)| *place);
                others.extend(mates.into_iter().take(STORY_MATES).map(|(_, mate)| *mate));
                others.extend(self.earlier(story));
            }
            let teller = self.teller(article);
            let is_told =
                |other: &&Article| other.id != article.id && teller.shares_with(&self.teller(other));
            let also = others.into_iter().filter(is_told).map(|other| other.id).take(STORIES).collect();
            told.push((article.id, (story, also)));
        }
        self.stories.extend(told);
    }

    /// The last one that told a story, and those that it knew of, as far as they are shown.
    fn earlier(&self, story: Option<StoryKey>) -> Vec<&Article> {
        let tells =
            |article: &&Article| self.stories.get(&article.id).is_some_and(|(tells, _)| *tells == story);
        let Some(last) = self.articles.iter().rev().find(tells) else { return Vec::new() };
        let known = self.stories.get(&last.id).map(|(_, also)| also.as_slice()).unwrap_or_default();
        let known = known.iter().filter_map(|id| Some(&self.articles[self.place(*id)?]));
        std::iter::once(last).chain(known).filter(|article| article.is_shown()).collect()
    }

    fn teller(&self, article: &Article) -> Teller {
        Teller::of(article, &self.unnamed(article))
    }

    /// The source of an article that names none.
    fn unnamed(&self, article: &Article) -> String {
        let listing = article.listings.first().and_then(|on| self.listings.get(&on.listing));
        listing.filter(|_| article.source.is_none()).map(|listing| listing.title.clone()).unwrap_or_default()
    }

    /// Those that tell an article's story, too, as far as they are shown.
    pub(super) fn also_at(&self, article: ArticleId) -> Vec<AlsoAt> {
        let also = self.stories.get(&article).map(|(_, also)| also.as_slice()).unwrap_or_default();
        let others = also.iter().filter_map(|id| Some(&self.articles[self.place(*id)?]));
        let shown = others.filter(|other| other.is_shown());
        shown.map(|other| AlsoAt::of(other.clone(), self.unnamed(other))).collect()
    }
}
