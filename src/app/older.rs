//! What lacks before the days of the status page, remembered for a while: it takes a look at all days, and changes seldom.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::store::db::Db;
use crate::store::overview::{Asked, AskedAccount, OlderGaps, older_gaps};

/// How long the page waits for it.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long it is believed.
const BELIEVED: Duration = Duration::from_secs(300);

/// What was found, of which accounts, their days and reports, and when.
#[derive(Debug)]
struct Found {
    at: Instant,
    accounts: Vec<AskedAccount>,
    gaps: Vec<OlderGaps>,
}

/// What was found last.
#[derive(Debug, Default)]
pub(super) struct Older {
    last: Mutex<Option<Found>>,
}

impl Older {
    /// What is known, asked anew now and then, by one of those who look at a time. A database that is busy is asked again
    /// later: the page does not wait for this.
    pub(super) async fn gaps(&self, db: &Db, asked: &Asked) -> Vec<OlderGaps> {
        let mut last = self.last.lock().await;
        // A daemon that just began knows no account yet.
        if let Some(found) =
            last.as_ref().filter(|found| found.at.elapsed() < BELIEVED && found.accounts == asked.accounts)
        {
            return found.gaps.clone();
        }
        let gaps = match timeout(PATIENCE, older_gaps(db, asked)).await {
            Ok(Ok(gaps)) => gaps,
            Ok(Err(error)) => {
                tracing::debug!(%error, "what lacks in older days could not be read");
                last.take().map(|found| found.gaps).unwrap_or_default()
            }
            Err(_) => last.take().map(|found| found.gaps).unwrap_or_default(),
        };
        *last = Some(Found { at: Instant::now(), accounts: asked.accounts.clone(), gaps: gaps.clone() });
        gaps
    }
}
