//! Listings that wait for their host: one of each host at a time, and the hosts in turn.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::model::ListingId;

/// The listings that are to be looked at, by their host.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    /// Hosts with listings that wait, and that are not being asked; each once.
    ready: VecDeque<String>,
    waiting: HashMap<String, VecDeque<ListingId>>,
    busy: HashSet<String>,
}

impl Lanes {
    /// A listing of this host is to be looked at.
    pub(super) fn push(&mut self, host: &str, id: ListingId) {
        let waiting = self.waiting.entry(host.to_owned()).or_default();
        waiting.push_back(id);
        if waiting.len() == 1 && !self.busy.contains(host) {
            self.ready.push_back(host.to_owned());
        }
    }

    /// The next listing, whose host is being asked from here on.
    pub(super) fn pop(&mut self) -> Option<(String, ListingId)> {
        while let Some(host) = self.ready.pop_front() {
            let Some(waiting) = self.waiting.get_mut(&host) else { continue };
            let next = waiting.pop_front();
            if waiting.is_empty() {
                self.waiting.remove(&host);
            }
            if let Some(id) = next {
                self.busy.insert(host.clone());
                return Some((host, id));
            }
        }
        None
    }

    /// The host is asked no more; what waits for it comes after what waits for others.
    pub(super) fn free(&mut self, host: &str) {
        if self.busy.remove(host) && self.waiting.contains_key(host) {
            self.ready.push_back(host.to_owned());
        }
    }

    /// Keeps those for which this holds.
    pub(super) fn retain(&mut self, keep: impl Fn(&ListingId) -> bool) {
        for waiting in self.waiting.values_mut() {
            waiting.retain(&keep);
        }
        self.waiting.retain(|_, waiting| !waiting.is_empty());
        self.ready.retain(|host| self.waiting.contains_key(host));
    }

    /// Whether none waits whose host could be asked.
    pub(super) fn is_empty(&self) -> bool {
        self.ready.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> ListingId {
        ListingId::parse(text).expect("an id")
    }

    #[test]
    fn f037_hosts_take_turns_and_none_is_asked_twice_at_once() {
        let mut lanes = Lanes::default();
        for (host, name) in [("a", "a1"), ("a", "a2"), ("a", "a3"), ("b", "b1"), ("c", "c1"), ("c", "c2")] {
            lanes.push(host, id(name));
        }
        let next = |lanes: &mut Lanes| lanes.pop().map(|(_, id)| id.to_string());
        assert_eq!(
            [next(&mut lanes), next(&mut lanes), next(&mut lanes)],
            ["a1", "b1", "c1"].map(|id| Some(id.to_owned()))
        );
        assert_eq!(next(&mut lanes), None, "all hosts are being asked");
        lanes.free("c");
        lanes.free("b");
        lanes.push("b", id("b2"));
        lanes.free("a");
        lanes.retain(|id| id.as_str() != "a2");
        let rest: Vec<_> = std::iter::from_fn(|| next(&mut lanes)).collect();
        assert_eq!(rest, ["c2", "b2", "a3"]);
        lanes.push("a", id("a4"));
        lanes.retain(|_| false);
        lanes.free("a");
        assert!(lanes.is_empty() && lanes.pop().is_none());
    }
}
