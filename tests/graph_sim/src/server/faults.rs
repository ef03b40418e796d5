//! The armed faults: when each of them meets a call.
use super::fault::Fault;
use crate::dice::Dice;
use serde::{Deserialize, Serialize};
use std::sync::{Mutex, PoisonError};

/// Which calls a fault meets; what is absent does not narrow.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct When {
    /// The method.
    pub method: Option<String>,
    /// A part of path and query (decoded, without token).
    pub path: Option<String>,
    /// The account's digits.
    pub account: Option<String>,
    /// Only parts of batches, or only calls of their own.
    pub is_part: Option<bool>,
    /// Matching calls that pass before the first one fails.
    pub skip: u64,
    /// Matching calls that fail; without it all further ones.
    pub times: Option<u64>,
    /// Chance of a matching call to fail, in permille; without it all do.
    pub permille: Option<i64>,
    /// Seed of that chance.
    pub seed: u64,
}

/// A fault with its condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// What goes wrong.
    pub fault: Fault,
    /// When.
    #[serde(flatten)]
    pub when: When,
}

/// The armed faults.
#[derive(Debug, Default)]
pub struct Faults {
    armed: Mutex<Vec<Armed>>,
}

#[derive(Debug, Clone, Serialize)]
struct Armed {
    #[serde(flatten)]
    rule: Rule,
    seen: u64,
    fired: u64,
}

/// What a call looks like to the conditions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen<'a> {
    pub method: &'a str,
    pub target: &'a str,
    pub account: Option<u64>,
    pub has_cursor: bool,
    pub is_part: bool,
}

impl Faults {
    /// Arms a fault for every call.
    pub fn always(&self, fault: Fault) {
        self.add(Rule { fault, when: When::default() });
    }

    /// Arms a fault for the next calls whose path or query contain a text.
    pub fn times(&self, fault: Fault, path: &str, times: u64) {
        let when = When { path: Some(path.to_owned()), times: Some(times), ..When::default() };
        self.add(Rule { fault, when });
    }

    /// Arms a fault under a condition.
    pub fn add(&self, rule: Rule) {
        self.lock().push(Armed { rule, seen: 0, fired: 0 });
    }

    /// Disarms all.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// Counts how often faults have met a call.
    pub fn fired(&self) -> u64 {
        self.lock().iter().map(|armed| armed.fired).sum()
    }

    /// Shows the armed faults with their counts, as JSON.
    pub fn show(&self) -> serde_json::Value {
        serde_json::to_value(&*self.lock()).unwrap_or_default()
    }

    /// Gives the faults that meet a call, and counts them.
    pub(super) fn meet(&self, seen: Seen<'_>) -> Vec<Fault> {
        let mut armed = self.lock();
        armed.iter_mut().filter_map(|armed| armed.meets(seen).then(|| armed.rule.fault.clone())).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Armed>> {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Armed {
    fn meets(&mut self, seen: Seen<'_>) -> bool {
        let when = &self.rule.when;
        let is_meant = when.method.as_deref().is_none_or(|method| method == seen.method)
            && when.path.as_deref().is_none_or(|path| seen.target.contains(path))
            && (when.account.as_deref())
                .is_none_or(|account| account.trim_start_matches("act_").parse().ok() == seen.account)
            && when.is_part.is_none_or(|is_part| is_part == seen.is_part)
            && (self.rule.fault != Fault::NullPart || seen.is_part)
            && (self.rule.fault != Fault::ExpiredCursor || seen.has_cursor);
        if !is_meant {
            return false;
        }
        self.seen += 1;
        let is_due = self.seen > when.skip && when.times.is_none_or(|times| self.fired < times);
        let is_drawn = when.permille.is_none_or(|permille| Dice::new(&[when.seed, self.seen]).chance(permille));
        self.fired += u64::from(is_due && is_drawn);
        is_due && is_drawn
    }
}
