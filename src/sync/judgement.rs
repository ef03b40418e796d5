//! What is thought of a day's agreement with Meta's total, pure: what settles by itself, what is in doubt, what deleted
//! objects explain.

use chrono::NaiveDate;

use crate::rows::figures::Figures;
use crate::store::totals::{Day, Verdict};

/// What is thought of a day before anything is asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Thought {
    /// It has this status.
    Settled(&'static str),
    /// It was read again before, and neither its rows nor Meta's total have changed since.
    Known,
    /// It differs.
    Doubtful,
    /// It still runs, and lacks something of the days of it that are over.
    Lacking,
    /// Meta's total of it could not be read.
    Unreadable,
}

/// A day without its deleted objects.
#[derive(Debug, Clone, Copy)]
pub(super) struct Undeleted {
    /// The rows of all other objects.
    pub rows: u64,
    /// What they sum to.
    pub sum: Figures,
    /// Meta's total of all others; `None` where it could not be read.
    pub total: Option<Figures>,
}

/// What is thought of a day at first sight. `asks_anew`: whoever asks on demand wants everything looked at again.
pub(super) fn think(day: &Day, today: NaiveDate, asks_anew: bool) -> Thought {
    let is_same = day.compared_with == Some(day.total) && !asks_anew;
    if day.date < today && day.until >= today {
        // A longer period that still runs may hold more than its days that are over, never less. What is short of the same
        // total was asked for before.
        return if day.falls_short() && !is_same { Thought::Lacking } else { Thought::Settled("moving") };
    }
    if !day.is_comparable {
        return Thought::Unreadable;
    }
    if day.until >= today {
        return Thought::Settled("moving");
    }
    if day.agrees() {
        return Thought::Settled("settled");
    }
    let is_judged = matches!(day.status.as_deref(), Some("drift" | "explained"));
    if is_judged && is_same { Thought::Known } else { Thought::Doubtful }
}

/// Whether a day lacks nothing but its deleted objects: the rows of all others agree with Meta's total of these, or are more
/// where the period still runs. Rows of deleted objects that were found after all make up for no other's.
pub(super) fn is_explained(day: &Day, undeleted: Undeleted, today: NaiveDate) -> bool {
    let Undeleted { rows, sum, total } = undeleted;
    let slack = sum.slack(rows, day.minor_units);
    let is_told = |total: Figures| {
        if day.until >= today { total.is_at_most(sum, slack) } else { sum.agrees_with(total, slack) }
    };
    day.falls_short() && total.is_some_and(is_told)
}

pub(super) fn verdict(day: &Day, status: Option<&'static str>) -> Verdict {
    Verdict { date: day.date, status, total: day.is_comparable.then_some(day.total), unlisted_spend: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(impressions: i64) -> Figures {
        Figures { impressions, ..Figures::default() }
    }

    fn day(date: &str, ours: i64, metas: i64) -> Day {
        Day {
            date: date.parse().unwrap(),
            until: date.parse().unwrap(),
            rows: 1,
            sum: figures(ours),
            total: figures(metas),
            is_comparable: true,
            minor_units: 100,
            compared_with: None,
            status: None,
        }
    }

    #[test]
    fn deleted_objects_explain_what_is_missing_and_no_more() {
        let without = |ours, metas: Option<i64>| Undeleted { rows: 1, sum: figures(ours), total: metas.map(figures) };
        let short = day("2026-11-19", 70, 100);
        let is_explained = |day: &Day, undeleted| super::is_explained(day, undeleted, "2026-11-20".parse().unwrap());
        assert!(is_explained(&short, without(70, Some(70))), "all that is missing was deleted");
        assert!(is_explained(&short, without(60, Some(60))), "some deleted rows were found");
        assert!(!is_explained(&short, without(60, Some(70))), "a found one makes up for no other that is missing");
        assert!(!is_explained(&short, without(70, Some(60))), "more than there is of them was counted as not deleted");
        assert!(!is_explained(&short, without(70, Some(100))), "nothing was deleted");
        assert!(!is_explained(&short, without(70, None)), "a total that cannot be read explains nothing");
        assert!(is_explained(&day("2026-11-19", 0, 100), without(0, Some(0))));
        assert!(!is_explained(&day("2026-11-19", 110, 100), without(70, Some(70))), "too much is never explained");
    }

    #[test]
    fn today_moves_and_a_day_that_differs_is_in_doubt_until_it_was_judged() {
        let today = "2026-11-20".parse().unwrap();
        assert_eq!(think(&day("2026-11-20", 1, 2), today, false), Thought::Settled("moving"));
        assert_eq!(think(&day("2026-11-19", 2, 2), today, false), Thought::Settled("settled"));
        let differing = day("2026-11-19", 1, 2);
        assert_eq!(think(&differing, today, false), Thought::Doubtful);
        for status in ["drift", "explained"] {
            let judged =
                Day { status: Some(status.to_owned()), compared_with: Some(differing.total), ..differing.clone() };
            assert_eq!(think(&judged, today, false), Thought::Known);
            assert_eq!(think(&judged, today, true), Thought::Doubtful, "on demand it is looked at again");
            let moved = Day { compared_with: Some(Figures::default()), ..judged };
            assert_eq!(think(&moved, today, false), Thought::Doubtful, "another total is another question");
        }
    }

    #[test]
    fn a_longer_period_is_judged_when_it_is_over_and_before_that_it_must_hold_its_days_that_are() {
        let today = "2026-11-20".parse().unwrap();
        let week = |until: &str, ours, metas| Day { until: until.parse().unwrap(), ..day("2026-11-16", ours, metas) };
        assert_eq!(think(&week("2026-11-19", 7, 7), today, false), Thought::Settled("settled"));
        assert_eq!(think(&week("2026-11-19", 8, 7), today, false), Thought::Doubtful, "too much is as wrong");
        let running = |ours| week("2026-11-22", ours, 7);
        assert_eq!(think(&running(7), today, false), Thought::Settled("moving"));
        assert_eq!(think(&running(9), today, false), Thought::Settled("moving"), "today counts, too");
        assert_eq!(think(&running(6), today, false), Thought::Lacking);
        let asked = Day { compared_with: Some(figures(7)), ..running(6) };
        assert_eq!(think(&asked, today, false), Thought::Settled("moving"), "it was asked for already");
        assert_eq!(think(&asked, today, true), Thought::Lacking);
        let unreadable = Day { is_comparable: false, ..running(6) };
        assert_eq!(think(&unreadable, today, false), Thought::Settled("moving"));
        let without = |ours, metas| Undeleted { rows: 1, sum: figures(ours), total: Some(figures(metas)) };
        assert!(is_explained(&running(6), without(6, 6), today) && is_explained(&running(6), without(6, 5), today));
        assert!(!is_explained(&running(6), without(6, 7), today));
    }

    #[test]
    fn a_total_that_cannot_be_read_agrees_with_nothing() {
        let unreadable = Day { is_comparable: false, ..day("2026-11-19", 2, 2) };
        assert_eq!(think(&unreadable, "2026-11-20".parse().unwrap(), false), Thought::Unreadable);
        assert!(!unreadable.agrees() && !unreadable.falls_short());
        assert_eq!(verdict(&unreadable, None).total, None, "what it was compared with is nothing");
    }
}
