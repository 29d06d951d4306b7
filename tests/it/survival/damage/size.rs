//! sled keeps a value over 32 KB in files of its own, which it does not give back. So there must be none.

use tidings::model::{Entry, Printed, TagRow};
use tidings::store::Store as _;

use crate::store::support::{
    OnDisk, World, block_on, declared, entry, everything, spec, start, target, titles,
};
use crate::support::{index, open_index};

/// From this size on, sled gives a value a file.
const MOST: usize = 32 << 10;

/// The values of a closed store's index that are too big, by the first letters of their keys.
fn too_big(folder: &std::path::Path) -> Vec<(String, usize)> {
    let db = open_index(folder);
    let entries = db.iter().map(Result::unwrap).filter(|(_, value)| value.len() >= MOST);
    entries
        .map(|(key, value)| (String::from_utf8_lossy(&key[..key.len().min(12)]).into_owned(), value.len()))
        .collect()
}

/// An entry with everything as long as a page may have it.
fn longest(n: usize) -> Entry {
    let long = |what: &str, bytes: usize| format!("{what} {n} {}", "word ".repeat(bytes / 5));
    Entry {
        id: Some(long("id", 1_900)),
        link: Some(format!("https://example.org/{n}/{}", "path/".repeat(380))),
        source: Some(long("source", 1_900)),
        category: Some(long("category", 1_900)),
        summary: Some(long("summary", 19_900)),
        tags: TagRow::List((0..40).map(|tag| format!("tag {tag} {}", "of a row ".repeat(6))).collect()),
        ..entry(&long("title", 1_900))
    }
}

#[test]
fn f026_no_value_of_the_index_is_over_32_kb() {
    block_on(async {
        let (a, b) = (spec("a", "site"), spec("b", "other"));
        let mut world = World::<OnDisk>::begin();
        let told = vec![target("team", everything())];
        world.declare(&tidings::store::Declared { targets: told, ..declared(&[&a, &b]) }).await;
        // As many entries as one listing may have.
        let mut page: Vec<Entry> = (0..20_000_u32)
            .map(|n| Entry {
                id: Some(format!("id {n}")),
                link: Some(format!("https://example.org/{n}")),
                date: Printed::parse("2016-03-03"),
                ..entry(&format!("Article {n}"))
            })
            .collect();
        world.scan(&a, &page).await;
        page.insert(0, entry("One more"));
        page.pop();
        world.scan(&a, &page).await;
        // Another order is kept in the memo.
        page.reverse();
        let proposal = world.propose(&a, &page).await;
        world.store().commit_scan(proposal).await.unwrap();
        let mut page: Vec<Entry> = (0..3).map(longest).collect();
        world.scan(&b, &page).await;
        page.insert(0, longest(3));
        let told = world.scan(&b, &page).await;
        assert_eq!(titles(&told.new).len(), 1);
        world.bench.close().await;
        let folder = world.bench.into_folder();
        assert_eq!(too_big(folder.path()), Vec::<(String, usize)>::new());
        let blobs = std::fs::read_dir(index(folder.path()).join("blobs")).unwrap().count();
        assert_eq!(blobs, 0, "files of values");
        let _ = start();
    });
}
