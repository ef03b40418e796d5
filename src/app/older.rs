//! What lacks before the days of the status page, remembered for a while: it takes a look at all days, and changes seldom.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::store::Error;
use crate::store::db::Db;
use crate::store::overview::{Asked, AskedAccount, OlderGaps, older_gaps};

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
    /// What is known, asked anew now and then, by one of those who look at a time.
    pub(super) async fn gaps(&self, db: &Db, asked: &Asked) -> Result<Vec<OlderGaps>, Error> {
        let mut last = self.last.lock().await;
        // A daemon that just began knows no account yet.
        if let Some(found) =
            last.as_ref().filter(|found| found.at.elapsed() < BELIEVED && found.accounts == asked.accounts)
        {
            return Ok(found.gaps.clone());
        }
        let gaps = older_gaps(db, asked).await?;
        *last = Some(Found { at: Instant::now(), accounts: asked.accounts.clone(), gaps: gaps.clone() });
        Ok(gaps)
    }
}
