//! The two seeds, read exactly.

use super::*;
use crate::model::Fault;

#[test]
fn seeds_read_to_the_entries_that_counting_lines_gives() {
    for seed in [ARCHITECTURE, ENGINEERING] {
        let reading = read_bytes(seed.as_bytes());
        assert_eq!(reading.entries.len(), 43);
        assert_eq!(reading.entries, expected(seed));
    }
}

#[test]
fn seed_page_ten_says_what_it_is_and_has_no_fault() {
    let reading = read_bytes(ARCHITECTURE.as_bytes());
    let page = Page {
        name: "page.txt".to_owned(),
        title: Some("Tagged articles".to_owned()),
        declared: Some(949),
        number: Some((10, 10)),
        entries: 43,
        cut: false,
        encoding: "UTF-8".to_owned(),
        format: Some(Format::Text),
        pace: None,
    };
    assert_eq!(reading.pages, [page]);
    assert_eq!(reading.faults, []);
    let first = &reading.entries[0];
    assert_eq!(
        first.title,
        "Choosing the Right Load Balancing for Microservices: Centralized, In‑Process, Independent"
    );
    assert_eq!((first.source.as_deref(), first.line), (Some("21CTO"), 4));
    assert_eq!(first.date, Printed::parse("2016-03-03"));
    assert_eq!(first.category.as_deref(), Some("Backend Development"));
    assert_eq!(first.tags, TagRow::Run("Backend ArchitectureDistributed SystemsMicroservices".to_owned()));
    assert_eq!((first.likes, first.minutes), (Some(0), Some(5)));
}

#[test]
fn seed_page_one_of_one_warns_of_its_count() {
    let reading = read_bytes(ENGINEERING.as_bytes());
    assert_eq!((reading.declared(), reading.pages[0].number), (Some(46), Some((1, 1))));
    let reason = "the page says it has 46 articles, 43 were read".to_owned();
    assert_eq!(reading.faults, [Fault { page: 1, line: 0, reason, weight: Weight::Warning }]);
    let last = &reading.entries[42];
    assert!(last.title.starts_with("Zhihu's Early Architecture and Evolution"));
    assert_eq!(last.date, Printed::parse("2015-04-04"));
    assert_eq!(last.tags, TagRow::Run("Backend EngineeringPythondistributed logging".to_owned()));
    assert_eq!((last.likes, last.minutes, last.line), (Some(0), Some(10), 466));
}
