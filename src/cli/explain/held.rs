//! Articles that stand only in a reading that waits for approval: not remembered yet, so found by title alone.

use serde::Serialize;

use super::super::desk::Desk;
use super::super::exit::Failure;
use super::super::output::{Output, plain};
use crate::daemon::report::Item;
use crate::model::text::fold_key;
use crate::model::{ListingId, Timestamp};
use crate::store::Store;

/// One such article.
#[derive(Serialize)]
pub(super) struct Waiting {
    #[serde(flatten)]
    item: Item,
    held: Held,
}

/// The reading it stands in.
#[derive(Clone, Serialize)]
struct Held {
    listing: ListingId,
    since: Timestamp,
    reason: String,
    /// How many articles are new in it.
    new: u64,
}

/// The listings that hold a reading, and what in it has that in its title; that title alone where there is one.
pub(super) async fn find(desk: &Desk, title: &str) -> Result<(Vec<ListingId>, Vec<Waiting>), Failure> {
    let wanted = fold_key(title);
    let (mut listings, mut found) = (Vec::new(), Vec::new());
    for info in desk.app.store.listings().await? {
        let Some(hold) = info.hold else { continue };
        listings.push(info.id.clone());
        let Some(listing) = desk.app.config.listings.iter().find(|listing| listing.spec.id == info.id) else {
            continue;
        };
        let held = Held { listing: info.id, since: info.since, reason: hold.reason, new: hold.new };
        for content in desk.app.held(&listing.spec).await? {
            if fold_key(&content.title).contains(&wanted) {
                found.push(Waiting { item: Item::content(&content), held: held.clone() });
            }
        }
    }
    let is_exact = |waiting: &Waiting| fold_key(&waiting.item.title) == wanted;
    if found.iter().any(is_exact) {
        found.retain(is_exact);
    }
    Ok((listings, found))
}

/// Tells of them.
pub(super) fn tell(found: &[Waiting], json: bool, output: &Output) -> Result<(), Failure> {
    if json {
        return found.iter().try_for_each(|waiting| output.json(waiting));
    }
    for Waiting { item, held: Held { listing, since, reason, new } } in found.iter().take(super::SHOWN) {
        super::about(item, output)?;
        output.line("")?;
        output.line(&plain(&format!(
            "not remembered yet: it is in the reading held on {listing} since {since}, with {new} new in all"
        )))?;
        output.line(&plain(&format!("why: {reason}")))?;
        output.line(&format!(
            "`tidings listing approve {listing}` takes the reading in, `tidings listing reject {listing}` does not"
        ))?;
    }
    match found.len().saturating_sub(super::SHOWN) {
        0 => Ok(()),
        more => output.line(&format!("and {more} more")),
    }
}
