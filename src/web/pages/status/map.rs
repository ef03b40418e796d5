//! The coverage map: a row of days for each account, drawn on the server. Every state has a shape of its own beside its
//! colour, and every row says in words what is not whole.

use std::fmt::Write;

use chrono::{Datelike, NaiveDate, TimeDelta};

use super::super::super::words::{Long, counted, plain};
use super::{AccountLine, DayState, OlderLine};

/// The side of a day's cell, and of the square in it.
const CELL: usize = 12;

/// Accounts with a gap before the days of the map that are named; more are counted.
const NAMED: usize = 5;

/// How often a letter's height goes into the width of a row.
const LETTERS: usize = 40;

/// Accounts without a gap that are shown at once; more are folded.
const SHOWN: usize = 30;

/// The map.
pub(super) struct Map {
    pub(super) first: NaiveDate,
    pub(super) last: NaiveDate,
    /// How wide a row is.
    pub(super) width: usize,
    /// How large its letters are: a row is as wide on the page however many days it has, and letters are as large.
    pub(super) letter: usize,
    /// Where a week begins: its place, and its first day.
    pub(super) weeks: Vec<(usize, String)>,
    /// The accounts that lack something, then the others.
    pub(super) rows: Vec<Row>,
    /// Those of which nothing is to be said, where there are too many to be shown at once.
    pub(super) folded: Vec<Row>,
    /// How many days are of each state, over all accounts, in the order of the legend.
    pub(super) legend: Vec<Entry>,
}

/// What lacks before the days of the map.
pub(super) struct OlderView {
    pub(super) words: String,
    /// The accounts, by id and name; more are counted.
    pub(super) accounts: Vec<(String, Long)>,
    pub(super) others: String,
}

/// A state in the legend.
pub(super) struct Entry {
    pub(super) class: &'static str,
    pub(super) path: String,
    pub(super) name: &'static str,
    pub(super) meaning: &'static str,
    pub(super) days: String,
}

/// An account's days.
pub(super) struct Row {
    pub(super) name: Long,
    pub(super) account_id: String,
    /// A path for each state that occurs: its class, and what is drawn.
    pub(super) paths: Vec<(&'static str, String)>,
    /// What the row shows, in words.
    pub(super) label: String,
    /// What is not whole, in words; empty where nothing is.
    pub(super) gaps: String,
    /// How many days are known to be whole.
    pub(super) whole: String,
    is_bad: bool,
}

/// The state of a day, with those of which nothing is known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cell {
    Known(DayState),
    Missing,
    /// The account's day has not begun, or nobody ever wanted to know of it.
    Idle,
}

/// The states, as the legend tells them.
const STATES: [(Cell, &str, &str, &str); 5] = [
    (Cell::Known(DayState::Reconciled), "full", "reconciled", "complete, and agrees with Meta's total"),
    (Cell::Known(DayState::Complete), "open", "complete", "read to its end; still moves or is yet to be compared"),
    (Cell::Known(DayState::Partial), "half", "partial", "not read to its end, or not by every report"),
    (Cell::Known(DayState::Drifting), "drift", "drifting", "differs from Meta's total, although it was read again"),
    (Cell::Missing, "none", "missing", "never read"),
];

impl Map {
    pub(super) fn new(accounts: &[AccountLine], days_before: u16, days_promised: u16) -> Option<Self> {
        let last = accounts.iter().map(|line| line.today).max()?;
        let first = last - TimeDelta::days(days_before.into());
        let days: Vec<NaiveDate> = first.iter_days().take_while(|day| *day <= last).collect();
        let mut totals = [0; STATES.len()];
        let mut rows: Vec<Row> = accounts.iter().map(|line| row(line, &days, days_promised, &mut totals)).collect();
        rows.sort_by_key(|row| !row.is_bad);
        let bad = rows.iter().filter(|row| row.is_bad).count();
        let folded = if rows.len() > SHOWN.max(bad) { rows.split_off(SHOWN.max(bad)) } else { Vec::new() };
        let legend = STATES.iter().zip(totals).map(|((cell, class, name, meaning), total)| Entry {
            class,
            path: glyphs(*cell, &[0]),
            name,
            meaning,
            days: counted(total, "day", "days"),
        });
        // A week of a reader ends today.
        let weeks = days.iter().enumerate().filter(|(place, _)| (days.len() - 1 - place).is_multiple_of(7));
        let weeks = weeks.map(|(place, day)| (place * CELL, day.format("%-d %b").to_string()));
        Some(Self {
            first,
            last,
            width: days.len() * CELL,
            letter: (days.len() * CELL / LETTERS).max(1),
            weeks: weeks.filter(|(at, _)| *at > 0 || days.len() < 8).collect(),
            rows,
            folded,
            legend: legend.collect(),
        })
    }
}

impl OlderView {
    /// `None` where nothing lacks.
    pub(super) fn new(lines: Vec<OlderLine>) -> Option<Self> {
        let days = lines.iter().map(|line| line.days).sum();
        let first = lines.iter().map(|line| line.first).min()?;
        let last = lines.iter().map(|line| line.last).max()?;
        let accounts = counted(u64::try_from(lines.len()).unwrap_or(u64::MAX), "account", "accounts");
        let are = if days == 1 { "is" } else { "are" };
        let span =
            if first == last { format!("on {first}") } else { format!("the first on {first}, the last on {last}") };
        let more = lines.len().saturating_sub(NAMED);
        let name = |line: OlderLine| {
            let name = Long::name(line.account.name.as_deref().unwrap_or(&line.account.account_id));
            (line.account.account_id, name)
        };
        Some(Self {
            words: format!(
                "Before these days, {} of {accounts} {are} missing, partial or drifting: {span}.",
                counted(days, "day", "days")
            ),
            accounts: lines.into_iter().take(NAMED).map(name).collect(),
            others: if more > 0 { format!("and {more} more") } else { String::new() },
        })
    }
}

fn row(line: &AccountLine, days: &[NaiveDate], days_promised: u16, totals: &mut [u64; STATES.len()]) -> Row {
    let promised = line.today - TimeDelta::days(days_promised.into());
    let first = line.days.first().map_or(promised, |known| known.date.min(promised));
    let cell = |day: &NaiveDate| match line.days.binary_search_by_key(day, |known| known.date) {
        Ok(at) => line.days.get(at).map_or(Cell::Missing, |known| Cell::Known(known.state)),
        Err(_) if *day > line.today || *day < first => Cell::Idle,
        Err(_) => Cell::Missing,
    };
    let cells: Vec<Cell> = days.iter().map(cell).collect();
    let (mut paths, mut gaps, mut whole) = (Vec::new(), Vec::new(), 0);
    for ((state, class, name, _), total) in STATES.iter().zip(totals) {
        let places: Vec<usize> = (0..cells.len()).filter(|at| cells.get(*at) == Some(state)).collect();
        *total += u64::try_from(places.len()).unwrap_or(0);
        if places.is_empty() {
            continue;
        }
        paths.push((*class, glyphs(*state, &places)));
        match state {
            Cell::Known(DayState::Reconciled | DayState::Complete) => whole += places.len(),
            _ => gaps.push(format!("{name} {}", spans(&places, days))),
        }
    }
    let begun = cells.iter().filter(|cell| **cell != Cell::Idle).count();
    let is_bad = !gaps.is_empty();
    let (gaps, whole) = (gaps.join("; "), format!("{whole} of {begun} days complete"));
    let said = if is_bad { format!("; {gaps}") } else { String::new() };
    Row {
        label: format!("{}: {whole}{said}", plain(line.called())),
        name: Long::name(line.called()),
        account_id: line.account_id.clone(),
        paths,
        gaps,
        whole,
        is_bad,
    }
}

/// Days in words, those in a row as one: `3 Nov, 5 to 9 Nov`.
fn spans(places: &[usize], days: &[NaiveDate]) -> String {
    let word = |(first, last): &(usize, usize)| {
        let (Some(first), Some(last)) = (days.get(*first), days.get(*last)) else { return String::new() };
        match (first == last, first.month() == last.month()) {
            (true, _) => first.format("%-d %b").to_string(),
            (_, true) => format!("{} to {}", first.format("%-d"), last.format("%-d %b")),
            _ => format!("{} to {}", first.format("%-d %b"), last.format("%-d %b")),
        }
    };
    spans_of(places).iter().map(word).collect::<Vec<_>>().join(", ")
}

/// What is drawn for days of one state: squares, hollow squares, half of one, a rhombus, a cross. Nearly all days are
/// squares: those in a row are one dashed line.
fn glyphs(cell: Cell, places: &[usize]) -> String {
    let mut path = String::new();
    let runs = spans_of(places);
    let drawn: Vec<(usize, usize)> = match cell {
        Cell::Known(DayState::Reconciled) => runs,
        _ => places.iter().map(|place| (*place, *place)).collect(),
    };
    for (first, last) in drawn {
        let x = first * CELL;
        let written = match cell {
            Cell::Known(DayState::Reconciled) => write!(path, "M{} 6h{}", x + 1, (last + 1) * CELL - x - 2),
            Cell::Known(DayState::Complete) => write!(path, "M{} 2h8v8h-8z", x + 2),
            Cell::Known(DayState::Partial) => write!(path, "M{} 1v10h10z", x + 1),
            Cell::Known(DayState::Drifting) => write!(path, "M{} 0l6 6-6 6-6-6z", x + 6),
            Cell::Missing => write!(path, "M{} 3l6 6m0-6l-6 6", x + 3),
            Cell::Idle => Ok(()),
        };
        debug_assert!(written.is_ok(), "a text takes all that is written");
    }
    path
}

/// Places in a row as one: the first and the last.
fn spans_of(places: &[usize]) -> Vec<(usize, usize)> {
    let mut spans: Vec<(usize, usize)> = Vec::new();
    for place in places {
        match spans.last_mut() {
            Some((_, last)) if *last + 1 == *place => *last = *place,
            _ => spans.push((*place, *place)),
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn days_in_a_row_are_said_as_one() {
        let days: Vec<NaiveDate> = day("2026-10-29").iter_days().take(10).collect();
        assert_eq!(spans(&[0], &days), "29 Oct");
        assert_eq!(spans(&[1, 2, 3, 4], &days), "30 Oct to 2 Nov");
        assert_eq!(spans(&[3, 5, 6, 7], &days), "1 Nov, 3 to 5 Nov");
    }
}
