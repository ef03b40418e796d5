//! What rows of insights name: what the run's own listings showed has a row of its own, and only the rest is looked up. So no
//! reading of whole tables is needed to find out that nothing lacks its row.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::rows::insights::{Insights, InsightsRow};
use crate::rows::keys::Keys;
use crate::rows::report::{Days, Increment};
use crate::store::orphans;

use super::account::AccountRun;
use super::plan::contiguous;
use super::tables::Filled;

/// Ids that no listing showed of which each table is asked: an account may have more, and then the rows are asked.
const MOST: usize = 1_000;

/// The objects that a listing showed, each as the hash of its id.
#[derive(Debug, Default)]
pub(super) struct Listed(Keys);

/// The listings of a run, by table.
pub(super) type Listings = BTreeMap<&'static str, Arc<Listed>>;

/// What a run knows of the objects that rows name.
#[derive(Debug, Default)]
pub(super) struct Named {
    listings: Mutex<Listings>,
    complete: Mutex<Vec<Complete>>,
}

/// The days of a report whose rows name nothing that has no row of its own.
#[derive(Debug, Clone)]
pub(super) struct Complete {
    pub report: String,
    pub days: Days,
}

/// Objects that rows name and no listing showed, by table.
#[derive(Debug, Default)]
pub(super) struct Unlisted {
    ids: BTreeMap<&'static str, BTreeSet<String>>,
    /// Whether there may be others.
    is_cut: bool,
}

impl Listed {
    /// Notes an id. `false` where it came before.
    pub(super) fn insert(&mut self, id: &str) -> bool {
        self.0.insert(hash(id))
    }

    pub(super) fn contains(&self, id: &str) -> bool {
        self.0.contains(hash(id))
    }
}

impl Named {
    /// Takes in a listing that came to its end.
    pub(super) fn listed(&self, table: &'static str, listed: Listed) {
        lock(&self.listings).insert(table, Arc::new(listed));
    }

    pub(super) fn listings(&self) -> Listings {
        lock(&self.listings).clone()
    }

    /// Notes days of a report that name nothing without a row.
    pub(super) fn complete(&self, complete: impl IntoIterator<Item = Complete>) {
        lock(&self.complete).extend(complete);
    }

    /// What of some days of a report is yet to be looked at.
    pub(super) fn unseen(&self, report: &str, days: Days) -> Vec<Days> {
        let complete = lock(&self.complete);
        complete
            .iter()
            .filter(|complete| complete.report == report)
            .fold(vec![days], |unseen, complete| unseen.into_iter().flat_map(|days| complete.beside(days)).collect())
    }
}

impl Complete {
    fn beside(&self, days: Days) -> Vec<Days> {
        if self.days.since > days.until || self.days.until < days.since {
            return vec![days];
        }
        let before = self.days.since.pred_opt().map(|until| Days { until, ..days });
        let after = self.days.until.succ_opt().map(|since| Days { since, ..days });
        before.into_iter().chain(after).filter(|days| !days.is_empty()).collect()
    }
}

impl Unlisted {
    /// Notes what a row names and no listing showed.
    pub(super) fn look(&mut self, insights: &Insights, row: &InsightsRow<'_>, listings: &Listings) {
        for (table, id) in insights.parents(row) {
            if !listings.get(table).is_some_and(|listed| listed.contains(id)) {
                self.add(table, id);
            }
        }
    }

    fn add(&mut self, table: &'static str, id: &str) {
        let ids = self.ids.entry(table).or_default();
        if ids.len() < MOST {
            ids.insert(id.to_owned());
        } else {
            self.is_cut |= !ids.contains(id);
        }
    }

    /// Notes that rows stand in these days that did not come by.
    pub(super) fn has_others(&mut self) {
        self.is_cut = true;
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.is_cut |= other.is_cut;
        for (table, ids) in other.ids {
            ids.iter().for_each(|id| self.add(table, id));
        }
    }
}

impl AccountRun<'_> {
    /// Notes that the rows of periods which were just read name nothing without a row of its own, where that is so. Where it
    /// cannot be known now the rows are asked later.
    pub(super) async fn note_named(&self, filled: &Filled<Insights>, periods: &[Days], unlisted: &Unlisted) {
        let report = &filled.layout.report;
        // Windows overlap: others have rows of the same days.
        if unlisted.is_cut || report.increment == Increment::AllDays {
            return;
        }
        for (table, ids) in &unlisted.ids {
            match orphans::is_any_lacking(&self.engine.db, table, ids.iter().cloned().collect()).await {
                Ok(false) => {}
                Ok(true) => return,
                Err(error) => {
                    tracing::debug!(%error, table, "what has no row could not be asked");
                    return;
                }
            }
        }
        let dates = periods.iter().flat_map(Days::iter).collect();
        self.named.complete(contiguous(&dates).into_iter().map(|days| Complete { report: report.name.clone(), days }));
    }
}

fn hash(id: &str) -> u128 {
    xxhash_rust::xxh3::xxh3_128(id.as_bytes())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(since: &str, until: &str) -> Days {
        Days { since: since.parse().unwrap(), until: until.parse().unwrap() }
    }

    #[test]
    fn days_that_were_looked_at_are_not_looked_at_again() {
        let named = Named::default();
        let complete = |report: &str, days| Complete { report: report.to_owned(), days };
        let all = days("2026-11-01", "2026-11-30");
        assert_eq!(named.unseen("adset", all), [all]);
        named.complete([complete("adset", days("2026-11-10", "2026-11-12")), complete("ad", all)]);
        named.complete([complete("adset", days("2026-11-20", "2026-12-05"))]);
        let unseen = [days("2026-11-01", "2026-11-09"), days("2026-11-13", "2026-11-19")];
        assert_eq!(named.unseen("adset", all), unseen);
        assert!(named.unseen("ad", all).is_empty());
        assert_eq!(named.unseen("adset", days("2026-12-06", "2026-12-07")).len(), 1);
    }

    #[test]
    fn no_more_ids_are_remembered_than_can_be_asked_for_and_that_is_known() {
        let (mut one, mut other) = (Unlisted::default(), Unlisted::default());
        (0..MOST).for_each(|id| one.add("adsets", &id.to_string()));
        one.add("adsets", "7");
        one.add("campaigns", "7");
        assert!(!one.is_cut && one.ids["adsets"].len() == MOST);
        other.add("adsets", "8");
        one.merge(other);
        assert!(!one.is_cut, "it was there");
        one.add("adsets", "one more");
        assert!(one.is_cut && one.ids["adsets"].len() == MOST);
        let mut whole = Unlisted::default();
        whole.merge(one);
        assert!(whole.is_cut);
    }
}
