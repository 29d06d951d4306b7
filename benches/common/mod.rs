//! What the benches of the store share: listings as a config leaves them, and what one scan proposes.

use tidings::diff::{self, Proposal, Scan};
use tidings::model::key::KeyKind;
use tidings::model::listing::{Format, Input, Quiet, Rules};
use tidings::model::{Entry, Field, ListingId, ListingSpec, Page, Reading, Timestamp};
use tidings::store::{Declared, DeclaredListing, EmbeddedStore, Store};

/// The listing of a number, of which so many share a site.
pub(crate) fn spec(n: usize, per_site: usize) -> ListingSpec {
    ListingSpec {
        id: ListingId::parse(&format!("listing-{n}")).expect("an id"),
        renamed_from: vec![],
        title: format!("Listing {n}"),
        site: format!("site-{}", n / per_site),
        input: Input::Files(vec![]),
        rules: Rules { format: Format::Text, ..Rules::default() },
        tags: vec![],
        identity: KeyKind::ALL.to_vec(),
        content: Field::ALL.to_vec(),
        zone: chrono_tz::Tz::UTC,
        announce_first: false,
        removed_after: 2,
        alert_after: 3,
        quiet: Quiet::Auto,
    }
}

/// A config with these listings alone.
pub(crate) fn declared(specs: &[ListingSpec]) -> Declared {
    let listing = |spec: &ListingSpec| DeclaredListing {
        id: spec.id.clone(),
        renamed_from: vec![],
        title: spec.title.clone(),
        site: spec.site.clone(),
        tags: vec![],
        evident: false,
    };
    Declared { listings: specs.iter().map(listing).collect(), views: vec![], targets: vec![] }
}

/// What a scan of these entries proposes; the daemon's steps up to the commit.
pub(crate) async fn propose(
    store: &EmbeddedStore,
    spec: &ListingSpec,
    entries: &[Entry],
    now: Timestamp,
) -> Proposal {
    let page = Page { entries: entries.len(), ..Page::default() };
    let reading = Reading { pages: vec![page], entries: entries.to_vec(), faults: vec![] };
    let past = store.past(&spec.id).await.expect("declared");
    let wanted = diff::identify(&reading, &past, spec);
    let hash = wanted.hash;
    let mut recall = store.recall(&spec.id, &wanted.unknown, &[]).await.expect("reads");
    let sight = diff::sight(wanted, &past, &recall, &spec.identity);
    let articles = sight.articles(&past);
    recall.articles.extend(store.recall(&spec.id, &[], &articles).await.expect("reads").articles);
    let judgement = diff::judge(&reading, &sight, hash, &past, spec, now);
    let (body, rules) = ([0; 16], [0; 16]);
    let scan = Scan { spec, reading: &reading, hash, body, rules, reread: false, now };
    diff::compare(scan, &sight, &judgement, &past, &recall)
}
