//! What is gathered when, and that it is sent at all.

use std::time::Duration;

use chrono_tz::Tz;
use proptest::collection::vec;
use proptest::prelude::*;

use super::super::burst::{Plan, plan};
use super::*;

/// 2026-11-22, a Sunday, at midnight.
const MIDNIGHT: i64 = 1_795_305_600;

fn at(second: i64) -> Timestamp {
    Timestamp::from_unix(MIDNIGHT + second)
}

fn after(seconds: u64, most: usize) -> Digest {
    Digest::new(Schedule::every(Duration::from_secs(seconds)).expect("a period"), most)
}

fn night() -> [QuietHours; 1] {
    [QuietHours::new(22 * 60, 7 * 60, [true; 7], Tz::UTC).expect("hours")]
}

const HOUR: i64 = 3_600;

#[test]
fn a_digest_is_told_so_long_after_its_first_message_or_when_it_is_full() {
    let digest = after(3_600, 3);
    let two = [at(10), at(500)];
    let of = |births: &[Timestamp], now| gather(Some(&digest), &[], births, births[0], at(now));
    assert_eq!(of(&two, 600), Gather::Wait(at(10 + HOUR)));
    assert_eq!(of(&two, 10 + HOUR), Gather::Close);
    assert_eq!(of(&[at(10)], 10 + HOUR), Gather::Close, "one alone is gathered, too");
    assert_eq!(of(&[at(10), at(500), at(600)], 600), Gather::Close, "it is full");
}

#[test]
fn a_digest_by_a_cron_line_is_told_at_its_next_time() {
    let digest = Digest::new(Schedule::cron("0 9 * * 1-5", Tz::Europe__Berlin).expect("a line"), 50);
    // Monday, 9:00 in Berlin.
    let monday = at(32 * HOUR);
    assert_eq!(gather(Some(&digest), &[], &[at(5)], at(5), at(60)), Gather::Wait(monday));
    assert_eq!(gather(Some(&digest), &[], &[at(5)], at(5), monday), Gather::Close);
    assert_eq!(digest.closes(monday), monday.plus(24 * HOUR));
}

#[test]
fn what_waited_for_the_end_of_quiet_hours_is_one_message_and_one_alone_stays_one() {
    let night = night();
    let of = |births: &[Timestamp], now| gather(None, &night, births, births[0], at(now));
    let waited = [at(-HOUR), at(2 * HOUR)];
    assert_eq!(of(&waited, 3 * HOUR), Gather::Wait(at(7 * HOUR)));
    assert_eq!(of(&waited, 7 * HOUR), Gather::Close);
    assert_eq!(of(&waited[..1], 7 * HOUR), Gather::Singly);
    assert_eq!(of(&[at(7 * HOUR), at(7 * HOUR + 1)], 7 * HOUR + 1), Gather::Singly, "nothing waited");
    assert_eq!(of(&[at(6 * HOUR), at(7 * HOUR + 1)], 7 * HOUR + 1), Gather::Close);
}

#[test]
fn when_a_message_is_sent_is_known_before() {
    let (night, digest) = (night(), after(3_600, 3));
    assert_eq!(sent_at(None, &night, at(HOUR), at(HOUR)), at(7 * HOUR));
    assert_eq!(sent_at(None, &night, at(8 * HOUR), at(8 * HOUR)), at(8 * HOUR));
    assert_eq!(sent_at(Some((&digest, at(9 * HOUR))), &night, at(9 * HOUR), at(9 * HOUR)), at(10 * HOUR));
    let evening = at(21 * HOUR + 1_800);
    assert_eq!(sent_at(Some((&digest, evening)), &night, evening, evening), at(31 * HOUR));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Messages are born at any times over two days; what is planned is done, minute by minute, with restarts at any
    /// time, which forget everything but what waits.
    #[test]
    fn nothing_is_sent_in_quiet_hours_and_nothing_waits_longer_than_its_digest_and_the_quiet(
        window in 60u64..20_000,
        most in 1usize..40,
        gathers in any::<bool>(),
        burst in prop::option::of(1u32..5),
        from in 0u16..1_440,
        length in 1u16..900,
        mut births in vec(0i64..2_880, 1..60),
        restarts in vec(0i64..2_880, 0..4),
    ) {
        let digest = gathers.then(|| after(window, most));
        let quiet = [QuietHours::new(from, (from + length) % 1_440, [true; 7], Tz::UTC).expect("hours")];
        births.sort_unstable();
        let (mut waiting, mut lately): (Vec<(usize, Timestamp)>, Vec<Timestamp>) = (Vec::new(), Vec::new());
        let mut told = vec![0; births.len()];
        for minute in 0..2_880 + 2_880 {
            let now = at(60 * minute);
            if restarts.contains(&minute) {
                lately.clear();
            }
            waiting.extend(births.iter().enumerate().filter(|(_, born)| **born == minute).map(|(n, _)| (n, now)));
            while let Some((_, oldest)) = waiting.first().copied() {
                let times: Vec<Timestamp> = waiting.iter().map(|(_, born)| *born).collect();
                let sent: Vec<usize> = match gather(digest.as_ref(), &quiet, &times, oldest, now) {
                    Gather::Wait(until) => {
                        prop_assert!(until > now);
                        break;
                    }
                    Gather::Close => waiting.drain(..).map(|(n, _)| n).collect(),
                    Gather::Singly => match plan(burst, waiting.len(), &lately, now) {
                        Plan::Send => {
                            lately.push(now);
                            vec![waiting.remove(0).0]
                        }
                        Plan::Summarise => waiting.drain(..).map(|(n, _)| n).collect(),
                        Plan::Wait(_) => break,
                    },
                };
                prop_assert_eq!(quiet_until(&quiet, now), None, "{} is quiet", now.rfc3339());
                sent.into_iter().for_each(|n| told[n] += 1);
            }
            for (_, born) in &waiting {
                let latest = digest.as_ref().map_or(*born, |digest| digest.closes(*born));
                // A minute for the burst's room, and one because time goes by minutes here.
                let free = quiet_until(&quiet, latest).unwrap_or(latest).plus(120);
                prop_assert!(now < free || quiet_until(&quiet, now).is_some(), "{} waits at {}", born.rfc3339(), now.rfc3339());
            }
        }
        prop_assert!(told.iter().all(|times| *times == 1), "{told:?}");
    }
}
