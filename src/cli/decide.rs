//! `tidings listing …` and `articles hide | restore`: what operators decide.

use serde::Serialize;

use super::args::{ArticleArg, ArticlesAction, ListingArg, ListingCommand, ScanArgs};
use super::desk::Desk;
use super::exit::{Exit, Failure};
use super::output::{Output, plain};
use super::{explain, reread, scan};
use crate::config::Listing;
use crate::daemon::approval::ApprovalError;
use crate::daemon::clock;
use crate::model::text::counted;
use crate::model::{ArticleId, ListingId};
use crate::store::{Decision, Store};

/// A decision about a listing, as JSON.
#[derive(Serialize)]
struct OnListing<'a> {
    listing: &'a ListingId,
    decision: &'static str,
    changed: bool,
    /// How many articles were new in the reading that was approved or rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<u64>,
}

/// A decision about an article, as JSON.
#[derive(Serialize)]
struct OnArticle<'a> {
    id: ArticleId,
    title: &'a str,
    decision: &'static str,
    changed: bool,
}

/// Decides about a listing.
pub(super) async fn listing(desk: &Desk, command: &ListingCommand, output: &Output) -> Result<Exit, Failure> {
    match command {
        ListingCommand::Pause(arg) => {
            let id = chosen(desk, arg)?.spec.id;
            let changed = desk.app.store.decide(Decision::Pause(id.clone()), clock()).await?;
            let said = match changed {
                true => format!("paused; `tidings listing resume {id}` begins again"),
                false => "paused already".to_owned(),
            };
            told(desk, arg, OnListing { listing: &id, decision: "pause", changed, new: None }, &said, output)
                .await
        }
        ListingCommand::Resume(arg) => {
            let id = chosen(desk, arg)?.spec.id;
            let changed = desk.app.store.decide(Decision::Resume(id.clone()), clock()).await?;
            let said = match changed {
                true => "resumed; what was new meanwhile is news at its next scan",
                false => "not paused",
            };
            told(desk, arg, OnListing { listing: &id, decision: "resume", changed, new: None }, said, output)
                .await
        }
        ListingCommand::Approve(arg) => {
            let spec = chosen(desk, arg)?.spec;
            let (_, committed) = desk.app.approve(&spec).await?;
            desk.send().await?;
            let new = committed.new.len() as u64;
            let are = if new == 1 { "is" } else { "are" };
            let articles = counted(new, "article");
            let said = format!("approved; {articles} {are} in the feeds, and announced as one");
            let row = OnListing { listing: &spec.id, decision: "approve", changed: true, new: Some(new) };
            told(desk, arg, row, &said, output).await
        }
        ListingCommand::Reject(arg) => {
            let id = chosen(desk, arg)?.spec.id;
            let hold = desk.app.reject(&id).await?;
            desk.send().await?;
            let said = format!("rejected; {} not believed", counted(hold.new, "new article"));
            let row = OnListing { listing: &id, decision: "reject", changed: true, new: Some(hold.new) };
            told(desk, arg, row, &said, output).await
        }
        ListingCommand::Reread(arg) => reread::reread(desk, arg, output).await,
        ListingCommand::Scan(arg) => {
            let args =
                ScanArgs { listings: vec![arg.listing.clone()], json: arg.json, ..ScanArgs::default() };
            scan::scan(desk, &args, output).await
        }
    }
}

/// The listing that is named.
fn chosen(desk: &Desk, arg: &ListingArg) -> Result<Listing, Failure> {
    let mut found = scan::chosen(&desk.app.config, std::slice::from_ref(&arg.listing))?;
    found.pop().ok_or_else(|| Failure::new(Exit::NotFound, format!("there is no listing `{}`", arg.listing)))
}

/// Publishes what the decision changed, and says it.
async fn told(
    desk: &Desk,
    arg: &ListingArg,
    row: OnListing<'_>,
    said: &str,
    output: &Output,
) -> Result<Exit, Failure> {
    let published = desk.publish().await;
    if arg.json {
        output.json(&row)?;
    } else {
        output.line(&format!("{}: {said}", row.listing))?;
    }
    published.map(|_| Exit::Done)
}

/// Hides an article, or brings it back.
pub(super) async fn article(desk: &Desk, action: &ArticlesAction, output: &Output) -> Result<Exit, Failure> {
    let (ArticlesAction::Hide(arg) | ArticlesAction::Restore(arg)) = action;
    let ArticleArg { article, json } = arg;
    let Some(article) = explain::by_id(desk, article).await? else {
        return Err(Failure::new(Exit::NotFound, format!("there is no article `{}`", plain(article)))
            .hint("`tidings articles` shows ids; the beginning of one is enough"));
    };
    let (decision, name, done, already) = match action {
        ArticlesAction::Hide(_) => {
            (Decision::Hide(article.id), "hide", "left all feeds", "is in no feed already")
        }
        ArticlesAction::Restore(_) => {
            (Decision::Restore(article.id), "restore", "is back in its feeds", "was not hidden")
        }
    };
    let changed = desk.app.store.decide(decision, clock()).await?;
    let published = desk.publish().await;
    if *json {
        output.json(&OnArticle { id: article.id, title: &article.title, decision: name, changed })?;
    } else {
        let what = if changed { done } else { already };
        output.line(&plain(&format!("“{}” {what}", article.title)))?;
    }
    published.map(|_| Exit::Done)
}

impl From<ApprovalError> for Failure {
    fn from(error: ApprovalError) -> Self {
        let message = error.to_string();
        match error {
            ApprovalError::NotHeld(_) => {
                Self::new(Exit::NotFound, message).hint("`tidings status` shows what is held")
            }
            ApprovalError::Gone(id) => Self::new(Exit::Listings, message)
                .hint(format!("`tidings listing scan {id}` reads them again; then decide")),
            ApprovalError::Store(error) => error.into(),
        }
    }
}
