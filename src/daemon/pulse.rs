//! The daemon's pulse: when the scheduler last beat, and with it what time it is.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

/// When the scheduler last beat; clones share it.
#[derive(Debug, Clone)]
pub struct Pulse(Arc<Mutex<Last>>);

#[derive(Debug, Clone, Copy)]
struct Last {
    /// What the clock showed.
    at: DateTime<Utc>,
    seen: Instant,
    /// Whether it was a beat, and not the start.
    is_beat: bool,
}

impl Pulse {
    /// A pulse that has not beaten yet, in a process that starts now.
    pub fn starting(now: DateTime<Utc>) -> Self {
        Self(Arc::new(Mutex::new(Last { at: now, seen: Instant::now(), is_beat: false })))
    }

    /// Notes a beat at an instant.
    pub fn beat(&self, at: DateTime<Utc>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Last { at, seen: Instant::now(), is_beat: true };
    }

    /// What time it is: a beat tells the clock's, so that nobody lives in the time before the machine slept or its clock
    /// was set.
    pub fn now(&self) -> DateTime<Utc> {
        let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.at + last.seen.elapsed()
    }

    /// How long ago the last beat was; `None` before the first.
    pub fn age(&self) -> Option<Duration> {
        let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_beat.then(|| last.seen.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_beat_tells_the_time_whatever_was_believed_before() {
        let began = DateTime::from_timestamp(1_795_446_000, 0).unwrap();
        let pulse = Pulse::starting(began);
        tokio::time::advance(Duration::from_secs(3)).await;
        assert_eq!((pulse.now(), pulse.age()), (began + Duration::from_secs(3), None));
        // The machine slept for a day, of which its steady clock knows nothing.
        pulse.beat(began + Duration::from_secs(86_400));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(pulse.now(), began + Duration::from_secs(86_401));
        assert_eq!(pulse.age(), Some(Duration::from_secs(1)));
    }
}
