//! Report runs that are waited for: what Meta said of each, and when it is asked about again.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::error::{Class, Error};

/// Runs of one session that Meta works on at once: fewer as the account's budget fills.
pub(super) const IN_FLIGHT: u32 = 5;
/// The pause before the first question about a run, and the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
/// A run that is unknown for longer than this after it was made will stay so.
const UNKNOWN_FOR: Duration = Duration::from_secs(60);
/// A run without progress for so long is given up: others wait 5 to 10 minutes.
const STALLED_AFTER: Duration = Duration::from_secs(600);
/// Times that Meta may refuse to tell of a run before it is given up.
const REFUSALS: u32 = 3;

/// The runs of a session that are being waited for.
#[derive(Debug)]
pub(super) struct ReportRuns {
    pub places: Semaphore,
    /// Whoever holds it asks for all.
    pub asking: tokio::sync::Mutex<()>,
    waiting: Mutex<BTreeMap<String, Waiting>>,
}

/// One run as it was last seen.
#[derive(Debug, Clone)]
struct Waiting {
    made_at: Instant,
    next_at: Instant,
    pause: Duration,
    progress: (String, i64),
    progress_at: Instant,
    verdict: Option<Verdict>,
    refusals: u32,
}

/// What became of a run.
#[derive(Debug, Clone)]
pub(super) enum Verdict {
    Completed,
    /// Ask for another run.
    Again(Error),
    Failed(Error),
}

impl Default for ReportRuns {
    fn default() -> Self {
        Self {
            places: Semaphore::new(usize::try_from(IN_FLIGHT).unwrap_or(1)),
            asking: tokio::sync::Mutex::default(),
            waiting: Mutex::default(),
        }
    }
}

/// How many of the places one run takes: Meta's throttle counts what is being worked out, too.
pub(super) fn places(usage_pct: f64) -> u32 {
    if usage_pct < 50.0 {
        1
    } else if usage_pct < 75.0 {
        2
    } else {
        IN_FLIGHT
    }
}

impl ReportRuns {
    fn waiting(&self) -> MutexGuard<'_, BTreeMap<String, Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn begin(&self, id: &str) {
        let now = Instant::now();
        let waiting = Waiting {
            made_at: now,
            next_at: now + FIRST_PAUSE,
            pause: FIRST_PAUSE,
            progress: (String::new(), -1),
            progress_at: now,
            verdict: None,
            refusals: 0,
        };
        self.waiting().insert(id.to_owned(), waiting);
    }

    pub(super) fn end(&self, id: &str) {
        self.waiting().remove(id);
    }

    pub(super) fn next_at(&self, id: &str) -> Option<Instant> {
        self.waiting().get(id).map(|run| run.next_at)
    }

    pub(super) fn verdict(&self, id: &str) -> Option<Verdict> {
        self.waiting().get(id).and_then(|run| run.verdict.clone())
    }

    /// Runs to ask about now: those whose pause is over or nearly so, at most as many as a batch takes.
    pub(super) fn due(&self, now: Instant) -> Vec<String> {
        let soon = now + FIRST_PAUSE;
        let waiting = self.waiting();
        let due = waiting.iter().filter(|(_, run)| run.verdict.is_none() && run.next_at <= soon);
        due.map(|(id, _)| id.clone()).take(50).collect()
    }

    pub(super) fn postpone(&self, id: &str, now: Instant) {
        if let Some(run) = self.waiting().get_mut(id) {
            run.pause = (run.pause * 2).min(LONGEST_PAUSE);
            run.next_at = now + run.pause;
        }
    }

    /// Takes in what Meta says of a run; `None` is "not found", which is normal just after it was made.
    pub(super) fn seen(&self, id: &str, node: Option<&Value>, now: Instant) {
        if let Some(run) = self.waiting().get_mut(id) {
            run.verdict = match node {
                Some(node) => run.judge(node, now),
                None if now.duration_since(run.made_at) < UNKNOWN_FOR => None,
                None => Some(Verdict::Again(Error::plain(Class::Transient, "a report run was not found"))),
            };
        }
    }

    /// Takes in that Meta refuses to tell of a run. A few refusals may pass; then they are the run's end.
    pub(super) fn refused(&self, id: &str, error: Error) {
        if let Some(run) = self.waiting().get_mut(id) {
            run.refusals += 1;
            if run.refusals >= REFUSALS {
                run.verdict = Some(Verdict::Failed(error));
            }
        }
    }
}

impl Waiting {
    fn judge(&mut self, node: &Value, now: Instant) -> Option<Verdict> {
        let text = |name: &str| node.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let number = |name: &str| {
            let value = node.get(name)?;
            value.as_i64().or_else(|| value.as_f64().and_then(whole)).or_else(|| value.as_str()?.trim().parse().ok())
        };
        let (status, percent) = (text("async_status"), number("async_percent_completion").unwrap_or(0));
        let is_running = node.get("is_running").and_then(Value::as_bool).unwrap_or(false);
        match status.as_str() {
            "Job Completed" if percent >= 100 && !is_running => return Some(Verdict::Completed),
            "Job Failed" => return Some(failed(number("error_code"), number("error_subcode"), text("error_message"))),
            // It waited in the queue for too long and was never started.
            "Job Skipped" => {
                return Some(Verdict::Again(Error::plain(Class::Transient, "Meta skipped a report run")));
            }
            _ => {}
        }
        let progress = (status, percent);
        if progress != self.progress {
            self.progress = progress;
            self.progress_at = now;
        }
        let is_stalled = now.duration_since(self.progress_at) >= STALLED_AFTER;
        is_stalled.then(|| {
            let message = format!("a report run stood still at {percent} %");
            Verdict::Again(Error::plain(Class::Transient, message))
        })
    }
}

/// A number that was written with a fraction.
fn whole(number: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "clamped to a range that fits")]
    let whole = number.clamp(-1e9, 1e9).floor() as i64;
    number.is_finite().then_some(whole)
}

/// A failed run's own error says whether to ask again or for less.
fn failed(code: Option<i64>, subcode: Option<i64>, message: String) -> Verdict {
    let error = Error::of_report_run(code, subcode, message);
    match error.class {
        Class::Transient | Class::Unknown => Verdict::Again(error),
        _ => Verdict::Failed(error),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn run(now: Instant) -> Waiting {
        let progress = (String::new(), -1);
        Waiting {
            made_at: now,
            next_at: now,
            pause: FIRST_PAUSE,
            progress,
            progress_at: now,
            verdict: None,
            refusals: 0,
        }
    }

    fn node(status: &str, percent: i64, is_running: bool) -> Value {
        json!({"async_status": status, "async_percent_completion": percent, "is_running": is_running})
    }

    #[test]
    fn a_run_is_done_when_it_is_complete_and_no_longer_running() {
        let now = Instant::now();
        assert!(matches!(run(now).judge(&node("Job Completed", 100, false), now), Some(Verdict::Completed)));
        assert!(run(now).judge(&node("Job Completed", 100, true), now).is_none());
        assert!(run(now).judge(&node("Job Completed", 99, false), now).is_none());
        assert!(run(now).judge(&node("Job Not Started", 0, false), now).is_none());
        assert!(run(now).judge(&node("A Word That Is New", 7, false), now).is_none());
    }

    #[test]
    fn a_failed_runs_error_decides_between_asking_again_and_asking_for_less() {
        let now = Instant::now();
        let fails = |code: i64, subcode: i64| {
            let node = json!({"async_status": "Job Failed", "async_percent_completion": 0, "error_code": code,
                "error_subcode": subcode, "error_message": "x"});
            run(now).judge(&node, now)
        };
        assert!(matches!(fails(-3, 1_504_045), Some(Verdict::Failed(error)) if error.class == Class::TooMuchData));
        assert!(matches!(fails(-2, 2_490_547), Some(Verdict::Again(_))));
        assert!(matches!(fails(4, 1_504_022), Some(Verdict::Failed(error)) if error.class == Class::Throttle));
        assert!(matches!(run(now).judge(&json!({"async_status": "Job Failed"}), now), Some(Verdict::Again(_))));
        assert!(matches!(run(now).judge(&node("Job Skipped", 0, false), now), Some(Verdict::Again(_))));
    }

    #[test]
    fn fewer_runs_are_in_flight_as_the_budget_fills() {
        let in_flight = [0.0, 60.0, 80.0, 100.0].map(|usage_pct| IN_FLIGHT / places(usage_pct));
        assert_eq!(in_flight, [5, 2, 1, 1]);
    }

    #[test]
    fn a_run_that_stands_still_is_given_up_and_one_that_moves_is_not() {
        let now = Instant::now();
        for percent in [0, 99, 100] {
            let mut run = run(now);
            assert!(run.judge(&node("Job Running", percent, true), now).is_none());
            let later = now + STALLED_AFTER;
            assert!(matches!(run.judge(&node("Job Running", percent, true), later), Some(Verdict::Again(_))));
            run.progress_at = now;
            assert!(run.judge(&node("Job Running", percent + 1, true), later).is_none());
        }
    }

    #[test]
    fn a_run_may_be_unknown_for_a_moment_after_it_was_made() {
        let runs = ReportRuns::default();
        runs.begin("1");
        let made_at = Instant::now();
        runs.seen("1", None, made_at);
        assert!(runs.verdict("1").is_none());
        runs.seen("1", None, made_at + UNKNOWN_FOR * 2);
        assert!(matches!(runs.verdict("1"), Some(Verdict::Again(_))));
    }
}
