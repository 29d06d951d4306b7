//! A receiver in which anything may go wrong, and which remembers what did.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::crash::Dice;

/// Longer than anybody waits for an answer.
const TOO_LATE: Duration = Duration::from_secs(17);

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fate {
    /// It was answered with success, in time.
    Taken,
    /// It was answered with a status that is none.
    Refused,
    /// It was read, and the connection closed without an answer.
    Cut,
    /// It was read, and answered when nobody waited any more.
    Late,
}

/// A request that was read.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    /// Which process sent it: what stands at the end of its path.
    pub(super) life: usize,
    pub(super) at: Instant,
    pub(super) id: String,
    /// The title of its article.
    pub(super) title: String,
    pub(super) bytes: Vec<u8>,
    pub(super) fate: Fate,
}

#[derive(Default)]
struct Log {
    arrivals: Vec<Arrival>,
    /// Requests whose connection was torn down before anything of them was read.
    unread: usize,
}

/// The receiver; it ends with the test.
pub(super) struct Weather {
    address: SocketAddr,
    log: Arc<Mutex<Log>>,
    stop: Arc<AtomicBool>,
}

/// What is done with one request.
enum Mood {
    Unread,
    Say(Fate, Duration, &'static str),
}

/// Seven of ten are taken.
fn mood(dice: &mut Dice) -> Mood {
    let soon = Duration::ZERO;
    if dice.once_in(300) {
        return Mood::Say(Fate::Late, TOO_LATE, "204 No Content\r\n");
    }
    match dice.below(20) {
        0 | 1 => Mood::Say(Fate::Refused, soon, "500 Internal Server Error\r\n"),
        2 => Mood::Say(Fate::Refused, soon, "503 Service Unavailable\r\n"),
        3 => Mood::Say(Fate::Refused, soon, "429 Too Many Requests\r\nretry-after: 1\r\n"),
        4 => Mood::Say(Fate::Cut, soon, ""),
        5 => Mood::Unread,
        6 => Mood::Say(Fate::Taken, Duration::from_millis(150), "200 OK\r\n"),
        _ => Mood::Say(Fate::Taken, soon, "204 No Content\r\n"),
    }
}

impl Weather {
    pub(super) fn new(seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (log, stop) = (Arc::<Mutex<Log>>::default(), Arc::<AtomicBool>::default());
        let (shared, ends) = (Arc::clone(&log), Arc::clone(&stop));
        let dice = Arc::new(Mutex::new(Dice(seed)));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ends.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let (log, dice) = (Arc::clone(&shared), Arc::clone(&dice));
                std::thread::spawn(move || drop(serve(&stream, &log, &dice)));
            }
        });
        Self { address, log, stop }
    }

    /// Where the process of that number is to send to.
    pub(super) fn url(&self, life: usize) -> String {
        format!("http://{}/{life}", self.address)
    }

    /// Everything that was read so far, in that order.
    pub(super) fn arrivals(&self) -> Vec<Arrival> {
        self.log.lock().unwrap().arrivals.clone()
    }

    /// How many were read so far.
    pub(super) fn count(&self) -> usize {
        self.log.lock().unwrap().arrivals.len()
    }

    /// How many were not.
    pub(super) fn unread(&self) -> usize {
        self.log.lock().unwrap().unread
    }
}

impl Drop for Weather {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // So that the accepting thread looks.
        drop(TcpStream::connect(self.address));
    }
}

/// The requests of one connection, until one of them ends it.
fn serve(stream: &TcpStream, log: &Mutex<Log>, dice: &Mutex<Dice>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    // Every byte of the requests before was read, so this waits for the next one.
    while stream.peek(&mut [0])? > 0 {
        let mood = mood(&mut dice.lock().unwrap());
        let Mood::Say(fate, wait, answer) = mood else {
            log.lock().unwrap().unread += 1;
            // With bytes that nobody read, the system resets the connection.
            return Ok(());
        };
        let (life, id, bytes) = read(&mut reader)?;
        let body: Value = serde_json::from_slice(&bytes).unwrap();
        let title = body["data"]["article"]["title"].as_str().unwrap().to_owned();
        log.lock().unwrap().arrivals.push(Arrival { life, at: Instant::now(), id, title, bytes, fate });
        std::thread::sleep(wait);
        let mut stream = stream;
        match fate {
            Fate::Cut => return Ok(()),
            _ if answer.starts_with("204") => write!(stream, "HTTP/1.1 {answer}\r\n")?,
            _ => write!(stream, "HTTP/1.1 {answer}content-length: 0\r\n\r\n")?,
        }
    }
    Ok(())
}

/// One request: who sent it, its id and its body.
fn read(reader: &mut BufReader<&TcpStream>) -> std::io::Result<(usize, String, Vec<u8>)> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let path = line.split(' ').nth(1).ok_or(std::io::ErrorKind::UnexpectedEof)?;
    let life = path[1..].parse().unwrap();
    let (mut id, mut length) = (String::new(), 0);
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "webhook-id" => value.clone_into(&mut id),
            "content-length" => length = value.parse().unwrap(),
            _ => {}
        }
    }
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes)?;
    Ok((life, id, bytes))
}
