//! A receiver of messages on a loopback socket, which may fail as a test wants.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

/// What messages are signed with: `whsec_` and 32 bytes.
pub(crate) const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/// One request as it arrived, verified.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    /// Its `webhook-id`.
    pub(crate) id: String,
    /// Its body.
    pub(crate) body: Value,
    /// The bytes of the body.
    pub(crate) bytes: Vec<u8>,
    /// Whether it was answered with success.
    pub(crate) taken: bool,
}

/// How a request is answered.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// This status, with these lines in its head.
    Status(u16, &'static str),
    /// The connection is cut without an answer.
    Cut,
    /// Nothing for so long, then 204.
    Slow(Duration),
}

type Choice = dyn FnMut(usize) -> Reply + Send;

/// The receiver; it ends with the test.
pub(crate) struct Inbox {
    address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    reply: Arc<Mutex<Box<Choice>>>,
    stop: Arc<AtomicBool>,
}

impl Inbox {
    /// Takes everything.
    pub(crate) fn new() -> Self {
        Self::answering(|_| Reply::Status(204, ""))
    }

    /// Answers the `n`th request, from 0, as it is told.
    pub(crate) fn answering(reply: impl FnMut(usize) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (received, stop) = (Arc::<Mutex<Vec<Received>>>::default(), Arc::<AtomicBool>::default());
        let reply: Arc<Mutex<Box<Choice>>> = Arc::new(Mutex::new(Box::new(reply)));
        let shared = (Arc::clone(&received), Arc::clone(&reply), Arc::clone(&stop));
        std::thread::spawn(move || {
            let (received, reply, stop) = shared;
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let (received, reply) = (Arc::clone(&received), Arc::clone(&reply));
                std::thread::spawn(move || drop(serve(&stream, &received, &reply)));
            }
        });
        Self { address, received, reply, stop }
    }

    /// Answers otherwise from now on.
    pub(crate) fn answer(&self, reply: impl FnMut(usize) -> Reply + Send + 'static) {
        *self.reply.lock().unwrap() = Box::new(reply);
    }

    /// A target of the config that leads here, with more keys of its table.
    pub(crate) fn target(&self, id: &str, more: &str) -> String {
        format!(
            "\n[[target]]\nid = \"{id}\"\nkind = \"generic\"\nurl = \"{}\"\nsecret = \"{SECRET}\"\nallow_private = true\n{more}\n",
            self.url("in")
        )
    }

    /// The address of a place here.
    pub(crate) fn url(&self, place: &str) -> String {
        format!("http://{}/{place}", self.address)
    }

    /// Everything that arrived so far, in that order.
    pub(crate) fn all(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// Waits until that holds of what arrived.
    #[track_caller]
    pub(crate) fn until(&self, enough: impl Fn(&[Received]) -> bool) -> Vec<Received> {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(30) {
            let all = self.all();
            if enough(&all) {
                return all;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("it did not arrive: {:#?}", self.all().iter().map(|one| &one.body).collect::<Vec<_>>());
    }

    /// The ids under which each article was told of, by its title.
    pub(crate) fn told(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut told: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for one in self.all() {
            if let Some(title) = one.body["data"]["article"]["title"].as_str() {
                told.entry(title.to_owned()).or_default().insert(one.id);
            }
        }
        told
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // So that the accepting thread looks.
        drop(TcpStream::connect(self.address));
    }
}

fn serve(
    stream: &TcpStream,
    received: &Mutex<Vec<Received>>,
    reply: &Mutex<Box<Choice>>,
) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut reader = BufReader::new(stream);
    let mut head = BTreeMap::new();
    let mut line = String::new();
    reader.read_line(&mut line)?;
    if line.is_empty() {
        return Ok(());
    }
    assert!(line.starts_with("POST /"), "{line}");
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        head.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length: usize = head["content-length"].parse().unwrap();
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes)?;
    verify(&head, &bytes);
    let body: Value = serde_json::from_slice(&bytes).unwrap();
    let reply = {
        // One after another, so that the number of a request is its place.
        let mut received = received.lock().unwrap();
        let reply = reply.lock().unwrap()(received.len());
        let taken = matches!(reply, Reply::Status(200..=299, _) | Reply::Slow(_));
        received.push(Received { id: head["webhook-id"].clone(), body, bytes, taken });
        reply
    };
    let mut stream = stream;
    match reply {
        Reply::Status(status, head) => {
            write!(stream, "HTTP/1.1 {status} X\r\n{head}content-length: 0\r\nconnection: close\r\n\r\n")
        }
        Reply::Cut => stream.shutdown(std::net::Shutdown::Both),
        Reply::Slow(time) => {
            std::thread::sleep(time);
            write!(stream, "HTTP/1.1 204 X\r\nconnection: close\r\n\r\n")
        }
    }
}

/// By the reference library of the standard, which shares no code with ours.
fn verify(head: &BTreeMap<String, String>, body: &[u8]) {
    let headers: reqwest::header::HeaderMap = head
        .iter()
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
        .collect::<Vec<(reqwest::header::HeaderName, reqwest::header::HeaderValue)>>()
        .into_iter()
        .collect();
    standardwebhooks::Webhook::new(SECRET).unwrap().verify(body, &headers).expect("a good signature");
    assert_eq!(head["content-type"], "application/json");
}
