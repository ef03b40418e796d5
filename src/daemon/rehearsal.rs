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
    let mut pauses = Pauses::default();
    while read_only.wait_for(Option::is_some).await.is_ok() {
        pauses.begin();
        while read_only.borrow().is_some() {
            sleep(pauses.next()).await;
            let engine = Arc::clone(&orders.borrow().engine);
            if let Err(error) = engine.db.rehearse(&engine.tables.upserts()).await {
                tracing::debug!(%error, again_in_s = pauses.longer.as_secs(), "the database still takes no rows");
            }
        }
        pauses.over_at = Some(Instant::now());
    }
}

/// How long it rests before each try.
struct Pauses {
    /// The next pause.
    longer: Duration,
    /// When rows were taken again last.
    over_at: Option<Instant>,
}

impl Default for Pauses {
    fn default() -> Self {
        Self { longer: PAUSES.0, over_at: None }
    }
}

impl Pauses {
    /// Begins where no rows are taken any more: anew after a calm, else where it was.
    fn begin(&mut self) {
        if self.over_at.is_some_and(|at| at.elapsed() > CALM) {
            self.longer = PAUSES.0;
        }
    }

    fn next(&mut self) -> Duration {
        let pause = self.longer;
        self.longer = (pause * 2).min(PAUSES.1);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_hold_that_returns_goes_on_with_its_pauses_and_begins_anew_after_a_calm() {
        let mut pauses = Pauses::default();
        pauses.begin();
        assert_eq!([pauses.next(), pauses.next()].map(|pause| pause.as_secs()), [5, 10]);
        pauses.over_at = Some(Instant::now());
        tokio::time::advance(CALM).await;
        pauses.begin();
        assert_eq!(pauses.next().as_secs(), 20, "there was room for the try and not for a run");
        pauses.over_at = Some(Instant::now());
        tokio::time::advance(CALM + Duration::from_secs(1)).await;
        pauses.begin();
        let all: Vec<u64> = (0..9).map(|_| pauses.next().as_secs()).collect();
        assert_eq!(all, [5, 10, 20, 40, 80, 160, 320, 600, 600]);
    }
}
