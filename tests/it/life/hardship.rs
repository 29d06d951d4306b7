//! A machine that has no more to give.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, prlimit};

use super::daemon::{Daemon, PATIENCE, articles, config};
use crate::program::Home;

/// The open files of a process.
fn files(process: Pid) -> u64 {
    let open = fs::read_dir(format!("/proc/{}/fd", process.as_raw_nonzero())).unwrap();
    u64::try_from(open.count()).unwrap()
}

/// Lets a process have so many files.
fn allow(process: Pid, files: u64) {
    let maximum = getrlimit(Resource::Nofile).maximum;
    prlimit(Some(process), Resource::Nofile, Rlimit { current: Some(files), maximum }).unwrap();
}

/// The answer to a request, or nothing where the server has no connection for it.
fn get(address: &str, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    text.starts_with("HTTP/1.1 200").then_some(text)
}

#[test]
fn f136_without_file_descriptors_it_sheds_load_and_recovers() {
    let home = Home::new(&config("1s", ""));
    home.write_page("first.txt", &articles(20));
    let mut daemon = Daemon::ready(&home, &[]);
    let (address, process) = (daemon.address(), daemon.id());
    assert!(get(&address, "/feeds/all.json").is_some());

    allow(process, files(process) + 4);
    let strangers: Vec<TcpStream> = (0..40).map(|_| TcpStream::connect(&address).unwrap()).collect();
    let log = |home: &Home| fs::read_to_string(home.path("err")).unwrap();
    daemon.until("the shortage", |home| log(home).contains("no connection can be accepted"));
    // A page changes, a command comes, the config is to be read again: none of it ends the service.
    home.write_page("first.txt", &articles(21));
    daemon.signal(Signal::HUP);
    let _ = home.run(&["status"]);
    daemon.note("RELOADING=1");
    daemon.note("READY=1");

    drop(strangers);
    let begun = Instant::now();
    while !get(&address, "/feeds/all.json").is_some_and(|feed| feed.contains("number 20 to")) {
        assert!(begun.elapsed() < PATIENCE, "it does not recover: {}", daemon.err());
        std::thread::sleep(Duration::from_millis(20));
    }
    // Once for readers, once for commands.
    assert!(log(&home).matches("no connection can be accepted").count() <= 2, "{}", daemon.err());
    assert!(home.run(&["status"]).status.success());
    daemon.stop();
    assert_eq!(home.articles().len(), 21);
}
