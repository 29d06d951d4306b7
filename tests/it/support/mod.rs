//! What the scenario tests share: pages to scan, a work folder for the program, and a listing watched in process.

mod feeds;
mod inbox;
mod index;
mod page;
mod receiver;
mod watch;
mod work;

pub(crate) use feeds::{atom_entries, json_ids, rss_ids};
pub(crate) use inbox::{Inbox, Received, Reply, SECRET};
pub(crate) use index::{index, open_index};
pub(crate) use page::{Item, Page, item, items};
pub(crate) use receiver::{Receiver, Request, Say};
pub(crate) use watch::{Watch, listing, titles};
pub(crate) use work::Work;

/// The text of a journal, whose closed files are compressed or will be.
pub(crate) fn journal_text(folder: &std::path::Path) -> Vec<u8> {
    use std::io::Read as _;

    // The first ones may have made room for a snapshot.
    let number = |entry: std::fs::DirEntry| {
        let name = entry.file_name().into_string().ok()?;
        name.strip_suffix(".gz").unwrap_or(&name).strip_suffix(".jsonl")?.parse::<u32>().ok()
    };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let numbers: std::collections::BTreeSet<u32> = entries.filter_map(number).collect();
    let mut text = Vec::new();
    for number in numbers {
        let plain = folder.join(format!("{number:04}.jsonl"));
        // It may be compressed, and removed, right now.
        if let Ok(bytes) = std::fs::read(&plain) {
            text.extend(bytes);
        } else {
            let file = std::fs::File::open(plain.with_extension("jsonl.gz")).expect("plain or compressed");
            flate2::read::MultiGzDecoder::new(file).read_to_end(&mut text).expect("it unpacks");
        }
    }
    text
}
