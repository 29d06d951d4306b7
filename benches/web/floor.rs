//! What the work costs without us: bare requests, and a program that fetches, reads, and writes the same files, and
//! has neither our store nor our judgement.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use reqwest::header::{ETAG, IF_NONE_MATCH};
use tidings::config::{Environment, parse};
use tidings::extract;
use tidings::feed::{self, Channel, Directory, FeedDocument};
use tidings::model::id::{FeedId, StoreId};
use tidings::model::listing::Rules;
use tidings::model::reading::Document;
use tidings::model::{Article, ArticleId, Entry, FeedKind, SiteUid, TagRow, Timestamp};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::measure::{Meter, memory};
use super::pages::RULES;
use super::server::HOSTS;
use super::{Control, address};

/// Articles of a feed.
const WINDOW: usize = 100;

/// Bare requests: cold, and with validators.
pub(crate) fn requests(control: &Control) {
    let runtime = runtime();
    let client = client();
    let mut etags = vec![None; control.listings];
    let all: Vec<usize> = (0..control.listings).collect();
    for what in ["bare requests, cold", "bare requests, 304", "bare requests, 304"] {
        let meter = Meter::start();
        let came = runtime.block_on(fetch(&client, control, &all, &mut etags));
        meter.row(what, control.listings);
        println!("    {} pages came; {}", came.len(), memory());
    }
}

/// The floor program, which goes on as the daemon does.
pub(crate) fn program(folder: &Path, control: &Control) {
    let runtime = runtime();
    let client = client();
    let rules = rules();
    let mut etags = vec![None; control.listings];
    let all: Vec<usize> = (0..control.listings).collect();
    let mut known = Known::default();
    for (what, round) in [
        ("floor, cold", 0),
        ("floor, nothing changed", 0),
        ("floor, nothing changed", 0),
        ("floor, 10 % changed", 1),
        ("floor, 10 % changed", 2),
    ] {
        control.round(round);
        let meter = Meter::start();
        let came = runtime.block_on(fetch(&client, control, &all, &mut etags));
        let pages = came.len();
        let mut changed = HashSet::new();
        for (listing, document) in came {
            let reading = extract::read(&[document], &rules);
            known.note(listing, reading.entries, &mut changed);
        }
        let fetched = meter.spent();
        let files = known.write(folder, &changed);
        meter.row(what, control.listings);
        fetched.row("  of that until the files", control.listings);
        println!("    {pages} pages came, {files} files; {}", memory());
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime")
}

fn client() -> reqwest::Client {
    let provider = rustls::crypto::ring::default_provider();
    let _ = provider.install_default();
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

/// All pages that changed, one request at a time to a host.
async fn fetch(
    client: &reqwest::Client,
    control: &Control,
    listings: &[usize],
    etags: &mut [Option<String>],
) -> Vec<(usize, Document)> {
    let mut tasks = JoinSet::new();
    for host in 0..HOSTS {
        let mine: Vec<(usize, String, Option<String>)> = listings
            .iter()
            .filter(|listing| *listing % HOSTS == host)
            .map(|listing| (*listing, address(&control.ports, *listing), etags[*listing].clone()))
            .collect();
        let client = client.clone();
        tasks.spawn(async move {
            let mut came = Vec::new();
            for (listing, address, etag) in mine {
                let mut request = client.get(&address);
                if let Some(etag) = etag {
                    request = request.header(IF_NONE_MATCH, etag);
                }
                let answer = request.send().await.expect("an answer");
                if answer.status() == 304 {
                    continue;
                }
                let etag = answer.headers().get(ETAG).map(|etag| etag.to_str().expect("text").to_owned());
                let bytes = answer.bytes().await.expect("a body").to_vec();
                came.push((
                    listing,
                    etag,
                    Document { address: Some(address.clone()), ..Document::new(&address, bytes) },
                ));
            }
            came
        });
    }
    let mut all = Vec::new();
    while let Some(came) = tasks.join_next().await {
        for (listing, etag, document) in came.expect("ends") {
            etags[listing] = etag;
            all.push((listing, document));
        }
    }
    all
}

fn rules() -> Rules {
    let text = format!(
        "[[listing]]\nid = \"a\"\nurl = \"https://e.org/\"\nformat = \"html\"\n[listing.html]\n{RULES}"
    );
    let env = Environment::default();
    let parsed = parse(&text, Path::new("bench.toml"), &env).unwrap_or_else(|faults| panic!("{faults:?}"));
    parsed.config.listings[0].spec.rules.clone()
}

/// What the floor remembers: whole articles in memory, in the order in which they came.
#[derive(Default)]
struct Known {
    keys: HashSet<String>,
    articles: Vec<Arc<Article>>,
    feeds: BTreeMap<String, Vec<Arc<Article>>>,
    shown: HashSet<ArticleId>,
    /// How many pages of a feed's archive are written.
    archived: HashMap<String, u32>,
}

impl Known {
    fn note(&mut self, listing: usize, entries: Vec<Entry>, changed: &mut HashSet<String>) {
        for entry in entries.into_iter().rev() {
            let Some(link) = entry.link.clone() else { continue };
            if !self.keys.insert(link) {
                continue;
            }
            let article = Arc::new(article(self.articles.len(), entry));
            let mut feeds = vec![
                "feeds/all".to_owned(),
                format!("feeds/listings/listing-{listing}"),
                format!("feeds/sources/{}", article.source.as_deref().unwrap_or_default()),
                format!("feeds/categories/{}", article.category.as_deref().unwrap_or_default()),
            ];
            feeds.extend(article.tags.iter().map(|tag| format!("feeds/tags/{tag}")));
            for feed in feeds {
                self.feeds.entry(feed.clone()).or_default().push(Arc::clone(&article));
                changed.insert(feed);
            }
            self.articles.push(article);
        }
    }

    /// Writes the files of what changed, each beside and then renamed. How many.
    fn write(&mut self, folder: &Path, changed: &HashSet<String>) -> usize {
        let channel = Channel {
            title: "Bench".into(),
            description: "A bench".into(),
            base_url: "http://127.0.0.1:7878".into(),
            language: "en".into(),
        };
        let directory = Directory::new(&[]);
        let mut files = Files { folder: folder.to_owned(), count: 0 };
        let mut pages: BTreeMap<ArticleId, Arc<Article>> = BTreeMap::new();
        for path in changed {
            let Some(articles) = self.feeds.get(path) else { continue };
            let window = &articles[articles.len().saturating_sub(WINDOW)..];
            let mut entries = window.iter().map(|article| feed::entry(article, None)).collect();
            feed::order(&mut entries);
            let doc = FeedDocument { entries, ..frame(path) };
            files.write(&format!("{path}.rss"), &feed::rss(&doc, &channel).expect("renders"));
            files.write(&format!("{path}.atom"), &feed::atom(&doc, &channel).expect("renders"));
            files.write(&format!("{path}.json"), &feed::json(&doc, &channel).expect("renders"));
            files.write(
                &format!("{path}.html"),
                &feed::feed_page(&doc, &directory, &channel).expect("renders"),
            );
            for (page, full) in (1..).zip(articles.chunks_exact(WINDOW)) {
                if page <= self.archived.get(path).copied().unwrap_or_default() {
                    continue;
                }
                let mut entries = full.iter().map(|article| feed::entry(article, None)).collect();
                feed::order(&mut entries);
                let doc = FeedDocument { entries, ..frame(path) };
                let bytes = feed::archive(&doc, page, &channel).expect("renders");
                files.write(&feed::archive::path(path, page), &bytes);
                self.archived.insert(path.clone(), page);
            }
            for article in window {
                if self.shown.insert(article.id) {
                    pages.insert(article.id, Arc::clone(article));
                }
            }
        }
        for (id, article) in pages {
            let page = feed::article_page(&article, &[], &channel).expect("renders");
            files.write(&format!("articles/{id}.html"), &page);
        }
        files.count
    }
}

/// A feed without entries.
fn frame(path: &str) -> FeedDocument<'static> {
    FeedDocument {
        id: FeedId::derive(StoreId::from_uuid(Uuid::from_u128(1)), "tag", path),
        kind: FeedKind::Tag,
        title: path.to_owned(),
        description: String::new(),
        path: path.to_owned(),
        updated: Timestamp::from_unix(1_456_963_200),
        entries: Vec::new(),
        archives: 0,
    }
}

struct Files {
    folder: PathBuf,
    count: usize,
}

impl Files {
    fn write(&mut self, path: &str, bytes: &[u8]) {
        let path = self.folder.join(path);
        let parent = path.parent().expect("a folder");
        if !parent.exists() {
            std::fs::create_dir_all(parent).expect("a folder");
        }
        let beside = path.with_extension("new");
        std::fs::write(&beside, bytes).expect("writes");
        std::fs::rename(&beside, &path).expect("renames");
        self.count += 1;
    }
}

fn article(n: usize, entry: Entry) -> Article {
    let at = Timestamp::from_unix(1_456_963_200 + n as i64);
    let tags = match &entry.tags {
        TagRow::List(tags) => tags.clone(),
        _ => Vec::new(),
    };
    Article {
        id: ArticleId::from_uuid(Uuid::from_u128(n as u128 + (0xA7 << 96))),
        site: SiteUid::from_uuid(Uuid::from_u128(7)),
        keys: vec![],
        title: entry.title,
        link: entry.link,
        source: entry.source,
        date: entry.date,
        category: entry.category,
        summary: entry.summary,
        row: TagRow::None,
        tags,
        sure: true,
        likes: None,
        minutes: None,
        published: at,
        updated: at,
        first_seen: at,
        first_seq: 1,
        seen: Timestamp::default(),
        announced: None,
        late: false,
        hidden: false,
        forgotten: None,
        listings: vec![],
    }
}
