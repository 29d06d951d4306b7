//! A listing, and a target of any kind that is told of it.

use serde_json::Value;

use super::service::Service;
use crate::program::{Entry, Home, json_lines, page};

/// A listing of a page, with one target.
pub(super) struct World {
    pub(super) home: Home,
    entries: Vec<Entry>,
}

impl World {
    /// Three entries were seen, and nobody was told of them.
    pub(super) fn new(target: &str) -> Self {
        let mut world = Self { home: Home::new(&config(target)), entries: Vec::new() };
        for n in 0..3 {
            world.entries.insert(0, Entry::numbered(n));
        }
        world.write();
        world.home.expect(0, &["scan"]);
        world
    }

    /// A world whose target is a service's.
    pub(super) fn of(service: &Service, more: &str) -> Self {
        Self::new(&service.target(more))
    }

    /// Takes another target into the config.
    pub(super) fn target(&self, target: &str) {
        self.home.configure(&config(target));
    }

    /// An article of this title appears on the page.
    pub(super) fn add(&mut self, title: &str) {
        let number = u32::try_from(self.entries.len()).unwrap();
        let entry = Entry { title: title.to_owned(), ..Entry::numbered(number) };
        self.entries.insert(0, entry);
        self.write();
    }

    fn write(&self) {
        self.home.write_page("news", &page(self.entries.iter()));
    }

    /// Scans, and sends what is owed.
    pub(super) fn scan(&self) -> Vec<Value> {
        self.home.expect(0, &["scan"]);
        self.deliveries()
    }

    /// All messages that the store knows of, newest first.
    pub(super) fn deliveries(&self) -> Vec<Value> {
        json_lines(&self.home.expect(0, &["deliveries", "list", "--json", "--limit", "1000"]))
    }
}

fn config(target: &str) -> String {
    format!(
        "data_dir = \"var\"\n[site]\nbase_url = \"http://news.example\"\n[[listing]]\nid = \"news\"\n\
         files = [\"pages/news\"]\nevery = \"1h\"\nformat = \"text\"\n{target}"
    )
}
