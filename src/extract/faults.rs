//! Collects the faults of one page, bounded.

use crate::model::Fault;
use crate::model::reading::Weight;

/// How many faults of one page are told, the one that counts the others among them.
const MAX: usize = 200;

/// The faults of one page; those beyond [`MAX`] are only counted.
pub(super) struct Faults {
    page: u32,
    told: Vec<Fault>,
    untold: usize,
    gravest_untold: Weight,
}

impl Faults {
    /// None yet, on the page `page`, counted from 1.
    pub(super) fn new(page: u32) -> Self {
        Self { page, told: Vec::new(), untold: 0, gravest_untold: Weight::Warning }
    }

    /// The page's number.
    pub(super) fn page_number(&self) -> u32 {
        self.page
    }

    /// Adds one at `line`, counted from 1, or 0 for the page.
    pub(super) fn add(&mut self, weight: Weight, line: u32, reason: impl Into<String>) {
        if self.told.len() < MAX {
            self.told.push(Fault { page: self.page, line, reason: reason.into(), weight });
        } else {
            self.untold += 1;
            self.gravest_untold = self.gravest_untold.max(weight);
        }
    }

    /// Adds one that makes the whole page useless.
    pub(super) fn page(&mut self, reason: impl Into<String>) {
        self.add(Weight::Page, 0, reason);
    }

    /// Adds one that says what the page is instead: the others come of that.
    pub(super) fn page_first(&mut self, reason: impl Into<String>) {
        let (page, reason) = (self.page, reason.into());
        self.told.insert(0, Fault { page, line: 0, reason, weight: Weight::Page });
        self.told.truncate(MAX);
    }

    /// All of them in the order of lines, with one more that counts those not told.
    pub(super) fn finish(mut self) -> Vec<Fault> {
        if self.untold > 0
            && let Some(last) = self.told.pop()
        {
            self.untold += 1;
            self.gravest_untold = self.gravest_untold.max(last.weight);
        }
        self.told.sort_by_key(|fault| fault.line);
        if self.untold > 0 {
            let reason = format!("and {} more", self.untold);
            self.told.push(Fault { page: self.page, line: 0, reason, weight: self.gravest_untold });
        }
        self.told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_beyond_the_bound_are_counted_and_keep_their_weight() {
        let mut faults = Faults::new(3);
        for line in (1..=300).rev() {
            faults.add(if line == 5 { Weight::Loss } else { Weight::Warning }, line, "odd");
        }
        let all = faults.finish();
        assert_eq!(all.len(), MAX);
        assert!(all[..MAX - 1].is_sorted_by_key(|fault| fault.line));
        let last = &all[MAX - 1];
        assert_eq!((last.reason.as_str(), last.weight, last.page), ("and 101 more", Weight::Loss, 3));
    }
}
