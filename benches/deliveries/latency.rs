//! How long from a changed file to the message.

use std::io::Write as _;
use std::time::{Duration, Instant};

use super::daemon::{Home, page, put};
use super::measure::Cpu;
use super::receiver::Receiver;

/// Articles on the page.
const ARTICLES: usize = 40;

/// Between two changes, so that they are no burst.
const CALM: Duration = Duration::from_millis(800);

/// Puts a page into its place; when that was done, but for the last step.
type Write<'a> = &'a dyn Fn(&str) -> Instant;

pub(crate) fn measure(rounds: usize) {
    let receiver = Receiver::new();
    let home = Home::new(&receiver.target("team"));
    let (fresh, place) = (home.path(".page"), home.path("page"));
    put(&fresh, &place, &page(0..ARTICLES));
    home.run(&["scan"]);
    receiver.wait(ARTICLES);
    let running = home.start();
    let mut last = ARTICLES;
    let mut round = |write: Write<'_>| {
        std::thread::sleep(CALM);
        last += 1;
        let text = page(last - ARTICLES..last);
        let begun = write(&text);
        receiver.wait(1).saturating_duration_since(begun)
    };
    let by_rename = |text: &str| {
        std::fs::write(&fresh, text).expect("a page");
        let begun = Instant::now();
        std::fs::rename(&fresh, &place).expect("a page");
        begun
    };
    let by_closing = |text: &str| {
        let mut file = std::fs::File::create(&place).expect("a page");
        file.write_all(text.as_bytes()).expect("a page");
        let begun = Instant::now();
        drop(file);
        begun
    };
    let ways: [(&str, Write<'_>); 2] = [("rename", &by_rename), ("closing write", &by_closing)];
    for (what, write) in ways {
        let before = Cpu::of(&running.id());
        let times: Vec<Duration> = (0..rounds).map(|_| round(write)).collect();
        row(what, times);
        println!("    {} each", Cpu::of(&running.id()).since(before).each(rounds));
    }
}

fn row(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |part: f64| times[((times.len() - 1) as f64 * part).round() as usize].as_secs_f64() * 1e3;
    println!(
        "from {what} to message, {} rounds: median {:.0} ms, p95 {:.0} ms, {:.0} to {:.0} ms",
        times.len(),
        at(0.5),
        at(0.95),
        at(0.0),
        at(1.0)
    );
}
