//! What lacks before the days of the status page, remembered for a while: it takes a look at all days, and changes seldom.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::store::Error;
use crate::store::db::Db;
use crate::store::overview::{Asked, OlderGaps, older_gaps};

/// How long it is believed.
const BELIEVED: Duration = Duration::from_secs(300);

/// What was found last.
#[derive(Debug, Default)]
pub(super) struct Older {
    last: Mutex<Option<(Instant, Vec<OlderGaps>)>>,
}

impl Older {
    /// What is known, asked anew now and then, by one of those who look at a time.
    pub(super) async fn gaps(&self, db: &Db, asked: &Asked) -> Result<Vec<OlderGaps>, Error> {
        let mut last = self.last.lock().await;
        if let Some((at, gaps)) = &*last
            && at.elapsed() < BELIEVED
        {
            return Ok(gaps.clone());
        }
        let gaps = older_gaps(db, asked).await?;
        *last = Some((Instant::now(), gaps.clone()));
        Ok(gaps)
    }
}
