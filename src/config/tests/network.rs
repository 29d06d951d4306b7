//! `[network]`, and listings whose pages come over it.

use std::time::Duration;

use super::*;
use crate::model::listing::{Following, Input, NextPage, Web};
use crate::model::target::SecretRef;

fn listing(more: &str) -> String {
    format!("[[listing]]\nid = \"news\"\n{more}\n")
}

fn web(text: &str) -> Web {
    let config = config(text);
    match &config.listings[0].spec.input {
        Input::Web(web) => web.as_ref().clone(),
        other => panic!("{other:?}"),
    }
}

fn given(place: Option<&SecretRef>) -> &str {
    match place {
        Some(SecretRef::Given(secret)) => secret.expose(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_listing_may_be_an_address_whose_host_is_its_site() {
    let address = "https://News.Example.org:8443/latest?page={page}";
    let text = listing(&format!("url = \"{address}\"\npages = \"2..4\""));
    let found = web(&text);
    assert_eq!(found, Web { pages: Some((2, 4)), ..Web::at(address) });
    let numbers: Vec<String> = [2, 3, 4].map(|n| address.replace("{page}", &n.to_string())).into();
    assert_eq!(found.addresses().collect::<Vec<_>>(), numbers);
    assert_eq!(found.host(), "news.example.org:8443");
    assert_eq!(config(&text).listings[0].spec.site, "news.example.org");
    assert_eq!(config(&listing("url = \"https://e.org/\"\nsite = \"s\"")).listings[0].spec.site, "s");
}

#[test]
fn pages_may_be_followed() {
    let following = |more: &str| web(&listing(&format!("url = \"https://e.org/\"\n{more}"))).following;
    let by = |by, most| Some(Following { by, most });
    assert_eq!(following("next_page = true"), by(NextPage::Relation, 10));
    let selector = || NextPage::Selector("a.older".into());
    assert_eq!(following("next_page = \" a.older \"\nmax_followed = 3"), by(selector(), 3));
    assert_eq!(following("next_page = true\nmax_pages = 3"), by(NextPage::Relation, 3));
    assert_eq!(following("next_page = false"), None);
    assert_eq!(following(""), None);
}

#[test]
fn pages_that_cannot_be_followed_are_faults() {
    let url = "url = \"https://e.org/\"";
    for (more, expected) in [
        ("next_page = 3".to_owned(), "3:13 `next_page` must be"),
        (format!("{url}\nnext_page = \"a[\""), "4:16 this selector is not understood"),
        (format!("{url}\nnext_page = \"\""), "4:14 this selector is not understood"),
        (format!("{url}\nnext_page = true\nmax_followed = 1"), "5:16 `max_followed` is out of range"),
        (format!("{url}\nmax_followed = 5"), "4:16 no pages are followed (`next_page = true` follows them)"),
        (format!("{url}\nnext_page = false\nmax_followed = 5"), "5:16 no pages are followed"),
        (
            format!("{url}\nnext_page = true\nmax_followed = 5\nmax_pages = 4"),
            "5:16 more pages than a listing may have (`max_pages` allows more)",
        ),
        (
            "url = \"https://e.org/?p={page}\"\npages = \"1..2\"\nnext_page = true".to_owned(),
            "5:13 the pages have numbers, so none is followed (either `{page}` and `pages`, or `next_page`)",
        ),
        (
            format!("{url}\nnext_page = true\nformat = \"sitemap\""),
            "4:13 a sitemap has no next page (an index of sitemaps is followed without it)",
        ),
        (
            format!("{url}\nnext_page = \"a\"\nformat = \"feed\""),
            "4:13 `format` is `feed`, so no selector finds the next page",
        ),
        (
            "files = [\"x\"]\nnext_page = true".to_owned(),
            "4:13 `next_page` is for pages that come from an address",
        ),
        (
            "files = [\"x\"]\nmax_followed = 3".to_owned(),
            "4:16 `max_followed` is for pages that come from an address",
        ),
    ] {
        let found = findings(&listing(&more));
        assert!(found.iter().any(|fault| fault.contains(expected)), "{more}: {found:?}");
    }
}

#[test]
fn what_goes_with_requests_is_read_from_where_it_is() {
    let found = web(&listing(
        "url = \"https://e.org/\"\nallow_private = true\nrobots = false\nuser_agent = \"Own/1\"\n\
         basic_auth = { env = \"LOGIN\" }\ncookies = \"a=1; b=2\"\n\
         headers = { Accept-Language = \"de\", X-Key = { file = \"key\" } }",
    ));
    assert_eq!(
        (found.allow_private, found.robots, found.user_agent.as_deref()),
        (true, Some(false), Some("Own/1"))
    );
    assert_eq!(found.basic_auth, Some(SecretRef::Env("LOGIN".into())));
    assert_eq!(given(found.cookies.as_ref()), "a=1; b=2");
    let names: Vec<&str> = found.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["accept-language", "x-key"]);
    assert_eq!(found.headers[1].1, SecretRef::File("/home/me/key".into()));
}

#[test]
fn f069_a_login_in_an_address_is_used_and_not_kept_in_it() {
    for (url, login) in [
        ("https://me:pass@e.org/x", "me:pass"),
        ("https://me@e.org/x", "me:"),
        ("https://m%40e:p%3A%26+s&=@e.org/x", "m@e:p:&+s&="),
    ] {
        let found = web(&listing(&format!("url = \"{url}\"")));
        assert_eq!((found.url.as_str(), given(found.basic_auth.as_ref())), ("https://e.org/x", login));
    }
}

#[test]
fn how_the_network_is_used_is_read() {
    let found = config(
        "[network]\ncontact = \"mailto:ops@e.org\"\ngap = \"0s\"\nconcurrency = 200\nconnect_timeout = \"2s\"\n\
         answer_timeout = \"3s\"\npage_timeout = \"4m\"\nextra_ca_file = \"ca.pem\"\nallow = [\"10.0.0.0/8\"]",
    );
    let network = found.network;
    assert_eq!(network.user_agent, concat!("tidings/", env!("CARGO_PKG_VERSION"), " (+mailto:ops@e.org)"));
    assert_eq!((network.gap, network.concurrency), (Duration::ZERO, 200));
    assert_eq!((network.connect_timeout.as_secs(), network.answer_timeout.as_secs()), (2, 3));
    assert_eq!(network.page_timeout, Duration::from_secs(240));
    assert_eq!(network.extra_ca_file, Some("/home/me/ca.pem".into()));
    assert_eq!(network.allow.len(), 1);
}

#[test]
fn f068_what_no_header_can_carry_is_a_fault() {
    for key in ["user_agent", "cookies", "basic_auth"] {
        for value in ["a:b\\r\\nX: y", "a:\\n", "ä:ö", "a:\\u0000", "", "a:\\t"] {
            let found = findings(&listing(&format!("url = \"https://e.org/\"\n{key} = \"{value}\"")));
            let expected = format!("`{key}` ");
            assert!(found.iter().any(|fault| fault.contains(&expected)), "{key} {value}: {found:?}");
        }
    }
    for (headers, expected) in [
        ("X-Key = \"a\\r\\nb\"", "`x-key` is nothing that a header can carry"),
        ("X-Key = \"ü\"", "`x-key` is nothing that a header can carry"),
        ("\"X Key\" = \"a\"", "no name of a header"),
        ("\"\" = \"a\"", "no name of a header"),
        ("Host = \"a\"", "`host` is set by the program itself"),
        ("If-None-Match = \"a\"", "`if-none-match` is set by the program itself"),
        ("User-Agent = \"a\"", "`user_agent` of the listing changes it"),
    ] {
        let found = findings(&listing(&format!("url = \"https://e.org/\"\nheaders = {{ {headers} }}")));
        assert!(found.len() == 1 && found[0].contains(expected), "{headers}: {found:?}");
    }
    for (key, value) in [("user_agent", "x\\ny"), ("contact", "ö")] {
        let found = findings(&format!("[network]\n{key} = \"{value}\""));
        assert!(found.iter().any(|fault| fault.contains("header can carry")), "{found:?}");
    }
}

#[test]
fn addresses_that_cannot_be_fetched_are_faults() {
    for (url, expected) in [
        ("ftp://e.org/", "must begin with"),
        ("e.org", "no absolute address"),
        ("", "is empty"),
        ("https://e.org/#x", "fragment"),
        ("https://e.org/a b", "blank"),
        ("http://localhost/", "private network"),
        ("http://2130706433/", "private network"),
        ("http://[64:ff9b:1::7f00:1]/", "private network"),
        ("http://169.254.169.254/latest", "never reached"),
    ] {
        let found = findings(&listing(&format!("url = \"{url}\"")));
        assert!(found.iter().any(|fault| fault.contains(expected)), "{url}: {found:?}");
    }
    assert!(findings(&listing("url = \"http://127.0.0.1:8/\"\nallow_private = true")).is_empty());
    let never = findings(&listing("url = \"http://169.254.169.254/\"\nallow_private = true"));
    assert!(never.len() == 1 && never[0].contains("never reached"), "{never:?}");
}

#[test]
fn a_listing_is_of_files_or_of_an_address() {
    let both = findings(&listing("url = \"https://e.org/\"\nfiles = [\"a\"]"));
    assert!(both.len() == 1 && both[0].contains("both `files` and `url`"), "{both:?}");
    let none = findings(&listing("robots = true\nfiles = [\"a\"]"));
    assert!(
        none.len() == 1 && none[0].contains("`robots` is for pages that come from an address"),
        "{none:?}"
    );
    let odd = findings(&listing("url = \"https://me:x@e.org/\"\nbasic_auth = \"a:b\""));
    assert!(odd.iter().any(|fault| fault.contains("both `basic_auth`")), "{odd:?}");
}

#[test]
fn limits_of_the_network_are_checked() {
    for (line, expected) in [
        ("gap = \"2h\"", "`gap` is out of range"),
        ("gap = \"soon\"", "`gap` is no period"),
        ("concurrency = 0", "`concurrency` is out of range"),
        ("page_timeout = \"0s\"", "`page_timeout` is out of range"),
        ("connect_timeout = \"1h\"", "`connect_timeout` is out of range"),
        ("allow = [\"10.0.0.0/40\"]", "this is no network"),
        ("proxy = \"gopher://e.org\"", "no address of a proxy"),
        ("proxy = \"socks5://e.org:1080\"", "names are looked up by it"),
        ("user_agent = \"a\"\ncontact = \"b\"", "both `user_agent` and `contact`"),
    ] {
        let found = findings(&format!("[network]\n{line}"));
        assert!(found.iter().any(|fault| fault.contains(expected)), "{line}: {found:?}");
    }
}
