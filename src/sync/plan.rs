//! Which days a run reads, and in which slices: few, large questions, side by side.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::rows::report::{Days, Increment, Report};

use super::retention;
use super::settings::MetricsWindow;

/// Rows of one slice at the most: its keys are held until it is read to its end.
const SLICE_ROWS: u64 = 20_000;
/// Days back that Meta still restates.
pub(super) const RESTATED_DAYS: u64 = 28;
/// Pages of one slice at the most: what was not read to its end is read again after a stop. The last page of a slice is
/// seldom full, so that smaller slices cost more calls.
const SLICE_PAGES: u64 = 16;

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

/// Whether a day, or a period that ends with it, was read when Meta had restated it for the last time: late conversions of
/// what was read earlier may be missing.
pub(super) fn is_final(read_at: DateTime<Utc>, zone: Tz, last: NaiveDate) -> bool {
    today(zone, read_at) >= last + chrono::Days::new(RESTATED_DAYS)
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

impl Window {
    /// Who asks for it: a newer window takes the place of an older one of the same asker alone. A schedule has one window,
    /// whatever its length; a command's rolls on where it does by itself, and stays where both its ends were named.
    pub(super) fn asked_by(self, instance: &str, schedule: Option<&str>) -> String {
        match (self, schedule) {
            (Self::Lookback(_), Some(schedule)) => format!("schedule {schedule} of {instance}"),
            (Self::Lookback(days), None) => format!("the last {days} days and today"),
            (Self::Dates { since, until: Some(until) }, _) => format!("{since} to {until}"),
            (Self::Dates { since, until: None } | Self::UntilYesterday { since }, _) => format!("since {since}"),
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

/// The periods of a report that a window touches, each whole: a part of one must never stand there as one.
pub fn periods(increment: Increment, window: Days, today: NaiveDate) -> Vec<Days> {
    let mut periods = increment.periods(window);
    let kept_since = retention::totals_since(today);
    // The first days of a period may be too old where the window's own are not: it cannot be had whole any more.
    if kept_since <= window.since {
        periods.retain(|period| kept_since <= period.since);
    }
    periods
}

/// The days whose totals are needed to compare some reports' rows of a window: the window's own, and those of the longer
/// periods that it touches.
pub fn totals_days<'a>(reports: impl Iterator<Item = &'a Report>, window: Days, today: NaiveDate) -> Days {
    let compared = reports.filter(|report| report.adds_up());
    let touched: Vec<Days> =
        compared.flat_map(|report| periods(report.increment, window, today)).chain([window]).collect();
    let since = touched.iter().map(|period| period.since).min().unwrap_or(window.since);
    let until = touched.iter().map(|period| period.until).max().unwrap_or(window.until).min(today);
    Days { since: since.max(retention::totals_since(today)).min(window.since), until: until.max(window.until) }
}

/// Cuts periods, oldest first, into slices: as many as the rows fill pages, at most `side_by_side` unless a slice would
/// grow too large. Newest first: what people look at comes first. `most_periods` is what Meta could answer at once when
/// more was too much.
pub fn slices(
    periods: &[Days],
    rows_per_period: u64,
    page_size: u32,
    side_by_side: usize,
    most_periods: Option<u64>,
) -> Vec<Days> {
    let total = u64::try_from(periods.len()).unwrap_or(u64::MAX);
    if total == 0 {
        return Vec::new();
    }
    let rows = rows_per_period.saturating_mul(total);
    let pages = rows.div_ceil(u64::from(page_size.max(1))).max(1);
    let abreast = u64::try_from(side_by_side.max(1)).unwrap_or(1);
    let most_rows = SLICE_ROWS.min(SLICE_PAGES.saturating_mul(page_size.max(1).into()));
    let largest = (most_rows / rows_per_period.max(1)).max(1).min(most_periods.unwrap_or(u64::MAX).max(1));
    let longest = total.div_ceil(pages.min(abreast).min(total)).min(largest);
    let mut slices = Vec::new();
    for range in periods.chunk_by(|one, next| one.until.succ_opt() == Some(next.since)) {
        let count = range.len();
        let pieces = count.div_ceil(usize::try_from(longest).unwrap_or(usize::MAX));
        // Pieces of a range differ by a period at the most. The newest are the longer ones: the first that is asked shows
        // whether the others may be asked like it.
        let (length, longer) = (count / pieces, count % pieces);
        let mut rest = range;
        for piece in 0..pieces {
            let (slice, after) = rest.split_at(length + usize::from(piece >= pieces - longer));
            if let (Some(first), Some(last)) = (slice.first(), slice.last()) {
                slices.push(Days { since: first.since, until: last.until });
            }
            rest = after;
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
    use chrono::TimeDelta;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn range(since: &str, until: &str) -> Vec<Days> {
        Increment::Daily.periods(Days { since: day(since), until: day(until) })
    }

    #[test]
    fn today_is_the_accounts_day() {
        let now = "2026-11-23T02:30:00Z".parse().unwrap();
        assert_eq!(today(chrono_tz::America::Sao_Paulo, now), day("2026-11-22"));
        assert_eq!(today(chrono_tz::Asia::Kathmandu, now), day("2026-11-23"));
    }

    #[test]
    fn the_day_turns_at_the_accounts_own_midnight_whatever_its_offset() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        for (zone, last_second) in [
            (chrono_tz::Asia::Kathmandu, "2026-11-23T18:14:59Z"),
            (chrono_tz::Pacific::Kiritimati, "2026-11-23T09:59:59Z"),
            (chrono_tz::Pacific::Pago_Pago, "2026-11-24T10:59:59Z"),
            // The day after the clocks went back had 25 hours, the one after they went forward 23.
            (chrono_tz::Europe::Berlin, "2026-10-25T22:59:59Z"),
            (chrono_tz::Europe::Berlin, "2026-03-29T21:59:59Z"),
            // Here they go forward at midnight: the day begins at one o'clock.
            (chrono_tz::America::Santiago, "2026-09-06T03:59:59Z"),
            (chrono_tz::Africa::Cairo, "2026-04-23T21:59:59Z"),
        ] {
            let (before, after) = (today(zone, at(last_second)), today(zone, at(last_second) + TimeDelta::seconds(1)));
            assert_eq!(before.succ_opt(), Some(after), "{zone}");
            assert_eq!(Window::Lookback(3).days(after).len(), 4, "{zone}");
        }
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
        // What a stop leaves unread is read again: no slice is much longer than it pays.
        assert_eq!(slices(&days, 3_000, 500, 8, None).len(), 15);
        assert_eq!(slices(&days, 1_700, u32::MAX, 1, None).len(), 3);
        assert_eq!(slices(&days, 17_000, 500, 8, None).len(), 30);
        assert_eq!(slices(&days, 0, 500, 8, None).len(), 1);
        assert!(slices(&[], 10, 500, 8, None).is_empty());
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
            assert_eq!(read, days.iter().map(|day| day.since).collect::<Vec<_>>(), "{rows} rows a day");
        }
    }

    #[test]
    fn slices_of_longer_periods_are_cut_between_them_and_hold_each_whole() {
        for increment in [Increment::Weekly, Increment::Monthly] {
            let asked = Days { since: day("2026-01-15"), until: day("2026-11-23") };
            let periods = periods(increment, asked, day("2026-11-23"));
            for (rows, most) in [(0, None), (300, None), (5_000, None), (40_000, None), (0, Some(3))] {
                let slices = slices(&periods, rows, 500, 4, most);
                let read: Vec<Days> = slices.iter().rev().flat_map(|slice| increment.periods(*slice)).collect();
                assert_eq!(read, periods, "{rows} rows a period");
            }
        }
        let window = Days { since: day("2026-10-25"), until: day("2026-11-23") };
        assert_eq!(slices(&Increment::AllDays.periods(window), 90_000, 500, 4, None), [window]);
    }

    #[test]
    fn a_period_that_is_too_old_to_be_had_whole_is_left_out() {
        let today = day("2026-11-23");
        let asked = |since: &str| periods(Increment::Monthly, Days { since: day(since), until: today }, today);
        assert_eq!(asked("2023-10-23")[0].since, day("2023-11-01"));
        assert_eq!(asked("2023-11-05")[0].since, day("2023-11-01"));
        // Meta says itself that it keeps nothing so old.
        assert_eq!(asked("2023-10-22")[0].since, day("2023-10-01"));
    }

    #[test]
    fn what_was_read_on_the_last_day_that_meta_restates_it_is_final() {
        let read = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let zone = chrono_tz::America::Sao_Paulo;
        assert!(is_final(read("2026-11-29T03:00:00Z"), zone, day("2026-11-01")));
        assert!(!is_final(read("2026-11-29T02:59:59Z"), zone, day("2026-11-01")));
    }

    #[test]
    fn the_month_begins_on_its_first_day() {
        assert_eq!(MetricsWindow::ThisMonth.days(day("2026-11-23")).len(), 23);
        assert_eq!(MetricsWindow::Last30d.days(day("2026-11-23")).until, day("2026-11-22"));
        assert_eq!(MetricsWindow::Last7dAndToday.days(day("2026-11-23")).len(), 8);
    }
}
