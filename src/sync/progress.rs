//! How far a run is, for whoever watches.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono_tz::Tz;

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
