//! Meta's own totals against ours: what `sync_coverage` says of each day's agreement.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use sqlx::Row;

use crate::rows::report::Days;

use super::db::Db;
use super::error::Error;

/// A day whose rows and Meta's total disagree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The day.
    pub date: NaiveDate,
    /// Meta's total less the sum of the rows, major units.
    pub spend: Decimal,
    /// The same for impressions.
    pub impressions: i64,
    /// The same for clicks.
    pub clicks: i64,
}

/// Compares a report's days with the totals in `account_insights`, notes the outcome, and returns the days that differ
/// although nothing moves them. `today` and later still move.
pub async fn compare(
    db: &Db,
    account_id: &str,
    report: &str,
    days: Days,
    today: NaiveDate,
) -> Result<Vec<Difference>, Error> {
    let mut tx = db.begin().await?;
    let rows = db
        .template(include_str!("totals_compare.sql"))
        .bind(account_id.to_owned())
        .bind(report.to_owned())
        .bind(days.since)
        .bind(days.until)
        .bind(today)
        .fetch_all(&mut *tx)
        .await?;
    tx.commit().await?;
    let difference = |row: &sqlx::postgres::PgRow| -> Result<Difference, Error> {
        Ok(Difference {
            date: row.try_get(0)?,
            spend: row.try_get(1)?,
            impressions: row.try_get(2)?,
            clicks: row.try_get(3)?,
        })
    };
    rows.iter().map(difference).collect()
}

/// Notes that a report's rows do not sum to the account's total, so that nobody takes silence for agreement. A week or
/// month that still runs moves.
pub async fn not_additive(db: &Db, account_id: &str, report: &str, days: Days) -> Result<(), Error> {
    let mut tx = db.begin().await?;
    db.template(
        "update {sync_coverage} set status = 'not_additive'
         where account_id = $1 and report = $2 and date between $3 and $4
         and status is distinct from 'not_additive' and status is distinct from 'moving'",
    )
    .bind(account_id.to_owned())
    .bind(report.to_owned())
    .bind(days.since)
    .bind(days.until)
    .execute(&mut *tx)
    .await?;
    Ok(tx.commit().await?)
}
