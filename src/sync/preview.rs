//! A run that is not done: which days it would read and what that would cost. Nothing is written, and Meta is asked only
//! for what the database does not know.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, NaiveDate, Utc};
use tokio_util::sync::CancellationToken;

use crate::meta::{AccountId, Session};
use crate::rows::insights::Insights;
use crate::rows::report::{Days, Increment, Level, Report};
use crate::store::{self, accounts, entities, ladders};

use super::account::AccountRun;
use super::discovery::zone;
use super::engine::{Clock, Engine};
use super::forecast::{Load, Manner, Objects, Sureness, likely_rows};
use super::hidden::BATCH;
use super::ladder::{Ladder, MOST_DELETED, Rung};
use super::named::Named;
use super::plan::{self, today};
use super::report::{AccountReport, Failure, Warning};
use super::run::Request;
use super::slice::sized_as;
use super::sweep::{first_of, questions};
use super::tables::Filled;

/// What a run would do with one account.
#[derive(Debug)]
pub struct Preview {
    /// The account.
    pub account: AccountId,
    /// Its steps that ask Meta, in their order; or why nothing can be said.
    pub steps: Result<Vec<PlannedStep>, Failure>,
    /// What it would leave out, because Meta keeps it no longer.
    pub warnings: Vec<Warning>,
}

/// One step that would ask Meta.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedStep {
    /// `account, campaigns, adsets` (and `ads` where they are listed), `insights:<report>`, `reconcile`, or `sweep` where the
    /// monthly look at all that was ever read is due.
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
            goes_on_since: None,
            work: request.work,
            sweeps: &request.sweeps,
            clock: Clock::starting(now),
            zone: OnceLock::new(),
            cancel: cancel.clone(),
            named: Named::default(),
            progress: &progress,
            notes: &notes,
        };
        let mut report = AccountReport::of(account.clone());
        let steps = run.preview(&zones, &mut report).await;
        previews.push(Preview { account: account.clone(), steps, warnings: report.warnings });
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

fn count(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}

impl AccountRun<'_> {
    async fn preview(
        &self,
        zones: &HashMap<String, String>,
        report: &mut AccountReport,
    ) -> Result<Vec<PlannedStep>, Failure> {
        let session = self.engine.session(&self.account, Arc::clone(self.notes), self.cancel.clone())?;
        let zone = match zones.get(self.account.digits()).and_then(|zone| zone.parse().ok()) {
            Some(zone) => zone,
            None => zone(&session, &self.account).await?,
        };
        let today = today(*self.zone.get_or_init(|| zone), self.clock.now());
        let window = self.kept_window(self.window.days(today), today, report);
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
        // A backfill leaves windows out: they have no history.
        let is_read = |filled: &&Filled<Insights>| {
            filled.layout.report.increment != Increment::AllDays || self.opening.trigger != "backfill"
        };
        for filled in self.reports.iter().filter(is_read) {
            let kept = self.kept_days(filled, window, today, report);
            if !kept.is_empty() || window.is_empty() {
                steps.push(self.preview_report(filled, &session, manner, &objects, kept, today).await?);
            }
        }
        let compared = self.compared(window, today);
        let load =
            if compared.is_empty() { Load::default() } else { manner.totals(self.totals_days(compared, today).len()) };
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
        steps.extend(self.preview_sweep(manner, compared, today).await?);
        Ok(steps)
    }

    /// What one report's step would ask.
    async fn preview_report(
        &self,
        filled: &Filled<Insights>,
        session: &Session,
        manner: Manner,
        objects: &Objects,
        window: Days,
        today: NaiveDate,
    ) -> Result<PlannedStep, Failure> {
        let report = &filled.layout.report;
        let metrics = self.engine.settings.adset_metrics.days(today);
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
        let rows = if is_unread { likely_rows(report, objects).unwrap_or(rows) } else { rows };
        let unread = self.unread(filled, &periods).await?;
        let bytes = self.engine.bytes_of(&filled.layout.table, rows.saturating_mul(count(unread.len()))).await?;
        let (slices, load) = manner.report(&periods, rows, session.most_days(&self.account, &sized_as(report)));
        let calls = self.further_calls(report, &slices, &unread).await?;
        let left = asked.iter().filter(|period| !periods.contains(period));
        Ok(PlannedStep {
            step: format!("insights:{}", report.name),
            window: Some(window),
            complete: left.map(Days::len).sum(),
            days: periods.iter().map(Days::len).sum(),
            slices: count(slices.len()),
            load: load.and(Load { calls, rows: 0 }),
            bytes,
            sureness: Sureness::of(report, !is_unread),
        })
    }

    /// What is asked beyond the listings of slices, where that showed rows before: by status every time, by anything else
    /// where a period was never read.
    async fn further_calls(&self, report: &Report, slices: &[Days], unread: &[Days]) -> Result<u64, Failure> {
        let (db, account_id) = (&self.engine.db, self.account.digits());
        if report.level == Level::Account {
            return Ok(0);
        }
        let words = known(ladders::known(db, account_id).await)?.unwrap_or_default();
        let mut calls = 0;
        for rung in Ladder::known(&words) {
            let is_new = |slice: &&Days| unread.iter().any(|period| slice.contains(period.since));
            calls += match rung {
                Rung::Status => count(slices.len()),
                Rung::Delivery => count(slices.iter().filter(is_new).count()),
                Rung::Id => {
                    let mut batches = 0;
                    for slice in slices.iter().filter(is_new) {
                        let ids = entities::deleted_ids(db, account_id, report.level, slice.since, MOST_DELETED);
                        batches += known(ids.await)?.unwrap_or_default().len().div_ceil(BATCH);
                    }
                    count(batches)
                }
            };
        }
        Ok(calls)
    }

    /// What the monthly sweep would ask where it is due: totals of all that was ever read, and what moved and waits, or was
    /// last read too early, to be read again. What else moved only the totals tell.
    async fn preview_sweep(
        &self,
        manner: Manner,
        window: Days,
        today: NaiveDate,
    ) -> Result<Option<PlannedStep>, Failure> {
        let (waiting, due) = match self.due_sweeps(today).await {
            Ok(due) => due,
            Err(Failure::Store(error)) => return Ok(known(Err(error))?.flatten()),
            Err(failure) => return Err(failure),
        };
        let mut swept = Vec::new();
        for filled in due {
            swept.extend(self.swept_days(filled, window, today).await?);
        }
        let questions = questions(swept.iter());
        let mut load = questions.iter().map(|days| manner.totals(days.len())).fold(Load::default(), Load::and);
        let mut days = 0;
        let mut again: Vec<_> = waiting.into_iter().map(|(filled, sweep)| (filled, sweep.pending)).collect();
        for filled in self.reports.iter().filter(|filled| self.is_swept(filled)) {
            again.push((filled, self.early_days(filled, window, today).await?));
        }
        for (filled, pending) in again.iter().filter(|(_, pending)| !pending.is_empty()) {
            let (periods, _) = first_of(filled.layout.report.increment, pending);
            let dates: BTreeSet<NaiveDate> = periods.iter().flat_map(Days::iter).collect();
            let ranges = plan::contiguous(&dates);
            let held = self.held(filled, &periods, today).await?;
            let rows = held.iter().map(|day| day.rows).max().unwrap_or(0);
            days += count(dates.len());
            load = ranges.iter().map(|range| manner.totals(range.len())).fold(load, Load::and);
            load = load.and(Manner { side_by_side: 1, ..manner }.report(&periods, rows, None).1);
        }
        let first = questions.first().zip(questions.last());
        let step = PlannedStep {
            step: "sweep".to_owned(),
            window: first.map(|(first, last)| Days { since: first.since, until: last.until }),
            complete: 0,
            days: days + questions.iter().map(Days::len).sum::<u64>(),
            slices: count(questions.len()),
            load,
            bytes: 0,
            sureness: Sureness::Known,
        };
        Ok((load.calls > 0).then_some(step))
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

    /// The periods that were never read: only these add rows.
    async fn unread(&self, filled: &Filled<Insights>, periods: &[Days]) -> Result<Vec<Days>, Failure> {
        let (Some(first), Some(last)) = (periods.first(), periods.last()) else { return Ok(Vec::new()) };
        let (span, report) = (Days { since: first.since, until: last.until }, &filled.layout.report.name);
        let complete = store::coverage::complete(&self.engine.db, self.account.digits(), report, span).await;
        let held: HashSet<NaiveDate> = known(complete)?.into_iter().flatten().map(|day| day.date).collect();
        Ok(periods.iter().filter(|period| !held.contains(&period.since)).copied().collect())
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
