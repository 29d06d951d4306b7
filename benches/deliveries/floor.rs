//! What the machine has to give: bare requests of the same size, as many at once, remembered nowhere.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::measure::Cpu;
use super::receiver::Receiver;

/// Requests under way at once.
const AT_ONCE: usize = 32;

/// Bytes of a body, about as many as a message has.
const BODY: usize = 1_000;

pub(crate) fn measure(messages: usize) {
    let receiver = Receiver::new();
    let mine = Cpu::of("self");
    let mut command = Command::new(std::env::current_exe().expect("a path"));
    let status = command.env("DELIVERIES_FLOOR", receiver.url()).status().expect("starts");
    assert!(status.success());
    receiver.wait(messages);
    println!("    the receiver's {}", Cpu::of("self").since(mine).each(messages));
}

/// In a process of its own.
pub(crate) fn send(url: &str, messages: usize) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let (begun, cpu, sent) = (Instant::now(), Cpu::of("self"), Arc::new(AtomicUsize::new(0)));
    runtime.block_on(async {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..AT_ONCE {
            let (client, sent, url) = (client.clone(), Arc::clone(&sent), url.to_owned());
            tasks.spawn(async move {
                while sent.fetch_add(1, Ordering::Relaxed) < messages {
                    let answer = client.post(&url).body(vec![b'x'; BODY]).send().await.expect("an answer");
                    assert!(answer.status().is_success());
                }
            });
        }
        while tasks.join_next().await.is_some() {}
    });
    let rate = messages as f64 / begun.elapsed().as_secs_f64();
    println!(
        "bare requests, {AT_ONCE} at once: {rate:.0}/s; {} each",
        Cpu::of("self").since(cpu).each(messages)
    );
}
