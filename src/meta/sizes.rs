//! Which size of a question works: halved when Meta finds it too large, grown back when it goes well, remembered.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Pages that must go well before a size that just failed is tried again.
const MOST_PATIENT: u32 = 64;
/// Questions that go by report run before a direct call is tried again.
const RUNS_BEFORE_DIRECT: u32 = 32;
/// Days of one question from which a limit on them is none.
const UNLIMITED_DAYS: u64 = 90;

/// The sizes that worked, by what was asked.
#[derive(Debug, Default)]
pub struct Sizes {
    known: Mutex<HashMap<String, Size>>,
}

/// What is known of the size of one question. `None` is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Size {
    /// Rows of a page, where the configured number is too much.
    pub page_size: Option<u32>,
    /// Days asked at once, where more are too much.
    pub days: Option<u64>,
    /// Questions still to be worked out by report runs before a direct call is tried again.
    pub runs: Option<u32>,
    /// Whether a direct call was answered in this process.
    is_tried: bool,
}

/// The rows asked for a page, adapting as pages go well or are too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limit {
    now: u32,
    most: u32,
    went_well: u32,
    patience: u32,
    just_grew: bool,
    /// Into how many groups the fields of a page of one row are cut, which is what remains to be halved then.
    groups: usize,
}

impl Size {
    /// What an earlier process knew.
    pub fn stored(page_size: Option<u32>, days: Option<u64>, runs: Option<u32>) -> Self {
        Self { page_size: page_size.map(|rows| rows.max(1)), days: days.map(|days| days.max(1)), runs, is_tried: false }
    }

    /// Whether it needs a limit at all.
    pub fn is_limited(&self) -> bool {
        self.page_size.is_some() || self.days.is_some() || self.runs.is_some()
    }
}

impl Sizes {
    /// The page size to begin with.
    pub(super) fn limit(&self, topic: &str, most: u32) -> Limit {
        Limit::new(self.of(topic).page_size.unwrap_or(most).min(most), most)
    }

    /// Remembers the size that a listing ended with.
    pub(super) fn remember(&self, topic: &str, limit: Limit) {
        self.change(topic, |size| size.page_size = (limit.now < limit.most).then_some(limit.now));
    }

    /// The most days of one question that worked, where more did not.
    pub fn days(&self, topic: &str) -> Option<u64> {
        self.of(topic).days
    }

    /// Remembers that so many days work where more did not.
    pub(super) fn remember_days(&self, topic: &str, days: u64) {
        self.change(topic, |size| size.days = Some(size.days.map_or(days, |known| known.min(days)).max(1)));
    }

    /// All went well: next time twice as many days are asked at once.
    pub fn grow_days(&self, topic: &str) {
        self.change(topic, |size| {
            size.days = size.days.map(|days| days.saturating_mul(2)).filter(|days| *days <= UNLIMITED_DAYS);
        });
    }

    /// Whether a report run is the better way just now. Now and then a direct call is tried again.
    pub(super) fn prefers_run(&self, topic: &str) -> bool {
        let mut prefers = false;
        self.change(topic, |size| {
            prefers = size.runs.is_some();
            size.runs = size.runs.map(|left| left.saturating_sub(1)).filter(|left| *left > 0);
        });
        prefers
    }

    /// Whether report runs were found to be the better way.
    pub(super) fn is_by_run(&self, topic: &str) -> bool {
        self.of(topic).runs.is_some()
    }

    /// Remembers that a direct call was too much and a report run was not.
    pub(super) fn prefer_run(&self, topic: &str) {
        self.change(topic, |size| {
            size.runs = Some(RUNS_BEFORE_DIRECT);
            size.is_tried = false;
        });
    }

    /// Notes that a direct call was answered.
    pub(super) fn tried(&self, topic: &str) {
        self.change(topic, |size| size.is_tried = true);
    }

    /// Whether a direct call was answered, so that several may be asked side by side.
    pub(super) fn is_tried(&self, topic: &str) -> bool {
        self.of(topic).is_tried
    }

    /// The size of every question that this process asked or took over. One without a limit says that it needs none.
    pub fn known(&self) -> Vec<(String, Size)> {
        self.lock().iter().map(|(topic, size)| (topic.clone(), *size)).collect()
    }

    /// Takes over what an earlier process knew.
    pub fn restore(&self, known: Vec<(String, Size)>) {
        self.lock().extend(known);
    }

    fn of(&self, topic: &str) -> Size {
        self.lock().get(topic).copied().unwrap_or_default()
    }

    fn change(&self, topic: &str, change: impl FnOnce(&mut Size)) {
        let mut known = self.lock();
        let mut size = known.get(topic).copied().unwrap_or_default();
        change(&mut size);
        known.insert(topic.to_owned(), size);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Size>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Limit {
    fn new(now: u32, most: u32) -> Self {
        Self { now: now.max(1), most: most.max(1), went_well: 0, patience: 2, just_grew: false, groups: 1 }
    }

    /// The rows to ask for.
    pub(super) fn rows(self) -> u32 {
        self.now
    }

    /// Into how many groups the fields are cut.
    pub(super) fn groups(self) -> usize {
        self.groups
    }

    /// Asks for no more than this from now on.
    pub(super) fn cap(&mut self, most: u32) {
        self.most = most.max(1);
        self.now = self.now.min(self.most);
    }

    /// The page was too much: asks for half, of a single row for half its fields. `false` where a group is one of the
    /// `fields` already.
    pub(super) fn shrink(&mut self, fields: usize) -> bool {
        if self.now <= 1 && self.groups >= fields {
            return false;
        }
        // A size that failed right after it grew is not tried again soon, or every other page would be asked twice.
        self.patience = if self.just_grew { (self.patience * 4).min(MOST_PATIENT) } else { 2 };
        if self.now <= 1 {
            self.groups = (self.groups * 2).min(fields);
        } else {
            self.now = (self.now / 2).max(1);
        }
        self.went_well = 0;
        self.just_grew = false;
        true
    }

    /// The page went well: after some such pages asks for twice as much.
    pub(super) fn grow(&mut self) {
        self.went_well += 1;
        if self.went_well >= self.patience && self.groups > 1 {
            self.groups = self.groups.div_ceil(2);
            self.went_well = 0;
            self.just_grew = true;
        } else if self.went_well >= self.patience && self.now < self.most {
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
        while limit.shrink(1) {
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
                limit.shrink(1);
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
        limit.shrink(1);
        sizes.remember("act_1/ads", limit);
        assert_eq!(sizes.limit("act_1/ads", 500).rows(), 250);
        assert_eq!(sizes.limit("act_2/ads", 500).rows(), 500);
        assert_eq!(sizes.limit("act_1/ads", 100).rows(), 100);
        sizes.remember("act_1/ads", Limit::new(500, 500));
        assert!(sizes.known().iter().all(|(_, size)| !size.is_limited()));
    }

    #[test]
    fn a_row_that_is_too_much_is_asked_by_groups_of_fields_and_grows_back() {
        let mut limit = Limit::new(2, 2);
        let mut groups = Vec::new();
        while limit.shrink(5) {
            groups.push((limit.rows(), limit.groups()));
        }
        assert_eq!(groups, [(1, 1), (1, 2), (1, 4), (1, 5)]);
        (0..20).for_each(|_| limit.grow());
        assert_eq!((limit.rows(), limit.groups()), (2, 1));
    }

    #[test]
    fn days_and_report_runs_survive_a_restart_and_end_when_all_is_well() {
        let (before, after) = (Sizes::default(), Sizes::default());
        before.remember_days("act_1/insights:ad", 7);
        before.prefer_run("act_2/insights:ad");
        after.restore(before.known());
        assert_eq!(after.days("act_1/insights:ad"), Some(7));
        assert_eq!((0..100).filter(|_| after.prefers_run("act_2/insights:ad")).count(), 32);
        (0..4).for_each(|_| after.grow_days("act_1/insights:ad"));
        assert!(after.known().iter().all(|(_, size)| !size.is_limited()));
    }
}
