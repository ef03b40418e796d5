//! Which days a run reads, and in which slices: few, large questions, side by side.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::rows::report::Days;

use super::settings::MetricsWindow;

/// Rows of one slice at the most: its keys are held until it is read to its end.
const SLICE_ROWS: u64 = 20_000;

/// Which days a run is asked for. Days are each account's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Today and so many days before it.
    Lookback(u32),
    /// From a day to another, both included; without an end, to today.
    Dates {
        /// The first day.
        since: NaiveDate,
        /// The last day.
        until: Option<NaiveDate>,
    },
    /// From a day to yesterday.
    UntilYesterday {
        /// The first day.
        since: NaiveDate,
    },
}

/// The account's day at an instant.
pub fn today(zone: Tz, now: DateTime<Utc>) -> NaiveDate {
    now.with_timezone(&zone).date_naive()
}

impl Window {
    /// The days, as the account counts them. A day that has not begun there is left out.
    pub fn days(self, today: NaiveDate) -> Days {
        match self {
            Self::Lookback(days) => Days { since: before(today, days), until: today },
            Self::UntilYesterday { since } => Days { since, until: before(today, 1) },
            Self::Dates { since, until } => Days { since, until: until.map_or(today, |until| until.min(today)) },
        }
    }
}

impl MetricsWindow {
    /// The days that the metric columns cover.
    pub fn days(self, today: NaiveDate) -> Days {
        let yesterday = before(today, 1);
        match self {
            Self::Last7dAndToday => Days { since: before(today, 7), until: today },
            Self::Today => Days { since: today, until: today },
            Self::Last7d => Days { since: before(today, 7), until: yesterday },
            Self::Last30d => Days { since: before(today, 30), until: yesterday },
            Self::ThisMonth => Days { since: today.with_day(1).unwrap_or(today), until: today },
        }
    }
}

fn before(day: NaiveDate, days: u32) -> NaiveDate {
    day.checked_sub_days(chrono::Days::new(days.into())).unwrap_or(NaiveDate::MIN)
}

/// Cuts days into slices: as many as the rows fill pages, at most `side_by_side` unless a slice would grow too large.
/// Newest first: what people look at comes first. `most_days` is what Meta could answer at once when more was too much.
pub fn slices(
    days: &BTreeSet<NaiveDate>,
    rows_per_day: u64,
    page_size: u32,
    side_by_side: usize,
    most_days: Option<u64>,
) -> Vec<Days> {
    let total = u64::try_from(days.len()).unwrap_or(u64::MAX);
    if total == 0 {
        return Vec::new();
    }
    let rows = rows_per_day.saturating_mul(total);
    let pages = rows.div_ceil(u64::from(page_size.max(1))).max(1);
    let abreast = u64::try_from(side_by_side.max(1)).unwrap_or(1);
    let largest = (SLICE_ROWS / rows_per_day.max(1)).max(1).min(most_days.unwrap_or(u64::MAX).max(1));
    let longest = total.div_ceil(pages.min(abreast).min(total)).min(largest);
    let ranges = contiguous(days);
    let mut slices = Vec::new();
    for range in ranges {
        let pieces = range.len().div_ceil(longest);
        // Pieces of a range differ by a day at the most.
        let (length, longer) = (range.len() / pieces, range.len() % pieces);
        let mut since = range.since;
        for piece in 0..pieces {
            let days = length + u64::from(piece < longer);
            let until = since + chrono::Days::new(days.saturating_sub(1));
            slices.push(Days { since, until });
            since = until + chrono::Days::new(1);
        }
    }
    slices.reverse();
    slices
}

/// Days as the fewest ranges without a gap, oldest first.
pub(super) fn contiguous(days: &BTreeSet<NaiveDate>) -> Vec<Days> {
    let mut ranges: Vec<Days> = Vec::new();
    for &day in days {
        match ranges.last_mut() {
            Some(range) if range.until.succ_opt() == Some(day) => range.until = day,
            _ => ranges.push(Days { since: day, until: day }),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn range(since: &str, until: &str) -> BTreeSet<NaiveDate> {
        Days { since: day(since), until: day(until) }.iter().collect()
    }

    #[test]
    fn today_is_the_accounts_day() {
        let now = "2026-11-23T02:30:00Z".parse().unwrap();
        assert_eq!(today(chrono_tz::America::Sao_Paulo, now), day("2026-11-22"));
        assert_eq!(today(chrono_tz::Asia::Kathmandu, now), day("2026-11-23"));
    }

    #[test]
    fn a_window_has_both_its_ends_and_never_a_day_to_come() {
        let today = day("2026-11-23");
        let lookback = Window::Lookback(3).days(today);
        assert_eq!((lookback.since, lookback.until, lookback.len()), (day("2026-11-20"), today, 4));
        let dates = Window::Dates { since: day("2026-11-01"), until: Some(day("2026-12-24")) }.days(today);
        assert_eq!(dates.until, today);
        let history = Window::UntilYesterday { since: day("2026-11-01") }.days(today);
        assert_eq!((history.until, history.len()), (day("2026-11-22"), 22));
        assert!(Window::Dates { since: day("2026-11-24"), until: None }.days(today).is_empty());
    }

    #[test]
    fn few_rows_are_one_question_and_many_are_read_side_by_side() {
        let days = range("2026-11-16", "2026-11-23");
        assert_eq!(slices(&days, 36, 500, 8, None).len(), 1);
        let days = range("2026-10-25", "2026-11-23");
        assert_eq!(slices(&days, 1_700, 500, 8, None).len(), 8);
        assert_eq!(slices(&days, 17_000, 500, 8, None).len(), 30);
        assert_eq!(slices(&days, 0, 500, 8, None).len(), 1);
        assert!(slices(&BTreeSet::new(), 10, 500, 8, None).is_empty());
    }

    #[test]
    fn slices_hold_every_day_once_newest_first() {
        let mut days = range("2026-10-25", "2026-11-03");
        days.extend(range("2026-11-06", "2026-11-23"));
        for rows in [0, 10, 600, 5_000, 40_000] {
            let slices = slices(&days, rows, 500, 4, None);
            let mut read: Vec<NaiveDate> = slices.iter().flat_map(Days::iter).collect();
            assert!(slices.windows(2).all(|pair| pair[0].since > pair[1].until), "{slices:?}");
            read.sort_unstable();
            assert_eq!(read, days.iter().copied().collect::<Vec<_>>(), "{rows} rows a day");
        }
    }

    #[test]
    fn the_month_begins_on_its_first_day() {
        assert_eq!(MetricsWindow::ThisMonth.days(day("2026-11-23")).len(), 23);
        assert_eq!(MetricsWindow::Last30d.days(day("2026-11-23")).until, day("2026-11-22"));
        assert_eq!(MetricsWindow::Last7dAndToday.days(day("2026-11-23")).len(), 8);
    }
}
