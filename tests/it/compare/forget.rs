//! Old articles whose texts were forgotten.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tidings::clock::Clock;
use tidings::config::{Environment, load};
use tidings::daemon::App;
use tidings::daemon::report::Status;
use tidings::disk::Disk;
use tidings::model::reading::Document;
use tidings::model::{FeedKey, Timestamp};
use tidings::store::{EmbeddedStore, FORGET_EVERY, Store};

use crate::support::{Item, Page, Watch, item, items, titles};

/// A year later, has what nobody has seen for half of it forgotten. Returns of how many.
fn forget(watch: &mut Watch) -> usize {
    watch.now += 365 * FORGET_EVERY;
    let now = Timestamp::from_unix(watch.now);
    let before = now.plus(-180 * FORGET_EVERY);
    watch.block_on(watch.app().store.forget(before, now)).expect("is remembered")
}

#[test]
fn f107_article_that_comes_back_after_its_texts_were_forgotten_is_no_news() {
    let mut watch = Watch::after(items(0..20));
    for n in 21..26 {
        assert_eq!(watch.see(items(n - 20..n)).new.len(), 1);
    }
    assert_eq!(forget(&mut watch), 5, "those that fell off the end");
    let gone: BTreeSet<_> = (0..5).map(|n| item(n).title).collect();
    assert!(watch.window(&FeedKey::all()).iter().all(|title| !gone.contains(title)));
    // The page shows more of the past than before.
    let report = watch.see(items(0..25));
    assert_eq!(
        (report.status, report.new.len(), report.updated.len()),
        (Status::Unchanged, 0, 0),
        "{report:?}"
    );
    assert_eq!(watch.window(&FeedKey::all()).len(), 20, "they enter no feed");
    assert_eq!(watch.article(&item(3).title).tags, watch.article(&item(20).title).tags, "they are split");
    let lines = watch.lines();
    assert_eq!(watch.see(items(0..25)).status, Status::Unchanged);
    assert_eq!(watch.lines(), lines);
    let mut page = items(0..25);
    page[22].summary = "Another summary, a year later.".to_owned();
    assert_eq!(titles(&watch.see(page).updated), [item(2).title.as_str()], "what changes is an update");
}

#[test]
fn new_article_is_not_taken_for_one_that_was_forgotten() {
    let mut watch = Watch::after(items(0..20));
    let without =
        |n: usize| -> Vec<Item> { items(0..20).into_iter().filter(|entry| *entry != item(n)).collect() };
    watch.see(without(10));
    watch.see(without(10));
    assert_eq!(forget(&mut watch), 1);
    // Of the same day and source, and titled nearly alike.
    let like = item(10).titled(&format!("{} Again", item(10).title));
    let mut page = without(10);
    page.insert(9, like.clone());
    let report = watch.see(page);
    assert_eq!(titles(&report.new), [like.title.as_str()]);
}

const CONFIG: &str =
    "data_dir = \"var\"\n[keep]\narticles = \"30d\"\n[[listing]]\nid = \"news\"\nfiles = [\"news.txt\"]\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forgotten_article_has_no_page_and_no_entry_and_everything_else_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("tidings.toml"), CONFIG).expect("a config");
    let env = Environment { working_dir: folder.path().to_owned(), ..Environment::default() };
    let config = load(&folder.path().join("tidings.toml"), &env).expect("a valid config").config;
    let time = Arc::new(AtomicI64::new(1_900_000_000));
    let told = Arc::clone(&time);
    let clock = Clock::told(move || Timestamp::from_unix(told.load(Ordering::SeqCst)));
    let store = EmbeddedStore::open(&config.data_dir, clock.now()).expect("a store");
    let app = App::at(clock.clone(), Disk::default(), config, store).await.expect("an app");
    let spec = app.config.listings[0].spec.clone();
    let see = async |numbers: std::ops::Range<usize>| {
        time.fetch_add(1_800, Ordering::SeqCst);
        let text = Page::from(items(numbers)).text();
        let page = [Document::new("news", text.into_bytes())];
        app.scan_pages(&spec, &page, clock.now()).await.expect("a scan");
    };
    see(0..20).await;
    see(1..21).await;
    let publisher = app.publisher().expect("a tree");
    publisher.publish().await.expect("publishes");
    let articles = app.store.articles(0, 100).await.expect("reads");
    let old = articles.iter().find(|article| article.title == item(0).title).expect("is there");
    let other = articles.iter().find(|article| article.title == item(7).title).expect("is there");
    let public = app.public();
    let page_of = |id| public.join(format!("articles/{id}.html"));
    let holds = |path: &str, text: &str| {
        std::fs::read_to_string(public.join(path)).expect("is published").contains(text)
    };
    assert!(page_of(old.id).exists());
    assert_eq!(app.forget_old().await.expect("looks"), 0);
    time.fetch_add(31 * FORGET_EVERY, Ordering::SeqCst);
    assert_eq!(app.forget_old().await.expect("is remembered"), 1);
    publisher.publish().await.expect("publishes");
    assert!(!page_of(old.id).exists() && page_of(other.id).exists());
    for ending in ["rss", "atom", "json", "html"] {
        for feed in ["feeds/all", "feeds/listings/news"] {
            let path = format!("{feed}.{ending}");
            assert!(!holds(&path, &old.id.to_string()), "{path}");
            assert!(holds(&path, &other.id.to_string()), "{path}");
        }
    }
    assert!(!holds("index.html", &old.title));
    // The same as when all is published anew.
    let tree = crate::program::files(&public);
    std::fs::remove_dir_all(&public).expect("is there");
    app.publisher().expect("a tree").publish().await.expect("publishes");
    assert_eq!(crate::program::files(&public), tree);
    // Who follows an old link learns that there was something.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = listener.local_addr().expect("an address");
    let (site, bounds) = (publisher.site(), tidings::serve::Bounds::default());
    let server = tokio::spawn(tidings::serve::serve(listener, site, bounds, std::future::pending()));
    let ask = move |id: tidings::model::ArticleId| {
        let mut stream = std::net::TcpStream::connect(at).expect("a server");
        write!(stream, "GET /articles/{id}.html HTTP/1.0\r\n\r\n").expect("is sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer.split(' ').nth(1).unwrap_or_default().to_owned()
    };
    for (id, status) in [(old.id, "410"), (tidings::model::ArticleId::from_uuid(uuid::Uuid::nil()), "404")] {
        assert_eq!(tokio::task::spawn_blocking(move || ask(id)).await.expect("asks"), status);
    }
    server.abort();
    drop(publisher);
    app.close().await.expect("closes");
}
