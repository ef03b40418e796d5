//! How much of Meta's call budgets is spent, as the usage headers tell it.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::Value;
use tokio::time::Instant;

/// What kind of call it is: Meta counts each in a budget of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UseCase {
    /// Every call on `/insights` and on report runs.
    Insights,
    /// Reads of accounts, campaigns, ad sets and ads.
    Management,
}

/// One budget: a use case of one account, or, without an account, of the whole app.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Bucket {
    /// The account's digits; `None` is the app.
    pub account: Option<String>,
    /// The kind of call.
    pub use_case: UseCase,
}

/// What the headers of one answer said.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Usage {
    /// The fullest budget, in percent of its allowance.
    pub peak_pct: f64,
    /// How long until the blocked budget lets calls through again, where Meta named it.
    pub regain_in: Option<Duration>,
}

impl Usage {
    /// Reads all usage headers of an answer. A header that is missing or unreadable says nothing.
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let mut usage = Self::default();
        for name in ["x-app-usage", "x-ad-account-usage", "x-fb-ads-insights-throttle"] {
            if let Some(value) = json(headers, name) {
                usage.read(&value);
            }
        }
        if let Some(Value::Object(objects)) = json(headers, "x-business-use-case-usage") {
            for use_case in objects.values().filter_map(Value::as_array).flatten() {
                usage.read(use_case);
            }
        }
        usage
    }

    fn read(&mut self, object: &Value) {
        for key in ["call_count", "total_cputime", "total_time", "acc_id_util_pct", "app_id_util_pct"] {
            if let Some(pct) = object.get(key).and_then(Value::as_f64) {
                self.peak_pct = self.peak_pct.max(pct);
            }
        }
        // Minutes in one header, seconds in the other.
        let minutes = number(object, "estimated_time_to_regain_access").map(|minutes| minutes.saturating_mul(60));
        // The seconds until the window resets are a wait only once the budget is spent.
        let full = object.get("acc_id_util_pct").and_then(Value::as_f64).is_some_and(|pct| pct >= 100.0);
        let seconds = number(object, "reset_time_duration").filter(|_| full);
        for wait in [minutes, seconds].into_iter().flatten().filter(|wait| *wait > 0) {
            self.regain_in = self.regain_in.max(Some(Duration::from_secs(wait)));
        }
    }
}

fn number(object: &Value, key: &str) -> Option<u64> {
    object.get(key).and_then(Value::as_u64)
}

fn json(headers: &HeaderMap, name: &str) -> Option<Value> {
    serde_json::from_str(headers.get(name)?.to_str().ok()?).ok()
}

/// The budgets that are blocked, and until when.
#[derive(Debug, Default)]
pub struct Budgets {
    blocked: Mutex<HashMap<Bucket, Instant>>,
}

impl Budgets {
    /// How long the buckets of a call stay blocked.
    pub fn blocked_for(&self, bucket: &Bucket, now: Instant) -> Option<Duration> {
        let blocked = self.blocked.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let app = Bucket { account: None, use_case: bucket.use_case };
        let until = blocked.get(bucket).max(blocked.get(&app))?;
        until.checked_duration_since(now).filter(|wait| !wait.is_zero())
    }

    /// Blocks a bucket until `until`; a longer block stays.
    pub fn block(&self, bucket: Bucket, until: Instant) {
        let mut blocked = self.blocked.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let entry = blocked.entry(bucket).or_insert(until);
        *entry = until.max(*entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn the_fullest_budget_and_the_longest_wait_count() {
        let usage = Usage::from_headers(&headers(&[
            ("x-fb-ads-insights-throttle", r#"{ "app_id_util_pct": 3.2, "acc_id_util_pct": 40.5 }"#),
            (
                "x-business-use-case-usage",
                r#"{"1":[{"type":"ads_insights","call_count":100,"total_time":7,"estimated_time_to_regain_access":12}]}"#,
            ),
        ]));
        assert_eq!(usage, Usage { peak_pct: 100.0, regain_in: Some(Duration::from_secs(12 * 60)) });
    }

    #[test]
    fn seconds_of_a_window_are_a_wait_only_when_it_is_full() {
        let open = headers(&[("x-ad-account-usage", r#"{"acc_id_util_pct":9.67,"reset_time_duration":100}"#)]);
        assert_eq!(Usage::from_headers(&open).regain_in, None);
        let full = headers(&[("x-ad-account-usage", r#"{"acc_id_util_pct":100,"reset_time_duration":100}"#)]);
        assert_eq!(Usage::from_headers(&full).regain_in, Some(Duration::from_secs(100)));
    }

    #[test]
    fn unreadable_headers_say_nothing() {
        let odd = headers(&[("x-app-usage", "busy"), ("x-business-use-case-usage", r#"{"1":{"call_count":"x"}}"#)]);
        assert_eq!(Usage::from_headers(&odd), Usage::default());
    }
}
