//! What one call did to its buckets: the headers that tell it, and the refusal where one is full.
use super::allowance::{Allowance, Bucket};
use crate::api::error::GraphError;
use std::fmt::Write as _;

/// How full a bucket is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Standing {
    /// Hundredths of a percent of the calls.
    pub basis_points: u64,
    /// Hundredths of a percent of the time.
    pub time: u64,
    /// Seconds until calls are served again; 0 unless blocked.
    pub seconds: i64,
}

/// What one call did.
#[derive(Debug, Clone)]
pub(super) struct Spent {
    account: Option<u64>,
    case: Bucket,
    tier: &'static str,
    own: Option<Standing>,
    other: Option<(Bucket, Standing)>,
    app: Option<Standing>,
    platform: Option<Standing>,
    score: Option<Standing>,
    score_code: i64,
    silent_below: u64,
}

impl Spent {
    /// Starts with nothing noted.
    pub(super) fn new(account: Option<u64>, case: Bucket, tier: &'static str) -> Self {
        Self {
            account,
            case,
            tier,
            own: None,
            other: None,
            app: None,
            platform: None,
            score: None,
            score_code: 17,
            silent_below: 0,
        }
    }

    /// Notes how a bucket stands.
    pub(super) fn note(&mut self, bucket: Bucket, standing: Standing, allowance: &Allowance) {
        self.silent_below = allowance.silent_below.unwrap_or(0) * 100;
        match bucket {
            Bucket::App => self.app = Some(standing),
            Bucket::Platform => self.platform = Some(standing),
            Bucket::Score => {
                self.score = Some(standing);
                self.score_code = allowance.score.as_ref().and_then(|score| score.code).unwrap_or(17);
            }
            Bucket::AdsInsights | Bucket::AdsManagement => self.own = Some(standing),
        }
    }

    /// Notes what the header tells of a use case that the call does not concern.
    pub(super) fn tell(&mut self, bucket: Bucket, standing: Standing) {
        self.other = Some((bucket, standing));
    }

    /// Makes the usage of a call that a fault throttles.
    pub(super) fn blocked(account: u64, case: Bucket, minutes: i64) -> Self {
        let own = Standing { basis_points: 10_000, time: 3_000, seconds: minutes * 60 };
        Self { own: Some(own), ..Self::new(Some(account), case, "standard_access") }
    }

    /// Makes the refusal of a call that met a full bucket: HTTP 400 or 403, never 429, no `Retry-After`.
    pub(super) fn refusal(&self) -> Option<GraphError> {
        let is_full = |standing: Option<Standing>| standing.is_some_and(|standing| standing.seconds > 0);
        if is_full(self.app) {
            return Some(GraphError::new(4, "(#4) Application request limit reached").status(403).transient(true));
        }
        if is_full(self.platform) {
            return Some(GraphError::new(4, "Application request limit reached").subcode(1_504_022).status(403).user(
                "Too many API requests",
                "There have been too many calls from this app. Wait a bit and try again.",
            ));
        }
        if is_full(self.score) {
            return Some(score_refusal(self.score_code));
        }
        is_full(self.own).then(|| {
            let (code, word) = if self.case == Bucket::AdsInsights { (80_000, "from") } else { (80_004, "to") };
            GraphError::new(
                code,
                format!(
                    "(#{code}) There have been too many calls {word} this ad-account. Wait a bit and try again. For \
                     more info, please refer to \
                     https://developers.facebook.com/docs/graph-api/overview/rate-limiting."
                ),
            )
            .subcode(2_446_079)
        })
    }

    /// Writes the headers: percentages of the allowances, minutes until a use case opens again.
    pub(super) fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = Vec::new();
        let is_told = |standing: &Standing| standing.basis_points.max(standing.time) >= self.silent_below;
        if let Some(app) = self.app.filter(is_told) {
            let (calls, time) = (app.basis_points / 100, app.time / 100);
            let text = format!("{{\"call_count\":{calls},\"total_time\":{time},\"total_cputime\":{}}}", calls * 4 / 10);
            headers.push(("x-app-usage", text));
        }
        if let Some((score, tier)) = self.score.filter(is_told).zip(Some(self.tier)) {
            // Seconds here, minutes in the other header (Meta documents both).
            let (percent, seconds) = (hundredths(score.basis_points), score.seconds);
            let mut text = format!("{{\"acc_id_util_pct\":{percent},\"reset_time_duration\":{seconds}");
            // Writing into a String cannot fail.
            let _never = write!(text, ",\"ads_api_access_tier\":\"{tier}\"}}");
            headers.push(("x-ad-account-usage", text));
        }
        if let Some((own, account)) = self.own.filter(is_told).zip(self.account) {
            headers.extend(self.use_case(own, account));
        }
        headers
    }

    fn use_case(&self, own: Standing, account: u64) -> Vec<(&'static str, String)> {
        let tier = self.tier;
        let mut text = format!("{{\"{account}\":[{}", entry(self.case, own, tier));
        if let Some((bucket, standing)) = self.other {
            // Writing into a String cannot fail.
            let _never = write!(text, ",{}]", entry(bucket, standing, tier));
            let full = Standing { basis_points: 10_000, time: 10_000, seconds: 1_800 };
            let _never = write!(text, ",\"2938475610293847\":[{}", entry(self.case, full, tier));
        }
        text.push_str("]}");
        let mut headers = vec![("x-business-use-case-usage", text)];
        if self.case == Bucket::AdsInsights {
            let app = self.platform.map_or(own.basis_points / 10, |platform| platform.basis_points);
            headers.push((
                "x-fb-ads-insights-throttle",
                format!(
                    "{{\"app_id_util_pct\":{},\"acc_id_util_pct\":{},\"ads_api_access_tier\":\"{tier}\"}}",
                    hundredths(app),
                    hundredths(own.basis_points)
                ),
            ));
        }
        headers
    }
}

/// Writes one use case of one object.
fn entry(bucket: Bucket, standing: Standing, tier: &str) -> String {
    let kind = if bucket == Bucket::AdsInsights { "ads_insights" } else { "ads_management" };
    let percent = standing.basis_points / 100;
    format!(
        "{{\"type\":\"{kind}\",\"call_count\":{percent},\"total_cputime\":{},\"total_time\":{},\
         \"estimated_time_to_regain_access\":{},\"ads_api_access_tier\":\"{tier}\"}}",
        percent * 4 / 10,
        standing.time / 100,
        (standing.seconds + 59) / 60,
    )
}

/// The score's two faces: `is_transient` false was recorded although waiting helps.
fn score_refusal(code: i64) -> GraphError {
    if code == 613 {
        let text = "There have been too many calls from this ad-account. Please wait a bit and try again.";
        return GraphError::new(613, text).subcode(1_487_742);
    }
    GraphError::new(17, "User request limit reached").subcode(2_446_079).transient(false).user(
        "Ad Account Has Too Many API Calls",
        "There have been too many calls from this ad-account. Please wait a bit and try again.",
    )
}

fn hundredths(basis_points: u64) -> String {
    format!("{}.{:02}", basis_points / 100, basis_points % 100)
}
