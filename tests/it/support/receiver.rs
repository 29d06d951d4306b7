//! A receiver of messages: a socket that answers as it is told, and remembers what came.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

/// What the receiver does with a request.
#[derive(Clone)]
pub(crate) enum Say {
    /// These bytes, then the end.
    Bytes(Vec<u8>),
    /// These bytes, then nothing more; the connection stays.
    Stall(Vec<u8>),
    /// These bytes, then others for ever.
    Endless(Vec<u8>),
    /// These bytes, then one byte of a body now and then, for ever.
    Drip(Vec<u8>),
    /// The connection is torn down unread.
    Reset,
}

impl Say {
    /// An answer with a status line, headers that end in CR LF each, and a body.
    pub(crate) fn answer(status: &str, headers: &str, body: &str) -> Self {
        let length = body.len();
        let head =
            format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n");
        Self::Bytes([head.as_bytes(), body.as_bytes()].concat())
    }
}

/// One request, as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// The request line and the headers.
    pub(crate) head: String,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// Names of its headers in lower case with their values, in order.
    pub(crate) fn headers(&self) -> Vec<(String, String)> {
        let pair =
            |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
        self.head.lines().skip(1).filter_map(pair).collect()
    }

    /// What is asked for: `/latest?page=2`.
    pub(crate) fn path(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }

    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.headers().into_iter().find(|(found, _)| found == name).map(|(_, value)| value)
    }
}

/// Listens on 127.0.0.1 until it is dropped.
pub(crate) struct Receiver {
    address: SocketAddr,
    got: Arc<Mutex<Vec<Request>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Receiver {
    /// Does these things, one with each request, and the last with all that follow.
    pub(crate) fn new(script: &[Say]) -> Self {
        let script = script.to_vec();
        Self::start(move |turn, _| script[turn.min(script.len() - 1)].clone())
    }

    /// Does with each request what `answer` says.
    pub(crate) fn by(answer: impl Fn(&Request) -> Say + Send + Sync + 'static) -> Self {
        // Before the request is read there is nothing to answer.
        Self::start(move |_, request| request.map_or(Say::Bytes(Vec::new()), &answer))
    }

    /// `answer` is asked for each connection twice: before anything is read, which only a reset heeds, and after.
    fn start(answer: impl Fn(usize, Option<&Request>) -> Say + Send + Sync + 'static) -> Self {
        let answer = Arc::new(answer);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (got, stop): (Arc<Mutex<Vec<Request>>>, Arc<AtomicBool>) = Default::default();
        let (log, stopped) = (Arc::clone(&got), Arc::clone(&stop));
        let thread = thread::spawn(move || {
            for (turn, stream) in listener.incoming().enumerate() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let (log, stopped, answer) = (Arc::clone(&log), Arc::clone(&stopped), Arc::clone(&answer));
                thread::spawn(move || {
                    serve(stream.unwrap(), |request| answer(turn, request), &log, &stopped);
                });
            }
        });
        Self { address, got, stop, thread: Some(thread) }
    }

    /// `127.0.0.1:PORT`.
    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    /// What came so far.
    pub(crate) fn got(&self) -> Vec<Request> {
        self.got.lock().unwrap().clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(
    mut stream: TcpStream,
    answer: impl Fn(Option<&Request>) -> Say,
    log: &Mutex<Vec<Request>>,
    stopped: &AtomicBool,
) {
    if matches!(answer(None), Say::Reset) {
        // To close with bytes unread is to reset.
        let _ = stream.peek(&mut [0]);
        return;
    }
    let Some(request) = read(&mut stream) else { return };
    let say = answer(Some(&request));
    log.lock().unwrap().push(request);
    match say {
        Say::Drip(bytes) => {
            let mut open = stream.write_all(&bytes).is_ok();
            while open && !stopped.load(Ordering::SeqCst) {
                thread::sleep(std::time::Duration::from_millis(50));
                open = stream.write_all(b"x").is_ok();
            }
        }
        Say::Bytes(bytes) => {
            let _ = stream.write_all(&bytes);
        }
        Say::Stall(bytes) => {
            let _ = stream.write_all(&bytes);
            let _ = stream.read(&mut [0]);
        }
        Say::Endless(bytes) => {
            let mut open = stream.write_all(&bytes).is_ok();
            while open && !stopped.load(Ordering::SeqCst) {
                open = stream.write_all(&[b'x'; 4_096]).is_ok();
            }
        }
        Say::Reset => {}
    }
}

/// One whole request; `None` when it ends before.
fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let mut piece = [0; 4_096];
    loop {
        let count = stream.read(&mut piece).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&piece[..count]);
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let mut request = Request {
            head: String::from_utf8_lossy(&bytes[..end]).into_owned(),
            body: bytes[end + 4..].to_vec(),
        };
        let length: usize = request.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
        if request.body.len() >= length {
            request.body.truncate(length);
            return Some(request);
        }
    }
}
