//! How long a run waits for Meta's budgets, all questions about one account together.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How long a run waits. Questions that wait side by side share their wait.
#[derive(Debug)]
pub(super) struct Patience {
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy)]
struct State {
    left: Duration,
    /// Until when somebody waits already: that time is taken.
    taken_until: Option<Instant>,
}

impl Patience {
    pub(super) fn new(left: Duration) -> Self {
        Self { state: Mutex::new(State { left, taken_until: None }) }
    }

    /// Whether a wait is within it.
    pub(super) fn has(&self, wait: Duration, now: Instant) -> bool {
        self.with(|state| state.beyond(wait, now) <= state.left)
    }

    /// Takes a wait out of it; `false` where it is too long.
    pub(super) fn take(&self, wait: Duration, now: Instant) -> bool {
        self.with(|state| {
            let beyond = state.beyond(wait, now);
            let has = beyond <= state.left;
            if has {
                state.left -= beyond;
                state.taken_until = state.taken_until.max(Some(now + wait));
            }
            has
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    /// The part of a wait for which nobody waits yet.
    fn beyond(&self, wait: Duration, now: Instant) -> Duration {
        let from = self.taken_until.map_or(now, |until| until.max(now));
        (now + wait).saturating_duration_since(from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn questions_that_wait_side_by_side_share_their_wait_and_later_ones_do_not() {
        let (patience, now) = (Patience::new(15 * MINUTE), Instant::now());
        assert!((0..8).all(|_| patience.take(10 * MINUTE, now)), "eight wait for the same block");
        let later = now + 10 * MINUTE;
        assert!(!patience.has(6 * MINUTE, later) && !patience.take(6 * MINUTE, later));
        assert!(patience.take(5 * MINUTE, later));
        assert!(!patience.take(MINUTE, later + 5 * MINUTE));
    }
}
