//! What a run is told: which accounts, which reports, how to count conversions.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::meta::{AccountId, Credentials};
use crate::rows::report::{Conversions, Report};

/// What every run needs to know beyond its own arguments.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which accounts are synced.
    pub accounts: Accounts,
    /// Accounts left out when "all" are read.
    pub exclude: Vec<AccountId>,
    /// `[accounts."act_…"]`, by account; an account without a section behaves as `Account::default()`.
    pub account: BTreeMap<AccountId, Account>,
    /// Tokens by name; the one from `META_ACCESS_TOKEN` has the empty name.
    pub credentials: BTreeMap<String, Credentials>,
    /// Enabled reports, in the order of their names.
    pub reports: Vec<Report>,
    /// Which action types are leads and purchases, unless an account says otherwise.
    pub conversions: Conversions,
    /// What the metric columns of `adsets`, `campaigns` and `ads` cover.
    pub adset_metrics: MetricsWindow,
    /// How often archived entities are listed.
    pub full_listing_every: Duration,
    /// Whether objects are kept whole in `raw`.
    pub store_raw: bool,
}

impl Settings {
    /// Which action types count as conversions in an account.
    pub fn conversions(&self, account: &AccountId) -> Conversions {
        let own = self.account.get(account);
        let leads = own.and_then(|own| own.leads.clone()).unwrap_or_else(|| self.conversions.leads.clone());
        let purchases = own.and_then(|own| own.purchases.clone()).unwrap_or_else(|| self.conversions.purchases.clone());
        Conversions { leads, purchases }
    }
}

/// Which accounts are synced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accounts {
    /// Every account that the token reads.
    All,
    /// These.
    Listed(Vec<AccountId>),
}

/// What is said of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// A name for people, in `ad_accounts.label`.
    pub label: Option<String>,
    /// Whose account it is, in `ad_accounts.client`.
    pub client: Option<String>,
    /// Whether it is synced.
    pub enabled: bool,
    /// The name of its token under `[tokens]`; `None` is the one from `META_ACCESS_TOKEN`.
    pub token: Option<String>,
    /// Its own names of the event "lead".
    pub leads: Option<Vec<String>>,
    /// Its own names of the event "purchase".
    pub purchases: Option<Vec<String>>,
}

impl Default for Account {
    fn default() -> Self {
        Self { label: None, client: None, enabled: true, token: None, leads: None, purchases: None }
    }
}

/// The days that the metric columns of `adsets`, `campaigns` and `ads` cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricsWindow {
    /// Today and the seven days before it.
    Last7dAndToday,
    /// Today.
    Today,
    /// The seven days before today.
    Last7d,
    /// The thirty days before today.
    Last30d,
    /// The calendar month, up to today.
    ThisMonth,
}
