//! Usage of the allowances: calls that are counted in their buckets, and the block of a bucket that is full.
use super::allowance::{Allowance, Bucket, Measure};
use super::spent::{Spent, Standing};
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};

/// All buckets that were ever called.
#[derive(Debug, Default)]
pub struct Usage {
    meters: BTreeMap<(Bucket, u64), Meter>,
}

/// One bucket's calls.
#[derive(Debug, Default)]
struct Meter {
    recent: VecDeque<(i64, u64)>,
    calls: u64,
    refused: u64,
    while_blocked: u64,
    blocked_until: i64,
}

/// What a bucket has seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BucketUsage {
    /// Which.
    pub bucket: Bucket,
    /// The ad account's digits; absent for those of the whole app.
    pub account: Option<String>,
    /// Calls so far.
    pub calls: u64,
    /// Calls that it refused, the one that filled it included.
    pub refused: u64,
    /// Calls that were made while it was blocked already.
    pub while_blocked: u64,
    /// Unix second at which the block ends; 0 for none so far.
    pub blocked_until: i64,
}

impl Usage {
    /// Counts a call in every bucket that it belongs to.
    pub(super) fn spend(&mut self, call: Counted, allowance: &Allowance, now: i64) -> Spent {
        let case = if call.is_insights { Bucket::AdsInsights } else { Bucket::AdsManagement };
        let mut spent = Spent::new(call.account, case, allowance.tier());
        let account = call.account.unwrap_or(0);
        let app = [(Bucket::App, 0, true), (Bucket::Platform, 0, call.is_insights)];
        let own = [(Bucket::Score, account, call.account.is_some()), (case, account, call.account.is_some())];
        for (bucket, account, is_meant) in app.into_iter().chain(own) {
            let Some(measure) = allowance.measure(bucket, call.active_ads).filter(|_| is_meant) else {
                continue;
            };
            let standing = self.meters.entry((bucket, account)).or_default().count(&measure, now);
            spent.note(bucket, standing, allowance);
        }
        let other = if call.is_insights { Bucket::AdsManagement } else { Bucket::AdsInsights };
        if let Some(measure) = allowance.measure(other, call.active_ads).filter(|_| allowance.tells_all) {
            let standing = self.meters.get(&(other, account)).map(|meter| meter.look(&measure, now));
            spent.tell(other, standing.unwrap_or_default());
        }
        spent
    }

    /// Blocks a bucket from now on, as if it were full.
    pub(super) fn block(&mut self, bucket: Bucket, account: u64, until: i64) {
        self.meters.entry((bucket, account)).or_default().blocked_until = until;
    }

    /// Gives what the buckets have seen.
    pub(super) fn list(&self) -> Vec<BucketUsage> {
        let show = |((bucket, account), meter): (&(Bucket, u64), &Meter)| BucketUsage {
            bucket: *bucket,
            account: (*account != 0).then(|| account.to_string()),
            calls: meter.calls,
            refused: meter.refused,
            while_blocked: meter.while_blocked,
            blocked_until: meter.blocked_until,
        };
        self.meters.iter().map(show).collect()
    }
}

/// A call as the buckets see it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted {
    /// The ad account, where it concerns one.
    pub account: Option<u64>,
    /// It is about insights or a report run.
    pub is_insights: bool,
    /// Ads of the account that run.
    pub active_ads: u64,
}

impl Meter {
    /// Says how full it is without counting a call.
    fn look(&self, measure: &Measure, now: i64) -> Standing {
        let seconds = (self.blocked_until - now).max(0);
        if seconds > 0 {
            return Standing { basis_points: 10_000, time: 10_000, seconds };
        }
        let calls: u64 = self.recent.iter().map(|(_, calls)| calls).sum();
        let basis_points = (calls.saturating_mul(10_000) / measure.limit.max(1)).min(10_000);
        Standing { basis_points, time: basis_points.saturating_mul(measure.time_permille) / 1000, seconds }
    }

    fn count(&mut self, measure: &Measure, now: i64) -> Standing {
        self.calls += 1;
        if self.blocked_until > now {
            // A call made while blocked pushes the end of the block further out (Meta documents it).
            self.while_blocked += 1;
            self.refused += 1;
            self.blocked_until += measure.push;
            return Standing { basis_points: 10_000, time: 10_000, seconds: self.blocked_until - now };
        }
        if self.blocked_until > 0 {
            // Who waited as long as he was told is served again.
            self.blocked_until = 0;
            self.recent.clear();
        }
        // An hour is counted by minutes, five minutes by seconds.
        let grain = if measure.window >= 3600 { 60 } else { 1 };
        let slot = now.div_euclid(grain);
        self.recent.retain(|(at, _)| *at > slot - measure.window / grain);
        match self.recent.back_mut() {
            Some((at, calls)) if *at == slot => *calls += 1,
            _ => self.recent.push_back((slot, 1)),
        }
        let calls: u64 = self.recent.iter().map(|(_, calls)| calls).sum();
        let basis_points = calls.saturating_mul(10_000) / measure.limit.max(1);
        let time = basis_points.saturating_mul(measure.time_permille) / 1000;
        if basis_points.max(time) > 10_000 {
            self.refused += 1;
            self.blocked_until = now + measure.block;
        }
        let seconds = (self.blocked_until - now).max(0);
        Standing { basis_points: basis_points.min(10_000), time: time.min(10_000), seconds }
    }
}
