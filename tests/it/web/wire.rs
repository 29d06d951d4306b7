//! Servers that lie, stall, and never end: what is no whole page is an error.

use std::io::Write as _;
use std::time::Duration;

use tidings::fetch::web::{Outcome, WebError};

use super::sample::{Page, manners, ok};
use crate::support::{Receiver, Say};

#[track_caller]
fn refused(say: Say, expected: &str) {
    let server = Receiver::new(&[say]);
    let mut page = Page::of(&server);
    let error = page.error();
    assert!(error.contains(expected), "{error}");
    assert!(error.starts_with(&format!("fetch http://{}/: ", server.host())), "{error}");
    assert_eq!(page.visit.failures, 1);
    assert_eq!((page.visit.etag, page.visit.body), (None, None), "nothing is kept of it");
}

fn bytes(text: &str) -> Say {
    Say::Bytes(text.as_bytes().to_vec())
}

#[test]
fn a_page_comes_with_its_address_and_type_and_says_who_asks() {
    let server = Receiver::new(&[ok("Content-Type: text/html; charset=GBK\r\n", "<p>page</p>")]);
    let mut page = Page::at(format!("http://{}/latest?key=xyzzy", server.host()));
    let got = page.page();
    assert_eq!(got.bytes, b"<p>page</p>");
    assert_eq!(got.address.as_deref(), Some(page.web.url.as_str()));
    assert_eq!(got.media.as_deref(), Some("text/html; charset=GBK"));
    assert_eq!(got.name, format!("http://{}/latest?…", server.host()), "no key in what is shown");
    let request = server.got().remove(0);
    assert_eq!(request.path(), "/latest?key=xyzzy");
    assert_eq!(request.header("user-agent").as_deref(), Some("tidings/test (+https://e.org)"));
    assert_eq!(request.header("accept-encoding").as_deref(), Some("gzip, br, zstd, deflate"));
    for never in ["cookie", "referer", "authorization", "if-none-match", "if-modified-since"] {
        assert_eq!(request.header(never), None, "{never}");
    }
}

#[test]
fn f048_packed_pages_are_unpacked_and_bombs_left() {
    let pack = |size: usize| {
        let mut to = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        to.write_all(&vec![b'x'; size]).unwrap();
        let body = to.finish().unwrap();
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", body.len());
        Say::Bytes([head.into_bytes(), body].concat())
    };
    let server = Receiver::new(&[pack(100_000)]);
    assert_eq!(Page::of(&server).page().bytes, vec![b'x'; 100_000]);
    refused(pack(20 << 20), "more than the 1048576 bytes");
    refused(ok("Content-Encoding: gzip, gzip\r\n", "x"), "packed as `gzip, gzip`");
    refused(ok("Content-Encoding: gzip\r\nContent-Encoding: br\r\n", "x"), "packed as `gzip, br`");
    refused(ok("Content-Encoding: gzip\r\n", "x"), "damaged, or cut off");
}

#[test]
fn f049_a_length_that_lies_is_no_page() {
    refused(bytes("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"), "no whole answer");
    refused(bytes("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx"), "no whole answer");
    refused(bytes("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx"), "no whole answer");
    refused(bytes("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nx"), "more than the 1048576 bytes");
    refused(bytes("HTTP/1.1 206 Partial Content\r\nContent-Length: 1\r\n\r\nx"), "it answered 206");
    refused(bytes("HTTP/1.1 204 No Content\r\n\r\n"), "it answered 204");
}

#[test]
fn f050_a_page_whose_connection_is_cut_is_no_page() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n";
    refused(bytes(chunked), "no whole answer");
    refused(bytes(&format!("{chunked}5\r\nse")), "no whole answer");
    refused(bytes("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"), "no whole answer");
    refused(bytes("HTTP/1.1 200"), "no whole answer");
    refused(bytes(""), "no whole answer");
    refused(Say::Reset, "no whole answer");
    refused(bytes("220 smtp.example.org ready\r\n"), "no whole answer");
}

#[test]
fn f049_f050_a_packed_page_that_was_cut_short_is_no_page() {
    let mut to = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    to.write_all(&b"<li>one of many entries</li>".repeat(400)).unwrap();
    let packed = to.finish().unwrap();
    let say = |headers: &str, body: &[u8]| {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n{headers}\r\n");
        Say::Bytes([head.as_bytes(), body].concat())
    };
    let whole = format!("Content-Length: {}\r\n", packed.len());
    let server = Receiver::new(&[say(&whole, &packed)]);
    assert_eq!(Page::of(&server).page().bytes.len(), 28 * 400);
    for cut in [1, 8, packed.len() / 2] {
        let rest = &packed[..packed.len() - cut];
        // The connection ends before what was promised.
        refused(say(&whole, rest), "no whole answer");
        // All that was promised came, or nothing was promised; only the packing tells.
        refused(say(&format!("Content-Length: {}\r\n", rest.len()), rest), "damaged, or cut off");
        refused(say("Connection: close\r\n", rest), "damaged, or cut off");
        // Cut between two chunks, and with the last one in place.
        let chunk = [format!("{:x}\r\n", rest.len()).as_bytes(), rest, b"\r\n"].concat();
        refused(say("Transfer-Encoding: chunked\r\n", &chunk), "no whole answer");
        let ended = [&chunk[..], b"0\r\n\r\n"].concat();
        refused(say("Transfer-Encoding: chunked\r\n", &ended), "damaged, or cut off");
    }
}

#[test]
fn f051_a_page_that_drips_is_left_in_time() {
    let mut manners = manners();
    manners.page = Duration::from_millis(400);
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n".to_vec();
    let server = Receiver::new(&[Say::Drip(head)]);
    let error = Page::with(format!("http://{}/", server.host()), manners).error();
    assert!(error.ends_with("did not send the whole page within 400ms"), "{error}");
}

#[test]
fn f052_a_server_that_takes_the_connection_and_is_silent_is_left_in_time() {
    let mut manners = manners();
    manners.answer = Duration::from_millis(300);
    for begin in ["", "HTTP/1.1 200 OK\r\nContent-"] {
        let server = Receiver::new(&[Say::Stall(begin.into())]);
        let error = Page::with(format!("http://{}/", server.host()), manners.clone()).error();
        assert!(error.ends_with("within 300ms"), "{error}");
    }
}

#[test]
fn f053_headers_without_end_are_refused() {
    refused(Say::Endless(b"HTTP/1.1 200 OK\r\nX: ".to_vec()), "no whole answer");
    let many: String = (0..1_000).map(|number| format!("X-{number}: x\r\n")).collect();
    refused(ok(&many, "x"), "no whole answer");
    refused(ok(&format!("X: {}\r\n", "x".repeat(1 << 20)), "x"), "no whole answer");
    refused(Say::Endless(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()), "more than the 1048576 bytes");
}

#[test]
fn f063_f064_who_cannot_be_reached_is_told_in_plain_words() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = Page::at(format!("http://{closed}/x")).error();
    assert!(error.contains(&format!("no connection to http://{closed}: ")), "{error}");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let plain = listener.local_addr().unwrap();
    let speaker = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        let _ = std::io::Read::read(&mut stream, &mut [0; 4_096]);
    });
    let error = Page::at(format!("https://{plain}/")).error();
    assert!(error.contains("what came is no TLS"), "{error}");
    speaker.join().unwrap();
    let error = Page::at("http://name.invalid/x").error();
    assert!(error.contains("the name in http://name.invalid was not found"), "{error}");
}

#[test]
fn f041_an_address_in_a_private_network_must_be_meant() {
    let server = Receiver::new(&[ok("", "secret")]);
    let mut page = Page::of(&server);
    page.web.allow_private = false;
    let error = page.error();
    assert!(error.contains("set `allow_private = true` if it is meant"), "{error}");
    assert!(server.got().is_empty());
    assert_eq!(page.visit.failures, 0, "waiting longer would not help");
    let mut page = Page::at("http://169.254.169.254/latest/meta-data");
    assert!(page.error().contains("never reached"));
}

#[test]
fn f069_what_the_config_wants_sent_is_sent_and_never_shown() {
    use tidings::model::secret::Secret;
    use tidings::model::target::SecretRef;
    let given = |text: &str| SecretRef::Given(Secret::new(text.into()));
    let server = Receiver::new(&[Say::answer("403 Forbidden", "", "xyzzy")]);
    let mut page = Page::of(&server);
    page.web.basic_auth = Some(given("me:xyzzy"));
    page.web.cookies = Some(given("sid=xyzzy"));
    page.web.headers = vec![("x-key".into(), given("xyzzy"))];
    page.web.user_agent = Some("Own/1".into());
    let error = page.error();
    assert!(error.contains("it answered 403 (Forbidden)") && !error.contains("xyzzy"), "{error}");
    assert!(!format!("{:?} {:?}", page.web, page.visit).contains("xyzzy"));
    let request = server.got().remove(0);
    for (name, value) in [
        ("authorization", "Basic bWU6eHl6enk="),
        ("cookie", "sid=xyzzy"),
        ("x-key", "xyzzy"),
        ("user-agent", "Own/1"),
    ] {
        assert_eq!(request.header(name).as_deref(), Some(value), "{name}");
    }
    page.web.cookies = Some(given("a\r\nb"));
    page.wanted = tidings::fetch::patience::Wanted::Now;
    assert!(matches!(page.fetch(), Err(WebError::Header { .. })));
    page.web.cookies = Some(SecretRef::Env("NO_SUCH_VARIABLE_OF_TIDINGS".into()));
    assert!(
        page.error().contains("`cookies`: the environment variable `NO_SUCH_VARIABLE_OF_TIDINGS` is not set")
    );
}

#[test]
fn a_page_goes_through_a_proxy_where_the_config_names_one() {
    use tidings::model::secret::Secret;
    use tidings::model::target::SecretRef;
    let proxy = Receiver::new(&[ok("", "by proxy")]);
    let mut page = Page::at("http://name.invalid/x");
    let named = format!("http://me:xyzzy@{}", proxy.host());
    page.web.proxy = Some(SecretRef::Given(Secret::new(named)));
    assert_eq!(page.page().bytes, b"by proxy");
    let request = proxy.got().remove(0);
    assert_eq!(request.path(), "http://name.invalid/x");
    assert_eq!(request.header("proxy-authorization").as_deref(), Some("Basic bWU6eHl6enk="));
    // What an address says of itself is still heeded.
    page.web.url = "http://127.0.0.1/x".into();
    page.web.allow_private = false;
    assert!(page.error().contains("private network"));
    let mut page = Page::at("http://e.invalid/");
    page.web.proxy = Some(SecretRef::Given(Secret::new("::xyzzy::".into())));
    let error = page.error();
    assert!(error.contains("use the proxy: its address is none") && !error.contains("xyzzy"), "{error}");
}

#[test]
fn an_empty_page_is_a_page() {
    let server = Receiver::new(&[ok("", "")]);
    assert!(matches!(Page::of(&server).fetch(), Ok(Outcome::Page(page)) if page.bytes.is_empty()));
}
