//! The table `sync_run_steps`: a row per run, account and step.

use chrono::{DateTime, Utc};
use sqlx::Row;
use uuid::Uuid;

use super::changes::Changes;
use super::db::Db;
use super::error::Error;
use super::requests::{self, Request};
use super::runs::{Fault, Totals, big, code, small};
use super::transact::{Alone, latest};
use super::upsert::Counts;

/// One step as it is recorded.
#[derive(Debug, Clone)]
pub struct Step {
    /// The run.
    pub run_id: Uuid,
    /// The account's digits.
    pub account_id: String,
    /// `account`, `campaigns`, `adsets`, `insights:<report>`, `rollup` or `reconcile`.
    pub step: String,
    /// `running`, `succeeded`, `failed`, `throttled`, `skipped` or `cancelled`.
    pub status: String,
    /// Why, in words.
    pub status_reason: Option<String>,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// What its calls and rows came to.
    pub totals: Totals,
    /// Its error.
    pub fault: Option<Fault>,
    /// The questions about insights that it asked, by their hashes.
    pub requests: Vec<String>,
    /// The days whose sums it changed.
    pub changes: Changes,
}

/// A query for `status`: how a run `r` went for one account, which an expression of SQL names. NULL where there is no run.
pub(super) fn outcome_of(account: &str) -> String {
    include_str!("steps_outcome.sql").replace(":account", account)
}

/// Writes a step as it stands, and keeps the questions that it names.
pub async fn write(db: &Db, step: &Step, requests: &[Request]) -> Result<(), Error> {
    let totals = &step.totals;
    let fault = step.fault.as_ref();
    db.transact(latest, |mut tx| async {
        requests::keep(db, &mut tx, requests).await?;
        db.template(include_str!("step_write.sql"))
            .bind(step.run_id)
            .bind(step.account_id.clone())
            .bind(step.step.clone())
            .bind(step.status.clone())
            .bind(step.status_reason.clone())
            .bind(step.started_at)
            .bind(step.finished_at)
            .bind(small(totals.api_calls))
            .bind(small(totals.api_retries))
            .bind(small(totals.batch_parts))
            .bind(small(totals.splits))
            .bind(big(totals.waited_ms))
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
            .bind(step.requests.clone())
            .bind(step.finished_at.map(|_| small(step.changes.days())))
            .bind(step.changes.json())
            .execute(&mut *tx)
            .await?;
        Ok((tx, ()))
    })
    .await
}

/// The steps of a run, by account, in the order in which they began.
pub async fn of_run(db: &Db, run_id: Uuid) -> Result<Vec<Step>, Error> {
    let rows = db
        .template("select * from {sync_run_steps} where run_id = $1 order by account_id, started_at, step")
        .bind(run_id)
        .all(db)
        .await?;
    rows.iter().map(step_of).collect()
}

fn step_of(row: &sqlx::postgres::PgRow) -> Result<Step, Error> {
    let small = |name: &str| -> Result<u64, Error> {
        Ok(u64::try_from(row.try_get::<Option<i32>, _>(name)?.unwrap_or(0)).unwrap_or(0))
    };
    let big = |name: &str| -> Result<u64, Error> {
        Ok(u64::try_from(row.try_get::<Option<i64>, _>(name)?.unwrap_or(0)).unwrap_or(0))
    };
    let fault = match row.try_get::<Option<String>, _>("error")? {
        None => None,
        Some(message) => Some(Fault {
            class: row.try_get::<Option<String>, _>("error_class")?.unwrap_or_default(),
            code: row.try_get::<Option<i32>, _>("error_code")?.map(i64::from),
            subcode: row.try_get::<Option<i32>, _>("error_subcode")?.map(i64::from),
            fbtrace_id: row.try_get("fbtrace_id")?,
            message,
            advice: row.try_get::<Option<String>, _>("advice")?.unwrap_or_default(),
        }),
    };
    Ok(Step {
        run_id: row.try_get("run_id")?,
        account_id: row.try_get("account_id")?,
        step: row.try_get("step")?,
        status: row.try_get("status")?,
        status_reason: row.try_get("status_reason")?,
        started_at: row.try_get("started_at")?,
        finished_at: row.try_get("finished_at")?,
        totals: Totals {
            api_calls: small("api_calls")?,
            api_retries: small("api_retries")?,
            batch_parts: small("batch_parts")?,
            splits: small("splits")?,
            waited_ms: big("waited_ms")?,
            rows_read: big("rows_read")?,
            counts: Counts {
                inserted: big("rows_inserted")?,
                updated: big("rows_updated")?,
                unchanged: big("rows_unchanged")?,
                deleted: big("rows_deleted")?,
            },
            ..Totals::default()
        },
        fault,
        // A schema that is not current has none.
        requests: row.try_get::<Option<Vec<String>>, _>("requests").ok().flatten().unwrap_or_default(),
        // They are shown by the page of the run, which asks for them by themselves.
        changes: Changes::default(),
    })
}

/// The runs of a schedule whose step was cut off since it last came to its end, for one account: what they completed need
/// not be read again.
pub async fn cut_off_since(
    db: &Db,
    instance: &str,
    schedule: &str,
    account_id: &str,
    but: Uuid,
) -> Result<Vec<Uuid>, Error> {
    let rows = db
        .template(include_str!("steps_cut_off.sql"))
        .bind(instance.to_owned())
        .bind(schedule.to_owned())
        .bind(account_id.to_owned())
        .bind(but)
        .all(db)
        .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Whether one of these runs did a step of an account, ended after an instant.
pub async fn did(db: &Db, runs: &[Uuid], account_id: &str, step: &str, since: DateTime<Utc>) -> Result<bool, Error> {
    let row = db
        .template(
            "select exists (
               select from {sync_run_steps}
               where run_id = any($1) and account_id = $2 and step = $3 and status = 'succeeded' and finished_at > $4)",
        )
        .bind(runs.to_vec())
        .bind(account_id.to_owned())
        .bind(step.to_owned())
        .bind(since)
        .one(db)
        .await?;
    Ok(row.try_get(0)?)
}
