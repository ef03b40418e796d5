//! The table `sync_ladders`: by which further questions rows were found that an unfiltered listing leaves out.

use sqlx::Row;

use super::db::Db;
use super::error::Error;
use super::transact::Alone;

/// The rungs that showed rows of an account lately, at whatever level, and the questions that were refused.
pub async fn known(db: &Db, account_id: &str) -> Result<Vec<String>, Error> {
    let rows = db
        .template(
            "select distinct rung from {sync_ladders}
             where account_id = $1 and seen_at > now() - interval '30 days'",
        )
        .bind(account_id.to_owned())
        .all(db)
        .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Notes that a rung showed rows, or was refused: next time it is asked at once. Written once a day at the most.
pub async fn note(db: &Db, account_id: &str, level: &str, rung: &str) -> Result<(), Error> {
    db.template(
        "insert into {sync_ladders} as l (account_id, level, rung, seen_at) values ($1, $2, $3, now())
         on conflict (account_id, level, rung) do update set seen_at = excluded.seen_at
         where l.seen_at < excluded.seen_at - interval '1 day'",
    )
    .bind(account_id.to_owned())
    .bind(level.to_owned())
    .bind(rung.to_owned())
    .run(db)
    .await
}
