//! What becomes of ticks that fell due: a run, or a record that they came to nothing. Pure: instants are arguments.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::schedule::{Missed, Tick, latest_of_each};

use super::settings::{CatchUp, Overlap};

/// A tick that is older at the beat was missed: no daemon ran, or the machine slept.
const ON_TIME: TimeDelta = TimeDelta::seconds(60);

/// Why a tick comes to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// No daemon ran when it fell due, or none could record it.
    Missed,
    /// The database took no rows.
    NoRows,
    /// A run of the same schedule was still at work.
    Overlap,
    /// The schedule is paused.
    Paused,
}

/// What becomes of ticks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate<K> {
    /// One becomes a run, unless one before it is still at work.
    Run {
        /// `cron` or `catch_up`.
        trigger: &'static str,
        /// The tick.
        tick: Tick<K>,
    },
    /// Some come to nothing.
    Skip(Fold<K>),
}

/// Consecutive ticks that come to nothing, as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold<K> {
    /// Why.
    pub reason: Reason,
    /// Their accounts, each once.
    pub accounts: Vec<K>,
    /// How many they are.
    pub ticks: u32,
    /// When the first fell due.
    pub first: DateTime<Utc>,
    /// When the last fell due.
    pub last: DateTime<Utc>,
}

impl Reason {
    /// The words that the tick's record begins with, the same every time: consecutive records are told by them.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missed => "missed, as no daemon ran or none reached the database",
            Self::NoRows => "missed, as the database took no rows",
            Self::Overlap => "the run before it was still at work",
            Self::Paused => "the schedule is paused",
        }
    }
}

impl<K: Clone + Ord> Fold<K> {
    /// Folds ticks, oldest first; `older` more were left out before them. `None` where there are none.
    fn of(reason: Reason, ticks: &[Tick<K>], older: u32) -> Option<Self> {
        let (first, last) = (ticks.first()?, ticks.last()?);
        let accounts: BTreeSet<&K> = ticks.iter().flat_map(|tick| &tick.accounts).collect();
        let count = u32::try_from(ticks.len()).unwrap_or(u32::MAX).saturating_add(older);
        Some(Self {
            reason,
            accounts: accounts.into_iter().cloned().collect(),
            ticks: count,
            first: first.due_at,
            last: last.due_at,
        })
    }

    /// One tick that finds the run before it at work.
    pub fn overlap(tick: &Tick<K>) -> Self {
        let (accounts, at) = (tick.accounts.clone(), tick.due_at);
        Self { reason: Reason::Overlap, accounts, ticks: 1, first: at, last: at }
    }
}

/// Judges ticks that fell due, oldest first, of which `older` more were left out; a run for each that is worth one.
///
/// A tick on time runs, unless it fell due by `held_until`, while the database took no rows. Of those that were missed, each account's latest runs where `catch_up` says so and nothing on
/// time does its work anyway.
pub fn judge<K: Clone + Ord>(
    ticks: Vec<Tick<K>>,
    older: u32,
    now: DateTime<Utc>,
    catch_up: CatchUp,
    is_paused: bool,
    held_until: Option<DateTime<Utc>>,
) -> Vec<Fate<K>> {
    if is_paused {
        return Fold::of(Reason::Paused, &ticks, older).map(Fate::Skip).into_iter().collect();
    }
    let is_held = |tick: &Tick<K>| held_until.is_some_and(|until| tick.due_at <= until);
    let (missed, on_time): (Vec<_>, Vec<_>) =
        ticks.into_iter().partition(|tick| now - tick.due_at > ON_TIME || is_held(tick));
    let served: BTreeSet<K> = on_time.iter().flat_map(|tick| &tick.accounts).cloned().collect();
    let Missed { mut latest, .. } = latest_of_each(missed.clone());
    for tick in &mut latest {
        tick.accounts.retain(|account| !served.contains(account));
    }
    latest.retain(|tick| catch_up == CatchUp::Latest && !tick.accounts.is_empty());
    // A tick that is the latest for some of its accounts only has its row by the run.
    let stale: Vec<_> = missed.into_iter().filter(|tick| !latest.iter().any(|run| run.due_at == tick.due_at)).collect();
    let reason = if stale.last().is_some_and(is_held) { Reason::NoRows } else { Reason::Missed };
    let skipped = Fold::of(reason, &stale, older).map(Fate::Skip);
    let caught_up = latest.into_iter().map(|tick| Fate::Run { trigger: "catch_up", tick });
    let on_time = on_time.into_iter().map(|tick| Fate::Run { trigger: "cron", tick });
    skipped.into_iter().chain(caught_up).chain(on_time).collect()
}

/// Whether a tick comes to nothing because so many runs of its schedule are at work on its accounts. One that may queue
/// begins at once and waits for the accounts' leases; a second one would only do the same work again.
pub fn overlaps(policy: Overlap, under_way: i64) -> bool {
    match policy {
        Overlap::Skip => under_way > 0,
        Overlap::Queue => under_way > 1,
    }
}

#[cfg(test)]
#[path = "tick_tests.rs"]
mod tests;
