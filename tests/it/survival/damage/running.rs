//! The files are harmed while the service runs: it goes on, says so, and is whole afterwards.

use std::fs;
use std::time::{Duration, Instant};

use super::bench::{Image, each, zero};
use crate::child::{Running, start};
use crate::program::Home;
use crate::support::index;

/// A service over a copy of an image, that has looked at everything once.
fn running(home: &Home) -> Running {
    let mut running = start(home, &["run"], None);
    assert!(!running.wait_until("next look at"), "it starts");
    running
}

/// It still answers, and ends well.
#[track_caller]
fn goes_on(image: &Image, home: &Home, running: Running, what: &str) {
    let begun = Instant::now();
    // What a check finds wrong with the index is mended by it; what is asked meanwhile may be refused.
    loop {
        let asked = home.run(&["store", "check"]);
        let scanned = home.run(&["scan", "--json"]);
        if asked.status.success() && scanned.status.success() {
            break;
        }
        let err = String::from_utf8_lossy(&asked.stderr).into_owned();
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}: it does not recover: {err}");
        assert_ne!(asked.status.code(), Some(1), "{what}: {err}");
        std::thread::sleep(Duration::from_millis(100));
    }
    running.signal(rustix::process::Signal::TERM);
    let ended = running.end();
    assert_eq!(ended.code(), Some(0), "{what}: {}", ended.err);
    image.holds(&home.path("var"), &format!("{what}\n{}", ended.err));
    image.publishes(home, what);
}

#[test]
fn f006_index_harmed_under_a_running_service_is_built_anew_and_it_goes_on() {
    each(9, |round, dice| {
        let image = &Image::all()[dice.below(3)];
        let (home, team) = image.copy();
        let running = running(&home);
        let db = index(&home.path("var")).join("db");
        let length = fs::metadata(&db).unwrap().len() as usize;
        let what = match round % 3 {
            0 => {
                (0..length / 4_096).for_each(|page| zero(&db, page));
                "all pages zeroed"
            }
            1 => {
                super::bench::cut(&db, 0);
                "cut to nothing"
            }
            _ => {
                (0..20).for_each(|_| zero(&db, dice.below(length / 4_096)));
                "20 pages zeroed"
            }
        };
        goes_on(image, &home, running, &format!("{what} ({:?})", image.left));
        assert_eq!(team.all().len(), 0, "{what}");
    });
}

#[test]
fn f004_index_removed_under_a_running_service_is_there_again_after_it() {
    let image = &Image::all()[0];
    let (home, team) = image.copy();
    let running = running(&home);
    fs::remove_dir_all(home.path("var/index")).unwrap();
    goes_on(image, &home, running, "index removed");
    assert_eq!(team.all().len(), 0);
}
