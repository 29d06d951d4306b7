//! What is answered to which request.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::*;

/// A server with a small tree; its feed was last changed at Thu, 03 Mar 2016 00:00:01 GMT.
async fn small() -> Server {
    let server = Server::start(patient()).await;
    server.publish(&[("index.html", b"<h1>hi"), ("feeds/all.rss", b"<rss/>"), ("feeds/all.json", b"{}")]);
    set_time(&server, UNIX_EPOCH + Duration::from_secs(1_456_963_201));
    server
}

fn set_time(server: &Server, time: SystemTime) {
    let file = fs::File::options().write(true).open(server.place("feeds/all.rss")).unwrap();
    file.set_modified(time).unwrap();
}

#[tokio::test]
async fn get_of_a_feed_has_all_its_headers() {
    let answer = small().await.get("/feeds/all.rss", "").await;
    assert_eq!((answer.status(), answer.text()), ("200", "<rss/>"));
    let expected = [
        ("content-type", "application/rss+xml; charset=utf-8"),
        ("content-length", "6"),
        ("etag", &etag(b"<rss/>")),
        ("last-modified", "Thu, 03 Mar 2016 00:00:01 GMT"),
        ("cache-control", "public, max-age=300"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        (
            "content-security-policy",
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'none'; frame-ancestors 'none'",
        ),
    ];
    for (name, value) in expected {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
    assert!(answer.header("date").is_some());
}

#[tokio::test]
async fn root_is_the_index_and_a_query_is_ignored() {
    let server = small().await;
    for path in ["/", "/index.html", "/?x=1", "/index.html?a=%00&b=../..", "http://elsewhere/index.html"] {
        let answer = server.get(path, "").await;
        assert_eq!((answer.status(), answer.text()), ("200", "<h1>hi"), "{path}");
    }
    assert_eq!(
        server.get("/feeds/all.json", "").await.header("content-type").unwrap(),
        "application/feed+json; charset=utf-8"
    );
}

#[tokio::test]
async fn healthz_answers_before_anything_is_published() {
    let answer = Server::start(patient()).await.get("/healthz", "").await;
    assert_eq!(
        (answer.status(), answer.text(), answer.header("cache-control")),
        ("200", "ok", Some("no-store"))
    );
}

#[tokio::test]
async fn f121_head_is_get_without_its_body() {
    let server = small().await;
    for path in ["/feeds/all.rss", "/", "/nothing", "/healthz"] {
        let get = server.get(path, "").await;
        let mut client = server.connect().await;
        client.send(format!("HEAD {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")).await;
        let head = client.answer(false).await;
        assert!(client.rest().await.is_empty());
        let lines = |answer: &Answer| -> HashMap<String, String> {
            let lines = answer
                .head
                .lines()
                .filter(|line| !line.starts_with("date") && !line.starts_with("connection"));
            lines
                .map(|line| line.split_once(": ").unwrap_or((line, "")))
                .map(|(k, v)| (k.into(), v.into()))
                .collect()
        };
        assert_eq!(lines(&head), lines(&get), "{path}");
    }
}

#[tokio::test]
async fn options_and_other_methods_name_what_is_allowed() {
    let server = small().await;
    for target in ["*", "/feeds/all.rss", "/nothing"] {
        let answer = server.ask(format!("OPTIONS {target} HTTP/1.1\r\nHost: h\r\n\r\n")).await;
        assert_eq!(
            (answer.status(), answer.header("allow")),
            ("204", Some("GET, HEAD, OPTIONS")),
            "{target}"
        );
    }
    for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW", "get"] {
        let answer = server.ask(format!("{method} /feeds/all.rss HTTP/1.1\r\nHost: h\r\n\r\n")).await;
        assert_eq!(
            (answer.status(), answer.header("allow")),
            ("405", Some("GET, HEAD, OPTIONS")),
            "{method}"
        );
    }
    assert_eq!(server.ask("CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n").await.status(), "405");
}

#[tokio::test]
async fn f118_a_reader_that_has_the_file_gets_304_with_the_same_validators() {
    let server = small().await;
    let tag = etag(b"<rss/>");
    let same = [
        format!("If-None-Match: {tag}\r\n"),
        format!("If-None-Match: \"x\", W/{tag}\r\n"),
        format!("If-None-Match: \"x\"\r\nIf-None-Match: {tag}\r\n"),
        "If-None-Match: *\r\n".to_owned(),
        "If-Modified-Since: Thu, 03 Mar 2016 00:00:01 GMT\r\n".to_owned(),
        "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT\r\n".to_owned(),
    ];
    for lines in same {
        let answer = server.get("/feeds/all.rss", &lines).await;
        assert_eq!(answer.status(), "304", "{lines}");
        assert_eq!(answer.header("etag"), Some(&*tag));
        assert_eq!(answer.header("last-modified"), Some("Thu, 03 Mar 2016 00:00:01 GMT"));
        assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
        assert!(answer.header("content-type").is_none() && answer.header("date").is_some());
    }
    let other = [
        "If-None-Match: \"x\"\r\n".to_owned(),
        "If-None-Match: garbage\r\nIf-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT\r\n".to_owned(),
        "If-Modified-Since: Thu, 03 Mar 2016 00:00:00 GMT\r\n".to_owned(),
        "If-Modified-Since: soon\r\n".to_owned(),
    ];
    for lines in other {
        assert_eq!(server.get("/feeds/all.rss", &lines).await.status(), "200", "{lines}");
    }
    assert_eq!(server.get("/nothing", "If-None-Match: *\r\n").await.status(), "404");
}

#[tokio::test]
async fn a_connection_stays_usable_after_304_and_404() {
    let server = small().await;
    let mut client = server.connect().await;
    for (path, lines, status) in [
        ("/feeds/all.rss", "If-None-Match: *\r\n", "304"),
        ("/nothing", "", "404"),
        ("/feeds/all.rss", "", "200"),
    ] {
        client.send(format!("GET {path} HTTP/1.1\r\nHost: h\r\n{lines}\r\n")).await;
        assert_eq!(client.answer(true).await.status(), status);
    }
}

#[tokio::test]
async fn last_modified_is_never_later_than_the_answer() {
    let server = small().await;
    set_time(&server, SystemTime::now() + Duration::from_secs(86_400));
    let answer = server.get("/feeds/all.rss", "").await;
    let time = |name: &str| httpdate::parse_http_date(answer.header(name).unwrap()).unwrap();
    // The two clocks are read one after the other, in either order.
    assert!(time("last-modified") <= time("date") + Duration::from_secs(2));
}

#[tokio::test]
async fn moved_and_gone_paths_say_so() {
    let server = small().await;
    server.site.set(Table {
        published: Arc::new(["feeds/all.rss"].into_iter().collect()),
        moved: [("feeds/tags/old.rss".to_owned(), "feeds/tags/new.rss".to_owned())].into(),
        gone: ["feeds/tags/retired.rss".to_owned()].into(),
    });
    let moved = server.get("/feeds/tags/old.rss", "").await;
    assert_eq!((moved.status(), moved.header("location")), ("301", Some("../../feeds/tags/new.rss")));
    assert_eq!(server.get("/feeds/tags/retired.rss", "").await.status(), "410");
    assert_eq!(server.get("/index.html", "").await.status(), "404", "on disk, but not in the table");
}

#[tokio::test]
async fn a_published_file_that_is_missing_or_no_file_is_503_and_the_others_stay() {
    let server = small().await;
    fs::remove_file(server.place("index.html")).unwrap();
    fs::remove_file(server.place("feeds/all.json")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", server.place("feeds/all.json")).unwrap();
    for path in ["/", "/feeds/all.json"] {
        let answer = server.get(path, "").await;
        assert_eq!((answer.status(), answer.header("retry-after")), ("503", Some("60")));
    }
    assert_eq!(server.get("/feeds/all.rss", "").await.status(), "200");
}

#[tokio::test]
async fn f117_hostile_paths_are_refused_without_an_echo() {
    let server = small().await;
    fs::write(server.place("secret"), "hidden").unwrap();
    let long = format!("/{}", "zq".repeat(4 << 10));
    let longer = format!("/{}", "zq".repeat(20 << 10));
    let paths: Vec<(&[u8], &[&str])> = vec![
        (b"/../secret-zq", &["404"]),
        (b"/feeds/../index.html", &["404"]),
        (b"/feeds/all.rss/zq", &["404"]),
        (b"/feeds", &["404"]),
        (b"/feeds/", &["404"]),
        (b"/%2e%2e%2fzq", &["404"]),
        (b"/%2e%2e/secret", &["404"]),
        (b"//", &["404"]),
        (b"//etc/passwd", &["404"]),
        (b"//feeds/all.rss", &["404"]),
        (b"/zq%00", &["404"]),
        (b"/feeds/all.rss%00", &["404"]),
        (b"/feeds\\all.rss", &["404", "400"]),
        (b"/..\\secret", &["404", "400"]),
        (b"/<script>zq</script>", &["404", "400"]),
        (b"/secret", &["404"]),
        (b"/zq\xFF\xFE", &["404", "400"]),
        (b"/%FF%FEzq", &["404"]),
        (b"zq", &["404", "400"]),
        (b"/zq\x00", &["400"]),
        (long.as_bytes(), &["414"]),
        (longer.as_bytes(), &["414", "431"]),
    ];
    for (path, statuses) in paths {
        let answer = server.ask([b"GET ", path, b" HTTP/1.1\r\nHost: h\r\n\r\n"].concat()).await;
        let shown = String::from_utf8_lossy(&path[..path.len().min(40)]);
        assert!(statuses.contains(&answer.status()), "{shown}: {}", answer.head);
        assert!(!answer.head.contains("zq") && !answer.text().contains("zq"), "{shown}");
        assert!(!answer.text().contains("hidden") && !answer.text().contains("root:"), "{shown}");
    }
}

#[tokio::test]
async fn f120_requests_of_smuggling_shape_are_refused() {
    let server = small().await;
    let get = "GET /feeds/all.rss HTTP/1.1\r\n";
    let cases = [
        (format!("{get}\r\n"), "400", "no Host"),
        (format!("{get}Host: a\r\nHost: b\r\n\r\n"), "400", "two Hosts"),
        (format!("{get}Host: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc"), "400", "two lengths"),
        (format!("{get}Host: h\r\nContent-Length: -1\r\n\r\n"), "400", "negative length"),
        (
            format!("{get}Host: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
            "413",
            "both",
        ),
        (format!("{get}Host: h\r\nTransfer-Encoding: zq\r\n\r\n"), "400", "unknown coding"),
        (format!("{get}Host: h\r\nContent-Length: 5\r\n\r\nhello"), "413", "a body"),
        (format!("{get}Host: h\r\nX y: z\r\n\r\n"), "400", "space in a name"),
        (format!("{get}Host: h\r\nx: {}\r\n\r\n", "y".repeat(20 << 10)), "431", "large header"),
        (format!("{get}Host: h\r\n{}\r\n", "x: y\r\n".repeat(101)), "431", "many headers"),
        ("GET / HTTP/9.9\r\nHost: h\r\n\r\n".to_owned(), "400", "unknown version"),
        ("\u{16}\u{3}\u{1}\r\n\r\n".to_owned(), "400", "TLS"),
    ];
    for (request, status, what) in cases {
        let mut client = server.connect().await;
        client.send(request).await;
        assert_eq!(client.answer(true).await.status(), status, "{what}");
        assert!(client.rest().await.is_empty(), "{what}: closed without another answer");
    }
    assert_eq!(server.ask("GET /feeds/all.rss HTTP/1.0\r\n\r\n").await.status(), "200", "1.0 needs no Host");
    assert_eq!(
        server.get("/feeds/all.rss", "Content-Length: 0\r\n").await.status(),
        "200",
        "a body of nothing"
    );
}
