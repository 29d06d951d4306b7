//! What a scan makes of a page that changed, or did not: from bytes to what is announced and published.

mod config;
mod day;
mod doubt;
mod edits;
mod floods;
mod forget;
mod health;
mod many;
mod model;
mod model_shared;
mod program;
mod quiet;
mod removal;
mod renamed;
mod retitles;
mod shared;
mod silence;
