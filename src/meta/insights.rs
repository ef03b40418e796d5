//! What is asked about the figures: few, large questions at the account's level.

use chrono::NaiveDate;

use super::AccountId;
use super::client::Question;
use super::listing::Listing;
use super::session::Session;
use super::usage::UseCase;

/// One question about figures: a level, days, and what to tell of them.
#[derive(Debug, Clone)]
pub struct InsightsQuery {
    /// `account`, `campaign`, `adset` or `ad`.
    pub level: &'static str,
    /// Fields, comma-separated. Breakdowns are no fields: each comes as one more key of the row.
    pub fields: String,
    /// Breakdown dimensions.
    pub breakdowns: Vec<String>,
    /// `1` for days, `monthly`, `7` for weeks from the first day, `all_days`.
    pub time_increment: &'static str,
    /// Attribution windows beside the ad set's own setting.
    pub attribution_windows: Vec<String>,
    /// The first day, in the account's zone.
    pub since: NaiveDate,
    /// The last day, included.
    pub until: NaiveDate,
    /// Only these objects, where the whole is too much for Meta.
    pub only: Option<Only>,
}

/// A part of an account's objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Only {
    /// `campaign` or `adset`.
    pub object: &'static str,
    /// Their ids.
    pub ids: Vec<String>,
}

/// Every status that a campaign or ad set may have. A filter on anything hides all that is not active, unless it names
/// them.
const STATUSES: [&str; 7] = ["ACTIVE", "PAUSED", "CAMPAIGN_PAUSED", "ARCHIVED", "DELETED", "IN_PROCESS", "WITH_ISSUES"];
/// What an ad's may be beside those.
const AD_STATUSES: [&str; 5] = ["ADSET_PAUSED", "DISAPPROVED", "PENDING_BILLING_INFO", "PENDING_REVIEW", "PREAPPROVED"];

impl Session {
    /// Remembers that so many days of a level can be asked at once where more cannot.
    pub fn remember_days(&self, account: &AccountId, level: &str, days: u64) {
        self.client.shared.sizes.remember_days(&topic(account, level), days);
    }

    /// The most days of a level that can be asked at once, where that is limited.
    pub fn most_days(&self, account: &AccountId, level: &str) -> Option<u64> {
        self.client.shared.sizes.days(&topic(account, level))
    }

    /// Notes that all days of a level were read as asked: next time more are asked at once.
    pub fn read_all_days(&self, account: &AccountId, level: &str) {
        self.client.shared.sizes.grow_days(&topic(account, level));
    }

    /// Notes that a direct call for a level was answered.
    pub fn tried_directly(&self, account: &AccountId, level: &str) {
        self.client.shared.sizes.tried(&topic(account, level));
    }

    /// Whether a direct call for a level was answered before: then several may be asked side by side.
    pub fn is_tried_directly(&self, account: &AccountId, level: &str) -> bool {
        self.client.shared.sizes.is_tried(&topic(account, level))
    }

    /// Whether a level's questions are better worked out by report runs: direct calls were too much lately.
    pub fn prefers_report_run(&self, account: &AccountId, level: &str) -> bool {
        self.client.shared.sizes.prefers_run(&topic(account, level))
    }

    /// Whether report runs were found to be the better way for a level.
    pub fn is_by_report_run(&self, account: &AccountId, level: &str) -> bool {
        self.client.shared.sizes.is_by_run(&topic(account, level))
    }

    /// Remembers that a direct call was too much and a report run was not.
    pub fn prefer_report_run(&self, account: &AccountId, level: &str) {
        self.client.shared.sizes.prefer_run(&topic(account, level));
    }

    /// Lists the figures of an account. Unfiltered on purpose: any filter hides what is not active.
    pub fn insights(&self, account: &AccountId, query: &InsightsQuery) -> Listing {
        let path = format!("{}/insights", account.act());
        Listing::new(self.clone(), Question::get(path, UseCase::Insights, query.parameters()))
    }
}

impl InsightsQuery {
    /// The parameters of a call, direct or by a report run.
    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        let range = serde_json::json!({"since": self.since.to_string(), "until": self.until.to_string()});
        let mut parameters = vec![
            ("level", self.level.to_owned()),
            ("fields", self.fields.clone()),
            ("time_range", range.to_string()),
            ("time_increment", self.time_increment.to_owned()),
        ];
        if let Some(only) = &self.only {
            let filter = |object: &str, field: &str, values: serde_json::Value| serde_json::json!({"field": format!("{object}.{field}"), "operator": "IN", "value": values});
            let mut filters = vec![
                filter(only.object, "id", only.ids.clone().into()),
                filter(only.object, "effective_status", STATUSES.to_vec().into()),
            ];
            // Which objects a filter on their parents hides is not documented: their own statuses are named, too.
            if self.level == "ad" {
                filters.push(filter("ad", "effective_status", [&STATUSES[..], &AD_STATUSES].concat().into()));
            }
            parameters.push(("filtering", serde_json::json!(filters).to_string()));
        }
        if !self.breakdowns.is_empty() {
            parameters.push(("breakdowns", self.breakdowns.join(",")));
        }
        if !self.attribution_windows.is_empty() {
            // Explicit windows leave the ad set's own setting out unless it is named too.
            let windows = std::iter::once("default").chain(self.attribution_windows.iter().map(String::as_str));
            let windows: Vec<_> = windows.collect();
            parameters.push(("action_attribution_windows", serde_json::json!(windows).to_string()));
        }
        parameters
    }
}

fn topic(account: &AccountId, level: &str) -> String {
    format!("{}/insights:{level}", account.act())
}
