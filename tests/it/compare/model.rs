//! Random edits of a page, against a plain model of what must be announced.

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::support::{Item, Page, Watch, item, items};

/// One thing that happens to the page before it is scanned again.
#[derive(Clone, Debug)]
enum Step {
    /// New entries at the head, and as many off the end.
    Insert(usize),
    /// Entries off the end.
    Drop(usize),
    /// One entry in the middle is taken off.
    Remove(usize),
    /// Its entries in another order.
    Reorder(usize),
    Likes,
    /// The summary of one entry is told anew.
    Edit(usize),
    /// The title of one entry is revised.
    Retitle(usize),
    /// Another rendering of the same page.
    Render(u8),
    /// A new entry at the head, and the page cut at this part of its bytes.
    Cut(u8),
    /// Something that is no listing, for one scan.
    Rubbish(u8),
    /// A page as it was some scans ago, for one scan.
    Restore(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (1usize..3).prop_map(Step::Insert),
        1 => (1usize..3).prop_map(Step::Drop),
        1 => (0usize..20).prop_map(Step::Remove),
        1 => (1usize..20).prop_map(Step::Reorder),
        1 => Just(Step::Likes),
        1 => (0usize..20).prop_map(Step::Edit),
        1 => (0usize..20).prop_map(Step::Retitle),
        1 => any::<u8>().prop_map(Step::Render),
        2 => any::<u8>().prop_map(Step::Cut),
        1 => any::<u8>().prop_map(Step::Rubbish),
        2 => (1usize..6).prop_map(Step::Restore),
    ]
}

/// The page as its writer has it, and what the watcher must have said of it.
struct World {
    page: Page,
    /// The number the next new entry gets.
    next: usize,
    /// What was shown as a whole page before.
    shown: Vec<String>,
    /// Entry numbers that need not, or may not, be announced any more.
    settled: BTreeSet<usize>,
}

/// What one scan is shown.
struct Shown {
    text: String,
    /// Whether it is the page of today, whole.
    whole: bool,
}

impl World {
    fn insert(&mut self, count: usize) {
        for _ in 0..count {
            self.page.items.insert(0, item(self.next));
            self.next += 1;
        }
    }

    fn today(&self) -> Shown {
        Shown { text: self.page.text(), whole: true }
    }

    /// Does one step, and gives what the next scan is shown.
    fn step(&mut self, step: &Step) -> Shown {
        let count = self.page.items.len();
        match step {
            Step::Insert(new) => {
                self.insert(*new);
                self.page.items.truncate(count.max(16));
            }
            Step::Drop(gone) => self.page.items.truncate((count - gone).max(14)),
            Step::Remove(at) if count > 14 => drop(self.page.items.remove(at % count)),
            Step::Remove(_) => {}
            Step::Reorder(by) => self.page.items.rotate_left(by % count),
            Step::Likes => self.page.items.iter_mut().for_each(|entry| entry.likes += 1),
            Step::Edit(at) => self.page.items[at % count].summary.push_str(" More was said of it later."),
            Step::Retitle(at) => self.page.items[at % count].title.push_str(", Revised"),
            Step::Render(kind) => return Shown { text: rendered(&self.page, *kind), whole: true },
            Step::Cut(part) => {
                self.insert(1);
                let text = self.page.text();
                let mut at = text.len() * usize::from(*part) / 256;
                while !text.is_char_boundary(at) {
                    at -= 1;
                }
                return Shown { text: text[..at].to_owned(), whole: false };
            }
            Step::Rubbish(kind) => {
                let pages =
                    ["", "\n\n", "<!doctype html><title>Sign in</title>", "{}", "503 Service Unavailable\n"];
                return Shown { text: pages[usize::from(*kind) % pages.len()].to_owned(), whole: false };
            }
            Step::Restore(back) => {
                let text = self.shown[self.shown.len().saturating_sub(1 + back)].clone();
                return Shown { text, whole: false };
            }
        }
        self.today()
    }
}

fn rendered(page: &Page, kind: u8) -> String {
    let text = page.text();
    match kind % 4 {
        0 => text.replace('\n', "\r\n"),
        1 => text.replace("\n\n", "\n"),
        2 => Page { header: None, items: page.items.clone() }.text(),
        _ => text.replace('-', "\u{2011}").replace('\'', "\u{2019}"),
    }
}

/// The number of the entry with this title, revised or not.
fn number(world: &World, title: &str) -> usize {
    let plain = title.replace('\u{2011}', "-").replace('\u{2019}', "'").replace(", Revised", "");
    (0..world.next).find(|n| item(*n).title == plain).unwrap_or_else(|| panic!("nobody wrote {title:?}"))
}

/// Whether a text holds the whole of an entry, up to its closing line.
fn holds(text: &str, entry: &Item) -> bool {
    let block = Page { header: None, items: vec![entry.clone()] }.text();
    let end = block.rfind(" min read").expect("a closing line") + " min read".len();
    text.contains(&block[..end])
}

/// Runs a script of edits, a scan after each, and checks every report against the model.
fn check(script: &[Step]) {
    let mut watch = Watch::one("");
    let mut world =
        World { page: Page::of(items(0..20)), next: 20, shown: Vec::new(), settled: (0..20).collect() };
    let first = world.today();
    watch.scan(first.text.as_str());
    world.shown.push(first.text);
    for step in script {
        let shown = world.step(step);
        let report = watch.scan(shown.text.as_str());
        for new in &report.new {
            let n = number(&world, &new.title);
            assert!(world.settled.insert(n), "{step:?} announced {n} again: {report:?}");
            let whole = shown.whole
                || world.page.items.iter().any(|entry| entry.title == new.title && holds(&shown.text, entry));
            assert!(whole || matches!(step, Step::Restore(_)), "{step:?} announced half an entry: {new:?}");
        }
        if shown.whole {
            for entry in &world.page.items {
                let n = number(&world, &entry.title);
                assert!(world.settled.contains(&n), "{step:?} kept quiet of {n}: {report:?}");
            }
            world.shown.push(shown.text);
        }
    }
    let ids: BTreeSet<_> = watch.articles().into_iter().map(|article| article.id).collect();
    assert!(ids.len() <= world.next, "{} articles of {} entries", ids.len(), world.next);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_edits_announce_every_article_exactly_once(script in prop::collection::vec(step(), 1..24)) {
        check(&script);
    }
}
