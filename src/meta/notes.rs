//! What all sessions of one run share: which tokens are dead, how many retries are left, what was odd.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::error::Error;

/// Retries that every run may make, however few calls it has made.
const RETRIES_AT_LEAST: u64 = 30;

/// What all sessions of one run share.
#[derive(Debug, Default)]
pub struct Notes {
    calls: AtomicU64,
    retries: AtomicU64,
    dead: Mutex<HashMap<u128, Error>>,
    oddities: Mutex<BTreeSet<(&'static str, String)>>,
}

impl Notes {
    pub(super) fn called(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
    }

    /// The calls so far.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Takes one retry out of the run's budget: so many to begin with, then one for every two calls. An API that fails
    /// every second call is not worth more.
    pub(super) fn may_retry(&self) -> bool {
        let allowed = RETRIES_AT_LEAST + self.calls.load(Ordering::Relaxed) / 2;
        self.retries.fetch_add(1, Ordering::Relaxed) < allowed
    }

    /// Remembers that a token is dead: no account of it is asked again in this run.
    pub(super) fn bury(&self, fingerprint: u128, error: &Error) {
        lock(&self.dead).entry(fingerprint).or_insert_with(|| error.clone());
    }

    /// Why a token is dead, if it is.
    pub(super) fn obituary(&self, fingerprint: u128) -> Option<Error> {
        lock(&self.dead).get(&fingerprint).cloned()
    }

    /// Notes something odd, once a run.
    pub(super) fn odd(&self, code: &'static str, message: String) {
        if lock(&self.oddities).insert((code, message.clone())) {
            tracing::warn!(code, message, "meta is odd");
        }
    }

    /// What was odd: a word for machines and a sentence each.
    pub fn oddities(&self) -> Vec<(&'static str, String)> {
        lock(&self.oddities).iter().cloned().collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_end_where_more_would_hammer() {
        let notes = Notes::default();
        assert_eq!((0..100).filter(|_| notes.may_retry()).count(), 30);
        (0..200).for_each(|_| notes.called());
        assert!(notes.may_retry());
    }
}
