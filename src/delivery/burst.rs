//! When many messages to one target become one.

use crate::model::Timestamp;

/// The window that a burst is counted in, in seconds.
const WINDOW: i64 = 60;

/// What to do next with the messages that wait for one target and are due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Send the oldest of them, then plan again.
    Send,
    /// Make one summary of all of them and send that.
    Summarise,
    /// Send nothing before then.
    Wait(Timestamp),
}

/// Plans for `waiting` messages, with the times at which single ones were sent before (in any order; those older than
/// a minute do not matter). `burst` is how many single messages a target gets in any minute; `None` is any number.
///
/// More than a burst is told as one message, at once. Fewer are sent one by one as the minute has room for them, so
/// none waits more than a minute after it was due. A summary counts as no single message.
#[must_use]
pub fn plan(burst: Option<u32>, waiting: usize, sent_lately: &[Timestamp], now: Timestamp) -> Plan {
    let Some(burst) = burst.map(|burst| burst as usize) else { return Plan::Send };
    if waiting > burst {
        return Plan::Summarise;
    }
    // A time after `now` was written before the clock was set back, and counts as just now.
    let mut within: Vec<Timestamp> =
        sent_lately.iter().map(|at| (*at).min(now)).filter(|at| now.since(*at) < WINDOW).collect();
    if within.len() < burst || waiting == 0 {
        return Plan::Send;
    }
    // There is room when all but `burst - 1` of them are a minute old.
    within.sort_unstable();
    within.get(within.len() - burst).map_or(Plan::Send, |freed| Plan::Wait(freed.plus(WINDOW)))
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_unix(1_000_000 + second)
    }

    #[test]
    fn a_minute_takes_a_burst_and_more_than_a_burst_is_one_message() {
        let sent = [at(0), at(10), at(20)];
        assert_eq!(plan(None, 5_000, &[at(30); 5_000], at(30)), Plan::Send);
        assert_eq!(plan(Some(3), 4, &[], at(30)), Plan::Summarise);
        assert_eq!(plan(Some(3), 3, &sent[..2], at(30)), Plan::Send);
        assert_eq!(plan(Some(3), 1, &sent, at(30)), Plan::Wait(at(60)));
        assert_eq!(plan(Some(3), 1, &sent, at(60)), Plan::Send);
        assert_eq!(plan(Some(0), 1, &[], at(0)), Plan::Summarise);
    }

    #[test]
    fn a_burst_made_smaller_and_a_clock_set_back_delay_by_a_minute_at_most() {
        assert_eq!(plan(Some(1), 1, &[at(0), at(10), at(20)], at(30)), Plan::Wait(at(80)));
        assert_eq!(plan(Some(1), 1, &[at(9_000)], at(30)), Plan::Wait(at(90)));
    }

    proptest! {
        /// Messages become due at any times; what is planned is done, second by second.
        #[test]
        fn no_minute_holds_more_than_a_burst_and_nothing_waits_longer_than_a_minute(
            burst in 1u32..8,
            mut due in vec(0i64..400, 1..120),
        ) {
            due.sort_unstable();
            let (mut waiting, mut sent): (VecDeque<i64>, Vec<Timestamp>) = (VecDeque::new(), Vec::new());
            for second in 0..520 {
                waiting.extend(due.iter().filter(|at| **at == second));
                while !waiting.is_empty() {
                    match plan(Some(burst), waiting.len(), &sent, at(second)) {
                        Plan::Send => {
                            waiting.pop_front();
                            sent.push(at(second));
                        }
                        Plan::Summarise => waiting.clear(),
                        Plan::Wait(until) => {
                            prop_assert!(until > at(second) && until <= at(second + 60));
                            break;
                        }
                    }
                }
                prop_assert!(waiting.iter().all(|due| second - due < 60), "{waiting:?} at {second}");
            }
            for (first, after) in sent.iter().zip(sent.iter().skip(burst as usize)) {
                prop_assert!(after.since(*first) >= 60);
            }
            prop_assert!(waiting.is_empty());
        }
    }
}
