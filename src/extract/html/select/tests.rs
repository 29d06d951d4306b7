//! Selectors against the engine of a browser, and what is said of wrong ones.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::extract::html::tree::Tree;

const PAGE: &str = r##"<!DOCTYPE html><html lang="en"><head><title>t</title><link rel="NEXT" href="/2"></head>
<body class="home page"><nav id="top"><ul><li class="first"><a href="/">Home</a></li><li><a href="/a?x=1&amp;y=2" rel="nofollow tag">A</a></li><li></li></ul></nav>
<main><h1>Title</h1><section class="list" data-kind="news-big"><article class="post first" id="p1" lang="en-GB"><h2><a class="t" href="/one.html">One</a></h2><p>text <em>x</em></p><p class="s">second</p><time datetime="2026-01-02">x</time></article>
<article class="post Odd" id="p2"><h2><a class="t" href="https://ex.com/two.pdf">Two</a></h2><p class="s">only</p><div><div><div class="deep"><a>no href</a></div></div></div></article>
<div class="ad"><p>ad</p></div><article class="post" id="p3"><h3>Three</h3><ul><li>1</li><li>2<ul><li>2a</li></ul></li><li>3</li><li>4</li><li>5</li></ul></article></section>
<my-card data-x=""><span>c</span></my-card><table><tr><td>a</td><td>b</td></tr><tr><td class="2col md:flex">c</td></tr></table></main><footer><a href="#f">F</a></footer></body></html>"##;

const SELECTORS: &[&str] = &[
    "*",
    "a",
    "A",
    "article",
    "my-card",
    ".post",
    "#p2",
    "article.post",
    "article#p1.first",
    ".post.first",
    "h2 a",
    "h2 > a",
    "article a",
    "section > article > h2 > a.t",
    "h2 + p",
    "h2 ~ p",
    "h2 ~ .s",
    "article ~ article",
    "article + article",
    "article + div + article",
    "[href]",
    "a[href]",
    "[href='/']",
    "[href^='/']",
    "[href$='.html']",
    "[href*='ex.com']",
    "[rel~=tag]",
    "[rel~='nofollow']",
    "[lang|=en]",
    "[data-kind|=news]",
    "[class~=post]",
    "[href='/a?x=1&y=2']",
    "[rel=next]",
    "[rel='next' i]",
    "[id='P1' i]",
    "[id='P1']",
    "[data-x]",
    "[data-x='']",
    "[data-x^='']",
    "li:first-child",
    "li:last-child",
    "li:only-child",
    "li:nth-child(2)",
    "li:nth-child(odd)",
    "li:nth-child(even)",
    "li:nth-child(2n+1)",
    "li:nth-child(-n+2)",
    "li:nth-last-child(2)",
    "li:nth-child(n+3)",
    "article:nth-of-type(3)",
    "article:nth-last-of-type(1)",
    "p:first-of-type",
    "p:last-of-type",
    "div:only-of-type",
    "p:only-of-type",
    ":root",
    "html:root > body",
    "li:empty",
    ":is(h1, h2, h3)",
    ":where(h2, h3) a",
    ":not(p)",
    "article:not(.first)",
    "article:not(:first-child):not(.Odd)",
    "p:not(.s, .x)",
    "article:has(h3)",
    "article:has(> h2 > a)",
    "h2:has(+ p.s)",
    "h1:has(~ section)",
    "section:has(article .deep)",
    "li:has(li)",
    "div div div",
    "main div a",
    "body main section article h2 a",
    "nav a, footer a",
    "ul li ul li",
    "ul > li > ul > li",
    "main > *",
    "* > p",
    "article *",
    ".\\32 col",
    ".md\\:flex",
    "td:nth-child(1)",
    "table > tr",
    "table > tbody > tr",
    "html > head > link[rel]",
    "section > :first-child",
    "article > :last-child",
    "article :is(p, time)",
    "*",
    "li ~ li:not(:last-child)",
    "p em",
    "div > div > div",
    "ul li:nth-child(3) ~ li",
    "article:has(p):has(time)",
];

fn ours(page: &str, selector: &str) -> Vec<String> {
    let tree = Tree::parse(page).expect("shallow");
    let query = Query::new(&tree);
    let selectors = Selectors::parse(selector).expect(selector);
    let found = query.all(0, &selectors).map(|id| place(&tree, id)).collect();
    assert!(!query.is_spent());
    found
}

fn place(tree: &Tree<'_>, id: u32) -> String {
    let mut path = vec![format!("{}{}", tree.name_text(id), tree.index(id))];
    let mut at = id;
    while let Some(parent) = tree.parent(at) {
        path.push(format!("{}{}", tree.name_text(parent), tree.index(parent)));
        at = parent;
    }
    path.join("<")
}

fn theirs(page: &str, selector: &str) -> Vec<String> {
    use scraper::{ElementRef, Html};
    let html = Html::parse_document(page);
    let selector = scraper::Selector::parse(selector).expect(selector);
    let name = |element: ElementRef<'_>| {
        let index = 1 + element.prev_siblings().filter_map(ElementRef::wrap).count();
        format!("{}{index}", element.value().name())
    };
    let path = |element: ElementRef<'_>| {
        let mut path = vec![name(element)];
        path.extend(element.ancestors().filter_map(ElementRef::wrap).map(name));
        // The doctype counts for nothing, and the root is always the first.
        path.join("<")
    };
    html.select(&selector).map(path).collect()
}

#[test]
fn selectors_find_what_browsers_find() {
    for selector in SELECTORS {
        assert_eq!(ours(PAGE, selector), theirs(PAGE, selector), "{selector}");
    }
}

const PARTS: [&str; 22] = [
    "a",
    "li",
    "p",
    "div",
    "article",
    "*",
    ".post",
    ".s",
    ".first",
    "#p1",
    "[href]",
    ":first-child",
    ":last-child",
    ":nth-child(2)",
    ":nth-child(odd)",
    ":not(.s)",
    ":is(a, p)",
    ":has(a)",
    ":nth-of-type(2)",
    "ul",
    "section",
    "main",
];
const BETWEEN: [&str; 5] = [" ", " > ", " + ", " ~ ", ", "];

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn selectors_put_together_find_what_browsers_find(
        parts in vec((select(&PARTS[..]), select(&BETWEEN[..])), 1..6)
    ) {
        let mut selector = String::new();
        for (at, (part, between)) in parts.iter().enumerate() {
            if at > 0 {
                selector.push_str(between);
            }
            selector.push_str(part);
        }
        prop_assert_eq!(ours(PAGE, &selector), theirs(PAGE, &selector), "{}", selector);
    }

    #[test]
    fn any_text_is_a_selector_or_has_a_place_that_is_wrong(text in "[a-z .#>+~,*:()\\[\\]=\"'\\\\n0-9\\|^$@é-]{0,24}") {
        if let Err(bad) = Selectors::parse(&text) {
            prop_assert!(bad.span.start <= bad.span.end && bad.span.end <= text.len());
            prop_assert!(text.is_char_boundary(bad.span.start) && text.is_char_boundary(bad.span.end));
            prop_assert!(!bad.message.is_empty() && !bad.hint.is_empty());
        } else {
            ours(PAGE, &text);
        }
    }
}

#[test]
fn f076_wrong_selectors_are_told_with_their_place() {
    for (text, at, message) in [
        ("", 0, "the selector ends too early"),
        ("h2 >", 4, "the selector ends too early"),
        ("h2 a, ", 6, "the selector ends too early"),
        ("div..x", 4, "`.` is not expected here"),
        ("//div/a", 0, "`/` is not expected here"),
        ("h2 a @href", 5, "`@` is not expected here"),
        (".2col", 1, "`2` is not expected here"),
        ("a[href", 1, "the bracket is not closed"),
        ("a[href=/x]", 7, "the value needs quotation marks"),
        ("a[href='x]", 7, "the quotation mark is not closed"),
        ("a[href!='x']", 6, "`!=` is not CSS"),
        ("a::text", 1, "`::` stands for no element of the page"),
        ("a:contains('x')", 1, "`:contains` is not known"),
        ("li:nth-child(x)", 13, "this says no number"),
        ("li:not(p", 2, "the bracket is not closed"),
        ("li)", 2, "`)` is not expected here"),
    ] {
        let bad = Selectors::parse(text).expect_err(text);
        assert_eq!((bad.span.start, bad.message.as_str()), (at, message), "{text}");
    }
    assert!(Selectors::parse(&":not(".repeat(100)).is_err());
}

#[test]
fn what_is_counted_may_be_said() {
    // The engine that others are compared with does not know these.
    let count = |selector: &str| ours(PAGE, selector).len();
    assert!(ours(PAGE, "article:nth-child(2 of .post)")[0].starts_with("article2"));
    assert!(ours(PAGE, "article:nth-last-child(1 of .post)")[0].starts_with("article4"));
    assert_eq!((count("li:nth-child(2 of .first)"), count("li:nth-child(1 of .first)")), (0, 1));
}

#[test]
fn a_selector_may_begin_at_the_scope() {
    let tree = Tree::parse(PAGE).expect("shallow");
    let query = Query::new(&tree);
    let article = Selectors::parse("#p1").expect("a selector");
    let scope = query.all(0, &article).next().expect("an article");
    let found = |text: &str| -> BTreeSet<String> {
        let selectors = Selectors::parse(text).expect("a selector");
        query.all(scope, &selectors).map(|id| tree.name_text(id).into_owned()).collect()
    };
    let names = |names: &[&str]| -> BTreeSet<String> { names.iter().map(|&name| name.to_owned()).collect() };
    assert_eq!(found("> p"), names(&["p"]));
    assert_eq!(found(":scope > h2"), names(&["h2"]));
    assert_eq!(found("+ article h2"), names(&["h2"]));
    assert_eq!(found("~ div"), names(&["div"]));
    assert_eq!(found("> a"), names(&[]));
}

#[test]
fn a_selector_and_a_page_made_for_each_other_are_given_up() {
    let page = format!("<main>{}</main>", "<p>x</p>".repeat(10_000));
    let tree = Tree::parse(&page).expect("shallow");
    let query = Query::new(&tree);
    let selectors = Selectors::parse("h1 ~ p, p:nth-of-type(7000000)").expect("a selector");
    assert_eq!(query.all(0, &selectors).count(), 0);
    assert!(query.is_spent());
}
