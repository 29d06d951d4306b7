//! Pages through a SOCKS proxy (RFC 1928), which is told names and not addresses.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

use tidings::model::secret::Secret;
use tidings::model::target::SecretRef;

use super::sample::Page;

/// What a proxy was told.
#[derive(Debug, Default, PartialEq)]
struct Told {
    /// `name:password`, where it asked for that.
    login: Option<String>,
    /// Where to, with how that was written: 1 an IPv4 address, 3 a name.
    to: (u8, String),
    /// What was sent there.
    request: String,
}

/// A proxy for one connection, which asks for a login where `login`, answers with `reply`, and then is the site itself.
fn proxy(login: bool, reply: u8) -> (u16, JoinHandle<Told>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (port, std::thread::spawn(move || talk(listener.accept().unwrap().0, login, reply)))
}

fn take(stream: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    stream.read_exact(&mut bytes).unwrap();
    bytes
}

fn text(stream: &mut TcpStream) -> String {
    let size = take(stream, 1)[0];
    String::from_utf8(take(stream, size.into())).unwrap()
}

fn talk(mut stream: TcpStream, login: bool, reply: u8) -> Told {
    let mut told = Told::default();
    let greeting = take(&mut stream, 2);
    assert_eq!(greeting[0], 5, "version");
    let methods = take(&mut stream, greeting[1].into());
    let method = if login { 2 } else { 0 };
    assert!(methods.contains(&method), "{methods:?}");
    stream.write_all(&[5, method]).unwrap();
    if login {
        assert_eq!(take(&mut stream, 1), [1]);
        told.login = Some(format!("{}:{}", text(&mut stream), text(&mut stream)));
        stream.write_all(&[1, 0]).unwrap();
    }
    let head = take(&mut stream, 4);
    assert_eq!(head[..3], [5, 1, 0], "connect");
    let host = match head[3] {
        1 => take(&mut stream, 4).iter().map(u8::to_string).collect::<Vec<_>>().join("."),
        3 => text(&mut stream),
        other => panic!("{other}"),
    };
    let port = take(&mut stream, 2);
    told.to = (head[3], format!("{host}:{}", u16::from_be_bytes([port[0], port[1]])));
    stream.write_all(&[5, reply, 0, 1, 0, 0, 0, 0, 0, 0]).unwrap();
    if reply == 0 {
        let mut request = [0; 4_096];
        let count = stream.read(&mut request).unwrap();
        told.request = String::from_utf8_lossy(&request[..count]).into_owned();
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\npage");
    }
    told
}

fn page_by(url: &str, proxy: String) -> Page {
    let mut page = Page::at(url);
    page.web.proxy = Some(SecretRef::Given(Secret::new(proxy)));
    page
}

#[test]
fn a_socks_proxy_is_told_the_name_and_looks_it_up() {
    for scheme in ["socks5", "socks5h", "SOCKS5"] {
        let (port, thread) = proxy(false, 0);
        // No such name is known here.
        let mut page = page_by("http://name.invalid/latest", format!("{scheme}://127.0.0.1:{port}"));
        assert_eq!(page.page().bytes, b"page", "{scheme}");
        let told = thread.join().unwrap();
        assert_eq!(told.to, (3, "name.invalid:80".to_owned()), "{scheme}");
        assert!(told.request.starts_with("GET /latest HTTP/1.1\r\n"), "{told:?}");
    }
}

#[test]
fn a_socks_proxy_gets_its_login_and_nobody_sees_it() {
    let (port, thread) = proxy(true, 0);
    let mut page = page_by("http://name.invalid:8080/", format!("socks5://me:xyzzy@127.0.0.1:{port}"));
    assert_eq!(page.page().bytes, b"page");
    let told = thread.join().unwrap();
    assert_eq!(told.login.as_deref(), Some("me:xyzzy"));
    assert_eq!(told.to, (3, "name.invalid:8080".to_owned()));
    assert!(!told.request.contains("xyzzy") && !told.request.contains("roxy"), "{told:?}");
}

#[test]
fn a_socks_proxy_that_refuses_is_told_from_a_page() {
    // 2: not allowed by its rules.
    let (port, thread) = proxy(false, 2);
    let error = page_by("http://name.invalid/", format!("socks5://127.0.0.1:{port}")).error();
    assert!(error.starts_with("fetch http://name.invalid/: no connection to http://name.invalid"), "{error}");
    thread.join().unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = page_by("http://name.invalid/", format!("socks5://me:xyzzy@{closed}")).error();
    assert!(error.contains("no connection to http://name.invalid") && !error.contains("xyzzy"), "{error}");
}
