//! Reading selectors.

use super::attr::{AttrTest, Operator};
use super::nth::{self, Nth};
use super::{BadSelector, Combinator, Complex, Compound, Tag, Test};
use crate::extract::html::tree::Name;

/// The longest selector, in bytes.
const MAX_BYTES: usize = 2_000;
/// How deep `:is(…)` and the like may be nested.
const MAX_NESTING: usize = 8;

const HINT: &str = "a CSS selector, such as `article.post h2 > a`";

pub(super) fn parse(text: &str) -> Result<Vec<Complex>, BadSelector> {
    if text.len() > MAX_BYTES {
        return Err(bad(0..text.len(), "the selector is too long", "at most 2000 bytes"));
    }
    let mut parser = Parser { text, at: 0, nesting: 0 };
    let list = parser.list(false)?;
    match parser.peek() {
        None => Ok(list),
        Some(_) => Err(parser.unexpected()),
    }
}

fn bad(span: std::ops::Range<usize>, message: impl Into<String>, hint: &'static str) -> BadSelector {
    BadSelector { span, message: message.into(), hint }
}

/// Whether `c` may stand in a name without a backslash.
pub(in crate::extract::html) fn is_ident_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_') || !c.is_ascii()
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    nesting: usize,
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    fn blanks(&mut self) -> bool {
        let before = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_whitespace()) {
            self.at += 1;
        }
        self.at > before
    }

    fn unexpected(&self) -> BadSelector {
        match self.peek() {
            None => bad(self.text.len()..self.text.len(), "the selector ends too early", HINT),
            Some(c) => {
                let hint = match c {
                    '@' => "write the attribute at the end, after a blank: `h2 a @href`",
                    '/' => "this is a CSS selector, not XPath: `div.list > a`",
                    '0'..='9' => "a name that begins with a digit needs a backslash: `.\\32 col` for `.2col`",
                    _ => HINT,
                };
                bad(self.at..self.at + c.len_utf8(), format!("`{c}` is not expected here"), hint)
            }
        }
    }

    /// Selectors with commas between; `relative` ones begin at the element they are about.
    fn list(&mut self, relative: bool) -> Result<Vec<Complex>, BadSelector> {
        let mut list = Vec::new();
        loop {
            list.push(self.complex(relative)?);
            self.blanks();
            if !self.take(',') {
                return Ok(list);
            }
        }
    }

    fn complex(&mut self, relative: bool) -> Result<Complex, BadSelector> {
        let mut compounds = Vec::new();
        let mut combinators = Vec::new();
        self.blanks();
        let leading = self.combinator();
        if leading.is_some() || relative {
            compounds.push(Compound { tag: Tag::Any, tests: vec![Test::Scope] });
            combinators.push(leading.unwrap_or(Combinator::Below));
            self.blanks();
        }
        loop {
            compounds.push(self.compound()?);
            let gap = self.blanks();
            let combinator = match self.combinator() {
                Some(combinator) => {
                    self.blanks();
                    combinator
                }
                None if gap && !matches!(self.peek(), None | Some(',' | ')')) => Combinator::Below,
                None => break,
            };
            combinators.push(combinator);
        }
        compounds.reverse();
        combinators.reverse();
        Ok(Complex { compounds, combinators })
    }

    fn combinator(&mut self) -> Option<Combinator> {
        let found = match self.peek()? {
            '>' => Combinator::In,
            '+' => Combinator::After,
            '~' => Combinator::Behind,
            _ => return None,
        };
        self.at += 1;
        Some(found)
    }

    fn compound(&mut self) -> Result<Compound, BadSelector> {
        let mut tag = Tag::Any;
        let mut any = true;
        match self.peek() {
            Some('*') => self.at += 1,
            Some(c) if is_ident_char(c) || c == '\\' => {
                let name = self.ident()?.to_ascii_lowercase();
                tag = match Name::of(&name) {
                    Name::OTHER => Tag::Other(name.into()),
                    name => Tag::Known(name),
                };
            }
            _ => any = false,
        }
        let mut tests = Vec::new();
        loop {
            let test = match self.peek() {
                Some('#') => {
                    self.at += 1;
                    Test::Id(self.ident()?.into())
                }
                Some('.') => {
                    self.at += 1;
                    Test::Class(self.ident()?.into())
                }
                Some('[') => self.attribute()?,
                Some(':') => self.pseudo()?,
                _ => break,
            };
            tests.push(test);
        }
        if any || !tests.is_empty() { Ok(Compound { tag, tests }) } else { Err(self.unexpected()) }
    }

    /// A name, backslashes resolved.
    fn ident(&mut self) -> Result<String, BadSelector> {
        let start = self.at;
        let mut name = String::new();
        while let Some(c) = self.peek() {
            if c == '\\' {
                self.at += 1;
                name.push(self.escaped()?);
            } else if is_ident_char(c) {
                if name.is_empty() && c.is_ascii_digit() {
                    return Err(self.unexpected());
                }
                self.at += c.len_utf8();
                name.push(c);
            } else {
                break;
            }
        }
        if name.is_empty() || self.text.get(start..self.at) == Some("-") {
            return Err(self.unexpected());
        }
        Ok(name)
    }

    /// What follows a backslash: up to six hexadecimal digits and one blank, or a character as it is.
    fn escaped(&mut self) -> Result<char, BadSelector> {
        let hex = self.rest().bytes().take(6).take_while(u8::is_ascii_hexdigit).count();
        if hex == 0 {
            let Some(c) = self.peek().filter(|c| *c != '\n') else { return Err(self.unexpected()) };
            self.at += c.len_utf8();
            return Ok(c);
        }
        let code = u32::from_str_radix(&self.rest()[..hex], 16).unwrap_or_default();
        self.at += hex;
        if self.peek().is_some_and(|c| c.is_ascii_whitespace()) {
            self.at += 1;
        }
        Ok(char::from_u32(code).filter(|c| *c != '\0').unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn string(&mut self, quote: char) -> Result<String, BadSelector> {
        let start = self.at;
        self.at += 1;
        let mut out = String::new();
        while let Some(c) = self.peek() {
            self.at += c.len_utf8();
            match c {
                c if c == quote => return Ok(out),
                '\\' => out.push(self.escaped()?),
                c => out.push(c),
            }
        }
        Err(bad(start..self.text.len(), "the quotation mark is not closed", HINT))
    }

    fn attribute(&mut self) -> Result<Test, BadSelector> {
        let start = self.at;
        self.at += 1;
        self.blanks();
        let name = self.ident()?.to_ascii_lowercase();
        self.blanks();
        let mut test = AttrTest {
            caseless: AttrTest::is_caseless(&name),
            name: name.into(),
            operator: Operator::Given,
            value: "".into(),
        };
        if self.take(']') {
            return Ok(Test::Attr(test));
        }
        let operators = [
            ("~=", Operator::Word),
            ("|=", Operator::Dash),
            ("^=", Operator::Begins),
            ("$=", Operator::Ends),
            ("*=", Operator::Holds),
            ("=", Operator::Equal),
        ];
        let Some((text, operator)) = operators.iter().find(|(text, _)| self.rest().starts_with(text)) else {
            if self.rest().starts_with("!=") {
                let hint = "write `:not([name=\"value\"])`";
                return Err(bad(self.at..self.at + 2, "`!=` is not CSS", hint));
            }
            return match self.peek() {
                None => Err(bad(start..self.text.len(), "the bracket is not closed", HINT)),
                Some(_) => Err(self.unexpected()),
            };
        };
        self.at += text.len();
        test.operator = *operator;
        self.blanks();
        test.value = match self.peek() {
            Some(quote @ ('"' | '\'')) => self.string(quote)?.into(),
            Some(c) if is_ident_char(c) || c == '\\' => self.plain_value()?.into(),
            _ => {
                let span = self.at..self.at + self.peek().map_or(0, char::len_utf8);
                return Err(bad(span, "the value needs quotation marks", "such as `[href^=\"/news\"]`"));
            }
        };
        self.blanks();
        match self.peek() {
            Some('i' | 'I') => {
                test.caseless = true;
                self.at += 1;
            }
            Some('s' | 'S') => {
                test.caseless = false;
                self.at += 1;
            }
            _ => {}
        }
        self.blanks();
        if self.take(']') {
            return Ok(Test::Attr(test));
        }
        match self.peek() {
            None => Err(bad(start..self.text.len(), "the bracket is not closed", HINT)),
            Some(_) => {
                let span = self.at..self.at + self.peek().map_or(0, char::len_utf8);
                Err(bad(span, "the value needs quotation marks", "such as `[href^=\"/news\"]`"))
            }
        }
    }

    /// A value without quotation marks: a name; one that begins with a digit is meant all the same.
    fn plain_value(&mut self) -> Result<String, BadSelector> {
        if !self.peek().is_some_and(|c| c.is_ascii_digit()) {
            return self.ident();
        }
        let end = self.rest().find(|c| !is_ident_char(c)).unwrap_or(self.rest().len());
        let value = self.rest()[..end].to_owned();
        self.at += end;
        Ok(value)
    }

    fn pseudo(&mut self) -> Result<Test, BadSelector> {
        let start = self.at;
        self.at += 1;
        if self.peek() == Some(':') {
            let hint = "text is read without it, an attribute with `@name` at the end: `h2 a @href`";
            return Err(bad(start..self.text.len(), "`::` stands for no element of the page", hint));
        }
        let name = self.ident()?.to_ascii_lowercase();
        let whole = start..self.at;
        let nth = |step, first, back, of_type| Test::Nth(Nth { step, first, back, of_type, of: None });
        if !self.take('(') {
            return Ok(match name.as_str() {
                "first-child" => nth(0, 1, false, false),
                "last-child" => nth(0, 1, true, false),
                "first-of-type" => nth(0, 1, false, true),
                "last-of-type" => nth(0, 1, true, true),
                "only-child" => both(nth(0, 1, false, false), nth(0, 1, true, false)),
                "only-of-type" => both(nth(0, 1, false, true), nth(0, 1, true, true)),
                "root" => Test::Root,
                "empty" => Test::Empty,
                "scope" => Test::Scope,
                "link" | "any-link" => Test::Link,
                _ => return Err(unknown(whole, &name)),
            });
        }
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            return Err(bad(whole, "brackets are nested too deep", "at most 8 deep"));
        }
        let test = match name.as_str() {
            "is" | "where" | "matches" | "any" => Test::Is(self.list(false)?),
            "not" => Test::Not(self.list(false)?),
            "has" => Test::Has(self.list(true)?),
            "nth-child" | "nth-last-child" | "nth-of-type" | "nth-last-of-type" => self.nth(&name)?,
            _ => return Err(unknown(whole, &name)),
        };
        self.nesting -= 1;
        self.blanks();
        match self.peek() {
            Some(')') => self.at += 1,
            None => return Err(bad(start..self.text.len(), "the bracket is not closed", HINT)),
            Some(_) => return Err(self.unexpected()),
        }
        Ok(test)
    }

    fn nth(&mut self, name: &str) -> Result<Test, BadSelector> {
        let start = self.at;
        let end = self.rest().find(')').unwrap_or(self.rest().len());
        let inner = &self.rest()[..end];
        let of_at = inner.find(" of ");
        let form = &inner[..of_at.unwrap_or(end)];
        let Some((step, first)) = nth::read(form) else {
            let hint = "such as `2`, `odd`, `even`, `3n+1`, `-n+5`";
            return Err(bad(start..start + form.len(), "this says no number", hint));
        };
        self.at += form.len();
        let of_type = name.ends_with("-of-type");
        let of = match of_at {
            Some(_) if of_type => return Err(self.unexpected()),
            Some(_) => {
                self.at += 4;
                Some(self.list(false)?)
            }
            None => None,
        };
        Ok(Test::Nth(Nth { step, first, back: name.contains("last"), of_type, of }))
    }
}

/// An element that passes both tests.
fn both(a: Test, b: Test) -> Test {
    let compound = Compound { tag: Tag::Any, tests: vec![a, b] };
    Test::Is(vec![Complex { compounds: vec![compound], combinators: Vec::new() }])
}

fn unknown(span: std::ops::Range<usize>, name: &str) -> BadSelector {
    let hint = match name {
        "contains" | "-soup-contains" | "icontains" => "take what you need out of the text with `regex`",
        "first" | "eq" | "nth" => "`:nth-child(2)`, `:first-child`; of a field the first match counts anyway",
        "hover" | "focus" | "active" | "visited" | "checked" | "before" | "after" => {
            "only what the page itself says can be asked for"
        }
        _ => "known are :is, :not, :has, :where, :nth-child and its kin, :empty, :root, :scope, :link",
    };
    bad(span, format!("`:{}` is not known", crate::model::text::bounded(name, 40)), hint)
}
