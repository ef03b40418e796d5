//! What is asked about the figures: few, large questions at the account's level.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::AccountId;
use super::client::{Client, Question};
use super::error::Error;
use super::listing::Listing;
use super::page::Page;
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
    /// Only objects in these states.
    pub states: Option<States>,
}

/// A part of an account's objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Only {
    /// `campaign` or `adset`.
    pub object: &'static str,
    /// Their ids.
    pub ids: Vec<String>,
    /// Whether deleted objects are among the statuses that the filter names. Meta may refuse that (100/1815001).
    pub names_deleted: bool,
}

/// Objects chosen by what became of them: for those that a listing without a filter may leave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct States {
    /// The kind of object: `campaign`, `adset` or `ad`.
    pub object: &'static str,
    /// How they are chosen.
    pub by: By,
}

/// How objects are chosen by what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Every status is named.
    Status,
    /// Every status but DELETED is named: where naming it is refused, and where deleted objects are not wanted.
    StatusUndeleted,
    /// Every status but those that a listing without a filter shows in any case.
    Hidden,
    /// The same without DELETED.
    HiddenUndeleted,
    /// What a listing without a filter shows in any case.
    Shown,
    /// Their delivery has ended: the way by which deleted objects were reached where their status was not enough.
    Delivery,
}

/// Every status that campaigns and ad sets may have. A filter on anything hides all that is not active, unless it names
/// them.
const STATUSES: [&str; 7] = ["ACTIVE", "PAUSED", "CAMPAIGN_PAUSED", "ARCHIVED", "DELETED", "IN_PROCESS", "WITH_ISSUES"];
/// What only ads may be.
const STATUSES_OF_ADS: [&str; 5] =
    ["ADSET_PAUSED", "DISAPPROVED", "PENDING_REVIEW", "PENDING_BILLING_INFO", "PREAPPROVED"];
/// What a listing without a filter shows in any case.
const SHOWN: [&str; 2] = ["ACTIVE", "PAUSED"];
/// Deliveries that have ended: Meta takes three at a time.
const ENDED: [&str; 3] = ["deleted", "permanently_deleted", "archived"];

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

    /// The fields of an account's figures that Meta refuses at a level.
    pub fn refused_figures(&self, account: &AccountId, level: &str) -> BTreeSet<String> {
        self.client.refused_figures(account, level)
    }

    /// Lists the figures of an account. Unfiltered on purpose: any filter hides what is not active.
    pub fn insights(&self, account: &AccountId, query: &InsightsQuery) -> Listing {
        let path = format!("{}/insights", account.act());
        Listing::new(self.clone(), Question::get(path, UseCase::Insights, query.parameters()))
    }

    /// Lists the figures of one object, whatever became of it. What Meta refuses of the account's is left out.
    pub fn insights_of(&self, account: &AccountId, id: &str, query: &InsightsQuery) -> Listing {
        let topic = topic(account, query.level);
        let question = Question::get(format!("{id}/insights"), UseCase::Insights, query.parameters());
        let allowed = self.allowed(Question { topic: Some(topic), ..question });
        Listing::new(self.clone(), Question { topic: None, ..allowed })
    }

    /// The first page of the figures of up to 50 objects in one call, each `None` where Meta lets nobody read it. What Meta
    /// refuses of the account's figures is left out here, too, and what it refuses here is left out there.
    pub async fn insights_by_id(
        &self,
        account: &AccountId,
        ids: &[String],
        query: &InsightsQuery,
    ) -> Result<Vec<(String, Option<Page>)>, Error> {
        let mut parameters = query.parameters();
        parameters.push(("limit", self.settings().page_size.to_string()));
        let topic = topic(account, query.level);
        let like = Question { topic: Some(topic), ..Question::get("insights", UseCase::Insights, parameters) };
        self.pages_by_id(ids, like).await
    }
}

impl Client {
    /// The fields of an account's figures that Meta refuses at a level.
    pub fn refused_figures(&self, account: &AccountId, level: &str) -> BTreeSet<String> {
        self.shared.refusals.of(&topic(account, level))
    }
}

impl By {
    /// The field of the filter and the values that it takes.
    pub fn filter(self, object: &str) -> (&'static str, Vec<&'static str>) {
        let named = STATUSES.into_iter().filter(|status| object != "campaign" || *status != "CAMPAIGN_PAUSED");
        let named = named.chain(STATUSES_OF_ADS.into_iter().filter(|_| object == "ad"));
        match self {
            Self::Status => ("effective_status", named.collect()),
            Self::StatusUndeleted => ("effective_status", named.filter(|status| *status != "DELETED").collect()),
            Self::Hidden => ("effective_status", named.filter(|status| !SHOWN.contains(status)).collect()),
            Self::HiddenUndeleted => {
                let hidden = named.filter(|status| !SHOWN.contains(status) && *status != "DELETED");
                ("effective_status", hidden.collect())
            }
            Self::Shown => ("effective_status", SHOWN.to_vec()),
            Self::Delivery => ("delivery_info", ENDED.to_vec()),
        }
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
        let filter = |object: &str, field: &str, values: serde_json::Value| serde_json::json!({"field": format!("{object}.{field}"), "operator": "IN", "value": values});
        let mut filters = Vec::new();
        if let Some(only) = &self.only {
            filters.push(filter(only.object, "id", only.ids.clone().into()));
            let by = if only.names_deleted { By::Status } else { By::StatusUndeleted };
            let (field, values) = by.filter(only.object);
            filters.push(filter(only.object, field, values.into()));
            // Which objects a filter on their parents hides is not documented: their own statuses are named, too.
            if self.level == "ad" {
                let (field, values) = by.filter("ad");
                filters.push(filter("ad", field, values.into()));
            }
        }
        if let Some(states) = &self.states {
            let (field, values) = states.by.filter(states.object);
            filters.push(filter(states.object, field, values.into()));
        }
        if !filters.is_empty() {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn query(states: Option<States>) -> InsightsQuery {
        InsightsQuery {
            level: "adset",
            fields: "spend".to_owned(),
            breakdowns: Vec::new(),
            time_increment: "1",
            attribution_windows: Vec::new(),
            since: "2026-11-20".parse().unwrap(),
            until: "2026-11-20".parse().unwrap(),
            only: None,
            states,
        }
    }

    fn filtering(query: &InsightsQuery) -> Option<String> {
        let found = query.parameters().into_iter().find(|(name, _)| *name == "filtering");
        found.map(|(_, value)| value)
    }

    #[test]
    fn an_ordinary_question_has_no_filter_and_one_for_hidden_objects_names_their_states() {
        assert_eq!(filtering(&query(None)), None);
        let by = |object, by| filtering(&query(Some(States { object, by }))).unwrap();
        let all = by("ad", By::Status);
        assert!(all.contains("ad.effective_status") && all.contains("DELETED") && all.contains("DISAPPROVED"), "{all}");
        let campaign = by("campaign", By::Status);
        assert!(!campaign.contains("CAMPAIGN_PAUSED") && !campaign.contains("DISAPPROVED"), "{campaign}");
        assert!(!by("adset", By::StatusUndeleted).contains("DELETED"));
        let hidden = by("adset", By::Hidden);
        assert!(
            hidden.contains("ARCHIVED") && hidden.contains("DELETED") && !hidden.contains("\"PAUSED\""),
            "{hidden}"
        );
        assert!(!by("adset", By::HiddenUndeleted).contains("DELETED"));
        assert!(by("adset", By::Delivery).contains("adset.delivery_info"));
    }
}
