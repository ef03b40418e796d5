//! The table `sync_leases`: who works on what. Rows instead of locks: a lock lives in a session, and behind a
//! transaction pooler there is none.

use std::sync::Arc;

use sqlx::Row;
use uuid::Uuid;

use super::db::{Db, Tx};
use super::error::{Class, Error};
use super::lineage::{Lineage, TIMELINE};
use super::names::literal;
use super::transact::{Alone, latest};
use super::worker::Worker;

/// The code of a division by zero.
const NOTHING_HELD: &str = "22012";

/// Who holds a lease that somebody else wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The run that holds it.
    pub run_id: Uuid,
    /// The process, for people.
    pub worker: String,
}

/// What a run's writes end by: a question of the same message as their commit, which fails where another run took over the
/// account. A process that was taken for dead, and was only asleep, writes nothing over what its successor wrote.
#[derive(Debug, Clone)]
pub struct Fence(Arc<str>);

impl Fence {
    /// The fence of a run around an account.
    pub fn of(db: &Db, run_id: Uuid, account_id: &str) -> Self {
        // Whoever takes one report of several removes the run's own lease, too.
        let held = format!(
            "select 1 / count(*) from {{sync_leases}} own where own.account_id = '' and own.run_id = '{run_id}'
               and exists (select from {{sync_leases}} held where held.account_id = {} and held.run_id = '{run_id}')",
            literal(account_id)
        );
        Self(db.names.fill(&held).into())
    }

    /// The question. It divides by zero where nothing is held.
    pub(super) fn question(&self) -> &str {
        &self.0
    }

    /// What a failure of the message that ends by it means.
    pub(super) fn judged(error: sqlx::Error) -> Error {
        let is_lost = error.as_database_error().is_some_and(|error| error.code().as_deref() == Some(NOTHING_HELD));
        if is_lost { lost() } else { error.into() }
    }
}

/// Another run has the account by now.
pub(super) fn lost() -> Error {
    Error::plain(Class::LeaseLost, "another run took over this account")
}

/// Takes the leases of an account's reports for a run, all or none. `Err` inside `Ok` names who holds one of them.
pub async fn acquire(
    db: &Db,
    run_id: Uuid,
    worker: &Worker,
    account_id: &str,
    reports: &[String],
) -> Result<Result<(), Holder>, Error> {
    db.transact(latest, |mut tx| async {
        let taken = acquire_in(db, &mut tx, run_id, worker, account_id, reports).await?;
        Ok((tx, taken))
    })
    .await
}

async fn acquire_in(
    db: &Db,
    tx: &mut Tx,
    run_id: Uuid,
    worker: &Worker,
    account_id: &str,
    reports: &[String],
) -> Result<Result<(), Holder>, Error> {
    let gone = gone(db, tx).await?;
    let displaced = displaced(db, tx, run_id, account_id, reports).await?;
    let taken = db
        .template(include_str!("lease_acquire.sql"))
        .bind(account_id.to_owned())
        .bind(reports.to_vec())
        .bind(run_id)
        .bind(worker.id)
        .bind(worker.name.clone())
        .bind(worker.boot_id.clone())
        .bind(worker.pid)
        .bind(worker.process_started)
        .bind(gone)
        .fetch_all(&mut **tx)
        .await?;
    if taken.len() == reports.len() {
        // Whoever lost a lease is dead, or must stop as if it were: its own lease is what its heartbeat looks for.
        db.template("delete from {sync_leases} where account_id = '' and run_id = any($1)")
            .bind(displaced)
            .execute(&mut **tx)
            .await?;
        return Ok(Ok(()));
    }
    let holder = db
        .template("select run_id, worker from {sync_leases} where account_id = $1 and report = any($2) and run_id <> $3 limit 1")
        .bind(account_id.to_owned())
        .bind(reports.to_vec())
        .bind(run_id)
        .fetch_optional(&mut **tx)
        .await?;
    tx.take_back().await?;
    Ok(match holder {
        Some(row) => Err(Holder { run_id: row.try_get(0)?, worker: row.try_get(1)? }),
        // It was given back between the two statements: the next try finds it free.
        None => Err(Holder { run_id, worker: worker.name.clone() }),
    })
}

/// The runs that hold a lease which another one wants.
async fn displaced(
    db: &Db,
    tx: &mut Tx,
    run_id: Uuid,
    account_id: &str,
    reports: &[String],
) -> Result<Vec<Uuid>, Error> {
    let rows = db
        .template(
            "select distinct run_id from {sync_leases} where account_id = $1 and report = any($2) and run_id <> $3",
        )
        .bind(account_id.to_owned())
        .bind(reports.to_vec())
        .bind(run_id)
        .fetch_all(&mut **tx)
        .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// What a transaction that writes goes on with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// The run holds the account.
    Held,
    /// It does, but on a server with another history than the run began on.
    Moved,
    /// Another run holds it.
    Lost,
}

/// Whether a run still holds an account, within the transaction that writes: a process that was taken for dead must not
/// remove what its successor wrote. Until the end of that transaction nobody can take over: whoever does removes the run's
/// own lease, which is locked here. The lock lets heartbeats pass, however long the transaction takes.
pub(super) async fn standing(
    db: &Db,
    tx: &mut Tx,
    run_id: Uuid,
    account_id: &str,
    lineage: Option<&Lineage>,
) -> Result<Standing, Error> {
    let sql = "select exists (select from {sync_leases} held where held.account_id = $1 and held.run_id = $2), ";
    let own = " from {sync_leases} own where own.account_id = '' and own.run_id = $2 for key share of own";
    // What the server could not tell before it is not asked.
    let timeline = lineage.map_or("null::text", |_| TIMELINE);
    let row = db
        .template(&format!("{sql}{timeline}{own}"))
        .bind(account_id.to_owned())
        .bind(run_id)
        .fetch_optional(&mut **tx)
        .await?;
    let Some(row) = row else { return Ok(Standing::Lost) };
    if !row.try_get::<bool, _>(0)? {
        return Ok(Standing::Lost);
    }
    let now = row.try_get::<Option<String>, _>(1)?;
    Ok(if lineage.map(|Lineage(before)| before) == now.as_ref() { Standing::Held } else { Standing::Moved })
}

/// Moves the heartbeat of what a worker holds for these runs. Returns those that it still has their own lease of, each
/// with who asked it to stop. What it holds for a run that it does not know lapses: such a run was recorded by a
/// transaction whose end got lost. A lease that somebody else has locked is left for the next beat: the others must not wait.
pub async fn beat(db: &Db, worker: &Worker, runs: &[Uuid]) -> Result<Vec<(Uuid, Option<String>)>, Error> {
    let rows = db
        .template(
            "with free as (
               select account_id, report from {sync_leases} where worker_id = $1 and run_id = any($2)
               for no key update skip locked),
             beaten as (
               update {sync_leases} l set heartbeat_at = clock_timestamp() from free
               where l.account_id = free.account_id and l.report = free.report)
             select run_id, stop_by from {sync_leases} where account_id = '' and worker_id = $1 and run_id = any($2)",
        )
        .bind(worker.id)
        .bind(runs.to_vec())
        .standing(db)
        .await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// Asks whoever works on a run to stop it, at the next beat of its heart. `false` where nobody works on it.
pub async fn ask_to_stop(db: &Db, run_id: Uuid, by: &str, reason: Option<&str>) -> Result<bool, Error> {
    let asked = db
        .template(
            "update {sync_leases} set stop_by = coalesce(stop_by, $2), stop_reason = coalesce(stop_reason, $3)
             where run_id = $1 and account_id = ''",
        )
        .bind(run_id)
        .bind(by.to_owned())
        .bind(reason.map(str::to_owned))
        .written(db)
        .await?;
    Ok(asked > 0)
}

/// Whether another run waits for an account that this one holds.
pub async fn is_wanted(db: &Db, run_id: Uuid, account_id: &str) -> Result<bool, Error> {
    let row = db.template(include_str!("lease_wanted.sql")).bind(run_id).bind(account_id.to_owned()).one(db).await?;
    Ok(row.try_get(0)?)
}

/// Gives back what a run holds of one account.
pub async fn release(db: &Db, run_id: Uuid, account_id: &str) -> Result<(), Error> {
    db.template("delete from {sync_leases} where run_id = $1 and account_id = $2")
        .bind(run_id)
        .bind(account_id.to_owned())
        .run(db)
        .await
}

/// The workers that are known to be dead: their process is gone from this machine.
pub(super) async fn gone(db: &Db, tx: &mut Tx) -> Result<Vec<Uuid>, Error> {
    let rows = db
        .template("select distinct worker_id, worker, boot_id, pid, process_started from {sync_leases}")
        .fetch_all(&mut **tx)
        .await?;
    let mut gone = Vec::new();
    for row in rows {
        let holder = Worker {
            id: row.try_get(0)?,
            name: row.try_get(1)?,
            boot_id: row.try_get(2)?,
            pid: row.try_get(3)?,
            process_started: row.try_get(4)?,
        };
        if holder.is_gone() {
            gone.push(holder.id);
        }
    }
    Ok(gone)
}
