//! What work costs a process.

use std::time::Duration;

/// The CPU that a process has used, on all its threads, with those that ended: in user mode, and in the system's.
#[derive(Clone, Copy, Default)]
pub(crate) struct Cpu {
    user: Duration,
    system: Duration,
}

impl Cpu {
    /// Of the process with that id; `self` is this one.
    pub(crate) fn of(process: &str) -> Self {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("a stat");
        let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
        // In hundredths of a second on every Linux.
        let time = |at: usize| Duration::from_millis(10 * fields[at].parse::<u64>().expect("a number"));
        Self { user: time(11), system: time(12) }
    }

    pub(crate) fn since(self, begun: Self) -> Self {
        Self { user: self.user - begun.user, system: self.system - begun.system }
    }

    /// How much of it is one of so many's.
    pub(crate) fn each(self, of: usize) -> String {
        let micros = |time: Duration| time.as_secs_f64() * 1e6 / of.max(1) as f64;
        format!("{:.0} µs of CPU ({:.0} user)", micros(self.user + self.system), micros(self.user))
    }
}

/// The most memory that a process had.
pub(crate) fn peak(process: &str) -> String {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("a status");
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    let kilobytes = line.split_whitespace().nth(1).and_then(|number| number.parse::<f64>().ok());
    format!("{:.0} MB at most", kilobytes.unwrap_or_default() / 1024.0)
}

/// How busy the machine is, which wall times depend on.
pub(crate) fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!("load {}", load.split(' ').next().unwrap_or_default())
}
