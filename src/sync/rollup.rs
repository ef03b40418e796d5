//! The step that sums the metric columns of `adsets` and `campaigns`.

use chrono::NaiveDate;

use crate::store::rollup;

use super::account::AccountRun;
use super::report::Failure;
use super::slice::request_hash;
use super::step::Done;

impl AccountRun<'_> {
    /// Sums the metric columns, where every day of their window is covered.
    pub(super) async fn roll_up(&self, today: NaiveDate) -> Result<Done, Failure> {
        let (db, types) = (&self.engine.db, &self.engine.tables.types);
        let Some(filled) = self.engine.tables.rolled_up() else {
            return Ok(Done::Skipped("no daily report of level adset without breakdowns is configured".to_owned()));
        };
        let (report, account_id) = (&filled.layout.report, self.account.digits());
        let hash = request_hash(&filled.layout, &self.engine.conversions(&self.account));
        let days = self.engine.settings.adset_metrics.days(today);
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
