//! robots.txt over the wire: when it is asked, and what each answer means.

use tidings::fetch::patience::Wanted;
use tidings::fetch::web::{Outcome, WebError};

use super::sample::{DAY, HOUR, Page, ok, redirect};
use crate::support::{Receiver, Say};

fn site(robots: impl Fn() -> Say + Send + Sync + 'static) -> Receiver {
    Receiver::by(move |request| if request.path() == "/robots.txt" { robots() } else { ok("", "page") })
}

fn minding(server: &Receiver, path: &str) -> Page {
    let mut page = Page::at(format!("http://{}{path}", server.host()));
    page.robots = true;
    page
}

fn asked(server: &Receiver, path: &str) -> usize {
    server.got().iter().filter(|request| request.path() == path).count()
}

#[test]
fn f065_what_is_disallowed_is_not_fetched() {
    let server =
        site(|| ok("", "User-agent: *\nDisallow: /x?q=\n\nUser-agent: TidingS\nDisallow: /private\n"));
    let mut page = minding(&server, "/private/x");
    assert!(matches!(page.fetch(), Err(WebError::Forbidden { .. })));
    assert!(matches!(page.later(DAY - 1), Ok(Outcome::Resting(_))));
    assert_eq!((asked(&server, "/private/x"), asked(&server, "/robots.txt")), (0, 1));
    assert_eq!(server.got()[0].header("user-agent").as_deref(), Some("tidings/test (+https://e.org)"));
    page.web.robots = Some(false);
    page.wanted = Wanted::Now;
    assert!(matches!(page.fetch(), Ok(Outcome::Page(_))), "the config says so");
    assert!(matches!(minding(&server, "/x?q=1").fetch(), Ok(Outcome::Page(_))), "our group counts alone");
}

#[test]
fn f065_each_kind_of_answer_means_what_the_rfc_says() {
    let deny = "User-agent: *\nDisallow: /";
    for (status, allowed) in [
        ("404 Not Found", true),
        ("403 Forbidden", true),
        ("401 Unauthorized", true),
        ("410 Gone", true),
        ("429 Too Many Requests", false),
        ("500 Internal Server Error", false),
        ("503 Service Unavailable", false),
    ] {
        let server = site(move || Say::answer(status, "", deny));
        let result = minding(&server, "/").fetch();
        assert_eq!(result.is_ok(), allowed, "{status}: {result:?}");
        assert!(allowed || matches!(result, Err(WebError::NoRobots { .. })), "{status}");
    }
    let server = site(|| Say::Bytes(Vec::new()));
    let error = minding(&server, "/").error();
    assert!(error.contains(&format!("http://{}/robots.txt cannot be had", server.host())), "{error}");
    let server = site(|| ok("Content-Type: text/html\r\n", "<html><body>Disallow: /</body></html>"));
    assert!(minding(&server, "/").fetch().is_ok());
    let large = format!("User-agent: *\n{}Disallow: /", "# filler\n".repeat(70_000));
    let server = site(move || ok("", &large));
    assert!(minding(&server, "/").fetch().is_ok(), "the rule stands behind half a megabyte");
}

#[test]
fn f065_redirects_of_robots_are_followed_and_too_many_mean_none() {
    let chain = |hops: usize| {
        Receiver::by(move |request| match request.path() {
            "/" => ok("", "page"),
            "/robots.txt" => redirect(301, "/r1"),
            path => match path[2..].parse::<usize>().unwrap() {
                hop if hop < hops => redirect(302, &format!("/r{}", hop + 1)),
                _ => ok("", "User-agent: *\nDisallow: /"),
            },
        })
    };
    assert!(matches!(minding(&chain(5), "/").fetch(), Err(WebError::Forbidden { .. })));
    assert!(minding(&chain(6), "/").fetch().is_ok());
}

#[test]
fn robots_is_asked_once_a_day_and_the_last_good_one_serves_a_month() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    let broken = Arc::new(AtomicBool::new(false));
    let is_broken = Arc::clone(&broken);
    let server = site(move || match is_broken.load(Ordering::SeqCst) {
        true => Say::answer("500 Internal Server Error", "", ""),
        false => ok("", "User-agent: *\nCrawl-delay: 0\nDisallow: /private"),
    });
    let mut page = minding(&server, "/");
    page.page();
    // As after a restart: what the page's memory says is enough.
    let mut again = minding(&server, "/");
    (again.visit, again.now) = (page.visit.clone(), page.now);
    again.later(HOUR).unwrap();
    assert_eq!(asked(&server, "/robots.txt"), 1);
    broken.store(true, Ordering::SeqCst);
    assert!(again.later(2 * DAY).is_ok());
    assert_eq!(asked(&server, "/robots.txt"), 2);
    assert!(again.later(60).is_ok());
    assert_eq!(asked(&server, "/robots.txt"), 2, "not asked again at once");
    assert!(again.later(27 * DAY).is_ok());
    assert!(matches!(again.later(DAY), Err(WebError::NoRobots { .. })));
    broken.store(false, Ordering::SeqCst);
    again.wanted = Wanted::Now;
    assert!(again.later(DAY).is_ok());
}

#[test]
fn pages_of_one_site_share_its_robots() {
    let server = site(|| ok("", "User-agent: *\nDisallow: /no"));
    let mut page = minding(&server, "/a");
    page.page();
    page.web.url = format!("http://{}/no", server.host());
    page.visit = tidings::model::Visit { address: page.web.url.clone(), ..Default::default() };
    assert!(matches!(page.fetch(), Err(WebError::Forbidden { .. })));
    assert_eq!(asked(&server, "/robots.txt"), 1);
}
