//! The table `sync_schedules` and with it the ledger of ticks: every tick has its row in `sync_runs` before the last
//! beat moves past it.
//!
//! A schedule's row is locked while its ticks are written, so that replicas take turns, and all is one transaction: a
//! process that dies in the middle has written nothing, and whoever comes next finds the same ticks due.

use chrono::{DateTime, SecondsFormat, Utc};
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::db::{Db, Tx};
use super::error::Error;
use super::leases;
use super::runs::{self, Opening};
use super::worker::Worker;

/// The ledger of one schedule, open and locked.
#[derive(Debug)]
pub struct Ledger<'a> {
    db: &'a Db,
    tx: Tx,
    instance: String,
    schedule: String,
    /// Up to when all ticks have their row.
    pub last_beat_at: DateTime<Utc>,
    /// Whether the schedule is paused.
    pub is_paused: bool,
}

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

/// Consecutive ticks that come to nothing, for the same reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The row's id, where they need one.
    pub id: Uuid,
    /// Why, in words that are the same every time.
    pub reason: &'static str,
    /// The digits of their accounts.
    pub accounts: Vec<String>,
    /// How many they are.
    pub ticks: u32,
    /// When the first fell due.
    pub first: DateTime<Utc>,
    /// When the last fell due.
    pub last: DateTime<Utc>,
}

impl<'a> Ledger<'a> {
    /// Opens the ledger of a schedule; one that never beat begins now, so that nothing of it was missed.
    pub async fn open(db: &'a Db, instance: &str, schedule: &str, now: DateTime<Utc>) -> Result<Self, Error> {
        // A tick that cannot be recorded now is due at the next beat as well.
        let mut tx = db.begin_once().await?;
        db.template(
            "insert into {sync_schedules} (instance, schedule, last_beat_at) values ($1, $2, $3)
             on conflict (instance, schedule) do nothing",
        )
        .bind(instance.to_owned())
        .bind(schedule.to_owned())
        .bind(now)
        .execute(&mut *tx)
        .await?;
        let row = db
            .template(
                "select last_beat_at, paused_at is not null from {sync_schedules}
                 where instance = $1 and schedule = $2 for update",
            )
            .bind(instance.to_owned())
            .bind(schedule.to_owned())
            .fetch_one(&mut *tx)
            .await?;
        let last_beat_at = row.try_get::<Option<DateTime<Utc>>, _>(0)?.unwrap_or(now);
        let is_paused = row.try_get(1)?;
        Ok(Self { db, tx, instance: instance.to_owned(), schedule: schedule.to_owned(), last_beat_at, is_paused })
    }

    /// How many living runs of the schedule work on one of these accounts.
    pub async fn under_way(&mut self, accounts: &[String]) -> Result<i64, Error> {
        let gone = leases::gone(self.db, &mut self.tx).await?;
        let row = self
            .db
            .template(include_str!("schedule_under_way.sql"))
            .bind(self.instance.clone())
            .bind(self.schedule.clone())
            .bind(accounts.to_vec())
            .bind(gone)
            .fetch_one(&mut *self.tx)
            .await?;
        Ok(row.try_get(0)?)
    }

    /// Writes the row of a tick that becomes a run of this worker. `false` where the tick has its row already.
    pub async fn run(&mut self, run: &Opening, worker: &Worker) -> Result<bool, Error> {
        runs::insert(self.db, &mut self.tx, run, worker).await
    }

    /// The living run of the schedule that was asked for by hand, where there is one.
    pub async fn by_hand(&mut self) -> Result<Option<Uuid>, Error> {
        let gone = leases::gone(self.db, &mut self.tx).await?;
        let row = self
            .db
            .template(include_str!("schedule_by_hand.sql"))
            .bind(self.instance.clone())
            .bind(self.schedule.clone())
            .bind(gone)
            .fetch_optional(&mut *self.tx)
            .await?;
        row.map(|row| Ok(row.try_get(0)?)).transpose()
    }

    /// Closes the ledger without a word about ticks.
    pub async fn leave(self) -> Result<(), Error> {
        Ok(self.tx.commit().await?)
    }

    /// Writes ticks that come to nothing: into the schedule's last row where that says the same, else into one of their
    /// own. It begins at the first of them, ends at the last, and is due when the last was.
    pub async fn skip(&mut self, skipped: &Skipped) -> Result<(), Error> {
        let last = self
            .db
            .template(include_str!("schedule_last_skipped.sql"))
            .bind(self.instance.clone())
            .bind(self.schedule.clone())
            .bind(skipped.reason)
            .fetch_optional(&mut *self.tx)
            .await?;
        let (id, before, first) = match last {
            Some(row) => (Some(row.try_get::<Uuid, _>(0)?), row.try_get::<i32, _>(1)?, row.try_get(2)?),
            None => (None, 0, skipped.first),
        };
        let ticks = before.saturating_add(i32::try_from(skipped.ticks).unwrap_or(i32::MAX));
        let why = skipped.why(ticks, first);
        let statement = match id {
            Some(_) => include_str!("schedule_skip_more.sql"),
            None => include_str!("schedule_skip.sql"),
        };
        self.db
            .template(statement)
            .bind(id.unwrap_or(skipped.id))
            .bind(self.instance.clone())
            .bind(self.schedule.clone())
            .bind(skipped.last)
            .bind(why)
            .bind(skipped.accounts.clone())
            .bind(ticks)
            .bind(skipped.first)
            .bind(env!("CARGO_PKG_VERSION"))
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    /// Notes that every tick up to an instant has its row, and closes the ledger. Only ever forward, unless the clock
    /// once ran so far ahead that nothing would fall due for long.
    pub async fn close(mut self, until: DateTime<Utc>, mistrusted: DateTime<Utc>) -> Result<DateTime<Utc>, Error> {
        let row = self
            .db
            .template(
                "update {sync_schedules}
                 set last_beat_at = case when last_beat_at < $4 then greatest(last_beat_at, $3) else $3 end
                 where instance = $1 and schedule = $2
                 returning last_beat_at",
            )
            .bind(self.instance.clone())
            .bind(self.schedule.clone())
            .bind(until)
            .bind(mistrusted)
            .fetch_one(&mut *self.tx)
            .await?;
        let last_beat_at = row.try_get(0)?;
        self.tx.commit().await?;
        Ok(last_beat_at)
    }
}

impl Skipped {
    /// Why, with how many there are and from when to when.
    fn why(&self, ticks: i32, first: DateTime<Utc>) -> String {
        let text = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        match ticks {
            ..=1 => self.reason.to_owned(),
            _ => format!("{}: {ticks} ticks from {} to {}", self.reason, text(first), text(self.last)),
        }
    }
}

/// Forgets when schedules last beat that nobody keeps: what falls due until somebody does again was never missed. Another
/// replica may keep one that is not at work here: it notes that every five minutes.
pub async fn rest(db: &Db, instance: &str, at_work: &[String]) -> Result<(), Error> {
    let mut tx = db.begin().await?;
    db.template(
        "update {sync_schedules} set last_beat_at = null
         where instance = $1 and schedule <> all($2) and schedule <> $3
           and last_beat_at < clock_timestamp() - interval '10 minutes'",
    )
    .bind(instance.to_owned())
    .bind(at_work.to_vec())
    .bind(super::retention::SCHEDULE)
    .execute(&mut *tx)
    .await?;
    Ok(tx.commit().await?)
}

/// How every schedule of a daemon stands that was ever at work or paused, by name.
pub async fn all(db: &Db, instance: &str) -> Result<Vec<Standing>, Error> {
    let mut tx = db.begin().await?;
    let rows = db
        .template(
            "select schedule, last_beat_at, paused_at, paused_by, pause_reason, failures from {sync_schedules}
             where instance = $1 and schedule <> $2 order by schedule",
        )
        .bind(instance.to_owned())
        .bind(super::retention::SCHEDULE)
        .fetch_all(&mut *tx)
        .await?;
    tx.commit().await?;
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
    let mut tx = db.begin().await?;
    let row = db
        .template(include_str!("schedule_pause.sql"))
        .bind(instance.to_owned())
        .bind(schedule.to_owned())
        .bind(now)
        .bind(by.to_owned())
        .bind(reason.map(str::to_owned))
        .fetch_one(&mut *tx)
        .await?;
    let standing = standing(&row)?;
    tx.commit().await?;
    Ok(standing)
}

/// Ends the pause of a schedule, and the alert that told of it. The failures in a row are counted on until a success.
pub async fn resume(db: &Db, instance: &str, schedule: &str, now: DateTime<Utc>) -> Result<Standing, Error> {
    let mut tx = db.begin().await?;
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
    db.template("update {sync_alerts} set resolved_at = $2 where dedupe_id = $1 and resolved_at is null")
        .bind(paused_alert(schedule, instance))
        .bind(now)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(standing)
}

/// What tells the alert of a schedule's pause apart from every other.
pub fn paused_alert(cause: &str, instance: &str) -> String {
    format!("schedule_paused:{cause}@{instance}")
}

fn standing(row: &PgRow) -> Result<Standing, Error> {
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
