//! What happens in a history, one step after another. A step holds numbers alone, and what they choose from is what
//! there is when it is taken: so any part of a history is a history, too.

use super::dice::Dice;

/// Listings that may be watched.
pub(super) const SLOTS: usize = 5;

/// Targets that may be declared.
pub(super) const TARGETS: usize = 4;

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The page of a listing changes.
    Page(usize, Edit),
    /// So many seconds pass; fewer than none when the clock is set back.
    Wait(i64),
    /// What is due is scanned.
    Due,
    /// One listing is scanned by hand.
    Scan(usize),
    /// Two listings of one site are, at once.
    Both(usize),
    /// Another config is taken up.
    Config(Change),
    /// An operator decides.
    Decide(Choice, usize),
    Publish,
    Drain,
    /// A target answers otherwise.
    Network(usize, Mood),
    /// The process is killed while it does something, after so many disk operations; the power may go with it.
    Die {
        /// What it does.
        at: Work,
        /// After so many operations on the disk everything stands still.
        after: usize,
        /// What was not flushed is lost, in part or all.
        power: bool,
    },
    /// It ends as it should, and starts again.
    Restart,
    /// It ends, and starts with its index or its tree gone.
    Lose(Lost),
    /// What no page has shown for so many days is forgotten.
    Forget(i64),
    /// It ends, and starts where all that was remembered came to by another way.
    Move(Way),
    /// The disk fails.
    Fault {
        after: usize,
        how: Fault,
        lasting: bool,
    },
}

/// How a page changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edit {
    New(usize),
    Summary(usize),
    Title(usize),
    Remove(usize),
    Swap(usize, usize),
    /// An entry of another listing of its site appears on it.
    Cross(usize),
    Cut(usize),
    Empty,
    Error,
    Missing,
    Old(usize),
    Flood,
    Normal,
}

/// How the config changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// A listing is taken off, or comes back.
    Listing(usize),
    Rename(usize),
    Tags(usize),
    Target(usize),
    View(usize),
}

/// What an operator decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    Pause,
    Resume,
    Approve,
    Reject,
    Hide,
    Restore,
    Retry,
    Drop,
    Disable,
    Enable,
}

/// How a target answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mood {
    Up,
    /// 500.
    Broken,
    /// No answer.
    Silent,
    /// 429 with `Retry-After`.
    Busy,
    /// 410.
    Gone,
    /// It takes the message, and the answer is lost.
    Reset,
    /// 413.
    Large,
    /// Any of these, as it comes.
    Flaky,
}

/// What a process is killed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    Scan,
    Publish,
    Drain,
    Start,
}

/// What is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    Index,
    Tree,
    Both,
    Snapshots,
    /// What the index has of listings that no journal holds.
    Memos,
}

/// How what is remembered gets into a data folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// By an export, and an import into an empty folder.
    Import,
    /// The folder is a copy of the one before.
    Copy,
    /// The journal makes room for a snapshot; with some of its history, or none.
    Compact { history: bool },
}

/// How the disk fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Io,
    Full,
    Short,
}

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

impl Step {
    /// One of all of them.
    pub(super) fn random(dice: &mut Dice) -> Self {
        match dice.below(1_000) {
            0..290 => Self::Page(dice.below(SLOTS), Edit::random(dice)),
            290..410 => Self::Wait(match dice.below(200) {
                0..120 => 60 * (1 + dice.below(60)) as i64,
                120..170 => HOUR * (1 + dice.below(24)) as i64,
                170..185 => DAY * (1 + dice.below(7)) as i64,
                185..191 => DAY * 30 * (1 + dice.below(3)) as i64,
                191..199 => -HOUR,
                _ => 365 * DAY,
            }),
            410..570 => Self::Due,
            570..630 => Self::Scan(dice.below(SLOTS)),
            630..670 => Self::Both(dice.below(SLOTS)),
            670..695 => Self::Config(Change::random(dice)),
            695..750 => Self::Decide(
                dice.of(&[
                    Choice::Pause,
                    Choice::Resume,
                    Choice::Resume,
                    Choice::Approve,
                    Choice::Approve,
                    Choice::Approve,
                    Choice::Reject,
                    Choice::Hide,
                    Choice::Restore,
                    Choice::Retry,
                    Choice::Drop,
                    Choice::Disable,
                    Choice::Enable,
                    Choice::Enable,
                ]),
                dice.below(1_000),
            ),
            750..785 => Self::Publish,
            785..900 => Self::Drain,
            900..940 => Self::Network(
                dice.below(TARGETS),
                dice.of(&[
                    Mood::Up,
                    Mood::Up,
                    Mood::Up,
                    Mood::Broken,
                    Mood::Silent,
                    Mood::Busy,
                    Mood::Gone,
                    Mood::Reset,
                    Mood::Large,
                    Mood::Flaky,
                    Mood::Flaky,
                ]),
            ),
            940..964 => Self::Die {
                at: dice.of(&[Work::Scan, Work::Scan, Work::Publish, Work::Drain, Work::Start]),
                after: dice.below(40),
                power: dice.below(2) == 0,
            },
            964..974 => Self::Restart,
            974..977 => {
                Self::Lose(dice.of(&[Lost::Index, Lost::Tree, Lost::Both, Lost::Snapshots, Lost::Memos]))
            }
            977..983 => Self::Forget(dice.of(&[1, 7, 30, 90])),
            983..986 => Self::Move(dice.of(&[
                Way::Import,
                Way::Copy,
                Way::Compact { history: false },
                Way::Compact { history: true },
            ])),
            _ => Self::Fault {
                after: dice.below(30),
                how: dice.of(&[Fault::Io, Fault::Full, Fault::Short]),
                lasting: dice.below(3) == 0,
            },
        }
    }
}

impl Edit {
    fn random(dice: &mut Dice) -> Self {
        let at = dice.below(1_000);
        match dice.below(100) {
            0..34 => Self::New(1 + dice.below(3)),
            34..44 => Self::Summary(at),
            44..50 => Self::Title(at),
            50..57 => Self::Remove(at),
            57..61 => Self::Swap(at, dice.below(1_000)),
            61..71 => Self::Cross(at),
            71..74 => Self::Cut(at),
            74..76 => Self::Empty,
            76..78 => Self::Error,
            78..80 => Self::Missing,
            80..83 => Self::Old(at),
            83..84 => Self::Flood,
            _ => Self::Normal,
        }
    }
}

impl Change {
    fn random(dice: &mut Dice) -> Self {
        let at = dice.below(1_000);
        match dice.below(10) {
            0..3 => Self::Listing(at),
            3..5 => Self::Rename(at),
            5..7 => Self::Tags(at),
            7..9 => Self::Target(at),
            _ => Self::View(at),
        }
    }
}
