//! Listing pages as text, in the form of the pages in `seeds/`.

use chrono::{Days, NaiveDate};

/// One entry of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) source: String,
    pub(crate) date: NaiveDate,
    pub(crate) category: String,
    pub(crate) title: String,
    pub(crate) summary: String,
    pub(crate) tags: String,
    pub(crate) likes: u32,
    pub(crate) minutes: u32,
}

const SOURCES: [&str; 7] = [
    "21CTO",
    "Java Captain",
    "Architect's Guide",
    "DeWu Tech",
    "Sohu Tech Products",
    "Top Architect",
    "dbaplus",
];
const SUBJECTS: [&str; 11] = [
    "Kafka",
    "Redis",
    "Load Balancing",
    "Service Mesh",
    "Sharding",
    "Idempotency",
    "Tracing",
    "Rate Limiting",
    "Event Sourcing",
    "Caching",
    "Consensus",
];
const ANGLES: [&str; 13] = [
    "Deep Dive into",
    "Lessons from Running",
    "Rethinking",
    "A Field Guide to",
    "Understanding",
    "Choosing",
    "What Nobody Says about",
    "Measuring",
    "Designing",
    "Migrating to",
    "Debugging",
    "The Cost of",
    "Surviving",
];
const PLACES: [&str; 17] = [
    "at a Bank",
    "for Games",
    "in Retail",
    "under Load",
    "from Scratch",
    "on a Budget",
    "across Regions",
    "for Small Teams",
    "in Five Steps",
    "without Downtime",
    "behind a Gateway",
    "in Production",
    "by Example",
    "for Newcomers",
    "at Night",
    "after an Outage",
    "before a Launch",
];

/// The entry with number `n`: all its texts are its own, and a greater number is a later day.
pub(crate) fn item(n: usize) -> Item {
    let of = |list: &[&str]| list[n % list.len()].to_owned();
    let first = NaiveDate::from_ymd_opt(2016, 1, 4).expect("a day");
    let round = n / (11 * 13 * 17);
    let more = if round == 0 { String::new() } else { format!(", Again {round}") };
    Item {
        source: of(&SOURCES),
        date: first.checked_add_days(Days::new(n as u64 % 3_000)).expect("a day"),
        category: if n.is_multiple_of(3) { "Operations" } else { "Backend Development" }.to_owned(),
        title: format!("{} {} {}{more}", of(&ANGLES), of(&SUBJECTS), of(&PLACES)),
        summary: format!(
            "Entry {n} tells how one team went about it, what it cost them, and what they kept."
        ),
        tags: "Backend ArchitectureMicroservices".to_owned(),
        likes: n as u32 % 5,
        minutes: 3 + n as u32 % 9,
    }
}

/// Entries with the numbers of a range, the greatest first, as pages show them.
pub(crate) fn items(numbers: std::ops::Range<usize>) -> Vec<Item> {
    numbers.rev().map(item).collect()
}

impl Item {
    pub(crate) fn titled(mut self, title: &str) -> Self {
        self.title = title.to_owned();
        self
    }

    /// This entry `days` later.
    pub(crate) fn later(mut self, days: u64) -> Self {
        self.date = self.date.checked_add_days(Days::new(days)).expect("a day");
        self
    }

    fn write(&self, out: &mut String) {
        let Self { source, category, title, summary, tags, likes, minutes, .. } = self;
        let date = self.date.format("%b %-d, %Y");
        out.push_str(&format!(
            "{source}\n{source}\n{date} · {category}\n\n{title}\n\n{summary}\n\n{tags}\n{likes} likes · {minutes} min \
             read\n{title}\n"
        ));
    }
}

/// One page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    /// Count, page and number of pages, as the header states them; `None` for a page without header.
    pub(crate) header: Option<(u32, u32, u32)>,
    pub(crate) items: Vec<Item>,
}

impl Page {
    /// Page 10 of 10 with these entries: a page that does not state how many entries it should have.
    pub(crate) fn of(items: Vec<Item>) -> Self {
        Self { header: Some((949, 10, 10)), items }
    }

    /// The page as text.
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        if let Some((count, page, of)) = self.header {
            out.push_str(&format!("Tagged articles\n{count} articles\nPage {page} of {of}\n"));
        }
        self.items.iter().for_each(|item| item.write(&mut out));
        out
    }
}

impl From<Vec<Item>> for Page {
    fn from(items: Vec<Item>) -> Self {
        Self::of(items)
    }
}
