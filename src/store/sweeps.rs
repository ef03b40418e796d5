//! The table `sync_sweeps`: how far the monthly look at all that was ever read is.

use chrono::NaiveDate;
use sqlx::Row;

use crate::rows::report::Days;

use super::db::Db;
use super::error::Error;
use super::transact::Alone;

/// How far the sweep of an account's report is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sweep {
    /// First day of the month whose sweep was begun.
    pub month: NaiveDate,
    /// Days, or first days of longer periods, that moved and are yet to be read again.
    pub pending: Vec<NaiveDate>,
}

/// How far the last sweep of an account's report is.
pub async fn find(db: &Db, account_id: &str, report: &str) -> Result<Option<Sweep>, Error> {
    let row = db
        .template("select month, pending from {sync_sweeps} where account_id = $1 and report = $2")
        .bind(account_id.to_owned())
        .bind(report.to_owned())
        .first(db)
        .await?;
    row.map(|row| Ok(Sweep { month: row.try_get(0)?, pending: row.try_get(1)? })).transpose()
}

/// Notes how far it is.
pub async fn note(db: &Db, account_id: &str, report: &str, sweep: &Sweep) -> Result<(), Error> {
    db.template(
        "insert into {sync_sweeps} (account_id, report, month, pending, looked_at) values ($1, $2, $3, $4, now())
         on conflict (account_id, report) do update
         set month = excluded.month, pending = excluded.pending, looked_at = now()",
    )
    .bind(account_id.to_owned())
    .bind(report.to_owned())
    .bind(sweep.month)
    .bind(sweep.pending.clone())
    .run(db)
    .await
}

/// From the first to the last complete day of a report within a range, longer periods told by their first days: what was
/// never read is not looked at.
pub async fn covered(db: &Db, account_id: &str, report: &str, days: Days) -> Result<Option<Days>, Error> {
    let row = db
        .template(
            "select min(date), max(date) from {sync_coverage}
             where account_id = $1 and report = $2 and date between $3 and $4 and complete",
        )
        .bind(account_id.to_owned())
        .bind(report.to_owned())
        .bind(days.since)
        .bind(days.until)
        .one(db)
        .await?;
    let (since, until): (Option<NaiveDate>, Option<NaiveDate>) = (row.try_get(0)?, row.try_get(1)?);
    Ok(since.zip(until).map(|(since, until)| Days { since, until }))
}
