//! Weeks and months against the sum of Meta's totals of their days: they carry no status of their own, but what they lack
//! is asked for like a day's.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::rows::insights::Insights;
use crate::rows::report::{Days, Increment};
use crate::store::coverage;
use crate::store::totals::{self, Day, Verdict};

use super::account::AccountRun;
use super::judgement::is_explained;
use super::ladder::Ladder;
use super::plan;
use super::report::{AccountReport, Failure};
use super::retention;
use super::run::Work;
use super::step::Step;
use super::tables::Filled;

impl AccountRun<'_> {
    /// The days whose totals are needed: a window's, and those of the weeks and months that it touches.
    pub(super) fn totals_window(&self, window: Days, today: NaiveDate) -> Days {
        let longer = self.reports.iter().map(|filled| &filled.layout.report).filter(|report| report.sums_days());
        let firsts = longer.filter_map(|report| Some(plan::periods(report.increment, window, today).first()?.since));
        let since = firsts.chain([window.since]).min().unwrap_or(window.since);
        Days { since: since.max(retention::totals_since(today)).min(window.since), ..window }
    }

    /// Compares the weeks or months that have ended, and reads those that lack something again, all the way down the
    /// ladder. Returns those that still lack something for no good reason.
    pub(super) async fn settle_periods(
        &self,
        step: &mut Step,
        filled: &Filled<Insights>,
        window: Days,
        today: NaiveDate,
        report: &AccountReport,
    ) -> Result<Vec<Day>, Failure> {
        let mut ended = plan::periods(filled.layout.report.increment, window, today);
        ended.retain(|period| period.until < today);
        // What was judged stays so while neither its rows nor Meta's totals change.
        let is_open = |day: &Day| self.work == Work::Reconcile || day.compared_with != Some(day.total);
        let short = self.periods_of(filled, &ended).await?.into_iter();
        let short: Vec<Day> = short.filter(|day| day.falls_short() && is_open(day)).collect();
        let Some(rows) = short.iter().map(|day| day.rows).max() else { return Ok(Vec::new()) };
        let is_short = |period: &Days| short.iter().any(|day| day.date == period.since);
        ended.retain(is_short);
        let ladder = Ladder {
            totals: short.iter().map(|day| (day.date, day.total)).collect(),
            minor_units: short.first().map_or(100, |day| day.minor_units),
            ..self.ladder().await?
        };
        let inserted = step.tally.counts.inserted;
        self.read_periods(step, filled, &ended, rows, ladder, today).await?;
        if step.tally.counts.inserted > inserted {
            self.find_parents(step, window, report).await?;
        }
        let again = self.periods_of(filled, &ended).await?;
        ended.retain(|period| again.iter().any(|day| day.date == period.since && day.falls_short()));
        let mut undeleted = self.undeleted(step, filled, &ended).await?;
        let (mut verdicts, mut lacking) = (Vec::new(), Vec::new());
        for day in again {
            let status = Some("not_additive");
            let mut verdict = Verdict { date: day.date, status, total: Some(day.total), unlisted_spend: None };
            if day.falls_short() {
                if undeleted.remove(&day.date).is_some_and(|undeleted| is_explained(&day, undeleted)) {
                    verdict.unlisted_spend = Some(day.total.less(day.sum).spend);
                } else {
                    lacking.push(day);
                }
            }
            verdicts.push(verdict);
        }
        self.note(filled, &verdicts).await?;
        Ok(lacking)
    }

    /// Reads the weeks or months again that hold some days and were read before.
    pub(super) async fn read_periods_of(
        &self,
        step: &mut Step,
        filled: &Filled<Insights>,
        dates: &BTreeSet<NaiveDate>,
        today: NaiveDate,
    ) -> Result<(), Failure> {
        let report = &filled.layout.report;
        if !matches!(report.increment, Increment::Weekly | Increment::Monthly) {
            return Ok(());
        }
        let kept_since = retention::rows_since(report, today);
        let of = |date: &NaiveDate| report.increment.periods(Days { since: *date, until: *date });
        let mut periods: Vec<Days> = dates.iter().flat_map(of).filter(|period| period.since > kept_since).collect();
        periods.dedup();
        let (Some(first), Some(last)) = (periods.first(), periods.last()) else { return Ok(()) };
        let span = Days { since: first.since, until: last.until };
        let read = coverage::complete(&self.engine.db, self.account.digits(), &report.name, span).await?;
        periods.retain(|period| read.iter().any(|day| day.date == period.since));
        let rows = read.iter().filter_map(|day| u64::try_from(day.rows).ok()).max().unwrap_or(0);
        let ladder = Ladder { asks_known: true, ..self.ladder().await? };
        self.read_periods(step, filled, &periods, rows, ladder, today).await
    }

    async fn periods_of(&self, filled: &Filled<Insights>, periods: &[Days]) -> Result<Vec<Day>, Failure> {
        let (db, report) = (&self.engine.db, &filled.layout.report.name);
        Ok(totals::periods(db, self.account.digits(), report, periods).await?)
    }
}
