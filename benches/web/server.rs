//! The server of the pages: HTTP/1.1 on several loopback addresses, with validators that it honours.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::pages::{page, version};

/// So many hosts have the listings, by their numbers in turn.
pub(crate) const HOSTS: usize = 16;

/// The address of a host.
pub(crate) fn host(n: usize) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 0, 1 + u8::try_from(n % HOSTS).expect("few hosts"))
}

/// Serves until standard input ends. Writes the ports first. `/round/N` makes the pages those of that round.
pub(crate) fn serve() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let round = Arc::new(AtomicUsize::new(0));
    let mut ports = Vec::new();
    for n in 0..HOSTS {
        let address = SocketAddr::from((host(n), 0));
        let listener = runtime.block_on(TcpListener::bind(address)).expect("an address");
        ports.push(listener.local_addr().expect("an address").port().to_string());
        let round = Arc::clone(&round);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&round)));
            }
        });
    }
    println!("{}", ports.join(" "));
    std::io::stdout().flush().expect("writes");
    let _ = std::io::stdin().lock().read_to_end(&mut Vec::new());
}

/// One connection. Requests of this bench come one after another, and in one piece.
async fn answer(mut stream: TcpStream, round: Arc<AtomicUsize>) {
    let _ = stream.set_nodelay(true);
    let mut bytes = vec![0; 16 << 10];
    let mut length = 0;
    loop {
        match stream.read(&mut bytes[length..]).await {
            Ok(read) if read > 0 => length += read,
            _ => return,
        }
        let head = String::from_utf8_lossy(&bytes[..length]).into_owned();
        if !head.contains("\r\n\r\n") {
            continue;
        }
        length = 0;
        let path = head.split(' ').nth(1).unwrap_or_default();
        let listing = path.strip_prefix("/listing/").and_then(|number| number.parse().ok());
        if let Some(number) = path.strip_prefix("/round/").and_then(|number| number.parse().ok()) {
            round.store(number, Ordering::SeqCst);
        }
        let reply = match listing {
            Some(listing) => reply(listing, round.load(Ordering::SeqCst), &head),
            None => b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_vec(),
        };
        if stream.write_all(&reply).await.is_err() {
            return;
        }
    }
}

fn reply(listing: usize, round: usize, head: &str) -> Vec<u8> {
    let version = version(listing, round);
    let etag = format!("\"{listing}-{version}\"");
    let asked = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("if-none-match").then(|| value.trim().to_owned())
    });
    if asked.as_ref() == Some(&etag) {
        return format!("HTTP/1.1 304 Not Modified\r\netag: {etag}\r\n\r\n").into_bytes();
    }
    let body = page(listing, version);
    let mut reply = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\netag: {etag}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    reply.extend(body);
    reply
}
