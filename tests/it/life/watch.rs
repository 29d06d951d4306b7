//! A page that is saved is read soon, though its listing is due in an hour.

use std::fs;

use super::daemon::{Daemon, articles, config};
use crate::program::Home;

fn home() -> Home {
    let home = Home::new(&config("1h", ""));
    home.write_page("first.txt", &articles(20));
    home
}

/// Waits until the log has told so often of changed articles.
#[track_caller]
fn until_changed(daemon: &mut Daemon<'_>, times: usize) {
    daemon.until("the change", |home| {
        fs::read_to_string(home.path("err")).unwrap().matches("articles changed").count() >= times
    });
}

/// The service, once its folders are watched.
#[track_caller]
fn watched(home: &Home) -> Daemon<'_> {
    let env = [("TIDINGS_LOG", "info,tidings::daemon::watch=debug")];
    let mut daemon = Daemon::ready(home, &env);
    daemon.until("the watch", |home| {
        fs::read_to_string(home.path("err")).unwrap().contains("watching folders")
    });
    daemon
}

#[test]
fn page_replaced_by_a_rename_is_read_soon() {
    let home = home();
    let mut daemon = watched(&home);
    home.write_page("first.txt", &articles(21));
    until_changed(&mut daemon, 1);
    home.write_page("first.txt", &articles(22));
    until_changed(&mut daemon, 2);
    daemon.stop();
}

#[test]
fn page_written_in_place_in_many_small_pieces_is_read_once() {
    use std::io::Write as _;
    let home = home();
    let mut daemon = watched(&home);
    let mut file = fs::File::create(home.path("pages/first.txt")).unwrap();
    for piece in articles(25).as_bytes().chunks(100) {
        file.write_all(piece).unwrap();
    }
    drop(file);
    until_changed(&mut daemon, 1);
    assert!(daemon.err().contains("articles=25 new=5"), "{}", daemon.err());
    assert!(!daemon.err().contains("in trouble"), "{}", daemon.err());
    daemon.stop();
}

#[test]
fn page_that_appears_later_is_read_soon() {
    let home = Home::new(&config("1h", ""));
    let mut daemon = watched(&home);
    home.write_page("first.txt", &articles(20));
    daemon.until("its first look", |home| {
        fs::read_to_string(home.path("err")).unwrap().contains("listing=\"first\" articles=20")
    });
    daemon.stop();
}

#[test]
fn folder_that_appears_later_is_watched_and_one_that_was_replaced_is_again() {
    let home = Home::new(&config("1h", "").replace("pages/first.txt", "pages/below/*.txt"));
    home.write_page("first.txt", &articles(20));
    let mut daemon = watched(&home);
    fs::create_dir(home.path("pages/below")).unwrap();
    fs::write(home.path("pages/below/a.txt"), articles(20)).unwrap();
    let seen =
        |part: &'static str| move |home: &Home| fs::read_to_string(home.path("err")).unwrap().contains(part);
    daemon.until("its first look", seen("listing=\"first\" articles=20"));
    fs::write(home.path("pages/below/a.txt"), articles(21)).unwrap();
    daemon.until("the change", seen("articles=21 new=1"));
    fs::rename(home.path("pages/below"), home.path("pages/before")).unwrap();
    fs::create_dir(home.path("pages/below")).unwrap();
    fs::write(home.path("pages/below/a.txt"), articles(22)).unwrap();
    daemon.until("the change in the new folder", seen("articles=22 new=1"));
    daemon.stop();
}
