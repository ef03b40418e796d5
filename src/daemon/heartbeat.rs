//! The sign of life of a process: it keeps the leases of its runs, and notices when one was lost.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::store::{Db, Worker, leases};

/// How often the leases are renewed; they lapse after six times that.
const EVERY: Duration = Duration::from_secs(5);

/// How long one beat may take: on a connection that fell silent the next one must not wait for it for ever.
const WITHIN: Duration = Duration::from_secs(15);

/// Beats for which a run may be without a lease at its beginning: it may wait for a connection before it opens its record.
const UNOPENED_BEATS: u32 = 24;

/// Runs by id.
type Runs = Arc<Mutex<HashMap<Uuid, Run>>>;

/// A run that is watched over.
#[derive(Debug)]
struct Run {
    stop: CancellationToken,
    /// Whether a beat found its lease.
    is_opened: bool,
    /// Beats in a row that found it without one.
    misses: u32,
}

/// Renews the leases of a process until it is stopped.
#[derive(Debug)]
pub struct Heartbeat {
    runs: Runs,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// The runs of this process.
#[derive(Debug, Clone)]
pub struct Watched(Runs);

impl Heartbeat {
    /// Starts renewing.
    pub fn start(db: Db, worker: Worker) -> Self {
        let (runs, stop) = (Runs::default(), CancellationToken::new());
        // Work that waits for a lock holds its connection for as long as two thirds of a lease.
        let task = tokio::spawn(renew(db.hurried(), worker, Arc::clone(&runs), stop.clone()));
        Self { runs, stop, task }
    }

    /// Watches over a run: it is stopped when another process took its leases, which had lapsed.
    pub fn watch(&self, run_id: Uuid, stop: CancellationToken) {
        self.runs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(run_id, Run { stop, is_opened: false, misses: 0 });
    }

    /// The runs that it watches over, also later.
    pub fn watched(&self) -> Watched {
        Watched(Arc::clone(&self.runs))
    }

    /// Forgets a run that ended.
    pub fn forget(&self, run_id: Uuid) {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner).remove(&run_id);
    }

    /// Stops renewing.
    pub async fn stop(self) {
        self.stop.cancel();
        self.task.await.ok();
    }
}

impl Watched {
    /// The runs that this process works on at this moment.
    pub fn now(&self) -> Vec<Uuid> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).keys().copied().collect()
    }
}

async fn renew(db: Db, worker: Worker, runs: Runs, stop: CancellationToken) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first tick comes at once, and a run that just began has just been stamped.
    ticks.tick().await;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let watched = Watched(Arc::clone(&runs)).now();
        if watched.is_empty() {
            continue;
        }
        let beaten = tokio::select! {
            // The write is one transaction: dropping it loses nothing.
            () = stop.cancelled() => return,
            beaten = timeout(WITHIN, leases::beat(&db, &worker, &watched)) => beaten,
        };
        match beaten {
            Ok(Ok(held)) => {
                stop_asked(&runs, &held);
                judge(&runs, |run| held.iter().any(|(holder, _)| holder == run));
            }
            Ok(Err(error)) => tracing::warn!(%error, "the heartbeat could not be written"),
            Err(_) => tracing::warn!(within_s = WITHIN.as_secs(), "the heartbeat was not written in time"),
        }
    }
}

/// Stops runs that somebody asked to stop, wherever that was.
fn stop_asked(runs: &Runs, held: &[(Uuid, Option<String>)]) {
    let runs = runs.lock().unwrap_or_else(PoisonError::into_inner);
    for (run_id, by) in held {
        if let (Some(by), Some(run)) = (by, runs.get(run_id))
            && !run.stop.is_cancelled()
        {
            tracing::info!(%run_id, by, "the run was asked to stop");
            run.stop.cancel();
        }
    }
}

/// Stops runs whose leases are gone. Only the second miss in a row counts: a run opens its record after it is watched
/// and closes it before it is forgotten.
fn judge(runs: &Runs, holds: impl Fn(&Uuid) -> bool) {
    let mut runs = runs.lock().unwrap_or_else(PoisonError::into_inner);
    for (run_id, run) in runs.iter_mut() {
        if holds(run_id) {
            (run.is_opened, run.misses) = (true, 0);
            continue;
        }
        run.misses += 1;
        if run.misses == if run.is_opened { 2 } else { UNOPENED_BEATS } {
            tracing::warn!(%run_id, "another process took this run for dead and has its leases: it stops");
            run.stop.cancel();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_stops_when_its_leases_stay_gone_and_not_before() {
        let runs = Runs::default();
        let (run, stop) = (Uuid::now_v7(), CancellationToken::new());
        runs.lock().unwrap().insert(run, Run { stop: stop.clone(), is_opened: false, misses: 0 });
        // It waits for a connection before it opens its record.
        for holds in [false, false, false, true, false] {
            judge(&runs, |_| holds);
            assert!(!stop.is_cancelled());
        }
        judge(&runs, |_| false);
        assert!(stop.is_cancelled());
    }
}
