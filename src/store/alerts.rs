//! The table `sync_alerts`: what needs a person, a row per cause, from when it began to when it ended.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sqlx::Row;

use super::db::Db;
use super::error::Error;
use super::transact::Alone;

/// A cause that lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Tells the cause apart from every other, so that it is told once.
    pub dedupe_id: String,
    /// What kind of cause it is, in a word.
    pub kind: &'static str,
    /// The account's digits, where it is about one.
    pub account_id: Option<String>,
    /// What is wrong, in words, with what to do.
    pub message: String,
}

/// An alert that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// Tells the cause apart from every other.
    pub dedupe_id: String,
    /// What kind of cause it is.
    pub kind: String,
    /// The account's digits, where it is about one.
    pub account_id: Option<String>,
    /// When it began.
    pub first_at: DateTime<Utc>,
    /// What is wrong, in words.
    pub message: String,
}

/// Notes that causes are there. Returns the ids of those that were not there a moment ago: they are to be told.
pub async fn raise(db: &Db, alerts: &[Alert], now: DateTime<Utc>) -> Result<Vec<String>, Error> {
    if alerts.is_empty() {
        return Ok(Vec::new());
    }
    let rows = db
        .template(include_str!("alerts_raise.sql"))
        .bind(alerts.iter().map(|alert| alert.dedupe_id.clone()).collect::<Vec<_>>())
        .bind(alerts.iter().map(|alert| alert.kind.to_owned()).collect::<Vec<_>>())
        .bind(alerts.iter().map(|alert| alert.account_id.clone()).collect::<Vec<_>>())
        .bind(alerts.iter().map(|alert| alert.message.clone()).collect::<Vec<_>>())
        .bind(now)
        .returning(db)
        .await?;
    let mut began = BTreeSet::new();
    for row in &rows {
        if row.try_get(1)? {
            began.insert(row.try_get(0)?);
        }
    }
    Ok(began.into_iter().collect())
}

/// Notes that causes are gone. Returns the ids of those that were there until now.
pub async fn resolve(db: &Db, dedupe_ids: &[String], now: DateTime<Utc>) -> Result<Vec<String>, Error> {
    if dedupe_ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = db
        .template(
            "update {sync_alerts} set resolved_at = $2 where dedupe_id = any($1) and resolved_at is null
             returning dedupe_id",
        )
        .bind(dedupe_ids.to_vec())
        .bind(now)
        .returning(db)
        .await?;
    let ids: BTreeSet<String> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    Ok(ids.into_iter().collect())
}

/// The alerts that have not ended, in the order of their ids.
pub async fn open(db: &Db) -> Result<Vec<Open>, Error> {
    let rows = db
        .template(
            "select dedupe_id, kind, account_id, first_at, message from {sync_alerts} where resolved_at is null
             order by dedupe_id",
        )
        .all(db)
        .await?;
    let open = |row: &sqlx::postgres::PgRow| -> Result<Open, Error> {
        Ok(Open {
            dedupe_id: row.try_get(0)?,
            kind: row.try_get(1)?,
            account_id: row.try_get(2)?,
            first_at: row.try_get(3)?,
            message: row.try_get(4)?,
        })
    };
    rows.iter().map(open).collect()
}
