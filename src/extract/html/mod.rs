//! HTML pages: their entries by rules, or by the structure that repeats on the page.
//!
//! [`tree`] parses a page and [`select`] finds elements in it; both are our own, because the parsers of browsers
//! are slow at this and quadratic in the depth of a page, and they are tested against those. [`compile`] makes
//! rules ready, [`read`] reads entries by them. Without rules [`detect`] finds some on the page itself, so that
//! there is one way of reading.

mod alternate;
mod compile;
mod detect;
mod field;
mod links;
mod next;
mod read;
mod select;
mod tree;

pub use self::alternate::feeds;
pub use self::compile::check_regex;
pub use self::detect::{Detection, detect};
pub use self::next::next_page;
pub(super) use self::read::read;
pub use self::select::BadSelector;

/// Whether `text` is a CSS selector that rules may have.
///
/// # Errors
///
/// With the place and what to write instead.
pub fn check_selector(text: &str) -> Result<(), BadSelector> {
    select::Selectors::parse(text).map(|_| ())
}

/// What stands for the element itself where a selector is asked for.
pub const ITSELF: &str = ":scope";

#[cfg(test)]
mod tests;
