//! Where in the text of a document its values stand.

use std::collections::HashMap;

use serde_json::Value;

use super::Parsed;

/// The lines (from 1) on which some values of a document begin, in the order of `wanted`. Linear.
pub(super) fn lines(parsed: &Parsed<'_>, wanted: &[&Value]) -> Vec<u32> {
    let places = offsets(parsed, wanted);
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by_key(|index| places.get(*index).copied().unwrap_or_default());
    let bytes = parsed.text.as_bytes();
    let (mut line, mut counted) = (1_u32, 0);
    let mut lines = vec![1; wanted.len()];
    for index in order {
        let at = places.get(index).copied().unwrap_or_default().max(counted);
        let ends = memchr::memchr_iter(b'\n', bytes.get(counted..at).unwrap_or_default()).count();
        line = line.saturating_add(u32::try_from(ends).unwrap_or(u32::MAX));
        counted = at;
        if let Some(place) = lines.get_mut(index) {
            *place = line;
        }
    }
    lines
}

/// The offsets at which some values of a document begin; 0 for one that is none of its own.
pub(super) fn offsets(parsed: &Parsed<'_>, wanted: &[&Value]) -> Vec<usize> {
    let found: HashMap<*const Value, usize> =
        wanted.iter().map(|value| (std::ptr::from_ref::<Value>(value), 0)).collect();
    let mut walk = Walk { text: &parsed.text, at: 0, found };
    walk.blanks();
    match &parsed.value {
        // Several values after one another were put in a list.
        Value::Array(values) if !parsed.text.get(walk.at..).unwrap_or_default().starts_with('[') => {
            for value in values {
                walk.value(Some(value));
            }
        }
        value => walk.value(Some(value)),
    }
    let found = walk.found;
    wanted
        .iter()
        .map(|value| found.get(&std::ptr::from_ref::<Value>(value)).copied().unwrap_or_default())
        .collect()
}

/// Goes through the text of a document that is known to be right, along with its values. Nests no deeper than the
/// parser allowed.
struct Walk<'t> {
    text: &'t str,
    at: usize,
    found: HashMap<*const Value, usize>,
}

impl<'t> Walk<'t> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// Passes over one value. `value` is `None` where a later one of the same name counts instead.
    fn value(&mut self, value: Option<&Value>) {
        self.blanks();
        let at = self.at;
        if let Some(place) = value.and_then(|value| self.found.get_mut(&std::ptr::from_ref(value))) {
            *place = at;
        }
        match self.peek() {
            Some(b'{') => self.object(value),
            Some(b'[') => self.array(value),
            Some(b'"') => {
                self.string();
            }
            _ => {
                let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
                let end = rest
                    .iter()
                    .position(|byte| matches!(byte, b',' | b']' | b'}') || byte.is_ascii_whitespace());
                self.at += end.unwrap_or(rest.len()).max(1);
            }
        }
        self.blanks();
    }

    fn object(&mut self, value: Option<&Value>) {
        let fields = value.and_then(Value::as_object);
        self.at += 1;
        loop {
            self.blanks();
            if self.peek() != Some(b'"') {
                self.at += 1;
                return;
            }
            let name = self.string();
            self.blanks();
            self.at += 1;
            let field = match name {
                name if name.contains('\\') => serde_json::from_str::<String>(&format!("\"{name}\""))
                    .ok()
                    .and_then(|name| fields.and_then(|fields| fields.get(&name))),
                name => fields.and_then(|fields| fields.get(name)),
            };
            self.value(field);
            if self.peek() != Some(b',') {
                self.at += 1;
                return;
            }
            self.at += 1;
        }
    }

    fn array(&mut self, value: Option<&Value>) {
        let mut values = value.and_then(Value::as_array).into_iter().flatten();
        self.at += 1;
        self.blanks();
        if self.peek() == Some(b']') {
            self.at += 1;
            return;
        }
        loop {
            self.value(values.next());
            if self.peek() != Some(b',') {
                self.at += 1;
                return;
            }
            self.at += 1;
        }
    }

    /// What stands between the quotes.
    fn string(&mut self) -> &'t str {
        let text: &'t str = self.text;
        let from = self.at + 1;
        let mut at = from;
        loop {
            let Some(found) = memchr::memchr2(b'"', b'\\', text.as_bytes().get(at..).unwrap_or_default())
            else {
                self.at = text.len();
                return "";
            };
            at += found;
            if text.as_bytes().get(at) == Some(&b'"') {
                self.at = at + 1;
                return text.get(from..at).unwrap_or_default();
            }
            at += 2;
        }
    }
}
