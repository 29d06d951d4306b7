//! Tables of text (RFC 4180 and what is done to it): a row for each article, and the names of the columns in the first.
//!
//! A row is read as an object of JSON is, so columns are found by the same names, and the same rules say which is which.

use memchr::{memchr, memchr3};
use serde_json::{Map, Value};

use crate::model::listing::{DateRules, Format, Rules};
use crate::model::reading::{Document, Weight};
use crate::model::text::{bounded, one_line};
use crate::model::{Entry, Page};

use super::charset::{self, Decoded};
use super::faults::Faults;
use super::json::{Found, table};
use super::links::Base;

/// The greatest number of columns.
const MAX_COLUMNS: usize = 1_000;
/// The longest name of a column, in bytes.
const MAX_NAME: usize = 200;
/// What may stand between cells.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Bytes of the first row that are looked at for it.
const LOOKED: usize = 64 << 10;

/// Whether a text that says nothing by itself is a table, by its file's name or the type it was sent as.
pub(super) fn is_table(document: &Document) -> bool {
    let media = document.media.as_deref().unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let name = document.name.to_ascii_lowercase();
    matches!(&*media, "text/csv" | "application/csv" | "text/x-csv" | "text/tab-separated-values")
        || name.ends_with(".csv")
        || name.ends_with(".tsv")
}

/// Reads one table: fills in the facts of `page` and appends its entries.
pub(super) fn read(
    decoded: &Decoded<'_>,
    base: &Base,
    rules: &Rules,
    page: &mut Page,
    entries: &mut Vec<Entry>,
    faults: &mut Faults,
) {
    page.format = Some(Format::Csv);
    let most = (rules.limits.entries as usize).saturating_add(1);
    let table = Table::of(&decoded.text, most);
    for (line, weight, reason) in table.faults {
        faults.add(weight, line, reason);
    }
    page.cut = table.cut || decoded.cut;
    if table.rows.is_empty() {
        faults.page("the table has no rows below the names of its columns");
        return;
    }
    table::read(&table.rows, &table.lines, base, rules, entries, faults);
}

/// The rules that would read `document` as it is read without rules; `None` where its columns are not known.
#[must_use]
pub fn find(document: &Document) -> Option<Found> {
    let decoded = charset::decode(&document.bytes, document.media.as_deref());
    table::find(&Table::of(&decoded.text, 1_000).rows, &DateRules::default())
}

/// The rows of a table, as objects.
#[derive(Default)]
struct Table {
    rows: Vec<Value>,
    /// The line on which each begins.
    lines: Vec<u32>,
    faults: Vec<(u32, Weight, String)>,
    /// Whether it ends within a cell.
    cut: bool,
}

impl Table {
    /// At most `most` rows. Linear in the size of the text.
    fn of(text: &str, most: usize) -> Self {
        let mut table = Self::default();
        let mut cells = Cells::of(text);
        let mut names: Vec<String> = Vec::new();
        // As programs for tables count them: the names stand in the first.
        let mut number = 0_u32;
        while table.rows.len() < most
            && let Some(row) = cells.row()
        {
            number = number.saturating_add(1);
            if row.open {
                table.cut = true;
                let reason = format!(
                    "row {number} opens a quotation that does not end; it and what follows were left out"
                );
                table.faults.push((row.line, Weight::Loss, reason));
                break;
            }
            if row.cells.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            if names.is_empty() {
                names = named(&row.cells);
            } else {
                table.add(number, &names, row);
            }
        }
        table
    }

    fn add(&mut self, number: u32, names: &[String], row: Row) {
        let (count, wanted) = (row.cells.len(), names.len());
        if row.cells.iter().skip(wanted).any(|cell| !cell.trim().is_empty()) {
            let reason = format!(
                "row {number} has {count} cells where the first row names {wanted}, so which is which is unknown (a \
                 cell that holds the separator needs quotes); it was left out"
            );
            self.faults.push((row.line, Weight::Loss, reason));
            return;
        }
        if count < wanted {
            let reason = format!(
                "row {number} has {count} cells where the first row names {wanted}; the last were taken as empty"
            );
            self.faults.push((row.line, Weight::Warning, reason));
        }
        let cells = names.iter().cloned().zip(row.cells);
        let filled = cells.filter(|(_, cell)| !cell.trim().is_empty());
        self.rows.push(Value::Object(
            filled.map(|(name, cell)| (name, Value::String(cell))).collect::<Map<_, _>>(),
        ));
        self.lines.push(row.line);
    }
}

/// The names of columns: those without one, and a second one of a name, get their number.
fn named(cells: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for (at, cell) in cells.iter().enumerate() {
        let plain = bounded(&one_line(cell), MAX_NAME);
        let plain = if plain.is_empty() { format!("column {}", at + 1) } else { plain };
        let name = if seen.contains(&plain) { format!("{plain} ({})", at + 1) } else { plain };
        seen.insert(name.clone());
        names.push(name);
    }
    // What a table ends with may be empty columns of a spreadsheet.
    while names.last().is_some_and(|name| *name == format!("column {}", names.len())) {
        names.pop();
    }
    names
}

/// One row.
struct Row {
    cells: Vec<String>,
    line: u32,
    /// Whether a quotation in it does not end.
    open: bool,
}

/// Reads a table cell by cell.
struct Cells<'t> {
    text: &'t str,
    at: usize,
    line: u32,
    separator: u8,
}

impl<'t> Cells<'t> {
    fn of(text: &'t str) -> Self {
        let text = text.trim_start_matches('\u{FEFF}');
        let mut cells = Self { text, at: 0, line: 1, separator: b',' };
        // As one program for tables writes it.
        let first = text.split(['\r', '\n']).next().unwrap_or_default();
        match first.strip_prefix("sep=").map(str::as_bytes) {
            Some([separator]) if SEPARATORS.contains(separator) => {
                cells.separator = *separator;
                cells.at = first.len();
                cells.end_of_line();
            }
            _ => cells.separator = separator(text),
        }
        cells
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Passes one end of a line: LF, CR LF, or CR.
    fn end_of_line(&mut self) {
        let ended = self.at;
        self.at += usize::from(self.byte() == Some(b'\r'));
        self.at += usize::from(self.byte() == Some(b'\n'));
        self.line = self.line.saturating_add(u32::from(self.at > ended));
    }

    /// The next row; `None` at the end.
    fn row(&mut self) -> Option<Row> {
        self.byte()?;
        let mut row = Row { cells: Vec::new(), line: self.line, open: false };
        loop {
            let cell = self.cell();
            row.open |= cell.is_none();
            if row.cells.len() < MAX_COLUMNS {
                row.cells.push(cell.unwrap_or_default());
            }
            match self.byte() {
                Some(byte) if byte == self.separator => self.at += 1,
                Some(_) => {
                    self.end_of_line();
                    return Some(row);
                }
                None => return Some(row),
            }
        }
    }

    /// The cell that begins here, up to its separator or the end of its row; `None` where its quotation does not end.
    fn cell(&mut self) -> Option<String> {
        let mut cell = String::new();
        if self.byte() == Some(b'"') {
            self.at += 1;
            loop {
                let rest = self.text.get(self.at..).unwrap_or_default();
                let Some(end) = memchr(b'"', rest.as_bytes()) else {
                    self.at = self.text.len();
                    return None;
                };
                let inner = rest.get(..end).unwrap_or_default();
                self.line = self.line.saturating_add(lines(inner));
                cell.push_str(inner);
                self.at += end + 1;
                if self.byte() != Some(b'"') {
                    break;
                }
                cell.push('"');
                self.at += 1;
            }
        }
        // A quote within a cell means itself.
        let rest = self.text.get(self.at..).unwrap_or_default();
        let end = memchr3(self.separator, b'\n', b'\r', rest.as_bytes()).unwrap_or(rest.len());
        cell.push_str(rest.get(..end).unwrap_or_default());
        self.at += end;
        Some(cell)
    }
}

/// How many lines end in a text.
fn lines(text: &str) -> u32 {
    let bytes = text.as_bytes();
    let ends =
        |(at, byte): (usize, &u8)| *byte == b'\n' || *byte == b'\r' && bytes.get(at + 1) != Some(&b'\n');
    u32::try_from(bytes.iter().enumerate().filter(|pair| ends(*pair)).count()).unwrap_or(u32::MAX)
}

/// What stands between the cells of the first row: of what may, that which is there most often outside quotes.
fn separator(text: &str) -> u8 {
    let mut counts = [0_usize; SEPARATORS.len()];
    let mut quoted = false;
    for byte in text.trim_start().bytes().take(LOOKED) {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            _ if quoted => {}
            other => {
                if let Some(at) = SEPARATORS.iter().position(|separator| *separator == other) {
                    counts[at] += 1;
                }
            }
        }
    }
    // The first of those that are there as often.
    let most = (0..SEPARATORS.len()).rev().max_by_key(|at| counts[*at]).unwrap_or_default();
    SEPARATORS[most]
}

#[cfg(test)]
mod tests;
