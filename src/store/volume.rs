//! How large the database is, and what a row of a table takes in it.

use sqlx::Row;

use super::db::Db;
use super::error::Error;
use super::transact::Alone;

/// Rows that a table must have before its own size says what a row takes.
const TELLING_ROWS: f32 = 1_000.0;

/// The bytes of the whole database, other people's tables included: that is what a plan limits.
pub async fn database_bytes(db: &Db) -> Result<u64, Error> {
    let row = db.query("select pg_database_size(current_database())").one(db).await?;
    Ok(u64::try_from(row.try_get::<i64, _>(0)?).unwrap_or(0))
}

/// The bytes that a row of a table takes, its indexes included. `None` where the server has not counted its rows yet or
/// where they are too few to tell.
pub async fn bytes_per_row(db: &Db, table: &str) -> Result<Option<u64>, Error> {
    let row = db
        .query(
            "select (pg_total_relation_size(c.oid) / c.reltuples)::bigint from pg_class c
             where c.oid = to_regclass($1) and c.reltuples >= $2",
        )
        .bind(db.names.qualified(table))
        .bind(TELLING_ROWS)
        .first(db)
        .await?;
    row.map(|row| Ok(u64::try_from(row.try_get::<i64, _>(0)?).unwrap_or(0))).transpose()
}
