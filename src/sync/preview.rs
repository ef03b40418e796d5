//! A run that is not done: which days it would read and what that would cost. Nothing is written, and Meta is asked only
//! for what the database does not know.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, NaiveDate, Utc};
use tokio_util::sync::CancellationToken;

use crate::meta::{AccountId, Session};
use crate::rows::insights::Insights;
use crate::rows::report::{Days, Level};
use crate::store::{self, accounts, entities, ladders};

use super::account::AccountRun;
use super::discovery::zone;
use super::engine::{Clock, Engine};
use super::forecast::{Load, Manner, Objects, Sureness, likely_rows};
use super::ladder::Ladder;
use super::plan::{self, today};
use super::report::Failure;
use super::run::Request;
use super::slice::sized_as;
use super::tables::Filled;

/// What a run would do with one account.
#[derive(Debug)]
pub struct Preview {
    /// The account.
    pub account: AccountId,
    /// Its steps that ask Meta, in their order; or why nothing can be said.
    pub steps: Result<Vec<PlannedStep>, Failure>,
}

/// One step that would ask Meta.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedStep {
    /// `account, campaigns, adsets` (and `ads` where they are listed), `insights:<report>` or `reconcile`.
    pub step: String,
    /// The window, where it has one.
    pub window: Option<Days>,
    /// Days of the window that are complete and would be left out.
    pub complete: u64,
    /// Days that would be read: of the window, and of the metric columns where they lack some.
    pub days: u64,
    /// Questions that they would be asked in.
    pub slices: u64,
    /// What it would cost.
    pub load: Load,
    /// Bytes that the database would grow by.
    pub bytes: u64,
    /// How sure the rows are.
    pub sureness: Sureness,
}

/// Says what a run would do, account by account.
pub async fn preview(
    engine: &Engine,
    request: &Request,
    now: DateTime<Utc>,
    cancel: &CancellationToken,
) -> Result<Vec<Preview>, store::Error> {
    let zones = known(accounts::zones(&engine.db).await)?.unwrap_or_default();
    let opening = request.opening(engine, now);
    let reports: Vec<Filled<Insights>> = engine.tables.reports_named(request.reports.as_deref());
    let (progress, notes) = (Arc::default(), Arc::default());
    let mut previews = Vec::new();
    for account in &request.accounts {
        let run = AccountRun {
            engine,
            opening: &opening,
            account: account.clone(),
            found_by_all: request.found_by_all,
            reports: &reports,
            window: request.window,
            refresh: request.refresh,
            work: request.work,
            sweeps: &request.sweeps,
            clock: Clock::starting(now),
            zone: OnceLock::new(),
            cancel: cancel.clone(),
            progress: &progress,
            notes: &notes,
        };
        previews.push(Preview { account: account.clone(), steps: run.preview(&zones).await });
    }
    Ok(previews)
}

/// What a question to the database came to; `None` where the tables are yet to be made.
pub fn known<T>(answer: Result<T, store::Error>) -> Result<Option<T>, store::Error> {
    match answer {
        // No such table, or a table that lacks our columns.
        Err(error) if matches!(error.sqlstate.as_deref(), Some("42P01" | "42703" | "3F000")) => Ok(None),
        answer => answer.map(Some),
    }
}

impl AccountRun<'_> {
    async fn preview(&self, zones: &HashMap<String, String>) -> Result<Vec<PlannedStep>, Failure> {
        let session = self.engine.session(&self.account, Arc::clone(self.notes), self.cancel.clone())?;
        let zone = match zones.get(self.account.digits()).and_then(|zone| zone.parse().ok()) {
            Some(zone) => zone,
            None => zone(&session, &self.account).await?,
        };
        let today = today(*self.zone.get_or_init(|| zone), self.clock.now());
        let window = self.window.days(today);
        let metrics = self.engine.settings.adset_metrics.days(today);
        let settings = self.engine.client.settings();
        let manner = Manner { page_size: settings.page_size, side_by_side: settings.max_concurrency };
        let (objects, archived) = self.objects(&session).await?;
        let mut steps = vec![PlannedStep {
            step: if objects.ads.is_some() { "account, campaigns, adsets, ads" } else { "account, campaigns, adsets" }
                .to_owned(),
            window: None,
            complete: 0,
            days: 0,
            slices: 0,
            load: archived.into_iter().map(|rows| manner.listing(rows)).fold(manner.objects(&objects), Load::and),
            bytes: self.bytes_of_objects(&objects).await?,
            sureness: match (objects.campaigns, objects.adsets) {
                (Some(_), Some(_)) => Sureness::Known,
                _ => Sureness::Likely,
            },
        }];
        let words = known(ladders::known(&self.engine.db, self.account.digits()).await)?.unwrap_or_default();
        let known_rungs = u64::try_from(Ladder::known(&words).len()).unwrap_or(u64::MAX);
        for filled in self.reports {
            let report = &filled.layout.report;
            let hash = self.request_hash(filled, window);
            let asked = plan::periods(report.increment, window, today);
            let planned = match self.periods(filled, &hash, window, today, None).await {
                Ok(planned) => Some(planned),
                Err(Failure::Store(error)) => known(Err(error))?,
                Err(failure) => return Err(failure),
            };
            let (periods, rows) = planned.unwrap_or_else(|| {
                let besides =
                    metrics.iter().filter(|day| self.engine.tables.is_rolled_up(report) && !window.contains(*day));
                let besides = besides.map(|day| Days { since: day, until: day });
                let mut all: Vec<Days> = asked.iter().copied().chain(besides).collect();
                all.sort_by_key(|period| period.since);
                (all, 0)
            });
            let is_unread = self.is_unread(&report.name, metrics).await?;
            let rows = if is_unread { likely_rows(report, &objects).unwrap_or(rows) } else { rows };
            let new = self.unread(filled, &periods).await?;
            let bytes = self.engine.bytes_of(&filled.layout.table, rows.saturating_mul(new)).await?;
            let (slices, load) = manner.report(&periods, rows, session.most_days(&self.account, &sized_as(report)));
            let count = |days: usize| u64::try_from(days).unwrap_or(u64::MAX);
            // What helped before may be asked of every slice once more.
            let rungs = if report.level > Level::Account { known_rungs } else { 0 };
            let load = load.and(Load { calls: count(slices.len()).saturating_mul(rungs), rows: 0 });
            let left = asked.iter().filter(|period| !periods.contains(period));
            steps.push(PlannedStep {
                step: format!("insights:{}", report.name),
                window: Some(window),
                complete: left.map(Days::len).sum(),
                days: periods.iter().map(Days::len).sum(),
                slices: count(slices.len()),
                load,
                bytes,
                sureness: Sureness::of(report, !is_unread),
            });
        }
        let compared = Days { since: window.since.min(metrics.since), until: window.until };
        let adjoins = metrics.since <= window.since && window.since <= metrics.until + chrono::Days::new(1);
        let compared = if adjoins { compared } else { window };
        let load = if compared.is_empty() { Load::default() } else { manner.totals(compared.len()) };
        steps.push(PlannedStep {
            step: "reconcile".to_owned(),
            window: Some(compared),
            complete: 0,
            days: compared.len(),
            slices: u64::from(!compared.is_empty()),
            load,
            bytes: 0,
            sureness: Sureness::Known,
        });
        Ok(steps)
    }

    /// How many live objects the account has, and how many archived ones would be listed besides. What the database
    /// does not hold yet Meta counts.
    async fn objects(&self, session: &Session) -> Result<(Objects, Vec<u64>), Failure> {
        let (db, account_id) = (&self.engine.db, self.account.digits());
        let has_ads = self.reports.iter().any(|filled| filled.layout.report.level == Level::Ad);
        let tables = ["campaigns", "adsets", "ads"].into_iter().filter(|table| *table != "ads" || has_ads);
        let (mut counts, mut archived) = ([None, None, None], Vec::new());
        for (place, table) in counts.iter_mut().zip(tables) {
            let live = known(entities::live(db, table, account_id).await)?.unwrap_or(0);
            let held = known(entities::held(db, table, account_id).await)?.unwrap_or(0);
            let full_at = known(entities::last_full_listing(db, table, account_id).await)?.flatten();
            *place = match live {
                0 => session.count(&self.account, table, None).await?,
                live => Some(live),
            };
            let every = self.engine.settings.full_listing_every;
            let age = full_at.map(|at| self.clock.now().signed_duration_since(at).to_std().unwrap_or_default());
            if age.is_none_or(|age| age >= every) {
                archived.push(held.saturating_sub(place.unwrap_or(0)));
            }
        }
        let [campaigns, adsets, ads] = counts;
        Ok((Objects { campaigns, adsets, ads: ads.or(has_ads.then_some(0)), active_ads: None }, archived))
    }

    /// How many periods were never read: only these add rows.
    async fn unread(&self, filled: &Filled<Insights>, periods: &[Days]) -> Result<u64, Failure> {
        let (Some(first), Some(last)) = (periods.first(), periods.last()) else { return Ok(0) };
        let (span, report) = (Days { since: first.since, until: last.until }, &filled.layout.report.name);
        let complete = store::coverage::complete(&self.engine.db, self.account.digits(), report, span).await;
        let held: HashSet<NaiveDate> = known(complete)?.into_iter().flatten().map(|day| day.date).collect();
        let unread = periods.iter().filter(|period| !held.contains(&period.since)).count();
        Ok(u64::try_from(unread).unwrap_or(u64::MAX))
    }

    /// What the objects that are not held yet will take.
    async fn bytes_of_objects(&self, objects: &Objects) -> Result<u64, Failure> {
        let tables = &self.engine.tables;
        let ads = tables.ads.as_ref().map(|ads| &ads.layout.table);
        let kinds = [
            (Some(&tables.campaigns.layout.table), objects.campaigns),
            (Some(&tables.adsets.layout.table), objects.adsets),
            (ads, objects.ads),
        ];
        let mut bytes = 0;
        for (table, count) in kinds {
            let (Some(table), Some(count)) = (table, count) else { continue };
            let held = known(entities::held(&self.engine.db, &table.name, self.account.digits()).await)?.unwrap_or(0);
            bytes += self.engine.bytes_of(table, count.saturating_sub(held)).await?;
        }
        Ok(bytes)
    }

    /// Whether too few days of a report were read to say how many rows a day has.
    async fn is_unread(&self, report: &str, metrics: Days) -> Result<bool, Failure> {
        let window = self.window.days(metrics.until);
        let span = Days { since: window.since.min(metrics.since), until: window.until.max(metrics.until) };
        let complete = store::coverage::complete(&self.engine.db, self.account.digits(), report, span).await;
        Ok(known(complete)?.is_none_or(|days| days.len() < 3))
    }
}
