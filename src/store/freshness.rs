//! How fresh the accounts are: which no sync has read for long, and which schedules stand still.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::Row;

use super::db::Db;
use super::error::Error;
use super::transact::Alone;

/// An account that no sync has read to its end since an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    /// Its digits.
    pub account_id: String,
    /// Whether a run began a moment ago that may mend it.
    pub is_being_read: bool,
}

/// A schedule that is paused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paused {
    /// Its name.
    pub schedule: String,
    /// Since when.
    pub paused_at: DateTime<Utc>,
    /// Who paused it.
    pub paused_by: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// Those of some accounts that no sync has read to its end since an instant. One that nobody was to read before that
/// instant is not among them: it is new.
pub async fn stale(db: &Db, accounts: &[String], since: DateTime<Utc>) -> Result<Vec<Stale>, Error> {
    let rows = db.template(include_str!("freshness_stale.sql")).bind(accounts.to_vec()).bind(since).all(db).await?;
    let stale = |row: &sqlx::postgres::PgRow| -> Result<Stale, Error> {
        Ok(Stale { account_id: row.try_get(0)?, is_being_read: row.try_get(1)? })
    };
    rows.iter().map(stale).collect()
}

/// When the newest day of each of some reports of each of some accounts was read; `None` where none was.
pub async fn reports(
    db: &Db,
    accounts: &[String],
    reports: &[String],
) -> Result<BTreeMap<(String, String), Option<DateTime<Utc>>>, Error> {
    let sql = db.template(include_str!("freshness_reports.sql")).bind(accounts.to_vec()).bind(reports.to_vec());
    let rows = sql.all(db).await?;
    rows.iter().map(|row| Ok(((row.try_get(0)?, row.try_get(1)?), row.try_get(2)?))).collect()
}

/// When the last run of each of some accounts ended in which nothing of it failed, where there is one.
pub async fn successes(db: &Db, accounts: &[String]) -> Result<Vec<(String, DateTime<Utc>)>, Error> {
    let rows = db.template(include_str!("freshness_successes.sql")).bind(accounts.to_vec()).all(db).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// Those of some schedules that somebody else than `itself` paused: the daemon tells of its own pauses as it makes them. With
/// them those that a replica keeps which has another file: else the two would contradict each other once a minute.
pub async fn paused(db: &Db, instance: &str, schedules: &[String], itself: &str) -> Result<Vec<Paused>, Error> {
    let rows = db
        .template(
            "select schedule, paused_at, paused_by, pause_reason from {sync_schedules}
             where instance = $1 and paused_at is not null
               and (schedule = any($2) or last_beat_at > clock_timestamp() - interval '10 minutes')
               and paused_by is distinct from $3 order by schedule",
        )
        .bind(instance.to_owned())
        .bind(schedules.to_vec())
        .bind(itself.to_owned())
        .all(db)
        .await?;
    let paused = |row: &sqlx::postgres::PgRow| -> Result<Paused, Error> {
        Ok(Paused {
            schedule: row.try_get(0)?,
            paused_at: row.try_get(1)?,
            paused_by: row.try_get(2)?,
            reason: row.try_get(3)?,
        })
    };
    rows.iter().map(paused).collect()
}
