//! A page weighed in one pass: how much text, how many links and headings stand below every element, what is
//! navigation or the like, and the shape of everything.

use crate::extract::html::tree::{Id, Name, Tree};

/// Words in classes and ids of what surrounds a page's articles. Whole words only.
const AROUND: [&str; 56] = [
    "nav",
    "navbar",
    "navigation",
    "menu",
    "submenu",
    "breadcrumb",
    "breadcrumbs",
    "footer",
    "sidebar",
    "aside",
    "comments",
    "comment",
    "commentlist",
    "related",
    "recommended",
    "recommendations",
    "pagination",
    "pager",
    "paginator",
    "cookie",
    "cookies",
    "consent",
    "banner",
    "tagcloud",
    "cloud",
    "social",
    "share",
    "sharing",
    "popular",
    "trending",
    "hot",
    "rank",
    "ranking",
    "topbar",
    "toolbar",
    "dropdown",
    "modal",
    "ad",
    "ads",
    "advert",
    "advertisement",
    "sponsor",
    "sponsors",
    "sponsored",
    "promo",
    "newsletter",
    "subscribe",
    "login",
    "signup",
    "search",
    "partners",
    "blogroll",
    "friendlinks",
    "toc",
    "languages",
    "mostread",
];

/// What stands around an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Content,
    /// Probably beside the articles.
    Beside,
    /// Surely no article: navigation, a footer, a script.
    Out,
}

pub(super) struct Survey {
    /// Sums over all nodes before each one; what is below an element is a difference.
    text: Vec<u32>,
    link_text: Vec<u32>,
    links: Vec<u32>,
    headings: Vec<u32>,
    pub(super) place: Vec<Place>,
    /// The shape of the way from the root to each element, itself included.
    pub(super) path: Vec<u64>,
    /// Bytes of text that is not [`Place::Out`].
    pub(super) mass: u32,
}

impl Survey {
    pub(super) fn of(tree: &Tree<'_>) -> Self {
        let count = tree.len() as usize;
        let mut survey = Self {
            text: Vec::with_capacity(count + 1),
            link_text: Vec::with_capacity(count + 1),
            links: Vec::with_capacity(count + 1),
            headings: Vec::with_capacity(count + 1),
            place: Vec::with_capacity(count),
            path: Vec::with_capacity(count),
            mass: 0,
        };
        let (mut text, mut link_text, mut links, mut headings) = (0_u32, 0_u32, 0_u32, 0_u32);
        // The end of the link that is open.
        let mut link_end = 0;
        for id in 0..tree.len() {
            survey.text.push(text);
            survey.link_text.push(link_text);
            survey.links.push(links);
            survey.headings.push(headings);
            let parent = tree.parent(id);
            let above = parent.map_or(Place::Content, |parent| survey.place[parent as usize]);
            if !tree.is_element(id) {
                let size = tree.text_size(id);
                if above != Place::Out {
                    survey.mass = survey.mass.saturating_add(size);
                }
                text = text.saturating_add(size);
                if id < link_end {
                    link_text = link_text.saturating_add(size);
                }
                survey.place.push(above);
                survey.path.push(0);
                continue;
            }
            survey.place.push(above.max(place_of(tree, id)));
            let path = parent.map_or(0, |parent| survey.path[parent as usize]);
            survey.path.push(step(path, tree, id));
            let name = tree.name(id);
            if name == Name::A && tree.raw_attr(id, "href").is_some() {
                links += 1;
                link_end = link_end.max(tree.end(id));
            }
            headings += u32::from(name.is_heading());
        }
        survey.text.push(text);
        survey.link_text.push(link_text);
        survey.links.push(links);
        survey.headings.push(headings);
        survey
    }

    fn below(sums: &[u32], tree: &Tree<'_>, id: Id) -> u32 {
        let at = |id: Id| sums.get(id as usize).copied().unwrap_or_default();
        at(tree.end(id)).saturating_sub(at(id))
    }

    pub(super) fn text(&self, tree: &Tree<'_>, id: Id) -> u32 {
        Self::below(&self.text, tree, id)
    }

    pub(super) fn link_text(&self, tree: &Tree<'_>, id: Id) -> u32 {
        Self::below(&self.link_text, tree, id)
    }

    pub(super) fn links(&self, tree: &Tree<'_>, id: Id) -> u32 {
        Self::below(&self.links, tree, id)
    }

    pub(super) fn headings(&self, tree: &Tree<'_>, id: Id) -> u32 {
        Self::below(&self.headings, tree, id)
    }
}

fn place_of(tree: &Tree<'_>, id: Id) -> Place {
    let name = tree.name(id);
    match name {
        Name::NAV | Name::FOOTER | Name::ASIDE | Name::SELECT | Name::BUTTON | Name::SVG | Name::DIALOG => {
            return Place::Out;
        }
        _ if name.is_unseen() || name == Name::TITLE => return Place::Out,
        Name::HTML | Name::BODY | Name::MAIN | Name::ARTICLE => return Place::Content,
        // The page's own; that of an article stands in the article.
        Name::HEADER if tree.parent(id).is_some_and(|up| tree.name(up) == Name::BODY) => {
            return Place::Beside;
        }
        _ => {}
    }
    let role = tree.raw_attr(id, "role").unwrap_or_default();
    if matches!(role, "navigation" | "contentinfo" | "complementary" | "search" | "menu" | "menubar") {
        return Place::Out;
    }
    let mut named = tree.classes(id).chain(tree.raw_attr(id, "id"));
    if named.any(|class| words(class).any(|word| AROUND.contains(&&*word))) {
        return Place::Beside;
    }
    let widget =
        |class: &str| class == "widget" || class.starts_with("widget-") || class.starts_with("widget_");
    if tree.classes(id).any(widget) { Place::Beside } else { Place::Content }
}

/// The words of a class or an id, in lower case: `site-nav`, `site_nav` and `siteNav` have two.
pub(super) fn words(name: &str) -> impl Iterator<Item = String> + '_ {
    let mut rest = name;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
        let mut chars = rest.char_indices();
        let (_, first) = chars.next()?;
        let mut before = first;
        let end = chars
            .find(|(_, c)| {
                let ends = !c.is_alphanumeric() || c.is_uppercase() && before.is_lowercase();
                before = *c;
                ends
            })
            .map_or(rest.len(), |(at, _)| at);
        let (word, after) = rest.split_at(end);
        rest = after;
        Some(word.to_lowercase())
    })
}

/// Classes that say what an element is, rather than which one it is or how it is at the moment.
pub(super) fn telling_classes<'t>(tree: &Tree<'t>, id: Id) -> impl Iterator<Item = &'t str> + use<'t> {
    tree.classes(id).filter(|class| {
        let state = [
            "first", "last", "odd", "even", "active", "current", "selected", "sticky", "new", "open",
            "closed", "alt", "hentry", "clearfix",
        ];
        !class.is_empty()
            && class.len() <= 60
            && !class.contains(|c: char| c.is_ascii_digit() || c == '&' || c.is_control())
            && !state.contains(class)
    })
}

fn step(path: u64, tree: &Tree<'_>, id: Id) -> u64 {
    let name = tree.name_text(id);
    // In any order: classes are a set.
    let classes =
        telling_classes(tree, id).fold(0_u64, |sum, class| sum.wrapping_add(hash(7, class.as_bytes())));
    hash(path.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(classes), name.as_bytes())
}

/// FNV-1a; only for telling shapes of one page apart.
fn hash(seed: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(seed ^ 0xCBF2_9CE4_8422_2325, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_into_words() {
        for (name, expected) in [
            ("site-nav", vec!["site", "nav"]),
            ("siteNav_2", vec!["site", "nav", "2"]),
            ("NAV", vec!["nav"]),
            ("--x--", vec!["x"]),
            ("", vec![]),
        ] {
            assert_eq!(words(name).collect::<Vec<_>>(), expected, "{name}");
        }
    }
}
