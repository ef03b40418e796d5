//! What the usage headers of an answer say: how full each of Meta's call budgets is, and when a spent one refills.

use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::Value;

/// The longest wait that is believed, in seconds: a day is longer than any block that Meta documents.
const LONGEST_S: u64 = 24 * 3600;

/// How far the budget of questions for reach slows the others down: a full one blocks only its own.
const REACH_MOST_PCT: f64 = 90.0;

/// What kind of call it is: Meta counts each in a budget of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum UseCase {
    /// Every call on `/insights` and on report runs.
    Insights,
    /// Reads of accounts, campaigns, ad sets and ads.
    Management,
}

/// Whose budget it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The whole app's.
    App,
    /// The account's that was asked about.
    Account,
}

/// What one header says about one budget.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// Whose budget.
    pub scope: Scope,
    /// Which kind of call; `None` is every kind.
    pub use_case: Option<UseCase>,
    /// How full it is, in percent of its allowance; throttled at 100.
    pub pct: f64,
    /// How long until it lets calls through again, where Meta named it.
    pub regain_in: Option<Duration>,
}

/// What all usage headers of an answer say.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Usage {
    /// One entry a budget.
    pub readings: Vec<Reading>,
    /// `development_access` or `standard_access`: Meta's words for the tiers Limited and Full.
    pub tier: Option<String>,
}

impl UseCase {
    /// The word that the tables use; Meta's own.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Insights => "ads_insights",
            Self::Management => "ads_management",
        }
    }

    /// The use case of Meta's word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Insights, Self::Management].into_iter().find(|use_case| use_case.as_str() == word)
    }
}

impl Usage {
    /// Reads all usage headers of an answer about an account. A header that is missing or unreadable says nothing.
    pub fn from_headers(headers: &HeaderMap, account: Option<&str>) -> Self {
        Self::read(|name| Some(headers.get(name)?.to_str().ok()?.to_owned()), account)
    }

    /// The same, wherever the headers stand.
    pub(super) fn read(header: impl Fn(&str) -> Option<String>, account: Option<&str>) -> Self {
        let json = |name: &str| serde_json::from_str::<Value>(&header(name)?).ok();
        let mut usage = Self::default();
        if let Some(app) = json("x-app-usage") {
            usage.note(Scope::App, None, fullest(&app, &["call_count", "total_cputime", "total_time"]), None);
        }
        if let Some(account) = json("x-ad-account-usage") {
            let pct = fullest(&account, &["acc_id_util_pct"]);
            // The seconds until the window resets are a wait only once the budget is spent.
            let seconds = number(&account, "reset_time_duration").filter(|_| pct >= 100.0);
            usage.note(Scope::Account, None, pct, seconds);
            usage.note_tier(&account);
        }
        if let Some(insights) = json("x-fb-ads-insights-throttle") {
            let use_case = Some(UseCase::Insights);
            usage.note(Scope::App, use_case, fullest(&insights, &["app_id_util_pct"]), None);
            usage.note(Scope::Account, use_case, fullest(&insights, &["acc_id_util_pct"]), None);
            usage.note_tier(&insights);
        }
        // Its keys are not documented; a public client reads these. It is about questions for reach with breakdowns alone.
        if let Some(reach) = json("x-fb-ads-insights-reach-throttle") {
            let pct = fullest(&reach, &["app_id_util_pct", "acc_id_util_pct"]);
            usage.note(Scope::Account, Some(UseCase::Insights), pct.min(REACH_MOST_PCT), None);
        }
        if let Some(Value::Object(objects)) = json("x-business-use-case-usage") {
            // Up to 32 objects may stand there. Where the account is one of them only its own entry is about it; else the
            // key is the business's, as the documentation has it.
            let is_meant = |id: &str| account.is_none_or(|own| id == own || !objects.contains_key(own));
            let meant = objects.iter().filter(|(id, _)| is_meant(id)).map(|(_, entries)| entries);
            for entry in meant.filter_map(Value::as_array).flatten() {
                let Some(use_case) = entry.get("type").and_then(Value::as_str).and_then(UseCase::from_word) else {
                    continue;
                };
                let pct = fullest(entry, &["call_count", "total_cputime", "total_time"]);
                // Minutes here, seconds in the other header.
                let seconds = number(entry, "estimated_time_to_regain_access")
                    .map(|minutes| minutes.saturating_mul(60).min(LONGEST_S));
                usage.note(Scope::Account, Some(use_case), pct, seconds);
                usage.note_tier(entry);
            }
        }
        usage
    }

    /// How full the fullest budget is, in percent.
    pub fn peak_pct(&self) -> f64 {
        self.readings.iter().map(|reading| reading.pct).fold(0.0, f64::max)
    }

    /// The longest wait that Meta named for a kind of call; where it named none for that, the longest of all.
    pub fn regain_in(&self, use_case: UseCase) -> Option<Duration> {
        let longest = |of_it: &dyn Fn(&Reading) -> bool| {
            self.readings.iter().filter(|reading| of_it(reading)).filter_map(|reading| reading.regain_in).max()
        };
        longest(&|reading| reading.use_case.is_none_or(|other| other == use_case)).or_else(|| longest(&|_| true))
    }

    /// Takes over what another answer says.
    pub(super) fn add(&mut self, other: Self) {
        self.readings.extend(other.readings);
        self.tier = other.tier.or(self.tier.take());
    }

    fn note(&mut self, scope: Scope, use_case: Option<UseCase>, pct: f64, regain_s: Option<u64>) {
        let regain_in = regain_s.filter(|seconds| *seconds > 0).map(Duration::from_secs);
        self.readings.push(Reading { scope, use_case, pct, regain_in });
    }

    fn note_tier(&mut self, object: &Value) {
        if let Some(tier) = object.get("ads_api_access_tier").and_then(Value::as_str) {
            self.tier = Some(tier.to_owned());
        }
    }
}

fn fullest(object: &Value, keys: &[&str]) -> f64 {
    let pct = |key: &&str| {
        let value = object.get(key)?;
        value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
    };
    keys.iter().filter_map(pct).filter(|pct| pct.is_finite()).fold(0.0, f64::max)
}

fn number(object: &Value, key: &str) -> Option<u64> {
    let value = object.get(key)?;
    let number = value.as_u64().or_else(|| value.as_str()?.trim().parse().ok());
    // A fraction counts whole: waiting a little longer is cheap, a call too early is not.
    let number = number.or_else(|| whole(value.as_f64()?));
    number.map(|number| number.min(LONGEST_S))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a range that fits")]
fn whole(number: f64) -> Option<u64> {
    (number.is_finite() && number > 0.0).then(|| number.ceil().min(1e6) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&'static str, &str)]) -> Usage {
        let one_line = |value: &str| value.replace('\n', " ").parse().unwrap();
        let headers = pairs.iter().map(|(name, value)| (name.parse().unwrap(), one_line(value))).collect();
        Usage::from_headers(&headers, Some("1"))
    }

    #[test]
    fn another_accounts_entry_says_nothing_of_this_one() {
        let entry = |pct: u32| format!(r#"[{{"type":"ads_insights","call_count":{pct},"total_time":"31"}}]"#);
        let both = read(&[("x-business-use-case-usage", &format!(r#"{{"1":{},"2":{}}}"#, entry(40), entry(100)))]);
        assert!((both.peak_pct() - 40.0).abs() < f64::EPSILON, "{both:?}");
        let business = read(&[("x-business-use-case-usage", &format!(r#"{{"777":{}}}"#, entry(90)))]);
        assert!((business.peak_pct() - 90.0).abs() < f64::EPSILON, "{business:?}");
    }

    #[test]
    fn each_header_tells_of_its_own_budget() {
        let usage = read(&[
            (
                "x-fb-ads-insights-throttle",
                r#"{ "app_id_util_pct": 3.2, "acc_id_util_pct": 40.5, "ads_api_access_tier": "standard_access" }"#,
            ),
            (
                "x-business-use-case-usage",
                r#"{"1":[{"type":"ads_management","call_count":95,"total_cputime":20,"total_time":20,"estimated_time_to_regain_access":0},
                         {"type":"ads_insights","call_count":100,"total_cputime":25,"total_time":25,"estimated_time_to_regain_access":19},
                         {"type":"pages","call_count":100,"estimated_time_to_regain_access":60}]}"#,
            ),
        ]);
        assert_eq!(usage.tier.as_deref(), Some("standard_access"));
        assert!((usage.peak_pct() - 100.0).abs() < f64::EPSILON);
        assert_eq!(usage.regain_in(UseCase::Insights), Some(Duration::from_secs(19 * 60)));
        // Management is free; of a throttled call the only time that Meta named is believed.
        assert_eq!(usage.regain_in(UseCase::Management), Some(Duration::from_secs(19 * 60)));
        assert_eq!(usage.readings.len(), 4);
    }

    #[test]
    fn seconds_of_a_window_are_a_wait_only_when_it_is_full() {
        let open = read(&[("x-ad-account-usage", r#"{"acc_id_util_pct":9.67,"reset_time_duration":100}"#)]);
        assert_eq!(open.regain_in(UseCase::Insights), None);
        let full = read(&[("x-ad-account-usage", r#"{"acc_id_util_pct":100,"reset_time_duration":100}"#)]);
        assert_eq!(full.regain_in(UseCase::Management), Some(Duration::from_secs(100)));
    }

    #[test]
    fn unreadable_headers_say_nothing() {
        let odd = read(&[("x-app-usage", "busy"), ("x-business-use-case-usage", r#"{"1":{"call_count":"x"}}"#)]);
        assert_eq!(odd, Usage::default());
    }
}
