//! Random histories: the embedded store and the plain model see the same scans, in the same order, and must agree
//! on everything that can be read; however often the one is closed, opened, or rebuilt from its journal.

use proptest::prelude::*;
use proptest::sample::Index;
use tidings::diff::{Past, Proposal};
use tidings::model::{
    Article, ArticleId, Entry, FeedKey, Filter, HealthEvent, ListingSpec, Pattern, Printed, TagRow, Timestamp,
};
use tidings::store::{
    Committed, Decision, Declared, FeedInfo, ListingInfo, MemoryStore, Resplit, Store, Unpublished,
};

use super::dump;
use super::outbox::{self, Outbox, OutboxStep};
use super::support::{Bench, OnDisk, block_on, declared, id, propose, sites_in, spec, start, view};

const MARKS: [[u8; 16]; 2] = [[1; 16], [2; 16]];

/// One step of a history.
#[derive(Clone, Debug)]
enum Step {
    /// Change the page of a listing, and scan it.
    Scan {
        listing: Index,
        edits: Vec<Edit>,
        wait: i64,
        reread: bool,
        approved: bool,
    },
    /// Two listings are compared before either commits.
    Race {
        first: Index,
        second: Index,
        edits: Vec<Edit>,
    },
    /// Declare some of the listings, and perhaps a view.
    Declare {
        which: u8,
        tags: u8,
        view: Option<u8>,
        title: bool,
        names: Names,
        targets: u8,
    },
    /// Send what is owed, or decide on it.
    Outbox(OutboxStep),
    /// Hide an article, or restore it.
    Hide {
        article: Index,
        hidden: bool,
    },
    /// Forget what was not seen for so long.
    Forget {
        ago: i64,
    },
    /// Split unsure rows again.
    Retag {
        sure: bool,
        tag: u8,
    },
    /// Say that all up to now, or up to the last look, is published.
    Publish {
        mark: Index,
    },
    Reopen,
    Rebuild,
}

/// By which names listings and their sites are declared.
#[derive(Clone, Debug, Default)]
struct Names {
    /// Of the first listing.
    listing: u8,
    /// Whether it says which ones it had before.
    is_told: bool,
    /// Of the sites of the first two.
    sites: [u8; 2],
}

fn names() -> impl Strategy<Value = Names> {
    let site = || prop_oneof![3 => Just(0u8), 1 => 1..3u8];
    (prop_oneof![2 => Just(0u8), 2 => 1..3u8], prop::bool::weighted(0.8), site(), site())
        .prop_map(|(listing, is_told, a, b)| Names { listing, is_told, sites: [a, b] })
}

const LISTINGS: [&str; 3] = ["a", "x", "y"];
const SITES: [&str; 3] = ["site", "place", "spot"];

/// A change of the page that all listings of a site share, or of one listing's view of it.
#[derive(Clone, Debug)]
enum Edit {
    Add {
        at: Index,
        entry: Made,
    },
    Remove(Index),
    Swap(Index, Index),
    Change {
        at: Index,
        field: u8,
        value: u8,
    },
    /// Take over an entry of another listing's page.
    Copy {
        from: Index,
        at: Index,
        to: Index,
    },
    Clear,
    Truncate(Index),
}

/// An entry in a few small numbers, so that histories meet themselves again.
#[derive(Clone, Debug)]
struct Made {
    title: u8,
    source: u8,
    date: u8,
    link: u8,
    id: u8,
    tags: u8,
    category: u8,
    summary: u8,
}

fn made() -> impl Strategy<Value = Made> {
    (0..40u8, 0..3u8, 0..9u8, 0..30u8, 0..60u8, 0..9u8, 0..4u8, 0..5u8).prop_map(
        |(title, source, date, link, id, tags, category, summary)| Made {
            title,
            source,
            date,
            link,
            id,
            tags,
            category,
            summary,
        },
    )
}

impl Made {
    fn entry(&self) -> Entry {
        let pick = |names: &[&str], n: u8| names.get(n as usize).map(|&name| name.to_owned());
        Entry {
            title: format!("How Uber Scales Its Platform {}", "x".repeat((self.title % 13).into()))
                + &format!(" {}", self.title / 13),
            source: pick(&["Acme", "ACME", "21CTO"], self.source).filter(|_| !self.title.is_multiple_of(7)),
            date: pick(&DATES, self.date).and_then(|date| Printed::parse(&date)),
            link: (self.link < 12).then(|| format!("https://example.org/{}?utm_source=x", self.link)),
            id: (self.id < 10).then(|| format!("id {}", self.id)),
            tags: tags(self.tags),
            category: pick(&["Guides", "guides", "News"], self.category),
            summary: pick(&["Short.", "Another one.", "A third.", "It\u{2019}s here."], self.summary),
            likes: Some(self.summary.into()),
            whole: true,
            ..Entry::default()
        }
    }
}

const DATES: [&str; 7] = [
    "2016-03-03",
    "2016-03-03",
    "2016-03-02",
    "2016-03-09",
    "2015-12-31T23:30:00-05:00",
    "2016-03-03T10:00:00Z",
    "2031-01-01T00:00:00Z",
];

fn tags(n: u8) -> TagRow {
    match n {
        0..=2 => TagRow::None,
        3 => TagRow::List(vec!["Kafka".into(), "C".into()]),
        4 => TagRow::List(vec!["kafka".into(), "C++".into()]),
        5 => TagRow::Run("Kafka|Rust".into()),
        6 => TagRow::Run("?Rust|Stor?".into()),
        _ => TagRow::Run(format!("?Kaf{n}|C#?")),
    }
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<Index>;
    prop_oneof![
        6 => (at(), made()).prop_map(|(at, entry)| Edit::Add { at, entry }),
        2 => at().prop_map(Edit::Remove),
        1 => (at(), at()).prop_map(|(a, b)| Edit::Swap(a, b)),
        3 => (at(), 0..7u8, 0..9u8).prop_map(|(at, field, value)| Edit::Change { at, field, value }),
        3 => (at(), at(), at()).prop_map(|(from, at, to)| Edit::Copy { from, at, to }),
        1 => Just(Edit::Clear),
        1 => at().prop_map(Edit::Truncate),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let edits = || prop::collection::vec(edit(), 0..5);
    let waits = prop_oneof![4 => Just(1_800i64), 1 => Just(-3_600), 1 => Just(200_000), 1 => Just(0)];
    prop_oneof![
        16 => (any::<Index>(), edits(), waits, prop::bool::weighted(0.1), prop::bool::weighted(0.1))
            .prop_map(|(listing, edits, wait, reread, approved)| {
                Step::Scan { listing, edits, wait, reread, approved }
            }),
        4 => (any::<Index>(), any::<Index>(), edits())
            .prop_map(|(first, second, edits)| Step::Race { first, second, edits }),
        3 => (0..8u8, 0..4u8, prop::option::of(0..4u8), prop::bool::weighted(0.2), names(), 0..32u8)
            .prop_map(|(which, tags, view, title, names, targets)| {
                Step::Declare { which, tags, view, title, names, targets }
            }),
        10 => outbox::step().prop_map(Step::Outbox),
        1 => (any::<Index>(), any::<bool>()).prop_map(|(article, hidden)| Step::Hide { article, hidden }),
        3 => prop_oneof![2 => Just(0i64), 1 => Just(5_000), 1 => Just(150_000), 1 => Just(-90_000)]
            .prop_map(|ago| Step::Forget { ago }),
        1 => (any::<bool>(), 0..4u8).prop_map(|(sure, tag)| Step::Retag { sure, tag }),
        2 => any::<Index>().prop_map(|mark| Step::Publish { mark }),
        1 => Just(Step::Reopen),
        1 => Just(Step::Rebuild),
    ]
}

/// Both stores, and the pages that their listings show.
struct Pair {
    disk: OnDisk,
    model: MemoryStore,
    specs: Vec<ListingSpec>,
    pages: Vec<Vec<Entry>>,
    declared: Vec<usize>,
    now: Timestamp,
}

impl Pair {
    async fn begin(most: u64) -> Self {
        let disk = OnDisk::small(most);
        let (store, created) = disk.store().identity();
        let model = MemoryStore::new(store, created);
        let mut specs = vec![spec("a", "site"), spec("b", "site"), spec("c", "other")];
        specs[1].zone = chrono_tz::Asia::Shanghai;
        specs[1].removed_after = 1;
        specs[2].announce_first = true;
        let pages = vec![vec![]; 3];
        let mut pair = Self { disk, model, specs, pages, declared: vec![], now: start() };
        pair.declare(7, 0, None, false, &Names::default(), 7).await;
        pair
    }

    async fn declare(
        &mut self,
        which: u8,
        tags: u8,
        with_view: Option<u8>,
        title: bool,
        names: &Names,
        targets: u8,
    ) {
        self.name(names);
        self.declared = (0..3).filter(|at| which & (1 << at) != 0).collect();
        self.specs[0].title = if title { "Renamed" } else { "Listing a" }.to_owned();
        let given = [vec![], vec!["Backend"], vec!["backend", "Rust"], vec!["Kafka"]];
        self.specs[0].tags = given[tags as usize].iter().map(|&tag| tag.to_owned()).collect();
        let specs: Vec<&ListingSpec> = self.declared.iter().map(|at| &self.specs[*at]).collect();
        let filters = [
            Filter::Tag(Pattern::new("ka*")),
            Filter::Any(vec![Filter::Source(Pattern::new("Listing *")), Filter::Text("third".into())]),
            Filter::All(vec![]),
            Filter::Any(vec![Filter::Listing(Pattern::new("x")), Filter::Listing(Pattern::new("b"))]),
        ];
        let views = with_view.map(|n| view("mine", filters[n as usize].clone())).into_iter().collect();
        let declared = Declared { views, targets: outbox::rules(targets), ..declared(&specs) };
        self.disk.store().configure(declared.clone(), self.now).await.expect("commits");
        for (site, uid) in sites_in(self.disk.folder()) {
            self.model.know_site(&site, uid);
        }
        self.model.configure(declared, self.now).await.expect("commits");
    }

    fn name(&mut self, names: &Names) {
        let name = LISTINGS[usize::from(names.listing)];
        let others = LISTINGS.iter().filter(|other| names.is_told && **other != name);
        self.specs[0].renamed_from = others.map(|other| id(other)).collect();
        self.specs[0].id = id(name);
        for (spec, site) in self.specs.iter_mut().zip(names.sites) {
            SITES[usize::from(site)].clone_into(&mut spec.site);
        }
    }

    fn edit(&mut self, listing: usize, edit: &Edit) {
        let copied = match edit {
            Edit::Copy { from, at, .. } => {
                let page = &self.pages[from.index(3)];
                (!page.is_empty()).then(|| page[at.index(page.len())].clone())
            }
            _ => None,
        };
        let page = &mut self.pages[listing];
        let size = page.len();
        match edit {
            Edit::Add { at, entry } => page.insert(at.index(size + 1), entry.entry()),
            Edit::Copy { to, .. } => {
                page.splice(to.index(size + 1)..to.index(size + 1), copied).for_each(drop)
            }
            Edit::Clear => page.clear(),
            _ if size == 0 => {}
            Edit::Remove(at) => drop(page.remove(at.index(size))),
            Edit::Truncate(at) => page.truncate(at.index(size)),
            Edit::Swap(a, b) => page.swap(a.index(size), b.index(size)),
            Edit::Change { at, field, value } => {
                let made = Made {
                    title: value * 3,
                    source: *value,
                    date: *value,
                    link: *value,
                    id: *value,
                    tags: *value,
                    category: *value,
                    summary: *value,
                };
                let (entry, other) = (&mut page[at.index(size)], made.entry());
                match field {
                    0 => entry.title = other.title,
                    1 => entry.source = other.source,
                    2 => entry.date = other.date,
                    3 => entry.link = other.link,
                    4 => entry.category = other.category,
                    5 => entry.summary = other.summary,
                    _ => entry.tags = other.tags,
                }
            }
        }
    }

    /// What both stores propose; they must propose the same.
    async fn propose(&mut self, listing: usize, reread: bool) -> Proposal {
        let (spec, page) = (&self.specs[listing], &self.pages[listing]);
        let ours = propose(self.disk.store(), spec, page, reread, self.now).await.expect("declared");
        let model = propose(&self.model, spec, page, reread, self.now).await.expect("declared");
        assert_eq!(ours, model, "proposals");
        ours
    }

    async fn commit(&self, proposal: Proposal) {
        let ours = self.disk.store().commit_scan(proposal.clone()).await.expect("commits");
        let model: Committed = self.model.commit_scan(proposal).await.expect("commits");
        assert_eq!(ours, model, "what was accepted");
    }

    async fn run(&mut self, step: &Step) {
        match step {
            Step::Scan { listing, edits, wait, reread, approved } => {
                self.now = self.now.plus(*wait);
                if self.declared.is_empty() {
                    return;
                }
                let listing = self.declared[listing.index(self.declared.len())];
                edits.iter().for_each(|edit| self.edit(listing, edit));
                let mut proposal = self.propose(listing, *reread).await;
                proposal.approved = *approved;
                self.commit(proposal).await;
            }
            Step::Race { first, second, edits } => self.race(first, second, edits).await,
            Step::Declare { which, tags, view, title, names, targets } => {
                self.now = self.now.plus(60);
                self.declare(*which, *tags, *view, *title, names, *targets).await;
            }
            Step::Outbox(step) => {
                self.now = self.now.plus(step.wait());
                outbox::run(step, self.disk.store(), &self.model, self.now).await;
            }
            Step::Hide { article, hidden } => self.hide(article, *hidden).await,
            Step::Forget { ago } => self.run_forget(*ago).await,
            Step::Retag { sure, tag } => self.retag(*sure, *tag).await,
            Step::Publish { mark } => {
                let mark = MARKS[mark.index(2)];
                let upto = self.model.unpublished(mark).await.expect("reads").upto;
                self.disk.store().published(upto, mark).await.expect("is noted");
                self.model.published(upto, mark).await.expect("is noted");
            }
            Step::Reopen => self.disk.reopen().await,
            Step::Rebuild => {
                self.disk.rebuild().await;
                self.model.forget_memos();
            }
        }
    }

    async fn race(&mut self, first: &Index, second: &Index, edits: &[Edit]) {
        self.now = self.now.plus(1_800);
        if self.declared.is_empty() {
            return;
        }
        let [first, second] = [first, second].map(|at| self.declared[at.index(self.declared.len())]);
        for edit in edits {
            self.edit(first, edit);
            self.edit(second, edit);
        }
        let one = self.propose(first, false).await;
        let two = self.propose(second, false).await;
        if edits.len() > 3 {
            // What a scan compared with may be forgotten before it commits.
            self.run_forget(-90_000).await;
        }
        self.commit(one).await;
        self.commit(two).await;
    }

    async fn run_forget(&self, ago: i64) {
        let before = self.now.plus(-ago);
        let ours = self.disk.store().forget(before, self.now).await.expect("commits");
        assert_eq!(ours, self.model.forget(before, self.now).await.expect("commits"), "forgotten");
    }

    async fn hide(&mut self, article: &Index, hidden: bool) {
        let articles = self.model.articles(0, usize::MAX).await.expect("reads");
        if articles.is_empty() {
            return;
        }
        let id = articles[article.index(articles.len())].id;
        let decision = if hidden { Decision::Hide(id) } else { Decision::Restore(id) };
        let ours = self.disk.store().decide(decision.clone(), self.now).await.expect("commits");
        assert_eq!(ours, self.model.decide(decision, self.now).await.expect("commits"), "hidden");
    }

    async fn retag(&mut self, sure: bool, tag: u8) {
        let unsure = self.model.unsure(3).await.expect("reads");
        let tags = ["Kafka", "Stor", "C", "New tag"];
        let split =
            |article: &Article| Resplit { id: article.id, tags: vec![tags[tag as usize].to_owned()], sure };
        let splits: Vec<Resplit> = unsure.iter().map(split).collect();
        let ours = self.disk.store().retag(splits.clone(), self.now).await.expect("commits");
        assert_eq!(ours, self.model.retag(splits, self.now).await.expect("commits"), "retagged");
    }

    async fn agree(&self) {
        self.agree_on_all_but_publishing().await;
        for mark in MARKS {
            let ours = self.disk.store().unpublished(mark).await.expect("reads");
            covers(&ours, &self.model.unpublished(mark).await.expect("reads"));
        }
    }

    async fn agree_on_all_but_publishing(&self) {
        let (ours, model) = (Seen::by(self.disk.store(), self).await, Seen::by(&self.model, self).await);
        assert_eq!(ours.articles, model.articles, "articles");
        assert_eq!(ours.unsure, model.unsure, "unsure");
        assert_eq!(ours.feeds, model.feeds, "feeds");
        for ((key, ours), (_, model)) in ours.members.iter().zip(&model.members) {
            assert_eq!(ours, model, "members of {key}");
        }
        assert_eq!(ours.listings, model.listings, "listings");
        assert_eq!(ours.events, model.events, "health events");
        assert_eq!(ours.found, model.found, "found by prefix");
        let (ours_owed, model_owed) = (&ours.outbox, &model.outbox);
        ours_owed.agrees(model_owed);
        for (ours, model) in ours.pasts.iter().zip(&model.pasts) {
            same_past(ours.as_ref(), model.as_ref());
        }
    }

    /// Moves to another folder by an export and an import; neither is to lose anything but memos.
    async fn move_out(&mut self) {
        // As a process has it open, and as none has.
        let lines = dump::exported(self.disk.folder());
        self.disk.close().await;
        assert_eq!(dump::text(&dump::exported(self.disk.folder())), dump::text(&lines));
        let folder = dump::imported(&lines);
        assert_eq!(dump::text(&dump::exported(folder.path())), dump::text(&lines), "after an import");
        self.disk = OnDisk::at(folder);
        self.model.forget_memos();
        self.agree_on_all_but_publishing().await;
        // The texts stand in the journal, and its index can be built anew.
        self.disk.rebuild().await;
        self.agree_on_all_but_publishing().await;
    }
}

fn same_past(ours: Option<&Past>, model: Option<&Past>) {
    let (Some(ours), Some(model)) = (ours, model) else {
        return assert_eq!(ours, model, "pasts");
    };
    assert_eq!(ours.held, model.held, "what a listing holds");
    assert_eq!((ours.newest, ours.news), (model.newest, model.news), "newest article and count of news");
    assert_eq!(ours, model, "pasts");
}

/// What must be published may be more than what differs, but never less.
fn covers(ours: &Unpublished, model: &Unpublished) {
    assert_eq!((ours.upto, ours.everything), (model.upto, model.everything), "what is published");
    if ours.everything {
        return;
    }
    let missing = |list: &[FeedKey], of: &[FeedKey]| of.iter().find(|key| !list.contains(key)).cloned();
    assert_eq!(missing(&ours.feeds, &model.feeds), None, "a feed not to be published");
    let page = model.archives.iter().find(|page| !ours.archives.contains(page));
    assert_eq!(page, None, "an archive page not to be published");
    let article = model.articles.iter().find(|article| !ours.articles.contains(article));
    assert_eq!(article, None, "an article not to be published");
}

/// Everything that can be read of a store.
struct Seen {
    articles: Vec<Article>,
    unsure: Vec<Article>,
    feeds: Vec<FeedInfo>,
    members: Vec<(FeedKey, Vec<ArticleId>)>,
    listings: Vec<ListingInfo>,
    events: Vec<HealthEvent>,
    found: Vec<Vec<Article>>,
    outbox: Outbox,
    pasts: Vec<Option<Past>>,
}

impl Seen {
    async fn by(store: &impl Store, pair: &Pair) -> Self {
        let articles = store.articles(0, usize::MAX).await.expect("reads");
        assert_eq!(articles.len(), store.article_count().await.expect("reads"));
        let feeds = store.feeds().await.expect("reads");
        let mut members = Vec::new();
        for feed in &feeds {
            assert_eq!(store.feed(&feed.key).await.expect("reads").as_ref(), Some(feed));
            let mut all = store.window(&feed.key, 1_000).await.expect("reads");
            for page in 1..=feed.archives {
                all.extend(store.archive(&feed.key, page).await.expect("reads"));
            }
            members.push((feed.key.clone(), all.iter().map(|article| article.id).collect()));
        }
        let mut found = Vec::new();
        for prefix in ["", "0", "7", "c", "f", "A1"] {
            found.push(store.find(prefix).await.expect("reads"));
        }
        let mut pasts = Vec::new();
        for spec in &pair.specs {
            pasts.push(store.past(&spec.id).await.ok());
        }
        Self {
            articles,
            unsure: store.unsure(usize::MAX).await.expect("reads"),
            feeds,
            members,
            listings: store.listings().await.expect("reads"),
            events: store.health_events().await.expect("reads"),
            found,
            outbox: Outbox::of(store, pair.now).await,
            pasts,
        }
    }
}

/// How many histories are tried, one in `of`.
fn cases(of: u32) -> u32 {
    std::env::var("TIDINGS_CASES").ok().and_then(|n| n.parse::<u32>().ok()).unwrap_or(48).div_ceil(of)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: cases(6),
        max_shrink_iters: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn f027_histories_are_the_same_after_an_export_and_an_import(
        steps in prop::collection::vec(step(), 5..40)
    ) {
        block_on(async {
            let mut pair = Pair::begin(5_000).await;
            for step in &steps {
                pair.run(step).await;
            }
            pair.move_out().await;
            pair.disk.close().await;
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: cases(1),
        max_shrink_iters: 2_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn f022_histories_of_both_stores_agree(
        steps in prop::collection::vec(step(), 5..40),
        // Files of the journal that are closed, and compressed, after each record, now and then, and not at all.
        most in prop_oneof![Just(1), Just(5_000), Just(u64::MAX)],
        // Whether the journal makes room for a snapshot now and then.
        compact in any::<bool>(),
    ) {
        block_on(async {
            let mut pair = Pair::begin(most).await;
            for (at, step) in steps.iter().enumerate() {
                pair.run(step).await;
                pair.agree().await;
                if compact && at % 12 == 11 {
                    // Nothing, where nothing came since the last time.
                    let _ = pair.disk.compact(None).await;
                    pair.agree().await;
                }
            }
            pair.disk.rebuild().await;
            pair.model.forget_memos();
            pair.agree().await;
            pair.disk.close().await;
        });
    }
}
