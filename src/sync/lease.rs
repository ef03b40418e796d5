//! The wait for an account that another run works on: two never work on the same account and report at once.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::meta::{self, Class};
use crate::store::leases;

use super::account::AccountRun;
use super::report::Failure;

/// How often a run looks whether another one gave back what it waits for.
const LEASE_POLL: Duration = Duration::from_secs(1);

impl AccountRun<'_> {
    /// Takes the leases of every report of the account. Where another run holds one, says so once and waits.
    pub(super) async fn take_leases(&self) -> Result<Option<DateTime<Utc>>, Failure> {
        let wanted: Vec<String> = self.reports.iter().map(|filled| filled.layout.report.name.clone()).collect();
        let mut waited_since = None;
        loop {
            let (db, worker) = (&self.engine.db, &self.engine.worker);
            let taken = leases::acquire(db, self.opening.id, worker, self.account.digits(), &wanted).await?;
            let Err(holder) = taken else { return Ok(waited_since) };
            if waited_since.is_none() {
                waited_since = Some(self.opening.due_at.unwrap_or(self.opening.started_at));
                tracing::warn!(
                    account_id = self.account.digits(), run_id = %self.opening.id, holder = %holder.run_id, worker = holder.worker,
                    "another run works on this account: waiting for it"
                );
            }
            tokio::select! {
                () = self.cancel.cancelled() => {
                    return Err(meta::Error::plain(Class::Cancelled, "the run was told to stop while it waited for another").into());
                }
                () = tokio::time::sleep(LEASE_POLL) => {}
            }
        }
    }
}
