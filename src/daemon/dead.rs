//! Runs whose process died: found and marked again and again, whatever else the daemon waits for. Nobody goes on with one
//! before.

use std::time::Duration;

use crate::store::runs;

use super::heartbeat::Watched;
use super::orders::InForce;
use super::takeover::Deaths;

/// How often it looks.
const EVERY: Duration = Duration::from_secs(15);

/// Marks runs whose process died.
#[derive(Debug)]
pub(super) struct Dead {
    pub orders: InForce,
    /// The runs that this process works on.
    pub runs: Watched,
    /// Who hears of it.
    pub deaths: Deaths,
}

impl Dead {
    /// Looks again and again, for as long as it is polled.
    pub(super) async fn keep_looking(&self) {
        loop {
            tokio::time::sleep(EVERY).await;
            self.mark().await;
        }
    }

    /// Looks once.
    pub(super) async fn mark(&self) {
        let orders = self.orders.borrow().clone();
        match runs::abandon_dead(&orders.engine.db, &self.runs.now()).await {
            Ok(0) => {}
            Ok(runs) => {
                tracing::warn!(runs, "runs whose process died were marked as abandoned");
                self.deaths.note();
            }
            Err(error) => tracing::warn!(%error, "runs whose process died could not be looked for"),
        }
    }
}
