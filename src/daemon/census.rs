//! The accounts that schedules are for, each with its zone as far as it is known.

use std::collections::HashMap;

use chrono_tz::Tz;

use crate::meta::AccountId;
use crate::schedule::Zone;

use super::settings::Schedule;

/// The accounts that schedules are for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Census {
    /// In the order they were configured or found, each with its zone.
    pub accounts: Vec<(AccountId, Option<Tz>)>,
    /// Whether they were found by "all": a closed one is then no failure.
    pub found_by_all: bool,
}

impl Census {
    /// Puts accounts and the names of their zones together.
    pub fn new(accounts: Vec<AccountId>, zones: &HashMap<String, String>, found_by_all: bool) -> Self {
        let zone = |account: &AccountId| zones.get(account.digits()).and_then(|zone| zone.parse().ok());
        let accounts = accounts.into_iter().map(|account| (account.clone(), zone(&account))).collect();
        Self { accounts, found_by_all }
    }

    /// The accounts whose zone is not known.
    pub fn without_zone(&self) -> impl Iterator<Item = &AccountId> {
        self.accounts.iter().filter(|(_, zone)| zone.is_none()).map(|(account, _)| account)
    }

    /// Gives an account its zone.
    pub fn settle(&mut self, account: &AccountId, zone: Tz) {
        for (known, place) in &mut self.accounts {
            if known == account {
                *place = Some(zone);
            }
        }
    }

    /// The accounts of a schedule, as far as it can be said when it falls due for them.
    pub fn of(&self, schedule: &Schedule) -> Vec<(AccountId, Tz)> {
        let is_meant = |account: &AccountId| schedule.accounts.as_ref().is_none_or(|only| only.contains(account));
        let zoned = |(account, zone): &(AccountId, Option<Tz>)| match (schedule.zone, zone) {
            (_, Some(zone)) => Some((account.clone(), *zone)),
            // Its own zone does not matter.
            (Zone::Named(zone), None) => Some((account.clone(), zone)),
            (Zone::Account, None) => None,
        };
        self.accounts.iter().filter(|(account, _)| is_meant(account)).filter_map(zoned).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::settings::{CatchUp, Overlap};
    use super::*;
    use crate::schedule::Cron;

    fn id(text: &str) -> AccountId {
        text.parse().unwrap()
    }

    fn schedule(zone: &str, accounts: Option<Vec<AccountId>>) -> Schedule {
        Schedule {
            name: "recent".to_owned(),
            cron: Cron::parse("* * * * *").unwrap(),
            zone: zone.parse().unwrap(),
            lookback_days: 3,
            overlap: Overlap::Skip,
            catch_up: CatchUp::Latest,
            jitter: Duration::ZERO,
            deadline: Duration::from_secs(60),
            pause_after_failures: 0,
            enabled: true,
            accounts,
            reports: None,
        }
    }

    #[test]
    fn an_account_without_a_known_zone_waits_only_where_its_zone_matters() {
        let zones = HashMap::from([
            ("1".to_owned(), "America/Sao_Paulo".to_owned()),
            ("3".to_owned(), "Mars/Olympus".to_owned()),
        ]);
        let mut census = Census::new(vec![id("1"), id("2"), id("3")], &zones, false);
        assert_eq!(census.without_zone().collect::<Vec<_>>(), [&id("2"), &id("3")]);
        let sao_paulo = (id("1"), Tz::America__Sao_Paulo);
        assert_eq!(census.of(&schedule("account", None)), std::slice::from_ref(&sao_paulo));
        let everywhere = [sao_paulo.clone(), (id("2"), Tz::UTC), (id("3"), Tz::UTC)];
        assert_eq!(census.of(&schedule("UTC", None)), everywhere);
        census.settle(&id("2"), Tz::Europe__Berlin);
        let settled = [sao_paulo, (id("2"), Tz::Europe__Berlin)];
        assert_eq!(census.of(&schedule("account", None)), settled);
        assert_eq!(census.of(&schedule("account", Some(vec![id("2")]))), settled.get(1..).unwrap());
    }
}
