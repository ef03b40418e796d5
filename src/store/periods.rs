//! Weeks, months and windows: their coverage, and the windows that a newer one takes the place of.

use chrono::NaiveDate;
use sqlx::Row;
use uuid::Uuid;

use crate::rows::report::{Days, Increment};

use super::changes::{self, Changes};
use super::coverage::ReadToEnd;
use super::db::{Db, Tx};
use super::error::Error;
use super::transact::Alone;

/// The first days of periods that were read while they still ran, or not to their end, and have not been read since.
pub async fn open(db: &Db, account_id: &str, report: &str, before: NaiveDate) -> Result<Vec<NaiveDate>, Error> {
    let rows = db
        .template(
            "select date from {sync_coverage} where account_id = $1 and report = $2 and date < $3 and not complete",
        )
        .bind(account_id.to_owned())
        .bind(report.to_owned())
        .bind(before)
        .all(db)
        .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Writes the coverage of a slice's periods. Returns those whose sums are others than before.
pub(super) async fn cover(db: &Db, tx: &mut Tx, end: &ReadToEnd<'_>) -> Result<Changes, Error> {
    let table = db.names.qualified(&end.insights.table.name);
    let sql = db.names.fill(include_str!("coverage_periods.sql")).replace(":rows", &table);
    let (since, until): (Vec<NaiveDate>, Vec<NaiveDate>) =
        end.insights.report.increment.periods(end.days).iter().map(|period| (period.since, period.until)).unzip();
    let (dates, readings): (Vec<NaiveDate>, Vec<String>) = end.readings.iter().cloned().unzip();
    let changed = db
        .query(sql)
        .bind(end.account_id.to_owned())
        .bind(end.insights.report.name.clone())
        .bind(since)
        .bind(until)
        .bind(end.complete)
        .bind(end.run_id)
        .bind(end.request_hash.to_owned())
        .bind(end.today)
        .bind(dates)
        .bind(readings)
        .fetch_all(&mut **tx)
        .await?;
    changes::of_rows(&end.insights.report.name, &changed)
}

/// Notes who asks for a window, before it is read: then a newer one of the same asker finds it whatever became of it.
pub async fn note_asked(
    db: &Db,
    account_id: &str,
    report: &str,
    window: Days,
    asked_by: &str,
    run_id: Uuid,
) -> Result<(), Error> {
    db.template(
        "insert into {sync_windows} (account_id, report, asked_by, date, date_stop, run_id, asked_at)
         values ($1, $2, $3, $4, $5, $6, clock_timestamp())
         on conflict (account_id, report, asked_by, date, date_stop) do update
         set run_id = excluded.run_id, asked_at = excluded.asked_at",
    )
    .bind(account_id.to_owned())
    .bind(report.to_owned())
    .bind(asked_by.to_owned())
    .bind(window.since)
    .bind(window.until)
    .bind(run_id)
    .run(db)
    .await
}

/// Whether a run was asked for a window.
pub async fn is_asked_by(db: &Db, account_id: &str, report: &str, window: Days, run_id: Uuid) -> Result<bool, Error> {
    let row = db
        .template(
            "select exists (select from {sync_windows}
             where account_id = $1 and report = $2 and date = $3 and date_stop = $4 and run_id = $5)",
        )
        .bind(account_id.to_owned())
        .bind(report.to_owned())
        .bind(window.since)
        .bind(window.until)
        .bind(run_id)
        .one(db)
        .await?;
    Ok(row.try_get(0)?)
}

/// Removes the windows that the one which was read takes the place of: those that the same asker asked for before, unless
/// somebody else asked for them, too. Returns how many rows went.
pub(super) async fn supersede(db: &Db, tx: &mut Tx, end: &ReadToEnd<'_>) -> Result<u64, Error> {
    if end.insights.report.increment != Increment::AllDays {
        return Ok(0);
    }
    let (account_id, report) = (end.account_id, &end.insights.report.name);
    let gone = db
        .template(
            "delete from {sync_windows} w using {sync_windows} n
             where n.account_id = $1 and n.report = $2 and n.date = $3 and n.date_stop = $4 and n.run_id = $5
               and w.account_id = $1 and w.report = $2 and w.asked_by = n.asked_by and w.date_stop <= $4
               and (w.date, w.date_stop) <> ($3, $4)
             returning w.date, w.date_stop",
        )
        .bind(account_id.to_owned())
        .bind(report.clone())
        .bind(end.days.since)
        .bind(end.days.until)
        .bind(end.run_id)
        .fetch_all(&mut **tx)
        .await?;
    let gone: Vec<(NaiveDate, NaiveDate)> =
        gone.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<Result<_, Error>>()?;
    if gone.is_empty() {
        return Ok(0);
    }
    let (since, until): (Vec<NaiveDate>, Vec<NaiveDate>) = gone.into_iter().unzip();
    let (table, windows) = (db.names.qualified(&end.insights.table.name), db.names.qualified("sync_windows"));
    let removed = db
        .query(format!(
            "delete from {table} r using unnest($3::date[], $4::date[]) as g(since, until)
             where r.account_id = $1 and r.date = g.since and r.date_stop = g.until
               and not exists (select from {windows} w where w.account_id = $1 and w.report = $2
                                 and w.date = g.since and w.date_stop = g.until)"
        ))
        .bind(account_id.to_owned())
        .bind(report.clone())
        .bind(since.clone())
        .bind(until)
        .execute(&mut **tx)
        .await?;
    // A first day that no window is left of has no coverage any more.
    let coverage = db.names.qualified("sync_coverage");
    db.query(format!(
        "delete from {coverage} c where account_id = $1 and report = $2 and date = any($3) and date <> $4
         and not exists (select from {table} r where r.account_id = $1 and r.date = c.date)
         and not exists (select from {windows} w where w.account_id = $1 and w.report = $2 and w.date = c.date)"
    ))
    .bind(account_id.to_owned())
    .bind(report.clone())
    .bind(since)
    .bind(end.days.since)
    .execute(&mut **tx)
    .await?;
    Ok(removed.rows_affected())
}
