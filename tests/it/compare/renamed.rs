//! A listing that gets another id in the config, up to what is served.

use std::io::{Read as _, Write as _};

use tidings::daemon::report::Status;
use tidings::model::{ListingId, Timestamp};
use tidings::serve::{Bounds, serve};
use tidings::store::Store;
use tidings::store::history::{History, Said};

use crate::support::{Page, Watch, atom_entries, item, items, listing};

/// A listing of its own site, with this id; the pages are what the test says.
fn named(id: &str) -> String {
    format!("[[listing]]\nid = \"{id}\"\ntitle = \"The News\"\nfiles = [\"{id}.txt\"]\n")
}

/// Reads the config again, its only listing now `id`, and `from` before.
fn rename(watch: &mut Watch, from: &str, id: &str) {
    let from = ListingId::parse(from).unwrap();
    watch.reopen_with(&named(id), |config| config.listings[0].spec.renamed_from = vec![from]);
}

/// Status, place to go on, and body of what is served at a path.
fn get(watch: &Watch, path: &str) -> (u16, String, Vec<u8>) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let answer = watch.block_on(async {
        let publisher = watch.app().publisher().unwrap();
        publisher.publish().await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let server = tokio::spawn(serve(listener, publisher.site(), Bounds::default(), async {
            drop(stopped.await);
        }));
        let asked = tokio::task::spawn_blocking(move || {
            let mut stream = std::net::TcpStream::connect(address).unwrap();
            stream.write_all(request.as_bytes()).unwrap();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).unwrap();
            answer
        });
        let answer = asked.await.unwrap();
        drop(stop);
        server.await.unwrap();
        answer
    });
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    let place =
        head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("location: ").map(str::to_owned));
    (head[9..12].parse().unwrap(), place.unwrap_or_default(), answer[end + 4..].to_vec())
}

#[test]
fn f040_renamed_listing_announces_nothing_and_its_feed_is_found_at_both_addresses() {
    let mut watch = Watch::new(&named("news"));
    watch.see(items(0..120));
    watch.see(items(0..121));
    let (_, _, before) = get(&watch, "/feeds/listings/news.atom");
    let (articles, lines) = (watch.articles(), watch.lines());
    rename(&mut watch, "news", "daily");
    assert_eq!(watch.lines(), lines + 1, "one record");
    let report = watch.see_on("daily", items(0..121));
    assert_eq!((report.status, report.new.len()), (Status::Unchanged, 0), "{report:?}");
    assert_eq!(watch.lines(), lines + 1, "the kept pages and their hash went along");
    let ids = |watch: &Watch| watch.articles().iter().map(|article| article.id).collect::<Vec<_>>();
    assert_eq!(ids(&watch), articles.iter().map(|article| article.id).collect::<Vec<_>>());
    let (status, _, after) = get(&watch, "/feeds/listings/daily.atom");
    assert_eq!(status, 200);
    let entries = |bytes: &[u8]| {
        let entries = atom_entries(bytes).into_iter();
        entries.map(|entry| (entry.id, entry.title, entry.updated)).collect::<Vec<_>>()
    };
    assert_eq!(entries(&after), entries(&before));
    assert_eq!(feed_id(&after), feed_id(&before));
    for ending in [".atom", ".rss", ".json", ".html", "-archive-1.atom"] {
        let (status, place, _) = get(&watch, &format!("/feeds/listings/news{ending}"));
        assert_eq!((status, place), (301, format!("../../feeds/listings/daily{ending}")));
        assert!(!watch.data(&format!("public/feeds/listings/news{ending}")).exists());
    }
    rename(&mut watch, "daily", "news");
    assert_eq!(
        get(&watch, "/feeds/listings/news.atom").2,
        before,
        "renamed back, nothing was ever otherwise"
    );
    assert_eq!(get(&watch, "/feeds/listings/daily.rss").0, 301);
    assert_eq!(watch.see_on("news", items(0..122)).new.len(), 1);
}

/// The id of the feed itself, which comes first.
fn feed_id(atom: &[u8]) -> String {
    let text = String::from_utf8_lossy(atom);
    text.split("<id>").nth(1).unwrap().split("</id>").next().unwrap().to_owned()
}

#[test]
fn f040_pages_kept_of_a_renamed_listing_follow_after_a_crash_in_between() {
    let mut watch = Watch::new(&named("news"));
    watch.see(items(0..20));
    rename(&mut watch, "news", "daily");
    let (old, new) = (watch.data("snapshots/news"), watch.data("snapshots/daily"));
    assert!(new.exists() && !old.exists());
    // As a crash after the record and before the folder leaves it.
    std::fs::rename(&new, &old).unwrap();
    rename(&mut watch, "news", "daily");
    assert!(new.exists() && !old.exists());
    // Rules and pages that change together need the kept ones to tell corrections from news.
    let more = format!("{}max_line_bytes = 60\n", named("daily"));
    watch.reopen(&more);
    let report = watch.scan_on("daily", &[Page::of(items(0..21)).text().as_bytes()]);
    assert_eq!((report.new.len(), report.updated.len()), (1, 0), "{report:?}");
}

#[test]
fn f040_story_of_an_article_goes_on_over_the_new_name() {
    let mut watch = Watch::new(&named("news"));
    watch.see(items(0..20));
    watch.see(items(0..21));
    rename(&mut watch, "news", "daily");
    let mut page = items(0..21);
    page[0].summary = "Told in other words.".into();
    watch.see_on("daily", page);
    let id = watch.article(&item(20).title).id;
    let told = History::new(&watch.data("")).of_article(id).unwrap();
    let kinds: Vec<(String, &str)> = told
        .iter()
        .map(|mention| {
            let what = match &mention.what {
                Said::New { announced: true, .. } => "new",
                Said::Renamed { from } if from.as_str() == "news" => "renamed",
                Said::Seen { .. } => "seen",
                _ => "other",
            };
            (mention.listing.as_ref().unwrap().to_string(), what)
        })
        .collect();
    let expected = [("news", "new"), ("daily", "renamed"), ("daily", "seen")];
    assert_eq!(kinds, expected.map(|(listing, what)| (listing.to_owned(), what)));
}

#[test]
fn f040_tags_that_the_pages_made_evident_stay_with_a_renamed_listing() {
    let mut watch = Watch::new(&named("news"));
    watch.see(items(0..20));
    let tags = vec!["Kafka".to_owned()];
    let declared = |watch: &Watch| {
        let mut declared = watch.app().declared();
        (declared.listings[0].tags, declared.listings[0].evident) = (tags.clone(), true);
        declared
    };
    let now = Timestamp::from_unix(watch.now);
    watch.block_on(watch.app().store.configure(declared(&watch), now)).unwrap();
    rename(&mut watch, "news", "daily");
    assert!(watch.articles().iter().all(|article| article.listings[0].tags == tags));
}

#[test]
fn f040_id_that_others_had_before_is_a_listing_like_any_other() {
    let mut watch = Watch::new(&named("news"));
    watch.see(items(0..20));
    rename(&mut watch, "news", "daily");
    let daily = ListingId::parse("daily").unwrap();
    let both = format!("{}{}", named("daily"), listing("news", ""));
    watch.reopen_with(&both, |config| {
        let listing = config.listings.iter_mut().find(|listing| listing.spec.id == daily);
        listing.unwrap().spec.renamed_from = vec![ListingId::parse("news").unwrap()];
    });
    assert_eq!(watch.see(items(50..70)).status, Status::Baseline);
    let (status, _, bytes) = get(&watch, "/feeds/listings/news.atom");
    assert_eq!((status, atom_entries(&bytes).len()), (200, 20));
    assert_ne!(feed_id(&bytes), feed_id(&get(&watch, "/feeds/listings/daily.atom").2));
}
