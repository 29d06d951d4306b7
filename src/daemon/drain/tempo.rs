//! When the next message may go to a target: its service's pace, by a clock that is never set.

use std::time::Duration;

use tokio::time::Instant;

use crate::delivery::{Pacer, Rule};

/// The time at which a tempo begins, so that there are times before it.
const BEGIN: Duration = Duration::from_secs(100_000);

/// The pace of one target.
#[derive(Debug)]
pub(super) struct Tempo {
    epoch: Instant,
    pacer: Pacer,
}

impl Tempo {
    /// One under which nothing was sent yet.
    pub(super) fn new(rules: &[Rule]) -> Self {
        let mut tempo = Self { epoch: Instant::now(), pacer: Pacer::default() };
        tempo.rule(rules);
        tempo
    }

    /// Goes on by these rules.
    pub(super) fn rule(&mut self, rules: &[Rule]) {
        self.pacer.rule(rules.to_vec());
    }

    fn now(&self) -> Duration {
        BEGIN + self.epoch.elapsed()
    }

    /// Whether messages follow one another at all.
    pub(super) fn is_bound(&self) -> bool {
        self.pacer.is_bound()
    }

    /// The longest time for which it matters that a message was sent.
    pub(super) fn memory(&self) -> Duration {
        self.pacer.memory()
    }

    /// Notes that a try ended so long ago; older ones first.
    pub(super) fn note(&mut self, ago: Duration) {
        self.pacer.note(self.now().saturating_sub(ago));
    }

    /// Notes that the target wants to be left alone for so long from now.
    pub(super) fn rest(&mut self, time: Duration) {
        self.pacer.rest(self.now() + time);
    }

    /// How long until the next message may go.
    pub(super) fn wait(&self) -> Duration {
        let now = self.now();
        self.pacer.next(now).saturating_sub(now)
    }
}
