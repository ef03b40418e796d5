//! The table `sync_runs`: a row per run. `open` makes the record, `close` completes it.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::rows::report::Days;

use super::db::{Db, Tx};
use super::error::Error;
use super::leases;
use super::transact::{self, Alone};
use super::upsert::Counts;
use super::worker::Worker;

/// Why a run ended that heard the wish to stop.
pub const STOPPED: &str = "its process was told to stop";
/// Why a run ended that was told to stop before it began.
pub const STOPPED_EARLY: &str = "its process was told to stop before it began";
/// Why a run did nothing else.
pub const COMPARED: &str = "it only compared with Meta's totals";
/// Why a run ended that did not hear the wish to stop.
pub const CUT_OFF: &str = "it did not end within daemon.shutdown_grace";

/// What is known of a run when it begins.
#[derive(Debug, Clone)]
pub struct Opening {
    /// Its id, a UUID v7.
    pub id: Uuid,
    /// The daemon's name.
    pub instance: String,
    /// The schedule; `None` for commands.
    pub schedule: Option<String>,
    /// `cron`, `catch_up`, `manual`, `backfill` or `resume`.
    pub trigger: &'static str,
    /// When the tick fell due.
    pub due_at: Option<DateTime<Utc>>,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// The digits of the accounts that it is to sync.
    pub accounts: Vec<String>,
    /// The API's version that is asked for.
    pub api_version: String,
    /// What it was asked for over HTTP, as JSON; `None` where nobody did.
    pub request: Option<String>,
}

/// What is known of a run when it ends.
#[derive(Debug, Clone, Default)]
pub struct Closing {
    /// `succeeded`, `partial`, `failed`, `cancelled` or `skipped`.
    pub status: &'static str,
    /// Why, in words.
    pub status_reason: Option<String>,
    /// What its calls and rows came to.
    pub totals: Totals,
    /// The first error of the worst class.
    pub fault: Option<Fault>,
    /// A JSON array of warnings.
    pub warnings: String,
}

/// What calls and rows came to.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Totals {
    /// HTTP requests.
    pub api_calls: u64,
    /// Those that repeated a failed one.
    pub api_retries: u64,
    /// Questions inside batches.
    pub batch_parts: u64,
    /// Questions made smaller.
    pub splits: u64,
    /// Report runs made.
    pub report_runs: u64,
    /// Wall milliseconds of waiting for a budget.
    pub waited_ms: u64,
    /// The fullest budget, in percent.
    pub usage_peak_pct: Decimal,
    /// Rows that arrived.
    pub rows_read: u64,
    /// Rows that changed.
    pub counts: Counts,
}

/// An error as the tables keep it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fault {
    /// Its class.
    pub class: String,
    /// Meta's code.
    pub code: Option<i64>,
    /// Meta's subcode.
    pub subcode: Option<i64>,
    /// Meta's trace id.
    pub fbtrace_id: Option<String>,
    /// What happened, in words.
    pub message: String,
    /// What a person should do.
    pub advice: String,
}

/// A run as it is shown.
#[derive(Debug, Clone)]
pub struct Run {
    /// Its id.
    pub id: Uuid,
    /// The schedule; `None` for commands.
    pub schedule: Option<String>,
    /// What started it.
    pub trigger: String,
    /// When the tick fell due.
    pub due_at: Option<DateTime<Utc>>,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Whether it only compares with Meta's totals.
    pub is_comparison: bool,
    /// Its status.
    pub status: String,
    /// Why, in words.
    pub status_reason: Option<String>,
    /// The digits of its accounts.
    pub accounts: Vec<String>,
    /// Its window.
    pub since: Option<NaiveDate>,
    /// Its window's end.
    pub until: Option<NaiveDate>,
    /// HTTP requests.
    pub api_calls: Option<i32>,
    /// Rows inserted, updated, unchanged, deleted.
    pub rows: [Option<i64>; 4],
    /// Its error.
    pub error: Option<String>,
    /// What a person should do.
    pub advice: Option<String>,
    /// What it warned of, in words, each with the account's digits where it is about one.
    pub warnings: Vec<(Option<String>, String)>,
}

/// Records that a run begins and that this worker holds it. `false` where the tick has its row already: another replica
/// has it.
pub async fn open(db: &Db, run: &Opening, worker: &Worker) -> Result<bool, Error> {
    db.transact(transact::latest, |mut tx| async {
        let is_new = insert(db, &mut tx, run, worker).await?;
        Ok((tx, is_new))
    })
    .await
}

/// The same inside a transaction that has more to write.
pub(super) async fn insert(db: &Db, tx: &mut Tx, run: &Opening, worker: &Worker) -> Result<bool, Error> {
    let inserted = db
        .template(
            "insert into {sync_runs} (id, instance, schedule, trigger, due_at, started_at, status, accounts, worker,
               app_version, api_version, request)
             values ($1, $2, $3, $4, $5, $6, 'running', $7, $8, $9, $10, $11::jsonb)
             on conflict do nothing",
        )
        .bind(run.id)
        .bind(run.instance.clone())
        .bind(run.schedule.clone())
        .bind(run.trigger)
        .bind(run.due_at)
        .bind(run.started_at)
        .bind(run.accounts.clone())
        .bind(worker.name.clone())
        .bind(env!("CARGO_PKG_VERSION"))
        .bind(run.api_version.clone())
        .bind(run.request.clone())
        .execute(&mut **tx)
        .await?
        .rows_affected();
    if inserted == 0 {
        // A first try wrote it, and nobody heard.
        let own = db.template("select 1 from {sync_runs} where id = $1").bind(run.id).fetch_optional(&mut **tx).await?;
        return Ok(own.is_some());
    }
    db.template(include_str!("lease_acquire.sql"))
        .bind("")
        .bind(vec![run.id.to_string()])
        .bind(run.id)
        .bind(worker.id)
        .bind(worker.name.clone())
        .bind(worker.boot_id.clone())
        .bind(worker.pid)
        .bind(worker.process_started)
        .bind(Vec::<Uuid>::new())
        .execute(&mut **tx)
        .await?;
    Ok(true)
}

/// Notes when a run that was recorded before really began.
pub async fn began(db: &Db, id: Uuid, started_at: DateTime<Utc>) -> Result<(), Error> {
    db.template("update {sync_runs} set started_at = $2 where id = $1 and status = 'running'")
        .bind(id)
        .bind(started_at)
        .run(db)
        .await
}

/// Notes the window that an account of the run reads: the run's own spans those of all its accounts.
pub async fn widen_window(db: &Db, id: Uuid, window: Days) -> Result<(), Error> {
    db.template(
        "update {sync_runs} set since = least(since, $2), until = greatest(until, $3)
         where id = $1 and (since is null or since > $2 or until is null or until < $3)",
    )
    .bind(id)
    .bind(window.since)
    .bind(window.until)
    .run(db)
    .await
}

/// Completes the record and gives back all leases of the run.
pub async fn close(db: &Db, id: Uuid, finished_at: DateTime<Utc>, end: &Closing) -> Result<(), Error> {
    let fault = end.fault.clone();
    let fault = fault.as_ref();
    let totals = &end.totals;
    db.transact(transact::latest, |mut tx| async {
        db.template(include_str!("run_close.sql"))
            .bind(id)
            .bind(finished_at)
            .bind(end.status)
            .bind(end.status_reason.clone())
            .bind(small(totals.api_calls))
            .bind(small(totals.api_retries))
            .bind(big(totals.waited_ms))
            .bind(totals.usage_peak_pct)
            .bind(big(totals.rows_read))
            .bind(big(totals.counts.inserted))
            .bind(big(totals.counts.updated))
            .bind(big(totals.counts.unchanged))
            .bind(big(totals.counts.deleted))
            .bind(fault.map(|fault| fault.class.clone()))
            .bind(fault.and_then(|fault| code(fault.code)))
            .bind(fault.and_then(|fault| code(fault.subcode)))
            .bind(fault.and_then(|fault| fault.fbtrace_id.clone()))
            .bind(fault.map(|fault| fault.message.clone()))
            .bind(fault.map(|fault| fault.advice.clone()))
            .bind(end.warnings.clone())
            .bind(small(totals.report_runs))
            .execute(&mut *tx)
            .await?;
        db.template("delete from {sync_leases} where run_id = $1").bind(id).execute(&mut *tx).await?;
        Ok((tx, ()))
    })
    .await
}

/// Completes the record of a run that made no report, with what its steps had come to, and gives back its leases.
pub async fn cut_off(
    db: &Db,
    id: Uuid,
    finished_at: DateTime<Utc>,
    status: &'static str,
    reason: &str,
) -> Result<(), Error> {
    db.transact(transact::latest, |mut tx| async {
        db.template(include_str!("run_close_unreported.sql"))
            .bind(id)
            .bind(finished_at)
            .bind(status)
            .bind(reason.to_owned())
            .execute(&mut *tx)
            .await?;
        db.template(include_str!("run_cut_off.sql")).bind(vec![id]).bind(finished_at).execute(&mut *tx).await?;
        db.template("delete from {sync_leases} where run_id = $1").bind(id).execute(&mut *tx).await?;
        Ok((tx, ()))
    })
    .await
}

/// Marks every run as abandoned whose heartbeat lapsed or whose process is gone. Returns how many.
///
/// `ours` are runs of this process that it works on: after an outage it may look here before it could renew their leases.
pub async fn abandon_dead(db: &Db, ours: &[Uuid]) -> Result<u64, Error> {
    db.transact(u64::max, |mut tx| async {
        let gone = leases::gone(db, &mut tx).await?;
        let rows =
            db.template(include_str!("run_abandon.sql")).bind(gone).bind(ours.to_vec()).fetch_all(&mut *tx).await?;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        if !ids.is_empty() {
            db.template(include_str!("run_cut_off.sql"))
                .bind(ids.clone())
                .bind(None::<DateTime<Utc>>)
                .execute(&mut *tx)
                .await?;
            db.template("delete from {sync_leases} where run_id = any($1)").bind(ids.clone()).execute(&mut *tx).await?;
        }
        Ok((tx, u64::try_from(ids.len()).unwrap_or(u64::MAX)))
    })
    .await
}

/// The runs of the same arguments that were killed, cancelled or failed by the database since the last one that came to
/// its end: what they completed need not be read again.
pub async fn interrupted(db: &Db, run: &Opening, window: Days) -> Result<Vec<Uuid>, Error> {
    let rows = db
        .template(include_str!("run_interrupted.sql"))
        .bind(run.id)
        .bind(run.instance.clone())
        .bind(run.schedule.clone())
        .bind(run.trigger)
        .bind(run.accounts.clone())
        .bind(window.since)
        .bind(window.until)
        .all(db)
        .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// The latest runs, newest first.
pub async fn latest(db: &Db, limit: i64) -> Result<Vec<Run>, Error> {
    db.transact(transact::latest, |mut tx| async {
        let runs = latest_in(db, &mut tx, limit).await?;
        Ok((tx, runs))
    })
    .await
}

/// The same inside a transaction that asks for more.
pub(super) async fn latest_in(db: &Db, tx: &mut Tx, limit: i64) -> Result<Vec<Run>, Error> {
    let sql = format!(
        "{} where started_at is not null order by started_at desc, id desc limit $1",
        db.names.fill(SELECT_RUN)
    );
    let rows = db.query(sql).bind(limit).fetch_all(&mut **tx).await?;
    rows.iter().map(run_of).collect()
}

/// One run.
pub async fn find(db: &Db, id: Uuid) -> Result<Option<Run>, Error> {
    let sql = format!("{} where id = $1", db.names.fill(SELECT_RUN));
    let row = db.query(sql).bind(id).first(db).await?;
    row.as_ref().map(run_of).transpose()
}

/// Runs as a JSON array of objects named like the table's columns, instants in UTC: one, or the last ones.
pub async fn json(db: &Db, id: Option<Uuid>, limit: i64) -> Result<String, Error> {
    db.transact(transact::latest, |mut tx| async {
        tx.tell_utc().await?;
        let row = db.template(include_str!("runs_json.sql")).bind(id).bind(limit).fetch_one(&mut *tx).await?;
        Ok((tx, row.try_get(0)?))
    })
    .await
}

/// What follows says which.
const SELECT_RUN: &str = include_str!("run_select.sql");

fn run_of(row: &PgRow) -> Result<Run, Error> {
    let accounts: Vec<Option<String>> = row.try_get("warned")?;
    let messages: Vec<Option<String>> = row.try_get("warnings")?;
    let messages = messages.into_iter().map(Option::unwrap_or_default);
    Ok(Run {
        id: row.try_get("id")?,
        schedule: row.try_get("schedule")?,
        trigger: row.try_get("trigger")?,
        due_at: row.try_get("due_at")?,
        started_at: row.try_get("started_at")?,
        finished_at: row.try_get("finished_at")?,
        is_comparison: row.try_get("is_comparison")?,
        status: row.try_get("status")?,
        status_reason: row.try_get("status_reason")?,
        accounts: row.try_get::<Option<Vec<String>>, _>("accounts")?.unwrap_or_default(),
        since: row.try_get("since")?,
        until: row.try_get("until")?,
        api_calls: row.try_get("api_calls")?,
        rows: [
            row.try_get("rows_inserted")?,
            row.try_get("rows_updated")?,
            row.try_get("rows_unchanged")?,
            row.try_get("rows_deleted")?,
        ],
        error: row.try_get("error")?,
        advice: row.try_get("advice")?,
        warnings: accounts.into_iter().zip(messages).collect(),
    })
}

pub(super) fn small(count: u64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

pub(super) fn big(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

pub(super) fn code(code: Option<i64>) -> Option<i32> {
    code.and_then(|code| i32::try_from(code).ok())
}
