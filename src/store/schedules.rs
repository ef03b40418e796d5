//! The table `sync_schedules` and with it the ledger of ticks: every tick has its row in `sync_runs` before the last
//! beat moves past it.
//!
//! A schedule's row is locked while its ticks are written, so that replicas take turns, and all is one transaction: a
//! process that dies in the middle has written nothing, and whoever comes next finds the same ticks due.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::db::{Db, Tx};
use super::error::Error;
use super::leases;
use super::pauses::standing;
pub use super::pauses::{ITSELF, Pause, REFUSED, Standing, all, failed, pause, paused_alert, resume, retire, works};
use super::runs::{self, Opening};
use super::transact::Alone;
use super::worker::Worker;

/// The name under which the backfills' turn is kept beside the schedules, whose own names hold no bracket.
pub const BACKFILLS: &str = "(backfills)";

/// The ledger of one schedule, open and locked.
#[derive(Debug)]
pub struct Ledger<'a> {
    db: &'a Db,
    tx: Tx,
    instance: String,
    schedule: String,
    /// Up to when all ticks have their row.
    pub last_beat_at: DateTime<Utc>,
    /// Its pause, where the schedule is paused.
    pub paused: Option<Pause>,
}

/// A run of a schedule that a daemon did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// Its id.
    pub id: Uuid,
    /// Whether it took up another.
    pub is_resume: bool,
    /// The run that it took up, where its record names it.
    pub resumes: Option<Uuid>,
    /// Whether its process died.
    pub has_died: bool,
    /// Whether it has not ended: nobody knows yet how it will.
    pub is_under_way: bool,
    /// Whether that or a stop kept it from its end.
    pub is_cut_off: bool,
    /// The digits of its accounts.
    pub accounts: Vec<String>,
    /// Those that it did not finish.
    pub left: Vec<String>,
}

/// A backfill that was asked for by hand and cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backfill {
    /// The run.
    pub run: Uuid,
    /// The first day that it was asked for.
    pub since: Option<NaiveDate>,
    /// The last day; `None` means yesterday.
    pub until: Option<NaiveDate>,
    /// Whether days that are complete are read again.
    pub refresh: bool,
    /// The digits of its accounts.
    pub accounts: Vec<String>,
    /// How many runs of the same died within a day.
    pub deaths: i64,
    /// The first of the runs that it went on for, itself where it is the first.
    pub first_run: Uuid,
    /// When that one began.
    pub first_at: DateTime<Utc>,
    /// The digits of those of its accounts that no later backfill read.
    pub unread: Vec<String>,
}

/// Consecutive ticks that come to nothing, for the same reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The row's id, where they need one.
    pub id: Uuid,
    /// Why, in words that are the same every time.
    pub reason: &'static str,
    /// What is to be said besides: who paused the schedule, and why.
    pub detail: Option<String>,
    /// The digits of their accounts.
    pub accounts: Vec<String>,
    /// How many they are.
    pub ticks: u32,
    /// Whether there may be more: very many are not counted.
    pub is_at_least: bool,
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
                "select schedule, last_beat_at, paused_at, paused_by, pause_reason, failures from {sync_schedules}
                 where instance = $1 and schedule = $2 for update",
            )
            .bind(instance.to_owned())
            .bind(schedule.to_owned())
            .fetch_one(&mut *tx)
            .await?;
        let Standing { last_beat_at, paused, .. } = standing(&row)?;
        let last_beat_at = last_beat_at.unwrap_or(now);
        Ok(Self { db, tx, instance: instance.to_owned(), schedule: schedule.to_owned(), last_beat_at, paused })
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

    /// The schedule's runs of the last day, newest first.
    pub async fn past(&mut self) -> Result<Vec<Past>, Error> {
        let rows = self
            .db
            .template(include_str!("schedule_past.sql"))
            .bind(self.instance.clone())
            .bind(self.schedule.clone())
            .bind(stop_reasons())
            .fetch_all(&mut *self.tx)
            .await?;
        let past = |row: &PgRow| {
            Ok(Past {
                id: row.try_get(0)?,
                is_resume: row.try_get(1)?,
                has_died: row.try_get(2)?,
                is_cut_off: row.try_get(3)?,
                accounts: row.try_get(4)?,
                left: row.try_get(5)?,
                resumes: row.try_get::<Option<String>, _>(6)?.and_then(|id| id.parse().ok()),
                is_under_way: row.try_get(7)?,
            })
        };
        rows.iter().map(past).collect()
    }

    /// The backfills of the daemon that were asked for by hand, that something cut off and that nobody took up.
    pub async fn backfills_cut_off(&mut self) -> Result<Vec<Backfill>, Error> {
        let rows = self
            .db
            .template(include_str!("backfills_cut_off.sql"))
            .bind(self.instance.clone())
            .bind(stop_reasons())
            .fetch_all(&mut *self.tx)
            .await?;
        let day = |text: Option<String>| text.and_then(|text| text.parse().ok());
        let backfill = |row: &PgRow| {
            let run = row.try_get(0)?;
            Ok(Backfill {
                run,
                since: day(row.try_get(1)?),
                until: day(row.try_get(2)?),
                refresh: row.try_get(3)?,
                accounts: row.try_get(4)?,
                deaths: row.try_get(5)?,
                first_run: row.try_get::<String, _>(6)?.parse().unwrap_or(run),
                first_at: row.try_get(7)?,
                unread: row.try_get(8)?,
            })
        };
        rows.iter().map(backfill).collect()
    }

    /// The living backfill that was asked for in the same words as this one, for the same accounts.
    pub async fn same_backfill(&mut self, run: &Opening) -> Result<Option<Uuid>, Error> {
        let gone = leases::gone(self.db, &mut self.tx).await?;
        let row = self
            .db
            .template(include_str!("backfill_same.sql"))
            .bind(self.instance.clone())
            .bind(run.request.clone())
            .bind(run.accounts.clone())
            .bind(gone)
            .fetch_optional(&mut *self.tx)
            .await?;
        row.map(|row| Ok(row.try_get(0)?)).transpose()
    }

    /// Closes the ledger without a word about ticks.
    pub async fn leave(self) -> Result<(), Error> {
        self.tx.commit().await
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
        let (id, before, first, was_at_least) = match last {
            Some(row) => {
                (Some(row.try_get::<Uuid, _>(0)?), row.try_get::<i32, _>(1)?, row.try_get(2)?, row.try_get(3)?)
            }
            None => (None, 0, skipped.first, false),
        };
        let ticks = before.saturating_add(i32::try_from(skipped.ticks).unwrap_or(i32::MAX));
        let why = skipped.why(ticks, first, was_at_least);
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

/// Why runs ended that a stop cut off.
fn stop_reasons() -> Vec<String> {
    [runs::STOPPED, runs::STOPPED_EARLY, runs::CUT_OFF].map(str::to_owned).to_vec()
}

impl Skipped {
    /// Why, with how many there are and from when to when.
    fn why(&self, ticks: i32, first: DateTime<Utc>, was_at_least: bool) -> String {
        let text = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let detail = self.detail.as_ref().map_or(String::new(), |detail| format!(" ({detail})"));
        match ticks {
            ..=1 => format!("{}{detail}", self.reason),
            _ => {
                let at_least = if self.is_at_least || was_at_least { "at least " } else { "" };
                let (first, last) = (text(first), text(self.last));
                format!("{}: {at_least}{ticks} ticks from {first} to {last}{detail}", self.reason)
            }
        }
    }
}

/// Forgets when schedules last beat that nobody keeps: what falls due until somebody does again was never missed. Another
/// replica may keep one that is not at work here: it notes that every five minutes.
pub async fn rest(db: &Db, instance: &str, at_work: &[String]) -> Result<(), Error> {
    db.template(
        "update {sync_schedules} set last_beat_at = null
         where instance = $1 and schedule <> all($2) and schedule <> $3
           and last_beat_at < clock_timestamp() - interval '10 minutes'",
    )
    .bind(instance.to_owned())
    .bind(at_work.to_vec())
    .bind(super::retention::SCHEDULE)
    .run(db)
    .await
}
