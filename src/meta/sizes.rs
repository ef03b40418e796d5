//! Which size of a question works: halved when Meta finds it too large, grown back when it goes well, remembered.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Pages that must go well before a size that just failed is tried again.
const MOST_PATIENT: u32 = 64;
/// Questions that go by report run before a direct call is tried again.
const RUNS_BEFORE_DIRECT: u32 = 32;

/// The sizes that worked, by what was asked.
#[derive(Debug, Default)]
pub struct Sizes {
    limits: Mutex<HashMap<String, u32>>,
    days: Mutex<HashMap<String, u64>>,
    /// Questions still to be worked out by report runs before a direct call is tried again.
    by_run: Mutex<HashMap<String, u32>>,
}

/// The rows asked for a page, adapting as pages go well or are too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limit {
    now: u32,
    most: u32,
    went_well: u32,
    patience: u32,
    just_grew: bool,
}

impl Sizes {
    /// The page size to begin with.
    pub(super) fn limit(&self, topic: &str, most: u32) -> Limit {
        let limits = self.limits.lock().unwrap_or_else(PoisonError::into_inner);
        Limit::new(limits.get(topic).copied().unwrap_or(most).min(most), most)
    }

    /// Remembers the size that a listing ended with.
    pub(super) fn remember(&self, topic: &str, limit: Limit) {
        let mut limits = self.limits.lock().unwrap_or_else(PoisonError::into_inner);
        if limit.now == limit.most {
            limits.remove(topic);
        } else {
            limits.insert(topic.to_owned(), limit.now);
        }
    }

    /// The most days of one question that worked, where more did not.
    pub fn days(&self, topic: &str) -> Option<u64> {
        self.days.lock().unwrap_or_else(PoisonError::into_inner).get(topic).copied()
    }

    /// Remembers that so many days work where more did not.
    pub(super) fn remember_days(&self, topic: &str, days: u64) {
        let mut known = self.days.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = known.entry(topic.to_owned()).or_insert(days);
        *entry = days.min(*entry).max(1);
    }

    /// Takes over how many days an earlier process could ask at once.
    pub fn restore_days(&self, known: Vec<(String, u64)>) {
        self.days.lock().unwrap_or_else(PoisonError::into_inner).extend(known);
    }

    /// All went well: next time twice as many days are asked at once.
    pub fn grow_days(&self, topic: &str) {
        let mut known = self.days.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(days) = known.get_mut(topic) {
            *days = days.saturating_mul(2);
            if *days > 90 {
                known.remove(topic);
            }
        }
    }

    /// Whether a report run is the better way just now. Now and then a direct call is tried again.
    pub(super) fn prefers_run(&self, topic: &str) -> bool {
        let mut by_run = self.by_run.lock().unwrap_or_else(PoisonError::into_inner);
        match by_run.get_mut(topic) {
            Some(left) if *left > 0 => {
                *left -= 1;
                true
            }
            _ => false,
        }
    }

    /// Remembers that a direct call was too much and a report run was not.
    pub(super) fn prefer_run(&self, topic: &str) {
        self.by_run.lock().unwrap_or_else(PoisonError::into_inner).insert(topic.to_owned(), RUNS_BEFORE_DIRECT);
    }

    /// Every size that is smaller than what was configured, by what was asked.
    pub fn known(&self) -> Vec<(String, u32)> {
        let limits = self.limits.lock().unwrap_or_else(PoisonError::into_inner);
        limits.iter().map(|(topic, limit)| (topic.clone(), *limit)).collect()
    }

    /// Takes over what an earlier process knew.
    pub fn restore(&self, known: Vec<(String, u32)>) {
        let mut limits = self.limits.lock().unwrap_or_else(PoisonError::into_inner);
        limits.extend(known.into_iter().map(|(topic, limit)| (topic, limit.max(1))));
    }
}

impl Limit {
    fn new(now: u32, most: u32) -> Self {
        Self { now: now.max(1), most: most.max(1), went_well: 0, patience: 2, just_grew: false }
    }

    /// The rows to ask for.
    pub(super) fn rows(self) -> u32 {
        self.now
    }

    /// The page was too much: asks for half. `false` where a page is one row already.
    pub(super) fn shrink(&mut self) -> bool {
        if self.now <= 1 {
            return false;
        }
        // A size that failed right after it grew is not tried again soon, or every other page would be asked twice.
        self.patience = if self.just_grew { (self.patience * 4).min(MOST_PATIENT) } else { 2 };
        self.now = (self.now / 2).max(1);
        self.went_well = 0;
        self.just_grew = false;
        true
    }

    /// The page went well: after some such pages asks for twice as much.
    pub(super) fn grow(&mut self) {
        self.went_well += 1;
        if self.went_well >= self.patience && self.now < self.most {
            self.now = self.now.saturating_mul(2).min(self.most);
            self.went_well = 0;
            self.just_grew = true;
        } else if self.just_grew && self.went_well > 1 {
            self.just_grew = false;
            self.patience = 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_is_too_much_is_halved_down_to_one_row_and_grows_back() {
        let mut limit = Limit::new(500, 500);
        let mut halvings = 0;
        while limit.shrink() {
            halvings += 1;
        }
        assert_eq!((limit.rows(), halvings), (1, 8));
        let mut pages = 0;
        while limit.rows() < 500 {
            limit.grow();
            pages += 1;
        }
        assert!(pages <= 20, "{pages} pages");
    }

    #[test]
    fn a_size_that_keeps_failing_is_tried_less_and_less() {
        let mut limit = Limit::new(500, 500);
        let mut failures = 0;
        for _ in 0..300 {
            if limit.rows() > 250 {
                limit.shrink();
                failures += 1;
            } else {
                limit.grow();
            }
        }
        assert!(failures <= 8, "{failures} failures in 300 pages");
    }

    #[test]
    fn what_worked_is_remembered_by_topic_and_forgotten_when_all_is_well() {
        let sizes = Sizes::default();
        let mut limit = sizes.limit("act_1/ads", 500);
        limit.shrink();
        sizes.remember("act_1/ads", limit);
        assert_eq!(sizes.limit("act_1/ads", 500).rows(), 250);
        assert_eq!(sizes.limit("act_2/ads", 500).rows(), 500);
        assert_eq!(sizes.limit("act_1/ads", 100).rows(), 100);
        sizes.remember("act_1/ads", Limit::new(500, 500));
        assert!(sizes.known().is_empty());
    }
}
