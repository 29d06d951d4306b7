//! What a feed says of when it should be fetched: `ttl`, `skipHours` (RSS 2.0), `updatePeriod` and `updateFrequency`
//! (the syndication module of RSS 1.0). Found without reading the feed: these stand before its first item.

/// Bytes of a page that are looked at.
const HEAD: usize = 16 * 1024;
/// A day in seconds, the most that is respected.
const DAY: u32 = 86_400;

/// What a page says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// Seconds for which it is good, at most a day.
    pub ttl: u32,
    /// The hours of the day (UTC) in which it asks not to be fetched: bit 0 is midnight to one.
    pub skip_hours: u32,
}

impl Hints {
    /// Of a page that may be a feed; nothing for any other. Linear in the 16 KB that it looks at.
    #[must_use]
    pub fn of(page: &[u8]) -> Self {
        let begin = page.strip_prefix(b"\xef\xbb\xbf").unwrap_or(page);
        let begin = begin[..begin.len().min(HEAD)].trim_ascii_start();
        if ![&b"<?xml"[..], b"<rss", b"<rdf:RDF"].iter().any(|word| begin.starts_with(word)) {
            return Self::default();
        }
        let head = String::from_utf8_lossy(begin);
        let items = [head.find("<item>"), head.find("<item "), head.find("<entry>"), head.find("<entry ")];
        let head = &head[..items.into_iter().flatten().min().unwrap_or(head.len())];
        let minutes = within(head, "ttl").and_then(|text| text.parse::<u32>().ok()).unwrap_or(0);
        let ttl = minutes.saturating_mul(60).max(period(head)).min(DAY);
        Self { ttl, skip_hours: skipped(head) }
    }
}

/// Seconds between two changes, as the syndication module gives them.
fn period(head: &str) -> u32 {
    let period: u32 = match within(head, "sy:updatePeriod") {
        Some("hourly") => 3_600,
        Some("daily" | "weekly" | "monthly" | "yearly") => DAY,
        _ => return 0,
    };
    let weekly = !matches!(within(head, "sy:updatePeriod"), Some("hourly" | "daily"));
    let times = within(head, "sy:updateFrequency").and_then(|text| text.parse::<u32>().ok()).unwrap_or(1);
    // Several times a week or a month is still no more than daily, nearly enough.
    if weekly { period } else { period / times.clamp(1, 3_600) }
}

/// The hours in `skipHours`; 24 is another name of 0.
fn skipped(head: &str) -> u32 {
    let Some(mut list) = within(head, "skipHours") else { return 0 };
    let mut hours = 0;
    for _ in 0..24 {
        let Some(at) = list.find("<hour>") else { break };
        list = &list[at + "<hour>".len()..];
        let digits = list.split('<').next().unwrap_or_default().trim();
        if let Some(hour) = digits.parse::<u32>().ok().filter(|hour| *hour <= 24) {
            hours |= 1 << (hour % 24);
        }
    }
    hours
}

/// What stands in the first element of that name without attributes.
fn within<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    let begin = head.find(&format!("<{name}>"))? + name.len() + 2;
    let rest = &head[begin..];
    Some(rest[..rest.find(&format!("</{name}>"))?].trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feeds_say_how_long_they_are_good_and_when_they_sleep() {
        let of = |inner: &str| Hints::of(format!("<rss><channel>{inner}<item>").as_bytes());
        assert_eq!(of("<ttl>90</ttl>"), Hints { ttl: 5_400, skip_hours: 0 });
        assert_eq!(of("<ttl> 99999999 </ttl>").ttl, DAY);
        for wrong in ["<ttl>-5</ttl>", "<ttl>soon</ttl>", "<ttl>60", "<item><ttl>60</ttl>", "<ttl></ttl>"] {
            assert_eq!(of(wrong), Hints::default(), "{wrong}");
        }
        let hours = "<skipHours><hour>0</hour><hour>23</hour><hour>24</hour><hour>99</hour></skipHours>";
        assert_eq!(of(hours).skip_hours, 1 | 1 << 23);
        let often = "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>";
        assert_eq!(of(often).ttl, 900);
        assert_eq!(of("<sy:updatePeriod>weekly</sy:updatePeriod>").ttl, DAY);
        assert_eq!(
            of("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>").ttl,
            3_600
        );
    }

    #[test]
    fn other_pages_say_nothing() {
        for page in ["", "<html><ttl>60</ttl>", "{\"ttl\": 60}", "ttl 60"] {
            assert_eq!(Hints::of(page.as_bytes()), Hints::default());
        }
        assert_eq!(Hints::of("\u{feff} <?xml version='1.0'?><rss><ttl>1</ttl>".as_bytes()).ttl, 60);
        assert_eq!(Hints::of(&[0xff; 40_000]), Hints::default());
    }
}
