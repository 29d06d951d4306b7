//! Entries that were edited.

use tidings::daemon::report::Status;
use tidings::model::{FeedKey, FeedKind, Field, Printed};

use crate::support::{Item, Page, Watch, Work, item, items, titles};

/// A page of twenty entries, the sixth edited, scanned after the page as it was: the one update it gives.
fn edited(edit: impl Fn(&mut Item)) -> (Watch, tidings::daemon::report::Item) {
    let mut watch = Watch::after(items(0..20));
    let before = watch.articles();
    let mut page = items(0..20);
    edit(&mut page[5]);
    let mut report = watch.see(page.clone());
    assert_eq!(report.status, Status::Changed, "{report:?}");
    assert_eq!(report.updated.len(), 1, "{report:?}");
    assert!(report.new.is_empty() && report.removed.is_empty() && report.returned.is_empty(), "{report:?}");
    assert_eq!(watch.articles().len(), 20);
    let lines = watch.lines();
    assert_eq!(watch.see(page).status, Status::Unchanged);
    assert_eq!(watch.lines(), lines);
    let update = report.updated.remove(0);
    let old = before.iter().find(|old| Some(old.id) == update.id).expect("the article known before");
    let new = watch.articles().into_iter().find(|new| new.id == old.id).expect("still known");
    assert!(new.updated > old.updated, "`updated` must move");
    assert!(new.published == old.published || update.fields.contains(&Field::Date), "published must not");
    (watch, update)
}

#[test]
fn f106_edited_title_is_one_update_with_the_same_id() {
    let was = items(0..20)[5].title.clone();
    let (watch, update) = edited(|item| item.title = format!("{} (Revised)", item.title));
    assert_eq!(update.fields, [Field::Title]);
    assert_eq!(update.title, format!("{was} (Revised)"));
    assert_eq!(watch.article(&update.title).id, update.id.expect("an id"));
}

#[test]
fn edited_summary_is_one_update() {
    let (watch, update) =
        edited(|item| item.summary = "What was said before was wrong; here it is mended.".into());
    assert_eq!(update.fields, [Field::Summary]);
    assert_eq!(
        watch.article(&update.title).summary.as_deref(),
        Some("What was said before was wrong; here it is mended.")
    );
}

#[test]
fn other_tag_row_is_one_update_and_moves_the_article_between_feeds() {
    let (watch, update) = edited(|item| item.tags = "Backend ArchitectureRedis".into());
    assert_eq!(update.fields, [Field::Tags]);
    assert_eq!(update.tags, ["Backend Architecture", "Redis"]);
    assert_eq!(watch.window(&FeedKey::named(FeedKind::Tag, "redis")), [update.title.as_str()]);
    assert!(!watch.window(&FeedKey::named(FeedKind::Tag, "microservices")).contains(&update.title));
}

#[test]
fn other_category_is_one_update() {
    let (watch, update) = edited(|item| item.category = "Databases".into());
    assert_eq!(update.fields, [Field::Category]);
    assert_eq!(watch.window(&FeedKey::named(FeedKind::Category, "Databases")), [update.title.as_str()]);
}

#[test]
fn title_in_another_case_is_one_update() {
    let (_, update) = edited(|item| item.title = item.title.to_uppercase());
    assert_eq!(update.fields, [Field::Title]);
}

#[test]
fn several_fields_at_once_are_one_update_that_names_them_all() {
    let (_, update) = edited(|item| {
        item.summary = "All of it is told anew, from the beginning to the end.".into();
        item.category = "Databases".into();
        item.tags = "Backend ArchitectureKafka".into();
        item.likes += 40;
    });
    assert_eq!(update.fields, [Field::Category, Field::Summary, Field::Tags]);
}

#[test]
fn corrected_date_is_one_update_and_gives_a_new_time_once() {
    let (mut watch, update) = edited(|item| item.date = item.date + chrono::Days::new(2));
    assert_eq!(update.fields, [Field::Date]);
    let article = watch.article(&update.title);
    let Some(Printed::Day(day)) = article.date else { panic!("{article:?}") };
    assert_eq!(article.published.to_string()[..10], day.to_string());
    let mut page = items(0..20);
    page[5] = page[5].clone().later(2);
    page[5].summary = "Told anew, and the date stays as it is from now on.".into();
    assert_eq!(watch.see(page).updated.len(), 1);
    assert_eq!(watch.article(&update.title).published, article.published);
}

#[test]
fn volatile_field_is_remembered_but_never_an_update() {
    let mut watch = Watch::one("volatile = [\"summary\", \"category\"]");
    watch.see(items(0..20));
    let lines = watch.lines();
    let mut page = items(0..20);
    page[5].summary = "Something that this listing rolls the dice for at every visit.".into();
    page[6].category = "Databases".into();
    assert_eq!(watch.see(page).status, Status::Unchanged);
    assert_eq!(watch.lines(), lines);
}

#[test]
fn edit_that_is_taken_back_is_believed_when_it_stays() {
    let mut watch = Watch::after(items(0..20));
    let mut page = items(0..20);
    page[5].summary = "Something else for a while, and then back to what it was.".into();
    assert_eq!(watch.see(page).updated.len(), 1);
    // The page is now equal to an old copy of itself, so it is looked at three times.
    assert_eq!(watch.see(items(0..20)).updated.len(), 0);
    assert_eq!(watch.see(items(0..20)).updated.len(), 0);
    assert_eq!(watch.see(items(0..20)).updated.len(), 1);
    assert_eq!(watch.see(items(0..20)).updated.len(), 0);
}

#[test]
fn edit_beside_news_is_told_apart() {
    let mut watch = Watch::after(items(0..20));
    let mut page = items(0..22);
    page[9].summary = "Mended while two others came in at the head of the page.".into();
    let report = watch.see(page.clone());
    assert_eq!(titles(&report.new), [page[0].title.as_str(), page[1].title.as_str()]);
    assert_eq!(titles(&report.updated), [page[9].title.as_str()]);
}

#[test]
fn same_source_and_title_on_another_day_is_another_article() {
    let mut watch = Watch::after(items(0..20));
    let mut page = items(0..20);
    page.insert(0, item(5).later(40));
    let report = watch.see(page);
    assert_eq!(titles(&report.new), [item(5).title.as_str()]);
    assert_eq!(watch.articles().len(), 21);
}

#[test]
fn weekly_column_with_one_title_stays_news() {
    let column = |week: usize| {
        let mut column = item(week * 7).titled("This Week in Backend Engineering");
        (column.source, column.summary) = ("21CTO".into(), "What happened this week, in short.".into());
        column
    };
    let page = |week: usize| {
        let others = (1..9).map(|n| item(week * 7 - n));
        Page::of([column(week)].into_iter().chain(others).chain([column(week - 1)]).collect())
    };
    let mut watch = Watch::after(page(10));
    for week in 11..14 {
        // Each edition stands a week, and falls off the end when the one after it comes in at the head.
        let mut next = page(week);
        next.items.truncate(10);
        let report = watch.see(next);
        assert!(titles(&report.new).contains(&"This Week in Backend Engineering"), "week {week}: {report:?}");
        assert!(report.updated.is_empty(), "week {week}: {report:?}");
    }
}

#[test]
fn update_moves_the_entry_in_every_format_and_nothing_else() {
    let work = Work::one("");
    let mut page = Page::of(items(0..20));
    work.page("news.txt", page.text());
    work.scan();
    let before = work.feed("feeds/all.atom");
    assert_eq!(before.len(), 20);
    // Times are whole seconds: an update in the second of the baseline would not be seen to move.
    page.items[5].summary = "The whole of it, told anew and a good deal longer than before.".into();
    work.page("news.txt", page.text());
    assert_eq!(work.scan().line()["updated"][0]["fields"], serde_json::json!(["summary"]));
    let after = work.feed("feeds/all.atom");
    for (old, new) in before.iter().zip(&after) {
        assert_eq!((&old.id, &old.published), (&new.id, &new.published));
        let edited = new.title == page.items[5].title;
        assert_eq!(new.updated > old.updated, edited, "{new:?}");
        assert_eq!(new.summary != old.summary, edited, "{new:?}");
    }
    let ids: Vec<String> = after.into_iter().map(|entry| entry.id).collect();
    assert_eq!(crate::support::rss_ids(&work.published("feeds/all.rss")), ids);
    assert_eq!(crate::support::json_ids(&work.published("feeds/all.json")), ids);
}
