//! How long runs and their steps are kept: old ones go in small batches, once a day, by one replica.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::Row;
use uuid::Uuid;

use super::alerts;
use super::db::Db;
use super::error::Error;
use super::transact::Alone;

/// The name under which the day's turn is kept beside the schedules, whose own names hold no space.
pub(super) const SCHEDULE: &str = "(retention)";
/// A daemon that has not beaten for so long is gone, and commands do what it did.
const GONE_AFTER: TimeDelta = TimeDelta::days(7);
/// Runs that one transaction removes.
const BATCH: i64 = 500;

/// Removes what an instance keeps no longer than so many days, runs and alerts that ended, where it is this process's turn:
/// once a day. By the same measure those of instances that are gone.
pub async fn remove_old(db: &Db, instance: &str, days: u32, now: DateTime<Utc>) -> Result<(), Error> {
    if !take_turn(db, instance, now).await? {
        return Ok(());
    }
    let before = now - TimeDelta::days(days.into());
    let mut runs = 0;
    for instance in std::iter::once(instance.to_owned()).chain(gone(db, instance, before).await?) {
        loop {
            match remove_some(db, &instance, before).await? {
                0 => break,
                some => runs += some,
            }
        }
        alerts::remove_old(db, &instance, before).await?;
    }
    if runs > 0 {
        tracing::info!(runs, "old runs were removed");
    }
    Ok(())
}

/// The other instances that showed neither a beat nor a run since an instant: daemons that have another name now, or are no
/// more. Nobody else removes what is theirs.
async fn gone(db: &Db, instance: &str, before: DateTime<Utc>) -> Result<Vec<String>, Error> {
    let rows = db
        .template(
            "select i.instance from (select instance from {sync_runs} union select instance from {sync_alerts}) i
             where i.instance <> $1
               and not exists (select from {sync_schedules} s where s.instance = i.instance and s.last_beat_at >= $2)
               and not exists (select from {sync_runs} r where r.instance = i.instance
                               and (r.started_at >= $2 or r.status = 'running'))",
        )
        .bind(instance.to_owned())
        .bind(before)
        .all(db)
        .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// The same for a command, where no daemon does it: how long its runs are kept is a daemon's to say, and the command's machine
/// may be configured otherwise.
pub async fn remove_old_for_nobody(db: &Db, instance: &str, days: u32, now: DateTime<Utc>) -> Result<(), Error> {
    let beats = db
        .template("select 1 from {sync_schedules} where instance = $1 and schedule <> $2 and last_beat_at > $3 limit 1")
        .bind(instance.to_owned())
        .bind(SCHEDULE)
        .bind(now - GONE_AFTER)
        .all(db)
        .await?;
    if beats.is_empty() { remove_old(db, instance, days, now).await } else { Ok(()) }
}

/// Takes today's turn. `false` where another replica has it.
pub async fn take_turn(db: &Db, instance: &str, now: DateTime<Utc>) -> Result<bool, Error> {
    let taken = db
        .template(
            // Where it is nobody's turn no row is locked: that would be a write.
            "insert into {sync_schedules} as s (instance, schedule, last_beat_at)
             select $1, $2, $3
             where not exists (select from {sync_schedules} t where t.instance = $1 and t.schedule = $2
                               and t.last_beat_at >= $3 - interval '1 day')
             on conflict (instance, schedule) do update set last_beat_at = excluded.last_beat_at
             where s.last_beat_at < excluded.last_beat_at - interval '1 day'",
        )
        .bind(instance.to_owned())
        .bind(SCHEDULE)
        .bind(now)
        .written(db)
        .await?;
    Ok(taken == 1)
}

/// Removes some runs of an instance that began before an instant, with their steps. Returns how many: none means that all are
/// gone. Those of another daemon here are kept as long as that one says.
pub async fn remove_some(db: &Db, instance: &str, before: DateTime<Utc>) -> Result<usize, Error> {
    db.transact(usize::max, |mut tx| async {
        let rows = db
            .template(
                "delete from {sync_runs} where id in
             (select id from {sync_runs}
              where started_at < $1 and status <> 'running' and instance = $3 order by started_at limit $2)
             returning id",
            )
            .bind(before)
            .bind(BATCH)
            .bind(instance.to_owned())
            .fetch_all(&mut *tx)
            .await?;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        let count = ids.len();
        db.template("delete from {sync_run_steps} where run_id = any($1)").bind(ids).execute(&mut *tx).await?;
        Ok((tx, count))
    })
    .await
}
