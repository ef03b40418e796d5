//! The table `sync_budgets`: Meta's call budgets, so that a restarted process does not run into the same wall.

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use sqlx::Row;

use super::db::{Db, Tx};
use super::error::Error;
use super::transact::{Alone, latest};

/// One of Meta's call budgets as it was last seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Budget {
    /// The name under `[tokens]`; empty for the token from `META_ACCESS_TOKEN`.
    pub token: String,
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
    db.template(include_str!("budgets_save.sql"))
        .bind(column(|budget| budget.account_id.clone()))
        .bind(column(|budget| budget.use_case.clone()))
        .bind(budgets.iter().map(|budget| budget.usage_pct).collect::<Vec<_>>())
        .bind(budgets.iter().map(|budget| budget.blocked_until).collect::<Vec<_>>())
        .bind(now)
        .bind(column(|budget| budget.token.clone()))
        .run(db)
        .await
}

/// The budgets that were seen within the last hour or are blocked: what is older has refilled.
pub async fn load(db: &Db, now: DateTime<Utc>) -> Result<Vec<Budget>, Error> {
    db.transact(latest, |mut tx| async {
        let budgets = load_in(db, &mut tx, now).await?;
        Ok((tx, budgets))
    })
    .await
}

/// The same inside a transaction that asks for more.
pub(super) async fn load_in(db: &Db, tx: &mut Tx, now: DateTime<Utc>) -> Result<Vec<Budget>, Error> {
    let rows = db
        .template(
            "select token, account_id, use_case, coalesce(usage_pct, 0), blocked_until from {sync_budgets}
             where blocked_until > $1 or seen_at > $2",
        )
        .bind(now)
        .bind(now - TimeDelta::hours(1))
        .fetch_all(&mut **tx)
        .await?;
    let budget = |row: &sqlx::postgres::PgRow| -> Result<Budget, Error> {
        Ok(Budget {
            token: row.try_get(0)?,
            account_id: row.try_get(1)?,
            use_case: row.try_get(2)?,
            usage_pct: row.try_get(3)?,
            blocked_until: row.try_get(4)?,
        })
    };
    rows.iter().map(budget).collect()
}
