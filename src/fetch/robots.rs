//! robots.txt, as RFC 9309 has it: which pages of a site a program may fetch. Pure.
//!
//! Where the RFC leaves a choice, what Google's parser does is done, but for `%62` and `b`, which the RFC calls equal:
//! paths and rules are compared in one spelling. Time is linear in the file, and for a question in the file and the
//! path together.

/// Bytes that are read; what follows is left out, as the RFC allows (section 2.5).
pub const BYTES: usize = 500 * 1024;
/// Bytes of one line; longer ones are cut.
const LINE: usize = 16 * 1024;
/// The longest pause between requests that a site can ask for, in seconds.
const DELAY: u8 = 60;

/// What a robots.txt says to one program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Robots {
    rules: Vec<Rule>,
    delay: u8,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    allow: bool,
    /// In the one spelling, without the `$` at its end.
    pattern: String,
    /// Whether the path must end where the pattern does.
    to_end: bool,
    /// Bytes of the pattern as it counts: the longest wins.
    weight: usize,
}

/// What a group says, so far.
#[derive(Default)]
struct Group {
    named: bool,
    robots: Robots,
}

impl Robots {
    /// Reads what a robots.txt says to the program that calls itself `token` (letters, `-` and `_`): the groups that
    /// name it, all together, or else those for everybody.
    #[must_use]
    pub fn read(bytes: &[u8], token: &str) -> Self {
        let is_cut = bytes.len() > BYTES;
        let bytes = &bytes[..bytes.len().min(BYTES)];
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let (mut own, mut all) = (Group::default(), Group::default());
        // For whom the group is in which we are, and whether that was still being said.
        let (mut for_own, mut for_all, mut naming) = (false, false, false);
        let mut lines = bytes.split(|byte| matches!(byte, b'\n' | b'\r')).peekable();
        while let Some(line) = lines.next() {
            if is_cut && lines.peek().is_none() {
                // A rule without its end is another rule.
                break;
            }
            let line = &line[..line.len().min(LINE)];
            let Some((key, value)) = directive(line) else { continue };
            match key {
                Key::Agent => {
                    if !naming {
                        (for_own, for_all) = (false, false);
                    }
                    naming = true;
                    if is_everybody(value) {
                        for_all = true;
                    } else if product(value).eq_ignore_ascii_case(token.as_bytes()) && !token.is_empty() {
                        for_own = true;
                    }
                    own.named |= for_own;
                }
                Key::Allow | Key::Disallow => {
                    naming = false;
                    let groups = [(for_own, &mut own), (for_all, &mut all)];
                    for (_, group) in groups.into_iter().filter(|(here, _)| *here) {
                        group.robots.rules.extend(Rule::new(matches!(key, Key::Allow), value));
                    }
                }
                Key::Delay => {
                    let groups = [(for_own, &mut own), (for_all, &mut all)];
                    for (_, group) in groups.into_iter().filter(|(here, _)| *here) {
                        group.robots.delay = delay(value);
                    }
                }
            }
        }
        if own.named { own.robots } else { all.robots }
    }

    /// Whether the page at `path`, which begins with a slash and may have a query, may be fetched. The longest rule
    /// that fits has the last word; of two as long, the one that allows.
    #[must_use]
    pub fn allows(&self, path: &str) -> bool {
        if path == "/robots.txt" {
            return true;
        }
        let path = plain(path.as_bytes(), false);
        let fitting = self.rules.iter().filter(|rule| rule.fits(&path));
        fitting.max_by_key(|rule| (rule.weight, rule.allow)).is_none_or(|rule| rule.allow)
    }

    /// Seconds that the site wants between two requests, at most 60; a courtesy, since the RFC does not know it.
    #[must_use]
    pub fn delay(&self) -> u8 {
        self.delay
    }
}

impl Rule {
    /// The rule of a line; `None` for one without a path, which says nothing.
    fn new(allow: bool, value: &[u8]) -> Option<Self> {
        if value.is_empty() {
            return None;
        }
        let (to_end, value) = match value.strip_suffix(b"$") {
            Some(rest) => (true, rest),
            None => (false, value),
        };
        let pattern = plain(value, true);
        let weight = pattern.len() + usize::from(to_end);
        Some(Self { allow, pattern, to_end, weight })
    }

    /// Whether the rule speaks of `path`. Each part between stars is looked for from where the last one was found: the
    /// first place is as good as any, so nothing is tried twice.
    fn fits(&self, path: &str) -> bool {
        let mut parts = self.pattern.split('*');
        let first = parts.next().unwrap_or_default();
        let Some(mut rest) = path.strip_prefix(first) else { return false };
        let mut parts = parts.peekable();
        if parts.peek().is_none() {
            return !self.to_end || rest.is_empty();
        }
        while let Some(part) = parts.next() {
            if self.to_end && parts.peek().is_none() {
                return rest.ends_with(part);
            }
            let Some(at) = rest.find(part) else { return false };
            rest = &rest[at + part.len()..];
        }
        true
    }
}

#[derive(Clone, Copy)]
enum Key {
    Agent,
    Allow,
    Disallow,
    Delay,
}

/// The key and the value of a line, if it is one that counts. The colon may be missing where there are just two words.
fn directive(line: &[u8]) -> Option<(Key, &[u8])> {
    let line = line.split(|byte| *byte == b'#').next().unwrap_or_default().trim_ascii();
    let (key, value) = match line.iter().position(|byte| *byte == b':') {
        Some(at) => (&line[..at], &line[at + 1..]),
        None => {
            let at = line.iter().position(u8::is_ascii_whitespace)?;
            let value = line[at..].trim_ascii();
            if value.iter().any(u8::is_ascii_whitespace) {
                return None;
            }
            (&line[..at], value)
        }
    };
    let (key, value) = (key.trim_ascii(), value.trim_ascii());
    let is = |names: &[&str]| names.iter().any(|name| key.eq_ignore_ascii_case(name.as_bytes()));
    // With the misspellings that are common.
    let key = match () {
        () if is(&["user-agent", "useragent", "user agent"]) => Key::Agent,
        () if is(&["disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"]) => Key::Disallow,
        () if is(&["allow"]) => Key::Allow,
        () if is(&["crawl-delay", "crawldelay"]) => Key::Delay,
        () => return None,
    };
    Some((key, value))
}

/// `*`, alone or with words after it.
fn is_everybody(value: &[u8]) -> bool {
    value.first() == Some(&b'*') && value.get(1).is_none_or(u8::is_ascii_whitespace)
}

/// The part of a name that counts: letters, `-` and `_`.
fn product(value: &[u8]) -> &[u8] {
    let end = value.iter().position(|b| !(b.is_ascii_alphabetic() || matches!(b, b'-' | b'_')));
    &value[..end.unwrap_or(value.len())]
}

/// A number of seconds, rounded up; nothing for what is none.
fn delay(value: &[u8]) -> u8 {
    let seconds = std::str::from_utf8(value).ok().and_then(|text| text.parse::<f64>().ok());
    let seconds = seconds.filter(|seconds| *seconds > 0.0).unwrap_or(0.0);
    // Within 0 to 60 after the clamp, so the cast keeps it.
    seconds.ceil().clamp(0.0, f64::from(DELAY)) as u8
}

/// A path in one spelling: unreserved characters as they are (RFC 3986, section 2.3), all else that is not plain ASCII
/// by percent signs with great letters. In a path, `*` and `$` are no signs and are spelled out; in a rule `%2A` and
/// `%24` mean these characters.
fn plain(text: &[u8], rule: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += 1;
        let coded = (byte == b'%').then(|| Some((hex(*text.get(at)?)?, hex(*text.get(at + 1)?)?))).flatten();
        match coded {
            Some((high, low)) => {
                at += 2;
                let byte = high << 4 | low;
                if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                    out.push(char::from(byte));
                } else {
                    push_coded(&mut out, byte);
                }
            }
            None if byte == b'$' || byte == b'*' && !rule => push_coded(&mut out, byte),
            None if byte.is_ascii_graphic() => out.push(char::from(byte)),
            None => push_coded(&mut out, byte),
        }
    }
    out
}

fn push_coded(out: &mut String, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.push('%');
    out.push(char::from(DIGITS[usize::from(byte >> 4)]));
    out.push(char::from(DIGITS[usize::from(byte & 15)]));
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// What a program calls itself in robots.txt, from its `User-Agent`: the letters that it begins with.
#[must_use]
pub fn token(user_agent: &str) -> &str {
    let product = product(user_agent.as_bytes());
    &user_agent[..product.len()]
}

#[cfg(test)]
#[path = "robots_tests.rs"]
mod tests;
