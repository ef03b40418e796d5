//! What really happened, as plain rows: the reference that a database is compared with.
use super::account::{Account, DayBorders};
use super::fact::{Fact, Sum};
use super::object::Head;
use super::{Node, World};
use crate::api::actions::{raw_actions, raw_conversions, raw_values};
use crate::calendar::{date_of, day_of};
use crate::json::micros;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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

impl TruthRow {
    /// Gives the money spent as Meta writes it: `42.82`, `-1.5`.
    pub fn spend(&self) -> String {
        micros(self.fact.spend_cents * 10_000)
    }

    /// Gives the raw `actions`, by action type, as they are where no windows are asked.
    pub fn actions(&self) -> BTreeMap<&'static str, String> {
        raw_actions(&self.fact).into_iter().collect()
    }

    /// Gives the raw `action_values`, by action type.
    pub fn action_values(&self) -> BTreeMap<&'static str, String> {
        raw_values(&self.fact).into_iter().collect()
    }

    /// Gives the raw `conversions`, by action type.
    pub fn conversions(&self) -> BTreeMap<&'static str, String> {
        raw_conversions(&self.fact).into_iter().collect()
    }
}

/// One object as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TruthObject {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The status that somebody set.
    pub status: &'static str,
    /// The status in effect.
    pub effective_status: &'static str,
    /// Unix second of its making.
    pub created: i64,
    /// Unix second of its last change, as Meta tells it.
    pub updated: i64,
    /// Its campaign; absent on campaigns.
    pub campaign_id: Option<String>,
    /// Its ad set; absent above ads.
    pub adset_id: Option<String>,
    /// Its own daily budget in minor units.
    pub daily_budget: Option<i64>,
    /// Its objective, on campaigns, or its optimization goal, on ad sets.
    pub goal: Option<&'static str>,
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
        match level {
            Level::Account => Vec::new(),
            Level::Campaign => (0..account.campaigns.len()).filter_map(|at| campaign(account, at)).collect(),
            Level::Adset => (0..account.adsets.len()).filter_map(|at| adset(account, at)).collect(),
            Level::Ad => (0..account.ads.len()).filter_map(|at| ad(account, at)).collect(),
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

fn campaign(account: &Account, at: usize) -> Option<TruthObject> {
    let campaign = account.campaigns.get(at)?;
    Some(TruthObject {
        daily_budget: campaign.daily_budget,
        goal: Some(campaign.goal.objective()),
        ..object(&campaign.head, account.campaign_status(at))
    })
}

fn adset(account: &Account, at: usize) -> Option<TruthObject> {
    let adset = account.adsets.get(at)?;
    Some(TruthObject {
        campaign_id: account.campaigns.get(adset.campaign).map(|campaign| campaign.head.id.to_string()),
        daily_budget: adset.daily_budget,
        goal: Some(adset.goal.optimization()),
        ..object(&adset.head, account.adset_status(at))
    })
}

fn ad(account: &Account, at: usize) -> Option<TruthObject> {
    let ad = account.ads.get(at)?;
    let adset = account.adsets.get(ad.adset)?;
    Some(TruthObject {
        campaign_id: account.campaigns.get(adset.campaign).map(|campaign| campaign.head.id.to_string()),
        adset_id: Some(adset.head.id.to_string()),
        ..object(&ad.head, account.ad_status(at))
    })
}

fn object(head: &Head, effective_status: &'static str) -> TruthObject {
    TruthObject {
        id: head.id.to_string(),
        name: head.name.clone(),
        status: head.status.word(),
        effective_status,
        created: head.created,
        updated: head.updated,
        campaign_id: None,
        adset_id: None,
        daily_budget: None,
        goal: None,
    }
}
