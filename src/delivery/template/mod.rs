//! Messages in the operator's own words: templates, filled with the facts of a delivery.
//!
//! What a template makes is the text of a message in its chat's own markup. Values are escaped for that chat, but for
//! what its author calls `safe`; for JSON they are written as JSON. A template that asks for what is not there, or runs
//! for too long, fails, and so does one that makes nothing: then the usual words are sent.

mod cut;
mod facts;
mod faults;

use std::fmt;
use std::io;
use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value};

use self::facts::{Facts, STEPS};
use super::chat::{Markup, markup};
use super::notice::short;
use crate::model::target::{TargetKind, Wording};
use crate::model::text::clean;
use crate::model::{Delivery, Message};

pub(super) use cut::{Marks, cut, stripped};
pub use faults::faults;

/// Steps that a template may take; one for twenty articles takes some thousand.
const FUEL: u64 = 50_000;
/// Bytes that it may write; what is longer than a message is cut.
const WRITTEN: usize = 256 * 1024;
/// What is wrong with one that writes more.
const LONG: &str = "it writes more than 256 KB";
/// Room for a subject: graphemes and bytes.
const SUBJECT: (usize, usize) = (200, 600);

/// What a template is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A message about one article.
    Article,
    /// A summary of several.
    Summary,
    /// A change of a listing's health.
    Health,
    /// What stands above any message, apart from its text.
    Subject,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Article, Self::Summary, Self::Health, Self::Subject];

    /// The key of the config that gives it.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Article => "template",
            Self::Summary => "summary_template",
            Self::Health => "health_template",
            Self::Subject => "subject_template",
        }
    }

    /// Its text, where the operator gave one.
    fn text(self, wording: &Wording) -> Option<&String> {
        match self {
            Self::Article => wording.article.as_ref(),
            Self::Summary => wording.summary.as_ref(),
            Self::Health => wording.health.as_ref(),
            Self::Subject => wording.subject.as_ref(),
        }
    }

    /// The one that a message is for, aside from its subject. What is said of a target, everybody is told in the usual
    /// words.
    fn of(message: &Message) -> Option<Self> {
        match message {
            Message::New(_) | Message::Change(_) => Some(Self::Article),
            Message::Summary(_) => Some(Self::Summary),
            Message::Health(_) => Some(Self::Health),
            Message::Target(_) => None,
        }
    }
}

/// What is wrong with a template, or went wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateFault {
    /// Which one.
    pub part: Part,
    /// The line of it, counted from 1, where that is known.
    pub line: Option<usize>,
    /// What is wrong: a lowercase fragment.
    pub what: String,
    /// What to do, where that is known.
    pub hint: Option<String>,
}

impl TemplateFault {
    fn new(part: Part, what: impl Into<String>) -> Self {
        Self { part, line: None, what: what.into(), hint: None }
    }

    fn of(part: Part, error: &Error) -> Self {
        let what = match (error.kind(), error.detail()) {
            (ErrorKind::OutOfFuel, _) => format!("it takes more than {FUEL} steps"),
            (ErrorKind::WriteFailure, _) => return Self::new(part, LONG),
            (kind, Some(detail)) => format!("{kind}: {detail}"),
            (kind, None) => kind.to_string(),
        };
        Self { line: error.line(), ..Self::new(part, what) }
    }
}

impl std::error::Error for TemplateFault {}

impl fmt::Display for TemplateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.part.key())?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {}", self.what)
    }
}

/// A message in the operator's own words, as far as there are any. Both are within what the service takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// Its text, in the chat's own markup; JSON for a generic target.
    pub(super) text: Option<String>,
    /// What stands above it: one line, escaped by nobody yet.
    pub(super) subject: Option<String>,
}

impl Words {
    /// Its text, where there are own words for it.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }
}

/// The templates of one target.
#[derive(Clone)]
pub struct Templates {
    kind: TargetKind,
    /// Those that there are, by their keys.
    environment: Arc<Environment<'static>>,
    parts: Vec<Part>,
}

impl fmt::Debug for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Templates").field("parts", &self.parts).finish_non_exhaustive()
    }
}

impl Templates {
    /// Reads the templates of a target of that kind; `None` where there are none.
    ///
    /// # Errors
    /// The first that is none, which the check of a config finds.
    pub fn read(kind: TargetKind, wording: &Wording) -> Result<Option<Self>, TemplateFault> {
        let mut environment = environment(kind);
        let mut parts = Vec::new();
        for part in Part::ALL {
            let Some(text) = part.text(wording) else { continue };
            environment
                .add_template_owned(part.key(), with_line_breaks(text))
                .map_err(|error| TemplateFault::of(part, &error))?;
            parts.push(part);
        }
        let environment = Arc::new(environment);
        Ok((!parts.is_empty()).then_some(Self { kind, environment, parts }))
    }

    /// What a delivery says in these words; addresses of ours are below `base_url`. The same each time.
    ///
    /// # Errors
    /// [`TemplateFault`] where one fails, as it may for an article like none before.
    pub fn words(&self, delivery: &Delivery, base_url: &str) -> Result<Words, TemplateFault> {
        let markup = markup(self.kind);
        let mut words = Words::default();
        let Some(part) = Part::of(&delivery.message) else { return Ok(words) };
        if self.parts.contains(&part) {
            words.text = Some(self.text(part, &markup, |facts| facts.of(delivery, base_url))?);
        }
        if self.parts.contains(&Part::Subject) {
            let facts = Facts::plain(STEPS[0]).of(delivery, base_url);
            words.subject = Some(self.subject(facts)?);
        }
        Ok(words)
    }

    /// A text within what the kind takes: where it would be longer, its facts are made shorter first, and then it is cut.
    fn text(
        &self,
        part: Part,
        markup: &Markup,
        facts: impl Fn(&Facts<'_>) -> Value,
    ) -> Result<String, TemplateFault> {
        let mut made = Err(TemplateFault::new(part, LONG));
        for room in STEPS {
            made = self.fill(part, facts(&Facts { markup: Some(markup), room }));
            match &made {
                Ok(text) if (markup.dialect.size)(text) > markup.most => {}
                Err(fault) if fault.what == LONG => {}
                _ => break,
            }
        }
        let text = made?;
        if text.is_empty() {
            return Err(TemplateFault::new(part, "it makes an empty text"));
        }
        if markup.is_json {
            return self.json(part, markup, text);
        }
        Ok(cut(&text, markup.most, markup.dialect.size, markup.marks))
    }

    /// A text that must be JSON, and cannot be cut.
    fn json(&self, part: Part, markup: &Markup, text: String) -> Result<String, TemplateFault> {
        if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(&text) {
            let what = format!("what it makes is no JSON: {error}");
            return Err(TemplateFault::new(part, what));
        }
        if text.len() > markup.most {
            let what = format!("what it makes is longer than {} bytes", markup.most);
            return Err(TemplateFault::new(part, what));
        }
        Ok(text)
    }

    fn subject(&self, facts: Value) -> Result<String, TemplateFault> {
        let subject = short(&self.fill(Part::Subject, facts)?, SUBJECT);
        if subject.is_empty() {
            return Err(TemplateFault::new(Part::Subject, "it makes an empty text"));
        }
        Ok(subject)
    }

    /// What a template makes of facts, without white space around it, and without what no document may hold.
    fn fill(&self, part: Part, facts: Value) -> Result<String, TemplateFault> {
        let fault = |error: Error| TemplateFault::of(part, &error);
        let template = self.environment.get_template(part.key()).map_err(fault)?;
        let mut written = Bounded(Vec::new());
        template.render_captured_to(facts, &mut written).map_err(fault)?;
        Ok(clean(&String::from_utf8_lossy(&written.0)).trim().to_owned())
    }
}

/// The same template in which a line that ends with a block, and holds more, keeps its line break. Lines stay where they
/// are, for what is said of them.
fn with_line_breaks(text: &str) -> String {
    // What stands there is text, whatever it looks like.
    if text.contains("{% raw") || text.contains("{%- raw") {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 8);
    for line in text.split_inclusive('\n') {
        let body = line.trim_end_matches(['\n', '\r']);
        match body.strip_suffix("%}") {
            Some(head) if !head.ends_with(['-', '+']) && !is_of_blocks(body) => {
                out.push_str(head);
                out.push_str("+%}");
                out.push_str(&line[body.len()..]);
            }
            _ => out.push_str(line),
        }
    }
    out
}

/// Whether a line holds nothing but blocks.
fn is_of_blocks(line: &str) -> bool {
    let mut rest = line.trim();
    while let Some(inner) = rest.strip_prefix("{%") {
        let Some((_, after)) = inner.split_once("%}") else { return false };
        rest = after.trim_start();
    }
    rest.is_empty()
}

/// What templates for a kind run in: strict, and with the escaping of the kind.
fn environment(kind: TargetKind) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_debug(false);
    // A line that holds nothing but blocks is no line of the message; see `with_line_breaks` for the others.
    if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
        environment.set_syntax(syntax);
    }
    let Markup { dialect, is_json, .. } = markup(kind);
    if is_json {
        environment.set_auto_escape_callback(|_| AutoEscape::Json);
        return environment;
    }
    if !matches!(kind, TargetKind::Command | TargetKind::Email) {
        // What it makes counts as safe, and is so in none of these.
        environment.remove_filter("tojson");
    }
    environment.set_auto_escape_callback(|name| match name {
        // It is escaped as a whole, where it stands.
        name if name == Part::Subject.key() => AutoEscape::None,
        _ => AutoEscape::Custom("chat".into()),
    });
    environment.set_formatter(move |out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value| {
        if value.is_undefined() {
            return minijinja::escape_formatter(out, state, value);
        }
        let is_escaped = value.is_safe() || *state.auto_escape() == AutoEscape::None;
        let text = if value.is_none() { String::new() } else { value.to_string() };
        Ok(out.write_str(&if is_escaped { text } else { dialect.escaped(&text) })?)
    });
    environment
}

/// Takes no more than [`WRITTEN`] bytes.
struct Bounded(Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > WRITTEN {
            return Err(io::Error::other("longer than any message"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
#[path = "../tests/template.rs"]
mod tests;
