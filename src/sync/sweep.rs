//! The monthly sweep: Meta's totals of everything that was ever read, a few calls, and the days that moved read again.
//!
//! Insights freeze after 28 days, and yet old days change now and then: refunds, objects removed for fraud. Once a calendar
//! month, in a run of the schedule that looks back furthest, all covered days before its window are compared.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};

use crate::rows::figures::Figures;
use crate::rows::insights::Insights;
use crate::rows::report::{Days, Increment};
use crate::store::sweeps::{self, Sweep};

use super::account::AccountRun;
use super::agreement::{Compared, Totals};
use super::plan::contiguous;
use super::report::{AccountReport, Failure};
use super::retention;
use super::step::Step;
use super::tables::Filled;

/// Days of one question about totals: they fit a page.
const DAYS_AT_ONCE: u64 = 370;
/// Days that one run reads again; the next one goes on.
const MOST_DAYS: usize = 31;

impl AccountRun<'_> {
    /// Does what is due of the sweep. Returns the days of each report that drift.
    pub(super) async fn sweep(
        &self,
        step: &mut Step,
        window: Days,
        today: NaiveDate,
        report: &AccountReport,
    ) -> Result<Vec<(&Filled<Insights>, Compared)>, Failure> {
        let (db, account_id) = (&self.engine.db, self.account.digits());
        let month = today.with_day(1).unwrap_or(today);
        let Sweep { month, mut pending } = match sweeps::find(db, account_id).await? {
            Some(sweep) if !sweep.pending.is_empty() => sweep,
            Some(sweep) if sweep.month >= month => return Ok(Vec::new()),
            _ => {
                let begun = Sweep { month, pending: self.moved(step, window, today).await? };
                sweeps::note(db, account_id, &begun).await?;
                begun
            }
        };
        let rest = pending.split_off(pending.len().min(MOST_DAYS));
        if pending.is_empty() {
            return Ok(Vec::new());
        }
        tracing::info!(account_id, days = pending.len(), later = rest.len(), "old days moved and are read again");
        let drifting = self.sweep_days(step, &pending.into_iter().collect(), today, report).await?;
        sweeps::note(db, account_id, &Sweep { month, pending: rest }).await?;
        Ok(drifting)
    }

    /// The covered days before the window that moved since they were compared, newest first.
    async fn moved(&self, step: &Step, window: Days, today: NaiveDate) -> Result<Vec<NaiveDate>, Failure> {
        let daily = || self.reports.iter().filter(|filled| filled.layout.report.increment == Increment::Daily);
        let names: Vec<String> = daily().map(|filled| filled.layout.report.name.clone()).collect();
        let since = retention::totals_since(today) + chrono::Days::new(1);
        let before = Days { since, until: window.since - chrono::Days::new(1) };
        let covered = sweeps::covered(&self.engine.db, self.account.digits(), &names, before).await?;
        let Some(covered) = covered else { return Ok(Vec::new()) };
        let mut totals = Totals::new();
        let mut rest = covered;
        while !rest.is_empty() {
            let until = rest.until.min(rest.since + chrono::Days::new(DAYS_AT_ONCE - 1));
            totals.extend(self.thin_totals(step, Days { until, ..rest }, None).await?);
            rest.since = until + chrono::Days::new(1);
        }
        let mut moved = BTreeSet::new();
        for filled in daily() {
            let adds_up = filled.layout.report.adds_up();
            for day in self.days_of(filled, covered).await? {
                // Whether a day moved whose total cannot be read, nobody can tell.
                let Some(total) = totals.get(&day.date).copied().unwrap_or(Some(Figures::default())) else { continue };
                let is_same = if adds_up {
                    let is_judged = day.compared_with == Some(total)
                        && matches!(day.status.as_deref(), Some("drift" | "explained"));
                    is_judged || day.sum.agrees_with(total, day.slack())
                } else {
                    day.total == total
                };
                if !is_same {
                    moved.insert(day.date);
                }
            }
        }
        Ok(moved.into_iter().rev().collect())
    }

    async fn sweep_days(
        &self,
        step: &mut Step,
        dates: &BTreeSet<NaiveDate>,
        today: NaiveDate,
        report: &AccountReport,
    ) -> Result<Vec<(&Filled<Insights>, Compared)>, Failure> {
        for range in contiguous(dates) {
            self.read_totals(step, range, today).await?;
        }
        for filled in self.reports {
            self.read_periods_of(step, filled, dates, today).await?;
        }
        let mut drifting = Vec::new();
        for filled in self.reports.iter().filter(|filled| filled.layout.report.increment == Increment::Daily) {
            let definition = &filled.layout.report;
            let mut found = Compared::default();
            for range in contiguous(dates) {
                // Of what Meta keeps no longer it would answer nothing, and no error.
                if range.since <= retention::rows_since(definition, today) {
                    continue;
                }
                if definition.adds_up() {
                    let Compared { drifting, unreadable } = self.settle(step, filled, range, today, report).await?;
                    found.drifting.extend(drifting);
                    found.unreadable.extend(unreadable);
                } else {
                    let days = self.days_of(filled, range).await?;
                    self.read_again(step, filled, &days, today).await?;
                }
            }
            drifting.push((filled, found));
        }
        Ok(drifting)
    }
}
