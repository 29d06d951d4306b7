//! The watches themselves: which folders the system tells us of.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;

use super::target::Targets;

/// So many folders are watched at most, of all listings together.
const MOST_WATCHES: usize = 512;

/// File systems that other machines write to without this one hearing of it: NFS, SMB (three of them), Ceph, AFS,
/// 9P, FUSE. From `linux/magic.h`.
const REMOTE: [u32; 8] =
    [0x0000_6969, 0x0000_517B, 0xFF53_4D42, 0xFE53_4D42, 0x00C3_6400, 0x5346_414F, 0x0102_1997, 0x6573_5546];

/// The watcher, and the folders it watches.
pub(super) struct Arms {
    watcher: RecommendedWatcher,
    watched: BTreeSet<PathBuf>,
    /// Folders that cannot be watched. They are tried again, but not spoken of.
    said: bool,
}

/// A watcher that watches nothing yet; `None`, which is said, when the system gives none. When events come faster
/// than they are taken, `overflow` is set.
pub(super) fn open(events: mpsc::Sender<Event>, overflow: Arc<AtomicBool>) -> Option<Arms> {
    let heard = move |event: notify::Result<Event>| match event {
        Ok(event) => {
            if events.try_send(event).is_err() {
                overflow.store(true, Ordering::Relaxed);
            }
        }
        Err(error) => tracing::debug!(%error, "watching files failed once"),
    };
    match notify::recommended_watcher(heard) {
        Ok(watcher) => Some(Arms { watcher, watched: BTreeSet::new(), said: false }),
        Err(error) => {
            tracing::warn!(%error, "files cannot be watched; changes are found when listings are due");
            None
        }
    }
}

impl Arms {
    /// Watches the folders of all targets, and no others. Returns those that were not watched before; `None` when
    /// the program ends.
    pub(super) async fn arm(self, targets: Targets) -> Option<(Self, Vec<PathBuf>)> {
        tokio::task::spawn_blocking(move || self.arm_now(&targets)).await.ok()
    }

    fn arm_now(mut self, targets: &Targets) -> (Self, Vec<PathBuf>) {
        let wanted = targets.folders();
        let (stay, leave): (BTreeSet<PathBuf>, BTreeSet<PathBuf>) =
            self.watched.into_iter().partition(|folder| wanted.contains_key(folder));
        self.watched = stay;
        // Fails where the folder is gone, and its watch with it.
        leave.iter().for_each(|folder| drop(self.watcher.unwatch(folder)));
        let mut fresh = Vec::new();
        for (folder, listing) in wanted {
            if self.watched.contains(&folder) {
                continue;
            }
            match self.watch(&folder) {
                Ok(()) => {
                    self.watched.insert(folder.clone());
                    fresh.push(folder);
                }
                Err(why) if !self.said => {
                    self.said = true;
                    tracing::warn!(
                        folder = %folder.display(), %listing, why,
                        "a folder cannot be watched; changes there, and in others like it, are found when listings are due"
                    );
                }
                Err(_) => {}
            }
        }
        if !fresh.is_empty() {
            tracing::debug!(fresh = fresh.len(), all = self.watched.len(), "watching folders");
        }
        (self, fresh)
    }

    fn watch(&mut self, folder: &Path) -> Result<(), String> {
        if self.watched.len() >= MOST_WATCHES {
            return Err(format!("more than {MOST_WATCHES} folders"));
        }
        if is_remote(folder) {
            return Err("it is on a network mount, whose changes nobody tells of".to_owned());
        }
        self.watcher.watch(folder, RecursiveMode::NonRecursive).map_err(|error| error.to_string())
    }

    /// A path was moved or removed; whether it was a watched folder, which is watched no more.
    pub(super) fn forget(&mut self, path: &Path) -> bool {
        let was_watched = self.watched.remove(path);
        if was_watched {
            drop(self.watcher.unwatch(path));
        }
        was_watched
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the numbers of file systems have 32 bits")]
#[expect(clippy::cast_sign_loss, reason = "the numbers of file systems are bit patterns")]
fn is_remote(folder: &Path) -> bool {
    rustix::fs::statfs(folder).is_ok_and(|found| REMOTE.contains(&(found.f_type as u32)))
}
