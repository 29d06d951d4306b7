//! Random traffic between two listings of one site: whatever the order, an article is announced once.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::support::{Page, Watch, item, listing};

/// One thing that happens on the site.
#[derive(Clone, Debug)]
enum Step {
    /// A new article at the head of one listing, or of both.
    Publish(bool, bool),
    /// An article of one listing is put on the other too, at this place.
    Share(usize, usize),
    /// An article is edited wherever it stands.
    Edit(usize),
    /// One listing loses its last entry.
    Drop(usize),
    /// One listing is scanned.
    Scan(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (any::<bool>(), any::<bool>()).prop_map(|(a, b)| Step::Publish(a, b || !a)),
        2 => (0usize..2, 0usize..12).prop_map(|(to, at)| Step::Share(to, at)),
        1 => (0usize..12).prop_map(Step::Edit),
        1 => (0usize..2).prop_map(Step::Drop),
        4 => (0usize..2).prop_map(Step::Scan),
    ]
}

const IDS: [&str; 2] = ["a", "b"];

struct Site {
    /// The entry numbers on each listing, as its page shows them.
    pages: [Vec<usize>; 2],
    /// How often each entry was edited.
    edits: BTreeMap<usize, usize>,
    next: usize,
    /// Entry numbers announced, each with the listing that did.
    announced: BTreeMap<usize, usize>,
    /// Entry numbers that each listing has shown a scan, and those that a baseline brought.
    seen: [BTreeSet<usize>; 2],
    old: BTreeSet<usize>,
}

impl Site {
    fn page(&self, of: usize) -> Page {
        let entry = |n: &usize| {
            let mut entry = item(*n);
            let edits = self.edits.get(n).copied().unwrap_or(0);
            entry.summary.push_str(&" More was said of it later.".repeat(edits));
            entry
        };
        Page::of(self.pages[of].iter().map(entry).collect())
    }

    fn act(&mut self, step: &Step) {
        match *step {
            Step::Publish(a, b) => {
                for (page, wanted) in self.pages.iter_mut().zip([a, b]) {
                    if wanted {
                        page.insert(0, self.next);
                    }
                }
                self.next += 1;
            }
            Step::Share(to, at) => {
                let number = self.pages[1 - to][at % self.pages[1 - to].len()];
                if !self.pages[to].contains(&number) {
                    let place = at % self.pages[to].len();
                    self.pages[to].insert(place, number);
                }
            }
            Step::Edit(at) => *self.edits.entry(self.pages[0][at % self.pages[0].len()]).or_insert(0) += 1,
            Step::Drop(of) if self.pages[of].len() > 12 => drop(self.pages[of].pop()),
            Step::Drop(_) | Step::Scan(_) => {}
        }
    }

    /// Checks what a scan of a listing announced, and what it did not.
    fn check(&mut self, of: usize, titles: &[String]) {
        for title in titles {
            let n = (0..self.next).find(|n| item(*n).title == *title).expect("somebody wrote it");
            assert_eq!(self.announced.insert(n, of), None, "{title} was announced again");
            assert!(!self.seen[of].contains(&n), "{title} was on {} before", IDS[of]);
        }
        for n in self.pages[of].clone() {
            let known = self.announced.contains_key(&n) || self.old.contains(&n);
            assert!(known, "{} kept quiet of {n}", IDS[of]);
            self.seen[of].insert(n);
        }
    }
}

fn check(script: &[Step]) {
    let mut watch = Watch::new(&IDS.map(|id| listing(id, "")).concat());
    let mut site = Site {
        pages: [(0..12).rev().collect(), (12..24).rev().collect()],
        edits: BTreeMap::new(),
        next: 24,
        announced: BTreeMap::new(),
        seen: [(0..12).collect(), (12..24).collect()],
        old: (0..24).collect(),
    };
    for (of, id) in IDS.iter().enumerate() {
        watch.see_on(id, site.page(of));
    }
    let mut updates: BTreeMap<String, usize> = BTreeMap::new();
    for step in script {
        site.act(step);
        let Step::Scan(of) = *step else { continue };
        let report = watch.see_on(IDS[of], site.page(of));
        site.check(of, &report.new.iter().map(|new| new.title.clone()).collect::<Vec<_>>());
        report.updated.into_iter().for_each(|item| *updates.entry(item.title).or_insert(0) += 1);
    }
    for (title, count) in updates {
        let edits = site.edits.iter().find(|(n, _)| item(**n).title == title).map_or(0, |(_, edits)| *edits);
        assert!(count <= edits, "{title} was edited {edits} times and updated {count} times");
    }
    assert!(watch.articles().len() <= site.next);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn f024_random_traffic_between_two_listings_announces_every_article_once(
        script in prop::collection::vec(step(), 1..40),
    ) {
        check(&script);
    }
}
