//! How many messages a second.

use std::time::{Duration, Instant};

use super::daemon::{Home, page, put};
use super::measure::{Cpu, peak};
use super::receiver::Receiver;

/// Sends so many messages, which wait when the service starts, to so many targets.
pub(crate) fn measure(messages: usize, targets: usize) {
    let receiver = Receiver::new();
    let ids: Vec<String> = (0..targets).map(|n| format!("team-{n:02}")).collect();
    let home = Home::new(&ids.iter().map(|id| receiver.target(id)).collect::<String>());
    for id in &ids {
        home.run(&["target", "disable", id]);
    }
    // What is owed waits; nothing but sending is left to do then.
    let each = messages / targets;
    put(&home.path(".page"), &home.path("page"), &page(0..each));
    home.run(&["scan"]);
    let running = home.start();
    let id = running.id();
    let (mine, theirs) = (Cpu::of(&id), Cpu::of("self"));
    let begun = Instant::now();
    for id in &ids {
        home.run(&["target", "enable", id]);
    }
    let (first, count) = (receiver.wait(1), each * targets);
    let last = receiver.wait(count - 1);
    let took = last - first;
    // Until the last one is settled, too.
    std::thread::sleep(Duration::from_millis(500));
    let (mine, theirs) = (Cpu::of(&id).since(mine), Cpu::of("self").since(theirs));
    println!(
        "{targets} targets, {count} messages: {:.0}/s; {} each, the receiver's {}; first after {:.0} ms; {}",
        (count - 1) as f64 / took.as_secs_f64(),
        mine.each(count),
        theirs.each(count),
        (first - begun).as_secs_f64() * 1e3,
        peak(&id)
    );
}
