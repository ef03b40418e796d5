//! One step of an account: opened, done, closed, and recorded whatever becomes of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use tracing::instrument::Instrumented;
use tracing::{Instrument, Span};
use uuid::Uuid;

use crate::meta::Session;
use crate::meta::asked::Asked;
use crate::meta::meter::Meter;
use crate::rows::value::Warnings;
use crate::store::changes::Changes;
use crate::store::runs::{Fault, Totals};
use crate::store::vanished::Removed;
use crate::store::{self, Counts, Db};

use super::engine::Clock;
use super::named::Unlisted;
use super::progress::Progress;
use super::report::{AccountReport, Failure, Status, StepReport};
use super::seen::stored;

/// A step that is under way.
#[derive(Debug)]
pub(super) struct Step {
    name: String,
    started_at: DateTime<Utc>,
    meter: Arc<Meter>,
    /// What is said in it tells which step it is.
    pub span: Span,
    /// The session of the account, on this step's counters.
    pub session: Session,
    /// What its rows came to.
    pub tally: Tally,
}

/// What the rows of a step came to.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Rows that arrived.
    pub read: u64,
    /// Rows that changed.
    pub counts: Counts,
    /// What they name and no listing showed.
    pub unlisted: Unlisted,
    /// What could not be taken as it came.
    pub warnings: Warnings,
    /// Days whose sums are others than before.
    changes: Changes,
    /// The questions about figures that were answered, by their hashes.
    requests: BTreeMap<String, Asked>,
}

/// How a step ended that did not fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Done {
    /// All of it was done.
    All,
    /// It was left out, for this reason.
    Skipped(String),
}

/// Where steps are recorded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Book<'a> {
    pub db: &'a Db,
    pub run_id: Uuid,
    pub account_id: &'a str,
    pub clock: Clock,
}

impl Tally {
    /// Takes over what another came to.
    pub(super) fn add(&mut self, other: Self) {
        self.read += other.read;
        self.counts.add(other.counts);
        self.unlisted.merge(other.unlisted);
        self.changes.add(other.changes);
        self.requests.extend(other.requests);
        self.warnings.merge(other.warnings);
    }

    /// Takes over what another asked, where its rows are none of the step's.
    pub(super) fn add_apart_from_rows(&mut self, other: Self) {
        self.requests.extend(other.requests);
        self.warnings.merge(other.warnings);
    }

    /// Notes a question about figures that was answered.
    pub(super) fn asked(&mut self, asked: Asked) -> Asked {
        self.requests.entry(asked.hash()).or_insert_with(|| asked.clone());
        asked
    }

    /// Takes in what the end of a slice of a table came to.
    pub(super) fn completed(&mut self, removed: Removed, table: &str) {
        self.counts.deleted += removed.rows;
        self.changes.add(removed.changes);
        self.warnings.add_many("silence", table, removed.silent_days);
    }

    /// Takes in rows that were counted as unchanged and of which a later copy was another one.
    pub(super) fn changed_after_all(&mut self, rows: u64) {
        self.counts.unchanged = self.counts.unchanged.saturating_sub(rows);
        self.counts.updated += rows;
    }

    /// Notes rows as they arrive.
    pub(super) fn arrived(&mut self, rows: usize, progress: &Progress) {
        let rows = u64::try_from(rows).unwrap_or(u64::MAX);
        self.read += rows;
        progress.rows.fetch_add(rows, Ordering::Relaxed);
    }
}

impl Book<'_> {
    /// Opens a step and records that it runs.
    pub(super) async fn open(&self, name: impl Into<String>, session: &Session) -> Result<Step, Failure> {
        let (name, meter) = (name.into(), Arc::<Meter>::default());
        let step = Step {
            span: tracing::info_span!("step", step = name),
            name,
            started_at: self.clock.now(),
            session: session.metered(Arc::clone(&meter)),
            meter,
            tally: Tally::default(),
        };
        self.record(&step, "running", None, None, None).await?;
        Ok(step)
    }

    /// Closes a step, records how it ended, and adds it to the account's report. Tells whether the account goes on.
    pub(super) async fn close(&self, step: Step, result: Result<Done, Failure>, report: &mut AccountReport) -> bool {
        let (status, reason, failure) = match result {
            Ok(Done::All) => (Status::Succeeded, None, None),
            Ok(Done::Skipped(reason)) => (Status::Skipped, Some(reason), None),
            Err(failure) => (failure.status(), None, Some(failure)),
        };
        let fault = failure.as_ref().map(Failure::fault);
        let reason = reason.or_else(|| resumes(failure.as_ref(), self.clock.now()));
        let finished_at = Some(self.clock.now());
        if let Err(error) = self.record(&step, status.as_str(), reason, finished_at, fault.as_ref()).await {
            tracing::error!(account_id = self.account_id, step = step.name, %error, "the step's record could not be written");
        }
        let totals = step.totals();
        log(self, &step, status, &totals, fault.as_ref());
        report.warn(&step.name, step.tally.warnings);
        let stops = failure.as_ref().is_some_and(Failure::stops_account);
        report.steps.push(StepReport { step: step.name, status, totals, fault });
        !stops
    }

    async fn record(
        &self,
        step: &Step,
        status: &'static str,
        status_reason: Option<String>,
        finished_at: Option<DateTime<Utc>>,
        fault: Option<&Fault>,
    ) -> Result<(), store::Error> {
        let requests: Vec<_> = step.tally.requests.values().map(stored).collect();
        let row = store::steps::Step {
            run_id: self.run_id,
            account_id: self.account_id.to_owned(),
            step: step.name.clone(),
            status: status.to_owned(),
            status_reason,
            started_at: step.started_at,
            finished_at,
            totals: step.totals(),
            fault: fault.cloned(),
            requests: requests.iter().map(|request| request.hash.clone()).collect(),
            changes: step.tally.changes.clone(),
        };
        store::steps::write(self.db, &row, &requests).await
    }
}

/// Does work within a step's span.
pub(super) fn within<F: Future>(span: Span, work: F) -> Instrumented<F> {
    work.instrument(span)
}

/// When a throttled step may go on, in words.
fn resumes(failure: Option<&Failure>, now: DateTime<Utc>) -> Option<String> {
    match failure {
        Some(Failure::Meta(error)) => {
            let at = now + error.retry_in?;
            Some(format!("may resume at {}", at.format("%Y-%m-%dT%H:%M:%SZ")))
        }
        _ => None,
    }
}

impl Step {
    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    fn totals(&self) -> Totals {
        let cost = self.meter.read();
        Totals {
            api_calls: cost.calls,
            api_retries: cost.retries,
            batch_parts: cost.batch_parts,
            splits: cost.splits,
            report_runs: cost.report_runs,
            waited_ms: u64::try_from(cost.waited.as_millis()).unwrap_or(u64::MAX),
            usage_peak_pct: Decimal::try_from(cost.usage_peak_pct).unwrap_or_default().round_dp(1),
            rows_read: self.tally.read,
            counts: self.tally.counts,
        }
    }
}

fn log(book: &Book<'_>, step: &Step, status: Status, totals: &Totals, fault: Option<&Fault>) {
    let (run_id, account_id, name) = (book.run_id, book.account_id, step.name.as_str());
    let took_ms = (book.clock.now() - step.started_at).num_milliseconds();
    let counts = totals.counts;
    match fault {
        None => tracing::info!(
            %run_id, account_id, step = name, status = status.as_str(), took_ms, calls = totals.api_calls,
            retries = totals.api_retries, rows_read = totals.rows_read, inserted = counts.inserted,
            updated = counts.updated, unchanged = counts.unchanged, deleted = counts.deleted, "step ended"
        ),
        Some(fault) => tracing::warn!(
            %run_id, account_id, step = name, status = status.as_str(), took_ms, calls = totals.api_calls,
            retries = totals.api_retries, class = fault.class, code = fault.code, subcode = fault.subcode,
            fbtrace_id = fault.fbtrace_id, error = fault.message, advice = fault.advice, "step ended"
        ),
    }
}
