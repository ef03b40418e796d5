//! How far away the database is, and how many rows a batch has for it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Rows of a batch for a database nearby. A transaction of so many takes the server a twentieth of a second.
const NEAR: usize = 2_000;
/// The round trip up to which that is enough: the six exchanges of a batch then take no longer than its rows.
const NEARBY: Duration = Duration::from_millis(8);
/// How often as many there are at the most: every slice that is read side by side fills a batch.
const MOST: usize = 2;

/// How long one exchange with the database takes, in microseconds; 0 where none was seen.
#[derive(Debug, Default)]
pub(super) struct RoundTrip(AtomicU64);

impl RoundTrip {
    /// Notes an exchange. A quicker one counts at once, a slower one by a sixteenth: a busy server is not far away.
    pub(super) fn took(&self, exchange: Duration) {
        let took = u64::try_from(exchange.as_micros()).unwrap_or(u64::MAX).max(1);
        let known = self.0.load(Ordering::Relaxed);
        let next = if known == 0 || took < known { took } else { known + (took - known) / 16 };
        self.0.store(next, Ordering::Relaxed);
    }

    /// Rows from which a batch is worth its exchanges.
    pub(super) fn batch_rows(&self) -> usize {
        let (known, nearby) = (u128::from(self.0.load(Ordering::Relaxed)), NEARBY.as_micros());
        let all = known.saturating_mul(u128::try_from(NEAR).unwrap_or(u128::MAX)) / nearby;
        usize::try_from(all).unwrap_or(usize::MAX).clamp(NEAR, NEAR * MOST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_has_more_rows_the_further_away_the_database_is_and_never_too_many() {
        let of = |milliseconds: u64| {
            let trip = RoundTrip::default();
            trip.took(Duration::from_millis(milliseconds));
            trip.batch_rows()
        };
        assert_eq!(RoundTrip::default().batch_rows(), 2_000, "nothing is known yet");
        assert_eq!([0, 1, 8, 12, 16, 60, 60_000].map(of), [2_000, 2_000, 2_000, 3_000, 4_000, 4_000, 4_000]);
    }

    #[test]
    fn a_busy_moment_is_no_distance() {
        let trip = RoundTrip::default();
        trip.took(Duration::from_millis(1));
        trip.took(Duration::from_millis(90));
        assert_eq!(trip.batch_rows(), 2_000);
        (0..100).for_each(|_| trip.took(Duration::from_millis(12)));
        assert!((2_900..=3_000).contains(&trip.batch_rows()), "{trip:?}: it went further away");
        trip.took(Duration::from_millis(1));
        assert_eq!(trip.batch_rows(), 2_000);
    }
}
