use super::*;

#[test]
fn unix_weekdays_are_kept() {
    let monday = Schedule::cron("0 9 * * 1", Tz::UTC).expect("a schedule");
    let from = Timestamp::parse_rfc3339("2026-11-20T00:00:00Z").expect("a time");
    assert_eq!(monday.next_after(from).map(Timestamp::rfc3339).as_deref(), Some("2026-11-23T09:00:00Z"));
}
