//! Finds out when a database that took no rows takes them again, by a write that it takes back, ever less often. Until then
//! the daemon's runs rest.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::orders::InForce;

/// The first pause before it is tried, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(600));
/// How long rows have to be taken before the pauses begin anew: there may be room for what is tried and not for a run.
const CALM: Duration = Duration::from_secs(3600);

/// Keeps at it until `cancel`. What is under way then lasts not: it would have been taken back.
pub async fn rehearse(orders: InForce, cancel: CancellationToken) {
    tokio::select! {
        () = cancel.cancelled() => {}
        () = keep_trying(orders) => {}
    }
}

async fn keep_trying(orders: InForce) {
    let mut read_only = orders.borrow().engine.db.read_only();
    let (mut pause, mut over_at) = (PAUSES.0, None::<Instant>);
    while read_only.wait_for(Option::is_some).await.is_ok() {
        if over_at.is_some_and(|at| at.elapsed() > CALM) {
            pause = PAUSES.0;
        }
        while read_only.borrow().is_some() {
            sleep(pause).await;
            pause = (pause * 2).min(PAUSES.1);
            let engine = Arc::clone(&orders.borrow().engine);
            if let Err(error) = engine.db.rehearse(&engine.tables.upserts()).await {
                tracing::debug!(%error, again_in_s = pause.as_secs(), "the database still takes no rows");
            }
        }
        over_at = Some(Instant::now());
    }
}
