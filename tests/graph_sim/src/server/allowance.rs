//! How many calls are allowed, in each of the buckets that Meta counts in.
use serde::{Deserialize, Serialize};

/// Where calls are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bucket {
    /// Every call to insights and report runs of one ad account.
    AdsInsights,
    /// Reads of objects of one ad account.
    AdsManagement,
    /// All calls of one ad account, by points that decay.
    Score,
    /// All calls of the app.
    App,
    /// All calls of the app to insights.
    Platform,
}

/// How many calls the buckets hold. What is absent follows Meta's documented formula, or is not limited.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Allowance {
    /// The app has only development access: far fewer calls.
    pub is_development: bool,
    /// Calls to insights in an hour, instead of Meta's formula.
    pub insights: Option<u64>,
    /// Reads of objects in an hour, instead of Meta's formula.
    pub management: Option<u64>,
    /// Calls of the whole app in an hour; not limited unless set.
    pub app: Option<u64>,
    /// Calls of the whole app to insights in an hour; not limited unless set.
    pub platform: Option<u64>,
    /// The score of each ad account; off unless set, for practice calls it outdated.
    pub score: Option<Score>,
    /// Seconds that a block of a bucket lasts, 90 unless set.
    pub block_seconds: Option<i64>,
    /// Seconds by which each call made while blocked pushes the end further out, 30 unless set.
    pub push_seconds: Option<i64>,
    /// `total_time` in permille of `call_count`, 300 unless set: above 1000 time runs out before calls do.
    pub time_permille: Option<u64>,
    /// Headers of buckets that are less full than this, in percent, are missing: Meta leaves them out on low use.
    pub silent_below: Option<u64>,
    /// The header of use cases also tells of the account's other one, and of another object's: Meta may list several
    /// of both.
    pub tells_all: bool,
}

/// The score of an ad account: a read is one point, and a point lasts 300 seconds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Score {
    /// Most points; 60 for development access and 9000 else, unless set.
    pub max: Option<u64>,
    /// Seconds of a block; 300 for development access and 60 else, unless set.
    pub blocked_seconds: Option<i64>,
    /// 613 for 613/1487742; else 17/2446079.
    pub code: Option<i64>,
}

/// How one bucket counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measure {
    /// Calls that it holds.
    pub limit: u64,
    /// Seconds that a call counts.
    pub window: i64,
    /// Seconds that a block lasts.
    pub block: i64,
    /// Seconds that a call made while blocked adds.
    pub push: i64,
    /// Time in permille of calls.
    pub time_permille: u64,
}

impl Allowance {
    /// Gives how a bucket counts; nothing for one that is not limited.
    pub(super) fn measure(&self, bucket: Bucket, active_ads: u64) -> Option<Measure> {
        let (block, push) = (self.block_seconds.unwrap_or(90), self.push_seconds.unwrap_or(30));
        let hour =
            |limit: u64| Measure { limit, window: 3600, block, push, time_permille: self.time_permille.unwrap_or(300) };
        let tier = |development: u64, full: u64| if self.is_development { development } else { full };
        Some(match bucket {
            Bucket::AdsInsights => hour(self.insights.unwrap_or(tier(600, 190_000) + 400 * active_ads)),
            Bucket::AdsManagement => hour(self.management.unwrap_or(tier(300, 100_000) + 40 * active_ads)),
            Bucket::App => hour(self.app?),
            Bucket::Platform => hour(self.platform?),
            Bucket::Score => {
                let score = self.score.as_ref()?;
                let block = score.blocked_seconds.unwrap_or(if self.is_development { 300 } else { 60 });
                let limit = score.max.unwrap_or(tier(60, 9_000));
                Measure { limit, window: 300, block, push, time_permille: 0 }
            }
        })
    }

    /// Gives Meta's word for the access that the app has.
    pub(super) fn tier(&self) -> &'static str {
        if self.is_development { "development_access" } else { "standard_access" }
    }
}
