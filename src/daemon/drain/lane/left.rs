//! What an earlier process may have been sending when it ended: the receiver may have it, so it keeps its id.

use std::collections::HashSet;

use crate::delivery::quiet_until;
use crate::model::quiet::QuietHours;
use crate::model::{Delivery, DeliveryId, Timestamp};

/// What may be with the receiver though nothing is known of it.
#[derive(Debug)]
pub(super) struct Left {
    /// When this process began.
    begun: Timestamp,
    /// How many messages, each about one article, are under way at once at most.
    at_once: usize,
    /// How many might be by earlier rules, and until when the last of those held.
    before: Option<(usize, Timestamp)>,
    quiet: Vec<QuietHours>,
    ids: HashSet<DeliveryId>,
}

impl Left {
    pub(super) fn new(begun: Timestamp, at_once: usize, quiet: Vec<QuietHours>) -> Self {
        Self { begun, at_once, before: None, quiet, ids: HashSet::new() }
    }

    /// Messages born until then may have been sent by rules under which so many were under way.
    pub(super) fn had_rules(&mut self, before: Option<(u32, Timestamp)>) {
        self.before = before.map(|(most, until)| (most as usize, until));
    }

    /// Whether this message is one.
    pub(super) fn has(&self, id: DeliveryId) -> bool {
        self.ids.contains(&id)
    }

    /// Notes those of these, which stand first in the queue: tries begin in its order, and so many at once, so there are
    /// no others. What is gathered has another id before it is sent, and what was born in quiet hours that did not end
    /// before this process began was never sent.
    pub(super) fn note(&mut self, due: &[Delivery]) {
        for delivery in due.iter().filter(|delivery| delivery.is_fresh() && delivery.born < self.begun) {
            let earlier = self.before.filter(|(_, until)| delivery.born <= *until).map(|(most, _)| most);
            let most = match earlier {
                Some(most) => most.max(self.at_once),
                None if quiet_until(&self.quiet, delivery.born).is_some_and(|end| end >= self.begun) => {
                    continue;
                }
                None => self.at_once,
            };
            if self.ids.len() < most {
                self.ids.insert(delivery.id);
            }
        }
    }
}
