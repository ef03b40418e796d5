//! The step that compares the rows with Meta's own totals.

use std::sync::Arc;

use chrono::NaiveDate;

use crate::rows::report::{Days, Increment};
use crate::store::totals;

use super::account::AccountRun;
use super::report::{AccountReport, Failure, Warning};
use super::step::{Done, Step};

impl AccountRun<'_> {
    /// Asks for Meta's own totals and notes where the rows do not agree.
    pub(super) async fn reconcile(
        &self,
        step: &mut Step,
        window: Days,
        today: NaiveDate,
        report: &mut AccountReport,
    ) -> Result<Done, Failure> {
        // The days that were read for the metric columns are compared, too, where they adjoin.
        let metrics = self.engine.settings.adset_metrics.days(today);
        let adjoins = metrics.since <= window.since && window.since <= metrics.until + chrono::Days::new(1);
        let window = if adjoins { Days { since: metrics.since, ..window } } else { window };
        if window.is_empty() {
            return Ok(Done::Skipped("the window has no day".to_owned()));
        }
        let reading = self.reading(step.session.clone(), &self.engine.tables.totals, String::new(), today, false);
        let end = reading.slice(window, Arc::default()).await;
        // Control rows are none of the run's rows.
        step.tally.warnings.merge(end.tally.warnings);
        end.result?;
        let (db, account_id) = (&self.engine.db, self.account.digits());
        for filled in self.reports {
            let definition = &filled.layout.report;
            if definition.increment != Increment::Daily || !definition.breakdowns.is_empty() {
                totals::not_additive(db, account_id, &definition.name, window).await?;
                continue;
            }
            let differing = totals::compare(db, account_id, &definition.name, window, today).await?;
            let Some(first) = differing.first() else { continue };
            let days = u64::try_from(differing.len()).unwrap_or(u64::MAX);
            let message = format!(
                "on {} Meta's total differs from the rows of {} by {} in spend, {} in impressions, {} in clicks; {days} such days",
                first.date, filled.layout.table.name, first.spend, first.impressions, first.clicks,
            );
            report.warnings.push(Warning {
                code: "drift",
                account_id: account_id.to_owned(),
                step: "reconcile".to_owned(),
                message,
                count: days,
            });
        }
        Ok(Done::All)
    }
}
