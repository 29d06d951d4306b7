//! A disk that is full, under the real program: nothing ends, nothing is told that is not remembered, and with space
//! back everything goes on without a restart.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};

use crate::life::daemon::{Daemon, articles, config};
use crate::program::Home;
use crate::support::Inbox;

/// What is said when nothing can be remembered, and when it can again.
const TROUBLE: [&str; 2] = ["nothing can be remembered", "everything can be remembered again"];

/// How many articles are there before the first look.
const BEFORE: u32 = 60;

fn home(inbox: &Inbox) -> Home {
    let home = Home::new(&config("1s", &inbox.target("team", "burst = false")));
    home.write_page("first.txt", &articles(BEFORE));
    home
}

fn log(home: &Home) -> String {
    fs::read_to_string(home.path("err")).unwrap()
}

fn feed_has(home: &Home, number: u32) -> bool {
    let feed = fs::read_to_string(home.path("var/public/feeds/all.json")).unwrap_or_default();
    feed.contains(&crate::program::Entry::numbered(number).title)
}

/// Lets no file of a process grow beyond so many bytes; `None` lets it again.
fn limit(process: Pid, bytes: Option<u64>) {
    let maximum = getrlimit(Resource::Fsize).maximum;
    prlimit(Some(process), Resource::Fsize, Rlimit { current: bytes, maximum }).unwrap();
}

/// The disk is full while two articles come, and then no more: each is told once.
#[track_caller]
fn goes_on(
    home: &Home,
    inbox: &Inbox,
    mut daemon: Daemon<'_>,
    while_full: impl FnOnce(&Home),
    free: impl FnOnce(),
) {
    home.write_page("first.txt", &articles(BEFORE + 1));
    daemon.until("the trouble", |home| log(home).contains(TROUBLE[0]));
    daemon.status("cannot remember anything");
    home.write_page("first.txt", &articles(BEFORE + 2));
    // Commands are answered, be it by what is wrong.
    let _ = home.run(&["status"]);
    while_full(home);
    free();
    daemon.until("the new articles", |home| feed_has(home, BEFORE) && feed_has(home, BEFORE + 1));
    daemon.until("the end of the trouble", |home| log(home).contains(TROUBLE[1]));
    inbox.until(|all| all.len() >= 2);
    let status = home.expect(0, &["status", "--json"]);
    assert!(!status.contains("\"store\""), "{status}");
    assert!(!log(home).contains("panicked"), "{}", log(home));
    assert!(!home.path("var/index.broken-1").exists(), "a full disk is no reason to build the index anew");
    daemon.stop();
    let told = inbox.told();
    let titles: BTreeSet<String> =
        [BEFORE, BEFORE + 1].map(|number| crate::program::Entry::numbered(number).title).into();
    assert_eq!(told.keys().cloned().collect::<BTreeSet<_>>(), titles);
    assert_eq!(inbox.all().len(), 2, "each is told once");
    assert_eq!(home.articles().len(), BEFORE as usize + 2);
}

#[test]
fn f009_files_that_may_not_grow_stop_nothing_and_are_written_again_when_they_may() {
    let inbox = Inbox::new();
    let home = home(&inbox);
    let daemon = Daemon::limited(&home, &[]);
    daemon.note("READY=1");
    let process = daemon.id();
    let length = fs::metadata(home.path("var/journal/0001.jsonl")).unwrap().len();
    limit(process, Some(length + 10));
    let nothing = |home: &Home| {
        assert!(!feed_has(home, BEFORE) && inbox.all().is_empty(), "what is not remembered is not told");
    };
    goes_on(&home, &inbox, daemon, nothing, || limit(process, None));
    for line in TROUBLE {
        assert_eq!(log(&home).matches(line).count(), 1, "{}", log(&home));
    }
}

/// A small file system in memory; unmounted when dropped.
struct Small {
    place: PathBuf,
}

impl Small {
    /// `None` where this may not be mounted; that is said, and fails the test where `TIDINGS_REQUIRE` names `tmpfs`.
    fn mount(place: &Path, size: &str) -> Option<Self> {
        fs::create_dir_all(place).unwrap();
        let options = format!("size={size},mode=0700");
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "none"]).arg(place).output();
        if mount.as_ref().is_ok_and(|output| output.status.success()) {
            return Some(Self { place: place.to_owned() });
        }
        let is_required = std::env::var("TIDINGS_REQUIRE").is_ok_and(|names| names.contains("tmpfs"));
        assert!(!is_required, "a tmpfs cannot be mounted: {mount:?}");
        eprintln!("SKIPPED: a tmpfs cannot be mounted here: {mount:?}");
        None
    }

    /// Fills it to the last byte.
    fn fill(&self) {
        let mut size = 1 << 20;
        let mut bytes = Vec::new();
        while size > 0 {
            bytes.resize(bytes.len() + size, 7);
            if fs::write(self.place.join("ballast"), &bytes).is_err() {
                bytes.truncate(bytes.len() - size);
                size /= 2;
            }
        }
        // The last try left a file as long as there is room.
        assert!(fs::write(self.place.join("more"), [7; 8_192]).is_err());
    }

    fn free(&self) {
        let _ = fs::remove_file(self.place.join("more"));
        fs::remove_file(self.place.join("ballast")).unwrap();
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.place).status();
    }
}

#[test]
fn f007_full_file_system_stops_nothing_and_is_written_again_when_it_has_space() {
    let inbox = Inbox::new();
    let home = home(&inbox);
    let Some(small) = Small::mount(&home.path("var"), "12m") else { return };
    let daemon = Daemon::ready(&home, &[]);
    small.fill();
    // Some records fit into the journal's last block, and come to be known as soon as the index gets along.
    goes_on(&home, &inbox, daemon, |_| (), || small.free());
}

#[test]
fn f008_full_file_system_of_the_published_files_keeps_the_old_ones() {
    let inbox = Inbox::new();
    let home = home(&inbox);
    let Some(small) = Small::mount(&home.path("var/public"), "4m") else { return };
    let mut daemon = Daemon::ready(&home, &[]);
    small.fill();
    let before = fs::read(home.path("var/public/feeds/all.json")).unwrap();
    home.write_page("first.txt", &articles(BEFORE + 1));
    daemon.until("the trouble", |home| log(home).contains("files cannot be published"));
    // It is remembered, so it is told.
    inbox.until(|all| all.len() == 1);
    assert!(fs::read(home.path("var/public/feeds/all.json")).unwrap() == before, "the old file stays");
    small.free();
    daemon.until("the new article", |home| feed_has(home, BEFORE));
    daemon.until("the end of the trouble", |home| log(home).contains("all files can be published again"));
    assert!(!log(&home).contains(TROUBLE[0]), "{}", log(&home));
    let left = fs::read_dir(home.path("var/public")).unwrap().flatten();
    assert!(left.into_iter().all(|entry| !entry.file_name().to_string_lossy().starts_with(".tidings-")));
    daemon.stop();
}
