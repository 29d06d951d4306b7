//! Listings on the web in the plan: a host at a time, rests, and starts.

use super::*;

const HOUR: i64 = 3_600;

/// Listings of the web: `(number, host)`.
fn on_the_web(hosts: &[&str], when: &str) -> Vec<Listing> {
    let one = |(number, host): (usize, &&str)| {
        format!("[[listing]]\nid = \"l{number}\"\nurl = \"https://{host}/{number}\"\n{when}\n")
    };
    let text: String = hosts.iter().enumerate().map(one).collect();
    crate::config::parse(&text, Path::new("x.toml"), &Environment::default()).unwrap().config.listings
}

fn started(plan: &mut Plan, now: Timestamp) -> Vec<String> {
    std::iter::from_fn(|| plan.start(now)).map(|look| look.listing.spec.id.to_string()).collect()
}

#[test]
fn f037_one_slow_host_keeps_only_its_own_listings_waiting() {
    let now = Timestamp::from_unix(1_800_000_000);
    let hosts = ["slow.example", "slow.example", "slow.example", "b.example", "c.example"];
    let mut plan = Plan::new(on_the_web(&hosts, "every = \"1h\""), &Looked::new(), now);
    assert_eq!(started(&mut plan, now), ["l0", "l3", "l4"]);
    plan.finished(&id(3), false, now);
    plan.finished(&id(4), false, now);
    assert_eq!(started(&mut plan, now), [""; 0], "the slow one is still being asked");
    plan.finished(&id(0), false, now);
    assert_eq!(started(&mut plan, now), ["l1"]);
    plan.finished(&id(1), true, now);
    assert_eq!(started(&mut plan, now), ["l2"], "a panic frees the host too");
}

#[test]
fn pages_that_rest_are_looked_at_later_and_never_earlier_than_scheduled() {
    let now = Timestamp::from_unix(1_800_000_000);
    for (rest, expected) in [(HOUR, 6 * HOUR), (9 * HOUR, 9 * HOUR)] {
        let last = Looked::from([(id(0), now)]);
        let mut plan = Plan::new(on_the_web(&["a.example"], "every = \"6h\""), &last, now);
        plan.rest(&id(0), Some(now.plus(rest)));
        let due = plan.upcoming()[0].1;
        assert!(due.since(now) >= expected && due.since(now) <= expected + HOUR, "{rest}");
        plan.look(now.plus(expected - 1_800));
        assert!(plan.start(now.plus(expected - 1_800)).is_none());
        plan.look(due);
        let look = plan.start(due.plus(2)).unwrap();
        assert_eq!(look.due, Some(due.plus(2)));
        plan.rest(&id(0), None);
        plan.finished(&id(0), false, due.plus(3));
        assert!(plan.upcoming()[0].1.since(due) <= 7 * HOUR, "the rest is over");
    }
}

#[test]
fn a_start_asks_nobody_who_was_asked_lately() {
    let now = Timestamp::from_unix(1_800_000_000);
    let last = Looked::from([(id(0), now.plus(-HOUR)), (id(1), now.plus(-9 * HOUR))]);
    let mut plan =
        Plan::new(on_the_web(&["a.example", "b.example", "c.example"], "every = \"6h\""), &last, now);
    plan.look(now);
    let first = started(&mut plan, now);
    assert!(first.contains(&"l2".to_owned()), "never asked");
    assert!(!first.contains(&"l0".to_owned()), "asked an hour ago");
    assert!(!first.contains(&"l1".to_owned()), "spread, like all that are late");
    let (_, at) = plan.upcoming().into_iter().find(|(id, _)| id == "l1").unwrap();
    assert!(at.since(now) <= HOUR);
    plan.look(at);
    assert_eq!(started(&mut plan, at), ["l1"]);
}

#[test]
fn f061_what_rests_for_good_has_no_next_time() {
    let now = Timestamp::from_unix(1_800_000_000);
    let mut plan = Plan::new(on_the_web(&["a.example"], "every = \"1h\""), &Looked::new(), now);
    assert!(plan.start(now).is_some());
    plan.rest(&id(0), Some(Timestamp::LAST));
    plan.finished(&id(0), false, now);
    assert!(plan.upcoming().is_empty());
    plan.look(now.plus(1_000 * 24 * HOUR));
    assert!(plan.start(now.plus(1_000 * 24 * HOUR)).is_none());
    let mut other = on_the_web(&["b.example"], "every = \"1h\"");
    other[0].spec.title = "Moved".into();
    plan.replace(other, now);
    assert!(plan.start(now).is_some(), "another address begins anew");
}

#[test]
fn f078_a_rest_ends_within_a_day_of_a_clock_that_was_set_back() {
    let now = Timestamp::from_unix(1_800_000_000);
    let last = Looked::from([(id(0), now)]);
    let mut plan = Plan::new(on_the_web(&["a.example"], "every = \"1h\""), &last, now);
    plan.look(now);
    plan.rest(&id(0), Some(now.plus(20 * HOUR)));
    let back = now.plus(-400 * 24 * HOUR);
    plan.look(back);
    assert!(plan.upcoming()[0].1.since(back) <= 24 * HOUR);
}
