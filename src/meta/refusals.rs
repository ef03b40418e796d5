//! Fields that Meta refuses, by what was asked: left out at once the next time, tried again after an upgrade.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Fields that Meta refuses, by what was asked.
#[derive(Debug, Default)]
pub struct Refusals {
    known: Mutex<BTreeMap<String, BTreeSet<String>>>,
    /// Whoever holds it looks for a refused field; the others wait for what it finds.
    pub(super) search: tokio::sync::Mutex<()>,
}

impl Refusals {
    /// The fields that are refused of a question.
    pub(super) fn of(&self, topic: &str) -> BTreeSet<String> {
        self.lock().get(topic).cloned().unwrap_or_default()
    }

    /// Notes that a field is refused.
    pub(super) fn add(&self, topic: &str, field: &str) {
        self.lock().entry(topic.to_owned()).or_default().insert(field.to_owned());
    }

    /// Every refused field with what was asked.
    pub fn known(&self) -> Vec<(String, String)> {
        let known = self.lock();
        let pairs = known.iter().flat_map(|(topic, fields)| fields.iter().map(|field| (topic.clone(), field.clone())));
        pairs.collect()
    }

    /// Takes over what an earlier process of the same version found.
    pub fn restore(&self, known: Vec<(String, String)>) {
        known.iter().for_each(|(topic, field)| self.add(topic, field));
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, BTreeSet<String>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
