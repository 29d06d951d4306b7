//! One request at a time to each host, and a pause after it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

/// So many hosts are known before those are forgotten that nobody asks.
const MOST: usize = 4_096;
/// The longest pause that a host can ask for, and so how long one must be known.
const LONGEST: Duration = Duration::from_secs(3_600);

/// When the last request to a host ended.
type Host = Arc<tokio::sync::Mutex<Option<Instant>>>;

/// The hosts that are asked, or were a short time ago.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    known: Mutex<HashMap<String, Host>>,
}

/// The right to ask one host. Its end is the end of the request.
pub(super) struct Turn(OwnedMutexGuard<Option<Instant>>);

impl Drop for Turn {
    fn drop(&mut self) {
        *self.0 = Some(Instant::now());
    }
}

impl Hosts {
    /// Waits until `host` may be asked: nobody else asks it, and the last request ended `gap` ago. Whoever waits for
    /// another host must hold no turn.
    pub(super) async fn turn(&self, host: &str, gap: Duration) -> Turn {
        let guard = self.host(host).lock_owned().await;
        if let Some(ended) = *guard
            && !gap.is_zero()
        {
            tokio::time::sleep_until(ended + gap).await;
        }
        Turn(guard)
    }

    fn host(&self, name: &str) -> Host {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(host) = known.get(name) {
            return Arc::clone(host);
        }
        if known.len() >= MOST {
            known.retain(|_, host| is_needed(host));
        }
        Arc::clone(known.entry(name.to_owned()).or_default())
    }
}

/// Whether somebody asks it, or did so lately.
fn is_needed(host: &Host) -> bool {
    let ended = host.try_lock().map(|ended| *ended);
    ended.map_or(true, |ended| {
        ended.is_some_and(|ended| ended.elapsed() < LONGEST) || Arc::strong_count(host) > 1
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_host_is_asked_once_at_a_time_with_a_pause_between() {
        let hosts = Arc::new(Hosts::default());
        let begun = Instant::now();
        let ask = |host: &'static str, gap: u64| {
            let hosts = Arc::clone(&hosts);
            tokio::spawn(async move {
                let turn = hosts.turn(host, Duration::from_secs(gap)).await;
                let at = begun.elapsed().as_secs();
                tokio::time::sleep(Duration::from_secs(10)).await;
                drop(turn);
                at
            })
        };
        let tasks = [ask("a", 1), ask("a", 1), ask("a", 60), ask("b", 1)];
        let mut began = Vec::new();
        for task in tasks {
            began.push(task.await.expect("an end"));
        }
        assert_eq!(began, [0, 11, 81, 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn hosts_that_nobody_asks_are_forgotten_in_time() {
        let hosts = Hosts::default();
        for number in 0..MOST {
            drop(hosts.turn(&number.to_string(), Duration::ZERO).await);
        }
        let held = hosts.turn("held", Duration::ZERO).await;
        assert_eq!(hosts.known.lock().expect("a lock").len(), MOST + 1, "they were asked just now");
        tokio::time::sleep(LONGEST).await;
        drop(hosts.turn("new", Duration::ZERO).await);
        assert_eq!(hosts.known.lock().expect("a lock").len(), 2);
        drop(held);
    }
}
