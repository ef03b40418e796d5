//! What the status page shows of the accounts, in one question.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::Row;

use super::db::Db;
use super::error::Error;
use super::transact::{Alone, latest};

/// One account at a glance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glance {
    /// Its digits.
    pub account_id: String,
    /// Its name in Ads Manager, once it was read.
    pub name: Option<String>,
    /// Its currency's code.
    pub currency: Option<String>,
    /// How its part of the last run ended, or `running`.
    pub last_status: Option<String>,
    /// When a day of its today or yesterday was last read to its end.
    pub fresh_as_of: Option<DateTime<Utc>>,
    /// What was spent on its own today.
    pub spend_today: Option<Decimal>,
    /// Days of its reports that differ from Meta's totals for no known reason.
    pub drift_days: i64,
    /// Days of its reports that agree, deleted objects aside.
    pub agreeing_days: i64,
}

/// Accounts at a glance, in the order given, each with its own today. `report` is the one whose sums count as spend.
pub async fn accounts(db: &Db, accounts: &[(String, NaiveDate)], report: Option<&str>) -> Result<Vec<Glance>, Error> {
    let (ids, days): (Vec<String>, Vec<NaiveDate>) = accounts.iter().cloned().unzip();
    let rows = db
        .template(include_str!("overview_accounts.sql"))
        .bind(ids)
        .bind(days)
        .bind(report.map(str::to_owned))
        .all(db)
        .await?;
    let glance = |row: &sqlx::postgres::PgRow| -> Result<Glance, Error> {
        Ok(Glance {
            account_id: row.try_get("account_id")?,
            name: row.try_get("name")?,
            currency: row.try_get("currency")?,
            last_status: row.try_get("last_status")?,
            fresh_as_of: row.try_get("fresh_as_of")?,
            spend_today: row.try_get("spend_today")?,
            drift_days: row.try_get("drift_days")?,
            agreeing_days: row.try_get("agreeing_days")?,
        })
    };
    rows.iter().map(glance).collect()
}

/// All accounts as a JSON array of objects named like the columns, without what is kept of them as a whole.
pub async fn accounts_json(db: &Db) -> Result<String, Error> {
    let sql = "select coalesce(jsonb_agg(to_jsonb(a) - 'raw' order by a.account_id), '[]')::text from {ad_accounts} a";
    db.transact(latest, |mut tx| async {
        tx.tell_utc().await?;
        let row = db.template(sql).fetch_one(&mut *tx).await?;
        Ok((tx, row.try_get(0)?))
    })
    .await
}

/// Days of reports as a JSON array of objects named like the columns, newest first; at most ten thousand.
pub async fn coverage_json(
    db: &Db,
    account_id: Option<&str>,
    report: Option<&str>,
    since: NaiveDate,
    until: NaiveDate,
) -> Result<String, Error> {
    db.transact(latest, |mut tx| async {
        tx.tell_utc().await?;
        let row = db
            .template(
                "select coalesce(json_agg(c), '[]')::text from
             (select * from {sync_coverage}
              where ($1::text is null or account_id = $1) and ($2::text is null or report = $2)
                and date between $3 and $4
              order by date desc, account_id, report limit 10000) c",
            )
            .bind(account_id.map(str::to_owned))
            .bind(report.map(str::to_owned))
            .bind(since)
            .bind(until)
            .fetch_one(&mut *tx)
            .await?;
        Ok((tx, row.try_get(0)?))
    })
    .await
}
