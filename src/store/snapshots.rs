//! Snapshots: the pages of each listing's last believed readings, as they came, and of the one that is held.
//!
//! `snapshots/LISTING/000007-BODY/00001.page`, … for believed ones, the greatest number last; `held-READING/` for the
//! one that waits for approval, and `doubted-BODY/` for the last one from the web that was not believed. A page from the
//! web has its address, its media type and the next page that its server named beside it (`00001.from`). They serve
//! rereading by changed rules, approving, and a person who wants to see what was read. Losing them loses nothing else, so nothing here
//! waits for the disk.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::diff::ReadingHash;
use crate::disk::Disk;
use crate::model::ListingId;
use crate::model::reading::Document;
use crate::model::text::one_line;

/// How many believed readings of a listing are kept.
const KEPT: usize = 5;

/// How many bytes they may have together; the oldest go first. The held one is not counted, and stays until it is
/// decided.
const KEPT_BYTES: u64 = 50 << 20;

/// How the folder of pages begins that were not believed.
const DOUBTED: &str = "doubted-";

/// The snapshots of a data folder.
#[derive(Clone, Debug)]
pub struct Snapshots {
    disk: Disk,
    folder: PathBuf,
    read_only: bool,
}

impl Snapshots {
    /// The snapshots in `data_dir`; the folder is made when the first is kept.
    #[must_use]
    pub fn new(data_dir: &Path) -> Self {
        Self::on(&Disk::default(), data_dir)
    }

    /// The same on a disk that somebody may watch.
    #[must_use]
    pub fn on(disk: &Disk, data_dir: &Path) -> Self {
        Self { disk: disk.clone(), folder: data_dir.join("snapshots"), read_only: false }
    }

    /// The same snapshots, where keeping others, and letting go, leaves them as they are.
    #[must_use]
    pub fn for_reading(self) -> Self {
        Self { read_only: true, ..self }
    }

    /// Keeps the pages of a believed reading, with the fingerprint of their bytes, as the listing's last. Those that
    /// are too many or too large by that go, and the held one does: it is decided.
    ///
    /// # Errors
    /// What the system said; older snapshots may then be gone or not.
    pub fn keep(&self, listing: &ListingId, body: [u8; 16], pages: &[Document]) -> io::Result<()> {
        if self.read_only {
            return Ok(());
        }
        let home = self.folder.join(listing.as_str());
        let kept = believed(&home)?;
        let body = hex(body);
        if kept.last().is_none_or(|last| last.body != body) {
            let number = kept.last().map_or(1, |last| last.number.saturating_add(1));
            let target = home.join(format!("{number:06}-{body}"));
            match kept.iter().find(|known| known.body == body) {
                Some(known) => self.disk.rename(&known.path, &target)?,
                None => write(&self.disk, &home, &target, pages)?,
            }
        }
        self.prune(&home)
    }

    /// Keeps the pages of a held reading in place of another one that was held.
    ///
    /// # Errors
    /// What the system said; then the reading cannot be approved until it is seen again.
    pub fn hold(&self, listing: &ListingId, reading: ReadingHash, pages: &[Document]) -> io::Result<()> {
        let home = self.folder.join(listing.as_str());
        let target = home.join(held_name(reading));
        if self.read_only || target.exists() {
            return Ok(());
        }
        remove_held(&self.disk, &home)?;
        write(&self.disk, &home, &target, pages)
    }

    /// The pages kept for a listing with that fingerprint, if they are still there.
    #[must_use]
    pub fn load(&self, listing: &ListingId, body: [u8; 16]) -> Option<Vec<Document>> {
        let body = hex(body);
        let kept = believed(&self.folder.join(listing.as_str())).ok()?;
        read(&kept.into_iter().find(|kept| kept.body == body)?.path)
    }

    /// The pages of a listing that were kept last, if any are.
    #[must_use]
    pub fn last(&self, listing: &ListingId) -> Option<Vec<Document>> {
        let kept = believed(&self.folder.join(listing.as_str())).ok()?;
        read(&kept.last()?.path)
    }

    /// The pages of the held reading, if they are still there.
    #[must_use]
    pub fn held(&self, listing: &ListingId, reading: ReadingHash) -> Option<Vec<Document>> {
        read(&self.folder.join(listing.as_str()).join(held_name(reading)))
    }

    /// Keeps pages of the web whose reading was not believed, in place of others that were not: their server may say
    /// next time that they did not change, and then they are read again. They go when a reading is believed.
    ///
    /// # Errors
    /// What the system said; then they are fetched again.
    pub fn doubt(&self, listing: &ListingId, body: [u8; 16], pages: &[Document]) -> io::Result<()> {
        let home = self.folder.join(listing.as_str());
        let target = home.join(format!("{DOUBTED}{}", hex(body)));
        if self.read_only || target.exists() {
            return Ok(());
        }
        remove(&self.disk, &home, DOUBTED)?;
        write(&self.disk, &home, &target, pages)
    }

    /// The pages with that fingerprint, believed or not, if they are still there.
    #[must_use]
    pub fn any(&self, listing: &ListingId, body: [u8; 16]) -> Option<Vec<Document>> {
        let doubted = self.folder.join(listing.as_str()).join(format!("{DOUBTED}{}", hex(body)));
        self.load(listing, body).or_else(|| read(&doubted).filter(|pages| !pages.is_empty()))
    }

    /// Lets go of the held reading's pages: it is decided.
    ///
    /// # Errors
    /// What the system said.
    pub fn let_go(&self, listing: &ListingId) -> io::Result<()> {
        if self.read_only { Ok(()) } else { remove_held(&self.disk, &self.folder.join(listing.as_str())) }
    }

    /// Keeps the pages of a listing under its new id. Those that are kept under that already, stay; the others then
    /// go. Where there are none, nothing happens.
    ///
    /// # Errors
    /// What the system said.
    pub fn rename(&self, from: &ListingId, to: &ListingId) -> io::Result<()> {
        let (from, to) = (self.folder.join(from.as_str()), self.folder.join(to.as_str()));
        if self.read_only || !from.exists() {
            return Ok(());
        }
        if to.exists() { self.disk.remove_folder(&from) } else { self.disk.rename(&from, &to) }
    }

    /// Removes what is too old, too much, or no snapshot.
    fn prune(&self, home: &Path) -> io::Result<()> {
        let mut stay = Vec::new();
        let mut bytes = 0;
        for kept in believed(home)?.into_iter().rev().take(KEPT) {
            bytes += size(&kept.path)?;
            if bytes > KEPT_BYTES {
                break;
            }
            stay.push(kept.path);
        }
        for entry in fs::read_dir(home)?.flatten() {
            if !stay.contains(&entry.path()) {
                self.disk.remove_folder(&entry.path())?;
            }
        }
        Ok(())
    }
}

/// A believed reading's snapshot.
struct Believed {
    number: u32,
    body: String,
    path: PathBuf,
}

/// Those of one listing, oldest first.
fn believed(home: &Path) -> io::Result<Vec<Believed>> {
    let entries = match fs::read_dir(home) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let parse = |path: PathBuf| {
        let (number, body) = path.file_name()?.to_str()?.split_once('-')?;
        let (number, body) = (number.parse().ok()?, body.to_owned());
        Some(Believed { number, body, path })
    };
    let mut found: Vec<Believed> = entries.flatten().filter_map(|entry| parse(entry.path())).collect();
    found.sort_by_key(|kept| kept.number);
    Ok(found)
}

fn remove_held(disk: &Disk, home: &Path) -> io::Result<()> {
    remove(disk, home, "held-")
}

/// Removes the folders whose names begin so.
fn remove(disk: &Disk, home: &Path, prefix: &str) -> io::Result<()> {
    let entries = match fs::read_dir(home) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix)) {
        disk.remove_folder(&entry.path())?;
    }
    Ok(())
}

/// Writes all pages before any of them can be found.
fn write(disk: &Disk, home: &Path, target: &Path, pages: &[Document]) -> io::Result<()> {
    disk.create_folder(home, 0o777)?;
    let fresh = home.join(".new");
    disk.remove_folder(&fresh)?;
    disk.create_folder(&fresh, 0o777)?;
    for (at, page) in pages.iter().enumerate() {
        disk.write(&fresh.join(format!("{:05}.page", at + 1)), &page.bytes)?;
        if let Some(address) = &page.address {
            let media = page.media.as_deref().unwrap_or_default();
            let next = page.next.as_deref().unwrap_or_default();
            let lines = [&page.name, address.as_str(), media, next].map(one_line);
            let origin = lines.join("\n") + "\n";
            disk.write(&fresh.join(format!("{:05}.from", at + 1)), origin.as_bytes())?;
        }
    }
    crate::crashpoint::hit("snapshot.before-rename");
    disk.rename(&fresh, target)?;
    crate::crashpoint::hit("snapshot.after-rename");
    Ok(())
}

fn read(folder: &Path) -> Option<Vec<Document>> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_none_or(|ending| ending != "from"));
    paths.sort();
    paths.iter().map(|path| page(path)).collect()
}

/// A page, with where it came from if it came over the web.
fn page(path: &Path) -> Option<Document> {
    let bytes = fs::read(path).ok()?;
    let Ok(from) = fs::read_to_string(path.with_extension("from")) else {
        return Some(Document::new(path.display().to_string(), bytes));
    };
    let mut lines = from.lines().map(str::to_owned);
    let (name, address) = (lines.next().unwrap_or_default(), lines.next());
    let mut given = || lines.next().filter(|line| !line.is_empty());
    let (media, next) = (given(), given());
    Some(Document { name, bytes, address, media, next })
}

fn size(folder: &Path) -> io::Result<u64> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.metadata()?.len())).sum()
}

fn held_name(reading: ReadingHash) -> String {
    format!("held-{reading:?}")
}

fn hex(body: [u8; 16]) -> String {
    body.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Field;

    fn pages(size: usize) -> Vec<Document> {
        let page = |n: u8| Document::new("", vec![n; size]);
        (1..=2).map(page).collect()
    }

    fn bench() -> (tempfile::TempDir, Snapshots, ListingId) {
        let folder = tempfile::tempdir().expect("a folder");
        let snapshots = Snapshots::new(folder.path());
        (folder, snapshots, ListingId::parse("a").expect("an id"))
    }

    fn bytes(pages: Option<Vec<Document>>) -> Option<Vec<u8>> {
        pages.map(|pages| pages.into_iter().flat_map(|page| page.bytes).collect())
    }

    #[test]
    fn last_five_are_kept_and_one_seen_again_is_young() {
        let (_folder, snapshots, id) = bench();
        for n in [1, 2, 3, 4, 5, 1, 6, 7] {
            snapshots.keep(&id, [n; 16], &pages(usize::from(n))).expect("keeps");
        }
        let there: Vec<u8> = (1..=7).filter(|n| snapshots.load(&id, [*n; 16]).is_some()).collect();
        assert_eq!(there, [1, 4, 5, 6, 7]);
        assert_eq!(bytes(snapshots.load(&id, [1; 16])), Some(vec![1, 2]));
    }

    #[test]
    fn oldest_go_where_all_are_larger_than_the_bound() {
        let (_folder, snapshots, id) = bench();
        for n in 1..=3 {
            snapshots.keep(&id, [n; 16], &pages(10 << 20)).expect("keeps");
        }
        let there: Vec<u8> = (1..=3).filter(|n| snapshots.load(&id, [*n; 16]).is_some()).collect();
        assert_eq!(there, [2, 3]);
    }

    #[test]
    fn held_one_stays_until_a_reading_is_believed_or_it_is_decided() {
        let (_folder, snapshots, id) = bench();
        let held = ReadingHash::of(&[], &Field::ALL);
        snapshots.keep(&id, [1; 16], &pages(1)).expect("keeps");
        snapshots.hold(&id, held, &pages(3)).expect("holds");
        assert_eq!(bytes(snapshots.held(&id, held)), Some(vec![1, 1, 1, 2, 2, 2]));
        snapshots.let_go(&id).expect("lets go");
        assert!(snapshots.held(&id, held).is_none() && snapshots.load(&id, [1; 16]).is_some());
        snapshots.hold(&id, held, &pages(3)).expect("holds");
        snapshots.keep(&id, [1; 16], &pages(1)).expect("keeps");
        assert!(snapshots.held(&id, held).is_none());
    }
}
