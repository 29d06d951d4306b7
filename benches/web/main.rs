//! What watching pages on the web costs: 2,000 listings of 50 articles each on a server of this machine. A cold start,
//! cycles in which every page answers 304, and cycles in which one page of ten has one new article; beside bare
//! requests, and beside a floor program that does the same without remembering and judging.
//!
//! `cargo bench --bench web`; `WEB_LISTINGS=200` for another number, `WEB_FOLDER=path` for another place to publish
//! to, such as a folder in memory. Server and programs are processes of their own; each reports its own CPU time.

mod floor;
mod measure;
mod ours;
mod pages;
mod server;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The server, from where it is used.
pub(crate) struct Control {
    pub(crate) listings: usize,
    pub(crate) ports: Vec<String>,
}

impl Control {
    /// From now on the pages are those of this round.
    pub(crate) fn round(&self, round: usize) {
        let mut stream =
            TcpStream::connect(format!("{}:{}", server::host(0), self.ports[0])).expect("connects");
        write!(stream, "GET /round/{round} HTTP/1.1\r\nhost: a\r\n\r\n").expect("writes");
        assert!(stream.read(&mut [0; 100]).expect("reads") > 0);
    }
}

/// The address of a listing.
pub(crate) fn address(ports: &[String], listing: usize) -> String {
    let host = listing % server::HOSTS;
    format!("http://{}:{}/listing/{listing}", server::host(host), ports[host])
}

fn main() {
    let listings = std::env::var("WEB_LISTINGS").ok().and_then(|n| n.parse().ok()).unwrap_or(2_000);
    match std::env::var("WEB_CHILD").as_deref() {
        Err(_) => {}
        Ok("serve") => return server::serve(),
        Ok(what) => return child(what, listings),
    }
    let kept = std::env::var_os("WEB_FOLDER").map(PathBuf::from);
    let temporary = tempfile::tempdir_in(kept.unwrap_or_else(|| PathBuf::from("."))).expect("a folder");
    let (mut server, ports) = start();
    let only = std::env::var("WEB_ONLY").ok();
    for what in ["requests", "floor", "ours"] {
        if only.as_ref().is_some_and(|only| only != what) {
            continue;
        }
        println!("\n{what}, {listings} listings");
        Control { listings, ports: ports.split_whitespace().map(str::to_owned).collect() }.round(0);
        let folder = temporary.path().join(what);
        std::fs::create_dir_all(&folder).expect("a folder");
        run(what, &folder, &ports);
        if what == "ours" {
            run("once", &folder, &ports);
            run("once", &folder, &ports);
            run("again", &folder, &ports);
        }
    }
    let _ = server.kill();
    let _ = server.wait();
}

/// Starts the server; its ports.
fn start() -> (Child, String) {
    let mut command = Command::new(std::env::current_exe().expect("a path"));
    command.env("WEB_CHILD", "serve").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut server = command.spawn().expect("starts");
    let mut ports = String::new();
    BufReader::new(server.stdout.take().expect("a pipe")).read_line(&mut ports).expect("reads");
    (server, ports)
}

fn run(what: &str, folder: &Path, ports: &str) {
    let mut command = Command::new(std::env::current_exe().expect("a path"));
    command.env("WEB_CHILD", what).env("WEB_CHILD_FOLDER", folder).env("WEB_CHILD_PORTS", ports);
    let status = command.status().expect("starts");
    assert!(status.success(), "{what}: {status}");
}

fn child(what: &str, listings: usize) {
    let folder = PathBuf::from(std::env::var_os("WEB_CHILD_FOLDER").expect("a folder"));
    let ports = std::env::var("WEB_CHILD_PORTS").expect("ports");
    let control = Control { listings, ports: ports.split_whitespace().map(str::to_owned).collect() };
    match what {
        "requests" => floor::requests(&control),
        "floor" => floor::program(&folder, &control),
        "ours" => ours::resident(&folder, &control),
        "once" => ours::again(&folder, &control, 0),
        "again" => ours::again(&folder, &control, 10),
        _ => panic!("what is {what}?"),
    }
}
