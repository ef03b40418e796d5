//! The heartbeat: the only user of tokio-cron-scheduler, which tells the time once a second and does nothing else.
//!
//! The crate lives on a runtime of its own, so that stopping it leaves none of its tasks behind, and a busy daemon
//! does not hold it up. A watchdog beats in its place and starts it anew when it falls silent.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

/// The heartbeat's own expression, in UTC.
const EVERY_SECOND: &str = "* * * * * *";

/// How long the crate may be silent.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why the heartbeat cannot start.
#[derive(Debug, thiserror::Error)]
#[error("the thread of the heartbeat cannot start")]
pub struct TickerError(#[from] std::io::Error);

/// The running heartbeat; dropping it ends it.
#[derive(Debug)]
pub struct Ticker {
    cancel: CancellationToken,
    relay: JoinHandle<()>,
}

/// The instants of the heartbeat. A reader that comes late gets the latest alone.
#[derive(Debug)]
pub struct Beats {
    receiver: watch::Receiver<Option<DateTime<Utc>>>,
}

impl Ticker {
    /// Starts the heartbeat, on the runtime that this is called from.
    pub fn start() -> Result<(Self, Beats), TickerError> {
        let (heard_sender, heard) = watch::channel(None);
        let mut engine = Some(Engine::start(heard_sender.clone())?);
        let renew = move || {
            // The old one goes first: two would only beat twice, but one may be spinning.
            drop(engine.take());
            match Engine::start(heard_sender.clone()) {
                Ok(started) => engine = Some(started),
                Err(error) => error!(error = %error, "the heartbeat could not be started anew"),
            }
        };
        let cancel = CancellationToken::new();
        let (sender, receiver) = watch::channel(None);
        let relay = tokio::spawn(relay(heard, sender, PATIENCE, cancel.clone(), renew));
        Ok((Self { cancel, relay }, Beats { receiver }))
    }

    /// Stops the heartbeat; no beat arrives afterwards.
    pub async fn stop(mut self) {
        self.cancel.cancel();
        if let Err(error) = (&mut self.relay).await {
            error!(error = %error, "the heartbeat's relay ended by itself");
        }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

impl Beats {
    /// Waits for the next beat; `None` means that the ticker was stopped. Safe to drop and call again.
    pub async fn next(&mut self) -> Option<DateTime<Utc>> {
        self.receiver.changed().await.ok()?;
        *self.receiver.borrow_and_update()
    }
}

/// Passes beats on, and beats by itself after `patience` without one, asking for a new engine each time.
async fn relay(
    mut heard: watch::Receiver<Option<DateTime<Utc>>>,
    beats: watch::Sender<Option<DateTime<Utc>>>,
    patience: Duration,
    cancel: CancellationToken,
    mut renew: impl FnMut() + Send,
) {
    loop {
        let beat = tokio::select! {
            biased;
            () = cancel.cancelled() => return,
            beat = tokio::time::timeout(patience, heard.changed()) => beat,
        };
        match beat {
            Ok(Ok(())) => {
                let at = *heard.borrow_and_update();
                beats.send_replace(at);
            }
            // A closed channel would answer at once, for ever; `renew` holds a sender, so it stays open.
            Ok(Err(_)) => return,
            Err(_) => {
                warn!(silent_s = patience.as_secs(), "the heartbeat fell silent and is started anew");
                beats.send_replace(Some(Utc::now()));
                renew();
            }
        }
    }
}

/// The crate at work on a runtime of its own.
#[derive(Debug)]
struct Engine {
    runtime: Option<Runtime>,
}

impl Engine {
    fn start(sender: watch::Sender<Option<DateTime<Utc>>>) -> Result<Self, TickerError> {
        let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("heartbeat").enable_time().build()?;
        runtime.spawn(async move {
            if let Err(error) = drive(sender).await {
                // The watchdog notices the silence and tries again.
                error!(error = %error, "the heartbeat could not be set up");
            }
        });
        Ok(Self { runtime: Some(runtime) })
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // The plain drop waits, which is forbidden inside another runtime.
            runtime.shutdown_background();
        }
    }
}

/// Sets the crate's scheduler up with its one job, which only passes the instant on.
async fn drive(sender: watch::Sender<Option<DateTime<Utc>>>) -> Result<(), JobSchedulerError> {
    let scheduler = JobScheduler::new().await?;
    let beat = Job::new(EVERY_SECOND, move |_, _| {
        // Never waits: a beat that nobody fetched yet is replaced by the newer one.
        sender.send_replace(Some(Utc::now()));
    })?;
    scheduler.add(beat).await?;
    scheduler.start().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_heartbeat_beats_and_stops() {
        let (ticker, mut beats) = Ticker::start().unwrap();
        let first = beats.next().await.unwrap();
        let second = beats.next().await.unwrap();
        assert!(first < second);
        ticker.stop().await;
        // One beat may still lie there; after it the end is told.
        while beats.next().await.is_some() {}
    }

    #[tokio::test]
    async fn a_silent_heartbeat_is_beaten_for_and_renewed() {
        let (heard_sender, heard) = watch::channel(None);
        let (sender, receiver) = watch::channel(None);
        let cancel = CancellationToken::new();
        // The renewed engine beats at an instant that no clock shows.
        let renewed_at = DateTime::from_timestamp(4_000_000_000, 0).unwrap();
        let renew = move || {
            heard_sender.send_replace(Some(renewed_at));
        };
        let relay = tokio::spawn(relay(heard, sender, Duration::from_millis(1), cancel.clone(), renew));
        let mut beats = Beats { receiver };
        while beats.next().await.unwrap() != renewed_at {}
        cancel.cancel();
        relay.await.unwrap();
        while beats.next().await.is_some() {}
    }
}
