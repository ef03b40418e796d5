//! The wait for an account that another run works on: two never work on the same account and report at once.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use crate::meta::{self, Class};
use crate::store::leases::{self, Fence};

use super::account::AccountRun;
use super::report::Failure;

/// How often a run looks whether another one gave back what it waits for.
const LEASE_POLL: Duration = Duration::from_secs(1);

/// How long an account that was given back is left to the one that waited for it.
const GIVEN_FOR: Duration = Duration::from_secs(10);

/// How often a run that reads history looks whether another one waits.
pub(super) const LOOKED_EVERY: Duration = Duration::from_secs(2);

impl AccountRun<'_> {
    /// What all that it writes into the account's tables ends by.
    pub(super) fn fence(&self) -> Fence {
        Fence::of(&self.engine.db, self.opening.id, self.account.digits())
    }

    /// Takes the leases of every report of the account. Where another run holds one, says so once and waits.
    pub(super) async fn take_leases(&self) -> Result<Option<DateTime<Utc>>, Failure> {
        let mut wanted: Vec<String> = self.reports.iter().map(|filled| filled.layout.report.name.clone()).collect();
        if wanted.is_empty() {
            // It holds the account all the same: what it writes there is its own.
            wanted.push(String::new());
        }
        let mut waited_since = None;
        loop {
            let (db, worker) = (&self.engine.db, &self.engine.worker);
            let taken = leases::acquire(db, self.opening.id, worker, self.account.digits(), &wanted).await?;
            let Err(holder) = taken else {
                self.progress.waits(self.account.digits(), None);
                self.progress.begins();
                return Ok(waited_since);
            };
            if waited_since.is_none() {
                waited_since = Some(self.opening.due_at.unwrap_or(self.opening.started_at));
                let run = format!("run {} of {}", holder.run_id, holder.worker);
                self.progress.waits(self.account.digits(), Some(run));
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

    /// Whether history is read and another run waits for the account: what is due goes before what is old.
    pub(super) async fn is_in_the_way(&self) -> bool {
        if self.opening.trigger != "backfill" {
            return false;
        }
        match leases::is_wanted(&self.engine.db, self.opening.id, self.account.digits()).await {
            Ok(is_wanted) => is_wanted,
            Err(error) => {
                tracing::debug!(%error, "whether another run waits could not be read");
                false
            }
        }
    }

    /// Gives the account to the run that waits for it, and takes it again when that one is done.
    pub(super) async fn give_way(&self) -> Result<(), Failure> {
        let (db, account_id) = (&self.engine.db, self.account.digits());
        tracing::info!(account_id, run_id = %self.opening.id, "another run waits for this account: it goes first");
        leases::release(db, self.opening.id, account_id).await?;
        // The other one looks every now and then: until it has it, or gave up, it is not taken from under its nose.
        let given = Instant::now();
        while given.elapsed() < GIVEN_FOR && !self.cancel.is_cancelled() && self.is_in_the_way().await {
            tokio::time::sleep(LEASE_POLL / 2).await;
        }
        self.take_leases().await.map(drop)
    }
}
