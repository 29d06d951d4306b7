//! Finding the files of a published tree that may be ours.

use std::fs;
use std::io;
use std::path::Path;

use super::{PublishError, path};

/// The folders at the top of a tree that belong to us; everything else there may be somebody else's.
const FOLDERS: [&str; 2] = ["feeds", "articles"];
/// The files at the top of a tree that belong to us.
const FILES: [&str; 4] = ["index.html", "catalog.json", "opml.xml", "style.css"];
/// The endings of what is published in [`FOLDERS`].
const ENDINGS: [&str; 4] = [".rss", ".atom", ".json", ".html"];

/// Whether a tidings program may have published `path`.
pub(super) fn may_be_ours(path: &str) -> bool {
    let in_folder = path.split_once('/').is_some_and(|(first, _)| FOLDERS.contains(&first));
    path::is_valid(path)
        && (FILES.contains(&path) || (in_folder && ENDINGS.iter().any(|ending| path.ends_with(ending))))
}

/// The relative paths of the regular files directly in `root` and at any depth in our folders; links are neither
/// named nor followed. Names that are not UTF-8 cannot be ours and are left out.
pub(super) fn files(root: &Path) -> Result<Vec<String>, PublishError> {
    let mut found = Vec::new();
    let mut waiting = vec![String::new()];
    while let Some(folder) = waiting.pop() {
        let at = root.join(&folder);
        read_folder(&at, |name, kind| {
            let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
            if kind.is_file() {
                found.push(path);
            } else if kind.is_dir()
                && path::is_valid(&path)
                && (!folder.is_empty() || FOLDERS.contains(&name))
            {
                waiting.push(path);
            }
        })
        .map_err(|error| PublishError::io("read the folder", &at, error))?;
    }
    Ok(found)
}

/// Calls `visit` with the name and kind of everything in one folder.
fn read_folder(folder: &Path, mut visit: impl FnMut(&str, fs::FileType)) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if let Some(name) = entry.file_name().to_str() {
            visit(name, entry.file_type()?);
        }
    }
    Ok(())
}
