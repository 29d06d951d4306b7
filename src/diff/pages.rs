//! What the pages of a listing say of themselves, held against one another: their count of articles, and which page
//! each of them is. None of it is believed more than the entries; what does not fit is a note for people.

use std::collections::BTreeMap;

use crate::model::reading::Weight;
use crate::model::text::counted;
use crate::model::{Fault, Reading};

/// What does not fit between the pages. `repeated` are the faults of entries that stand there twice; those of a page that
/// holds nothing else become one. `distinct` is how many articles there are, and `asked` the numbers of the pages that
/// were asked for, where they have any.
#[must_use]
pub fn page_faults(
    reading: &Reading,
    mut repeated: Vec<Fault>,
    distinct: usize,
    asked: Option<&[u32]>,
) -> Vec<Fault> {
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    repeated.iter().for_each(|fault| *counts.entry(fault.page).or_default() += 1);
    let is_copy = |page: &u32| {
        let place = usize::try_from(page.saturating_sub(1)).ok();
        let read = place.and_then(|place| reading.pages.get(place));
        *page > 1 && read.is_some_and(|read| read.entries > 0 && counts.get(page) == Some(&read.entries))
    };
    let copies: Vec<u32> = counts.keys().copied().filter(is_copy).collect();
    repeated.retain(|fault| !copies.contains(&fault.page));
    repeated.extend(copies.iter().map(|page| {
        let reason = "the page holds nothing but what the pages before it hold: the site may give its last page \
                      for those that it does not have";
        note(*page, reason.to_owned())
    }));
    repeated.extend(asked.into_iter().flat_map(|asked| misplaced(reading, asked)));
    repeated.extend(miscounted(reading, distinct));
    repeated
}

/// Pages that say they are another one than was asked for. Some sites count from 0 in their addresses, and from 1 on
/// their pages.
fn misplaced(reading: &Reading, asked: &[u32]) -> Vec<Fault> {
    if reading.pages.len() != asked.len() {
        return Vec::new();
    }
    let said = || reading.pages.iter().zip(asked).map(|(page, asked)| (page.number, *asked));
    let first = said().find_map(|(number, asked)| Some((number?.0, asked)));
    let from_zero = first.is_some_and(|(said, asked)| asked.checked_add(1) == Some(said));
    let mut faults = Vec::new();
    for (at, (number, asked)) in (1..).zip(said()) {
        let Some((said, of)) = number else { continue };
        if said != asked + u32::from(from_zero) {
            let reason = format!("page {asked} was asked for, and it says that it is page {said} of {of}");
            faults.push(note(at, reason));
        }
    }
    faults
}

/// A note where a listing of several pages, all of them read, states another count than they hold. (A single page
/// is compared with its own header where it is read.)
fn miscounted(reading: &Reading, distinct: usize) -> Option<Fault> {
    let declared = reading.declared().filter(|_| reading.pages.len() > 1 && reading.has_all_pages())?;
    let (are, were) = (if declared == 1 { "is" } else { "are" }, if distinct == 1 { "was" } else { "were" });
    let reason =
        format!("the pages say there {are} {}, {distinct} {were} read", counted(declared, "article"));
    (declared != distinct as u64).then(|| note(0, reason))
}

fn note(page: u32, reason: String) -> Fault {
    Fault { page, line: 0, reason, weight: Weight::Warning }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Page;

    fn reading(numbers: &[Option<(u32, u32)>], entries: usize) -> Reading {
        let page = |number: &Option<(u32, u32)>| Page { number: *number, entries, ..Page::default() };
        Reading { pages: numbers.iter().map(page).collect(), ..Reading::default() }
    }

    fn told(reading: &Reading, repeated: &[u32], asked: &[u32]) -> Vec<(u32, String)> {
        let repeated = repeated.iter().map(|page| note(*page, "the same article".into())).collect();
        let faults = page_faults(reading, repeated, 4, Some(asked));
        faults.into_iter().map(|fault| (fault.page, fault.reason)).collect()
    }

    #[test]
    fn a_page_that_is_another_one_than_was_asked_for_is_told() {
        let fits = |numbers: &[u32], asked: &[u32]| {
            let numbers: Vec<_> = numbers.iter().map(|number| Some((*number, 9))).collect();
            told(&reading(&numbers, 2), &[], asked).is_empty()
        };
        assert!(fits(&[1, 2, 3], &[1, 2, 3]) && fits(&[3, 2, 1], &[3, 2, 1]));
        assert!(fits(&[1, 2], &[0, 1]), "counted from 0 in the address");
        assert!(fits(&[1], &[1, 2]), "pages that somebody gave");
        assert!(!fits(&[5, 5], &[9, 10]) && !fits(&[1, 1], &[1, 2]) && !fits(&[5, 4], &[10, 9]));
        let clamped = told(&reading(&[Some((2, 2)), Some((2, 2)), None], 2), &[], &[2, 3, 4]);
        assert_eq!(clamped, [(2, "page 3 was asked for, and it says that it is page 2 of 2".to_owned())]);
    }

    #[test]
    fn a_page_of_nothing_but_repetitions_is_told_once() {
        let pages = reading(&[None, None, None], 2);
        let faults = told(&pages, &[2, 3, 3], &[1, 2, 3]);
        let places: Vec<u32> = faults.iter().map(|(page, _)| *page).collect();
        assert_eq!(places, [2, 3]);
        assert!(faults[1].1.contains("nothing but what the pages before it hold"), "{faults:?}");
        assert_eq!(told(&pages, &[1, 1], &[1, 2, 3]).len(), 2, "the first page repeats no other");
    }

    #[test]
    fn the_count_of_a_listing_is_compared_where_all_its_pages_were_read() {
        let mut pages = reading(&[Some((1, 2)), Some((2, 2))], 2);
        pages.pages.iter_mut().for_each(|page| page.declared = Some(5));
        assert_eq!(told(&pages, &[], &[1, 2])[0].1, "the pages say there are 5 articles, 4 were read");
        pages.pages.iter_mut().for_each(|page| page.declared = Some(4));
        assert!(told(&pages, &[], &[1, 2]).is_empty());
        pages.pages.iter_mut().for_each(|page| page.declared = Some(9));
        pages.pages.pop();
        assert!(told(&pages, &[], &[1]).is_empty(), "one of two pages");
    }
}
