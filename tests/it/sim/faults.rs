//! A disk that fails as it is told, and remembers what was flushed.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tidings::disk::{Act, Disk, Verdict, Watch};

use super::dice::Dice;
use super::step::Fault;

/// The disk's state; clones are the same one.
#[derive(Clone, Default)]
pub(super) struct Faults(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    plan: Option<Plan>,
    /// Whether anything failed since that was last asked.
    fired: bool,
    /// How many bytes of each journal file are on the disk for good.
    flushed: HashMap<PathBuf, u64>,
}

#[derive(Clone, Copy)]
struct Plan {
    /// Operations that still go well.
    after: usize,
    how: How,
}

#[derive(Clone, Copy)]
enum How {
    Once(Fault),
    Lasting(Fault),
    /// The process is dead: nothing is done any more.
    Dead,
}

impl Faults {
    pub(super) fn disk(&self) -> Disk {
        Disk::watched(Arc::new(self.clone()))
    }

    pub(super) fn fail(&self, after: usize, fault: Fault, lasting: bool) {
        let how = if lasting { How::Lasting(fault) } else { How::Once(fault) };
        self.0.lock().unwrap().plan = Some(Plan { after, how });
    }

    /// After so many operations nothing is done any more.
    pub(super) fn die(&self, after: usize) {
        self.0.lock().unwrap().plan = Some(Plan { after, how: How::Dead });
    }

    /// Everything goes well again; whether anything failed.
    pub(super) fn clear(&self) -> bool {
        let mut state = self.0.lock().unwrap();
        state.plan = None;
        std::mem::take(&mut state.fired)
    }

    /// Whether anything failed.
    pub(super) fn fired(&self) -> bool {
        self.0.lock().unwrap().fired
    }

    /// The files of the journal are others than those that were written to.
    pub(super) fn moved(&self) {
        self.0.lock().unwrap().flushed.clear();
    }

    /// The power is cut: what was written to the journal and not flushed is lost from some place on.
    pub(super) fn cut_power(&self, dice: &mut Dice) {
        let mut state = self.0.lock().unwrap();
        for (path, flushed) in &mut state.flushed {
            let Ok(found) = fs::metadata(path) else { continue };
            if found.len() > *flushed {
                let kept = *flushed + dice.below((found.len() - *flushed) as usize + 1) as u64;
                fs::OpenOptions::new().write(true).open(path).unwrap().set_len(kept).unwrap();
                *flushed = kept;
            }
        }
    }
}

impl Watch for Faults {
    fn before(&self, path: &Path, act: Act<'_>) -> Verdict {
        let mut state = self.0.lock().unwrap();
        let verdict = state.verdict(act);
        if matches!(verdict, Verdict::Go) && path.extension().is_some_and(|ending| ending == "jsonl") {
            let length = || fs::metadata(path).map_or(0, |found| found.len());
            match act {
                Act::Sync => drop(state.flushed.insert(path.to_owned(), length())),
                // Its name may be another file's from now on.
                Act::Remove | Act::Rename { .. } => drop(state.flushed.remove(path)),
                Act::SetLen(to) => {
                    state.flushed.entry(path.to_owned()).and_modify(|flushed| *flushed = to.min(*flushed));
                }
                Act::Write { .. } => drop(state.flushed.entry(path.to_owned()).or_insert_with(length)),
                _ => {}
            }
        }
        verdict
    }
}

impl State {
    fn verdict(&mut self, act: Act<'_>) -> Verdict {
        let Some(plan) = &mut self.plan else { return Verdict::Go };
        if plan.after > 0 {
            plan.after -= 1;
            return Verdict::Go;
        }
        let how = plan.how;
        self.fired = true;
        let fault = match how {
            How::Dead => return Verdict::Refuse(io::Error::other("the process is dead")),
            How::Once(fault) => {
                self.plan = None;
                fault
            }
            How::Lasting(fault) => fault,
        };
        match (fault, act) {
            (Fault::Io, _) => Verdict::Refuse(io::Error::from_raw_os_error(5)),
            (Fault::Short, Act::Write { bytes, .. }) => {
                Verdict::Short(bytes.len() / 2, io::Error::from_raw_os_error(28))
            }
            // What needs no room goes on.
            (_, Act::Remove | Act::RemoveFolder | Act::SetLen(_)) => Verdict::Go,
            _ => Verdict::Refuse(io::Error::from_raw_os_error(28)),
        }
    }
}
