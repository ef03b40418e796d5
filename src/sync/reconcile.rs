//! The step that compares the rows with Meta's own totals.

use chrono::NaiveDate;

use crate::rows::insights::Insights;
use crate::rows::report::Days;
use crate::store::coverage;
use crate::store::totals::{self, Day};

use super::account::AccountRun;
use super::agreement::Compared;
use super::report::{AccountReport, Failure, Warning};
use super::run::Work;
use super::step::{Done, Step};
use super::tables::Filled;

/// Days back that Meta still restates: a difference there may mend itself.
const RESTATED_DAYS: u64 = 28;

impl AccountRun<'_> {
    /// Asks for Meta's own totals and notes where the rows do not agree.
    pub(super) async fn reconcile(
        &self,
        step: &mut Step,
        window: Days,
        today: NaiveDate,
        report: &mut AccountReport,
    ) -> Result<Done, Failure> {
        let asked = window;
        // The days that were read for the metric columns are compared, too, where they adjoin.
        let metrics = self.engine.settings.adset_metrics.days(today);
        let adjoins = metrics.since <= window.since && window.since <= metrics.until + chrono::Days::new(1);
        let extends = adjoins && self.work != Work::Reconcile;
        let window = if extends { Days { since: metrics.since, ..window } } else { window };
        if window.is_empty() {
            return Ok(Done::Skipped("the window has no day".to_owned()));
        }
        report.compared = Some(window);
        self.read_totals(step, self.totals_window(window, today), today).await?;
        let mut beyond = Vec::new();
        let known = self.ladder().await?.known;
        for filled in self.reports.iter().filter(|filled| filled.layout.report.adds_up()) {
            if self.work == Work::Reconcile {
                let (db, account_id) = (&self.engine.db, self.account.digits());
                coverage::recount(db, &filled.layout, account_id, window).await?;
            }
            let compared = self.settle(step, filled, window, today, report).await?;
            beyond.extend(self.tell(filled, &compared, today, report));
        }
        let has_learned = self.ladder().await?.known.len() > known.len();
        for filled in self.reports.iter().filter(|filled| !filled.layout.report.adds_up()) {
            // No total of theirs tells what these lack: what the others were found to lack was left out of them, too.
            if has_learned && self.work != Work::Reconcile {
                self.read_anew(step, filled, asked, today).await?;
            }
            let definition = &filled.layout.report;
            totals::not_additive(&self.engine.db, self.account.digits(), &definition.name, window).await?;
            if definition.sums_days() {
                let lacking = self.settle_periods(step, filled, window, today, report).await?;
                self.tell_lacking(filled, &lacking, report);
            }
        }
        if self.work == Work::SyncAndSweep {
            for (filled, compared) in self.sweep(step, window, today, report).await? {
                beyond.extend(self.tell(filled, &compared, today, report));
            }
        }
        // What was found late may have parents that nobody has seen, and belongs to the sums.
        let counts = step.tally.counts;
        if counts.inserted > 0 {
            self.find_parents(step, window, report).await?;
        }
        if counts.inserted + counts.updated + counts.deleted > 0 {
            self.sum_metrics(today).await?;
        }
        if beyond.is_empty() { Ok(Done::All) } else { Err(Failure::Drift(beyond.join("; "))) }
    }

    /// Warns of days that drift, a line for the report. Returns what has to be said louder: where some of them are older
    /// than what Meta restates.
    fn tell(
        &self,
        filled: &Filled<Insights>,
        compared: &Compared,
        today: NaiveDate,
        report: &mut AccountReport,
    ) -> Option<String> {
        let Compared { drifting, unreadable } = compared;
        let table = &filled.layout.table.name;
        if let Some(first) = unreadable.first() {
            let message = format!(
                "Meta's total of {} lacks a figure or could not be read ({} such days): these days of {table} were compared \
                 with nothing; the next run asks again",
                first.date,
                unreadable.len()
            );
            self.warn_of("not_compared", message, unreadable.len(), report);
        }
        let first = drifting.first()?;
        let oldest_restated = today - chrono::Days::new(RESTATED_DAYS);
        let message = told(table, first, drifting.len());
        self.warn_of("drift", message, drifting.len(), report);
        let old: Vec<&Day> = drifting.iter().filter(|day| day.date < oldest_restated).collect();
        let first = old.first()?;
        Some(format!(
            "{} days of {} that Meta no longer restates do not agree with its totals, the first is {}",
            old.len(),
            table,
            first.date
        ))
    }

    /// Warns of weeks or months that lack something.
    fn tell_lacking(&self, filled: &Filled<Insights>, lacking: &[Day], report: &mut AccountReport) {
        let Some(first) = lacking.first() else { return };
        let difference = first.total.less(first.sum);
        let message = format!(
            "the rows of {} for the period from {} lack {} in spend, {} in impressions, {} in clicks of Meta's totals of its \
             days, also after it was read again ({} such periods): Meta counts what it does not list",
            filled.layout.table.name,
            first.date,
            difference.spend.normalize(),
            difference.impressions,
            difference.clicks,
            lacking.len()
        );
        self.warn_of("lacking", message, lacking.len(), report);
    }

    fn warn_of(&self, code: &'static str, message: String, days: usize, report: &mut AccountReport) {
        let account_id = self.account.digits().to_owned();
        let count = u64::try_from(days).unwrap_or(u64::MAX);
        report.warnings.push(Warning { code, account_id, step: "reconcile".to_owned(), message, count });
    }
}

/// A difference in words: what it is, what it may mean, what to do.
fn told(table: &str, first: &Day, days: usize) -> String {
    let difference = first.total.less(first.sum);
    let meaning = if first.falls_short() {
        "Meta counts what it does not list"
    } else {
        "the rows hold what Meta's total does not"
    };
    format!(
        "on {date} Meta's total less the rows of {table} is {spend} in spend, {impressions} in impressions, {clicks} in \
         clicks, also after the day was read again ({days} such days): {meaning}. Compare the day with Ads Manager; \
         `adsync reconcile --since {date}` asks again",
        date = first.date,
        spend = difference.spend.normalize(),
        impressions = difference.impressions,
        clicks = difference.clicks,
    )
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;
    use crate::rows::figures::Figures;

    #[test]
    fn a_difference_names_its_day_its_size_and_what_to_do() {
        let figures = |cents, impressions, clicks| Figures { spend: Decimal::new(cents, 2), impressions, clicks };
        let day = Day {
            date: "2026-11-19".parse().unwrap(),
            rows: 3,
            sum: figures(10_000, 900, 9),
            total: figures(11_250, 1_000, 10),
            is_comparable: true,
            minor_units: 100,
            compared_with: None,
            status: None,
        };
        let message = told("adset_insights", &day, 2);
        for part in
            ["2026-11-19", "12.5 in spend", "100 in impressions", "1 in clicks", "2 such days", "adsync reconcile"]
        {
            assert!(message.contains(part), "{part} is not in: {message}");
        }
        assert!(message.contains("does not list"), "{message}");
        let more = Day { sum: figures(12_000, 900, 9), ..day };
        assert!(told("adset_insights", &more, 1).contains("the rows hold what"), "{more:?}");
    }
}
