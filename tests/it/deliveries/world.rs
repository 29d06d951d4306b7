//! Listings of one page each, and their targets.

use std::fmt::Write as _;

use crate::program::{Entry, Home, json_lines, page};
use serde_json::Value;

/// Listings, and what is on them.
pub(super) struct World {
    pub(super) home: Home,
    pages: Vec<Vec<Entry>>,
    last: u32,
}

impl World {
    /// So many listings with three entries each, and these targets; scanned once.
    pub(super) fn new(listings: usize, targets: &str) -> Self {
        let mut world =
            Self { home: Home::new(&config(listings, targets)), pages: vec![Vec::new(); listings], last: 0 };
        for at in 0..listings {
            world.add(at, 3);
        }
        world.home.expect(0, &["scan"]);
        world
    }

    /// Puts so many new entries on a page; returns their titles.
    pub(super) fn add(&mut self, at: usize, count: usize) -> Vec<String> {
        let mut titles = Vec::new();
        for _ in 0..count {
            self.last += 1;
            let entry = Entry::numbered(self.last);
            titles.push(entry.title.clone());
            self.pages[at].insert(0, entry);
        }
        self.home.write_page(&format!("page-{at}"), &page(self.pages[at].iter()));
        titles
    }

    /// Puts something else on a page: what is made of its entries.
    pub(super) fn edit(&mut self, at: usize, edit: impl FnOnce(&mut Vec<Entry>)) {
        edit(&mut self.pages[at]);
        self.home.write_page(&format!("page-{at}"), &page(self.pages[at].iter()));
    }

    /// Takes other targets into the config.
    pub(super) fn target(&self, targets: &str) {
        self.home.configure(&config(self.pages.len(), targets));
    }

    /// The messages that the store knows of, newest first.
    pub(super) fn deliveries(&self, arguments: &[&str]) -> Vec<Value> {
        let arguments = [&["deliveries", "list", "--json", "--limit", "100000"], arguments].concat();
        json_lines(&self.home.expect(0, &arguments))
    }
}

fn config(listings: usize, targets: &str) -> String {
    let mut config = "data_dir = \"var\"\n[site]\nbase_url = \"http://news.example\"\n".to_owned();
    config.push_str("[defaults]\nevery = \"1h\"\nformat = \"text\"\n");
    for at in 0..listings {
        // Titles and ids alike, so that the listing of an article shows.
        write!(config, "[[listing]]\nid = \"page-{at}\"\nfiles = [\"pages/page-{at}\"]\n").unwrap();
    }
    config + targets
}
