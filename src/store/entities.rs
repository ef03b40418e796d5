//! Campaigns and ad sets beyond their rows: who is held as live, who was found gone, when all were last listed.

use chrono::{DateTime, Utc};
use sqlx::Row;

use super::db::Db;
use super::error::Error;

/// The ids of an account that are held as live: neither archived nor deleted.
pub async fn live_ids(db: &Db, table: &str, account_id: &str) -> Result<Vec<String>, Error> {
    let name = db.names.qualified(table);
    let mut tx = db.begin().await?;
    let rows = db
        .query(format!(
            "select id::text from {name} where account_id = $1 and deleted_at is null
             and effective_status is distinct from 'ARCHIVED' and effective_status is distinct from 'DELETED'"
        ))
        .bind(account_id.to_owned())
        .fetch_all(&mut *tx)
        .await?;
    tx.commit().await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Every id of an account that is held, deleted ones included.
pub async fn all_ids(db: &Db, table: &str, account_id: &str) -> Result<Vec<String>, Error> {
    let name = db.names.qualified(table);
    let mut tx = db.begin().await?;
    let rows = db
        .query(format!("select id::text from {name} where account_id = $1 order by id"))
        .bind(account_id.to_owned())
        .fetch_all(&mut *tx)
        .await?;
    tx.commit().await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// How many objects of an account are held that are not deleted.
pub async fn held(db: &Db, table: &str, account_id: &str) -> Result<u64, Error> {
    let name = db.names.qualified(table);
    let mut tx = db.begin().await?;
    let row = db
        .query(format!("select count(*) from {name} where account_id = $1 and deleted_at is null"))
        .bind(account_id.to_owned())
        .fetch_one(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(u64::try_from(row.try_get::<i64, _>(0)?).unwrap_or(0))
}

/// Marks objects that Meta no longer lets anyone read. Returns how many.
pub async fn mark_gone(db: &Db, table: &str, ids: &[String], at: DateTime<Utc>) -> Result<u64, Error> {
    let name = db.names.qualified(table);
    let mut tx = db.begin().await?;
    let done = db
        .query(format!(
            "update {name} set deleted_at = $2, last_synced = now() where id = any($1) and deleted_at is null"
        ))
        .bind(ids.to_vec())
        .bind(at)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(done.rows_affected())
}

/// When everything of a kind was last listed, archived objects included.
pub async fn last_full_listing(db: &Db, table: &str, account_id: &str) -> Result<Option<DateTime<Utc>>, Error> {
    let mut tx = db.begin().await?;
    let row = db
        .template("select full_at from {sync_listings} where account_id = $1 and entity = $2")
        .bind(account_id.to_owned())
        .bind(table.to_owned())
        .fetch_optional(&mut *tx)
        .await?;
    tx.commit().await?;
    row.map(|row| Ok(row.try_get(0)?)).transpose()
}

/// Notes that everything of a kind was listed.
pub async fn full_listing_done(db: &Db, table: &str, account_id: &str, at: DateTime<Utc>) -> Result<(), Error> {
    let mut tx = db.begin().await?;
    db.template(
        "insert into {sync_listings} (account_id, entity, full_at) values ($1, $2, $3)
         on conflict (account_id, entity) do update set full_at = excluded.full_at",
    )
    .bind(account_id.to_owned())
    .bind(table.to_owned())
    .bind(at)
    .execute(&mut *tx)
    .await?;
    Ok(tx.commit().await?)
}
