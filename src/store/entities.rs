//! Campaigns and ad sets beyond their rows: who is held as live, who was found gone, when all were last listed.

use chrono::{DateTime, NaiveDate, Utc};
use futures_util::TryStreamExt;
use sqlx::Row;

use crate::rows::report::Level;

use super::db::Db;
use super::error::Error;
use super::transact::{Alone, latest};

/// What is held as live: neither archived nor deleted.
const IS_LIVE: &str = "account_id = $1 and deleted_at is null
     and effective_status is distinct from 'ARCHIVED' and effective_status is distinct from 'DELETED'";

/// What is held as archived and not deleted.
const IS_ARCHIVED: &str = "account_id = $1 and deleted_at is null and effective_status = 'ARCHIVED'";

/// How many objects of an account are held as live.
pub async fn live(db: &Db, table: &str, account_id: &str) -> Result<u64, Error> {
    let name = db.names.qualified(table);
    let row =
        db.query(format!("select count(*) from {name} where {IS_LIVE}")).bind(account_id.to_owned()).one(db).await?;
    Ok(u64::try_from(row.try_get::<i64, _>(0)?).unwrap_or(0))
}

/// The ids of an account that are held as live and that `is_listed` does not know. The others pass through.
pub async fn live_ids_beside(
    db: &Db,
    table: &str,
    account_id: &str,
    is_listed: impl Fn(&str) -> bool,
) -> Result<Vec<String>, Error> {
    ids_beside(db, table, account_id, IS_LIVE, is_listed).await
}

/// The same of those that are held as archived.
pub async fn archived_ids_beside(
    db: &Db,
    table: &str,
    account_id: &str,
    is_listed: impl Fn(&str) -> bool,
) -> Result<Vec<String>, Error> {
    ids_beside(db, table, account_id, IS_ARCHIVED, is_listed).await
}

async fn ids_beside(
    db: &Db,
    table: &str,
    account_id: &str,
    condition: &str,
    is_listed: impl Fn(&str) -> bool,
) -> Result<Vec<String>, Error> {
    let name = db.names.qualified(table);
    db.transact(latest, |mut tx| async {
        let mut missing = Vec::new();
        let query = db.query(format!("select id::text from {name} where {condition}")).bind(account_id.to_owned());
        let mut rows = query.fetch(&mut *tx);
        while let Some(row) = rows.try_next().await? {
            let id: &str = row.try_get(0)?;
            if !is_listed(id) {
                missing.push(id.to_owned());
            }
        }
        drop(rows);
        Ok((tx, missing))
    })
    .await
}

/// Every id of an account that is held, deleted ones included.
pub async fn all_ids(db: &Db, table: &str, account_id: &str) -> Result<Vec<String>, Error> {
    let name = db.names.qualified(table);
    let rows = db
        .query(format!("select id::text from {name} where account_id = $1 order by id"))
        .bind(account_id.to_owned())
        .all(db)
        .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// How many objects of an account are held that are not deleted.
pub async fn held(db: &Db, table: &str, account_id: &str) -> Result<u64, Error> {
    let name = db.names.qualified(table);
    let row = db
        .query(format!("select count(*) from {name} where account_id = $1 and deleted_at is null"))
        .bind(account_id.to_owned())
        .one(db)
        .await?;
    Ok(u64::try_from(row.try_get::<i64, _>(0)?).unwrap_or(0))
}

/// Marks objects that Meta no longer lets anyone read. Returns how many.
pub async fn mark_gone(db: &Db, table: &str, ids: &[String], at: DateTime<Utc>) -> Result<u64, Error> {
    let name = db.names.qualified(table);
    let done = db
        .query(format!(
            "update {name} set deleted_at = $2, last_synced = now() where id = any($1) and deleted_at is null"
        ))
        .bind(ids.to_vec())
        .bind(at)
        .written(db)
        .await?;
    Ok(done)
}

/// When everything of a kind was last listed, archived objects included.
pub async fn last_full_listing(db: &Db, table: &str, account_id: &str) -> Result<Option<DateTime<Utc>>, Error> {
    let row = db
        .template("select full_at from {sync_listings} where account_id = $1 and entity = $2")
        .bind(account_id.to_owned())
        .bind(table.to_owned())
        .first(db)
        .await?;
    row.map(|row| Ok(row.try_get(0)?)).transpose()
}

/// Whether a table holds any object of an account.
pub async fn holds_any(db: &Db, table: &str, account_id: &str) -> Result<bool, Error> {
    let sql = format!("select 1 from {} where account_id = $1 limit 1", db.names.qualified(table));
    Ok(db.query(sql).bind(account_id.to_owned()).first(db).await?.is_some())
}

/// Notes that everything of a kind was listed.
pub async fn full_listing_done(db: &Db, table: &str, account_id: &str, at: DateTime<Utc>) -> Result<(), Error> {
    db.template(
        "insert into {sync_listings} (account_id, entity, full_at) values ($1, $2, $3)
         on conflict (account_id, entity) do update set full_at = excluded.full_at",
    )
    .bind(account_id.to_owned())
    .bind(table.to_owned())
    .bind(at)
    .run(db)
    .await
}

/// The objects of a table that were found deleted on a day or after it, the latest first: what was gone before cannot have
/// delivered since. `level` says how far down is looked:
/// what hangs beneath a deleted object is read with it.
pub async fn deleted_ids(
    db: &Db,
    account_id: &str,
    level: Level,
    since: NaiveDate,
    most: i64,
) -> Result<Vec<String>, Error> {
    let mut sql = "select id::text as id, deleted_at from {campaigns}
         where account_id = $1 and deleted_at >= $2::date - 1"
        .to_owned();
    if level > Level::Campaign {
        sql += " union all
         select s.id::text, s.deleted_at from {adsets} s
         where s.account_id = $1 and s.deleted_at >= $2::date - 1 and not exists
           (select from {campaigns} c where c.id = s.campaign_id and c.deleted_at is not null)";
    }
    if level == Level::Ad {
        sql += " union all
         select a.id::text, a.deleted_at from {ads} a
         where a.account_id = $1 and a.deleted_at >= $2::date - 1
           and not exists (select from {campaigns} c where c.id = a.campaign_id and c.deleted_at is not null)
           and not exists (select from {adsets} s where s.id = a.adset_id and s.deleted_at is not null)";
    }
    sql += " order by deleted_at desc, id limit $3";
    let rows = db.template(&sql).bind(account_id.to_owned()).bind(since).bind(most).all(db).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}
