//! How fast messages may follow one another, as each service bounds it.

use std::collections::VecDeque;
use std::time::Duration;

use crate::model::target::TargetKind;

/// At most so many messages within so long.
pub type Rule = (usize, Duration);

const fn within(count: usize, seconds: u64) -> Rule {
    (count, Duration::from_secs(seconds))
}

/// What a service of that kind takes, as its manual has it; empty where there is no bound.
#[must_use]
pub fn rules(kind: TargetKind) -> &'static [Rule] {
    const SECOND: Rule = within(1, 1);
    match kind {
        TargetKind::Generic | TargetKind::Command => &[],
        TargetKind::Slack | TargetKind::GoogleChat | TargetKind::Email => &[SECOND],
        TargetKind::Discord => const { &[within(5, 2), within(30, 60)] },
        // Mattermost as it is set up by itself; Gotify has no bound, and is somebody's small server.
        TargetKind::Mattermost | TargetKind::Gotify => const { &[within(10, 1)] },
        TargetKind::Teams => const { &[within(4, 1)] },
        // One a second to a chat, twenty a minute to a group.
        TargetKind::Telegram => const { &[SECOND, within(20, 60)] },
        // As the most used server is set up: ten at once, and one more every five seconds.
        TargetKind::Matrix => const { &[within(10, 50)] },
        // As the service at ntfy.sh: sixty at once, and one more every five seconds.
        TargetKind::Ntfy => const { &[within(60, 300)] },
        TargetKind::Feishu => const { &[within(5, 1), within(100, 60)] },
        TargetKind::DingTalk | TargetKind::WeCom => const { &[within(20, 60)] },
    }
}

/// Says when the next message may go. Times are since any one moment, by a clock that never goes back.
#[derive(Clone, Debug, Default)]
pub struct Pacer {
    rules: Vec<Rule>,
    /// When tries ended, as long as that matters; the last one at the end.
    sent: VecDeque<Duration>,
    /// Nothing before then: the service said so.
    rest: Duration,
}

impl Pacer {
    /// Goes on by other rules; what was sent stays known.
    pub fn rule(&mut self, rules: Vec<Rule>) {
        self.rules = rules;
    }

    /// Whether messages follow one another at all: then each waits for the one before.
    #[must_use]
    pub fn is_bound(&self) -> bool {
        !self.rules.is_empty()
    }

    /// The longest time for which it matters that a message was sent.
    #[must_use]
    pub fn memory(&self) -> Duration {
        self.rules.iter().map(|(_, window)| *window).max().unwrap_or_default()
    }

    /// Notes that a try ended. By that and not by its beginning, because where in between the service counted it is not
    /// known, and the next one begins later.
    pub fn note(&mut self, at: Duration) {
        if self.is_bound() {
            self.sent.push_back(at.max(self.sent.back().copied().unwrap_or_default()));
            let most = self.rules.iter().map(|(count, _)| *count).max().unwrap_or_default();
            while self.sent.len() > most {
                self.sent.pop_front();
            }
        }
    }

    /// Notes that the service wants to be left alone until then.
    pub fn rest(&mut self, until: Duration) {
        self.rest = self.rest.max(until);
    }

    /// When the next message may go, not before `now`.
    #[must_use]
    pub fn next(&self, now: Duration) -> Duration {
        let free = self.rules.iter().filter_map(|(count, window)| {
            let at = self.sent.len().checked_sub(*count)?;
            self.sent.get(at).map(|sent| *sent + *window)
        });
        free.fold(now.max(self.rest), Duration::max)
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn f126_no_kind_is_without_a_thought_about_its_pace() {
        for kind in TargetKind::ALL {
            assert!(rules(kind).iter().all(|(count, window)| *count > 0 && !window.is_zero()), "{kind:?}");
        }
    }

    #[test]
    fn f126_who_asked_to_be_left_alone_is() {
        let mut pacer = Pacer::default();
        assert_eq!(pacer.next(Duration::from_secs(5)), Duration::from_secs(5));
        pacer.rest(Duration::from_secs(9));
        pacer.rest(Duration::from_secs(7));
        assert_eq!(pacer.next(Duration::from_secs(5)), Duration::from_secs(9));
    }

    proptest! {
        /// Tries of any length, each begun as soon as it may, counted by the service anywhere in between.
        #[test]
        fn f126_no_window_ever_holds_more_than_its_rule(
            kind in prop::sample::select(TargetKind::ALL.to_vec()),
            tries in vec((0u64..3_000, 0u64..=100), 1..150),
        ) {
            let mut pacer = Pacer::default();
            pacer.rule(rules(kind).to_vec());
            let (mut now, mut counted) = (Duration::ZERO, Vec::new());
            for (takes, at) in tries {
                let begun = pacer.next(now);
                let takes = Duration::from_millis(takes);
                counted.push(begun + takes * u32::try_from(at).expect("small") / 100);
                now = begun + takes;
                pacer.note(now);
            }
            for (count, window) in rules(kind) {
                for (first, after) in counted.iter().zip(counted.iter().skip(*count)) {
                    prop_assert!(*after - *first >= *window);
                }
            }
        }
    }
}
