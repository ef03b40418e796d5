//! What is asked about the figures: few, large questions at the account's level.

use chrono::NaiveDate;

use super::AccountId;
use super::client::{Question, Session};
use super::listing::Listing;
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
}

impl Session {
    /// Lists the figures of an account. Unfiltered on purpose: any filter hides what is not active.
    pub fn insights(&self, account: &AccountId, query: &InsightsQuery) -> Listing {
        let range = serde_json::json!({"since": query.since.to_string(), "until": query.until.to_string()});
        let mut parameters = vec![
            ("level", query.level.to_owned()),
            ("fields", query.fields.clone()),
            ("time_range", range.to_string()),
            ("time_increment", query.time_increment.to_owned()),
        ];
        if !query.breakdowns.is_empty() {
            parameters.push(("breakdowns", query.breakdowns.join(",")));
        }
        if !query.attribution_windows.is_empty() {
            // Explicit windows leave the ad set's own setting out unless it is named too.
            let windows = std::iter::once("default").chain(query.attribution_windows.iter().map(String::as_str));
            let windows: Vec<_> = windows.collect();
            parameters.push(("action_attribution_windows", serde_json::json!(windows).to_string()));
        }
        Listing::new(self.clone(), Question::get(format!("{}/insights", account.act()), UseCase::Insights, parameters))
    }
}
