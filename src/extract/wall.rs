//! Pages that stand where a listing should, and answer "200 OK" all the same: a login, a test for robots, a question
//! about cookies, an error, a page that is not there.
//!
//! Told by the title, a part of which is nothing but that (`404 | Example`, never `404 Media`), or by what such pages
//! are made of. A listing may have a login box and a robot test on it as well, so only a page on which no entry was
//! found is looked at that closely.

use crate::model::text::{fold_key, one_line};

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

/// Titles, folded, of which a part is nothing but one of these.
const TITLES: [(Wall, &[&str]); 5] = [
    (
        Wall::Robots,
        &[
            "just a moment",
            "attention required!",
            "access denied",
            "access to this page has been denied",
            "are you a robot",
            "are you human",
            "robot check",
            "bot verification",
            "security check",
            "security verification",
            "human verification",
            "verify you are human",
            "verifying your browser",
            "verification required",
            "checking your browser",
            "checking your browser before accessing",
            "ddos-guard",
            "captcha",
            "you have been blocked",
            "sorry, you have been blocked",
            "request blocked",
            "pardon our interruption",
            "client challenge",
            "vercel security checkpoint",
            "unusual traffic detected",
            "安全验证",
            "百度安全验证",
            "人机验证",
            "访问验证",
            "滑动验证",
            "滑动验证页面",
            "验证码",
            "请完成安全验证",
        ],
    ),
    (
        Wall::Login,
        &[
            "log in",
            "login",
            "log in to continue",
            "sign in",
            "signin",
            "sign in to continue",
            "please log in",
            "please sign in",
            "member login",
            "登录",
            "登陆",
            "用户登录",
            "请登录",
            "anmelden",
            "einloggen",
            "connexion",
            "se connecter",
            "iniciar sesión",
            "accedi",
            "inloggen",
            "zaloguj się",
            "вход",
            "войти",
            "ログイン",
            "로그인",
        ],
    ),
    (
        Wall::Consent,
        &[
            "before you continue",
            "before you continue to google",
            "before you continue to youtube",
            "cookie consent",
            "cookies required",
            "your privacy choices",
            "privacy settings",
            "consent",
            "bevor sie fortfahren",
        ],
    ),
    (
        Wall::Missing,
        &[
            "404",
            "404 error",
            "404 not found",
            "404 page not found",
            "error 404",
            "http 404",
            "not found",
            "page not found",
            "page does not exist",
            "this page does not exist",
            "this page could not be found",
            "410 gone",
            "seite nicht gefunden",
            "page introuvable",
            "página no encontrada",
            "pagina non trovata",
            "страница не найдена",
            "页面不存在",
            "页面未找到",
            "找不到页面",
            "404错误",
            "404页面",
            "ページが見つかりません",
        ],
    ),
    (
        Wall::Error,
        &[
            "error",
            "server error",
            "internal server error",
            "500 internal server error",
            "500",
            "502 bad gateway",
            "bad gateway",
            "503 service unavailable",
            "503 service temporarily unavailable",
            "service unavailable",
            "504 gateway time-out",
            "504 gateway timeout",
            "gateway timeout",
            "database error",
            "error establishing a database connection",
            "too many requests",
            "429 too many requests",
            "403 forbidden",
            "forbidden",
            "maintenance",
            "site maintenance",
            "down for maintenance",
            "under maintenance",
            "scheduled maintenance",
            "we'll be right back",
            "be right back",
            "account suspended",
            "welcome to nginx!",
            "apache2 debian default page",
            "系统维护",
            "服务器错误",
            "wartungsarbeiten",
        ],
    ),
];

/// What such pages are made of, in small letters.
const SIGNS: [(Wall, &[&str]); 3] = [
    (
        Wall::Robots,
        &[
            "cf_chl_opt",
            "cf-challenge",
            "cf-error-details",
            "cf-browser-verification",
            "/cdn-cgi/challenge-platform/",
            "challenges.cloudflare.com",
            "_incapsula_resource",
            "captcha-delivery.com",
            "px-captcha",
            "perimeterx",
            "awswafcookiedomainlist",
            "awswafintegration",
            "distil_r_captcha",
            "geetest",
            "h-captcha",
            "g-recaptcha",
            "hcaptcha.com",
            "recaptcha/api.js",
            "recaptcha/enterprise.js",
            "turing.captcha.qcloud.com",
            "ddos-guard",
            "_guard/html.js",
        ],
    ),
    (
        Wall::Login,
        &["type=\"password\"", "type='password'", "type=password", "autocomplete=\"current-password\""],
    ),
    (
        Wall::Consent,
        &[
            "consent.google.",
            "consent.youtube.",
            "consent.yahoo.",
            "cookie-consent-form",
            "id=\"onetrust-consent",
        ],
    ),
];

/// What an HTML page says of itself in its title.
pub(super) fn by_title(html: &str) -> Option<Wall> {
    let title = fold_key(&title(html)?);
    let parts: Vec<&str> = title.split(['|', '·', '•', '»', '«', '_', '/']).flat_map(around_dashes).collect();
    let says = |names: &[&str]| {
        let is_name = |part: &&str| names.contains(&part.trim_matches([' ', '.', '…', '?']));
        parts.iter().any(is_name) || names.contains(&title.as_str())
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
