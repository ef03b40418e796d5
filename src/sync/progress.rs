//! How far a run is, for whoever watches.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use chrono_tz::Tz;
use tokio::time::{Instant, sleep, sleep_until};

use crate::meta::notes::Notes;

/// What a run has done so far, for whoever watches.
#[derive(Debug, Default)]
pub struct Progress {
    /// Accounts of the run.
    pub accounts: AtomicU64,
    /// Accounts that came to their end.
    pub accounts_done: AtomicU64,
    /// Days to read, all reports and accounts together, as far as known.
    pub days: AtomicU64,
    /// Days that were read to their end.
    pub days_done: AtomicU64,
    /// Rows that arrived.
    pub rows: AtomicU64,
    /// What all sessions of the run share: they count its calls.
    pub notes: Arc<Notes>,
    /// When the run had its first account to itself.
    began_at: OnceLock<Instant>,
    /// How each account fares, by its digits.
    standings: Mutex<BTreeMap<String, Standing>>,
}

/// How an account fares.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// Its zone, once it is known.
    pub zone: Option<Tz>,
    /// The run that it waits for, in words.
    pub waits_for: Option<String>,
}

impl Progress {
    /// Adds to one of its figures.
    pub fn add(figure: &AtomicU64, more: u64) {
        figure.fetch_add(more, Ordering::Relaxed);
    }

    /// Notes an account of the run and, where it is known, its zone.
    pub fn knows(&self, account_id: &str, zone: Option<Tz>) {
        let mut standings = self.standings();
        let standing = standings.entry(account_id.to_owned()).or_default();
        standing.zone = zone.or(standing.zone);
    }

    /// Notes that the run has an account to itself.
    pub fn begins(&self) {
        self.began_at.set(Instant::now()).ok();
    }

    /// Comes when a run that starts now has taken longer than a time, or has waited so long for its first account.
    pub async fn overdue(&self, longest: Duration) {
        sleep(longest).await;
        if let Some(began_at) = self.began_at.get() {
            sleep_until(*began_at + longest).await;
        }
    }

    /// Comes when a run has done nothing at all for a time: no call, no row, no day, and no account waits for another run.
    pub async fn stalled(&self, longest: Duration) {
        let figures =
            || [&self.accounts_done, &self.days_done, &self.rows].map(|figure| figure.load(Ordering::Relaxed));
        loop {
            let before = (self.notes.calls(), figures());
            sleep(longest).await;
            let waits = self.accounts_now().into_values().any(|standing| standing.waits_for.is_some());
            if (self.notes.calls(), figures()) == before && !waits {
                return;
            }
        }
    }

    /// Notes the run that an account waits for; `None` where it waits no more.
    pub fn waits(&self, account_id: &str, run: Option<String>) {
        self.standings().entry(account_id.to_owned()).or_default().waits_for = run;
    }

    /// How the accounts of the run fare, by their digits.
    pub fn accounts_now(&self) -> BTreeMap<String, Standing> {
        self.standings().clone()
    }

    fn standings(&self) -> MutexGuard<'_, BTreeMap<String, Standing>> {
        self.standings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[tokio::test(start_paused = true)]
    async fn the_time_of_a_run_counts_from_its_first_account() {
        let (progress, start) = (Progress::default(), Instant::now());
        progress.overdue(HOUR).await;
        assert_eq!(start.elapsed(), HOUR, "it never had one");
        let began = Instant::now();
        tokio::join!(progress.overdue(HOUR), async {
            sleep(HOUR / 2).await;
            progress.begins();
            sleep(HOUR / 4).await;
            progress.begins();
        });
        assert_eq!(began.elapsed(), HOUR / 2 * 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_that_does_nothing_is_told_from_one_that_works_or_waits() {
        let (progress, start) = (Progress::default(), Instant::now());
        tokio::join!(progress.stalled(HOUR), async {
            sleep(HOUR / 2).await;
            Progress::add(&progress.rows, 1);
            progress.waits("1", Some("run 7".to_owned()));
            sleep(HOUR * 2).await;
            progress.waits("1", None);
        });
        assert_eq!(start.elapsed(), HOUR * 3);
    }
}
