//! Usage of the allowances: percentages that rise with the calls of the last hour, and the block at 100.
use crate::api::error::GraphError;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// The two allowances of an ad account that reading uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UseCase {
    /// Every call to insights and report runs.
    Insights,
    /// Reading of objects.
    Management,
}

/// How many calls an hour holds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Allowance {
    /// The app has only development access: far fewer calls.
    pub is_development: bool,
    /// Calls to insights in an hour, instead of Meta's formula.
    pub insights: Option<u64>,
    /// Reads of objects in an hour, instead of Meta's formula.
    pub management: Option<u64>,
}

impl Allowance {
    /// Gives the calls of an hour by Meta's documented formula.
    fn calls(&self, case: UseCase, active_ads: u64) -> u64 {
        match (case, self.is_development) {
            (UseCase::Insights, true) => self.insights.unwrap_or(600 + 400 * active_ads),
            (UseCase::Insights, false) => self.insights.unwrap_or(190_000 + 400 * active_ads),
            (UseCase::Management, true) => self.management.unwrap_or(300 + 40 * active_ads),
            (UseCase::Management, false) => self.management.unwrap_or(100_000 + 40 * active_ads),
        }
    }
}

/// Calls of the last hour by account and use case.
#[derive(Debug, Default)]
pub struct Usage {
    accounts: HashMap<(u64, UseCase), Hour>,
}

/// Calls by minute.
#[derive(Debug, Default)]
struct Hour {
    minutes: Vec<(i64, u64)>,
    blocked_until: i64,
}

/// What one call did to an allowance.
#[derive(Debug, Clone)]
pub struct Spent {
    account: u64,
    case: UseCase,
    /// Hundredths of a percent.
    basis_points: u64,
    /// Minutes until calls are served again; 0 unless blocked.
    pub minutes: i64,
    tier: &'static str,
}

impl Usage {
    /// Counts a call.
    pub fn spend(&mut self, account: u64, case: UseCase, active_ads: u64, allowance: &Allowance, now: i64) -> Spent {
        let hour = self.accounts.entry((account, case)).or_default();
        let minute = now.div_euclid(60);
        hour.minutes.retain(|(at, _)| *at > minute - 60);
        match hour.minutes.last_mut() {
            Some((at, calls)) if *at == minute => *calls += 1,
            _ => hour.minutes.push((minute, 1)),
        }
        let calls: u64 = hour.minutes.iter().map(|(_, calls)| calls).sum();
        let basis_points = calls.saturating_mul(10_000) / allowance.calls(case, active_ads).max(1);
        if basis_points > 10_000 || hour.blocked_until > now {
            // A call made while blocked pushes the end of the block further out (Meta documents it).
            hour.blocked_until = hour.blocked_until.max(now + 60) + 30;
        }
        Spent {
            account,
            case,
            basis_points: basis_points.min(10_000),
            minutes: ((hour.blocked_until - now).max(0) + 59) / 60,
            tier: if allowance.is_development { "development_access" } else { "standard_access" },
        }
    }
}

impl Spent {
    /// Makes the usage of a call that a fault throttles.
    pub fn blocked(account: u64, case: UseCase, minutes: i64) -> Self {
        Self { account, case, basis_points: 10_000, minutes, tier: "standard_access" }
    }

    /// Writes the headers: percentages of the allowance, minutes until it opens again.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let (percent, tier) = (self.basis_points / 100, self.tier);
        let kind = match self.case {
            UseCase::Insights => "ads_insights",
            UseCase::Management => "ads_management",
        };
        let mut headers = vec![(
            "x-business-use-case-usage",
            format!(
                "{{\"{}\":[{{\"type\":\"{kind}\",\"call_count\":{percent},\"total_cputime\":{},\"total_time\":{},\
                 \"estimated_time_to_regain_access\":{},\"ads_api_access_tier\":\"{tier}\"}}]}}",
                self.account,
                percent * 4 / 10,
                percent * 3 / 10,
                self.minutes,
            ),
        )];
        if self.case == UseCase::Insights {
            let account = format!("{}.{:02}", percent, self.basis_points % 100);
            let app = format!("{}.{:02}", percent / 10, self.basis_points / 10 % 100);
            headers.push((
                "x-fb-ads-insights-throttle",
                format!(
                    "{{\"app_id_util_pct\":{app},\"acc_id_util_pct\":{account},\"ads_api_access_tier\":\"{tier}\"}}"
                ),
            ));
        }
        headers
    }

    /// Makes the refusal of a blocked call: HTTP 400, no `Retry-After`.
    pub fn refusal(&self) -> GraphError {
        let (code, word) = match self.case {
            UseCase::Insights => (80_000, "from"),
            UseCase::Management => (80_004, "to"),
        };
        GraphError::new(
            code,
            format!(
                "(#{code}) There have been too many calls {word} this ad-account. Wait a bit and try again. For more \
                 info, please refer to https://developers.facebook.com/docs/graph-api/overview/rate-limiting."
            ),
        )
        .subcode(2_446_079)
    }
}
