//! Rules for HTML listings, as the config gives them: plain texts, each checked to be what it should be.

/// Where the entries of an HTML page are, and their parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HtmlRules {
    /// The selector of an entry.
    pub item: String,
    /// The title; by default the first heading of the entry, or its first link with a text.
    pub title: Option<FieldRule>,
    /// The link; by default that of the title.
    pub link: Option<FieldRule>,
    /// When it was published.
    pub date: Option<FieldRule>,
    /// Who published it.
    pub source: Option<FieldRule>,
    /// The summary.
    pub summary: Option<FieldRule>,
    /// The tags: everything that the rule finds.
    pub tags: Option<FieldRule>,
    /// The category.
    pub category: Option<FieldRule>,
    /// The explicit id.
    pub id: Option<FieldRule>,
    /// Text between tags that stand in one text; by default commas, where one text holds all of them.
    pub tags_split: Option<String>,
}

/// The fields that a rule may be given for, by their names in the config.
pub const FIELDS: [&str; 8] = ["title", "link", "date", "source", "summary", "tags", "category", "id"];

impl HtmlRules {
    /// The rule of the field with this name in the config; `None` for a field without one.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&FieldRule> {
        match name {
            "title" => self.title.as_ref(),
            "link" => self.link.as_ref(),
            "date" => self.date.as_ref(),
            "source" => self.source.as_ref(),
            "summary" => self.summary.as_ref(),
            "tags" => self.tags.as_ref(),
            "category" => self.category.as_ref(),
            "id" => self.id.as_ref(),
            _ => None,
        }
    }

    /// The table of the config that says the same, `[listing.html]` and a line for each key.
    #[must_use]
    pub fn to_config(&self) -> String {
        let mut out = format!("[listing.html]\nitem = {}\n", quoted(&self.item));
        for name in FIELDS {
            if let Some(rule) = self.field(name) {
                out.push_str(&format!("{name} = {}\n", rule.to_config()));
            }
        }
        if let Some(text) = &self.tags_split {
            out.push_str(&format!("tags_split = {}\n", quoted(text)));
        }
        out
    }

    /// The place of the rule of the field with this name.
    pub fn field_mut(&mut self, name: &str) -> Option<&mut Option<FieldRule>> {
        Some(match name {
            "title" => &mut self.title,
            "link" => &mut self.link,
            "date" => &mut self.date,
            "source" => &mut self.source,
            "summary" => &mut self.summary,
            "tags" => &mut self.tags,
            "category" => &mut self.category,
            "id" => &mut self.id,
            _ => return None,
        })
    }
}

/// Where one part of an entry is. The steps are taken in this order, beginning at the entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldRule {
    /// Up to the nearest element around that matches; the entry itself counts.
    pub closest: Option<String>,
    /// Up so many elements.
    pub parent: u8,
    /// Back to the nearest element before it, of the same parent, that matches.
    pub previous: Option<String>,
    /// On to the first element after it, of the same parent and before the next entry, that matches.
    pub next: Option<String>,
    /// The selector below that; empty for the element itself.
    pub select: String,
    /// The attribute; without one, the text (`href` of a link's, `datetime` of a date's, where there is one).
    pub attr: Option<String>,
    /// What is taken out of the value: the first group, or all of the match.
    pub regex: Option<String>,
}

impl FieldRule {
    /// A rule from its short form: a selector, and perhaps an attribute after `@` (`h2 a @href`).
    #[must_use]
    pub fn short(text: &str) -> Self {
        let (select, attr) = Self::split(text);
        Self { select: select.to_owned(), attr: attr.map(str::to_owned), ..Self::default() }
    }

    /// The selector and the attribute of a rule's short form.
    #[must_use]
    pub fn split(text: &str) -> (&str, Option<&str>) {
        let is_name = |name: &str| {
            !name.is_empty()
                && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '.'))
        };
        match text.rsplit_once('@') {
            Some((select, name)) if is_name(name.trim()) && (select.is_empty() || select.ends_with(' ')) => {
                (select.trim(), Some(name.trim()))
            }
            _ => (text.trim(), None),
        }
    }

    /// The value that says the same in the config: the short form, or a table on one line.
    fn to_config(&self) -> String {
        if *self == Self::default() {
            return quoted(":scope");
        }
        if let Some(short) = self.as_short().filter(|short| Self::short(short) == *self && !short.is_empty())
        {
            return quoted(&short);
        }
        let select = Some(&self.select).filter(|select| !select.is_empty());
        let texts = [
            ("closest", self.closest.as_ref()),
            ("previous", self.previous.as_ref()),
            ("next", self.next.as_ref()),
            ("select", select),
            ("attr", self.attr.as_ref()),
            ("regex", self.regex.as_ref()),
        ];
        let mut keys: Vec<String> =
            texts.iter().filter_map(|(key, text)| Some(format!("{key} = {}", quoted((*text)?)))).collect();
        if self.parent > 0 {
            keys.push(format!("parent = {}", self.parent));
        }
        format!("{{ {} }}", keys.join(", "))
    }

    /// The short form, where the rule has nothing else; for people.
    #[must_use]
    pub fn as_short(&self) -> Option<String> {
        let plain = Self { select: self.select.clone(), attr: self.attr.clone(), ..Self::default() };
        (*self == plain).then(|| match &self.attr {
            Some(attr) if self.select.is_empty() => format!("@{attr}"),
            Some(attr) => format!("{} @{attr}", self.select),
            None => self.select.clone(),
        })
    }
}

/// A text as the config has it. What JSON writes in quotes, TOML reads alike.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_form_is_read_and_written() {
        for (text, select, attr) in [
            ("h2 a", "h2 a", None),
            ("h2 a @href", "h2 a", Some("href")),
            ("@data-id", "", Some("data-id")),
            (":scope", ":scope", None),
            ("a[title='x@y']", "a[title='x@y']", None),
            ("a @", "a @", None),
        ] {
            let rule = FieldRule::short(text);
            assert_eq!((rule.select.as_str(), rule.attr.as_deref()), (select, attr), "{text}");
            assert_eq!(rule.as_short().as_deref(), Some(text));
        }
        assert_eq!(FieldRule::default().to_config(), "\":scope\"");
        assert_eq!(FieldRule { parent: 1, ..FieldRule::default() }.as_short(), None);
    }
}
