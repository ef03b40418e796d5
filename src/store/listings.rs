//! The table `sync_listings`, as far as it is about tokens: which accounts each of them listed, when each was looked at.
//!
//! A row `account:<token>@<instance>` says when the token last listed the account, a row `token:<token>#<mark>@<instance>`
//! without an account when Meta was last asked about the token itself; the mark changes when the token is replaced.
//! Daemons that share a database have tokens of their own.

use chrono::{DateTime, Utc};
use sqlx::Row;

use super::db::Db;
use super::error::Error;
use super::transact::Alone;

/// Every account that a token of the instance ever listed, by its digits, with the name of the one that listed it last.
pub async fn seen(db: &Db, instance: &str) -> Result<Vec<(String, String)>, Error> {
    let rows = db
        .template(
            "select distinct on (account_id) account_id, split_part(substr(entity, 9), '@', 1) from {sync_listings}
             where starts_with(entity, 'account:') and substr(entity, strpos(entity, '@') + 1) = $1
             order by account_id, full_at desc, entity",
        )
        .bind(instance.to_owned())
        .all(db)
        .await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// Notes which token listed which account. What was noted within the last hour is left as it is.
pub async fn note_seen(db: &Db, instance: &str, seen: &[(String, String)], now: DateTime<Utc>) -> Result<(), Error> {
    db.template(
        "insert into {sync_listings} as s (account_id, entity, full_at)
         select account_id, 'account:' || token || '@' || $4, $3 from unnest($1::text[], $2::text[]) as w(account_id, token)
         on conflict (account_id, entity) do update set full_at = excluded.full_at
         where s.full_at < excluded.full_at - interval '1 hour'",
    )
    .bind(seen.iter().map(|(account_id, _)| account_id.clone()).collect::<Vec<_>>())
    .bind(seen.iter().map(|(_, token)| token.clone()).collect::<Vec<_>>())
    .bind(now)
    .bind(instance.to_owned()).run(db).await
}

/// Takes the turn to ask about a token. `false` where somebody asked within the last day.
pub async fn take_look(db: &Db, instance: &str, token: &str, mark: &str, now: DateTime<Utc>) -> Result<bool, Error> {
    // An hour less than a day, so that a job at the same minute of every day takes its turn every time.
    let taken = db.template(
            "insert into {sync_listings} as s (account_id, entity, full_at) values ('', 'token:' || $1 || '#' || $2 || '@' || $4, $3)
             on conflict (account_id, entity) do update set full_at = excluded.full_at
             where s.full_at < excluded.full_at - interval '23 hours'",
        )
        .bind(token.to_owned())
        .bind(mark.to_owned())
        .bind(now)
        .bind(instance.to_owned()).written(db).await?;
    Ok(taken == 1)
}
