//! What the pages of one run and one account are told: the tables' rows, with what only the daemon knows.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::daemon::{Census, Orders, Schedule};
use crate::meta::AccountId;
use crate::schedule::next_due;
use crate::store::pages::{account, run};
use crate::sync::plan::today;
use crate::web::{AskedAccount, AskedRun, Kind, Refused, ToldAccount, ToldRun};

use super::page::Up;

impl Up {
    /// One run.
    pub(super) async fn run(&self, asked: AskedRun, now: DateTime<Utc>) -> Result<ToldRun, Refused> {
        let engine = self.engine();
        let found = run::run(&engine.db, asked.id, &asked.shown).await?;
        let page = found.ok_or_else(|| Refused::new(Kind::Unknown, format!("there is no run {}", asked.id)))?;
        let label = |part: &run::Part| {
            let account = part.account_id.parse::<AccountId>().ok()?;
            Some((part.account_id.clone(), engine.account(&account).label?))
        };
        let labels: BTreeMap<String, String> = page.accounts.iter().filter_map(label).collect();
        Ok(ToldRun { now, page, labels })
    }

    /// One account.
    pub(super) async fn account(&self, asked: AskedAccount, now: DateTime<Utc>) -> Result<ToldAccount, Refused> {
        let orders = self.orders.borrow().clone();
        let engine = &orders.engine;
        // Its zone, where schedules are for it.
        let known = self.census.borrow().accounts.iter().find(|(id, _)| *id == asked.account_id).map(|(_, zone)| *zone);
        let wanted = account::Asked {
            account_id: asked.account_id.digits(),
            today: today(known.flatten().unwrap_or(Tz::UTC), now),
            report: asked.report.as_deref(),
            rolled_up: engine.tables.rolled_up().map(|filled| &filled.layout),
            wanted: &asked.wanted,
        };
        let page = account::account(&engine.db, &wanted).await?;
        Ok(ToldAccount {
            now,
            label: engine.account(&asked.account_id).label,
            is_configured: known.is_some(),
            next_due_at: known.and_then(|zone| next_due_at(&orders, &asked.account_id, zone, now)),
            stale_after: TimeDelta::from_std(orders.stale_after).unwrap_or(TimeDelta::MAX),
            page,
        })
    }
}

/// When a schedule next falls due for an account.
fn next_due_at(orders: &Orders, account: &AccountId, zone: Option<Tz>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let one = Census { accounts: vec![(account.clone(), zone)], found_by_all: false };
    let next = |schedule: &Schedule| next_due(&schedule.cron, schedule.zone, &one.of(schedule), now);
    orders.enabled().filter_map(next).map(|tick| tick.due_at).min()
}
