//! What really happened, as plain rows: the reference that a database is compared with.
use super::account::{Account, DayBorders};
use super::fact::{Fact, Sum};
use super::{Node, World};
use crate::calendar::{date_of, day_of};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// The level of an insights row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// One row for the account.
    Account,
    /// One row per campaign.
    Campaign,
    /// One row per ad set.
    Adset,
    /// One row per ad.
    Ad,
}

/// One object's day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TruthRow {
    /// Digits without `act_`.
    pub account_id: String,
    /// Absent at account level.
    pub campaign_id: Option<String>,
    /// Absent above ad sets.
    pub adset_id: Option<String>,
    /// Absent above ads.
    pub ad_id: Option<String>,
    /// The day; of a longer span the first.
    pub date: NaiveDate,
    /// People reached: not the sum of `fact.reach` where several ads meet.
    pub reach: i64,
    /// The sums of everything that adds up.
    pub fact: Fact,
}

/// The status and name of one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TruthObject {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The status in effect.
    pub effective_status: &'static str,
    /// Unix second of its last change, as Meta tells it.
    pub updated: i64,
}

impl World {
    /// Gives the daily rows of one level, of all objects whatever their status, sorted by object and day.
    pub fn truth(&self, account_id: &str, level: Level, since: NaiveDate, until: NaiveDate) -> Vec<TruthRow> {
        let days = (day_of(since)..=day_of(until)).map(date_of).map(|day| (day, day));
        self.truth_spans(account_id, level, &days.collect::<Vec<_>>())
    }

    /// Gives the rows of one level for spans of days, both ends included, sorted by object and span.
    pub fn truth_spans(&self, account_id: &str, level: Level, spans: &[(NaiveDate, NaiveDate)]) -> Vec<TruthRow> {
        let Some(account) = self.truth_account(account_id) else {
            return Vec::new();
        };
        let as_of = self.insights_as_of();
        let borders = |(since, until): &(NaiveDate, NaiveDate)| {
            (day_of(*since)..=day_of(*until)).map(|day| account.borders(day)).collect()
        };
        let spans: Vec<Vec<DayBorders>> = spans.iter().map(borders).collect();
        let mut rows = Vec::new();
        for group in account.groups(level) {
            for days in &spans {
                let mut sum = Sum::default();
                for (ad, day) in group.iter().flat_map(|ad| days.iter().map(move |day| (ad, day))) {
                    let fact = account.fact(*ad, day, as_of);
                    if !fact.is_empty() {
                        sum.add(&fact);
                    }
                }
                if let (Some(first), false) = (days.first(), sum.is_empty()) {
                    rows.push(row(account, level, group.first().copied().unwrap_or(0), first, &sum));
                }
            }
        }
        rows
    }

    /// Gives the daily rows of all ad sets.
    pub fn truth_adset_rows(&self, account_id: &str, since: NaiveDate, until: NaiveDate) -> Vec<TruthRow> {
        self.truth(account_id, Level::Adset, since, until)
    }

    /// Gives the sum of everything in a range.
    pub fn truth_total(&self, account_id: &str, since: NaiveDate, until: NaiveDate) -> Fact {
        let mut total = Fact::default();
        for row in self.truth(account_id, Level::Account, since, until) {
            total.add(&row.fact);
        }
        total
    }

    /// Gives all objects of a level, whatever their status, in the order of their making.
    pub fn truth_objects(&self, account_id: &str, level: Level) -> Vec<TruthObject> {
        let Some(account) = self.truth_account(account_id) else {
            return Vec::new();
        };
        let object = |head: &super::object::Head, effective_status| TruthObject {
            id: head.id.to_string(),
            name: head.name.clone(),
            effective_status,
            updated: head.updated,
        };
        match level {
            Level::Account => Vec::new(),
            Level::Campaign => (account.campaigns.iter().enumerate())
                .map(|(at, campaign)| object(&campaign.head, account.campaign_status(at)))
                .collect(),
            Level::Adset => (account.adsets.iter().enumerate())
                .map(|(at, adset)| object(&adset.head, account.adset_status(at)))
                .collect(),
            Level::Ad => {
                (account.ads.iter().enumerate()).map(|(at, ad)| object(&ad.head, account.ad_status(at))).collect()
            }
        }
    }

    fn truth_account(&self, id: &str) -> Option<&Account> {
        let digits = id.strip_prefix("act_").unwrap_or(id);
        match self.find(&format!("act_{digits}"))? {
            Node::Account(place) => self.accounts.get(place),
            _ => None,
        }
    }
}

impl Account {
    /// Gives the places of the ads of each object of a level.
    pub(crate) fn groups(&self, level: Level) -> Vec<Vec<usize>> {
        match level {
            Level::Account => vec![(0..self.ads.len()).collect()],
            Level::Campaign => (self.campaigns.iter())
                .map(|campaign| {
                    (campaign.adsets.iter())
                        .filter_map(|adset| self.adsets.get(*adset))
                        .flat_map(|adset| adset.ads.iter().copied())
                        .collect()
                })
                .collect(),
            Level::Adset => self.adsets.iter().map(|adset| adset.ads.clone()).collect(),
            Level::Ad => (0..self.ads.len()).map(|ad| vec![ad]).collect(),
        }
    }
}

fn row(account: &Account, level: Level, ad: usize, day: &DayBorders, sum: &Sum) -> TruthRow {
    let ad = account.ads.get(ad);
    let adset = ad.and_then(|ad| account.adsets.get(ad.adset));
    let campaign = adset.and_then(|adset| account.campaigns.get(adset.campaign));
    let at = |wanted: Level, id: Option<u64>| (level >= wanted).then(|| id.map(|id| id.to_string())).flatten();
    TruthRow {
        account_id: account.id.to_string(),
        campaign_id: at(Level::Campaign, campaign.map(|campaign| campaign.head.id)),
        adset_id: at(Level::Adset, adset.map(|adset| adset.head.id)),
        ad_id: at(Level::Ad, ad.map(|ad| ad.head.id)),
        date: date_of(day.day),
        reach: sum.reach(),
        fact: sum.fact,
    }
}
