//! What work costs this process.

use std::time::{Duration, Instant};

/// Measures from its making on.
pub(crate) struct Meter {
    begun: Spent,
    start: Instant,
}

/// What was spent.
#[derive(Clone, Copy, Default)]
pub(crate) struct Spent {
    /// On all threads, with those that ended.
    user: Duration,
    system: Duration,
    wall: Duration,
}

impl Meter {
    pub(crate) fn start() -> Self {
        Self { begun: used(), start: Instant::now() }
    }

    /// From the start of the process.
    pub(crate) fn whole() -> Self {
        Self { begun: Spent::default(), start: Instant::now() }
    }

    pub(crate) fn spent(&self) -> Spent {
        let now = used();
        let (user, system) = (now.user - self.begun.user, now.system - self.begun.system);
        Spent { user, system, wall: self.start.elapsed() }
    }

    pub(crate) fn row(&self, what: &str, listings: usize) {
        self.spent().row(what, listings);
    }
}

impl Spent {
    pub(crate) fn row(&self, what: &str, listings: usize) {
        let Self { user, system, wall } = *self;
        let each = (user + system).as_secs_f64() * 1e6 / listings.max(1) as f64;
        let (user, system, wall) = (user.as_secs_f64(), system.as_secs_f64(), wall.as_secs_f64());
        println!(
            "{what:<36} {:>7.3} s of CPU ({user:.3} user), {each:>7.1} µs a listing, {wall:.3} s",
            user + system
        );
    }
}

fn used() -> Spent {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("a stat");
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    // In hundredths of a second on every Linux.
    let time = |at: usize| Duration::from_millis(10 * fields[at].parse::<u64>().expect("a number"));
    Spent { user: time(11), system: time(12), wall: Duration::ZERO }
}

/// What the process has in memory, and had at most.
pub(crate) fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").expect("a status");
    let megabytes = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        let kilobytes = line.split_whitespace().nth(1).and_then(|number| number.parse::<f64>().ok());
        kilobytes.unwrap_or_default() / 1024.0
    };
    format!("{:.0} MB, at most {:.0}", megabytes("VmRSS"), megabytes("VmHWM"))
}
