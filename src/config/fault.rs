//! Faults of a config: what is wrong, where, and what to write instead; and how they look on a terminal.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::nearest::nearest;
use crate::model::text::counted;

/// At most so many faults are kept; a file with more is not a config.
const MAX_FAULTS: usize = 100;

/// How grave a fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The config cannot be used.
    Error,
    /// It can, but probably does not do what is meant.
    Warning,
}

/// One thing wrong with a config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFault {
    /// How grave it is.
    pub severity: Severity,
    /// The bytes of the file that are wrong; `None` for a value from the command line or the environment.
    pub span: Option<Range<usize>>,
    /// The line, counted from 1; 0 without a span.
    pub line: usize,
    /// The column in characters, counted from 1; 0 without a span.
    pub column: usize,
    /// What is wrong: a lowercase fragment.
    pub message: String,
    /// A word beside the caret; may be empty.
    pub label: String,
    /// A second place that has to do with it, and a word beside that.
    pub also: Option<(Range<usize>, String)>,
    /// What to do.
    pub hint: Option<String>,
}

impl ConfigFault {
    pub(super) fn label(&mut self, label: impl Into<String>) -> &mut Self {
        self.label = label.into();
        self
    }

    pub(super) fn hint(&mut self, hint: impl Into<String>) -> &mut Self {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn also(&mut self, span: Range<usize>, label: impl Into<String>) -> &mut Self {
        self.also = Some((span, label.into()));
        self
    }
}

/// Everything found while a config is checked, in the order of finding.
#[derive(Default)]
pub(super) struct Findings {
    list: Vec<ConfigFault>,
}

impl Findings {
    /// Adds an error; what is known besides is added to the result.
    pub(super) fn fault(
        &mut self,
        span: impl Into<Option<Range<usize>>>,
        message: impl Into<String>,
    ) -> &mut ConfigFault {
        self.add(Severity::Error, span.into(), message.into())
    }

    /// Adds a warning.
    pub(super) fn warn(
        &mut self,
        span: impl Into<Option<Range<usize>>>,
        message: impl Into<String>,
    ) -> &mut ConfigFault {
        self.add(Severity::Warning, span.into(), message.into())
    }

    fn add(&mut self, severity: Severity, span: Option<Range<usize>>, message: String) -> &mut ConfigFault {
        self.list.push(ConfigFault {
            severity,
            span,
            line: 0,
            column: 0,
            message,
            label: String::new(),
            also: None,
            hint: None,
        });
        let last = self.list.len() - 1;
        &mut self.list[last]
    }

    /// The name among `names` that was probably meant by `typed`; none once there are more faults than are shown.
    pub(super) fn suggest<'n>(
        &self,
        typed: &str,
        names: impl IntoIterator<Item = &'n str>,
    ) -> Option<&'n str> {
        if self.list.len() < MAX_FAULTS { nearest(typed, names) } else { None }
    }

    /// Whether an error is among them.
    pub(super) fn has_errors(&self) -> bool {
        self.list.iter().any(|fault| fault.severity == Severity::Error)
    }

    /// All of them, in the order of the file. `shown` is the text as it may be shown: no shorter and no longer.
    pub(super) fn into_faults(self, text: &str, shown: String, path: &Path) -> Faults {
        let mut list = self.list;
        let start = |fault: &ConfigFault| fault.span.as_ref().map_or(0, |span| span.start);
        // When not all can be shown, errors go first.
        list.sort_by_key(|fault| (fault.severity, start(fault)));
        // A line of `[defaults]` is checked anew for every listing that has no other.
        list.dedup_by(|a, b| a.span.is_some() && a.span == b.span && a.message == b.message);
        let errors = list.iter().filter(|fault| fault.severity == Severity::Error).count();
        let warnings = list.len() - errors;
        list.truncate(MAX_FAULTS);
        list.sort_by_key(start);
        for fault in &mut list {
            place(fault, text);
        }
        Faults { path: path.to_owned(), text: shown, list, errors, warnings }
    }
}

/// Fills in line and column, and keeps spans at character borders within the text.
fn place(fault: &mut ConfigFault, text: &str) {
    fault.span = fault.span.take().map(|span| within(span, text));
    fault.also = fault.also.take().map(|(span, label)| (within(span, text), label));
    if let Some(span) = &fault.span {
        let before = &text[..span.start];
        fault.line = before.matches('\n').count() + 1;
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        fault.column = before[line_start..].chars().count() + 1;
    }
}

fn within(span: Range<usize>, text: &str) -> Range<usize> {
    let border = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = border(span.start);
    start..border(span.end).max(start)
}

/// The faults of one config file, in its order: at most 100.
///
/// As an error it reads `config FILE has 2 errors and 1 warning`; [`Self::render`] shows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults {
    path: PathBuf,
    /// The file, without what may be a secret.
    text: String,
    list: Vec<ConfigFault>,
    errors: usize,
    warnings: usize,
}

impl Faults {
    /// The faults.
    #[must_use]
    pub fn as_slice(&self) -> &[ConfigFault] {
        &self.list
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All faults as text for a terminal, each with its line, a caret and its hint; empty when there is none.
    ///
    /// With `color`, ANSI escapes are in it; without, it is plain ASCII but for what the file itself holds.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let path = self.path.display().to_string();
        let mut out = String::new();
        for fault in &self.list {
            out.push_str(&renderer.render(&[self.group(fault, &path)]));
            out.push_str("\n\n");
        }
        let left_out = self.errors + self.warnings - self.list.len();
        if left_out > 0 {
            out.push_str(&format!("and {left_out} more\n"));
        }
        out
    }

    fn group<'a>(&'a self, fault: &'a ConfigFault, path: &'a str) -> Group<'a> {
        let level = match fault.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut group = Group::with_title(level.primary_title(fault.message.as_str()));
        if let Some(span) = &fault.span {
            let primary = AnnotationKind::Primary.span(span.clone()).label(fault.label.as_str());
            let mut snippet = Snippet::source(self.text.as_str()).path(path).annotation(primary);
            if let Some((also, label)) = &fault.also {
                snippet =
                    snippet.annotation(AnnotationKind::Context.span(also.clone()).label(label.as_str()));
            }
            group = group.element(snippet);
        }
        match &fault.hint {
            Some(hint) => group.element(Level::HELP.message(hint.as_str())),
            None => group,
        }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = match (self.errors, self.warnings) {
            (0, _) => counted(self.warnings, "warning"),
            (_, 0) => counted(self.errors, "error"),
            _ => format!("{} and {}", counted(self.errors, "error"), counted(self.warnings, "warning")),
        };
        write!(f, "config {} has {counts}", self.path.display())
    }
}

impl std::error::Error for Faults {}
