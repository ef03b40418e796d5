//! One run as a task: the delay before it, the work, and what is said where the work dies by a fault of adsync.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinError;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use crate::metrics::Metrics;
use crate::store::runs;
use crate::sync::engine::Clock;
use crate::sync::{Engine, Progress, Request, run_opened};

use super::census::Census;
use super::counters;
use super::gauges;
use super::notifier::Inbox;
use super::orders::{InForce, Orders};
use super::pause;

/// How long after its deadline a run is cut off.
const OVERDUE_AFTER: Duration = Duration::from_secs(60);
/// How long a run without a deadline, which history is, may do nothing at all at least: longer than any wait for the database.
const STALLED_AFTER: Duration = Duration::from_secs(6 * 3600);
/// How much longer than the longest wait for Meta that is.
const BEYOND_A_WAIT: Duration = Duration::from_secs(3600);

/// A run whose record is open.
#[derive(Debug)]
pub(super) struct Task {
    pub orders: Arc<Orders>,
    pub census: watch::Receiver<Census>,
    pub request: Request,
    /// The schedule, for the metrics.
    pub schedule: String,
    pub clock: Clock,
    /// How long it waits before it begins.
    pub delay: Duration,
    pub stop: CancellationToken,
    pub metrics: Metrics,
    /// Where it leaves what a person should know.
    pub inbox: Inbox,
    /// What is told by the time that it ends.
    pub in_force: InForce,
}

impl Task {
    /// Does the run. Whatever happens, its record is closed.
    pub(super) async fn run(self) {
        self.metrics.run_started();
        let id = self.request.id;
        if !self.delay.is_zero() {
            tokio::select! {
                () = self.stop.cancelled() => {
                    self.end(id, "cancelled", runs::STOPPED_EARLY).await;
                    return;
                }
                () = tokio::time::sleep(self.delay) => {}
            }
            if let Err(error) = runs::began(&self.orders.engine.db, id, self.clock.now()).await {
                tracing::warn!(run_id = %id, %error, "the run's beginning could not be noted");
            }
        }
        let (engine, request, stop, clock) =
            (Arc::clone(&self.orders.engine), self.request.clone(), self.stop.clone(), self.clock);
        let progress = Arc::<Progress>::default();
        let watched = Arc::clone(&progress);
        let stalled_after = stalled_after(engine.client.settings().max_wait);
        let work = async move { run_opened(&engine, request, clock.now(), &stop, &progress).await };
        match ended(work, hangs(self.request.deadline, stalled_after, &watched)).await {
            Ended::Reported(report) => {
                counters::count(&self.metrics, &self.schedule, &report);
                if let Some(schedule) = &self.request.schedule {
                    let census = self.census.borrow().clone();
                    let in_force = self.in_force.borrow().clone();
                    pause::note(&self.orders, &in_force, &census, schedule, &report).await;
                }
                // After it: a pause is told with what led to it.
                self.inbox.ended(&self.schedule, &report);
                let accounts: Vec<String> =
                    report.accounts.iter().map(|account| account.account.digits().to_owned()).collect();
                // A daemon that is told to stop waits for no database that is away.
                let shown = gauges::after_run(&self.orders, &accounts, &self.metrics);
                self.stop.run_until_cancelled(shown).await;
            }
            Ended::Overdue => {
                let why = match self.request.deadline {
                    Some(_) => "it did not end within a minute of its deadline and was cut off".to_owned(),
                    None => format!("it did nothing for {} hours and was cut off", stalled_after.as_secs() / 3600),
                };
                tracing::error!(run_id = %id, schedule = self.schedule, why, "the run hangs and is cut off");
                self.end(id, "cancelled", &why).await;
                self.inbox.failed(&self.schedule, id, self.clock.now());
            }
            Ended::Died(error) => {
                tracing::error!(run_id = %id, schedule = self.schedule, %error, "the run ended by a fault of adsync");
                self.end(id, "failed", "it ended by a fault of adsync: report this with the log of the run").await;
                self.inbox.failed(&self.schedule, id, self.clock.now());
            }
        }
    }

    /// Closes the record of a run that made no report.
    async fn end(&self, id: Uuid, status: &'static str, reason: &str) {
        let took = self.clock.elapsed();
        self.metrics.run_finished(&self.schedule, status, took);
        close(&self.orders.engine, id, self.clock, status, reason).await;
    }
}

/// How the work of a run ended.
#[derive(Debug)]
enum Ended<T> {
    /// As it should.
    Reported(T),
    /// Not in time: it was cut off.
    Overdue,
    /// By a panic.
    Died(JoinError),
}

/// Does work in a task of its own, so that a panic ends the run and not its record; and no longer than until it hangs.
async fn ended<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
    hangs: impl Future<Output = ()>,
) -> Ended<T> {
    let work = AbortOnDropHandle::new(tokio::spawn(work));
    tokio::select! {
        ended = work => ended.map_or_else(Ended::Died, Ended::Reported),
        () = hangs => Ended::Overdue,
    }
}

/// How long a run without a deadline may do nothing where it waits so long for Meta at most.
fn stalled_after(max_wait: Duration) -> Duration {
    STALLED_AFTER.max(max_wait.saturating_add(BEYOND_A_WAIT))
}

/// Comes when a run is cut off: a little after its deadline, at which it stops reading, since what it waits for may never
/// come; without one, when it has done nothing for long.
async fn hangs(deadline: Option<Duration>, stalled_after: Duration, progress: &Progress) {
    match deadline {
        Some(deadline) => progress.overdue(deadline.saturating_add(OVERDUE_AFTER)).await,
        None => progress.stalled(stalled_after).await,
    }
}

/// Closes the record of a run that made no report.
pub(super) async fn close(engine: &Engine, id: Uuid, clock: Clock, status: &'static str, reason: &str) {
    let db = &engine.db;
    if let Err(error) = runs::cut_off(db, id, clock.now(), status, reason).await {
        tracing::error!(run_id = %id, %error, "the run's record could not be completed; it will count as abandoned");
    }
}

/// A random delay below `most`, so that many daemons do not ask at the same instant.
pub(super) fn random_below(most: Duration) -> Duration {
    let most_ms = most.as_millis();
    let random = Uuid::new_v4().as_u128().checked_rem(most_ms).unwrap_or(0);
    Duration::from_millis(u64::try_from(random).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_random_delay_stays_below_its_limit() {
        assert_eq!(random_below(Duration::ZERO), Duration::ZERO);
        assert!((0..200).all(|_| random_below(Duration::from_millis(7)) < Duration::from_millis(7)));
    }

    #[tokio::test(start_paused = true)]
    async fn work_that_does_not_end_is_cut_off_a_minute_after_its_deadline() {
        let began = tokio::time::Instant::now();
        let (progress, never) = (Progress::default(), Duration::MAX);
        let stuck = ended(std::future::pending::<()>(), hangs(Some(Duration::from_secs(7200)), never, &progress)).await;
        assert!(matches!(stuck, Ended::Overdue));
        assert_eq!(began.elapsed().as_secs(), 7260);
        assert!(matches!(ended(async { 7 }, hangs(None, never, &progress)).await, Ended::Reported(7)));
        assert!(matches!(ended(async { assert_eq!(1, 2) }, hangs(None, never, &progress)).await, Ended::Died(_)));
    }

    #[tokio::test(start_paused = true)]
    async fn history_that_does_nothing_for_longer_than_it_may_wait_is_cut_off() {
        let hours = |hours: u64| Duration::from_secs(hours * 3600);
        for (max_wait, expected) in [(Duration::from_secs(900), hours(6)), (hours(24), hours(25))] {
            let began = tokio::time::Instant::now();
            let progress = Progress::default();
            let stuck = ended(std::future::pending::<()>(), hangs(None, stalled_after(max_wait), &progress)).await;
            assert!(matches!(stuck, Ended::Overdue));
            assert_eq!(began.elapsed(), expected);
        }
    }
}
