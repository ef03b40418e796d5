//! Where words for people go: results to stdout, complaints to stderr, colours only on a terminal. `NO_COLOR` takes them
//! away there, `CLICOLOR_FORCE` brings them elsewhere.

use std::io::Write;

use anstyle::{AnsiColor, Style};
use comfy_table::{CellAlignment, ContentArrangement, Table};

/// How things may end, by how good that is.
const GOOD: [&str; 3] = ["succeeded", "agrees", "active"];
const DOUBTFUL: [&str; 6] = ["partial", "skipped", "cancelled", "throttled", "running", "still moves"];
const BAD: [&str; 6] = ["failed", "abandoned", "differs", "not readable", "lost access", "disabled"];

/// Writes a line to stdout. A reader that went away is no fault of ours.
pub(super) fn say(text: &str) {
    writeln!(anstream::stdout(), "{text}").ok();
}

/// Writes a line to stderr.
pub(crate) fn complain(text: &str) {
    let text = match text.split_once("warning: ") {
        Some((before, after)) => format!("{before}{} {after}", painted("warning:", colour(AnsiColor::Yellow))),
        None => text.to_owned(),
    };
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

/// A table's text without the blanks that end its lines, with its headings and what they call a status in colours.
pub(super) fn lines(table: &Table) -> String {
    let lines = table.lines().enumerate().map(|(place, line)| match place {
        0 => painted(line.trim_end(), Style::new().bold()),
        _ => with_status(line.trim_end()),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A word for how something ended, in its colour.
pub(super) fn status(word: &str) -> String {
    let tone = [(&GOOD[..], AnsiColor::Green), (&DOUBTFUL[..], AnsiColor::Yellow), (&BAD[..], AnsiColor::Red)];
    let found = tone.into_iter().find(|(words, _)| words.contains(&word));
    found.map_or(word.to_owned(), |(_, tone)| painted(word, colour(tone)))
}

/// The first cell of a line that is such a word, in its colour. Cells stand at least two blanks apart.
fn with_status(line: &str) -> String {
    let is_one = |cell: &&str| [&GOOD[..], &DOUBTFUL[..], &BAD[..]].concat().contains(cell);
    let Some(word) = line.split("  ").map(str::trim).find(is_one) else { return line.to_owned() };
    line.replacen(&format!("  {word}"), &format!("  {}", status(word)), 1)
}

fn colour(colour: AnsiColor) -> Style {
    Style::new().fg_color(Some(colour.into()))
}

fn painted(text: &str, style: Style) -> String {
    format!("{style}{text}{style:#}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_lines_up_and_its_status_has_a_colour() {
        let mut rows = table(&["account", "name", "status", "calls"], 3);
        rows.add_row(["act_1", "São Paulo 牙", "succeeded", "9"]);
        rows.add_row(["act_22", "failed", "failed", "1234"]);
        let text = lines(&rows);
        assert!(
            text.contains("\u{1b}[32msucceeded\u{1b}[0m") && text.contains("\u{1b}[31mfailed\u{1b}[0m"),
            "{text:?}"
        );
        let plain = anstream::adapter::strip_str(&text).to_string();
        assert_eq!(
            plain,
            " account  name          status     calls\n act_1    São Paulo 牙  succeeded      9\n act_22   failed        failed      1234"
        );
    }
}
