//! Pages read by rules and without.

mod lists;
mod pages;
mod rules;

use crate::model::html::HtmlRules;
use crate::model::listing::{DateRules, Format, Limits, Rules};
use crate::model::reading::{Document, Weight};
use crate::model::{Entry, Reading, TagRow};

fn document(page: &str) -> Document {
    let address = Some("https://ex.com/news/".to_owned());
    Document { address, ..Document::new("page.html", page.as_bytes().to_vec()) }
}

fn read_by(page: &str, html: Option<HtmlRules>) -> Reading {
    let rules = Rules { format: Format::Html, html: html.map(Box::new), ..Rules::default() };
    crate::extract::read(&[document(page)], &rules)
}

fn faults_of(reading: &Reading, weight: Weight) -> Vec<&str> {
    reading.faults.iter().filter(|fault| fault.weight == weight).map(|fault| fault.reason.as_str()).collect()
}
