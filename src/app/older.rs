//! What lacks before the days of the status page. It takes a look at all days, and changes seldom: a task looks now and then,
//! and whoever reads the page is told what it found last.

use std::time::Duration;

use chrono::Utc;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::daemon::{Census, InForce};
use crate::store::overview::{OlderGaps, older_gaps};

use super::status::asked;

/// How often it looks, unless the accounts or their reports are others before.
const EVERY: Duration = Duration::from_secs(300);
/// How long one look may take, the wait for a connection included; the database gives up its part of it sooner.
const PATIENCE: Duration = Duration::from_secs(60);

/// Looks for what lacks.
#[derive(Debug)]
pub(super) struct Older {
    orders: InForce,
    census: watch::Receiver<Census>,
    found: watch::Sender<Vec<OlderGaps>>,
}

impl Older {
    /// Prepares it, and gives where what it found last is read from.
    pub(super) fn new(orders: InForce, census: watch::Receiver<Census>) -> (Self, watch::Receiver<Vec<OlderGaps>>) {
        let (found, last) = watch::channel(Vec::new());
        (Self { orders, census, found }, last)
    }

    /// Keeps at it until `cancel`.
    pub(super) async fn run(mut self, cancel: CancellationToken) {
        let work = async {
            loop {
                self.look().await;
                tokio::select! {
                    () = sleep(EVERY) => {}
                    Ok(()) = self.orders.changed() => {}
                    // A daemon that just began knows no account yet.
                    Ok(()) = self.census.changed() => {}
                }
            }
        };
        // It writes nothing: dropping it loses nothing.
        tokio::select! {
            () = cancel.cancelled() => {}
            () = work => {}
        }
    }

    /// Looks once. Where the database is busy or away, what was found before stands.
    async fn look(&mut self) {
        let (orders, census) = (self.orders.borrow_and_update().clone(), self.census.borrow_and_update().clone());
        if census.accounts.is_empty() {
            return;
        }
        let asked = asked(&orders, &census, Utc::now());
        match timeout(PATIENCE, older_gaps(&orders.engine.db, &asked)).await {
            Ok(Ok(gaps)) => drop(self.found.send_replace(gaps)),
            Ok(Err(error)) => tracing::debug!(%error, "what lacks in older days could not be read"),
            Err(_) => tracing::debug!("what lacks in older days could not be read in time"),
        }
    }
}
