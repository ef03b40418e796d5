//! A run: its accounts side by side, its record from the first moment to the last.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;
use uuid::Uuid;

use crate::meta::AccountId;
use crate::store::runs::{self, Closing, Opening};
use crate::store::{self};

use super::account::AccountRun;
use super::engine::{Clock, Engine};
use super::named::Named;
use super::plan::Window;
use super::progress::Progress;
use super::report::{LATE, NO_ROWS, RunReport, Status, run_status};
use super::sweep::Sweeps;
use super::tables::Filled;

/// Why a run did nothing else.
pub const COMPARED: &str = "it only compared with Meta's totals";

/// What a run does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Reads objects and insights, and compares them with Meta's totals.
    Sync,
    /// Compares what is there with Meta's totals, and reads again what differs.
    Reconcile,
}

/// What a run is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The run's id, a UUID v7, so that runs sort by time.
    pub id: Uuid,
    /// The schedule; `None` for commands.
    pub schedule: Option<String>,
    /// `cron`, `catch_up`, `manual`, `backfill` or `resume`.
    pub trigger: &'static str,
    /// When the tick fell due.
    pub due_at: Option<DateTime<Utc>>,
    /// The accounts.
    pub accounts: Vec<AccountId>,
    /// Whether the accounts were found by "all": a closed one is then no failure.
    pub found_by_all: bool,
    /// The reports, by name; `None` means all that are enabled.
    pub reports: Option<Vec<String>>,
    /// The days.
    pub window: Window,
    /// Whether days that are complete are read again.
    pub refresh: bool,
    /// What it does.
    pub work: Work,
    /// What it sweeps once a month.
    pub sweeps: Sweeps,
    /// The longest time that it may take, from when it has its first account; it waits as long for that.
    pub deadline: Option<Duration>,
    /// Whether it was asked for over HTTP: then its record keeps what for.
    pub is_asked: bool,
    /// What it goes on with; `None` where it begins.
    pub goes_on: Option<GoesOn>,
}

/// A backfill that was cut off and that a run goes on with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoesOn {
    /// The run that began it.
    pub first_run: Uuid,
    /// The one of its runs that was cut off last.
    pub run: Uuid,
    /// When that was: what was read since then is not read again, also where complete days are.
    pub since: DateTime<Utc>,
    /// Its accounts that are not to be synced any more.
    pub left_out: Vec<AccountId>,
}

impl Request {
    /// The record that the run begins with.
    pub fn opening(&self, engine: &Engine, now: DateTime<Utc>) -> Opening {
        Opening {
            id: self.id,
            instance: engine.instance.clone(),
            schedule: self.schedule.clone(),
            trigger: self.trigger,
            due_at: self.due_at,
            started_at: now,
            accounts: self.accounts.iter().map(|account| account.digits().to_owned()).collect(),
            api_version: engine.client.settings().api_version.clone(),
            request: self.is_asked.then(|| self.asked_for()),
        }
    }

    /// What it was asked for, as its record keeps it: days are a backfill's.
    fn asked_for(&self) -> String {
        let days = match self.window {
            Window::Lookback(_) => return "{}".to_owned(),
            Window::Dates { since, until } => (since, until),
            Window::UntilYesterday { since } => (since, None),
        };
        let (since, until, refresh) = (days.0, days.1, self.refresh);
        match &self.goes_on {
            None => serde_json::json!({ "since": since, "until": until, "refresh": refresh }),
            Some(GoesOn { first_run, run, .. }) => serde_json::json!({
                "since": since, "until": until, "refresh": refresh, "first_run": first_run, "resumes": run
            }),
        }
        .to_string()
    }
}

/// Does a run and records it. `None` where the tick has its record already: another process has it.
///
/// Fails only where the record cannot be opened: without one nothing is asked of Meta.
pub async fn run(
    engine: &Engine,
    request: Request,
    now: DateTime<Utc>,
    cancel: &CancellationToken,
    progress: &Arc<Progress>,
) -> Result<Option<RunReport>, store::Error> {
    if !runs::open(&engine.db, &request.opening(engine, now), &engine.worker).await? {
        return Ok(None);
    }
    Ok(Some(run_opened(engine, request, now, cancel, progress).await))
}

/// Does a run whose record is open, and closes it.
pub async fn run_opened(
    engine: &Engine,
    request: Request,
    now: DateTime<Utc>,
    cancel: &CancellationToken,
    progress: &Arc<Progress>,
) -> RunReport {
    // Whatever is said on the way tells whose it is.
    let span = tracing::info_span!("run", run_id = %request.id, schedule = request.schedule);
    Box::pin(work(engine, request, now, cancel, progress)).instrument(span).await
}

async fn work(
    engine: &Engine,
    request: Request,
    now: DateTime<Utc>,
    cancel: &CancellationToken,
    progress: &Arc<Progress>,
) -> RunReport {
    let clock = Clock::starting(now);
    let opening = request.opening(engine, now);
    tracing::info!(run_id = %opening.id, schedule = opening.schedule, trigger = opening.trigger, accounts = opening.accounts.len(), "run began");
    Progress::add(&progress.accounts, u64::try_from(request.accounts.len()).unwrap_or(0));
    let stop = cancel.child_token();
    // Dropped with the run they end.
    let cut = Arc::<OnceLock<&'static str>>::default();
    let _late = request.deadline.map(|deadline| {
        let progress = Arc::clone(progress);
        cuts(async move { progress.overdue(deadline).await }, LATE, &cut, &stop)
    });
    let mut read_only = engine.db.read_only();
    let no_rows = async move { read_only.wait_for(Option::is_some).await.map(drop).unwrap_or_default() };
    let _held = cuts(no_rows, NO_ROWS, &cut, &stop);
    let reports: Vec<Filled<_>> = engine.tables.reports_named(request.reports.as_deref());
    let notes = &progress.notes;
    let accounts = request.accounts.iter().map(|account| {
        let run = AccountRun {
            engine,
            opening: &opening,
            account: account.clone(),
            found_by_all: request.found_by_all,
            reports: &reports,
            window: request.window,
            refresh: request.refresh,
            goes_on_since: request.goes_on.as_ref().map(|goes_on| goes_on.since),
            work: request.work,
            sweeps: &request.sweeps,
            clock,
            zone: OnceLock::new(),
            cancel: stop.clone(),
            named: Named::default(),
            progress,
            notes,
        };
        let span = tracing::info_span!("account", account_id = account.digits());
        Box::pin(run.run().instrument(span))
    });
    let accounts = tokio::select! {
        accounts = join_all(accounts) => accounts,
        () = engine.remember_blocks(clock) => Vec::new(),
    };
    let mut report = RunReport {
        id: opening.id,
        status: run_status(&accounts),
        reason: (request.work == Work::Reconcile).then(|| COMPARED.to_owned()),
        started_at: now,
        finished_at: clock.now(),
        accounts,
        warnings: engine.warnings(&request).await.into_iter().chain(engine.warn_of_room().await).collect(),
        oddities: notes.oddities(),
    };
    if report.status == Status::Cancelled {
        let cut = cut.get().filter(|_| !cancel.is_cancelled());
        report.status = match cut {
            // What others had for all its time is no part of the work.
            Some(&LATE) if !report.has_read() => Status::Failed,
            Some(_) => Status::Partial,
            None => Status::Cancelled,
        };
        report.reason = Some((*cut.unwrap_or(&runs::STOPPED)).to_owned());
    }
    close(engine, &report).await;
    report
}

/// Stops a run when something comes about, and notes why: the first reason counts.
fn cuts(
    comes: impl Future<Output = ()> + Send + 'static,
    reason: &'static str,
    cut: &Arc<OnceLock<&'static str>>,
    stop: &CancellationToken,
) -> AbortOnDropHandle<()> {
    let (cut, stop) = (Arc::clone(cut), stop.clone());
    AbortOnDropHandle::new(tokio::spawn(async move {
        comes.await;
        cut.set(reason).ok();
        stop.cancel();
    }))
}

async fn close(engine: &Engine, report: &RunReport) {
    let closing = Closing {
        status: report.status.as_str(),
        status_reason: report.reason.clone(),
        totals: report.totals(),
        fault: report.fault().cloned(),
        warnings: report.warnings_json(),
    };
    let db = &engine.db;
    if let Err(error) = engine.remember(report.finished_at).await {
        tracing::warn!(%error, "what was learned of meta's budgets could not be kept");
    }
    let closed = runs::close(db, report.id, report.finished_at, &closing).await;
    let totals = &closing.totals;
    tracing::info!(
        run_id = %report.id, status = closing.status, took_ms = (report.finished_at - report.started_at).num_milliseconds(),
        calls = totals.api_calls, retries = totals.api_retries, rows_read = totals.rows_read,
        inserted = totals.counts.inserted, updated = totals.counts.updated, unchanged = totals.counts.unchanged,
        deleted = totals.counts.deleted, "run ended"
    );
    if let Err(error) = closed {
        tracing::error!(run_id = %report.id, %error, "the run's record could not be completed; it will count as abandoned");
    }
}
