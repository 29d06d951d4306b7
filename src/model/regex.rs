//! Regular expressions that a user writes: bounded in what they take, and compared as they are written.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

/// How large a regex may get in memory, in bytes.
const MAX_REGEX: usize = 1 << 20;

/// How deep its groups may be nested.
const MAX_NEST: u32 = 50;

/// What is wrong with a regex, and where in its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRegex {
    /// The bytes that are wrong.
    pub span: Range<usize>,
    /// What is wrong: a lowercase fragment.
    pub message: String,
}

/// Makes a regex ready. Matching takes time in proportion to the text, whatever the regex.
///
/// # Errors
///
/// With the place, when it is wrong or would take more than 1 MB.
pub fn compile(text: &str) -> Result<regex::Regex, BadRegex> {
    let mut builder = regex::RegexBuilder::new(text);
    let built = builder.size_limit(MAX_REGEX).dfa_size_limit(MAX_REGEX).nest_limit(MAX_NEST).build();
    built.map_err(|error| {
        let parsed = regex_syntax::ParserBuilder::new().nest_limit(MAX_NEST).build().parse(text);
        let (span, message) = match parsed {
            Err(regex_syntax::Error::Parse(bad)) => (*bad.span(), bad.kind().to_string()),
            Err(regex_syntax::Error::Translate(bad)) => (*bad.span(), bad.kind().to_string()),
            _ => {
                let message = match error {
                    regex::Error::CompiledTooBig(_) => "it would take more than 1 MB of memory".to_owned(),
                    other => other.to_string(),
                };
                return BadRegex { span: 0..text.len(), message };
            }
        };
        BadRegex { span: span.start.offset..span.end.offset.max(span.start.offset), message }
    })
}

/// A regex of a filter. Written, in JSON too, as the user spelled it; two are equal when they are spelled the same.
///
/// It is made ready when it is first asked, once for all its clones. One that cannot be, because another version of the
/// program wrote it down, matches nothing.
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Expression {
    written: Arc<str>,
    ready: Arc<OnceLock<Option<regex::Regex>>>,
}

impl Expression {
    /// The expression that `written` spells.
    ///
    /// # Errors
    ///
    /// As [`compile`].
    pub fn parse(written: &str) -> Result<Self, BadRegex> {
        let ready = OnceLock::from(Some(compile(written)?));
        Ok(Self { written: written.into(), ready: Arc::new(ready) })
    }

    /// As the user spelled it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Whether some part of `text` fits.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let ready = self.ready.get_or_init(|| compile(&self.written).ok());
        ready.as_ref().is_some_and(|regex| regex.is_match(text))
    }
}

impl From<String> for Expression {
    fn from(written: String) -> Self {
        Self { written: written.into(), ready: Arc::default() }
    }
}

impl From<Expression> for String {
    fn from(expression: Expression) -> Self {
        expression.written.as_ref().to_owned()
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Eq for Expression {}

impl Hash for Expression {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.written.hash(state);
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expression").field(&self.written).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_matches_a_part_and_is_compared_by_how_it_is_spelled() {
        let kafka = Expression::parse(r"(?i)\bkafka\b").expect("a regex");
        assert!(kafka.matches("How Kafka stores") && !kafka.matches("Kafkaesque"));
        let read: Expression =
            serde_json::from_str(&serde_json::to_string(&kafka).expect("JSON")).expect("reads");
        assert_eq!((&read, read.matches("kafka")), (&kafka, true));
        assert_ne!(read, Expression::parse("kafka").expect("a regex"));
    }

    #[test]
    fn what_cannot_be_a_regex_is_refused_and_where_it_is_remembered_matches_nothing() {
        assert_eq!(Expression::parse("a(b").map_err(|bad| bad.span), Err(1..2));
        assert!(Expression::parse(r"(\w{1000}){1000}").expect_err("too great").message.contains("memory"));
        assert!(!Expression::from("a(b".to_owned()).matches("a(b"));
    }
}
