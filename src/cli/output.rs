//! Where words for people go: results to stdout, complaints to stderr, colours only on a terminal.

use std::io::Write;

use comfy_table::{CellAlignment, ContentArrangement, Table};

/// Writes a line to stdout. A reader that went away is no fault of ours.
pub(super) fn say(text: &str) {
    writeln!(anstream::stdout(), "{text}").ok();
}

/// Writes a line to stderr.
pub(crate) fn complain(text: &str) {
    writeln!(anstream::stderr(), "{text}").ok();
}

/// A table without frames: columns that line up, numbers to the right.
pub(super) fn table(headings: &[&str], numbers_from: usize) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(headings.iter().copied());
    for place in numbers_from..headings.len() {
        if let Some(column) = table.column_mut(place) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// A table's text without the blanks that end its lines.
pub(super) fn lines(table: &Table) -> String {
    table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}
