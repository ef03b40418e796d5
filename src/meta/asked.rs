//! How Meta was asked for figures: a question as it was put, without its account, days and ids. A figure's origin is told
//! by this long after the answer is gone.

use std::collections::BTreeMap;

use serde_json::Value;

use super::client::Question;
use super::insights::InsightsQuery;
use super::session::Session;
use super::usage::UseCase;

/// In which way a question was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// A call.
    Direct,
    /// Worked out by Meta in a report run, then read.
    ReportRun,
    /// Of up to 50 objects in one call.
    Batch,
}

impl Manner {
    /// The word that tables use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::ReportRun => "report_run",
            Self::Batch => "batch",
        }
    }
}

/// A question about figures as it was put. What differs from call to call is left out of it: the account, the days, the
/// ids, the page; and so is whatever is secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// In which way.
    pub manner: Manner,
    /// The API's version that was asked for, for example `v26.0`.
    pub api_version: String,
    /// The path below the version: `act_<account_id>/insights` or `<id>/insights`.
    pub path: String,
    /// Its parameters by name. `<since>`, `<until>` and `<ids>` stand in the place of days and ids.
    pub parameters: BTreeMap<String, String>,
}

impl Asked {
    /// What tells it from every other question.
    pub fn hash(&self) -> String {
        let mut text = format!("{}|{}|{}", self.manner.as_str(), self.api_version, self.path);
        for (name, value) in &self.parameters {
            text.extend(["|", name, "=", value]);
        }
        format!("{:016x}", xxhash_rust::xxh3::xxh3_64(text.as_bytes()))
    }

    fn of(question: &Question, manner: Manner, api_version: &str) -> Self {
        let own = question.parameters.iter().filter(|(name, _)| !matches!(*name, "limit" | "after"));
        let parameters = own.map(|(name, value)| {
            let value = match *name {
                "time_range" => r#"{"since":"<since>","until":"<until>"}"#.to_owned(),
                "filtering" => without_ids(value),
                _ => value.clone(),
            };
            ((*name).to_owned(), value)
        });
        let (node, edge) = question.path.split_once('/').unwrap_or((&question.path, ""));
        let node = if node.starts_with("act_") { "act_<account_id>" } else { "<id>" };
        Self {
            manner,
            api_version: api_version.to_owned(),
            path: format!("{node}/{edge}"),
            parameters: parameters.collect(),
        }
    }
}

/// A filter without the ids that it names.
fn without_ids(filtering: &str) -> String {
    let Ok(Value::Array(mut filters)) = serde_json::from_str(filtering) else { return filtering.to_owned() };
    for filter in &mut filters {
        let is_by_id = filter.get("field").and_then(Value::as_str).is_some_and(|field| field.ends_with(".id"));
        if let Some(value) = filter.get_mut("value").filter(|_| is_by_id) {
            *value = serde_json::json!(["<ids>"]);
        }
    }
    Value::Array(filters).to_string()
}

impl Session {
    /// How a question about an account's figures, or an object's, is put.
    pub(super) fn asked(&self, question: &Question, manner: Manner) -> Asked {
        let mut asked = Asked::of(question, manner, &self.settings().api_version);
        for value in asked.parameters.values_mut() {
            *value = self.without_secrets(value);
        }
        asked
    }

    /// How the figures of up to 50 objects are asked for in one call.
    pub fn asked_by_id(&self, query: &InsightsQuery) -> Asked {
        let question = Question::get("0/insights", UseCase::Insights, query.parameters());
        self.asked(&question, Manner::Batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meta::insights::Only;

    fn query() -> InsightsQuery {
        InsightsQuery {
            level: "adset",
            fields: "spend,clicks".to_owned(),
            breakdowns: vec!["age".to_owned()],
            time_increment: "1",
            attribution_windows: vec!["7d_click".to_owned()],
            since: "2026-11-01".parse().unwrap(),
            until: "2026-11-20".parse().unwrap(),
            only: Some(Only { object: "campaign", ids: vec!["12021".to_owned()], names_deleted: false }),
            states: None,
        }
    }

    fn asked(path: &str, query: &InsightsQuery, manner: Manner) -> Asked {
        let question = Question::get(path, UseCase::Insights, query.parameters());
        Asked::of(&question.with("limit", "500".to_owned()).with("after", "MAZDZD".to_owned()), manner, "v26.0")
    }

    #[test]
    fn a_question_is_kept_as_it_was_put_without_what_differs_from_call_to_call() {
        let kept = asked("act_102/insights", &query(), Manner::Direct);
        assert_eq!((kept.path.as_str(), kept.api_version.as_str()), ("act_<account_id>/insights", "v26.0"));
        let names: Vec<&str> = kept.parameters.keys().map(String::as_str).collect();
        let expected = [
            "action_attribution_windows",
            "breakdowns",
            "fields",
            "filtering",
            "level",
            "time_increment",
            "time_range",
        ];
        assert_eq!(names, expected);
        assert_eq!(kept.parameters["fields"], "spend,clicks");
        assert_eq!(kept.parameters["action_attribution_windows"], r#"["default","7d_click"]"#);
        let filter = &kept.parameters["filtering"];
        assert!(filter.contains(r#""value":["<ids>"]"#) && filter.contains("ARCHIVED"), "{filter}");
        let text = format!("{kept:?}");
        assert!(!["102", "12021", "2026-", "500", "MAZDZD"].iter().any(|part| text.contains(part)), "{text}");
    }

    #[test]
    fn other_days_and_ids_are_the_same_question_and_another_way_to_put_it_is_not() {
        let hash = |path, query: &InsightsQuery, manner| asked(path, query, manner).hash();
        let one = hash("act_102/insights", &query(), Manner::Direct);
        let only = Some(Only { ids: vec!["7".to_owned(), "8".to_owned()], ..query().only.unwrap() });
        let other = InsightsQuery { since: "2026-10-01".parse().unwrap(), only, ..query() };
        assert_eq!(hash("act_103/insights", &other, Manner::Direct), one);
        assert_ne!(hash("act_102/insights", &query(), Manner::ReportRun), one);
        assert_ne!(hash("12021/insights", &query(), Manner::Direct), one);
        let fewer = InsightsQuery { fields: "spend".to_owned(), ..query() };
        assert_ne!(hash("act_102/insights", &fewer, Manner::Direct), one);
    }
}
