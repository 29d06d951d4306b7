//! Strangers who take their time, and the end of the server. Deadlines that must pass are short here, those that
//! must not are long, so that no test depends on the speed of the machine.

use super::*;

/// For deadlines that must pass.
const SHORT: Duration = Duration::from_millis(50);
/// More than the buffers of both ends of a connection hold.
const LARGE: usize = 12 << 20;

/// A client in the middle of a download that it does not go on with.
async fn stalled_download(server: &Server) -> Client {
    server.publish(&[("large.html", &vec![b'x'; LARGE])]);
    let mut client = server.connect_small().await;
    client.send("GET /large.html HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").await;
    assert_eq!(client.answer(false).await.status(), "200");
    client
}

/// A connection that was answered. On a busy machine a short deadline may pass before this test gets to send its
/// request, so it asks until it is answered.
async fn healthy(server: &Server) -> Client {
    let answered = async {
        loop {
            let mut client = server.connect().await;
            client.send("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n").await;
            if client.answer(true).await.status() == "200" {
                return client;
            }
        }
    };
    tokio::time::timeout(HANGS, answered).await.expect("an answer comes")
}

#[tokio::test]
async fn f115_silent_and_half_requests_are_closed_by_the_deadline() {
    let server = Server::start(Bounds { head: SHORT, ..patient() }).await;
    for start in ["", "G", "GET / HTTP/1.1\r\nHost: h\r\nX-Half: "] {
        let mut client = server.connect().await;
        client.send(start).await;
        let rest = String::from_utf8(client.rest().await).unwrap();
        assert!(rest.is_empty() || rest.starts_with("HTTP/1.1 408 "), "{start:?}: {rest}");
    }
    let mut client = healthy(&server).await;
    assert!(client.rest().await.is_empty(), "silent after its answer");
}

#[tokio::test]
async fn f115_a_body_that_never_comes_is_not_waited_for() {
    let server = Server::start(patient()).await;
    let mut client = server.connect().await;
    client.send("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf").await;
    assert_eq!(client.answer(true).await.status(), "413");
    assert!(client.rest().await.is_empty());
}

#[tokio::test]
async fn f115_a_reader_that_stops_reading_is_cut() {
    let server = Server::start(Bounds { answer: SHORT, connections: 1, ..patient() }).await;
    let mut stalled = stalled_download(&server).await;
    // There is one seat, so this answer comes only once the stalled reader was cut.
    assert_eq!(server.get("/healthz", "").await.status(), "200");
    assert!(stalled.rest().await.len() < LARGE);
}

#[tokio::test]
async fn a_reader_that_pauses_gets_everything() {
    let server = Server::start(patient()).await;
    let mut client = stalled_download(&server).await;
    assert_eq!(server.get("/healthz", "").await.status(), "200");
    assert_eq!(client.rest().await.len(), LARGE);
}

#[tokio::test]
async fn f116_connections_over_the_cap_wait_for_their_turn() {
    let server = Server::start(Bounds { head: SHORT, connections: 3, ..patient() }).await;
    let mut silent = Vec::new();
    for _ in 0..30 {
        silent.push(server.connect().await);
    }
    healthy(&server).await;
}

/// The files that this process has open.
fn open_files() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

#[tokio::test]
async fn f116_of_ten_thousand_connections_a_few_are_held_and_others_are_served_once_they_fall() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, rustix::process::Rlimit { current: limit.maximum, ..limit }).unwrap();
    let room = limit.maximum.map_or(usize::MAX, |most| usize::try_from(most).unwrap());
    let strangers = 10_000.min(room.saturating_sub(1_000));

    let bounds = Bounds { connections: 256, ..patient() };
    let server = Server::start(bounds).await;
    let before = open_files();
    let mut silent = JoinSet::new();
    for _ in 0..strangers {
        let socket = TcpSocket::new_v4().unwrap();
        let at = server.at;
        silent.spawn(async move { socket.connect(at).await });
    }
    // More get through than there are seats: those wait in the queue of the system.
    let mut connected = Vec::new();
    while connected.len() <= bounds.connections {
        let stream = tokio::time::timeout(HANGS, silent.join_next()).await.expect("a connection");
        connected.extend(stream.unwrap().unwrap());
    }
    let held = open_files() - before - strangers;
    assert!(held <= bounds.connections, "{held} connections are held");
    drop(connected);
    silent.shutdown().await;
    healthy(&server).await;
}

#[tokio::test]
async fn f122_stop_lets_a_download_finish_and_refuses_new_connections() {
    let mut server = Server::start(patient()).await;
    let mut client = stalled_download(&server).await;
    server.stop();
    let refused = async {
        while TcpStream::connect(server.at).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(HANGS, refused).await.expect("new connections are refused");
    assert_eq!(client.rest().await.len(), LARGE);
    server.ended().await;
}

#[tokio::test]
async fn f122_stop_cuts_a_download_that_does_not_finish() {
    let mut server = Server::start(Bounds { stop: SHORT, ..patient() }).await;
    let mut client = stalled_download(&server).await;
    server.stop();
    server.ended().await;
    assert!(client.rest().await.len() < LARGE);
}

#[tokio::test]
async fn f122_stop_does_not_wait_for_connections_that_ask_nothing() {
    let mut server = Server::start(patient()).await;
    let mut idle = healthy(&server).await;
    let mut silent = server.connect().await;
    // Connections are accepted in order, so the silent one is by the time this is answered.
    assert_eq!(server.get("/healthz", "").await.status(), "200");
    server.stop();
    assert!(idle.rest().await.is_empty() && silent.rest().await.is_empty());
    server.ended().await;
}
