//! Another config while it runs.

use std::fs;

use rustix::process::Signal;

use super::daemon::{Daemon, articles, config, listing};
use crate::program::Home;

fn home() -> Home {
    let home = Home::new(&config("1h", ""));
    home.write_page("first.txt", &articles(20));
    home.write_page("second.txt", &articles(30));
    home
}

#[track_caller]
fn reload(daemon: &Daemon<'_>) {
    daemon.signal(Signal::HUP);
    daemon.note("RELOADING=1");
    daemon.note("READY=1");
}

#[test]
fn good_config_brings_new_listings_and_retires_old_ones() {
    let home = home();
    let mut daemon = Daemon::ready(&home, &[]);
    home.configure(&config("1h", &listing("second", "1h")));
    reload(&daemon);
    daemon.status("2 listings, 50 articles");
    daemon.until("its feed", |home| home.path("var/public/feeds/listings/second.rss").exists());
    home.configure(&config("1h", ""));
    reload(&daemon);
    daemon.until("its end", |home| !home.path("var/public/feeds/listings/second.rss").exists());
    let err = daemon.err();
    assert!(err.contains("read again: 2 listings, 1 new") && err.contains("1 listing, 1 gone"), "{err}");
    daemon.stop();
}

#[test]
fn another_title_is_published_without_a_restart() {
    let home = home();
    let mut daemon = Daemon::ready(&home, &[]);
    home.configure(&config("1h", "").replace("title = \"T\"", "title = \"Quite another name\""));
    reload(&daemon);
    daemon.until("the title", |home| {
        fs::read_to_string(home.path("var/public/feeds/all.rss")).unwrap().contains("Quite another name")
    });
    daemon.stop();
}

#[test]
fn broken_config_changes_nothing_and_every_fault_is_said() {
    let home = home();
    let daemon = Daemon::ready(&home, &[]);
    home.configure(&config("soon", "titel = 1\n"));
    reload(&daemon);
    let err = daemon.err();
    assert!(err.contains("the old config stays in use"), "{err}");
    assert!(err.contains("titel") && err.contains("soon") && err.contains("2 errors"), "{err}");
    home.configure(&config("1h", &listing("second", "1h")));
    reload(&daemon);
    daemon.status("2 listings, 50 articles");
    daemon.stop();
}

#[test]
fn config_without_listings_changes_nothing() {
    let home = home();
    let daemon = Daemon::ready(&home, &[]);
    home.configure("data_dir = \"var\"\n");
    reload(&daemon);
    assert!(daemon.err().contains("nothing to watch"), "{}", daemon.err());
    daemon.stop();
}

#[test]
fn address_and_data_folder_stay_until_a_restart_and_that_is_said() {
    let home = home();
    let daemon = Daemon::ready(&home, &[]);
    let moved = config("1h", "").replace("127.0.0.1:0", "127.0.0.1:1").replace("\"var\"", "\"elsewhere\"");
    home.configure(&moved);
    reload(&daemon);
    let err = daemon.err();
    assert!(err.contains("data_dir and serve.listen changed too, which needs a restart"), "{err}");
    assert!(!home.path("elsewhere").exists());
    daemon.stop();
}
