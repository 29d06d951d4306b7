//! Noticing at once that a page was saved, so that a listing is scanned soon and not only when it is due.
//!
//! The folders of pages are watched, not the pages: editors and careful writers put a new file in the place of the
//! old one, and a page may appear later. A burst of writes counts once, when it has settled: at once where its writer says
//! that it is done, by closing the page or renaming it into its place, else after a silence. Where watching is
//! impossible (no watches left, a network mount) the schedule alone finds changes, and that is said once; the same
//! is true of a page that is a link to another folder.

mod arms;
mod settling;
mod target;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, CreateKind, ModifyKind, RenameMode};
use notify::{Event, EventKind};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use self::arms::Arms;
use self::settling::{Settling, Touch};
use self::target::Targets;
use crate::config::Listing;
use crate::model::ListingId;

/// How often folders that are not watched yet, or are others by now, are looked for.
const LOOK: Duration = Duration::from_secs(60);

/// How many events may wait. When more come, everything counts as touched.
const EVENTS: usize = 1_024;

/// How many listings may wait to be told of.
const TOLD: usize = 64;

/// The handle of the watching task.
#[derive(Debug)]
pub struct Watch {
    listings: watch::Sender<Vec<Listing>>,
    touched: mpsc::Receiver<ListingId>,
}

impl Watch {
    /// Starts watching the folders of these listings.
    #[must_use]
    pub fn start(listings: Vec<Listing>) -> Self {
        let (listings, wanted) = watch::channel(listings);
        let (tell, touched) = mpsc::channel(TOLD);
        tokio::spawn(watch_over(wanted, tell));
        Self { listings, touched }
    }

    /// Watches the folders of these listings from now on.
    pub fn replace(&self, listings: Vec<Listing>) {
        self.listings.send_replace(listings);
    }

    /// The next listing whose pages were written to. Waits for ever when nothing can be watched. Dropping the
    /// future loses nothing.
    pub async fn touched(&mut self) -> ListingId {
        match self.touched.recv().await {
            Some(listing) => listing,
            None => std::future::pending().await,
        }
    }
}

async fn watch_over(mut wanted: watch::Receiver<Vec<Listing>>, tell: mpsc::Sender<ListingId>) {
    let (send, mut events) = mpsc::channel(EVENTS);
    let overflow = Arc::new(AtomicBool::new(false));
    let Some(mut arms) = arms::open(send, Arc::clone(&overflow)) else { return };
    let Some(mut targets) = targets(&mut wanted).await else { return };
    let mut settling = Settling::default();
    let mut look = Instant::now();
    let mut first = true;
    loop {
        let settled = settling.due();
        tokio::select! {
            changed = wanted.changed() => {
                if changed.is_err() {
                    return;
                }
                let Some(others) = self::targets(&mut wanted).await else { return };
                targets = others;
                (look, first) = (Instant::now(), true);
            }
            Some(event) = events.recv() => {
                if note(&event, &mut arms, &targets, &mut settling) {
                    look = look.min(Instant::now() + settling::QUIET);
                }
            }
            () = tokio::time::sleep_until(look) => {
                let Some((armed, fresh)) = arms.arm(targets.clone()).await else { return };
                arms = armed;
                // What is in a folder that was not there before may be new. At the start all is read anyway.
                if !std::mem::take(&mut first) {
                    let touched = fresh.iter().flat_map(|folder| targets.in_folder(folder));
                    touched.for_each(|id| settling.touch(id, Touch::Other, Instant::now()));
                }
                look = Instant::now() + LOOK;
            }
            () = tokio::time::sleep_until(settled.unwrap_or(look)), if settled.is_some() => {}
        }
        if overflow.swap(false, Ordering::Relaxed) {
            targets.ids().for_each(|id| settling.touch(id, Touch::Other, Instant::now()));
        }
        for listing in settling.settled(Instant::now()) {
            if tell.send(listing).await.is_err() {
                return;
            }
        }
    }
}

/// What is to be watched by now; `None` when the program ends. Asks the disk what is a pattern and what a path.
async fn targets(wanted: &mut watch::Receiver<Vec<Listing>>) -> Option<Targets> {
    let listings = wanted.borrow_and_update().clone();
    tokio::task::spawn_blocking(move || Targets::new(&listings)).await.ok()
}

/// Notes what an event touched; whether there may be other folders to watch by now.
fn note(event: &Event, arms: &mut Arms, targets: &Targets, settling: &mut Settling) -> bool {
    if event.need_rescan() {
        targets.ids().for_each(|id| settling.touch(id, Touch::Other, Instant::now()));
        return true;
    }
    let Some(touch) = touch(event.kind) else { return false };
    let is_of_folders = |kind| {
        matches!(kind, EventKind::Create(CreateKind::Folder) | EventKind::Modify(ModifyKind::Name(_)))
            || kind.is_remove()
    };
    let mut others = false;
    for path in &event.paths {
        for listing in targets.of_page(path) {
            // Of several pages the others may come, and read one by one they may not fit together.
            let is_one = touch == Touch::Done && targets.has_several(listing);
            let touch = if is_one { Touch::Other } else { touch };
            settling.touch(listing, touch, Instant::now());
        }
        if is_of_folders(event.kind) {
            // A watched folder that was moved or removed is watched no more under this name.
            others |= arms.forget(path) || targets.leads_to_page(path);
        }
    }
    others
}

/// What an event means for a page; `None` where its bytes are what they were: reading, our own too, makes events as well.
fn touch(kind: EventKind) -> Option<Touch> {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => Some(Touch::Done),
        EventKind::Modify(ModifyKind::Name(RenameMode::To)) => Some(Touch::Done),
        EventKind::Modify(ModifyKind::Name(_) | ModifyKind::Metadata(_)) | EventKind::Remove(_) => {
            Some(Touch::Other)
        }
        EventKind::Create(_) | EventKind::Modify(_) => Some(Touch::Written),
        EventKind::Access(_) | EventKind::Any | EventKind::Other => None,
    }
}
