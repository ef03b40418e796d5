//! Weeks, months and windows: their coverage, and the windows that a newer one takes the place of.

use chrono::NaiveDate;
use sqlx::Row;

use crate::rows::report::{Days, Increment};

use super::coverage::ReadToEnd;
use super::db::{Db, Tx};
use super::error::Error;

/// The first days of periods that were read while they still ran, or not to their end, and have not been read since.
pub async fn open(db: &Db, account_id: &str, report: &str, before: NaiveDate) -> Result<Vec<NaiveDate>, Error> {
    let mut tx = db.begin().await?;
    let rows = db
        .template(
            "select date from {sync_coverage} where account_id = $1 and report = $2 and date < $3 and not complete",
        )
        .bind(account_id.to_owned())
        .bind(report.to_owned())
        .bind(before)
        .fetch_all(&mut *tx)
        .await?;
    tx.commit().await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Writes the coverage of a slice's periods.
pub(super) async fn cover(db: &Db, tx: &mut Tx, end: &ReadToEnd<'_>) -> Result<(), Error> {
    let table = db.names.qualified(&end.insights.table.name);
    let sql = db.names.fill(include_str!("coverage_periods.sql")).replace(":rows", &table);
    let (since, until): (Vec<NaiveDate>, Vec<NaiveDate>) =
        end.insights.report.increment.periods(end.days).iter().map(|period| (period.since, period.until)).unzip();
    db.query(sql)
        .bind(end.account_id.to_owned())
        .bind(end.insights.report.name.clone())
        .bind(since)
        .bind(until)
        .bind(end.complete)
        .bind(end.run_id)
        .bind(end.request_hash.to_owned())
        .bind(end.today)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Removes the windows that a newer one takes the place of: those that ended before it and are as long, for it is the
/// same window rolled on, or begin on the same day, for it is the same window grown. Returns how many rows went.
pub(super) async fn supersede(db: &Db, tx: &mut Tx, end: &ReadToEnd<'_>) -> Result<u64, Error> {
    if end.insights.report.increment != Increment::AllDays {
        return Ok(0);
    }
    let (table, Days { since, until }) = (db.names.qualified(&end.insights.table.name), end.days);
    let removed = db
        .query(format!(
            "delete from {table} where account_id = $1 and date_stop < $3 and (date_stop - date = $3 - $2 or date = $2)"
        ))
        .bind(end.account_id.to_owned())
        .bind(since)
        .bind(until)
        .execute(&mut **tx)
        .await?;
    // A first day without any row left is the first day of no window any more.
    let coverage = db.names.qualified("sync_coverage");
    db.query(format!(
        "delete from {coverage} c where account_id = $1 and report = $2 and date < $3
         and not exists (select from {table} r where r.account_id = $1 and r.date = c.date)"
    ))
    .bind(end.account_id.to_owned())
    .bind(end.insights.report.name.clone())
    .bind(since)
    .execute(&mut **tx)
    .await?;
    Ok(removed.rows_affected())
}
