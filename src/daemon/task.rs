//! One run as a task: the delay before it, the work, and what is said where the work dies by a fault of adsync.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use crate::metrics::Metrics;
use crate::store::runs::{self, Closing};
use crate::sync::engine::Clock;
use crate::sync::{Engine, Progress, Request, run_opened};

use super::counters;

/// A run whose record is open.
#[derive(Debug)]
pub(super) struct Task {
    pub engine: Arc<Engine>,
    pub request: Request,
    /// The schedule, for the metrics.
    pub schedule: String,
    pub clock: Clock,
    /// How long it waits before it begins.
    pub delay: Duration,
    pub stop: CancellationToken,
    pub metrics: Metrics,
}

impl Task {
    /// Does the run. Whatever happens, its record is closed.
    pub(super) async fn run(self) {
        self.metrics.run_started();
        let id = self.request.id;
        if !self.delay.is_zero() {
            tokio::select! {
                () = self.stop.cancelled() => {
                    self.end(id, "cancelled", "the daemon stopped before it began").await;
                    return;
                }
                () = tokio::time::sleep(self.delay) => {}
            }
            if let Err(error) = runs::began(&self.engine.db, id, self.clock.now()).await {
                tracing::warn!(run_id = %id, %error, "the run's beginning could not be noted");
            }
        }
        let (engine, request, stop, clock) =
            (Arc::clone(&self.engine), self.request.clone(), self.stop.clone(), self.clock);
        let work = async move { run_opened(&engine, request, clock.now(), &stop, &Arc::<Progress>::default()).await };
        // In a task of its own, so that a panic ends the run and not its record.
        match AbortOnDropHandle::new(tokio::spawn(work)).await {
            Ok(report) => counters::count(&self.metrics, &self.schedule, &report),
            Err(error) => {
                tracing::error!(run_id = %id, schedule = self.schedule, %error, "the run ended by a fault of adsync");
                self.end(id, "failed", "it ended by a fault of adsync: report this with the log of the run").await;
            }
        }
    }

    /// Closes the record of a run that made no report.
    async fn end(&self, id: Uuid, status: &'static str, reason: &str) {
        let took = self.clock.elapsed();
        self.metrics.run_finished(&self.schedule, status, took);
        close(&self.engine, id, self.clock, status, reason).await;
    }
}

/// Closes the record of a run that made no report.
pub(super) async fn close(engine: &Engine, id: Uuid, clock: Clock, status: &'static str, reason: &str) {
    let closing =
        Closing { status, status_reason: Some(reason.to_owned()), warnings: "[]".to_owned(), ..Closing::default() };
    let db = &engine.db;
    if let Err(error) = runs::close(db, id, clock.now(), &closing).await {
        tracing::error!(run_id = %id, %error, "the run's record could not be completed; it will count as abandoned");
    }
}
