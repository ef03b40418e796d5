//! The run of one account: its steps, in their order, each recorded, none stopping another account.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::meta::notes::Notes;
use crate::meta::objects::Edge;
use crate::meta::{AccountId, Class, Session};
use crate::rows::insights::Insights;
use crate::rows::report::Days;
use crate::rows::table::Cell;
use crate::store::runs::Opening;
use crate::store::{self, coverage, ladders, leases, runs, totals};

use super::engine::{Clock, Engine, Progress};
use super::ladder::{Ladder, Rung};
use super::plan::{Window, slices, today};
use super::report::{AccountReport, Failure, Warning};
use super::run::Work;
use super::slice::{Reading, SliceEnd, request_hash};
use super::step::{Book, Done, Step};
use super::tables::Filled;

/// How often a run looks whether another one gave back what it waits for.
const LEASE_POLL: Duration = Duration::from_secs(1);
/// Disabled and closed: Meta serves no account in these states.
const CLOSED: [i32; 3] = [2, 100, 101];

/// The run of one account.
pub(super) struct AccountRun<'a> {
    pub engine: &'a Engine,
    pub opening: &'a Opening,
    pub account: AccountId,
    pub found_by_all: bool,
    pub reports: &'a [Filled<Insights>],
    pub window: Window,
    pub refresh: bool,
    pub work: Work,
    pub clock: Clock,
    pub cancel: CancellationToken,
    pub progress: &'a Arc<Progress>,
    pub notes: &'a Arc<Notes>,
}

/// What the account's own row tells the steps after it.
#[derive(Debug, Clone)]
struct Facts {
    zone: Tz,
    name: Option<String>,
    status: Option<i32>,
}

impl AccountRun<'_> {
    /// Takes the account's leases, does its steps, gives the leases back.
    pub(super) async fn run(self) -> AccountReport {
        let mut report = AccountReport {
            account: self.account.clone(),
            name: None,
            steps: Vec::new(),
            warnings: Vec::new(),
            compared: None,
            agreement: Vec::new(),
        };
        let book = self.book();
        let opened = async {
            let session = self.engine.session(Some(&self.account), Arc::clone(self.notes), self.cancel.clone())?;
            let step = book.open("account", &session).await?;
            Ok::<_, Failure>((session, step))
        };
        match opened.await {
            Ok((session, step)) => self.steps(&session, step, &mut report).await,
            Err(failure) => report.unopened("account", &failure),
        }
        if let Err(error) = leases::release(&self.engine.db, self.opening.id, self.account.digits()).await {
            tracing::warn!(account_id = self.account.digits(), %error, "the account's leases lapse by themselves");
        }
        match totals::agreement(&self.engine.db, self.account.digits()).await {
            Ok(mut agreement) => {
                // Of reports that were taken out of the configuration nothing is said.
                let reports = &self.engine.tables.reports;
                agreement.retain(|known| reports.iter().any(|filled| filled.layout.report.name == known.report));
                report.agreement = agreement;
            }
            Err(error) => {
                tracing::warn!(account_id = self.account.digits(), %error, "the account's agreement could not be read");
            }
        }
        self.progress.accounts_done.fetch_add(1, Ordering::Relaxed);
        report
    }

    fn book(&self) -> Book<'_> {
        let (db, account_id) = (&self.engine.db, self.account.digits());
        Book { db, run_id: self.opening.id, account_id, clock: self.clock }
    }

    async fn steps(&self, session: &Session, mut step: Step, report: &mut AccountReport) {
        let book = self.book();
        let tables = &self.engine.tables;
        let (waited_since, facts) = match self.begin(&mut step).await {
            Ok(begun) => begun,
            Err(failure) => {
                book.close(step, Err(failure), report).await;
                return;
            }
        };
        report.name.clone_from(&facts.name);
        if facts.status.is_some_and(|status| CLOSED.contains(&status)) {
            let result = self.closed(&facts, report);
            book.close(step, result, report).await;
            return;
        }
        if !book.close(step, Ok(Done::All), report).await {
            return;
        }
        let listed = [(Edge::Campaigns, &tables.campaigns), (Edge::Adsets, &tables.adsets)];
        for (edge, filled) in listed.into_iter().filter(|_| self.work != Work::Reconcile) {
            let Some(mut step) = self.open(edge.as_str(), session, report).await else { return };
            let result = self.list(&mut step, edge, filled).await;
            if !book.close(step, result, report).await {
                return;
            }
        }
        let today = today(facts.zone, self.clock.now());
        let window = self.window.days(today);
        if let Err(error) = runs::widen_window(&self.engine.db, self.opening.id, window).await {
            tracing::warn!(%error, "the run's window could not be noted");
        }
        for filled in self.reports.iter().filter(|_| self.work != Work::Reconcile) {
            let name = format!("insights:{}", filled.layout.report.name);
            let Some(mut step) = self.open(&name, session, report).await else { return };
            let result = self.insights(&mut step, filled, window, today, waited_since).await;
            if !book.close(step, result, report).await {
                return;
            }
        }
        if self.work != Work::Reconcile {
            let Some(mut step) = self.open("rollup", session, report).await else { return };
            let result = self.roll_up(&mut step, window, today, report).await;
            if !book.close(step, result, report).await {
                return;
            }
        }
        let Some(mut step) = self.open("reconcile", session, report).await else { return };
        let result = self.reconcile(&mut step, window, today, report).await;
        book.close(step, result, report).await;
    }

    /// Opens a step, or notes that it could not be.
    async fn open(&self, name: &str, session: &Session, report: &mut AccountReport) -> Option<Step> {
        match self.book().open(name, session).await {
            Ok(step) => Some(step),
            Err(failure) => {
                report.unopened(name, &failure);
                None
            }
        }
    }

    /// The first step: the leases, then the account's own row. Tells since when other runs' work counts as ours.
    async fn begin(&self, step: &mut Step) -> Result<(Option<DateTime<Utc>>, Facts), Failure> {
        let waited_since = self.take_leases().await?;
        let cells = self.read_account(step).await?;
        let table = &self.engine.tables.accounts.layout.table;
        let cell =
            |name: &str| table.columns.iter().position(|column| column.name == name).and_then(|place| cells.get(place));
        let text = |name: &str| match cell(name) {
            Some(Cell::Text(text)) => Some(text.clone()),
            _ => None,
        };
        let zone = text("timezone_name").unwrap_or_default();
        let zone = zone.parse::<Tz>().map_err(|_| {
            let message = format!("the account's time zone \"{zone}\" is not known, so its days cannot be told");
            self.refused(message, "Update adsync: it knows the zones of its own release.")
        })?;
        let status = match cell("account_status") {
            Some(Cell::Integer(status)) => Some(*status),
            _ => None,
        };
        Ok((waited_since, Facts { zone, name: text("name"), status }))
    }

    /// A failure of the account itself.
    pub(super) fn refused(&self, message: impl Into<String>, advice: &'static str) -> Failure {
        Failure::Account { class: "account", message: message.into(), advice }
    }

    fn closed(&self, facts: &Facts, report: &mut AccountReport) -> Result<Done, Failure> {
        let message =
            format!("{} is disabled or closed (account_status {})", self.account, facts.status.unwrap_or_default());
        if !self.found_by_all {
            return Err(self.refused(message, "Settle the account in Ads Manager, or take it out of meta.accounts."));
        }
        report.warnings.push(Warning {
            code: "account_closed",
            account_id: self.account.digits().to_owned(),
            step: "account".to_owned(),
            message: message.clone(),
            count: 1,
        });
        Ok(Done::Skipped(message))
    }

    /// Takes the leases of every report of the account. Where another run holds one, says so once and waits.
    async fn take_leases(&self) -> Result<Option<DateTime<Utc>>, Failure> {
        let wanted: Vec<String> = self.reports.iter().map(|filled| filled.layout.report.name.clone()).collect();
        let mut waited_since = None;
        loop {
            let (db, worker) = (&self.engine.db, &self.engine.worker);
            let taken =
                db.retrying(|| leases::acquire(db, self.opening.id, worker, self.account.digits(), &wanted)).await?;
            let Err(holder) = taken else { return Ok(waited_since) };
            if waited_since.is_none() {
                waited_since = Some(self.opening.due_at.unwrap_or(self.opening.started_at));
                tracing::warn!(
                    account_id = self.account.digits(), run_id = %self.opening.id, holder = %holder.run_id, worker = holder.worker,
                    "another run works on this account: waiting for it"
                );
            }
            tokio::select! {
                () = self.cancel.cancelled() => {
                    return Err(crate::meta::Error::plain(Class::Cancelled, "the run was told to stop while it waited for another").into());
                }
                () = tokio::time::sleep(LEASE_POLL) => {}
            }
        }
    }

    /// Reads a report's days, in slices side by side.
    async fn insights(
        &self,
        step: &mut Step,
        filled: &Filled<Insights>,
        window: Days,
        today: NaiveDate,
        waited_since: Option<DateTime<Utc>>,
    ) -> Result<Done, Failure> {
        let conversions = self.engine.conversions(&self.account);
        let hash = request_hash(&filled.layout, &conversions);
        let (days, rows_per_day) = self.days(filled, &hash, window, today, waited_since).await?;
        if days.is_empty() {
            return Ok(Done::Skipped("every day of the window is complete".to_owned()));
        }
        Progress::add(&self.progress.days, u64::try_from(days.len()).unwrap_or(0));
        let settings = self.engine.client.settings();
        let level = filled.layout.report.level.as_str();
        let most_days = step.session.most_days(&self.account, level);
        let slices = slices(&days, rows_per_day, settings.page_size, settings.max_concurrency, most_days);
        let splits = step.session.meter().read().splits;
        // A sibling that met a wall stops the others: they would only meet it, too.
        let stop = self.cancel.child_token();
        let session = step.session.stopped_by(stop.clone());
        let ladder = Ladder { known: self.known_rungs(filled).await?, ..Ladder::default() };
        let reading = self.reading(session, filled, hash, true, ladder);
        self.read_slices(step, &reading, slices, &stop).await?;
        if step.session.meter().read().splits == splits {
            step.session.read_all_days(&self.account, level);
        }
        Ok(Done::All)
    }

    pub(super) fn reading(
        &self,
        session: Session,
        filled: &Filled<Insights>,
        request_hash: String,
        is_covered: bool,
        ladder: Ladder,
    ) -> Arc<Reading> {
        Arc::new(Reading {
            db: self.engine.db.clone(),
            session,
            account: self.account.clone(),
            filled: filled.clone(),
            conversions: self.engine.conversions(&self.account),
            run_id: self.opening.id,
            request_hash,
            is_covered,
            ladder,
        })
    }

    /// The further questions that showed rows of the report's level before.
    pub(super) async fn known_rungs(&self, filled: &Filled<Insights>) -> Result<Vec<Rung>, Failure> {
        let level = filled.layout.report.level.as_str();
        Ok(Ladder::known(&ladders::known(&self.engine.db, self.account.digits(), level).await?))
    }

    /// The days to read, and how many rows a day is likely to have.
    async fn days(
        &self,
        filled: &Filled<Insights>,
        hash: &str,
        window: Days,
        today: NaiveDate,
        waited_since: Option<DateTime<Utc>>,
    ) -> Result<(BTreeSet<NaiveDate>, u64), Failure> {
        let (db, account_id) = (&self.engine.db, self.account.digits());
        let report = &filled.layout.report;
        let metrics = self.engine.settings.adset_metrics.days(today);
        let span = Days { since: window.since.min(metrics.since), until: window.until.max(metrics.until) };
        let known: Vec<_> = coverage::complete(db, account_id, &report.name, span)
            .await?
            .into_iter()
            .filter(|day| day.request_hash == hash)
            .collect();
        let mut days: BTreeSet<NaiveDate> = window.iter().collect();
        let done: Vec<NaiveDate> = match self.opening.trigger {
            _ if self.refresh => Vec::new(),
            "backfill" => known.iter().map(|day| day.date).collect(),
            "manual" | "resume" => {
                let interrupted = runs::interrupted(db, self.opening, window).await?;
                let by_them = |day: &&coverage::Day| day.run_id.is_some_and(|run| interrupted.contains(&run));
                known.iter().filter(by_them).map(|day| day.date).collect()
            }
            // A tick goes on where the last one met the wall.
            _ => {
                let schedule = self.opening.schedule.as_deref().unwrap_or_default();
                let step = format!("insights:{}", report.name);
                let throttled =
                    store::steps::throttled_since(db, &self.opening.instance, schedule, account_id, &step).await?;
                let by_them = |day: &&coverage::Day| day.run_id.is_some_and(|run| throttled.contains(&run));
                // Today moves: it is read every time.
                known.iter().filter(by_them).map(|day| day.date).filter(|day| *day < today).collect()
            }
        };
        days.retain(|day| !done.contains(day));
        if let Some(due_at) = waited_since {
            days.retain(|day| !known.iter().any(|known| known.date == *day && known.fetched_at > due_at));
        }
        let is_rolled_up = self.engine.tables.rolled_up().is_some_and(|rolled_up| rolled_up.layout.report == *report);
        if is_rolled_up {
            days.extend(metrics.iter().filter(|day| !known.iter().any(|known| known.date == *day)));
        }
        let rows_per_day = match u64::try_from(known.len()) {
            Ok(count) if count >= 3 => {
                let rows: u64 = known.iter().map(|day| u64::try_from(day.rows).unwrap_or(0)).sum();
                rows.div_ceil(count)
            }
            _ => store::entities::held(db, "adsets", account_id).await?,
        };
        Ok((days, rows_per_day))
    }

    /// Reads slices side by side. One that fails stops no other; the first failure is told.
    async fn read_slices(
        &self,
        step: &mut Step,
        reading: &Arc<Reading>,
        slices: Vec<Days>,
        stop: &CancellationToken,
    ) -> Result<(), Failure> {
        let abreast = self.engine.client.settings().max_concurrency.max(1);
        let mut waiting = slices.into_iter();
        // Dropped with the run, so that nothing writes behind its back.
        let mut running: FuturesUnordered<AbortOnDropHandle<SliceEnd>> = FuturesUnordered::new();
        let mut failure = None;
        loop {
            while running.len() < abreast
                && failure.as_ref().is_none_or(|failure: &Failure| !failure.stops_account())
                && let Some(days) = waiting.next()
            {
                let slice = Arc::clone(reading).slice(days, Arc::clone(self.progress));
                running.push(AbortOnDropHandle::new(tokio::spawn(slice)));
            }
            let Some(ended) = running.next().await else { break };
            match ended {
                Ok(end) => {
                    step.tally.add(end.tally);
                    match end.result {
                        Ok(()) => Progress::add(&self.progress.days_done, end.days.len()),
                        Err(error) => {
                            if error.stops_account() {
                                stop.cancel();
                            }
                            failure = failure.or(Some(error));
                        }
                    }
                }
                Err(error) => {
                    let message = format!("a slice ended by a fault of adsync: {error}");
                    failure = failure.or(Some(self.refused(message, "Report this with the log of the run.")));
                }
            }
        }
        failure.map_or(Ok(()), Err)
    }
}
