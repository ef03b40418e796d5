//! Old days and longer periods that are read again: what moved, and what was last read while Meta still restated it. One
//! that fails is told, and keeps no other waiting.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::rows::insights::Insights;
use crate::rows::report::{Days, Increment};
use crate::store::coverage;
use crate::store::totals::Day;

use super::account::AccountRun;
use super::agreement::Compared;
use super::judgement::verdict;
use super::missed::Missed;
use super::plan::{RESTATED_DAYS, contiguous, is_final};
use super::report::{AccountReport, Failure};
use super::step::Step;
use super::sweep::first_of;
use super::tables::Filled;

impl AccountRun<'_> {
    /// Reads again what was last read while Meta still restated it, and is read by nobody any more: whoever was away for
    /// weeks lacks what came late. The newest first, a month of days of a report in one run.
    pub(super) async fn read_early(
        &self,
        step: &mut Step,
        window: Days,
        today: NaiveDate,
        report: &AccountReport,
    ) -> Result<Vec<(&Filled<Insights>, Compared)>, Failure> {
        let mut told = Vec::new();
        for filled in self.reports.iter().filter(|filled| self.is_swept(filled)) {
            let early = self.early_days(filled, window, today).await?;
            let (now, later) = first_of(filled.layout.report.increment, &early);
            if now.is_empty() {
                continue;
            }
            let (account_id, report_name) = (self.account.digits(), &filled.layout.report.name);
            let (periods, later) = (now.len(), later.len());
            tracing::info!(account_id, report = report_name, periods, later, "old days were last read too early");
            told.push((filled, self.read_all(step, filled, &now, today, report).await?));
        }
        Ok(told)
    }

    /// The first days of what a report's sweep looks at and was last read while Meta still restated it, though it no longer
    /// does: the newest first.
    pub(super) async fn early_days(
        &self,
        filled: &Filled<Insights>,
        window: Days,
        today: NaiveDate,
    ) -> Result<Vec<NaiveDate>, Failure> {
        let swept = self.swept_days(filled, window, today).await?;
        let (Some(first), Some(last)) = (swept.first(), swept.last()) else { return Ok(Vec::new()) };
        let (db, span) = (&self.engine.db, Days { since: first.since, until: last.until });
        let complete = coverage::complete(db, self.account.digits(), &filled.layout.report.name, span).await?;
        // What is restated still may be read once more when it no longer is.
        let is_over = |period: &&Days| period.until + chrono::Days::new(RESTATED_DAYS) <= today;
        let over: BTreeMap<NaiveDate, NaiveDate> =
            swept.iter().filter(is_over).map(|period| (period.since, period.until)).collect();
        let is_early = |day: &&coverage::Day| {
            over.get(&day.date).is_some_and(|last| !is_final(day.fetched_at, self.zone(), *last))
        };
        let mut early: Vec<NaiveDate> = complete.iter().filter(is_early).map(|day| day.date).collect();
        early.sort_unstable_by(|one, other| other.cmp(one));
        Ok(early)
    }

    /// Reads days or longer periods that moved again, and compares them.
    pub(super) async fn read_moved(
        &self,
        step: &mut Step,
        filled: &Filled<Insights>,
        periods: &[Days],
        today: NaiveDate,
        report: &AccountReport,
    ) -> Result<Compared, Failure> {
        if !filled.layout.report.adds_up() {
            return self.read_all(step, filled, periods, today, report).await;
        }
        let compared = async {
            self.read_totals_of(step, periods, today).await?;
            self.settle(step, filled, periods, today, report).await
        };
        compared.await.or_else(|failure| all_missed(periods, failure))
    }

    /// Reads days or longer periods again whether they moved or not, and compares what adds up.
    async fn read_all(
        &self,
        step: &mut Step,
        filled: &Filled<Insights>,
        periods: &[Days],
        today: NaiveDate,
        report: &AccountReport,
    ) -> Result<Compared, Failure> {
        let compared = async {
            self.read_totals_of(step, periods, today).await?;
            let mut held = self.held(filled, periods, today).await?;
            let missed = self.read_again(step, filled, &held, today).await?;
            held.retain(|day| !missed.has(day));
            let read: Vec<Days> = held.iter().map(Day::days).collect();
            let mut compared = if filled.layout.report.adds_up() {
                self.settle(step, filled, &read, today, report).await?
            } else {
                self.note_totals(filled, &read, today).await?;
                Compared::default()
            };
            compared.missed.add(missed);
            Ok(compared)
        };
        compared.await.or_else(|failure| all_missed(periods, failure))
    }

    async fn read_totals_of(&self, step: &mut Step, periods: &[Days], today: NaiveDate) -> Result<(), Failure> {
        for range in contiguous(&periods.iter().flat_map(Days::iter).collect()) {
            self.read_totals(step, range, today).await?;
        }
        Ok(())
    }

    /// Notes beside rows that do not add up with which totals they were read: where these move, so did the rows.
    pub(super) async fn note_totals(
        &self,
        filled: &Filled<Insights>,
        periods: &[Days],
        today: NaiveDate,
    ) -> Result<(), Failure> {
        let (Some(first), Some(last)) = (periods.first(), periods.last()) else { return Ok(()) };
        let (db, span) = (&self.engine.db, Days { since: first.since, until: last.until });
        let complete = coverage::complete(db, self.account.digits(), &filled.layout.report.name, span).await?;
        // A backfill passes over what it has, and a comparison on demand reads nothing: then the totals of then still stand.
        let by_this_run = complete.iter().filter(|day| day.run_id == Some(self.opening.id));
        let read: BTreeSet<NaiveDate> = by_this_run.map(|day| day.date).collect();
        let held = self.held(filled, periods, today).await?;
        let noted = held.iter().filter(|day| read.contains(&day.date) || day.compared_with.is_none());
        // A longer period that still runs moves, also on its first day.
        let is_longer = filled.layout.report.increment != Increment::Daily;
        let status = |day: &Day| if is_longer && day.until >= today { "moving" } else { "not_additive" };
        self.note(filled, &noted.map(|day| verdict(day, Some(status(day)))).collect::<Vec<_>>()).await
    }
}

/// What came of days or longer periods that could not be read at all.
fn all_missed(periods: &[Days], failure: Failure) -> Result<Compared, Failure> {
    let mut missed = Missed::default();
    missed.miss(periods, failure)?;
    Ok(Compared { missed, ..Compared::default() })
}
