//! Hours in which a target is sent nothing, as declared.

use std::str::FromStr;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// The days of the week as they are written, Monday first.
pub const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// Hours in which nothing is sent to a target: the same ones of some days of the week, by the clock of a zone.
///
/// In JSON as in the config: `{"from":"22:00","until":"07:00","days":["mon"],"zone":"Europe/Berlin"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct QuietHours {
    from: u16,
    until: u16,
    /// The days on which they begin.
    days: [bool; 7],
    zone: Tz,
}

impl QuietHours {
    /// Hours from one minute of the day until another one, counted from midnight; where that is not later, it is of the
    /// next day. They begin on these days, Monday first. `None` where the two are one, or are none of a day.
    #[must_use]
    pub fn new(from: u16, until: u16, days: [bool; 7], zone: Tz) -> Option<Self> {
        let is_good = from < DAY && until <= DAY && from != until && days.contains(&true);
        is_good.then_some(Self { from, until, days, zone })
    }

    /// When they begin, in minutes after midnight.
    #[must_use]
    pub fn from(&self) -> u16 {
        self.from
    }

    /// When they end, in minutes after the midnight of the day they begin on: up to 48 hours.
    #[must_use]
    pub fn until(&self) -> u16 {
        if self.until > self.from { self.until } else { self.until + DAY }
    }

    /// The days on which they begin, Monday first.
    #[must_use]
    pub fn days(&self) -> [bool; 7] {
        self.days
    }

    /// Whose clock it is.
    #[must_use]
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// As `check` tells it: `22:00 to 07:00 (Europe/Berlin)`.
    #[must_use]
    pub fn describe(&self) -> String {
        let days = match self.days {
            [true, true, true, true, true, true, true] => String::new(),
            _ => format!(", beginning {}", named(self.days).join(" ")),
        };
        format!("{} to {}{days} ({})", written(self.from), written(self.until), self.zone)
    }
}

/// Reads `22:00`: minutes after midnight, up to `24:00`.
#[must_use]
pub fn minute_of_day(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |digits: &str, most: u16| {
        let is_number = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit());
        digits.parse::<u16>().ok().filter(|number| is_number && *number <= most)
    };
    let minute = number(hours, 24)? * 60 + number(minutes, 59)?;
    (minute <= DAY).then_some(minute)
}

fn written(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

fn named(days: [bool; 7]) -> Vec<&'static str> {
    DAYS.into_iter().zip(days).filter_map(|(name, is_one)| is_one.then_some(name)).collect()
}

/// As it stands in the journal.
#[derive(Clone, Serialize, Deserialize)]
struct Written {
    from: String,
    until: String,
    /// None where it is every day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    days: Vec<String>,
    zone: String,
}

impl From<QuietHours> for Written {
    fn from(hours: QuietHours) -> Self {
        let days = named(hours.days);
        let days = if days.len() == 7 { Vec::new() } else { days };
        Self {
            from: written(hours.from),
            until: written(hours.until),
            days: days.into_iter().map(str::to_owned).collect(),
            zone: hours.zone.name().to_owned(),
        }
    }
}

impl TryFrom<Written> for QuietHours {
    type Error = &'static str;

    fn try_from(text: Written) -> Result<Self, Self::Error> {
        let minute = |text: &str| minute_of_day(text).ok_or("hours that are no time of the day");
        let days = DAYS.map(|day| text.days.is_empty() || text.days.iter().any(|given| given == day));
        // A zone that is called otherwise by now is told by the config, which every start declares anew.
        let zone = Tz::from_str(&text.zone).unwrap_or(Tz::UTC);
        Self::new(minute(&text.from)?, minute(&text.until)?, days, zone).ok_or("hours that are none")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_written_as_the_config_has_them() {
        let night = QuietHours::new(22 * 60, 7 * 60, [true; 7], Tz::Europe__Berlin).expect("hours");
        let text = serde_json::to_string(&night).expect("JSON");
        assert_eq!(text, r#"{"from":"22:00","until":"07:00","zone":"Europe/Berlin"}"#);
        assert_eq!(serde_json::from_str::<QuietHours>(&text).expect("hours"), night);
        let days = [false, false, false, false, false, true, true];
        let weekend = QuietHours::new(0, 24 * 60, days, Tz::UTC).expect("hours");
        let text = serde_json::to_string(&weekend).expect("JSON");
        assert_eq!(text, r#"{"from":"00:00","until":"24:00","days":["sat","sun"],"zone":"UTC"}"#);
        assert_eq!(serde_json::from_str::<QuietHours>(&text).expect("hours"), weekend);
        assert_eq!(weekend.describe(), "00:00 to 24:00, beginning sat sun (UTC)");
        assert_eq!((night.until(), weekend.until()), (31 * 60, 24 * 60));
    }

    #[test]
    fn what_is_no_time_of_the_day_is_none() {
        for text in ["", "7:00", "07:60", "24:01", "25:00", "07-00", "+7:00", "07:0", "07:00:00"] {
            assert_eq!(minute_of_day(text), None, "{text}");
        }
        assert_eq!((minute_of_day("24:00"), minute_of_day("00:00")), (Some(1_440), Some(0)));
        assert_eq!(QuietHours::new(60, 60, [true; 7], Tz::UTC), None);
        assert_eq!(QuietHours::new(60, 90, [false; 7], Tz::UTC), None);
    }
}
