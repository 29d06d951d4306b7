//! The server over real sockets, asked in raw bytes.

mod deadlines;
mod requests;
mod swaps;

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufStream};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};

use super::{Bounds, Site, Table, serve};

/// For what a test does not want to see happen.
const NEVER: Duration = Duration::from_secs(3_600);
/// After this a test counts as hanging. Less than the 30 seconds that the server library would wait unasked.
const HANGS: Duration = Duration::from_secs(25);

/// Bounds under which nothing ends by itself.
fn patient() -> Bounds {
    Bounds { head: NEVER, answer: NEVER, stop: NEVER, ..Bounds::default() }
}

/// A running server with its tree.
struct Server {
    folder: tempfile::TempDir,
    site: Arc<Site>,
    at: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Server {
    async fn start(bounds: Bounds) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let site = Arc::new(Site::new(folder.path()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(serve(listener, Arc::clone(&site), bounds, async {
            let _ = stopped.await;
        }));
        Self { folder, site, at, stop: Some(stop), task }
    }

    /// Writes files and publishes exactly these.
    fn publish(&self, files: &[(&str, &[u8])]) {
        for (path, bytes) in files {
            let place = self.place(path);
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            fs::write(place, bytes).unwrap();
        }
        let published = Arc::new(files.iter().map(|(path, _)| path).collect());
        self.site.set(Table { published, ..Table::default() });
    }

    fn place(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    async fn connect(&self) -> Client {
        Client(BufStream::new(TcpStream::connect(self.at).await.unwrap()))
    }

    /// A client that takes what it is sent in small pieces only.
    async fn connect_small(&self) -> Client {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4 << 10).unwrap();
        Client(BufStream::new(socket.connect(self.at).await.unwrap()))
    }

    /// The answer to one request on a connection of its own.
    async fn ask(&self, request: impl AsRef<[u8]>) -> Answer {
        let mut client = self.connect().await;
        client.send(request).await;
        client.answer(true).await
    }

    /// The answer to a GET with more header lines (each with its line end).
    async fn get(&self, path: &str, lines: &str) -> Answer {
        self.ask(format!("GET {path} HTTP/1.1\r\nHost: h\r\n{lines}\r\n")).await
    }

    /// Tells the server to stop.
    fn stop(&mut self) {
        let _ = self.stop.take().unwrap().send(());
    }

    /// Waits for the server to end.
    async fn ended(self) {
        tokio::time::timeout(HANGS, self.task).await.expect("the server ends").unwrap();
    }
}

/// One connection to a server.
struct Client(BufStream<TcpStream>);

impl Client {
    async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        // A server that refuses early may close before all is sent.
        let _ = self.0.write_all(bytes.as_ref()).await;
        let _ = self.0.flush().await;
    }

    /// Reads one answer; `body` says whether a body follows the head.
    async fn answer(&mut self, body: bool) -> Answer {
        tokio::time::timeout(HANGS, self.read(body)).await.expect("an answer comes")
    }

    async fn read(&mut self, body: bool) -> Answer {
        let mut answer = Answer::default();
        let mut line = Vec::new();
        while self.0.read_until(b'\n', &mut line).await.is_ok_and(|read| read > 0) && line != b"\r\n" {
            answer.head.push_str(&String::from_utf8_lossy(&line));
            line.clear();
        }
        let length = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
        if body && answer.status() != "304" {
            answer.body.resize(length, 0);
            self.0.read_exact(&mut answer.body).await.unwrap();
        }
        answer
    }

    /// What else comes until the server closes; a reset is an end too.
    async fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        let _ = tokio::time::timeout(HANGS, self.0.read_to_end(&mut rest)).await.expect("the server closes");
        rest
    }
}

/// An answer as it came.
#[derive(Debug, Default)]
struct Answer {
    /// Status line and header lines.
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn status(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// The tag that a body must carry.
fn etag(body: &[u8]) -> String {
    format!("\"{}\"", &blake3::hash(body).to_hex()[..32])
}
