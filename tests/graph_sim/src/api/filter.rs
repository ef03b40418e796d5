//! The `filtering` parameter: which objects, and which rows, a question is about.
use super::error::GraphError;
use super::params::{Params, plain};
use crate::world::Node;
use crate::world::account::Account;
use crate::world::fact::Sum;
use crate::world::object::Head;
use crate::world::truth::Level;
use serde_json::Value;
use std::collections::HashSet;

/// Operators that Meta documents.
const OPERATORS: [&str; 26] = [
    "EQUAL",
    "NOT_EQUAL",
    "GREATER_THAN",
    "GREATER_THAN_OR_EQUAL",
    "LESS_THAN",
    "LESS_THAN_OR_EQUAL",
    "IN_RANGE",
    "NOT_IN_RANGE",
    "CONTAIN",
    "NOT_CONTAIN",
    "CONTAINS_ANY",
    "CONTAINS_ALL",
    "NOT_CONTAINS_ANY",
    "STEM_MATCH",
    "IN",
    "NOT_IN",
    "STARTS_WITH",
    "ENDS_WITH",
    "ANY",
    "ALL",
    "AFTER",
    "BEFORE",
    "ON_OR_AFTER",
    "ON_OR_BEFORE",
    "NONE",
    "TOP",
];

/// One condition.
#[derive(Debug, Clone)]
pub struct Filter {
    level: Level,
    field: String,
    operator: String,
    values: HashSet<String>,
    first: String,
}

/// Reads the conditions; a field without a level belongs to `own`.
pub fn parse(params: &Params, own: Level) -> Result<Vec<Filter>, GraphError> {
    let Some(text) = params.get("filtering").map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(Vec::new());
    };
    let wanted: Vec<Value> =
        serde_json::from_str(text).map_err(|_| GraphError::bad("Param filtering must be an array of JSON objects."))?;
    wanted.iter().map(|value| one(value, own)).collect()
}

fn one(value: &Value, own: Level) -> Result<Filter, GraphError> {
    let need =
        |key: &str| value.get(key).ok_or_else(|| GraphError::bad(format!("Param filtering[0][{key}] is required")));
    let (field, operator, value) = (plain(need("field")?), plain(need("operator")?), need("value")?);
    if !OPERATORS.contains(&operator.as_str()) {
        return Err(GraphError::bad(format!("Filtering operator {operator} is not valid")));
    }
    let (level, name) = match field.split_once('.') {
        Some(("campaign", name)) => (Level::Campaign, name),
        Some(("adset", name)) => (Level::Adset, name),
        Some(("ad", name)) => (Level::Ad, name),
        Some(_) => return Err(GraphError::bad(format!("Filtering field {field} is not valid"))),
        None => (own, field.as_str()),
    };
    let known = [
        "id",
        "name",
        "effective_status",
        "updated_time",
        "created_time",
        "delivery_info",
        "impressions",
        "spend",
        "clicks",
        "reach",
    ];
    if !known.contains(&name) {
        return Err(GraphError::bad(format!("Filtering field {field} is not supported")));
    }
    let values: Vec<String> = match value {
        Value::Array(values) => values.iter().map(plain).collect(),
        single => vec![plain(single)],
    };
    Ok(Filter {
        level,
        field: name.to_owned(),
        operator,
        first: values.first().cloned().unwrap_or_default(),
        values: values.into_iter().collect(),
    })
}

impl Filter {
    /// Says whether it chooses by status, which lifts the default of active objects only.
    pub fn names_status(&self) -> bool {
        matches!(self.field.as_str(), "effective_status" | "delivery_info")
    }

    /// Says whether it chooses the objects of one level by their status, and so lifts the default for `status`.
    /// Deleted objects were only ever reached by `delivery_info` (recorded).
    pub fn lifts_default(&self, level: Level, status: &str) -> bool {
        self.level == level
            && (self.field == "delivery_info" || self.field == "effective_status" && status != "DELETED")
    }

    /// Says whether it asks for deleted objects by their status, which object edges refuse.
    pub fn names_deleted(&self) -> bool {
        self.field == "effective_status" && self.values.contains("DELETED")
    }

    /// Says whether it is about counts of the row instead of objects.
    pub fn is_metric(&self) -> bool {
        matches!(self.field.as_str(), "impressions" | "spend" | "clicks" | "reach")
    }

    /// Judges a row's counts.
    pub fn takes_row(&self, sum: &Sum) -> bool {
        let (value, scale) = match self.field.as_str() {
            "spend" => (sum.fact.spend_cents, 2),
            "clicks" => (sum.fact.clicks, 0),
            "reach" => (sum.reach(), 0),
            _ => (sum.fact.impressions, 0),
        };
        let wanted = scaled(&self.first, scale);
        self.compare(value, wanted)
    }

    /// Judges an object by what stands at the condition's level in its line: a campaign has no ad set.
    pub fn takes(&self, account: &Account, node: Node) -> bool {
        let line = Line::of(account, node);
        let Some((head, status)) = line.at(account, self.level) else {
            return true;
        };
        match self.field.as_str() {
            "id" => self.takes_text(&head.id.to_string()),
            "name" => self.takes_text(&head.name),
            "effective_status" => self.takes_text(status),
            "delivery_info" => self.takes_text(delivery_info(status)),
            "updated_time" => self.compare(head.updated, scaled(&self.first, 0)),
            "created_time" => self.compare(head.created, scaled(&self.first, 0)),
            _ => true,
        }
    }

    fn takes_text(&self, text: &str) -> bool {
        match self.operator.as_str() {
            "NOT_IN" | "NOT_EQUAL" | "NONE" => !self.values.contains(text),
            "CONTAIN" => text.contains(&self.first),
            "NOT_CONTAIN" => !text.contains(&self.first),
            "CONTAINS_ANY" => self.values.iter().any(|value| text.contains(value)),
            "NOT_CONTAINS_ANY" => !self.values.iter().any(|value| text.contains(value)),
            "CONTAINS_ALL" => self.values.iter().all(|value| text.contains(value)),
            "STARTS_WITH" => text.starts_with(&self.first),
            "ENDS_WITH" => text.ends_with(&self.first),
            "GREATER_THAN" => text > self.first.as_str(),
            "LESS_THAN" => text < self.first.as_str(),
            _ => self.values.contains(text),
        }
    }

    fn compare(&self, value: i64, wanted: i64) -> bool {
        match self.operator.as_str() {
            "GREATER_THAN" | "AFTER" => value > wanted,
            "GREATER_THAN_OR_EQUAL" | "ON_OR_AFTER" => value >= wanted,
            "LESS_THAN" | "BEFORE" => value < wanted,
            "LESS_THAN_OR_EQUAL" | "ON_OR_BEFORE" => value <= wanted,
            "NOT_EQUAL" => value != wanted,
            _ => value == wanted,
        }
    }
}

/// An object with what hangs above it.
#[derive(Default)]
struct Line {
    campaign: Option<usize>,
    adset: Option<usize>,
    ad: Option<usize>,
}

impl Line {
    fn of(account: &Account, node: Node) -> Self {
        let mut line = Self::default();
        match node {
            Node::Ad(_, at) => line.ad = Some(at),
            Node::Adset(_, at) => line.adset = Some(at),
            Node::Campaign(_, at) => line.campaign = Some(at),
            Node::Account(_) | Node::Creative(..) => {}
        }
        let above = line.ad.and_then(|ad| account.ads.get(ad)).map(|ad| ad.adset);
        line.adset = line.adset.or(above);
        let above = line.adset.and_then(|adset| account.adsets.get(adset)).map(|adset| adset.campaign);
        line.campaign = line.campaign.or(above);
        line
    }

    fn at<'a>(&self, account: &'a Account, level: Level) -> Option<(&'a Head, &'static str)> {
        match level {
            Level::Account => None,
            Level::Campaign => {
                let at = self.campaign?;
                Some((&account.campaigns.get(at)?.head, account.campaign_status(at)))
            }
            Level::Adset => {
                let at = self.adset?;
                Some((&account.adsets.get(at)?.head, account.adset_status(at)))
            }
            Level::Ad => {
                let at = self.ad?;
                Some((&account.ads.get(at)?.head, account.ad_status(at)))
            }
        }
    }
}

fn delivery_info(status: &str) -> &'static str {
    match status {
        "ACTIVE" => "active",
        "ARCHIVED" => "archived",
        "DELETED" => "deleted",
        "PENDING_REVIEW" => "pending_review",
        "DISAPPROVED" => "rejected",
        _ => "inactive",
    }
}

/// Reads a decimal text as a whole number of its `places`-th fractions: cents for two.
fn scaled(text: &str, places: usize) -> i64 {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = rest.chars().chain("00".chars()).take(places).collect();
    format!("{whole}{digits}").parse().unwrap_or(0)
}
