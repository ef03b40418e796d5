//! The record of calls, so that tests can ask what a client did.
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Calls that are kept; older ones are only counted.
const KEPT: usize = 100_000;

/// One call.
#[derive(Debug, Clone, Serialize)]
pub struct Call {
    /// Number of the call, from 1.
    pub number: u64,
    /// `GET`, `POST`, ...
    pub method: String,
    /// The path with its version.
    pub path: String,
    /// The parameters as they read, without token and proof.
    pub query: String,
    /// The token came by header.
    pub is_by_header: bool,
    /// The call proved that it knows the app's secret.
    pub has_proof: bool,
    /// It was a part of a batch.
    pub is_part: bool,
    /// The door that it came by; 0 for the simulator's own address.
    pub door: u64,
    /// When it arrived, in unix milliseconds of the machine's clock.
    pub at_ms: i64,
    /// When it arrived, in unix seconds of the world's clock.
    pub at: i64,
    /// HTTP status; 0 where no answer was given.
    pub status: u16,
}

impl Call {
    /// Gives a parameter of the call.
    pub fn param(&self, name: &str) -> Option<&str> {
        let prefix = format!("{name}=");
        self.query.split('&').find_map(|pair| pair.strip_prefix(prefix.as_str()))
    }
}

/// All calls.
#[derive(Debug, Default)]
pub struct Calls {
    kept: Mutex<VecDeque<Call>>,
    total: AtomicU64,
    in_flight: AtomicU64,
    max_in_flight: AtomicU64,
}

/// Counts of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CallCounts {
    /// Calls so far, parts of batches included.
    pub total: u64,
    /// Calls that are being answered now.
    pub in_flight: u64,
    /// The most at once.
    pub max_in_flight: u64,
}

impl Calls {
    /// Gives the kept calls, oldest first.
    pub fn list(&self) -> Vec<Call> {
        self.lock().iter().cloned().collect()
    }

    /// Gives the calls whose path and query contain a text.
    pub fn with(&self, text: &str) -> Vec<Call> {
        let matches = |call: &&Call| format!("{}?{}", call.path, call.query).contains(text);
        self.lock().iter().filter(matches).cloned().collect()
    }

    /// Gives the counts.
    pub fn counts(&self) -> CallCounts {
        CallCounts {
            total: self.total.load(Ordering::Relaxed),
            in_flight: self.in_flight.load(Ordering::Relaxed),
            max_in_flight: self.max_in_flight.load(Ordering::Relaxed),
        }
    }

    /// Forgets all calls so far.
    pub fn clear(&self) {
        self.lock().clear();
        self.total.store(0, Ordering::Relaxed);
        self.max_in_flight.store(self.in_flight.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    /// Notes that a call arrived; the guard notes that it ended, however it does.
    pub(super) fn begin(&self) -> InFlight<'_> {
        let now = self.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
        self.max_in_flight.fetch_max(now, Ordering::Relaxed);
        InFlight { calls: self }
    }

    /// Keeps a call.
    pub(super) fn keep(&self, mut call: Call) {
        call.number = self.total.fetch_add(1, Ordering::Relaxed) + 1;
        let mut kept = self.lock();
        if kept.len() >= KEPT {
            kept.pop_front();
        }
        kept.push_back(call);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Call>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that is being answered.
pub(super) struct InFlight<'a> {
    calls: &'a Calls,
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.calls.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}
