//! Schedules that go on over restarts, and looks that leave them where they are.

use super::super::plan::Plan;
use super::{BEGUN, DAY, HOUR, id, listings};
use crate::model::Timestamp;

/// A plan of one listing, as a service that starts at `now` makes it, after its first look.
fn started(when: &str, last: Option<Timestamp>, now: Timestamp) -> (Plan, Option<Timestamp>) {
    let last = last.map(|last| (id(0), last)).into_iter().collect();
    let mut plan = Plan::new(listings(1, when), &last, now);
    let look = plan.start(now).unwrap();
    assert!(plan.start(now).is_none(), "one look");
    plan.finished(&id(0), false, now.plus(2));
    (plan, look.due)
}

#[test]
fn starting_again_looks_at_once_and_leaves_the_next_due_instant_where_it_was() {
    let begun = Timestamp::from_unix(BEGUN);
    for when in ["every = \"6h\"", "schedule = \"0 */6 * * *\""] {
        let (plan, last) = started(when, None, begun);
        assert_eq!(last, Some(begun), "a listing that was never looked at is due");
        let (_, due) = plan.upcoming()[0];
        for minutes in [1, 5, 17] {
            let now = begun.plus(minutes * 60);
            let (again, counted) = started(when, last, now);
            assert_eq!((again.upcoming()[0].1, counted), (due, None), "{when}, after {minutes} minutes");
        }
    }
}

#[test]
fn listing_that_came_due_while_nothing_ran_is_looked_at_once_and_not_twice() {
    let begun = Timestamp::from_unix(BEGUN);
    let now = begun.plus(50 * HOUR);
    let (mut plan, counted) = started("every = \"6h\"", Some(begun), now);
    assert_eq!(counted, Some(now));
    plan.look(now.plus(6 * HOUR - 1));
    assert!(plan.start(now.plus(6 * HOUR - 1)).is_none());
    plan.look(now.plus(6 * HOUR + 60));
    assert!(plan.start(now.plus(6 * HOUR + 60)).is_some());
}

#[test]
fn look_at_a_page_that_was_saved_moves_no_schedule() {
    let begun = Timestamp::from_unix(BEGUN);
    let (mut plan, _) = started("every = \"6h\"", None, begun);
    let due = plan.upcoming();
    let saved = begun.plus(5 * HOUR);
    plan.soon(&id(0), saved);
    assert_eq!(plan.start(saved).unwrap().due, None);
    plan.soon(&id(0), saved);
    assert_eq!(plan.finished(&id(0), false, saved).skipped, 0);
    assert_eq!(plan.start(saved).unwrap().due, None, "saved again while it was read");
    plan.finished(&id(0), false, saved);
    assert_eq!(plan.upcoming(), due);
}

#[test]
fn f023_last_look_in_the_future_holds_no_listing_back() {
    let now = Timestamp::from_unix(BEGUN);
    let (plan, _) = started("every = \"6h\"", Some(now.plus(365 * DAY)), now);
    assert!(plan.upcoming()[0].1 <= now.plus(6 * HOUR + 60));
}

#[test]
fn another_schedule_counts_from_the_last_look_that_was_due() {
    let begun = Timestamp::from_unix(BEGUN);
    let (mut plan, _) = started("every = \"6h\"", None, begun);
    let now = begun.plus(2 * HOUR);
    plan.replace(listings(1, "every = \"1h\""), now);
    assert_eq!(plan.start(now).unwrap().due, Some(now), "due an hour ago");
}
