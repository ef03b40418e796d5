//! Pacing: budgets slow calls down as they fill, stop them while they are blocked, and let one probe through afterwards.
//!
//! Meta counts calls, not rows, and a call made while a budget is blocked pushes the block further out. So nothing is
//! asked of a blocked budget, a budget that is new or was blocked is tried with one call before the others follow, and
//! each account has budgets of its own: a hot one never slows a cold one down.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::error::Error;
use super::meter::Meter;
use super::usage::{Scope, Usage, UseCase};

/// Calls are spaced from here on, in percent: others pause at 85 to 95, or slow down from 80.
const SLOW_FROM_PCT: f64 = 75.0;
/// The space between two calls of a budget that is all but spent.
const LONGEST_GAP: Duration = Duration::from_secs(20);
/// A block without a time: what Meta documents for the score limit of a full tier; of a limited one it is longer.
const UNNAMED_BLOCK: Duration = Duration::from_secs(60);
const UNNAMED_BLOCK_LIMITED: Duration = Duration::from_secs(300);
/// Unnamed blocks that follow each other double up to this.
const LONGEST_UNNAMED: Duration = Duration::from_secs(900);
/// The longest that calls wait for the first answer of a budget that was never blocked: a dead connection is no block.
const LONGEST_HOLD: Duration = Duration::from_secs(3);
/// A reading says less and less: budgets roll over an hour.
const WINDOW: Duration = Duration::from_secs(3600);

/// One budget: a use case of one account, or, without an account, of the whole app.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Bucket {
    /// The name of the token that asks, or of the first one of the same app: each app has budgets of its own.
    pub token: String,
    /// The account's digits; `None` is the app.
    pub account: Option<String>,
    /// The kind of call.
    pub use_case: UseCase,
}

/// What is known of one budget, in a form that survives a restart.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// Which budget.
    pub bucket: Bucket,
    /// How full it was when last seen, in percent.
    pub usage_pct: f64,
    /// How long it stays blocked.
    pub blocked_for: Option<Duration>,
}

/// All budgets of the process.
#[derive(Debug, Default)]
pub struct Budgets {
    states: Mutex<HashMap<Bucket, State>>,
    changed: Notify,
    /// Told when a block begins, so that it can be kept before anything else happens.
    blocked: Notify,
}

#[derive(Debug, Clone, Copy)]
struct State {
    gate: Gate,
    usage_pct: f64,
    seen_at: Instant,
    blocked_until: Option<Instant>,
    /// When the last call of it was let through, or will be.
    last_at: Option<Instant>,
    blocks: u32,
    is_limited: bool,
}

/// Whether calls may go through side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gate {
    /// New, or blocked a moment ago: one call tries it.
    Untried,
    /// One call is trying it, since then.
    Probing(Instant),
    /// Calls go through side by side.
    Open,
}

/// Whether a call may be made now.
#[derive(Debug, PartialEq, Eq)]
enum Turn {
    Go,
    After(Duration),
    Blocked(Duration),
    /// Another call tries the budget; until then, where it was never blocked.
    Held(Option<Instant>),
}

/// Leave to make one call. Given back with what came of it; one that is dropped tells nothing.
#[derive(Debug)]
pub(super) struct Leave<'a> {
    budgets: &'a Budgets,
    buckets: [Bucket; 2],
    settled: bool,
}

impl Bucket {
    fn both(token: &str, account: Option<&str>, use_case: UseCase) -> [Self; 2] {
        let of =
            |account: Option<&str>| Self { token: token.to_owned(), account: account.map(str::to_owned), use_case };
        [of(account), of(None)]
    }

    /// The same owner's budget of another kind of call.
    fn of_kind(&self, use_case: UseCase) -> Self {
        Self { use_case, ..self.clone() }
    }
}

impl Budgets {
    /// Waits until a call may be made. `Err` gives the time that a block still lasts, for the caller to decide on.
    pub(super) async fn leave(
        &self,
        token: &str,
        account: Option<&str>,
        use_case: UseCase,
        meter: &Meter,
    ) -> Result<Leave<'_>, Duration> {
        let buckets = Bucket::both(token, account, use_case);
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            match self.turn(&buckets, Instant::now()) {
                Turn::Go => return Ok(Leave { budgets: self, buckets, settled: false }),
                Turn::After(pause) => {
                    let leave = Leave { budgets: self, buckets, settled: false };
                    let _waiting = meter.waiting();
                    tokio::time::sleep(pause).await;
                    return leave.still().map(|()| leave);
                }
                Turn::Blocked(wait) => return Err(wait),
                Turn::Held(None) => changed.await,
                Turn::Held(Some(until)) => tokio::select! {
                    () = changed => {}
                    () = tokio::time::sleep_until(until) => {}
                },
            }
        }
    }

    fn turn(&self, buckets: &[Bucket; 2], now: Instant) -> Turn {
        let mut states = self.states();
        let state =
            |states: &HashMap<Bucket, State>, bucket: &Bucket| states.get(bucket).copied().unwrap_or(State::new(now));
        let known = [0, 1].map(|place| buckets.get(place).map_or(State::new(now), |bucket| state(&states, bucket)));
        if let Some(wait) = known.iter().filter_map(|state| state.blocked_for(now)).max() {
            return Turn::Blocked(wait);
        }
        // A call that gets no answer says nothing of the budget: one that was never blocked is held for a moment only.
        let held = known.iter().filter_map(|state| match state.gate {
            Gate::Probing(_) if state.blocks > 0 || state.blocked_until.is_some() => Some(None),
            Gate::Probing(since) => Some(Some(since + LONGEST_HOLD)).filter(|until| *until > Some(now)),
            _ => None,
        });
        if let Some(until) = held.max_by_key(|until| until.map_or(now + WINDOW, |until| until)) {
            return Turn::Held(until);
        }
        let mut starts_at = now;
        for (bucket, mut state) in buckets.iter().zip(known) {
            // The space is reckoned anew for every call: an answer may have told that the budget is empty again.
            let free_at = state.last_at.map_or(now, |last_at| last_at + gap(state.usage_now(now)));
            starts_at = starts_at.max(free_at);
            state.last_at = Some(starts_at);
            if state.gate == Gate::Untried {
                state.gate = Gate::Probing(now);
            }
            states.insert(bucket.clone(), state);
        }
        match starts_at.saturating_duration_since(now) {
            Duration::ZERO => Turn::Go,
            pause => Turn::After(pause),
        }
    }

    /// Waits until a budget is blocked. One waiter hears of it.
    pub async fn block_began(&self) {
        self.blocked.notified().await;
    }

    /// How full the fullest budget is that a call of this kind would use, in percent.
    pub(super) fn usage_pct(&self, token: &str, account: Option<&str>, use_case: UseCase) -> f64 {
        let (now, states) = (Instant::now(), self.states());
        let buckets = Bucket::both(token, account, use_case);
        buckets.iter().filter_map(|bucket| states.get(bucket)).map(|state| state.usage_now(now)).fold(0.0, f64::max)
    }

    /// What is known of every budget.
    pub fn known(&self) -> Vec<Known> {
        let now = Instant::now();
        let states = self.states();
        let mut known: Vec<Known> = states
            .iter()
            .map(|(bucket, state)| Known {
                bucket: bucket.clone(),
                usage_pct: state.usage_now(now),
                blocked_for: state.blocked_for(now),
            })
            .collect();
        known.sort_by(|a, b| a.bucket.cmp(&b.bucket));
        known
    }

    /// Takes over what an earlier process knew, so that this one does not run into the same wall.
    pub fn restore(&self, known: Vec<Known>) {
        let now = Instant::now();
        let mut states = self.states();
        for known in known {
            let blocked_until = known.blocked_for.map(|wait| now + wait);
            states.insert(known.bucket, State { usage_pct: known.usage_pct, blocked_until, ..State::new(now) });
        }
    }

    fn states(&self) -> MutexGuard<'_, HashMap<Bucket, State>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, buckets: &[Bucket; 2], usage: &Usage, now: Instant) {
        let [account, app] = buckets;
        let mut states = self.states();
        for reading in &usage.readings {
            let whose = if reading.scope == Scope::App { app } else { account };
            // A question about no account tells nothing of the app by the budget of some account.
            if reading.scope == Scope::Account && whose.account.is_none() {
                continue;
            }
            let use_cases = [UseCase::Insights, UseCase::Management];
            for use_case in use_cases.into_iter().filter(|kind| reading.use_case.is_none_or(|only| only == *kind)) {
                let state = states.entry(whose.of_kind(use_case)).or_insert(State::new(now));
                // Several headers tell of one budget: within one answer the fullest counts.
                let is_same_answer = state.seen_at == now;
                state.usage_pct = if is_same_answer { state.usage_pct.max(reading.pct) } else { reading.pct };
                state.seen_at = now;
                if let Some(wait) = reading.regain_in {
                    state.block(now + wait);
                    self.blocked.notify_one();
                }
            }
        }
        if let Some(tier) = &usage.tier {
            for bucket in buckets {
                states.entry(bucket.clone()).or_insert(State::new(now)).is_limited = tier == "development_access";
            }
        }
    }
}

impl State {
    fn new(now: Instant) -> Self {
        Self {
            gate: Gate::Untried,
            usage_pct: 0.0,
            seen_at: now,
            blocked_until: None,
            last_at: None,
            blocks: 0,
            is_limited: false,
        }
    }

    fn blocked_for(&self, now: Instant) -> Option<Duration> {
        self.blocked_until?.checked_duration_since(now).filter(|wait| !wait.is_zero())
    }

    fn block(&mut self, until: Instant) {
        self.blocked_until = self.blocked_until.max(Some(until));
        self.gate = Gate::Untried;
    }

    /// How full the budget is by now: what was counted rolls out of its window.
    fn usage_now(&self, now: Instant) -> f64 {
        let age = now.saturating_duration_since(self.seen_at).as_secs_f64() / WINDOW.as_secs_f64();
        self.usage_pct * (1.0 - age).max(0.0)
    }
}

/// The space between two calls at a usage: none below the threshold, growing with the square above it.
fn gap(usage_pct: f64) -> Duration {
    let over = ((usage_pct - SLOW_FROM_PCT) / (100.0 - SLOW_FROM_PCT)).clamp(0.0, 1.0);
    LONGEST_GAP.mul_f64(over * over)
}

impl Leave<'_> {
    /// Whether the call may still be made: a budget may have been blocked since leave was given. `Err` gives the time
    /// that the block still lasts.
    pub(super) fn still(&self) -> Result<(), Duration> {
        let (now, states) = (Instant::now(), self.budgets.states());
        let longest = self.buckets.iter().filter_map(|bucket| states.get(bucket)?.blocked_for(now)).max();
        longest.map_or(Ok(()), Err)
    }

    /// The call was answered, and not with a throttle.
    pub(super) fn answered(mut self, usage: &Usage) {
        let now = Instant::now();
        for bucket in &self.buckets {
            let mut states = self.budgets.states();
            let state = states.entry(bucket.clone()).or_insert(State::new(now));
            // An answer to a call that was under way when the block began says nothing of the block.
            if state.blocked_for(now).is_none() {
                state.gate = Gate::Open;
                state.blocks = 0;
            }
        }
        self.budgets.read(&self.buckets, usage, now);
        self.settle();
    }

    /// The call was throttled: its budget is blocked for as long as Meta said, or for a time that doubles. Returns it.
    pub(super) fn throttled(mut self, error: &Error, usage: &Usage) -> Duration {
        let now = Instant::now();
        self.budgets.read(&self.buckets, usage, now);
        let [account, app] = &self.buckets;
        // Code 4 is the app's own budget; 17 and 613 are the account's, whatever is asked of it.
        let all = [UseCase::Insights, UseCase::Management];
        let blocked: Vec<Bucket> = match (error.code, error.subcode) {
            (Some(4), Some(_)) => vec![app.clone()],
            (Some(4), None) => all.map(|use_case| app.of_kind(use_case)).into(),
            (Some(17 | 613 | 32), _) => all.map(|use_case| account.of_kind(use_case)).into(),
            _ => vec![account.clone()],
        };
        let mut states = self.budgets.states();
        let mut longest = Duration::ZERO;
        for bucket in blocked {
            let state = states.entry(bucket).or_insert(State::new(now));
            let unnamed = if state.is_limited { UNNAMED_BLOCK_LIMITED } else { UNNAMED_BLOCK };
            let unnamed = unnamed.saturating_mul(1 << state.blocks.min(8)).min(LONGEST_UNNAMED);
            state.block(now + usage.regain_in(account.use_case).unwrap_or(unnamed));
            state.blocks = state.blocks.saturating_add(1);
            longest = longest.max(state.blocked_for(now).unwrap_or_default());
        }
        // The budgets that this call probed and that are not the blocked ones did let it through.
        for bucket in &self.buckets {
            if let Some(state) = states.get_mut(bucket)
                && matches!(state.gate, Gate::Probing(_))
            {
                state.gate = if state.blocked_for(now).is_some() { Gate::Untried } else { Gate::Open };
            }
        }
        drop(states);
        self.budgets.blocked.notify_one();
        self.settle();
        longest
    }

    fn settle(&mut self) {
        self.settled = true;
        self.budgets.changed.notify_waiters();
    }
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        if self.settled {
            return;
        }
        let mut states = self.budgets.states();
        for bucket in &self.buckets {
            if let Some(state) = states.get_mut(bucket)
                && matches!(state.gate, Gate::Probing(_))
            {
                state.gate = Gate::Untried;
            }
        }
        drop(states);
        self.budgets.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests;
