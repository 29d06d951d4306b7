//! Deciding which articles tell the same story as one that is new.

use std::collections::HashMap;

use super::decide::Scan;
use super::record::NewArticle;
use super::routes::unnamed_source;
use super::txn::Result;
use crate::diff::{STORIES, STORY_MATES, StoryKey, Teller};
use crate::model::ArticleId;

impl Scan<'_, '_, '_> {
    /// Notes for each new article who told its story before, or tells it in this very scan. One look for each of them,
    /// and a few more for those that were told before.
    pub(super) fn tell_stories(&self, new: &mut [NewArticle]) -> Result<()> {
        let mut stories: HashMap<StoryKey, Vec<usize>> = HashMap::new();
        for (at, article) in new.iter().enumerate() {
            if let Some(story) = StoryKey::of(&article.content.title) {
                stories.entry(story).or_default().push(at);
            }
        }
        for (story, mut places) in stories {
            let earlier = self.tellers(story)?;
            if earlier.is_empty() && places.len() == 1 {
                continue;
            }
            places.sort_by_key(|at| new[*at].place);
            let here: Vec<(ArticleId, Teller)> = places.iter().map(|at| self.teller(&new[*at])).collect();
            for (at, (id, teller)) in places.into_iter().zip(&here) {
                let mates = here.iter().take(STORY_MATES).filter(|(other, _)| other != id);
                let others = mates.chain(&earlier).filter(|(_, other)| teller.shares_with(other));
                new[at].also = others.map(|(id, _)| *id).take(STORIES).collect();
            }
        }
        Ok(())
    }

    /// Who told a story before, the last one first.
    fn tellers(&self, story: StoryKey) -> Result<Vec<(ArticleId, Teller)>> {
        let Some(last) = self.index.by_story(story)? else { return Ok(Vec::new()) };
        let Some(stored) = self.index.stored(last)? else { return Ok(Vec::new()) };
        let mut found = Vec::with_capacity(1 + stored.also.len());
        let mut articles = vec![stored.article];
        for id in &stored.also {
            let Some(number) = self.index.number(*id)? else { continue };
            articles.extend(self.index.stored(number)?.map(|stored| stored.article));
        }
        for article in articles.iter().filter(|article| article.is_shown()) {
            found.push((article.id, Teller::of(article, &unnamed_source(self.index, article)?)));
        }
        Ok(found)
    }

    fn teller(&self, new: &NewArticle) -> (ArticleId, Teller) {
        let article = new.article(self.listing.uid, self.on_listing(), self.origin.at, 0);
        (new.id, Teller::of(&article, &self.listing.title))
    }
}
