//! What the calls of a step cost: counted where they happen, read when the step ends.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Counters of one step. Every clone of a session feeds the same ones.
#[derive(Debug, Default)]
pub struct Meter {
    calls: AtomicU64,
    retries: AtomicU64,
    batch_parts: AtomicU64,
    splits: AtomicU64,
    report_runs: AtomicU64,
    usage_peak_permille: AtomicU64,
    tier: Mutex<Option<String>>,
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    waiters: u32,
    since: Option<Instant>,
    total: Duration,
}

/// What a meter showed.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Cost {
    /// HTTP requests sent.
    pub calls: u64,
    /// Those of them that repeated a failed one.
    pub retries: u64,
    /// Questions sent inside batches.
    pub batch_parts: u64,
    /// Times that a question was made smaller.
    pub splits: u64,
    /// Report runs made.
    pub report_runs: u64,
    /// Wall time in which at least one call waited for a budget.
    pub waited: Duration,
    /// The fullest budget seen, in percent.
    pub usage_peak_pct: f64,
}

impl Meter {
    /// Counts a request as it is sent.
    pub fn called(&self, is_retry: bool) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        if is_retry {
            self.retries.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts the parts of a batch.
    pub fn batched(&self, parts: usize) {
        self.batch_parts.fetch_add(u64::try_from(parts).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Counts a question that was made smaller.
    pub fn split(&self) {
        self.splits.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a report run that was made.
    pub fn made_report_run(&self) {
        self.report_runs.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes how full the fullest budget was.
    pub fn saw_usage(&self, pct: f64) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a range that fits")]
        let permille = (pct * 10.0).clamp(0.0, 1e9) as u64;
        self.usage_peak_permille.fetch_max(permille, Ordering::Relaxed);
    }

    /// Notes the tier that an answer named.
    pub fn saw_tier(&self, tier: Option<&String>) {
        if let Some(tier) = tier {
            self.tier.lock().unwrap_or_else(PoisonError::into_inner).replace(tier.clone());
        }
    }

    /// The tier that an answer named last: `development_access` or `standard_access`.
    pub fn tier(&self) -> Option<String> {
        self.tier.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes that a call waits for a budget, until the guard is dropped. Calls that wait side by side count once.
    pub fn waiting(&self) -> impl Drop + use<'_> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.waiters += 1;
        waiting.since.get_or_insert(Instant::now());
        Waiter(self)
    }

    /// What was counted so far.
    pub fn read(&self) -> Cost {
        #[expect(clippy::cast_precision_loss, reason = "a percentage")]
        let usage_peak_pct = self.usage_peak_permille.load(Ordering::Relaxed) as f64 / 10.0;
        Cost {
            calls: self.calls.load(Ordering::Relaxed),
            retries: self.retries.load(Ordering::Relaxed),
            batch_parts: self.batch_parts.load(Ordering::Relaxed),
            splits: self.splits.load(Ordering::Relaxed),
            report_runs: self.report_runs.load(Ordering::Relaxed),
            waited: self.waiting.lock().unwrap_or_else(PoisonError::into_inner).total,
            usage_peak_pct,
        }
    }
}

/// A call that waits.
struct Waiter<'a>(&'a Meter);

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.waiters = waiting.waiters.saturating_sub(1);
        if waiting.waiters == 0
            && let Some(since) = waiting.since.take()
        {
            waiting.total += since.elapsed();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn calls_that_wait_side_by_side_count_once() {
        let meter = Meter::default();
        let (one, two) = (meter.waiting(), meter.waiting());
        tokio::time::advance(Duration::from_secs(3)).await;
        drop(one);
        tokio::time::advance(Duration::from_secs(2)).await;
        drop(two);
        tokio::time::advance(Duration::from_secs(9)).await;
        assert_eq!(meter.read().waited, Duration::from_secs(5));
    }
}
