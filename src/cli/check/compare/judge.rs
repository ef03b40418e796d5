//! Puts a table of somebody's beside what adsync holds: row by row, figure by figure.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, TimeDelta};
use rust_decimal::Decimal;

use crate::rows::report::{Days, Level};
use crate::store::Db;
use crate::store::foreign::{self, Foreign};

use super::super::super::Failed;
use super::columns::{Columns, Holds};
use super::figures::{Held, day, number};
use super::reason::{Reason, reason, same};
use super::window::{self, Fit};
use super::{MOST_ROWS, Ours, Row, Scripts, words};

/// Examples that are kept of each finding.
const EXAMPLES: usize = 3;
/// For so long Meta restates a day.
const RESTATED: TimeDelta = TimeDelta::days(28);

/// How often something was found, and where first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) count: usize,
    pub(super) examples: Vec<String>,
}

/// Everything that was found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// The days of a table without days.
    pub(super) fit: Option<Fit>,
    /// Figures by column and reason; those that agree, too.
    pub(super) figures: BTreeMap<(Holds, Reason), Found>,
    /// Objects, or objects' days, that stand there more than once.
    pub(super) doubled: Found,
    /// Ids that adsync does not know.
    pub(super) unknown: Found,
    /// Of these, ids that are one of adsync's with their last digits lost.
    pub(super) rounded: Found,
    /// What adsync holds and is missing there, by the object's state, with its spend.
    pub(super) missing: BTreeMap<String, (Found, Decimal)>,
    /// Rows that are left out: days that adsync has not read to their end.
    pub(super) unread: usize,
    /// Rows that are left out: days of more than a year ago.
    pub(super) old: usize,
    /// Rows that are left out: days that still move.
    pub(super) moving: usize,
    /// Rows of settled days that were written while Meta still restated them, and have less than there is now.
    pub(super) early: usize,
    /// Objects whose status has changed since.
    pub(super) status: Found,
}

impl Found {
    fn note(&mut self, example: impl FnOnce() -> String) {
        self.count += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(example());
        }
    }
}

/// Finds out what the rows are of, and takes them apart. The inner error is a refusal for people.
pub(super) async fn recognised(
    db: &Db,
    foreign: Foreign,
    columns: Columns,
    mut cells: Vec<Vec<Option<String>>>,
) -> Result<Result<Scripts, String>, Failed> {
    let is_cut = cells.len() > MOST_ROWS;
    cells.truncate(MOST_ROWS);
    let mut chosen = None;
    for (level, holds) in [(Level::Adset, Holds::Adset), (Level::Campaign, Holds::Campaign)] {
        let known: BTreeSet<String> = foreign::objects(db, level).await?.into_iter().map(|object| object.id).collect();
        let ids =
            columns.known.iter().enumerate().filter(|(_, column)| column.holds == holds || column.holds == Holds::Id);
        let most = ids
            .map(|(place, _)| (cells.iter().filter(|row| is_known(&known, row, place)).count(), place))
            .max_by_key(|(matching, place)| (*matching, std::cmp::Reverse(*place)));
        if let Some((_, place)) = most.filter(|(matching, _)| *matching > 0) {
            chosen = Some((level, place));
            break;
        }
    }
    let Some((level, place)) = chosen else { return Ok(Err(words::no_id_known(&foreign, cells.len()))) };
    let (date, written) = (columns.place(Holds::Date), columns.place(Holds::Written));
    let (mut rows, all) = (Vec::with_capacity(cells.len()), cells.len());
    for row in cells {
        let cell = |place: usize| row.get(place).and_then(Option::as_deref);
        let Some(id) = cell(place).map(plain) else { continue };
        let on = date.map(|date| cell(date).and_then(day));
        if on == Some(None) {
            continue;
        }
        let seconds = written.and_then(|written| cell(written)?.parse::<i64>().ok());
        let written = seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        rows.push(Row { id, date: on.flatten(), written, cells: row });
    }
    let id = columns.known.get(place).map_or(String::new(), |column| column.name.clone());
    let unreadable = all - rows.len();
    Ok(Ok(Scripts { foreign, columns, level, id, rows, unreadable, is_cut }))
}

fn is_known(known: &BTreeSet<String>, row: &[Option<String>], place: usize) -> bool {
    row.get(place).and_then(Option::as_deref).is_some_and(|text| known.contains(&plain(text)))
}

/// An id without what scripts put around it.
fn plain(text: &str) -> String {
    text.trim().trim_matches('"').to_owned()
}

/// Compares every row.
pub(super) fn judge(scripts: &Scripts, ours: &Ours) -> Findings {
    let mut findings = Findings::default();
    let known = ours.ids();
    let floats: BTreeSet<u64> = known.iter().filter_map(|id| as_float(id)).collect();
    let mut seen: BTreeSet<(&str, Option<NaiveDate>)> = BTreeSet::new();
    findings.fit = if scripts.has_days() { None } else { window::find(scripts, ours) };
    for row in &scripts.rows {
        if !seen.insert((row.id.as_str(), row.date)) {
            findings.doubled.note(|| name(row));
            continue;
        }
        if !known.contains(row.id.as_str()) {
            let is_rounded = as_float(&row.id).is_some_and(|float| floats.contains(&float));
            let found = if is_rounded { &mut findings.rounded } else { &mut findings.unknown };
            found.note(|| row.id.clone());
            continue;
        }
        object(scripts, ours, row, &mut findings);
        match (row.date, findings.fit) {
            (Some(date), _) => of_a_day(scripts, ours, row, date, &mut findings),
            (None, Some(fit)) => of_a_window(scripts, ours, row, fit.days, &mut findings),
            (None, None) => {}
        }
    }
    missing(scripts, ours, &seen, &mut findings);
    findings
}

/// What a row is called in examples.
fn name(row: &Row) -> String {
    row.date.map_or_else(|| row.id.clone(), |date| format!("{} on {date}", row.id))
}

/// What becomes of an id that goes through a floating-point number, which keeps 15 digits; `None` of shorter ones.
fn as_float(id: &str) -> Option<u64> {
    id.parse::<f64>().ok().filter(|number| *number > 1e15).map(f64::to_bits)
}

/// Compares what a row says of the object itself.
fn object(scripts: &Scripts, ours: &Ours, row: &Row, findings: &mut Findings) {
    let (Some(there), Some(object)) = (scripts.cell(row, Holds::Status), ours.objects.get(&row.id)) else { return };
    if object.status.as_deref().is_some_and(|own| !own.eq_ignore_ascii_case(there)) {
        let own = object.status.as_deref().unwrap_or_default();
        findings.status.note(|| format!("{}: {there} there, {own} now", row.id));
    }
    for (holds, own) in [(Holds::DailyBudget, object.daily_budget), (Holds::LifetimeBudget, object.lifetime_budget)] {
        let Some(there) = scripts.cell(row, holds).and_then(number) else { continue };
        let Some(own) = own.filter(|own| *own != 0).map(Decimal::from) else { continue };
        let reason = match there {
            there if there == own => Reason::Agrees,
            there if there * Decimal::ONE_HUNDRED == own => Reason::Hundredth,
            _ => Reason::Other,
        };
        let found = findings.figures.entry((holds, reason)).or_default();
        found.note(|| format!("{}: {} there, {own} here", row.id, there.normalize()));
    }
}

/// Compares a row of a day with that day, and where it does not fit with the days beside it.
fn of_a_day(scripts: &Scripts, ours: &Ours, row: &Row, date: NaiveDate, findings: &mut Findings) {
    if date < ours.since {
        findings.old += 1;
        return;
    }
    if !ours.read.contains(&date) {
        findings.unread += 1;
        return;
    }
    let own = ours.day(&row.id, date);
    if own.is_some_and(|own| !own.is_settled) || Some(date) == ours.newest {
        findings.moving += 1;
        return;
    }
    for (neighbour, reason) in [(date.pred_opt(), Reason::DayBefore), (date.succ_opt(), Reason::DayAfter)] {
        let Some(neighbour) = neighbour else { continue };
        if !fits(scripts, ours, row, date) && fits(scripts, ours, row, neighbour) {
            let found = findings.figures.entry((Holds::Date, reason)).or_default();
            found.note(|| format!("{}: the figures are those of {neighbour}", name(row)));
            return;
        }
    }
    let held = Held::between(ours.days.get(&row.id), date, date, None);
    let has_less = compare(scripts, row, &held, findings);
    let is_early = row.written.is_some_and(|written| written.date_naive() - date < RESTATED);
    findings.early += usize::from(has_less && is_early);
}

/// Whether the counts of a row, none of which is 0, are those of a day.
fn fits(scripts: &Scripts, ours: &Ours, row: &Row, date: NaiveDate) -> bool {
    let held = Held::between(ours.days.get(&row.id), date, date, None);
    let mut compared = 0;
    for holds in [Holds::Spend, Holds::Impressions, Holds::Clicks] {
        let there = scripts.cell(row, holds).and_then(number).filter(|there| !there.is_zero());
        let Some(there) = there else { continue };
        if !held.figure(holds).is_some_and(|own| same(holds, there, own, 1)) {
            return false;
        }
        compared += 1;
    }
    compared > 0
}

fn of_a_window(scripts: &Scripts, ours: &Ours, row: &Row, days: Days, findings: &mut Findings) {
    let held = Held::between(ours.days.get(&row.id), days.since, days.until, ours.newest);
    compare(scripts, row, &held, findings);
}

/// Compares every figure of a row. Tells whether some have less than there is now.
fn compare(scripts: &Scripts, row: &Row, held: &Held<'_>, findings: &mut Findings) -> bool {
    let mut has_less = false;
    for (place, column) in scripts.columns.known.iter().enumerate().filter(|(_, column)| column.holds.is_figure()) {
        let text = row.cells.get(place).and_then(Option::as_deref).filter(|text| !text.trim().is_empty());
        let there = text.and_then(number);
        let why = match (text, there) {
            (Some(_), None) => Some(Reason::Unreadable),
            _ => reason(column.holds, there, held),
        };
        let Some(why) = why else { continue };
        has_less |= why == Reason::Less;
        let found = findings.figures.entry((column.holds, why)).or_default();
        found.note(|| {
            let short = |figure: Decimal| figure.round_dp(4).normalize().to_string();
            let own = held.figure(column.holds).map_or("nothing".to_owned(), short);
            let there = there.map_or_else(|| text.unwrap_or("nothing").to_owned(), short);
            format!("{}: {there} there, {own} here", name(row))
        });
    }
    has_less
}

/// What adsync holds and the table lacks: of a table of days the rows between its first and its last day.
fn missing(scripts: &Scripts, ours: &Ours, seen: &BTreeSet<(&str, Option<NaiveDate>)>, findings: &mut Findings) {
    let dates = || scripts.rows.iter().filter_map(|row| row.date);
    let mut note = |id: &str, example: String, spend: Decimal| {
        let (found, sum) = findings.missing.entry(ours.state(id).to_owned()).or_default();
        found.note(|| example);
        *sum += spend;
    };
    if let Some((first, last)) = dates().min().zip(dates().max()) {
        let first = first.max(ours.since);
        for (id, days) in &ours.days {
            for (date, day) in days.iter().filter(|(date, _)| (first..=last).contains(*date)) {
                if day.is_settled && !seen.contains(&(id.as_str(), Some(*date))) {
                    note(id, format!("{id} on {date}"), day.spend);
                }
            }
        }
        return;
    }
    for id in ours.ids() {
        if seen.contains(&(id, None)) {
            continue;
        }
        let days = findings.fit.map(|fit| fit.days);
        let held = days.map(|days| Held::between(ours.days.get(id), days.since, days.until, ours.newest));
        let spend = held.and_then(|held| held.figure(Holds::Spend)).unwrap_or_default();
        note(id, id.to_owned(), spend);
    }
}
