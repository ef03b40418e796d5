//! The step that sums the metric columns of `adsets` and `campaigns`, once every one of them that has figures has a row.

use chrono::NaiveDate;

use crate::rows::report::Days;
use crate::store::rollup;

use super::account::AccountRun;
use super::report::{AccountReport, Failure};
use super::slice::request_hash;
use super::step::{Done, Step};

impl AccountRun<'_> {
    /// Finds the parents of the rows, and sums the metric columns where every day of their window is covered.
    pub(super) async fn roll_up(
        &self,
        step: &mut Step,
        window: Days,
        today: NaiveDate,
        report: &AccountReport,
    ) -> Result<Done, Failure> {
        let days = self.engine.settings.adset_metrics.days(today);
        let span = Days { since: window.since.min(days.since), until: window.until.max(days.until) };
        self.find_parents(step, span, report).await?;
        self.sum_metrics(today).await
    }

    /// Sums the metric columns, where every day of their window is covered.
    pub(super) async fn sum_metrics(&self, today: NaiveDate) -> Result<Done, Failure> {
        let (db, types) = (&self.engine.db, &self.engine.tables.types);
        let Some(filled) = self.engine.tables.rolled_up() else {
            return Ok(Done::Skipped("no daily report of level adset without breakdowns is configured".to_owned()));
        };
        let (report, account_id) = (&filled.layout.report, self.account.digits());
        let days = self.engine.settings.adset_metrics.days(today);
        let hash = request_hash(&filled.layout, &self.engine.conversions(&self.account));
        if days.is_empty() || !rollup::is_covered(db, account_id, &report.name, &hash, days).await? {
            return Ok(Done::Skipped("not every day of the metrics window is covered".to_owned()));
        }
        let table = &filled.layout.table.name;
        for (entity, id_column) in [("adsets", "adset_id"), ("campaigns", "campaign_id")] {
            db.retrying(|| rollup::write(db, types, entity, table, id_column, account_id, days)).await?;
        }
        db.retrying(|| rollup::note_window(db, account_id, days)).await?;
        Ok(Done::All)
    }
}
