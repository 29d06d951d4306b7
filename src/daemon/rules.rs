//! By which rules a listing is read, as a hash that tells whether they changed.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::extract;
use crate::model::key::KeyKind;
use crate::model::listing::{Input, NextPage, Rules};
use crate::model::{Field, ListingId, ListingSpec};

/// The hashes of listings' rules. Making one costs a scan of an unchanged page as much as remembering it, and it is the
/// same in every scan; so each is kept with what it was made of.
#[derive(Debug, Default)]
pub struct RuleHashes(Mutex<HashMap<ListingId, (Made, [u8; 16])>>);

/// What a hash is made of.
#[derive(Debug, PartialEq)]
struct Made {
    rules: Rules,
    identity: Vec<KeyKind>,
    content: Vec<Field>,
    following: Option<NextPage>,
}

/// What names the page after one, where pages are followed.
fn following(spec: &ListingSpec) -> Option<&NextPage> {
    match &spec.input {
        Input::Web(web) => web.following.as_ref().map(|following| &following.by),
        Input::Files(_) | Input::Program(_) => None,
    }
}

impl RuleHashes {
    /// What decides how the pages of a listing are read and compared, and which there are: raise nothing by hand, it
    /// follows the config and the extractor.
    #[must_use]
    pub fn of(&self, spec: &ListingSpec) -> [u8; 16] {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((made, hash)) = known.get(&spec.id)
            && (&made.rules, &made.identity, &made.content) == (&spec.rules, &spec.identity, &spec.content)
            && made.following.as_ref() == following(spec)
        {
            return *hash;
        }
        let following = following(spec).cloned();
        let mut text =
            format!("{} {:?} {:?} {:?}", extract::VERSION, spec.rules, spec.identity, spec.content);
        if let Some(by) = &following {
            text += &format!(" {by:?}");
        }
        let mut hash = [0; 16];
        hash.copy_from_slice(&blake3::hash(text.as_bytes()).as_bytes()[..16]);
        let (rules, identity, content) = (spec.rules.clone(), spec.identity.clone(), spec.content.clone());
        known.insert(spec.id.clone(), (Made { rules, identity, content, following }, hash));
        hash
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::{Environment, parse};

    fn spec(keys: &str) -> ListingSpec {
        let text = format!("[[listing]]\nid = \"a\"\nurl = \"https://e.org/\"\n{keys}");
        let config = parse(&text, Path::new("t.toml"), &Environment::default()).expect("a config").config;
        config.listings[0].spec.clone()
    }

    #[test]
    fn a_hash_is_another_one_as_soon_as_anything_of_the_rules_is() {
        let (kept, begun) = (RuleHashes::default(), spec(""));
        let hash = kept.of(&begun);
        assert_eq!(kept.of(&spec("title = \"Another\"\nevery = \"5m\"\n")), hash, "no rule");
        for other in [
            "format = \"html\"\n",
            "max_entries = 10\n",
            "language = \"de\"\n",
            "volatile = [\"summary\"]\n",
            "identity = [\"link\"]\n",
            "next_page = true\n",
            "format = \"html\"\nnext_page = \"a.next\"\n",
            "format = \"html\"\n[listing.html]\nitem = \"article\"\n",
        ] {
            let other = spec(other);
            assert_ne!(kept.of(&other), hash, "{other:?}");
            assert_eq!(kept.of(&other), RuleHashes::default().of(&other), "the same, kept or not");
            assert_eq!(kept.of(&begun), hash, "and back");
        }
    }
}
