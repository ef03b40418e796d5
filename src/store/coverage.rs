//! The table `sync_coverage`: which days of which report were read to their end, and whether they agree with Meta.

use std::collections::{BTreeSet, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::Row;
use uuid::Uuid;

use crate::rows::insights::Insights;
use crate::rows::keys::Keys;
use crate::rows::report::{Days, Increment};

use super::changes::{self, Changes};
use super::db::{Db, Tx};
use super::error::Error;
use super::leases::{self, Standing};
use super::lineage::Lineage;
use super::names::quote;
use super::periods;
use super::requests::{self, Request};
use super::transact::Alone;
use super::vanished::{self, Removed};

/// A slice that was read to its end.
#[derive(Debug)]
pub struct ReadToEnd<'a> {
    /// The report.
    pub insights: &'a Insights,
    /// The account's digits.
    pub account_id: &'a str,
    /// The slice's days: whole periods, also where the last still runs.
    pub days: Days,
    /// The account's today.
    pub today: NaiveDate,
    /// The history that the server went on with when the first of it was written.
    pub lineage: Option<&'a Lineage>,
    /// The keys that arrived, hashed.
    pub seen: &'a Keys,
    /// Objects whose rows stay although none arrived: nobody could be asked what became of them.
    pub kept: &'a HashSet<String>,
    /// The run that read it.
    pub run_id: Uuid,
    /// What was asked.
    pub request_hash: &'a str,
    /// The questions that were answered.
    pub requests: &'a [Request],
    /// Which of them each of its days or periods was read with, by its first day, as `sync_coverage.requests` has it.
    pub readings: &'a [(NaiveDate, String)],
    /// Whether rows arrived that could not be kept: then the days do not count as complete.
    pub complete: bool,
    /// Whether a day without a row has none. Where Meta may fall silent without an error, such a day keeps its rows.
    pub is_silence_believed: bool,
}

/// What is known of one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// The day.
    pub date: NaiveDate,
    /// The run that read it last.
    pub run_id: Option<Uuid>,
    /// What was asked.
    pub request_hash: String,
    /// Rows of that day.
    pub rows: i32,
    /// When it was read to its end, by the database's clock.
    pub fetched_at: DateTime<Utc>,
}

/// The days of a range that are complete.
pub async fn complete(db: &Db, account_id: &str, report: &str, days: Days) -> Result<Vec<Day>, Error> {
    let rows = db
        .template(
            "select date, run_id, request_hash, rows, fetched_at from {sync_coverage}
             where account_id = $1 and report = $2 and date between $3 and $4 and complete",
        )
        .bind(account_id.to_owned())
        .bind(report.to_owned())
        .bind(days.since)
        .bind(days.until)
        .all(db)
        .await?;
    let day = |row: &sqlx::postgres::PgRow| -> Result<Day, Error> {
        Ok(Day {
            date: row.try_get(0)?,
            run_id: row.try_get(1)?,
            request_hash: row.try_get(2)?,
            rows: row.try_get(3)?,
            fetched_at: row.try_get(4)?,
        })
    };
    rows.iter().map(day).collect()
}

/// The last transaction of a slice: removes the rows of its days that Meta did not report and writes the days' coverage.
/// Returns what it removed, and which days' sums it changed; nothing where another server took over since the slice began.
pub async fn finish(db: &Db, end: &ReadToEnd<'_>) -> Result<Option<Removed>, Error> {
    db.transact(most, |mut tx| async {
        let removed = finish_in(db, &mut tx, end).await?;
        Ok((tx, removed))
    })
    .await
}

async fn finish_in(db: &Db, tx: &mut Tx, end: &ReadToEnd<'_>) -> Result<Option<Removed>, Error> {
    if !goes_on(db, tx, end).await? {
        return Ok(None);
    }
    requests::keep(db, tx, end.requests).await?;
    let mut removed = Removed::default();
    if end.insights.report.increment == Increment::Daily {
        let (held, mut changes) = cover(db, tx, end).await?;
        // Every key that arrived stands in the table by now: as many rows as keys means the same rows.
        if end.complete && usize::try_from(held) != Ok(end.seen.len()) {
            removed = vanished::remove(db, tx, end).await?;
            if removed.rows > 0 {
                changes.add(cover(db, tx, end).await?.1);
            }
        }
        removed.changes = changes;
    } else {
        if end.complete {
            removed = vanished::remove(db, tx, end).await?;
            removed.rows += periods::supersede(db, tx, end).await?;
        }
        removed.changes = periods::cover(db, tx, end).await?;
    }
    Ok(Some(removed))
}

/// What two tries of the same came to.
fn most(one: Option<Removed>, other: Option<Removed>) -> Option<Removed> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.most(other)),
        // What was written by the first is known no more.
        (_, other) => other,
    }
}

/// Writes the coverage of a slice's days from the rows that are held. Returns how many these are, and what changed.
async fn cover(db: &Db, tx: &mut Tx, end: &ReadToEnd<'_>) -> Result<(i64, Changes), Error> {
    let table = db.names.qualified(&end.insights.table.name);
    let sql = db.names.fill(include_str!("coverage_write.sql")).replace(":rows", &table);
    let (dates, readings): (Vec<NaiveDate>, Vec<String>) = end.readings.iter().cloned().unzip();
    let days = db
        .query(sql)
        .bind(end.account_id.to_owned())
        .bind(end.insights.report.name.clone())
        .bind(end.days.since)
        .bind(end.days.until)
        .bind(end.complete)
        .bind(end.run_id)
        .bind(end.request_hash.to_owned())
        .bind(dates)
        .bind(readings)
        .fetch_all(&mut **tx)
        .await?;
    let mut held = 0;
    let mut changed = Vec::new();
    for day in days {
        held += i64::from(day.try_get::<i32, _>("rows")?);
        if day.try_get("has_changed")? {
            changed.push(day);
        }
    }
    Ok((held, changes::of_rows(&end.insights.report.name, &changed)?))
}

/// Removes the rows of a slice's days that Meta did not report, where no coverage is kept: Meta's own totals. Nothing is told
/// where another server took over since the slice began.
pub async fn remove_vanished(db: &Db, end: &ReadToEnd<'_>) -> Result<Option<Removed>, Error> {
    db.transact(most, |mut tx| async {
        let removed = match (goes_on(db, &mut tx, end).await?, end.complete) {
            (false, _) => None,
            (true, false) => Some(Removed::default()),
            (true, true) => Some(vanished::remove(db, &mut tx, end).await?),
        };
        Ok((tx, removed))
    })
    .await
}

/// Whether the server still has all that was written of a slice: one that took over meanwhile may not, and then its days stay
/// unread. Fails where the run lost the account to another one.
async fn goes_on(db: &Db, tx: &mut Tx, end: &ReadToEnd<'_>) -> Result<bool, Error> {
    match leases::standing(db, tx, end.run_id, end.account_id, end.lineage).await? {
        Standing::Held => Ok(true),
        Standing::Moved => Ok(false),
        Standing::Lost => Err(leases::lost()),
    }
}

/// Sums the rows of some days anew, for those who do not take our own book for the truth: rows may have been changed by other
/// hands. A day whose sums differ is no longer compared.
pub async fn recount(db: &Db, insights: &Insights, account_id: &str, days: Days) -> Result<(), Error> {
    let sql = db.names.fill(include_str!("coverage_recount.sql"));
    let sql = sql.replace(":rows", &db.names.qualified(&insights.table.name));
    db.query(sql)
        .bind(account_id.to_owned())
        .bind(insights.report.name.clone())
        .bind(days.since)
        .bind(days.until)
        .run(db)
        .await
}

/// Those of some periods, told by their first days, that the database does not know to be read since a run began.
pub async fn unread(
    db: &Db,
    account_id: &str,
    report: &str,
    since: &[NaiveDate],
    run_id: Uuid,
) -> Result<BTreeSet<NaiveDate>, Error> {
    let rows = db
        .template(
            "select p.since from unnest($3::date[]) as p(since) where not exists
               (select from {sync_coverage} c where c.account_id = $1 and c.report = $2 and c.date = p.since
                  and (c.run_id = $4 or c.fetched_at > (select r.started_at from {sync_runs} r where r.id = $4)))",
        )
        .bind(account_id.to_owned())
        .bind(report.to_owned())
        .bind(since.to_vec())
        .bind(run_id)
        .all(db)
        .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Those of some periods, told by their first days, of which nothing is known.
pub async fn unknown(
    db: &Db,
    account_id: &str,
    report: &str,
    since: &[NaiveDate],
) -> Result<BTreeSet<NaiveDate>, Error> {
    let rows = db
        .template(
            "select p.since from unnest($3::date[]) as p(since) where not exists
               (select from {sync_coverage} c where c.account_id = $1 and c.report = $2 and c.date = p.since)",
        )
        .bind(account_id.to_owned())
        .bind(report.to_owned())
        .bind(since.to_vec())
        .all(db)
        .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Whether any row is held for some days of an account, and at what instant that was.
#[derive(Debug, Clone, Copy)]
pub struct Held {
    /// Whether there is a row.
    pub any: bool,
    /// The instant by the database's clock: what is written from now on is written after it.
    pub at: DateTime<Utc>,
}

/// Whether any row is held for some days of an account.
pub async fn held(db: &Db, insights: &Insights, account_id: &str, days: Days) -> Result<Held, Error> {
    let (table, within) = (db.names.qualified(&insights.table.name), within(insights));
    let row = db
        .query(format!("select exists (select from {table} where account_id = $1 and {within}), now()"))
        .bind(account_id.to_owned())
        .bind(days.since)
        .bind(days.until)
        .one(db)
        .await?;
    Ok(Held { any: row.try_get(0)?, at: row.try_get(1)? })
}

/// The objects that stand in a report's rows of some days, listed or not.
pub async fn objects(
    db: &Db,
    insights: &Insights,
    column: &str,
    account_id: &str,
    days: Days,
) -> Result<Vec<String>, Error> {
    let (table, column) = (db.names.qualified(&insights.table.name), quote(column));
    let near = match insights.report.increment {
        // What another window knows helps, too.
        Increment::AllDays => "date <= $3 and date_stop >= $2",
        _ => within(insights),
    };
    let rows = db
        .query(format!("select distinct {column} from {table} where account_id = $1 and {near}"))
        .bind(account_id.to_owned())
        .bind(days.since)
        .bind(days.until)
        .all(db)
        .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Which rows belong to the days from `$2` to `$3`. Windows overlap: only the very same one does.
pub(super) fn within(insights: &Insights) -> &'static str {
    match insights.report.increment {
        Increment::AllDays => "date = $2 and date_stop = $3",
        _ => "date between $2 and $3",
    }
}
