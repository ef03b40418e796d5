//! How schedules fare, in the table `sync_schedules`: which are paused, by whom and why, and how often each failed.

use chrono::{DateTime, Utc};
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::db::Db;
use super::error::Error;
use super::transact::{Alone, SILENT_FOR, answered, latest};

/// Who paused a schedule, where nobody did by hand.
pub const ITSELF: &str = "adsync";
/// How the reason begins of a pause that ends when Meta takes a token again.
pub const REFUSED: &str = "Meta refuses the token";

/// How a schedule stands, beyond its configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The schedule's name.
    pub schedule: String,
    /// Up to when all its ticks have their row.
    pub last_beat_at: Option<DateTime<Utc>>,
    /// Its pause, where it is paused.
    pub paused: Option<Pause>,
    /// Runs in a row that failed.
    pub failures: u32,
}

/// A pause of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// Since when.
    pub at: DateTime<Utc>,
    /// Who paused it.
    pub by: String,
    /// Why, in words.
    pub reason: Option<String>,
}

impl Pause {
    /// Whether adsync made it because Meta refused a token: then it ends by itself once Meta takes it again.
    pub fn is_of_token(&self) -> bool {
        self.by == ITSELF && self.reason.as_deref().is_some_and(|reason| reason.starts_with(REFUSED))
    }

    /// Who paused it, and why.
    pub fn told(&self) -> String {
        match &self.reason {
            Some(reason) => format!("by {}: {reason}", self.by),
            None => format!("by {}", self.by),
        }
    }
}

/// How every schedule of a daemon stands that was ever at work or paused, by name.
pub async fn all(db: &Db, instance: &str) -> Result<Vec<Standing>, Error> {
    let rows = db
        .template(
            "select schedule, last_beat_at, paused_at, paused_by, pause_reason, failures from {sync_schedules}
             where instance = $1 and not starts_with(schedule, '(') order by schedule",
        )
        .bind(instance.to_owned())
        .all(db)
        .await?;
    rows.iter().map(standing).collect()
}

/// Pauses a schedule. One that is paused stays as whoever came first left it.
pub async fn pause(
    db: &Db,
    instance: &str,
    schedule: &str,
    by: &str,
    reason: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Standing, Error> {
    let rows = db
        .template(include_str!("schedule_pause.sql"))
        .bind(instance.to_owned())
        .bind(schedule.to_owned())
        .bind(now)
        .bind(by.to_owned())
        .bind(reason.map(str::to_owned))
        .standing(db)
        .await?;
    standing(rows.first().ok_or(sqlx::Error::RowNotFound)?)
}

/// Ends the pause of a schedule, and the alert that told of it. The failures in a row are counted on until a success.
pub async fn resume(db: &Db, instance: &str, schedule: &str, now: DateTime<Utc>) -> Result<Standing, Error> {
    db.transact(latest, |mut tx| async {
        let row = db
            .template(
                "insert into {sync_schedules} (instance, schedule) values ($1, $2)
             on conflict (instance, schedule) do update set paused_at = null, paused_by = null, pause_reason = null
             returning schedule, last_beat_at, paused_at, paused_by, pause_reason, failures",
            )
            .bind(instance.to_owned())
            .bind(schedule.to_owned())
            .fetch_one(&mut *tx)
            .await?;
        let standing = standing(&row)?;
        db.template(include_str!("schedule_resume_alerts.sql"))
            .bind(paused_alert(schedule, instance))
            .bind(now)
            .bind(instance.to_owned())
            .bind(REFUSED)
            .execute(&mut *tx)
            .await?;
        Ok((tx, standing))
    })
    .await
}

/// Ends what the daemon itself made and told of schedules that nobody keeps any more: its pauses of them, its alerts, and
/// that of backfills that die, `backfills`, where it is over. Returns the schedules whose pause ended.
pub async fn retire(
    db: &Db,
    instance: &str,
    at_work: &[String],
    backfills: &str,
    now: DateTime<Utc>,
) -> Result<Vec<String>, Error> {
    // What a first try ended whose own end got lost is ended.
    let together = |earlier: Vec<String>, later: Vec<String>| [earlier, later].concat();
    db.transact(together, |mut tx| async {
        let ended = db
            .template(include_str!("schedule_retire.sql"))
            .bind(instance.to_owned())
            .bind(at_work.to_vec())
            .bind(ITSELF)
            .fetch_all(&mut *tx)
            .await?;
        db.template(include_str!("schedule_retire_alerts.sql"))
            .bind(instance.to_owned())
            .bind(now)
            .bind(at_work.to_vec())
            .bind(REFUSED)
            .bind(backfills.to_owned())
            .execute(&mut *tx)
            .await?;
        let names = ended.iter().map(|row| Ok(row.try_get(0)?)).collect::<Result<_, Error>>()?;
        Ok((tx, names))
    })
    .await
}

/// Notes that a run of a schedule came to its end: no failure counts any more, and an alert ends.
pub async fn works(db: &Db, instance: &str, schedule: &str, alert: &str, now: DateTime<Utc>) -> Result<(), Error> {
    db.template(
        "with resolved as (update {sync_alerts} set resolved_at = $4 where dedupe_id = $3 and resolved_at is null)
         update {sync_schedules} set failures = 0 where instance = $1 and schedule = $2 and failures <> 0",
    )
    .bind(instance.to_owned())
    .bind(schedule.to_owned())
    .bind(alert.to_owned())
    .bind(now)
    .run(db)
    .await
}

/// Notes that a run of a schedule failed. Returns how many did in a row.
pub async fn failed(db: &Db, instance: &str, schedule: &str) -> Result<u32, Error> {
    let mut tx = db.begin().await?;
    // Not tried again: nobody knows whether it was counted.
    let counted = answered(SILENT_FOR, async {
        let row = db
            .template(
                "insert into {sync_schedules} as s (instance, schedule, failures) values ($1, $2, 1)
                 on conflict (instance, schedule) do update set failures = s.failures + 1
                 returning failures",
            )
            .bind(instance.to_owned())
            .bind(schedule.to_owned())
            .fetch_one(&mut *tx)
            .await?;
        let failures = row.try_get::<i32, _>(0)?;
        tx.commit().await?;
        Ok(failures)
    });
    Ok(u32::try_from(counted.await?).unwrap_or(u32::MAX))
}

/// What tells the alert of a schedule's pause apart from every other.
pub fn paused_alert(cause: &str, instance: &str) -> String {
    format!("schedule_paused:{cause}@{instance}")
}

pub(super) fn standing(row: &PgRow) -> Result<Standing, Error> {
    let paused = match row.try_get("paused_at")? {
        None => None,
        Some(at) => {
            let by = row.try_get::<Option<String>, _>("paused_by")?.unwrap_or_default();
            Some(Pause { at, by, reason: row.try_get("pause_reason")? })
        }
    };
    let failures = u32::try_from(row.try_get::<i32, _>("failures")?).unwrap_or(0);
    Ok(Standing { schedule: row.try_get("schedule")?, last_beat_at: row.try_get("last_beat_at")?, paused, failures })
}
