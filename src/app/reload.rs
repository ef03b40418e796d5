//! A changed configuration taken up while the daemon runs: by SIGHUP, or because the files hold something else.
//!
//! A good one becomes new orders; work that is under way keeps the old ones. A bad one is told with all its problems and
//! changes nothing.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::signal::unix::Signal;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::config::{Fingerprint, Loaded, Needs, Problem, Settings, Source, waiting_for_a_start};
use crate::daemon::Orders;
use crate::metrics::Metrics;

use super::Error;

/// How often the files are looked at. What changed is read at the second look that finds it the same: an editor writes
/// a file in pieces, and a secret is exchanged after its neighbour.
const EVERY: Duration = Duration::from_secs(2);
/// When a change is tried again that waits for something else than the files.
const LATER: Duration = Duration::from_secs(10);

/// The files that the configuration was read from, and what stood in them.
#[derive(Debug, Clone)]
pub struct Watched {
    /// Where they are.
    pub source: Source,
    /// What stood in them before they were read.
    pub fingerprint: Fingerprint,
}

/// What became of the last change, for the page.
#[derive(Debug, Clone, Default)]
pub(super) struct Standing {
    /// When it was read.
    pub at: Option<DateTime<Utc>>,
    /// What is wrong with it, a line for each problem; the configuration before it stays in force.
    pub refused: Vec<String>,
    /// The keys that wait for the next start.
    pub waiting: Vec<String>,
}

/// The one who takes up changes.
pub(super) struct Reload {
    /// The configuration that the process started with.
    pub start: Loaded,
    /// Its files.
    pub watched: Watched,
    /// Where orders are given.
    pub orders: watch::Sender<Arc<Orders>>,
    /// Where it is told what became of it.
    pub standing: watch::Sender<Standing>,
    /// Counts it.
    pub metrics: Metrics,
}

/// What became of a change.
enum Outcome {
    Settled,
    /// It waits for the database, or for somebody who cures that: it is tried again.
    Later,
}

impl Reload {
    /// Keeps at it until `cancel`.
    pub(super) async fn run(mut self, mut hangups: Signal, cancel: CancellationToken) {
        let mut unsettled = None;
        let mut not_before = Instant::now();
        loop {
            let is_asked = tokio::select! {
                () = cancel.cancelled() => return,
                Some(()) = hangups.recv() => true,
                () = tokio::time::sleep(EVERY) => false,
            };
            let Some(fingerprint) = self.fingerprint().await else { continue };
            if is_asked {
                tracing::info!("SIGHUP: the configuration is read again");
            } else if fingerprint == self.watched.fingerprint {
                unsettled = None;
                continue;
            } else if unsettled.replace(fingerprint) != Some(fingerprint) || Instant::now() < not_before {
                continue;
            }
            let outcome = tokio::select! {
                () = cancel.cancelled() => return,
                outcome = self.read_again() => outcome,
            };
            match outcome {
                Outcome::Settled => {
                    self.watched.fingerprint = fingerprint;
                    unsettled = None;
                }
                Outcome::Later => not_before = Instant::now() + LATER,
            }
        }
    }

    /// Looks at the files beside the work: a network folder may be slow.
    async fn fingerprint(&self) -> Option<Fingerprint> {
        let source = self.watched.source.clone();
        tokio::task::spawn_blocking(move || source.fingerprint()).await.ok()
    }

    async fn read_again(&self) -> Outcome {
        let source = self.watched.source.clone();
        let loaded = match tokio::task::spawn_blocking(move || source.load(Needs::EVERYTHING)).await {
            Ok(Ok(loaded)) => loaded,
            Ok(Err(problems)) => return self.refuse(problems.iter().map(Problem::to_string).collect()),
            Err(error) => return self.refuse(vec![format!("it could not be read, by a fault of adsync: {error}")]),
        };
        for doubt in &loaded.warnings {
            tracing::warn!(%doubt, "the configuration is doubtful");
        }
        let waiting = waiting_for_a_start(&self.start, &loaded);
        let settings = loaded.settings.after(&self.start.settings);
        match self.orders(&settings).await {
            Ok(orders) => self.take_up(orders, waiting),
            Err(error) if error.may_pass() => {
                tracing::warn!(%error, "the changed configuration waits for the database");
                return Outcome::Later;
            }
            Err(error) => {
                // `adsync migrate` may cure it, and changes no file.
                self.refuse(error.to_string().lines().map(str::to_owned).collect());
                return Outcome::Later;
            }
        }
        Outcome::Settled
    }

    /// Makes the schema current and builds what runs work with.
    async fn orders(&self, settings: &Settings) -> Result<Orders, Error> {
        let before = Arc::clone(&self.orders.borrow().engine);
        let types = super::prepare(&before.db, settings).await?;
        Ok(super::orders(super::engine_after(&before, types, settings).await?, settings))
    }

    fn take_up(&self, orders: Orders, waiting: Vec<String>) {
        let schedules: Vec<&str> = orders.enabled().map(|schedule| schedule.name.as_str()).collect();
        tracing::info!(schedules = schedules.join(", "), "the changed configuration is in force");
        if !waiting.is_empty() {
            tracing::warn!(keys = waiting.join(", "), "some of what was changed is taken up at the next start");
        }
        self.orders.send_replace(Arc::new(orders));
        self.metrics.config_reloaded(true);
        self.standing.send_replace(Standing { at: Some(Utc::now()), refused: Vec::new(), waiting });
    }

    fn refuse(&self, problems: Vec<String>) -> Outcome {
        let is_told = self.standing.borrow().refused == problems;
        for problem in problems.iter().filter(|_| !is_told) {
            tracing::warn!(problem, "the changed configuration is refused, the one before stays in force");
        }
        self.metrics.config_reloaded(false);
        let waiting = self.standing.borrow().waiting.clone();
        self.standing.send_replace(Standing { at: Some(Utc::now()), refused: problems, waiting });
        Outcome::Settled
    }
}
