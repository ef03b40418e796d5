//! What is told of the alerts: a message per cause, taken by one process at a time, noted when it arrived.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::db::{Db, Tx};
use super::error::Error;
use super::transact::Alone;

/// A message that this process is to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// Its dedupe id, the same whenever it is told, also that it is over.
    pub told_as: String,
    /// Whether it tells that the cause is over.
    pub is_over: bool,
    /// How often it was tried, this time included.
    pub attempts: u32,
    /// The database's time.
    pub now: DateTime<Utc>,
    /// The alerts that it tells, at least one.
    pub alerts: Vec<Told>,
}

/// An alert as it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Tells it apart from every other.
    pub dedupe_id: String,
    /// What kind of cause it is.
    pub kind: String,
    /// The digits of the accounts that it is about.
    pub accounts: Vec<String>,
    /// Whether it is about one account alone.
    pub is_of_account: bool,
    /// What is wrong, in words.
    pub message: String,
    /// What a person should do, where the message does not say it.
    pub advice: Option<String>,
    /// The run that met it.
    pub run_id: Option<Uuid>,
    /// How bad or near it is.
    pub urgency: i16,
    /// When it began.
    pub first_at: DateTime<Utc>,
    /// When it ended.
    pub resolved_at: Option<DateTime<Utc>>,
    /// How often its message's cause came back soon after its end.
    pub comebacks: i16,
}

/// Takes the next message of an instance that is to be told, so that no other process tells it. `by_account` are the causes
/// whose further accounts are news. The database's clock decides: those of processes differ.
pub async fn claim(db: &Db, instance: &str, by_account: &[&str]) -> Result<Option<Telling>, Error> {
    let by_account: Vec<String> = by_account.iter().map(|cause| (*cause).to_owned()).collect();
    // What a first try took whose end got lost is this process's.
    let together = |earlier: Option<Telling>, later: Option<Telling>| earlier.or(later);
    db.transact(together, |mut tx| async {
        let taken = claim_in(db, &mut tx, instance, &by_account).await?;
        Ok((tx, taken))
    })
    .await
}

async fn claim_in(db: &Db, tx: &mut Tx, instance: &str, by_account: &[String]) -> Result<Option<Telling>, Error> {
    // Messages are made of several rows: only one process at a time looks at them.
    db.query("select pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(format!("adsync tells {}@{instance}", db.names.qualified("sync_alerts")))
        .execute(&mut **tx)
        .await?;
    // What joins a cause that was told already, and is no news by itself, counts as told.
    db.template(
        "update {sync_alerts} a set sent_at = now(), told_urgency = a.urgency
         where a.instance = $1 and a.resolved_at is null and a.sent_at is null
           and split_part(split_part(a.told_as, '@', 1), ':', 1) <> all($2)
           and exists (select from {sync_alerts} o where o.instance = $1 and o.told_as = a.told_as
             and (o.resolved_at is null
               or o.comebacks >= 2 and o.resolved_sent_at is null and o.resolved_at > now() - interval '6 hours')
             and o.sent_at is not null and o.told_urgency >= a.urgency
             -- What only followed from a cause says nothing of it.
             and o.kind <> 'schedule_paused')",
    )
    .bind(instance.to_owned())
    .bind(by_account.to_vec())
    .execute(&mut **tx)
    .await?;
    let rows = db
        .template(include_str!("tellings_claim.sql"))
        .bind(instance.to_owned())
        .bind(by_account.to_vec())
        .fetch_all(&mut **tx)
        .await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let (told_as, now) = (first.try_get("told_as")?, first.try_get("now")?);
    let mut attempts = 0;
    for row in &rows {
        attempts = attempts.max(u32::try_from(row.try_get::<i32, _>("attempts")?).unwrap_or(0));
    }
    let mut alerts: Vec<Told> = rows.iter().map(told_of).collect::<Result<_, _>>()?;
    alerts.sort_by(|a, b| a.dedupe_id.cmp(&b.dedupe_id));
    let is_over = alerts.iter().all(|alert| alert.resolved_at.is_some());
    Ok(Some(Telling { told_as, is_over, attempts, now, alerts }))
}

fn told_of(row: &PgRow) -> Result<Told, Error> {
    let account: Option<String> = row.try_get("account_id")?;
    let is_of_account = account.is_some();
    let further: Option<Vec<String>> = row.try_get("accounts")?;
    Ok(Told {
        dedupe_id: row.try_get("dedupe_id")?,
        kind: row.try_get("kind")?,
        accounts: account.into_iter().chain(further.unwrap_or_default()).collect(),
        is_of_account,
        message: row.try_get("message")?,
        advice: row.try_get("advice")?,
        run_id: row.try_get("run_id")?,
        urgency: row.try_get("urgency")?,
        first_at: row.try_get("first_at")?,
        resolved_at: row.try_get("resolved_at")?,
        comebacks: row.try_get("comebacks")?,
    })
}

/// Notes that a message arrived.
pub async fn arrived(db: &Db, telling: &Telling) -> Result<(), Error> {
    let noting = match telling.is_over {
        // One that began anew meanwhile is to be told anew.
        true => db
            .template(
                "update {sync_alerts} set attempts = 0, next_try_at = null,
                   resolved_sent_at = case when resolved_at is not null then now() end,
                   sent_at = case when resolved_at is not null then sent_at end,
                   told_urgency = case when resolved_at is not null then told_urgency end
                 where dedupe_id = any($1)",
            )
            .bind(ids(telling)),
        // One that ended meanwhile was told all the same: so its end is to be told.
        false => db
            .template(
                "update {sync_alerts} set attempts = 0, next_try_at = null, sent_at = now(), told_urgency = $2
                 where dedupe_id = any($1)",
            )
            .bind(ids(telling))
            .bind(telling.alerts.iter().map(|alert| alert.urgency).max().unwrap_or(0)),
    };
    noting.run(db).await
}

/// Notes that a message did not arrive and when it may be tried again.
pub async fn postpone(db: &Db, telling: &Telling, pause: Duration) -> Result<(), Error> {
    db.template(
        "update {sync_alerts} set next_try_at = now() + make_interval(secs => $2::double precision)
         where dedupe_id = any($1)",
    )
    .bind(ids(telling))
    .bind(pause.as_secs_f64())
    .run(db)
    .await
}

/// Notes that a message was told past the database, while it was away: its alerts are not told again, but their end is, and at
/// once: told past it no message says that its cause comes and goes.
pub async fn told_past(db: &Db, instance: &str, told_as: &str) -> Result<(), Error> {
    db.template(
        "update {sync_alerts} set sent_at = coalesce(sent_at, now()), told_urgency = greatest(told_urgency, urgency),
           comebacks = least(comebacks, 1)
         where instance = $1 and told_as = $2 and resolved_at is null",
    )
    .bind(instance.to_owned())
    .bind(told_as.to_owned())
    .run(db)
    .await
}

fn ids(telling: &Telling) -> Vec<String> {
    telling.alerts.iter().map(|alert| alert.dedupe_id.clone()).collect()
}
