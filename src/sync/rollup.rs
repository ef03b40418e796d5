//! The step that sums the metric columns of `adsets`, `campaigns` and `ads`, once all of them that have figures have a row.

use chrono::NaiveDate;

use crate::rows::insights::Insights;
use crate::rows::report::{Days, Level};
use crate::store::rollup;

use super::account::AccountRun;
use super::named::Complete;
use super::report::{AccountReport, Failure};
use super::step::{Done, Step};
use super::tables::Filled;

/// Why the step did nothing, or not all.
const NOT_COVERED: &str = "not every day of the metrics window is covered";

impl AccountRun<'_> {
    /// Sums the metric columns where every day of their window is covered, and finds the parents of the rows.
    pub(super) async fn roll_up(
        &self,
        step: &mut Step,
        window: Days,
        today: NaiveDate,
        report: &AccountReport,
    ) -> Result<Done, Failure> {
        let days = self.engine.settings.adset_metrics.days(today);
        let span = Days { since: window.since.min(days.since), until: window.until.max(days.until) };
        let done = self.sum_metrics(today).await?;
        if !self.find_parents(step, span, report, &self.named).await? {
            return Ok(done);
        }
        // What has a row only now has no sums yet.
        self.sum_metrics(today).await
    }

    /// Sums the metric columns, where every day of their window is covered. Where that shows that all that its rows name has a
    /// row of its own, that is noted.
    pub(super) async fn sum_metrics(&self, today: NaiveDate) -> Result<Done, Failure> {
        let db = &self.engine.db;
        let tables = &self.engine.tables;
        let days = self.engine.settings.adset_metrics.days(today);
        let Some(filled) = tables.rolled_up() else {
            let reason = "no daily report of level adset or ad without breakdowns is configured";
            return Ok(Done::Skipped(reason.to_owned()));
        };
        if days.is_empty() || !self.is_covered(filled, days).await? {
            return Ok(Done::Skipped(NOT_COVERED.to_owned()));
        }
        let lacking = self.sum_into(&["adsets", "campaigns"], filled, days).await?;
        let report = &filled.layout.report;
        // Rows of ads name a further object.
        if !lacking.contains(&true) && report.level == Level::Adset {
            self.named.complete([Complete { report: report.name.clone(), days }]);
        }
        let account_id = self.account.digits();
        let moved = rollup::note_window(db, account_id, days).await?;
        let (Some(_), Some(filled)) = (&tables.ads, tables.rolled_up_to_ads()) else {
            return Ok(Done::All);
        };
        if self.is_covered(filled, days).await? {
            self.sum_into(&["ads"], filled, days).await?;
        } else if moved {
            // The sums of an older window would now stand under the name of this one.
            rollup::clear(db, "ads", account_id).await?;
        }
        Ok(Done::All)
    }

    async fn is_covered(&self, filled: &Filled<Insights>, days: Days) -> Result<bool, Failure> {
        let hash = self.request_hash(filled, days);
        let (account_id, report) = (self.account.digits(), &filled.layout.report.name);
        Ok(rollup::is_covered(&self.engine.db, account_id, report, &hash, days).await?)
    }

    async fn sum_into(&self, tables: &[&str], filled: &Filled<Insights>, days: Days) -> Result<Vec<bool>, Failure> {
        let (db, types) = (&self.engine.db, &self.engine.tables.types);
        let refused = self.refused_fields(&filled.layout);
        let sums = rollup::Sums { report_table: &filled.layout.table.name, tables, refused: &refused };
        Ok(rollup::write(db, types, sums, self.account.digits(), days).await?)
    }
}
