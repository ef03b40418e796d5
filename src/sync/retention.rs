//! What Meta no longer tells: days that are left out of a run, and silence that is no answer.

use chrono::{Months, NaiveDate};

use crate::meta;
use crate::rows::catalogue::{breakdowns, retention};
use crate::rows::insights::Insights;
use crate::rows::report::{Days, Report};
use crate::store::coverage;

use super::account::AccountRun;
use super::report::{AccountReport, Warning};
use super::tables::Filled;

/// Meta's code for a first day that it keeps no figures of.
const TOO_OLD: i64 = 3018;

/// The first day of which Meta keeps figures. `today` is the account's.
pub(super) fn totals_since(today: NaiveDate) -> NaiveDate {
    months_before(today, retention::totals_months())
}

/// The first day of which Meta keeps what counts people. On earlier days it is left out without an error.
pub(super) fn unique_metrics_since(today: NaiveDate) -> NaiveDate {
    months_before(today, retention::unique_metrics_months())
}

/// The first day of which Meta keeps a report's rows: some of its breakdowns may be kept for less time. A longer period
/// must begin on this day or later.
pub(super) fn rows_since(report: &Report, today: NaiveDate) -> NaiveDate {
    months_before(today, report.kept_months())
}

fn months_before(today: NaiveDate, months: u32) -> NaiveDate {
    today.checked_sub_months(Months::new(months)).unwrap_or(NaiveDate::MIN)
}

/// Whether days without a row, from this first one on, can be believed to have none. Where Meta keeps the rows for a shorter
/// time, or tells them only to who opted in, it falls silent without an error. Where its months end exactly it does not
/// tell: of the last one that it should keep silence is not believed either.
pub(super) fn is_silence_believed(report: &Report, since: NaiveDate, today: NaiveDate) -> bool {
    let is_kept = |months: u32| since > months_before(today, months.saturating_sub(1));
    report.opt_ins().next().is_none()
        && report.breakdowns.iter().filter_map(|name| retention::breakdown_months(name)).all(is_kept)
}

/// Parts days where Meta stops to tell what counts people, earlier ones first: a question that begins before would lose
/// it for all its days.
pub(super) fn parted(days: Days, unique_metrics_since: NaiveDate) -> Vec<Days> {
    let earlier = Days { until: days.until.min(before(unique_metrics_since)), ..days };
    let later = Days { since: days.since.max(unique_metrics_since), ..days };
    [earlier, later].into_iter().filter(|days| !days.is_empty()).collect()
}

/// Whether Meta refused a question because it begins too early.
pub(super) fn is_too_old(error: &meta::Error) -> bool {
    error.code == Some(TOO_OLD)
}

/// What a person should do about a call that failed, in one sentence.
pub(super) fn advice(error: &meta::Error) -> String {
    if is_too_old(error) {
        return format!("Meta keeps insights for {} months: begin with a later day.", retention::totals_months());
    }
    error.advice().to_owned()
}

impl AccountRun<'_> {
    /// The days of the run's window that Meta keeps, with a warning where that is not all of them.
    pub(super) fn kept_window(&self, window: Days, today: NaiveDate, report: &mut AccountReport) -> Days {
        let (totals, unique) = (totals_since(today), unique_metrics_since(today));
        let months = retention::totals_months();
        let text = format!("Meta keeps insights for {months} months: days before {totals} were left out");
        let window = self.since(window, totals, "insights", text, report);
        if window.since < unique && !window.is_empty() {
            let text =
                format!("Meta tells reach and frequency since {unique} only: of days before they stay as they are");
            self.warn(report, "unique_metrics_gone", "insights", text, Days { until: before(unique), ..window }.len());
        }
        window
    }

    /// The days of the run's window that Meta keeps for one report, likewise.
    pub(super) fn kept_days(
        &self,
        filled: &Filled<Insights>,
        window: Days,
        today: NaiveDate,
        report: &mut AccountReport,
    ) -> Days {
        let definition = &filled.layout.report;
        let since = rows_since(definition, today);
        let text = format!(
            "Meta keeps rows with these breakdowns since {since} only: days before were left out of {}, their rows stay",
            filled.layout.table.name
        );
        self.since(window, since, &format!("insights:{}", definition.name), text, report)
    }

    fn since(&self, window: Days, since: NaiveDate, step: &str, text: String, report: &mut AccountReport) -> Days {
        if window.is_empty() || window.since >= since {
            return window;
        }
        let left_out = Days { until: window.until.min(before(since)), ..window };
        self.warn(report, "clamped", step, text, left_out.len());
        Days { since, ..window }
    }

    /// Tells of reports that came without a row although the account has figures of these days: their breakdowns need an
    /// opt-in, and without it Meta answers nothing, and no error.
    pub(super) async fn note_silence(&self, silent: &[&Filled<Insights>], window: Days, report: &mut AccountReport) {
        if silent.is_empty() || window.is_empty() {
            return;
        }
        let totals = &self.engine.tables.totals.layout;
        let has_figures = coverage::held(&self.engine.db, totals, self.account.digits(), window).await;
        if !has_figures.is_ok_and(|held| held.any) {
            return;
        }
        for filled in silent {
            let features: Vec<&str> = filled.layout.report.opt_ins().filter_map(breakdowns::opt_in).collect();
            let text = format!(
                "Meta answered no row for {}: let the account opt in to the feature {} \
                 (POST act_<id>/insights/feature-settings), or disable the report",
                filled.layout.table.name,
                features.join(", ")
            );
            self.warn(report, "opt_in_missing", &format!("insights:{}", filled.layout.report.name), text, 1);
        }
    }

    fn warn(&self, report: &mut AccountReport, code: &'static str, step: &str, message: String, count: u64) {
        let account_id = self.account.digits().to_owned();
        report.warnings.push(Warning { code, account_id, step: step.to_owned(), message, count });
    }
}

fn before(day: NaiveDate) -> NaiveDate {
    day.pred_opt().unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;
    use crate::rows::report::{Increment, Level};
    use crate::sync::plan;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn report(breakdowns: &[&str]) -> Report {
        Report {
            name: "x".to_owned(),
            level: Level::Adset,
            breakdowns: breakdowns.iter().map(|name| (*name).to_owned()).collect(),
            increment: Increment::Daily,
            attribution_windows: Vec::new(),
            extra_fields: Vec::new(),
            metrics: Vec::new(),
        }
    }

    #[test]
    fn months_are_calendar_months_and_end_where_the_shorter_one_ends() {
        assert_eq!(totals_since(day("2026-11-23")), day("2023-10-23"));
        assert_eq!(unique_metrics_since(day("2026-11-23")), day("2025-10-23"));
        assert_eq!(totals_since(day("2026-03-31")), day("2023-02-28"));
        assert_eq!(totals_since(day("2027-03-31")), day("2024-02-29"), "a leap year");
        assert_eq!(unique_metrics_since(day("2028-02-29")), day("2027-01-29"));
        assert_eq!(unique_metrics_since(day("2025-03-29")), day("2024-02-29"));
    }

    #[test]
    fn the_first_day_follows_the_accounts_today() {
        let now: DateTime<Utc> = "2026-12-01T02:30:00Z".parse().unwrap();
        let since = |zone| totals_since(plan::today(zone, now));
        assert_eq!(since(chrono_tz::America::Sao_Paulo), day("2023-10-30"));
        assert_eq!(since(chrono_tz::Asia::Tokyo), day("2023-11-01"));
    }

    #[test]
    fn what_is_too_old_is_advised_with_the_months_that_the_data_names() {
        let too_old = meta::Error { code: Some(TOO_OLD), ..meta::Error::plain(meta::Class::Invalid, "no") };
        let told = crate::sync::report::Failure::Meta(too_old.clone()).fault().advice;
        assert!(told.contains(&format!("for {} months", retention::totals_months())), "{told}");
        assert!(!too_old.advice().contains(|letter: char| letter.is_ascii_digit()), "{}", too_old.advice());
        let other = meta::Error::plain(meta::Class::Invalid, "no");
        assert_eq!(advice(&other), other.advice());
    }

    #[test]
    fn a_report_is_kept_as_long_as_its_shortest_breakdown() {
        let today = day("2026-11-23");
        assert_eq!(rows_since(&report(&[]), today), day("2023-10-23"));
        assert_eq!(rows_since(&report(&["age", "gender"]), today), day("2023-10-23"));
        let hourly = "hourly_stats_aggregated_by_audience_time_zone";
        assert_eq!(rows_since(&report(&[hourly]), today), day("2025-10-23"));
        assert_eq!(rows_since(&report(&[hourly, "frequency_value"]), today), day("2026-05-23"));
    }

    #[test]
    fn silence_is_believed_where_meta_has_no_reason_to_be_silent() {
        let today = day("2026-11-23");
        let is_believed =
            |breakdowns: &[&str], since: &str| is_silence_believed(&report(breakdowns), day(since), today);
        let hourly = "hourly_stats_aggregated_by_advertiser_time_zone";
        assert!(is_believed(&[], "2023-10-24") && is_believed(&["age"], "2023-10-24"));
        assert!(!is_believed(&[hourly], "2025-10-24") && !is_believed(&[hourly], "2025-11-23"));
        assert!(is_believed(&[hourly], "2025-11-24"), "it keeps hours for longer");
        assert!(!is_believed(&["publisher_platform", "impression_device"], "2026-11-20"));
    }

    #[test]
    fn no_question_reaches_over_the_day_where_people_are_no_longer_counted() {
        let days = |since: &str, until: &str| Days { since: day(since), until: day(until) };
        let border = unique_metrics_since(day("2026-11-23"));
        let parts = parted(days("2025-10-20", "2025-10-25"), border);
        assert_eq!(parts, [days("2025-10-20", "2025-10-22"), days("2025-10-23", "2025-10-25")]);
        for whole in [days("2025-10-23", "2025-10-25"), days("2025-10-20", "2025-10-22")] {
            assert_eq!(parted(whole, border), [whole]);
        }
    }
}
