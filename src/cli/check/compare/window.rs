//! Which days the figures of a table without days are of: the window that fits the most objects.

use chrono::{Datelike, NaiveDate, TimeDelta};
use rust_decimal::Decimal;

use crate::rows::report::Days;

use super::columns::Holds;
use super::figures::{Held, number};
use super::{Ours, Scripts};

/// Lengths of windows that scripts ask for, in days; the likeliest first.
const LENGTHS: [i64; 17] = [8, 7, 30, 31, 1, 14, 15, 28, 29, 3, 4, 2, 60, 61, 90, 91, 120];
/// How many days ago the last day of a window may be.
pub(super) const ENDS: i64 = 9;

/// A window, and how well it fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fit {
    /// Its days.
    pub(super) days: Days,
    /// Objects whose figure is that of these days, or nearly.
    pub(super) fitting: usize,
    /// Objects that have a figure.
    pub(super) compared: usize,
}

/// Finds the window. `None` where no figure of the table can tell.
pub(super) fn find(scripts: &Scripts, ours: &Ours) -> Option<Fit> {
    // Impressions are whole numbers in every script; money comes in cents, too.
    let holds = [Holds::Impressions, Holds::Clicks, Holds::Spend]
        .into_iter()
        .find(|holds| scripts.columns.place(*holds).is_some())?;
    let figures: Vec<_> = scripts
        .rows
        .iter()
        .filter_map(|row| Some((row.id.as_str(), number(scripts.cell(row, holds)?)?)))
        .filter(|(id, figure)| !figure.is_zero() && ours.days.contains_key(*id))
        .collect();
    let newest = ours.newest?;
    let mut best: Option<(usize, usize, Fit)> = None;
    for days in windows(newest) {
        let (mut exact, mut near) = (0, 0);
        for (id, figure) in &figures {
            let held = Held::between(ours.days.get(*id), days.since, days.until, ours.newest);
            let Some(own) = held.figure(holds).filter(|own| !own.is_zero()) else { continue };
            // Money in cents fits as well as in units.
            let factor = if holds == Holds::Spend && *figure > own * Decimal::from(50) { 100 } else { 1 };
            let difference = (figure / Decimal::from(factor) - own).abs();
            exact += usize::from(difference <= Decimal::new(1, 2));
            near += usize::from(difference <= own * Decimal::new(2, 2));
        }
        let fit = Fit { days, fitting: near, compared: figures.len() };
        if near > 0 && best.as_ref().is_none_or(|(most, then, _)| (near, exact) > (*most, *then)) {
            best = Some((near, exact, fit));
        }
    }
    best.map(|(.., fit)| fit)
}

/// Every window that is tried: those that end last first.
fn windows(newest: NaiveDate) -> Vec<Days> {
    let mut windows = Vec::new();
    for ago in 0..ENDS {
        let until = newest - TimeDelta::days(ago);
        windows.extend(LENGTHS.iter().map(|length| Days { since: until - TimeDelta::days(length - 1), until }));
        windows.extend(until.with_day(1).map(|since| Days { since, until }));
    }
    windows
}
