//! The table `sync_run_steps`: a row per run, account and step.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::db::Db;
use super::error::Error;
use super::runs::{Fault, Totals, big, code, small};

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
    pub status: &'static str,
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
}

/// Writes a step as it stands.
pub async fn write(db: &Db, step: &Step) -> Result<(), Error> {
    let totals = &step.totals;
    let fault = step.fault.as_ref();
    let mut tx = db.begin().await?;
    db.template(include_str!("step_write.sql"))
        .bind(step.run_id)
        .bind(step.account_id.clone())
        .bind(step.step.clone())
        .bind(step.status)
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
        .execute(&mut *tx)
        .await?;
    Ok(tx.commit().await?)
}
