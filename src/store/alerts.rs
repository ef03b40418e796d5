//! The table `sync_alerts`: what needs a person, a row per cause and account, from when it began to when it ended.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sqlx::Row;
use uuid::Uuid;

use super::db::{Db, Tx};
use super::error::Error;
use super::transact::{Alone, latest};

/// A cause that lasts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Alert {
    /// Tells the cause apart from every other, so that it is told once.
    pub dedupe_id: String,
    /// What kind of cause it is, in a word.
    pub kind: &'static str,
    /// The daemon that tells it.
    pub instance: String,
    /// The dedupe id of the message that tells it, which alerts of one cause share; `None`: a message of its own.
    pub told_as: Option<String>,
    /// The account's digits, where it is about one.
    pub account_id: Option<String>,
    /// The digits of further accounts that it is about.
    pub accounts: Vec<String>,
    /// The schedule whose next success ends it, empty for commands; `None`: whatever succeeds next.
    pub schedule: Option<String>,
    /// What is wrong, in words; with what to do, where `advice` does not say it.
    pub message: String,
    /// What a person should do.
    pub advice: Option<String>,
    /// The run that met it.
    pub run_id: Option<Uuid>,
    /// Grows as it becomes worse or nearer: then it is told again.
    pub urgency: i16,
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

/// What a run says of causes: those that it met, and those that are over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// The daemon's name.
    pub instance: String,
    /// The schedule; empty for commands.
    pub schedule: String,
    /// What it met.
    pub met: Vec<Alert>,
    /// The digits of accounts that it read: what else stopped runs of them is over.
    pub read: Vec<String>,
    /// The dedupe ids of troubles of tokens that it read with: a token with which something is read is not dead.
    pub alive: Vec<String>,
    /// The urgency from which on the trouble of a token means that it is dead.
    pub dead: i16,
    /// The digits of accounts that it compared with Meta's totals: what else differed in them is over.
    pub compared: Vec<String>,
}

/// The kinds of alerts that a run ends which meets them no more.
const OF_RUNS: [&str; 2] = ["failed", "partial"];
/// The kind of days that differ from Meta's totals.
const OF_DAYS: &str = "drift";
/// The kinds that end with the account that they are about.
const OF_ACCOUNTS: [&str; 4] = ["failed", "partial", OF_DAYS, "stale"];

/// Notes that causes are there. Returns the ids of those that were not there a moment ago: they are to be told.
pub async fn raise(db: &Db, alerts: &[Alert], now: DateTime<Utc>) -> Result<Vec<String>, Error> {
    if alerts.is_empty() {
        return Ok(Vec::new());
    }
    // What began at a first try whose end got lost is there at its repetition.
    let together = |earlier: BTreeSet<String>, later| earlier.into_iter().chain(later).collect();
    let began = db
        .transact(together, |mut tx| async {
            let began = raise_in(db, &mut tx, alerts, now).await?;
            Ok((tx, began))
        })
        .await?;
    Ok(began.into_iter().collect())
}

async fn raise_in(db: &Db, tx: &mut Tx, alerts: &[Alert], now: DateTime<Utc>) -> Result<BTreeSet<String>, Error> {
    // Each once, and in one order, so that two processes do not wait for each other's rows.
    let alerts: BTreeMap<&str, &Alert> = alerts.iter().map(|alert| (alert.dedupe_id.as_str(), alert)).collect();
    let alerts: Vec<&Alert> = alerts.into_values().collect();
    let texts = |text: fn(&Alert) -> String| alerts.iter().map(|alert| text(alert)).collect::<Vec<_>>();
    let options = |text: fn(&Alert) -> Option<String>| alerts.iter().map(|alert| text(alert)).collect::<Vec<_>>();
    let rows = db
        .template(include_str!("alerts_raise.sql"))
        .bind(texts(|alert| alert.dedupe_id.clone()))
        .bind(texts(|alert| alert.kind.to_owned()))
        .bind(options(|alert| alert.account_id.clone()))
        .bind(texts(|alert| alert.message.clone()))
        .bind(options(|alert| alert.advice.clone()))
        .bind(now)
        .bind(texts(|alert| alert.instance.clone()))
        .bind(texts(|alert| alert.told_as.clone().unwrap_or_else(|| alert.dedupe_id.clone())))
        .bind(options(|alert| Some(alert.accounts.join(",")).filter(|accounts| !accounts.is_empty())))
        .bind(options(|alert| alert.schedule.clone()))
        .bind(alerts.iter().map(|alert| alert.run_id).collect::<Vec<_>>())
        .bind(alerts.iter().map(|alert| alert.urgency).collect::<Vec<_>>())
        .fetch_all(&mut **tx)
        .await?;
    let mut began = BTreeSet::new();
    for row in &rows {
        if row.try_get(1)? {
            began.insert(row.try_get(0)?);
        }
    }
    Ok(began)
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

/// Takes over what a run found: in one transaction, so that what it met and what is over change together.
pub async fn settle(db: &Db, findings: &Findings, now: DateTime<Utc>) -> Result<(), Error> {
    let Findings { instance, schedule, met, read, alive, dead, compared } = findings;
    let met_ids: Vec<String> = met.iter().map(|alert| alert.dedupe_id.clone()).collect();
    db.transact(latest, |mut tx| async {
        if !met.is_empty() {
            raise_in(db, &mut tx, met, now).await?;
        }
        // What is about no account in particular is over with the first that was read.
        db.template(
            "update {sync_alerts} set resolved_at = $1
         where instance = $2 and resolved_at is null and dedupe_id <> all($3) and kind = any($4)
           and (account_id = any($5) or account_id is null and cardinality($5) > 0)
           and (schedule is null or schedule in ('', $6))",
        )
        .bind(now)
        .bind(instance.clone())
        .bind(met_ids.clone())
        .bind(OF_RUNS.map(str::to_owned).to_vec())
        .bind(read.clone())
        .bind(schedule.clone())
        .execute(&mut *tx)
        .await?;
        db.template(
            "update {sync_alerts} set resolved_at = $1
         where instance = $2 and resolved_at is null and dedupe_id <> all($3)
           and (kind = $4 and account_id = any($5) or dedupe_id = any($6) and urgency >= $7)",
        )
        .bind(now)
        .bind(instance.clone())
        .bind(met_ids.clone())
        .bind(OF_DAYS)
        .bind(compared.clone())
        .bind(alive.clone())
        .bind(*dead)
        .execute(&mut *tx)
        .await?;
        Ok((tx, ()))
    })
    .await
}

/// Takes over all that there is of some kinds: what is not among the alerts is over. Of other accounts than these, by their
/// digits, nothing is known: another replica may keep them, and an account that was not found yet is not well.
pub async fn keep(
    db: &Db,
    instance: &str,
    kinds: &[&'static str],
    accounts: &[String],
    alerts: &[Alert],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    db.transact(latest, |mut tx| async {
        if !alerts.is_empty() {
            raise_in(db, &mut tx, alerts, now).await?;
        }
        db.template(
            "update {sync_alerts} set resolved_at = $1
         where instance = $2 and resolved_at is null and kind = any($3) and dedupe_id <> all($4)
           and (account_id is null or account_id = any($5))",
        )
        .bind(now)
        .bind(instance.to_owned())
        .bind(kinds.iter().map(|kind| (*kind).to_owned()).collect::<Vec<_>>())
        .bind(alerts.iter().map(|alert| alert.dedupe_id.clone()).collect::<Vec<_>>())
        .bind(accounts.to_vec())
        .execute(&mut *tx)
        .await?;
        Ok((tx, ()))
    })
    .await
}

/// Notes that a daemon which syncs these accounts, by their digits, found their alerts open: another one, which does not, leaves
/// them alone. Written once in ten minutes.
pub async fn keep_in_sight(db: &Db, instance: &str, accounts: &[String]) -> Result<(), Error> {
    db.template(
        "update {sync_alerts} set seen_at = now()
         where instance = $1 and resolved_at is null and account_id = any($2)
           and coalesce(seen_at < now() - interval '10 minutes', true)",
    )
    .bind(instance.to_owned())
    .bind(accounts.to_vec())
    .run(db)
    .await
}

/// Ends what stands open of accounts and schedules that are not configured any more. An account that a daemon had in sight
/// within the hour is, and so is a schedule that a replica keeps which has another file.
pub async fn forget_others(
    db: &Db,
    instance: &str,
    accounts: &[String],
    schedules: &[String],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    db.template(
        "update {sync_alerts} a set resolved_at = $1
         where instance = $2 and resolved_at is null and kind = any($3)
           and (account_id <> all($4) and coalesce(seen_at < now() - interval '1 hour', true)
             or schedule <> '' and schedule <> all($5) and not exists (
             select from {sync_schedules} s where s.instance = $2 and s.schedule = a.schedule
               and s.last_beat_at > clock_timestamp() - interval '10 minutes'))",
    )
    .bind(now)
    .bind(instance.to_owned())
    .bind(OF_ACCOUNTS.map(str::to_owned).to_vec())
    .bind(accounts.to_vec())
    .bind(schedules.to_vec())
    .run(db)
    .await
}

/// Removes alerts of an instance that ended before an instant in time. Those of another daemon here are kept as long as that
/// one says.
pub async fn remove_old(db: &Db, instance: &str, before: DateTime<Utc>) -> Result<(), Error> {
    db.template("delete from {sync_alerts} where coalesce(instance, $2) = $2 and resolved_at < $1")
        .bind(before)
        .bind(instance.to_owned())
        .run(db)
        .await
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
