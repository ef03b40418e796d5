//! What the database knows of accounts and schedules, as metrics: a process that just began, and one whose replica does the
//! work, show the same as whoever did it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::metrics::Metrics;
use crate::store::budgets::{self, Budget};
use crate::store::{self, freshness, schedules, totals};

use super::census::Census;
use super::counters::{self, AGREEMENTS};
use super::orders::Orders;

/// How a run may end, or not begin.
const STATUSES: [&str; 5] = ["succeeded", "partial", "failed", "cancelled", "skipped"];

/// Meta reckons calls by the hour: a budget that nobody used for so long is empty.
const REFILLED: TimeDelta = TimeDelta::hours(1);

/// What was shown last.
#[derive(Debug, Default)]
pub(super) struct Gauges {
    /// When the newest day of each report of each account was read, by the account's digits.
    fresh: BTreeMap<(String, String), Option<DateTime<Utc>>>,
    schedules: BTreeSet<String>,
}

impl Gauges {
    /// Shows how things stand now, and no more what is not configured any more.
    pub(super) async fn look(&mut self, orders: &Orders, census: &Census, metrics: &Metrics, now: DateTime<Utc>) {
        metrics.database_size_limit(orders.engine.size_limit);
        metrics.runs_expected(orders.enabled().map(|schedule| schedule.name.as_str()).chain(["backfill"]), &STATUSES);
        let looked = async {
            self.accounts(orders, census, metrics).await?;
            self.budgets(orders, census, metrics, now).await?;
            self.pauses(orders, metrics).await
        };
        if let Err(error) = looked.await {
            tracing::warn!(%error, "what the metrics tell of accounts could not be read");
        }
    }

    async fn accounts(&mut self, orders: &Orders, census: &Census, metrics: &Metrics) -> Result<(), store::Error> {
        let db = &orders.engine.db;
        let digits: Vec<String> = census.accounts.iter().map(|(account, _)| account.digits().to_owned()).collect();
        let reports: Vec<String> =
            orders.engine.tables.reports.iter().map(|filled| filled.layout.report.name.clone()).collect();
        let mut fresh = freshness::reports(db, &digits, &reports).await?;
        let read: BTreeSet<&(String, String)> = fresh.keys().collect();
        let gone: Vec<(String, String)> = self.fresh.keys().filter(|known| !read.contains(known)).cloned().collect();
        for (account, report) in gone {
            metrics.forget_report(&act(&account), &report, &AGREEMENTS);
            if !digits.contains(&account) {
                metrics.forget_account(&act(&account));
            }
        }
        // What nobody read since the last look is as it was.
        let moved: BTreeSet<String> = fresh
            .iter()
            .filter(|(key, at)| self.fresh.get(*key) != Some(at))
            .map(|((account, _), _)| account.clone())
            .collect();
        for ((account, report), at) in &fresh {
            if let Some(at) = at {
                metrics.fresh_as_of(&act(account), report, *at);
            }
        }
        for account in &moved {
            let mut agreement = totals::agreement(db, account).await?;
            agreement.retain(|known| reports.contains(&known.report));
            counters::count_agreement(metrics, &act(account), &agreement);
        }
        let moved: Vec<String> = moved.into_iter().collect();
        for (account, at) in freshness::successes(db, &moved).await? {
            metrics.account_succeeded(&act(&account), at);
        }
        std::mem::swap(&mut self.fresh, &mut fresh);
        Ok(())
    }

    /// How full the call budgets are by now: as Meta said last within the hour, whichever process asked it, an account's own
    /// or its app's, whichever is the fuller; one that is blocked is full. Of one that is nearly empty nothing is kept: what
    /// the last run saw stands until that hour is over.
    async fn budgets(
        &self,
        orders: &Orders,
        census: &Census,
        metrics: &Metrics,
        now: DateTime<Utc>,
    ) -> Result<(), store::Error> {
        let known = budgets::load(&orders.engine.db, now).await?;
        for (account, _) in &census.accounts {
            let digits = account.digits();
            let token = orders.engine.token_of(account);
            let is_its =
                |budget: &&Budget| budget.account_id == digits || budget.account_id.is_empty() && budget.token == token;
            let fullest = known.iter().filter(is_its).map(|budget| full(budget, now)).max();
            let read_at = self.fresh.iter().filter(|((id, _), _)| id == digits).filter_map(|(_, at)| *at).max();
            match fullest {
                Some(pct) => metrics.api_usage(&account.act(), pct.to_f64().unwrap_or_default() / 100.0),
                None if read_at.is_none_or(|at| now - at > REFILLED) => metrics.api_usage(&account.act(), 0.0),
                None => {}
            }
        }
        Ok(())
    }

    async fn pauses(&mut self, orders: &Orders, metrics: &Metrics) -> Result<(), store::Error> {
        let standings = schedules::all(&orders.engine.db, &orders.engine.instance).await?;
        let names: BTreeSet<String> = orders.enabled().map(|schedule| schedule.name.clone()).collect();
        for gone in self.schedules.difference(&names) {
            metrics.schedule_paused(gone, None);
        }
        for name in &names {
            let is_paused = standings.iter().any(|standing| standing.schedule == *name && standing.paused.is_some());
            metrics.schedule_paused(name, Some(is_paused));
        }
        self.schedules = names;
        Ok(())
    }
}

/// How full a budget is, in percent: Meta may block one before it says that it is full.
fn full(budget: &Budget, now: DateTime<Utc>) -> Decimal {
    let is_blocked = budget.blocked_until.is_some_and(|until| until > now);
    if is_blocked { budget.usage_pct.max(Decimal::ONE_HUNDRED) } else { budget.usage_pct }
}

/// Shows how fresh the accounts of a run are, once it has ended.
pub(super) async fn after_run(orders: &Orders, accounts: &[String], metrics: &Metrics) {
    let reports: Vec<String> =
        orders.engine.tables.reports.iter().map(|filled| filled.layout.report.name.clone()).collect();
    match freshness::reports(&orders.engine.db, accounts, &reports).await {
        Ok(fresh) => {
            for ((account, report), at) in fresh {
                if let Some(at) = at {
                    metrics.fresh_as_of(&act(&account), &report, at);
                }
            }
        }
        Err(error) => tracing::warn!(%error, "how fresh the accounts are could not be read for the metrics"),
    }
}

fn act(digits: &str) -> String {
    format!("act_{digits}")
}
