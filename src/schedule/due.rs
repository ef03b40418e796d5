//! What fell due between two beats: for one zone, and for accounts that each live in their own.
//!
//! Years of absence cost no more than a day: the newest instants are kept, older ones are counted up to a limit.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;

use super::{Cron, Zone};

/// How many of the newest due instants are kept, in each zone: more than a minute has seconds, so that of ticks which are
/// that late some are among them, and the older ones have a record to be counted in.
pub const KEPT: usize = 120;

/// Where counting the older ones ends.
pub const COUNTED: u32 = 1_000;

/// What fell due in a span of time, in one zone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Due {
    /// The newest instants, oldest first; at most [`KEPT`].
    pub newest: Vec<DateTime<Utc>>,
    /// How many older ones are left out.
    pub older: u32,
    /// Whether there may be more of them: counting ends at [`COUNTED`].
    pub is_at_least: bool,
}

impl Due {
    /// Gives the latest instant.
    pub fn latest(&self) -> Option<DateTime<Utc>> {
        self.newest.last().copied()
    }
}

/// One due instant and the accounts that share it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick<K> {
    /// When it fell due.
    pub due_at: DateTime<Utc>,
    /// The accounts that it fell due for, in the order they were given.
    pub accounts: Vec<K>,
}

/// What fell due for a schedule's accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticks<K> {
    /// The newest ticks, oldest first.
    pub ticks: Vec<Tick<K>>,
    /// How many older ones were left out, over all zones.
    pub older: u32,
    /// Whether there may be more of them: those of one zone were too many to count.
    pub is_at_least: bool,
}

/// Ticks sorted by whether they are still worth a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missed<K> {
    /// The latest tick of every account, oldest first.
    pub latest: Vec<Tick<K>>,
    /// The ticks that a later one makes pointless, oldest first.
    pub outdated: Vec<Tick<K>>,
}

/// Reckons what fell due after `after` and not after `until`.
///
/// Adjacent spans share nothing and leave nothing out. A clock that was set back gives a span that is empty: whoever
/// keeps the end of the last span must then keep the later of the two, or instants come twice.
pub fn due_between(cron: &Cron, zone: Tz, after: DateTime<Utc>, until: DateTime<Utc>) -> Due {
    let mut due = Due::default();
    let mut end = until;
    // Walking back from the end finds the newest first, whatever the span's length.
    while end > after && due.older < COUNTED {
        let Some(at) = cron.latest_until(end, zone).filter(|at| *at > after) else { break };
        if due.newest.len() < KEPT {
            due.newest.push(at);
        } else {
            due.older += 1;
        }
        end = at - Duration::seconds(1);
    }
    due.newest.reverse();
    due.is_at_least = due.older >= COUNTED;
    due
}

/// Reckons a schedule's ticks after `after` and not after `until`; accounts due at the same instant share one.
pub fn due_ticks<K: Clone>(
    cron: &Cron,
    zone: Zone,
    accounts: &[(K, Tz)],
    after: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Ticks<K> {
    let mut by_instant: BTreeMap<DateTime<Utc>, Vec<(usize, K)>> = BTreeMap::new();
    let (mut older, mut is_at_least) = (0_u32, false);
    for (zone, members) in by_zone(zone, accounts) {
        let due = due_between(cron, zone, after, until);
        older = older.saturating_add(due.older);
        is_at_least |= due.is_at_least;
        for at in due.newest {
            by_instant.entry(at).or_default().extend(members.iter().cloned());
        }
    }
    let ticks = by_instant.into_iter().map(|(due_at, members)| tick(due_at, members)).collect();
    Ticks { ticks, older, is_at_least }
}

/// Reckons what falls due after `after` and not after `until`, oldest first; at most `most` instants.
pub fn due_ahead(cron: &Cron, zone: Tz, after: DateTime<Utc>, until: DateTime<Utc>, most: usize) -> Vec<DateTime<Utc>> {
    let next = |at: &DateTime<Utc>| cron.next_after(*at, zone);
    std::iter::successors(next(&after), next).take_while(|at| *at <= until).take(most).collect()
}

/// Gives a schedule's first tick after `after`.
pub fn next_due<K: Clone>(cron: &Cron, zone: Zone, accounts: &[(K, Tz)], after: DateTime<Utc>) -> Option<Tick<K>> {
    let mut by_instant: BTreeMap<DateTime<Utc>, Vec<(usize, K)>> = BTreeMap::new();
    for (zone, members) in by_zone(zone, accounts) {
        if let Some(at) = cron.next_after(after, zone) {
            by_instant.entry(at).or_default().extend(members);
        }
    }
    by_instant.pop_first().map(|(due_at, members)| tick(due_at, members))
}

/// Leaves each account only its latest tick.
pub fn latest_of_each<K: Clone + Ord>(ticks: Vec<Tick<K>>) -> Missed<K> {
    let mut seen = BTreeSet::new();
    let (mut latest, mut outdated) = (Vec::new(), Vec::new());
    for Tick { due_at, accounts } in ticks.into_iter().rev() {
        let (fresh, stale): (Vec<K>, Vec<K>) = accounts.into_iter().partition(|account| seen.insert(account.clone()));
        if !fresh.is_empty() {
            latest.push(Tick { due_at, accounts: fresh });
        }
        if !stale.is_empty() {
            outdated.push(Tick { due_at, accounts: stale });
        }
    }
    latest.reverse();
    outdated.reverse();
    Missed { latest, outdated }
}

/// Groups accounts by the zone that counts for them, each with its place in the list.
fn by_zone<K: Clone>(zone: Zone, accounts: &[(K, Tz)]) -> HashMap<Tz, Vec<(usize, K)>> {
    let mut groups: HashMap<Tz, Vec<(usize, K)>> = HashMap::new();
    for (place, (account, own)) in accounts.iter().enumerate() {
        groups.entry(zone.of(*own)).or_default().push((place, account.clone()));
    }
    groups
}

fn tick<K>(due_at: DateTime<Utc>, mut members: Vec<(usize, K)>) -> Tick<K> {
    members.sort_by_key(|(place, _)| *place);
    Tick { due_at, accounts: members.into_iter().map(|(_, account)| account).collect() }
}

#[cfg(test)]
#[path = "due_tests.rs"]
mod tests;
