//! Pages over TLS: a server that cannot prove who it is sends no page, and the error says why.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::sample::{Page, manners};

fn fixture(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/fixtures/tls", name].iter().collect()
}

/// A server with this certificate, for one connection. Gives its port, and whether it was sent a request.
fn server(certificate: &str) -> (u16, std::thread::JoinHandle<bool>) {
    let chain = vec![CertificateDer::from_pem_file(fixture(certificate)).unwrap()];
    let key = PrivateKeyDer::from_pem_file(fixture("server.key")).unwrap();
    let provider = rustls::crypto::ring::default_provider();
    let config = rustls::ServerConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = std::thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        let connection = rustls::ServerConnection::new(Arc::new(config)).unwrap();
        let mut stream = rustls::StreamOwned::new(connection, socket);
        let asked = stream.read(&mut [0; 4_096]).is_ok_and(|count| count > 0);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\npage");
        stream.conn.send_close_notify();
        let _ = stream.flush();
        asked
    });
    (port, thread)
}

fn page_of(port: u16, authority: Option<&str>) -> Page {
    let mut manners = manners();
    manners.extra_ca = authority.map(fixture);
    Page::with(format!("https://127.0.0.1:{port}/latest"), manners)
}

#[test]
fn a_server_whose_authority_the_config_names_is_believed() {
    let (port, thread) = server("local.pem");
    assert_eq!(page_of(port, Some("local-ca.pem")).page().bytes, b"page");
    assert!(thread.join().unwrap());
}

#[test]
fn f063_a_server_that_proves_nothing_is_asked_nothing_and_the_error_says_why() {
    let local = Some("local-ca.pem");
    for (certificate, authority, sentence) in [
        ("expired.pem", local, "its certificate has expired"),
        (
            "local.pem",
            None,
            "nobody who is trusted here signed its certificate; where that is meant, name the authority by `extra_ca_file`",
        ),
        ("server.pem", Some("ca.pem"), "its certificate is for another name"),
    ] {
        let (port, thread) = server(certificate);
        let mut page = page_of(port, authority);
        let error = page.error();
        let begins = format!(
            "fetch https://127.0.0.1:{port}/latest: no TLS with https://127.0.0.1:{port}: {sentence}"
        );
        assert!(error.starts_with(&begins), "{certificate}: {error}");
        assert!(error.ends_with("check the port and the certificate"), "{error}");
        assert_eq!((page.visit.failures, page.visit.body), (1, None), "it is tried again later");
        assert!(!thread.join().unwrap(), "{certificate}: nothing was sent");
    }
}
