//! Snapshots: the pages of each listing's last believed reading, as they came.
//!
//! `snapshots/LISTING/HASH/001.page`, …. They serve rereading by changed rules, and a person who wants to see what
//! was read. Losing them loses nothing else, so nothing here waits for the disk.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::model::ListingId;
use crate::model::reading::Document;

/// The snapshots of a data folder.
#[derive(Clone, Debug)]
pub struct Snapshots {
    folder: PathBuf,
    read_only: bool,
}

impl Snapshots {
    /// The snapshots in `data_dir`; the folder is made when the first is kept.
    #[must_use]
    pub fn new(data_dir: &Path) -> Self {
        Self { folder: data_dir.join("snapshots"), read_only: false }
    }

    /// The same snapshots, where keeping others leaves them as they are.
    #[must_use]
    pub fn for_reading(self) -> Self {
        Self { read_only: true, ..self }
    }

    /// Keeps the pages of a listing in place of those kept before.
    ///
    /// # Errors
    /// What the system said; the old snapshot may then be gone or not.
    pub fn keep(&self, listing: &ListingId, body: [u8; 16], pages: &[Document]) -> io::Result<()> {
        let home = self.folder.join(listing.as_str());
        let target = home.join(hex(body));
        if self.read_only || target.exists() {
            return Ok(());
        }
        fs::create_dir_all(&home)?;
        let fresh = home.join(".new");
        match fs::remove_dir_all(&fresh) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        fs::create_dir(&fresh)?;
        for (at, page) in pages.iter().enumerate() {
            fs::write(fresh.join(format!("{:03}.page", at + 1)), &page.bytes)?;
        }
        crate::crashpoint::hit("snapshot.before-rename");
        fs::rename(&fresh, &target)?;
        crate::crashpoint::hit("snapshot.after-rename");
        for entry in fs::read_dir(&home)?.flatten() {
            if entry.path() != target {
                fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(())
    }

    /// The pages kept for a listing with that fingerprint, if they are still there.
    #[must_use]
    pub fn load(&self, listing: &ListingId, body: [u8; 16]) -> Option<Vec<Document>> {
        let folder = self.folder.join(listing.as_str()).join(hex(body));
        let mut paths: Vec<PathBuf> =
            fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        let page =
            |path: PathBuf| Some(Document { name: path.display().to_string(), bytes: fs::read(&path).ok()? });
        paths.into_iter().map(page).collect()
    }
}

fn hex(body: [u8; 16]) -> String {
    body.iter().map(|byte| format!("{byte:02x}")).collect()
}
