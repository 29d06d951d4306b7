//! An index in the making: gone again unless it takes the place of the one in use.

use std::path::{Path, PathBuf};

use crate::disk::Disk;
use crate::store::Result;
use crate::store::embedded::base::Base;
use crate::store::embedded::build::open_base;
use crate::store::embedded::error::IndexError;
use crate::store::embedded::journal::{io, sync_folder};
use crate::store::embedded::{guard, numbered, seal};

/// An index in the making.
pub(super) struct Fresh {
    // Dropped first: what is closed can be removed.
    pub(super) base: Base,
    pub(super) place: Place,
}

/// Its folder, which is removed with it.
pub(super) struct Place {
    disk: Disk,
    pub(super) path: PathBuf,
    is_kept: bool,
}

impl Fresh {
    /// Begins one under the next number.
    pub(super) fn begin(disk: &Disk, folder: &Path) -> Result<Self> {
        let path = numbered::next(&numbered::all(folder));
        let place = Place { disk: disk.clone(), path, is_kept: false };
        numbered::begin(disk, &place.path)?;
        crate::crashpoint::hit("beside.after-begin");
        let base = open_base(disk, &place.path, &folder.join("journal"))?.apart();
        Ok(Self { base, place })
    }

    /// Waits until it is on the disk: sled's own flush leaves that to the system.
    pub(super) fn make_durable(&self) -> Result<()> {
        self.base.tree.flush().map_err(IndexError::from)?;
        let conf = self.place.path.join("conf");
        self.place.disk.sync(&conf).map_err(|error| io("sync", &conf, &error))?;
        guard::make_durable(&self.place.disk, &self.place.path)
    }
}

impl Place {
    /// Lets it count from the next start on.
    pub(super) fn keep(&mut self) -> Result<()> {
        numbered::finish(&self.disk, &self.path)?;
        self.is_kept = true;
        Ok(())
    }

    /// Whatever its mark says, it is in use from now on, and is not removed with this.
    pub(super) fn let_go(&mut self) {
        self.is_kept = true;
    }

    /// Waits until what [`Self::keep`] did is on the disk.
    pub(super) fn sync(&self) -> Result<()> {
        sync_folder(&self.disk, &self.path)?;
        self.path.parent().map_or(Ok(()), |all| sync_folder(&self.disk, all))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.is_kept {
            return;
        }
        remove(&self.disk, &self.path);
    }
}

/// Removes the folder of an index that was closed just now. What cannot be removed, the next start removes.
pub(super) fn remove(disk: &Disk, path: &Path) {
    seal::wait_for_close(path);
    if let Err(error) = disk.remove_folder(path) {
        tracing::warn!(folder = %path.display(), %error, "cannot remove an index that is not in use; the next start tries again");
    }
}
