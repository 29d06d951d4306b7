//! A listing that is broken for a whole day.

use tidings::model::Health;

use crate::support::{Page, Watch, items};

/// Looks in a day, one every half hour.
const LOOKS: usize = 48;

#[test]
fn f138_a_day_of_trouble_is_two_records_and_the_next_good_page_goes_on() {
    let whole = Page::of(items(0..20)).text();
    let login = "<html><form><input type=password></form></html>";
    let broken = ["", "\u{FEFF}\n\n", login, "Bad gateway"];
    for page in broken {
        let mut watch = Watch::after(items(0..20));
        let (lines, articles) = (watch.lines(), watch.articles());
        for look in 0..LOOKS {
            let report = watch.scan(page);
            assert_ne!(report.health, Health::Ok, "{page:?}");
            assert!(report.new.is_empty() && report.removed.is_empty() && report.updated.is_empty());
            assert!(watch.lines() <= lines + 1, "look {look} at {page:?} is one record too many");
        }
        assert!(watch.articles() == articles, "{page:?}");
        // What came meanwhile is news, and nothing else is.
        let report = watch.see(items(0..22));
        assert_eq!((report.health, report.new.len(), report.updated.len()), (Health::Ok, 2, 0), "{page:?}");
        assert_eq!(watch.healths().len(), 2, "{page:?}");
        watch.scan(whole.as_str());
    }
}
