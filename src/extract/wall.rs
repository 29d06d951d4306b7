//! Pages that stand where a listing should, and answer "200 OK" all the same: a login, a test for robots, a question
//! about cookies, an error, a page that is not there.
//!
//! Told by the title, a part of which is nothing but that (`404 | Example`, never `404 Media`), or by what such pages
//! are made of. A listing may have a login box and a robot test on it as well, so only a page on which no entry was
//! found is looked at that closely.

mod names;

use crate::model::text::{fold_key, one_line};

use self::names::{SIGNS, TITLES, TOPICS};

/// What a page is instead of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wall {
    /// It asks to log in.
    Login,
    /// It tests whether a person asks.
    Robots,
    /// It asks about cookies or privacy first.
    Consent,
    /// It says that there is no such page.
    Missing,
    /// It says that something failed.
    Error,
}

impl Wall {
    /// One sentence for a fault: what the page is, and what to do.
    pub(super) fn complaint(self) -> &'static str {
        match self {
            Self::Login => {
                "the page asks to log in instead of listing articles; give the listing cookies or another address"
            }
            Self::Robots => {
                "the page tests whether a person asks for it instead of listing articles; ask the site for a feed, or \
                 have a program fetch it (`command`)"
            }
            Self::Consent => {
                "the page asks about cookies instead of listing articles; give the listing the cookie that a \
                 browser gets by agreeing"
            }
            Self::Missing => {
                "the page says that it does not exist, though its status said it does; check the address"
            }
            Self::Error => "the page says that the site failed, though its status said it did not",
        }
    }
}

/// Bytes of a page that are looked at.
const LOOKED: usize = 256 << 10;

/// Bytes of a title that are looked at.
const TITLE: usize = 1_000;

/// What an HTML page says of itself in its title.
pub(super) fn by_title(html: &str) -> Option<Wall> {
    titled(html, |_| true)
}

/// The same for a page that is read by a user's rules, where nothing but a wall has such a title.
pub(super) fn by_title_alone(html: &str) -> Option<Wall> {
    let wall = titled(html, |name| !TOPICS.contains(&name))?;
    // A site about logins may have articles tagged `sign in`.
    (wall != Wall::Login || is_made_of(html, wall)).then_some(wall)
}

fn titled(html: &str, counts: impl Fn(&str) -> bool) -> Option<Wall> {
    let title = fold_key(&title(html)?);
    let parts: Vec<&str> = title.split(['|', '·', '•', '»', '«', '_', '/']).flat_map(around_dashes).collect();
    let says = |names: &[&str]| {
        let is = |text: &str| names.contains(&text) && counts(text);
        parts.iter().any(|part| is(part.trim_matches([' ', '.', '…', '?']))) || is(title.as_str())
    };
    TITLES.iter().find(|(_, names)| says(names)).map(|(wall, _)| *wall)
}

/// What an HTML page is on which no entry was found.
pub(super) fn by_content(html: &str) -> Option<Wall> {
    by_title(html).or_else(|| {
        let text = start(html, LOOKED).to_ascii_lowercase();
        let shows = |signs: &[&str]| signs.iter().any(|sign| text.contains(sign));
        SIGNS.iter().find(|(_, signs)| shows(signs)).map(|(wall, _)| *wall)
    })
}

/// Whether a page has the signs of one wall.
fn is_made_of(html: &str, wall: Wall) -> bool {
    let text = start(html, LOOKED).to_ascii_lowercase();
    let of_wall = SIGNS.iter().filter(|(kind, _)| *kind == wall).flat_map(|(_, signs)| *signs);
    of_wall.into_iter().any(|sign| text.contains(sign))
}

/// Parts of a title that a dash or a colon with a blank after it keeps apart; one within a word does not.
fn around_dashes(part: &str) -> impl Iterator<Item = &str> {
    part.split(" - ").flat_map(|part| part.split(": ")).map(str::trim)
}

/// The text of the first `title`.
fn title(html: &str) -> Option<String> {
    let text = start(html, LOOKED);
    let lower = text.to_ascii_lowercase();
    let open = lower.find("<title")?;
    let begin = open + lower[open..].find('>')? + 1;
    let end = begin + lower[begin..].find("</title").unwrap_or(lower.len() - begin);
    let title = start(&text[begin..end], TITLE);
    let plain = [
        ("&amp;", "&"),
        ("&#39;", "'"),
        ("&apos;", "'"),
        ("&quot;", "\""),
        ("&nbsp;", " "),
        ("&#8217;", "'"),
    ]
    .into_iter()
    .fold(title.to_owned(), |title, (name, plain)| title.replace(name, plain));
    Some(one_line(&plain)).filter(|title| !title.is_empty())
}

/// The first bytes of a text, in whole letters.
fn start(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    &text[..end.unwrap_or_default()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f054_titles_of_walls_are_told_from_titles_of_listings() {
        for (title, wall) in [
            ("Just a moment...", Some(Wall::Robots)),
            ("Attention Required! | Cloudflare", Some(Wall::Robots)),
            ("Access Denied", Some(Wall::Robots)),
            ("百度安全验证", Some(Wall::Robots)),
            ("Sign in · GitLab", Some(Wall::Login)),
            ("登录 - 某站", Some(Wall::Login)),
            ("Before you continue", Some(Wall::Consent)),
            ("404 Not Found", Some(Wall::Missing)),
            ("Page not found &amp; more | Example", None),
            ("Page not found | Example", Some(Wall::Missing)),
            ("Example: Page Not Found", Some(Wall::Missing)),
            ("502 Bad Gateway", Some(Wall::Error)),
            ("We&#8217;ll be right back", Some(Wall::Error)),
            ("404 Media", None),
            ("Error handling in Rust", None),
            ("Tagged “captcha” – Security blog", None),
            ("How to sign in with passkeys", None),
            ("Backend Architecture - Latest articles", None),
            ("", None),
        ] {
            let page =
                format!("<!doctype html><html><head><TITLE>\n {title} </TITLE></head><body>x</body></html>");
            assert_eq!(by_title(&page), wall, "{title}");
        }
    }

    #[test]
    fn f054_under_rules_only_titles_that_no_listing_has_are_walls() {
        for (title, wall) in [
            ("Just a moment...", Some(Wall::Robots)),
            ("Attention Required! | Cloudflare", Some(Wall::Robots)),
            ("Sign in · GitLab", Some(Wall::Login)),
            ("Page not found | Example", Some(Wall::Missing)),
            ("502 Bad Gateway", Some(Wall::Error)),
            ("Captcha | Security blog", None),
            ("Login", None),
            ("Maintenance - Machines", None),
            ("404 | Example", None),
            ("News", None),
        ] {
            let page = |body: &str| format!("<html><title>{title}</title>{body}</html>");
            let form = page("<input type=password>");
            assert_eq!(by_title_alone(&form), wall, "{title}");
            let expected = wall.filter(|wall| *wall != Wall::Login);
            assert_eq!(by_title_alone(&page("")), expected, "{title}");
        }
        let known = |topic: &&str| TITLES.iter().any(|(_, names)| names.contains(topic));
        assert!(TOPICS.iter().all(known));
    }

    #[test]
    fn f054_pages_without_entries_are_told_by_what_they_are_made_of() {
        for (body, wall) in [
            ("<script>window._cf_chl_opt={}</script>", Some(Wall::Robots)),
            ("<div class=\"G-Recaptcha\"></div>", Some(Wall::Robots)),
            ("<form><input name=p type=password></form>", Some(Wall::Login)),
            ("<form action=\"https://consent.google.com/save\">", Some(Wall::Consent)),
            ("<p>Nothing was published this week.</p>", None),
        ] {
            assert_eq!(by_content(&format!("<html><title>News</title>{body}")), wall, "{body}");
        }
    }

    #[test]
    fn f075_any_text_is_looked_at_without_a_panic() {
        let long = "<title>".to_owned() + &"ä".repeat(LOOKED);
        for text in ["", "<title", "<title>", "<title>é</TITLE", "İ<title>x</title>", &long] {
            assert_eq!(by_content(text), None, "{}", start(text, 20));
        }
    }
}
