//! What the pages of one run and one account are told: the tables' rows, with what only the daemon knows.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::meta::AccountId;
use crate::store::overview;
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
        let orders = self.orders();
        let engine = &orders.engine;
        let id = asked.account_id.digits();
        let rolled_up = engine.tables.rolled_up().map(|filled| &filled.layout);
        let wanted =
            account::Asked { account_id: id, report: asked.report.as_deref(), rolled_up, wanted: &asked.wanted };
        let page = account::account(&engine.db, &wanted).await?;
        let known = self.zone_of(&asked.account_id);
        let zone = known.flatten().or_else(|| page.account.as_ref()?.timezone_name.as_ref()?.parse().ok());
        let report = rolled_up.map(|insights| insights.report.name.as_str());
        let day = today(zone.unwrap_or(Tz::UTC), now);
        let glances = overview::accounts(&engine.db, &[(id.to_owned(), day)], report).await?;
        Ok(ToldAccount {
            now,
            glance: glances.into_iter().next(),
            label: engine.account(&asked.account_id).label,
            is_configured: known.is_some(),
            next_due_at: known.and_then(|zone| self.next_due_at(&asked.account_id, zone, now)),
            stale_after: TimeDelta::from_std(orders.stale_after).unwrap_or(TimeDelta::MAX),
            page,
        })
    }
}
