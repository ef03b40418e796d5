//! The tables `sync_budgets` and `sync_sizes`: what the client learned, so that a restarted process does not run into
//! the same wall.

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use sqlx::Row;

use super::db::Db;
use super::error::Error;

/// One of Meta's call budgets as it was last seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Budget {
    /// The account's digits; empty for the app's own.
    pub account_id: String,
    /// `ads_insights` or `ads_management`.
    pub use_case: String,
    /// How full it was, in percent.
    pub usage_pct: Decimal,
    /// Until when it is blocked, by the clock of the process that saw it.
    pub blocked_until: Option<DateTime<Utc>>,
}

/// Notes the budgets. One that is nearly empty and free is worth no row.
pub async fn save(db: &Db, budgets: &[Budget], now: DateTime<Utc>) -> Result<(), Error> {
    let column = |pick: fn(&Budget) -> String| budgets.iter().map(pick).collect::<Vec<_>>();
    let mut tx = db.begin().await?;
    db.template(include_str!("budgets_save.sql"))
        .bind(column(|budget| budget.account_id.clone()))
        .bind(column(|budget| budget.use_case.clone()))
        .bind(budgets.iter().map(|budget| budget.usage_pct).collect::<Vec<_>>())
        .bind(budgets.iter().map(|budget| budget.blocked_until).collect::<Vec<_>>())
        .bind(now)
        .execute(&mut *tx)
        .await?;
    Ok(tx.commit().await?)
}

/// The budgets that were seen within the last hour or are blocked: what is older has refilled.
pub async fn load(db: &Db, now: DateTime<Utc>) -> Result<Vec<Budget>, Error> {
    let mut tx = db.begin().await?;
    let rows = db
        .template(
            "select account_id, use_case, coalesce(usage_pct, 0), blocked_until from {sync_budgets}
             where blocked_until > $1 or seen_at > $2",
        )
        .bind(now)
        .bind(now - TimeDelta::hours(1))
        .fetch_all(&mut *tx)
        .await?;
    tx.commit().await?;
    let budget = |row: &sqlx::postgres::PgRow| -> Result<Budget, Error> {
        Ok(Budget {
            account_id: row.try_get(0)?,
            use_case: row.try_get(1)?,
            usage_pct: row.try_get(2)?,
            blocked_until: row.try_get(3)?,
        })
    };
    rows.iter().map(budget).collect()
}

/// Notes which page sizes work where the configured one does not: all that are known, and no others.
pub async fn save_sizes(db: &Db, sizes: &[(String, u32)], now: DateTime<Utc>) -> Result<(), Error> {
    let mut tx = db.begin().await?;
    db.template(include_str!("sizes_save.sql"))
        .bind(sizes.iter().map(|(question, _)| question.clone()).collect::<Vec<_>>())
        .bind(sizes.iter().map(|(_, size)| i32::try_from(*size).unwrap_or(i32::MAX)).collect::<Vec<_>>())
        .bind(now)
        .execute(&mut *tx)
        .await?;
    Ok(tx.commit().await?)
}

/// The page sizes that are known to work where the configured one does not.
pub async fn load_sizes(db: &Db) -> Result<Vec<(String, u32)>, Error> {
    let mut tx = db.begin().await?;
    let rows = db
        .template("select question, page_size from {sync_sizes} where page_size is not null")
        .fetch_all(&mut *tx)
        .await?;
    tx.commit().await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, u32::try_from(row.try_get::<i32, _>(1)?).unwrap_or(1)))).collect()
}
