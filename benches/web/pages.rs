//! The listings of the bench: 2,000 pages of 50 articles, about 37 KB each, and how they change.

use std::fmt::Write as _;

/// Articles on a page.
pub(crate) const PER_PAGE: usize = 50;

/// In each round one listing of so many has a new article.
pub(crate) const CHANGED: usize = 10;

/// The selectors that read these pages.
pub(crate) const RULES: &str = "item = \"article\"\ntitle = \"h2 a\"\ndate = \"time\"\nsource = \".author\"\n\
     category = \".section\"\nsummary = \".summary p\"\ntags = \"a[rel=tag]\"\n";

/// How many new articles a listing had until this round.
pub(crate) fn version(listing: usize, round: usize) -> usize {
    (1..=round).filter(|round| listing % CHANGED == round % CHANGED).count()
}

/// A listing's page after so many new articles.
pub(crate) fn page(listing: usize, version: usize) -> Vec<u8> {
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Journal {listing}</title></head>\n<body>\
         <nav><ul><li><a href=\"/\">Home</a></li><li><a href=\"/about\">About</a></li></ul></nav>\n<main>\n"
    );
    let newest = PER_PAGE + version;
    for n in (newest - PER_PAGE..newest).rev() {
        let (year, month, day) = (2020 + n / 336, n / 28 % 12 + 1, n % 28 + 1);
        let mix = listing * 31 + n * 17;
        let _ = write!(
            page,
            "<article class=\"post post-{n}\">\n  <header class=\"entry-header\">\n    <h2 class=\"entry-title\"><a \
             href=\"/{listing}/{year}/{month:02}/article-{n}.html\" rel=\"bookmark\">How team {listing} moved a billion rows \
             without a pause, part {n} &amp; more</a></h2>\n    <div class=\"meta\"><time datetime=\"{year}-{month:02}-{day:02}\">\
             {year}-{month:02}-{day:02}</time> <span class=\"author\">Ann Miller {}</span> <span class=\"section\">Section {}\
             </span></div>\n  </header>\n  <div class=\"summary\"><p>This is what the article says at its beginning, in a \
             sentence or two, so that people may know whether they want to read the rest of it.</p></div>\n  <footer><a \
             href=\"/tag/{}\" rel=\"tag\">subject {}</a> <a href=\"/tag/{}\" rel=\"tag\">field {}</a> <a href=\"/tag/{}\" \
             rel=\"tag\">place {}</a></footer>\n</article>\n",
            mix % 40,
            mix % 8,
            mix % 20,
            mix % 20,
            mix % 21,
            mix % 21,
            mix % 19,
            mix % 19,
        );
    }
    page.push_str("</main>\n<footer><p>All rights reserved.</p></footer></body></html>\n");
    page.into_bytes()
}
