//! How the time that a stop may take is shared out: to the runs first, then to the records of those that are cut off, then
//! to farewells.

use std::time::Duration;

use tokio::time::Instant;

/// A stop takes no longer than this even where the configuration gives it less: records want to be written.
const LEAST: Duration = Duration::from_secs(2);
/// The most that is kept from the runs, for all that comes after them.
const AFTER_RUNS: Duration = Duration::from_secs(8);
/// The most that is kept from the records, for what comes after them.
const AFTER_RECORDS: Duration = Duration::from_secs(2);

/// Until when each part of a stop has to be over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stopping {
    /// Runs that have not ended by then are cut off.
    pub runs_until: Instant,
    /// Records of runs that were cut off are written by then, or never.
    pub records_until: Instant,
    /// The process is gone by then.
    pub over_at: Instant,
}

impl Stopping {
    /// Shares out the time from the wish to stop on.
    pub(super) fn since(wished_at: Instant, grace: Duration) -> Self {
        let grace = grace.max(LEAST);
        let over_at = wished_at + grace;
        let before = |kept: Duration, part: u32| wished_at + grace.saturating_sub(kept.min(grace / part));
        Self { runs_until: before(AFTER_RUNS, 2), records_until: before(AFTER_RECORDS, 8), over_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_a_stop_fits_into_the_grace_time() {
        let now = Instant::now();
        let of = |grace: u64| {
            let Stopping { runs_until, records_until, over_at } = Stopping::since(now, Duration::from_secs(grace));
            [runs_until, records_until, over_at].map(|until| (until - now).as_millis())
        };
        assert_eq!(of(30), [22_000, 28_000, 30_000]);
        assert_eq!(of(4), [2_000, 3_500, 4_000]);
        assert_eq!(of(0), [1_000, 1_750, 2_000]);
    }
}
