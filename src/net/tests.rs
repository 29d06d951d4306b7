//! Names that lead where they should not, and servers that prove who they are; the tests answer the lookups.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, TcpListener};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustls::pki_types::PrivateKeyDer;

use super::*;
use crate::net::SendError;

const PUBLIC: Policy = Policy { allow_private: false };
const PRIVATE: Policy = Policy { allow_private: true };
const LIMITS: Limits =
    Limits { connect: Duration::from_secs(4), whole: Duration::from_secs(8), answer_bytes: 4_096 };

fn setup(limits: Limits) -> Setup {
    Setup { limits, ..Setup::default() }
}

/// Answers lookups with these lists, one after another, the last for ever; counts them.
struct Names {
    lists: Mutex<Vec<Vec<IpAddr>>>,
    asked: AtomicUsize,
}

fn names(lists: &[&[&str]]) -> (Arc<Names>, Client) {
    let list = |texts: &&[&str]| texts.iter().map(|text| text.parse().expect("an address")).collect();
    let names =
        Arc::new(Names { lists: Mutex::new(lists.iter().map(list).collect()), asked: AtomicUsize::new(0) });
    let asked = Arc::clone(&names);
    let lookup: Lookup = Arc::new(move |_| {
        asked.asked.fetch_add(1, Ordering::Relaxed);
        let mut lists = asked.lists.lock().expect("a lock");
        let list = if lists.len() > 1 { lists.remove(0) } else { lists[0].clone() };
        Box::pin(async move { Ok(list) })
    });
    (names, Client::with(&setup(LIMITS), &lookup, Vec::new()).expect("a client"))
}

async fn post(client: &Client, url: &str, policy: Policy) -> Result<Answer, SendError> {
    client.post(&Address::parse(url).expect("an address"), &[], b"{}".to_vec(), policy).await
}

#[tokio::test]
async fn f041_loopback_as_a_literal_is_refused_although_the_lookup_is_never_asked() {
    let (names, client) = names(&[&["1.1.1.1"]]);
    for host in
        ["127.0.0.1", "2130706433", "0x7f.1", "127.1", "[::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]"]
    {
        let error = post(&client, &format!("http://{host}:1/secret"), PUBLIC).await.expect_err(host);
        assert!(matches!(error, SendError::Refused { .. }), "{host}: {error}");
        assert!(!error.to_string().contains("secret"));
    }
    assert_eq!(names.asked.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn f042_a_name_that_leads_into_a_private_network_is_refused() {
    for inside in ["10.0.0.1", "127.0.0.1", "::ffff:192.168.1.1", "fd00::1", "169.254.169.254"] {
        let (_, client) = names(&[&[inside]]);
        let error =
            post(&client, "http://hooks.example.org/secret", PUBLIC).await.expect_err(inside).to_string();
        assert!(error.starts_with("http://hooks.example.org is not reached: "), "{error}");
    }
    let (_, client) = names(&[&["169.254.169.254"]]);
    let error = post(&client, "http://hooks.example.org/", PRIVATE).await.expect_err("metadata").to_string();
    assert!(error.contains("169.254.169.254 is an address that is never reached"), "{error}");
}

#[tokio::test]
async fn f043_a_name_that_leads_both_outside_and_inside_is_refused_whole() {
    let (_, client) = names(&[&["1.1.1.1", "10.0.0.1"]]);
    let error = post(&client, "http://hooks.example.org/", PUBLIC).await.expect_err("half inside");
    assert!(matches!(error, SendError::Refused { .. }), "{error}");
}

#[tokio::test]
async fn f044_the_addresses_that_were_checked_are_those_connected_to() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let receiver = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let _ = stream.read(&mut [0; 4_096]).expect("a request");
        stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").expect("an answer");
    });
    let (names, client) = names(&[&["127.0.0.1"], &["169.254.169.254"]]);
    let url = format!("http://hooks.example.org:{port}/");
    assert_eq!(post(&client, &url, PRIVATE).await.expect("an answer").status, 204);
    assert_eq!(names.asked.load(Ordering::Relaxed), 1, "looked up once, and connected to that");
    let error = post(&client, &url, PRIVATE).await.expect_err("rebound");
    assert!(matches!(error, SendError::Refused { .. }), "{error}");
    receiver.join().expect("an end");
}

#[tokio::test]
async fn a_name_without_an_address_is_told_as_such() {
    let (_, client) = names(&[&[]]);
    let error = post(&client, "https://hooks.example.org/secret", PUBLIC).await.expect_err("nothing");
    assert_eq!(error.to_string(), "the name in https://hooks.example.org was not found: it has no address");
}

#[test]
fn requests_say_who_asks() {
    assert!(user_agent().starts_with(concat!("tidings/", env!("CARGO_PKG_VERSION"))));
}

/// A server by the name of `hooks.example.org` that speaks one protocol over TLS, reads the first bytes of a request,
/// answers `answer` and ends. Gives its port, and what it read.
fn tls_server(protocol: &'static [u8], answer: &'static [u8]) -> (u16, std::thread::JoinHandle<Vec<u8>>) {
    let fixture = |name: &str| format!("{}/tests/fixtures/tls/{name}", env!("CARGO_MANIFEST_DIR"));
    let chain = vec![CertificateDer::from_pem_file(fixture("server.pem")).expect("a certificate")];
    let key = PrivateKeyDer::from_pem_file(fixture("server.key")).expect("a key");
    let mut config =
        rustls::ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .expect("a pair");
    config.alpn_protocols = vec![protocol.to_vec()];
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let server = std::thread::spawn(move || {
        let (socket, _) = listener.accept().expect("a connection");
        let connection = rustls::ServerConnection::new(config.into()).expect("a connection");
        let mut stream = rustls::StreamOwned::new(connection, socket);
        let mut begin = vec![0; 24];
        let count = stream.read(&mut begin).unwrap_or(0);
        begin.truncate(count);
        let _ = stream.write_all(answer);
        stream.conn.send_close_notify();
        let _ = stream.flush();
        begin
    });
    (port, server)
}

/// A client that finds every name on this machine, and trusts the tests' own authority where `trusting`.
fn tls_client(trusting: bool) -> Client {
    let authority = format!("{}/tests/fixtures/tls/ca.pem", env!("CARGO_MANIFEST_DIR"));
    let trusted = trusting.then(|| CertificateDer::from_pem_file(authority).expect("a certificate"));
    let lookup: Lookup = Arc::new(|_| Box::pin(async { Ok(vec!["127.0.0.1".parse().expect("an address")]) }));
    Client::with(&setup(LIMITS), &lookup, trusted.into_iter().collect()).expect("a client")
}

#[tokio::test]
async fn a_server_that_proves_its_name_is_spoken_to_in_either_protocol() {
    let (port, server) = tls_server(b"http/1.1", b"HTTP/1.1 204 No Content\r\n\r\n");
    let url = format!("https://hooks.example.org:{port}/");
    assert_eq!(post(&tls_client(true), &url, PRIVATE).await.expect("an answer").status, 204);
    assert!(server.join().expect("an end").starts_with(b"POST / HTTP/1.1"));

    let (port, server) = tls_server(b"h2", b"");
    let _ = post(&tls_client(true), &format!("https://hooks.example.org:{port}/"), PRIVATE).await;
    assert_eq!(server.join().expect("an end"), b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
}

#[tokio::test]
async fn f123_a_server_that_proves_nothing_or_another_name_is_sent_nothing() {
    for (trusting, host, expected) in
        [(false, "hooks.example.org", "UnknownIssuer"), (true, "other.example.org", "not valid for name")]
    {
        let (port, server) = tls_server(b"http/1.1", b"");
        let url = format!("https://{host}:{port}/secret");
        let error = post(&tls_client(trusting), &url, PRIVATE).await.expect_err("no trust").to_string();
        assert!(error.starts_with(&format!("no TLS with https://{host}:{port}: ")), "{error}");
        assert!(error.contains(expected) && !error.contains("secret"), "{error}");
        assert!(server.join().expect("an end").is_empty());
    }
}

#[tokio::test]
async fn f063_a_file_of_certificates_is_trusted_beside_the_systems() {
    let ca = PathBuf::from(format!("{}/tests/fixtures/tls/ca.pem", env!("CARGO_MANIFEST_DIR")));
    let trusted = certificates(&ca).expect("certificates");
    assert_eq!(trusted.len(), 1);
    let lookup: Lookup = Arc::new(|_| Box::pin(async { Ok(vec!["127.0.0.1".parse().expect("an address")]) }));
    let client = Client::with(&setup(LIMITS), &lookup, trusted).expect("a client");
    let (port, server) = tls_server(b"http/1.1", b"HTTP/1.1 204 No Content\r\n\r\n");
    let url = format!("https://hooks.example.org:{port}/");
    assert_eq!(post(&client, &url, PRIVATE).await.expect("an answer").status, 204);
    server.join().expect("an end");

    let folder = tempfile::tempdir().expect("a folder");
    for (name, content) in
        [("empty", ""), ("text", "no certificate"), ("broken", "-----BEGIN CERTIFICATE-----\n?")]
    {
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("written");
        let setup = Setup { extra_ca: Some(path), ..Setup::default() };
        let error = setup.client().expect_err(name).to_string();
        assert!(error.contains("`extra_ca_file`") && error.contains(name), "{error}");
    }
    let setup = Setup { extra_ca: Some("/nowhere/ca.pem".into()), ..Setup::default() };
    assert!(setup.client().expect_err("missing").to_string().contains("/nowhere/ca.pem"));
}

/// Asks for a page whose address has this class.
async fn get(client: &Client, url: &str, class: Class) -> Result<crate::net::Got, SendError> {
    let address = Address::parse(url).expect("an address");
    let (first, whole) = (Duration::from_secs(4), Duration::from_secs(8));
    let ask =
        crate::net::Ask { address: &address, class, headers: HeaderMap::new(), first, whole, bytes: 100 };
    client.get(ask).await
}

#[tokio::test]
async fn f042_f045_what_a_page_names_leads_to_public_addresses_whatever_the_config_allows() {
    let allowed: Arc<[Network]> = Arc::from([Network::parse("127.0.0.0/8").expect("a network")]);
    let lookup: Lookup = Arc::new(|_| Box::pin(async { Ok(vec!["127.0.0.1".parse().expect("an address")]) }));
    let setup = Setup { limits: LIMITS, allowed, ..Setup::default() };
    let client = Client::with(&setup, &lookup, Vec::new()).expect("a client");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let _ = stream.read(&mut [0; 4_096]).expect("a request");
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").expect("an answer");
    });
    let url = format!("http://news.example.org:{port}/");
    let got = get(&client, &url, Class::Configured(PUBLIC)).await.expect("allowed by its network");
    assert_eq!((got.status, got.body), (200, b"ok".to_vec()));
    server.join().expect("an end");
    for url in
        [url.as_str(), "http://127.0.0.1/", "http://localhost/", "http://e.org:25/", "https://e.org:6379/"]
    {
        let error = get(&client, url, Class::Found).await.expect_err(url);
        let is_refused = matches!(error, SendError::Refused { .. });
        assert!(is_refused, "{url}: {error}");
        assert!(!error.to_string().contains("allow_private"), "no key of the config helps");
    }
}

#[tokio::test]
async fn f064_the_next_address_of_a_name_is_tried_where_the_first_is_dead() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let _ = stream.read(&mut [0; 4_096]).expect("a request");
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").expect("an answer");
    });
    // Nobody listens at the first.
    let (_, client) = names(&[&["127.0.0.2", "127.0.0.1"]]);
    let url = format!("http://news.example.org:{port}/");
    assert_eq!(get(&client, &url, Class::Configured(PRIVATE)).await.expect("an answer").status, 200);
    server.join().expect("an end");
}

#[tokio::test]
async fn f123_a_server_that_takes_the_connection_and_says_nothing_is_left_in_time() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let host = listener.local_addr().expect("an address");
    let limits = Limits { connect: Duration::from_millis(200), ..LIMITS };
    let client = Client::with(&setup(limits), &system(), Vec::new()).expect("a client");
    let error = post(&client, &format!("https://{host}/secret"), PRIVATE).await.expect_err("silence");
    assert_eq!(error.to_string(), format!("no connection to https://{host} within 200ms"));
}
