//! The tables `sync_sizes` and `sync_refused_fields`: which questions Meta answers, so that a restarted process does not
//! find it out again.

use chrono::{DateTime, Utc};
use sqlx::Row;

use super::db::Db;
use super::error::Error;
use super::transact::Alone;

/// The size of one question that works where the configured one does not. `None` is no limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Size {
    /// What is asked, for example `act_1/adsets`.
    pub question: String,
    /// Rows of a page.
    pub page_size: Option<i32>,
    /// Days asked at once.
    pub days: Option<i32>,
    /// Questions that report runs still work out before a direct call is tried again.
    pub runs: Option<i32>,
}

/// Notes which sizes work: all that are known, and no others.
pub async fn save(db: &Db, sizes: &[Size], now: DateTime<Utc>) -> Result<(), Error> {
    let column = |pick: fn(&Size) -> Option<i32>| sizes.iter().map(pick).collect::<Vec<_>>();
    db.template(include_str!("sizes_save.sql"))
        .bind(sizes.iter().map(|size| size.question.clone()).collect::<Vec<_>>())
        .bind(column(|size| size.page_size))
        .bind(column(|size| size.days))
        .bind(column(|size| size.runs))
        .bind(now)
        .run(db)
        .await
}

/// The sizes that are known to work.
pub async fn load(db: &Db) -> Result<Vec<Size>, Error> {
    let rows = db.template("select question, page_size, days, runs from {sync_sizes}").all(db).await?;
    let size = |row: &sqlx::postgres::PgRow| {
        Ok(Size { question: row.try_get(0)?, page_size: row.try_get(1)?, days: row.try_get(2)?, runs: row.try_get(3)? })
    };
    rows.iter().map(size).collect()
}

/// Notes the fields that Meta refuses in this version of its API: what another version refused is forgotten.
pub async fn save_refused(
    db: &Db,
    refused: &[(String, String)],
    api_version: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    db.template(include_str!("refused_fields_save.sql"))
        .bind(refused.iter().map(|(question, _)| question.clone()).collect::<Vec<_>>())
        .bind(refused.iter().map(|(_, field)| field.clone()).collect::<Vec<_>>())
        .bind(api_version)
        .bind(env!("CARGO_PKG_VERSION"))
        .bind(now)
        .run(db)
        .await
}

/// The fields that Meta refused of this adsync in this version of its API, by what was asked.
pub async fn load_refused(db: &Db, api_version: &str) -> Result<Vec<(String, String)>, Error> {
    let rows = db
        .template("select question, field from {sync_refused_fields} where api_version = $1 and app_version = $2")
        .bind(api_version)
        .bind(env!("CARGO_PKG_VERSION"))
        .all(db)
        .await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}
