//! Which days one row covers: a day, a week from Monday, a calendar month, a window.

use chrono::{Datelike, Months, NaiveDate};

use super::report::{Days, Increment};

impl Increment {
    /// The whole periods that some days touch, oldest first; the last may reach beyond them. A window is one period.
    pub fn periods(self, days: Days) -> Vec<Days> {
        let mut periods = Vec::new();
        let mut next = (!days.is_empty()).then_some(days.since);
        while let Some(day) = next.filter(|day| *day <= days.until) {
            let period = if self == Self::AllDays { days } else { self.period_of(day) };
            periods.push(period);
            next = period.until.succ_opt();
        }
        periods
    }

    /// The period that a delivered row covers, of those that were asked for. `None` where it covers other days: what is
    /// less or more than a period must never stand there as one.
    pub fn delivered(self, start: Option<NaiveDate>, stop: Option<NaiveDate>, asked: Days) -> Option<Days> {
        let period = if self == Self::AllDays { asked } else { self.period_of(start?) };
        let begins = asked.contains(period.since) && start.is_none_or(|start| start == period.since);
        // While a period runs, its last day may be told as the day of the question.
        let ends = stop.is_none_or(|stop| period.until.min(asked.until) <= stop && stop <= period.until);
        (begins && ends).then_some(period)
    }

    /// The period that a day belongs to. A window is not told by a day of it: that is the day alone.
    fn period_of(self, day: NaiveDate) -> Days {
        let (since, after) = match self {
            Self::Daily | Self::AllDays => (Some(day), None),
            Self::Weekly => {
                let monday = day - chrono::Days::new(day.weekday().num_days_from_monday().into());
                (Some(monday), monday.checked_add_days(chrono::Days::new(7)))
            }
            Self::Monthly => {
                let first = day.with_day(1);
                (first, first.and_then(|first| first.checked_add_months(Months::new(1))))
            }
        };
        Days { since: since.unwrap_or(day), until: after.and_then(|after| after.pred_opt()).unwrap_or(day) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(since: &str, until: &str) -> Days {
        Days { since: since.parse().unwrap(), until: until.parse().unwrap() }
    }

    fn told(periods: &[Days]) -> Vec<String> {
        periods.iter().map(|period| format!("{} {}", period.since, period.until)).collect()
    }

    #[test]
    fn weeks_begin_on_monday_whatever_the_year_and_the_day_asked() {
        // 2026-11-22 is a Sunday.
        let weeks = Increment::Weekly.periods(days("2026-11-22", "2026-11-23"));
        assert_eq!(told(&weeks), ["2026-11-16 2026-11-22", "2026-11-23 2026-11-29"]);
        let new_year = Increment::Weekly.periods(days("2026-12-31", "2027-01-01"));
        assert_eq!(told(&new_year), ["2026-12-28 2027-01-03"]);
    }

    #[test]
    fn months_have_their_own_lengths() {
        let months = Increment::Monthly.periods(days("2028-01-31", "2028-03-01"));
        assert_eq!(told(&months), ["2028-01-01 2028-01-31", "2028-02-01 2028-02-29", "2028-03-01 2028-03-31"]);
        assert_eq!(told(&Increment::Monthly.periods(days("2026-12-05", "2026-12-05"))), ["2026-12-01 2026-12-31"]);
    }

    #[test]
    fn every_day_lies_in_exactly_one_period_and_periods_adjoin() {
        for increment in [Increment::Daily, Increment::Weekly, Increment::Monthly] {
            let asked = days("2026-01-15", "2028-03-14");
            let periods = increment.periods(asked);
            assert!(periods[0].contains(asked.since) && periods.last().unwrap().contains(asked.until));
            assert!(periods.windows(2).all(|pair| pair[0].until.succ_opt() == Some(pair[1].since)), "{increment:?}");
            assert!(periods.iter().all(|period| increment.periods(*period) == [*period]), "{increment:?}");
        }
        let window = days("2026-01-15", "2026-03-14");
        assert_eq!(Increment::AllDays.periods(window), [window]);
        assert!(Increment::Monthly.periods(days("2026-03-02", "2026-03-01")).is_empty());
    }

    #[test]
    fn a_row_of_a_period_that_runs_ends_today_or_with_the_period_and_stands_for_the_whole() {
        let asked = days("2026-11-16", "2026-11-25");
        let week = days("2026-11-23", "2026-11-29");
        let delivered = |start: &str, stop: &str| {
            let date = |text: &str| text.parse().ok();
            Increment::Weekly.delivered(date(start), date(stop), asked)
        };
        for stop in ["2026-11-25", "2026-11-29", ""] {
            assert_eq!(delivered("2026-11-23", stop), Some(week), "{stop}");
        }
        assert_eq!(delivered("2026-11-16", "2026-11-22"), Some(days("2026-11-16", "2026-11-22")));
    }

    #[test]
    fn a_row_of_other_days_belongs_to_no_period() {
        let asked = days("2026-11-16", "2026-11-25");
        for (start, stop) in [
            ("2026-11-17", "2026-11-23"),
            ("2026-11-16", "2026-11-16"),
            ("2026-11-16", "2026-11-23"),
            ("2026-11-09", "2026-11-15"),
            ("2026-11-23", "2026-11-24"),
        ] {
            let row = Increment::Weekly.delivered(start.parse().ok(), stop.parse().ok(), asked);
            assert_eq!(row, None, "{start} to {stop}");
        }
        let day = "2026-11-20".parse().ok();
        assert_eq!(Increment::AllDays.delivered(day, day, asked), None);
        assert_eq!(Increment::AllDays.delivered(None, None, asked), Some(asked));
        assert_eq!(Increment::Monthly.delivered(None, None, asked), None);
    }
}
