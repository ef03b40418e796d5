//! The table `sync_ladders`: by which further questions rows were found that an unfiltered listing leaves out.

use sqlx::Row;

use super::db::Db;
use super::error::Error;
use super::transact::Alone;

/// The rungs that showed rows of an account lately, at whatever level, and whatever was refused.
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

/// The questions that were refused lately of what is asked like this: the level, and the breakdowns if there are any.
pub async fn refused(db: &Db, account_id: &str, asked_as: &str) -> Result<Vec<String>, Error> {
    let rows = db
        .template(
            "select rung from {sync_ladders}
             where account_id = $1 and level = $2 and seen_at > now() - interval '30 days'",
        )
        .bind(account_id.to_owned())
        .bind(asked_as.to_owned())
        .all(db)
        .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Notes that a rung showed rows of a level, or was refused of what is asked like this. Written once a day at the most.
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
