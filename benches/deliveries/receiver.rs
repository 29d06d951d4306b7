//! A receiver that takes every message at once, and keeps its connections open.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::Instant;

/// What messages are signed with.
const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

pub(crate) struct Receiver {
    address: SocketAddr,
    /// When each request had come, whole.
    pub(crate) came: mpsc::Receiver<Instant>,
}

impl Receiver {
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (tell, came) = mpsc::channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let tell = tell.clone();
                std::thread::spawn(move || serve(&stream, &tell));
            }
        });
        Self { address, came }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/in", self.address)
    }

    /// A target of the config that leads here.
    pub(crate) fn target(&self, id: &str) -> String {
        format!(
            "[[target]]\nid = \"{id}\"\nurl = \"{}\"\nsecret = \"{SECRET}\"\nallow_private = true\nburst = false\n",
            self.url()
        )
    }

    /// Waits for so many requests, one at least; when the last of them had come.
    pub(crate) fn wait(&self, requests: usize) -> Instant {
        let patience = std::time::Duration::from_secs(300);
        let next = || self.came.recv_timeout(patience).expect("it comes");
        (1..requests).fold(next(), |_, _| next())
    }
}

fn serve(stream: &TcpStream, tell: &mpsc::Sender<Instant>) {
    let _ = stream.set_nodelay(true);
    let mut reader = BufReader::with_capacity(32 << 10, stream);
    let (mut line, mut body) = (Vec::new(), Vec::new());
    loop {
        let mut length = 0;
        loop {
            line.clear();
            match reader.read_until(b'\n', &mut line) {
                Ok(read) if read > 2 => {}
                Ok(2) => break,
                _ => return,
            }
            if let Some((name, value)) = line.split_at_checked(16)
                && name.eq_ignore_ascii_case(b"content-length: ")
            {
                length = String::from_utf8_lossy(value).trim().parse().expect("a length");
            }
        }
        body.resize(length, 0);
        if reader.read_exact(&mut body).is_err() || tell.send(Instant::now()).is_err() {
            return;
        }
        let mut stream = stream;
        if stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").is_err() {
            return;
        }
    }
}
