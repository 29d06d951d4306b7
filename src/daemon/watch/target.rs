//! Which folders hold the pages of which listings.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::config::Listing;
use crate::model::ListingId;
use crate::model::listing::Input;

/// So many folders of one pattern are watched; in others the schedule finds changes.
const MOST_FOLDERS: usize = 64;

/// As pages are found: `*` stays within a folder and finds no hidden files.
const OPTIONS: glob::MatchOptions = glob::MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: true,
};

/// What is to be watched.
#[derive(Clone, Debug, Default)]
pub(super) struct Targets {
    list: Vec<Target>,
    /// Listings that may have more than one page.
    several: BTreeSet<ListingId>,
}

/// One pattern of one listing.
#[derive(Clone, Debug)]
struct Target {
    listing: ListingId,
    /// The path of a page, or the part of a pattern that is a plain path.
    path: PathBuf,
    /// `None` for the path of a page.
    pattern: Option<glob::Pattern>,
}

impl Targets {
    /// The pages of these listings.
    pub(super) fn new(listings: &[Listing]) -> Self {
        let mut list: Vec<Target> = Vec::new();
        let mut several = BTreeSet::new();
        for listing in listings {
            let Input::Files(patterns) = &listing.spec.input else { continue };
            let begun = list.len();
            list.extend(patterns.iter().map(|pattern| Target::new(&listing.spec.id, pattern)));
            if list.len() > begun + 1 || list[begun..].iter().any(|target| target.pattern.is_some()) {
                several.insert(listing.spec.id.clone());
            }
        }
        Self { list, several }
    }

    /// Whether a listing may have more than one page.
    pub(super) fn has_several(&self, listing: &ListingId) -> bool {
        self.several.contains(listing)
    }

    /// All listings; some more than once.
    pub(super) fn ids(&self) -> impl Iterator<Item = &ListingId> {
        self.list.iter().map(|target| &target.listing)
    }

    /// The listings of which this may be a page.
    pub(super) fn of_page<'t>(&'t self, path: &'t Path) -> impl Iterator<Item = &'t ListingId> {
        self.list.iter().filter(move |target| target.is_page(path)).map(|target| &target.listing)
    }

    /// The listings that may have pages in this folder or below.
    pub(super) fn in_folder<'t>(&'t self, folder: &'t Path) -> impl Iterator<Item = &'t ListingId> {
        let holds = move |target: &&Target| {
            target.path.starts_with(folder) || (target.pattern.is_some() && folder.starts_with(&target.path))
        };
        self.list.iter().filter(holds).map(|target| &target.listing)
    }

    /// Whether a path is, or may be by its pattern, a folder above a page.
    pub(super) fn leads_to_page(&self, path: &Path) -> bool {
        self.in_folder(path).next().is_some()
    }

    /// The folders there are now, of all patterns, or the nearest above that is one level up. Blocks on the disk.
    pub(super) fn folders(&self) -> BTreeMap<PathBuf, ListingId> {
        let mut folders = BTreeMap::new();
        for target in &self.list {
            for folder in target.folders() {
                folders.entry(folder).or_insert_with(|| target.listing.clone());
            }
        }
        folders
    }
}

impl Target {
    fn new(listing: &ListingId, pattern: &str) -> Self {
        let path = Path::new(pattern);
        let is_plain = !pattern.contains(['*', '?', '[']) || path.symlink_metadata().is_ok();
        let compiled = if is_plain { None } else { glob::Pattern::new(pattern).ok() };
        let path = if compiled.is_some() { plain_part(path) } else { path.to_owned() };
        Self { listing: listing.clone(), path, pattern: compiled }
    }

    fn is_page(&self, path: &Path) -> bool {
        match &self.pattern {
            Some(pattern) => pattern.matches_path_with(path, OPTIONS),
            None => self.path == path,
        }
    }

    fn folders(&self) -> BTreeSet<PathBuf> {
        let home = match (&self.pattern, self.path.parent()) {
            (Some(_), _) => self.path.as_path(),
            (None, Some(parent)) => parent,
            (None, None) => return BTreeSet::new(),
        };
        // Where the folder is missing, its parent shows when it appears; no watch climbs higher than that.
        let home = if home.is_dir() { Some(home) } else { home.parent().filter(|parent| parent.is_dir()) };
        let mut folders: BTreeSet<PathBuf> = home.map(Path::to_owned).into_iter().collect();
        if let Some(pattern) = &self.pattern
            && let Ok(found) = glob::glob_with(pattern.as_str(), OPTIONS)
        {
            for page in found.flatten() {
                folders.extend(page.parent().map(Path::to_owned));
                if folders.len() >= MOST_FOLDERS {
                    break;
                }
            }
        }
        folders
    }
}

/// The folders of a pattern before the first that is not a plain name.
fn plain_part(pattern: &Path) -> PathBuf {
    let is_plain =
        |part: &std::path::Component<'_>| !part.as_os_str().to_string_lossy().contains(['*', '?', '[']);
    pattern.components().take_while(is_plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(pattern: &str) -> Target {
        Target::new(&ListingId::parse("a").unwrap(), pattern)
    }

    fn touched(pattern: &str, path: &str) -> bool {
        Targets { list: vec![target(pattern)], ..Targets::default() }
            .of_page(Path::new(path))
            .next()
            .is_some()
    }

    #[test]
    fn only_pages_touch_a_listing() {
        assert!(touched("/p/page.txt", "/p/page.txt"));
        assert!(!touched("/p/page.txt", "/p/.page.txt.swp"));
        assert!(!touched("/p/page.txt", "/p/page.txt~"));
        assert!(touched("/p/*.txt", "/p/page.txt"));
        assert!(!touched("/p/*.txt", "/p/.page.txt"));
        assert!(!touched("/p/*.txt", "/p/below/page.txt"));
        assert!(touched("/p/**/*.txt", "/p/below/page.txt"));
    }

    #[test]
    fn missing_folder_is_watched_for_one_level_up_and_no_higher() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_owned();
        let folders = |pattern: &str| {
            let pattern = root.join(pattern);
            target(pattern.to_str().unwrap()).folders().into_iter().collect::<Vec<_>>()
        };
        assert_eq!(folders("page.txt"), std::slice::from_ref(&root));
        assert_eq!(folders("later/page.txt"), std::slice::from_ref(&root));
        assert!(folders("much/later/page.txt").is_empty());
        assert_eq!(folders("later/*.txt"), std::slice::from_ref(&root));
        assert_eq!(folders("*/page.txt"), std::slice::from_ref(&root));
        std::fs::create_dir(root.join("one")).unwrap();
        std::fs::write(root.join("one/page.txt"), "").unwrap();
        assert_eq!(folders("*/page.txt"), [root.clone(), root.join("one")]);
    }

    #[test]
    fn pattern_with_a_thousand_folders_is_watched_in_some() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..200 {
            let below = folder.path().join(number.to_string());
            std::fs::create_dir(&below).unwrap();
            std::fs::write(below.join("page.txt"), "").unwrap();
        }
        let pattern = folder.path().join("*/page.txt");
        assert_eq!(target(pattern.to_str().unwrap()).folders().len(), MOST_FOLDERS);
    }
}
