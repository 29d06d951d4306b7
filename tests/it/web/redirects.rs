//! Redirects: followed by hand, each step judged like the first.

use tidings::fetch::web::Outcome;
use tidings::model::secret::Secret;
use tidings::model::target::SecretRef;

use super::sample::{DAY, HOUR, Page, ok, redirect, same};
use crate::support::Receiver;

#[test]
fn five_redirects_are_followed_and_the_last_address_is_the_pages() {
    let server = Receiver::by(|request| match request.path() {
        "/" => redirect(302, "/1"),
        "/5" => ok("ETag: \"five\"\r\n", "page"),
        path => redirect(307, &format!("/{}", path[1..].parse::<u32>().unwrap() + 1)),
    });
    let mut page = Page::of(&server);
    page.web.basic_auth = Some(SecretRef::Given(Secret::new("me:pw".into())));
    let got = page.page();
    assert_eq!(got.address, Some(format!("http://{}/5", server.host())));
    assert_eq!(server.got().len(), 6);
    assert!(server.got().iter().all(|request| request.header("authorization").is_some()), "one origin");
    assert_eq!(page.visit.moved, None, "none of them is for good");
    // What was learned of the last address is asked of that one alone.
    page.later(HOUR).unwrap();
    let asked = server.got().split_off(6);
    let conditions: Vec<bool> =
        asked.iter().map(|request| request.header("if-none-match").is_some()).collect();
    assert_eq!(conditions, [false, false, false, false, false, true]);
}

#[test]
fn f045_f046_redirects_that_lead_astray_are_refused_with_their_reason() {
    for (to, expected) in [
        (
            "http://169.254.169.254/latest?x=xyzzy",
            "redirects to http://169.254.169.254/latest?…: 169.254.169.254 is an address that is never",
        ),
        ("http://10.0.0.1/", "of a private network or of this machine, where no page may lead"),
        ("http://localhost./", "where no page may lead"),
        ("http://[::ffff:127.0.0.1]/", "where no page may lead"),
        ("http://1.1.1.1:22/", "port 22 is that of another service"),
        ("file:///etc/passwd", "redirects to `file…`: it does not begin with `https://`"),
        ("javascript:alert(1)", "redirects to `javascript…`"),
        ("//", "redirects to"),
        ("/", "it leads in a circle"),
    ] {
        let server = Receiver::new(&[redirect(302, to)]);
        let error = Page::of(&server).error();
        assert!(error.contains(expected) && !error.contains("xyzzy"), "{to}: {error}");
        assert_eq!(server.got().len(), 1);
    }
    let server = Receiver::by(|request| redirect(301, &format!("{}x", request.path())));
    let error = Page::of(&server).error();
    assert!(error.contains("which would be the sixth redirect"), "{error}");
    assert_eq!(server.got().len(), 6);
}

#[test]
fn f045_another_port_of_this_machine_is_another_origin() {
    let inside = Receiver::new(&[ok("", "inside")]);
    let server = Receiver::new(&[redirect(301, &format!("http://{}/", inside.host()))]);
    let mut page = Page::of(&server);
    let error = page.error();
    assert!(error.contains("where no page may lead"), "{error}");
    assert!(inside.got().is_empty());
}

#[test]
fn f062_a_page_that_moved_for_good_is_asked_there_after_days() {
    let server = Receiver::by(|request| match (request.path(), request.header("if-none-match")) {
        ("/", _) => redirect(301, "/new"),
        (_, Some(_)) => same(""),
        _ => ok("ETag: \"1\"\r\n", "page"),
    });
    let mut page = Page::of(&server);
    for day in 0..5 {
        let outcome = page.later(DAY).unwrap();
        assert_eq!(matches!(outcome, Outcome::Page(_)), day == 0);
    }
    let asked = server.got().len();
    assert_eq!(asked, 10, "twice each time");
    page.later(DAY).unwrap();
    assert_eq!(
        server.got()[asked..].iter().map(|request| request.path().to_owned()).collect::<Vec<_>>(),
        ["/new"]
    );
}

#[test]
fn f062_a_new_address_that_fails_is_forgotten() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    let broken = Arc::new(AtomicBool::new(false));
    let is_broken = Arc::clone(&broken);
    let server = Receiver::by(move |request| match request.path() {
        "/" if is_broken.load(Ordering::SeqCst) => ok("", "back"),
        "/" => redirect(308, "/new"),
        _ if is_broken.load(Ordering::SeqCst) => crate::support::Say::answer("404 Not Found", "", ""),
        _ => ok("", "page"),
    });
    let mut page = Page::of(&server);
    for _ in 0..5 {
        page.later(DAY).unwrap();
    }
    broken.store(true, Ordering::SeqCst);
    assert!(page.later(DAY).is_err());
    assert!(matches!(page.later(DAY), Ok(Outcome::Page(found)) if found.bytes == b"back"));
}
