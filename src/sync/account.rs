//! The run of one account: its steps, in their order, each recorded, none stopping another account.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use tokio_util::sync::CancellationToken;

use crate::meta::notes::Notes;
use crate::meta::objects::Edge;
use crate::meta::{AccountId, Session};
use crate::rows::insights::Insights;
use crate::rows::report::{Days, Increment, Level};
use crate::rows::table::Cell;
use crate::store::runs::Opening;
use crate::store::{self, coverage, leases, periods, runs, totals};

use super::engine::{Clock, Engine};
use super::named::Named;
use super::plan::{self, RESTATED_DAYS, Window, is_final, slices, today};
use super::progress::Progress;
use super::report::{AccountReport, Failure, Warning};
use super::retention;
use super::run::Work;
use super::slice::{Reading, request_hash, sized_as, without_refused};
use super::step::{Book, Done, Step, within};
use super::sweep::Sweeps;
use super::tables::Filled;

/// Rows of one day, or longer period, from which a report run works it out without a direct call being tried.
const LARGE_PERIOD_ROWS: u64 = 20_000;
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
    /// Days that were read since then are not read again, also where complete days are.
    pub goes_on_since: Option<DateTime<Utc>>,
    pub work: Work,
    pub sweeps: &'a Sweeps,
    pub clock: Clock,
    /// The account's zone, once it is known.
    pub zone: OnceLock<Tz>,
    pub cancel: CancellationToken,
    /// What its listings showed and its rows name.
    pub named: Named,
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
        let mut report = AccountReport::of(self.account.clone());
        let book = self.book();
        let opened = async {
            let session = self.engine.session(&self.account, Arc::clone(self.notes), self.cancel.clone())?;
            let step = book.open("account", &session).await?;
            Ok::<_, Failure>((session, step))
        };
        match opened.await {
            Ok((session, step)) => Box::pin(self.steps(&session, step, &mut report)).await,
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
        let (waited_since, facts) = match within(step.span.clone(), self.begin(&mut step)).await {
            Ok(begun) => begun,
            Err(failure) => {
                book.close(step, Err(failure), report).await;
                return;
            }
        };
        report.name.clone_from(&facts.name);
        self.progress.knows(self.account.digits(), Some(facts.zone));
        if facts.status.is_some_and(|status| CLOSED.contains(&status)) {
            let result = self.closed(&facts, report);
            book.close(step, result, report).await;
            return;
        }
        if !book.close(step, Ok(Done::All), report).await {
            return;
        }
        // Ads cost as many calls as all else together: only a run that reads a report of theirs lists them.
        let has_ads = self.reports.iter().any(|filled| filled.layout.report.level == Level::Ad);
        let ads = tables.ads.as_ref().filter(|_| has_ads).map(|ads| (Edge::Ads, ads));
        let edges = [(Edge::Campaigns, &tables.campaigns), (Edge::Adsets, &tables.adsets)];
        for (edge, filled) in edges.into_iter().chain(ads).filter(|_| self.work != Work::Reconcile) {
            let Some(mut step) = self.open(edge.as_str(), session, report).await else { return };
            let result = within(step.span.clone(), self.list(&mut step, edge, filled)).await;
            if !book.close(step, result, report).await {
                return;
            }
        }
        let today = today(*self.zone.get_or_init(|| facts.zone), self.clock.now());
        report.today = Some(today);
        let window = self.kept_window(self.window.days(today), today, report);
        if !window.is_empty()
            && let Err(error) = runs::widen_window(&self.engine.db, self.opening.id, window).await
        {
            tracing::warn!(%error, "the run's window could not be noted");
        }
        let mut silent = Vec::new();
        for filled in self.reports.iter().filter(|_| self.work != Work::Reconcile) {
            let name = format!("insights:{}", filled.layout.report.name);
            let Some(mut step) = self.open(&name, session, report).await else { return };
            let kept = self.kept_days(filled, window, today, report);
            let result = if kept.is_empty() && !window.is_empty() {
                Ok(Done::Skipped("Meta keeps none of these days for this report".to_owned()))
            } else {
                within(step.span.clone(), self.insights(&mut step, filled, kept, today, waited_since)).await
            };
            let has_opt_ins = filled.layout.report.opt_ins().next().is_some();
            if has_opt_ins && step.tally.read == 0 && matches!(result, Ok(Done::All)) {
                silent.push(filled);
            }
            if !book.close(step, result, report).await {
                return;
            }
        }
        if self.work != Work::Reconcile {
            let Some(mut step) = self.open("rollup", session, report).await else { return };
            let result = within(step.span.clone(), self.roll_up(&mut step, window, today, report)).await;
            if !book.close(step, result, report).await {
                return;
            }
        }
        let Some(mut step) = self.open("reconcile", session, report).await else { return };
        let result = within(step.span.clone(), self.reconcile(&mut step, window, today, report)).await;
        book.close(step, result, report).await;
        self.note_silence(&silent, window, report).await;
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
        // A daemon looks at its tokens by itself.
        if self.opening.due_at.is_none() {
            self.engine.look_once_a_day(&self.account, &step.session, self.clock.now()).await;
        }
        let table = &self.engine.tables.accounts.layout.table;
        let cell =
            |name: &str| table.columns.iter().position(|column| column.name == name).and_then(|place| cells.get(place));
        let text = |name: &str| match cell(name) {
            Some(Cell::Text(text)) => Some(text.clone().into_owned()),
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

    /// The runs of the schedule before this one that were cut off in this account: what they did is not done again.
    pub(super) async fn cut_off_before(&self) -> Result<Vec<uuid::Uuid>, Failure> {
        let is_tick = self.opening.due_at.is_some() || self.opening.trigger == "resume";
        let Some(schedule) = self.opening.schedule.as_deref().filter(|_| is_tick) else { return Ok(Vec::new()) };
        let (db, account_id) = (&self.engine.db, self.account.digits());
        let instance = &self.opening.instance;
        Ok(store::steps::cut_off_since(db, instance, schedule, account_id, self.opening.id).await?)
    }

    /// Reads a report's days, or longer periods, in slices side by side.
    async fn insights(
        &self,
        step: &mut Step,
        filled: &Filled<Insights>,
        window: Days,
        today: NaiveDate,
        waited_since: Option<DateTime<Utc>>,
    ) -> Result<Done, Failure> {
        let report = &filled.layout.report;
        if report.increment == Increment::AllDays && self.opening.trigger == "backfill" {
            let reason = "a window of days has no history: `adsync sync --since --until` reads one more window";
            return Ok(Done::Skipped(reason.to_owned()));
        }
        let hash = self.request_hash(filled, window);
        let (periods, rows_per_period) = self.periods(filled, &hash, window, today, waited_since).await?;
        if periods.is_empty() {
            return Ok(Done::Skipped("every day of the window is complete".to_owned()));
        }
        if report.increment == Increment::AllDays {
            let (opening, account_id) = (self.opening, self.account.digits());
            let asked_by = self.window.asked_by(&opening.instance, opening.schedule.as_deref());
            let db = &self.engine.db;
            periods::note_asked(db, account_id, &report.name, window, &asked_by, opening.id).await?;
        }
        Progress::add(&self.progress.days, periods.iter().map(Days::len).sum());
        let settings = self.engine.client.settings();
        let sized = sized_as(report);
        let most = step.session.most_days(&self.account, &sized);
        // A period of such a size cannot be cut by days: Meta works it out by itself at once.
        let is_large = rows_per_period > LARGE_PERIOD_ROWS && report.level > Level::Account;
        let by_run = is_large || step.session.prefers_report_run(&self.account, &sized);
        let unique_since = retention::unique_metrics_since(today);
        let cut = |periods: &[Days], by_run: bool| {
            // A run is worked out by Meta whatever its size: few large ones cost the fewest calls.
            let (page_size, abreast) =
                if by_run { (u32::MAX, 1) } else { (settings.page_size, settings.max_concurrency) };
            let slices = |periods| slices(periods, rows_per_period, page_size, abreast, most);
            // A question that begins before it would lose what counts people for all its periods.
            let (earlier, later) = periods.split_at(periods.partition_point(|period| period.since < unique_since));
            [slices(later), slices(earlier)].concat()
        };
        let splits = step.session.meter().read().splits;
        // A sibling that met a wall stops the others: they would only meet it, too.
        let stop = self.cancel.child_token();
        let session = step.session.stopped_by(stop.clone());
        let ladder = self.ladder(report).await?;
        let reading = self.reading(step, filled, hash, today, true, ladder);
        let reading = Arc::new(Reading { session, rows_per_period, by_run, ..(*reading).clone() });
        self.read_days(step, reading, &periods, cut, &stop).await?;
        if step.session.meter().read().splits == splits {
            step.session.read_all_days(&self.account, &sized);
        }
        self.note_named(filled, &periods, &step.tally.unlisted).await;
        Ok(Done::All)
    }

    /// What makes a day or longer period of a report stale when it changes.
    pub(super) fn request_hash(&self, filled: &Filled<Insights>, window: Days) -> String {
        let hash = request_hash(&filled.layout, &self.engine.conversions(&self.account), window);
        without_refused(&hash, &self.refused_fields(&filled.layout))
    }

    /// Whether a day or longer period needs no further reading: it was read for good, or it is restated still, and read by
    /// whoever looks back so far.
    fn is_done(&self, day: &coverage::Day, increment: Increment, today: NaiveDate) -> bool {
        let period = increment.periods(Days { since: day.date, until: day.date });
        let last = period.last().map_or(day.date, |period| period.until);
        last + chrono::Days::new(RESTATED_DAYS) >= today || is_final(day.fetched_at, self.zone(), last)
    }

    /// The account's zone, once it is known.
    pub(super) fn zone(&self) -> Tz {
        self.zone.get().copied().unwrap_or(Tz::UTC)
    }

    /// The days or longer periods to read, oldest first, and how many rows one is likely to have.
    pub(super) async fn periods(
        &self,
        filled: &Filled<Insights>,
        hash: &str,
        window: Days,
        today: NaiveDate,
        waited_since: Option<DateTime<Utc>>,
    ) -> Result<(Vec<Days>, u64), Failure> {
        let (db, account_id) = (&self.engine.db, self.account.digits());
        let report = &filled.layout.report;
        let metrics = self.engine.settings.adset_metrics.days(today);
        let increment = report.increment;
        let asked = plan::periods(increment, window, today);
        let first = asked.first().map_or(window.since, |period| period.since);
        let span = Days { since: first.min(metrics.since), until: window.until.max(metrics.until) };
        let known: Vec<_> = coverage::complete(db, account_id, &report.name, span)
            .await?
            .into_iter()
            .filter(|day| day.request_hash == hash)
            .collect();
        // A period is told by its first day.
        let mut days: BTreeSet<NaiveDate> = asked.iter().map(|period| period.since).collect();
        let done: Vec<NaiveDate> = match self.opening.trigger {
            _ if self.refresh => {
                let is_read = |day: &&coverage::Day| self.goes_on_since.is_some_and(|since| day.fetched_at > since);
                known.iter().filter(is_read).map(|day| day.date).filter(|day| *day < today).collect()
            }
            "backfill" => known.iter().filter(|day| self.is_done(day, increment, today)).map(|day| day.date).collect(),
            "manual" => {
                let interrupted = runs::interrupted(db, self.opening, window).await?;
                let by_them = |day: &&coverage::Day| day.run_id.is_some_and(|run| interrupted.contains(&run));
                known.iter().filter(by_them).map(|day| day.date).collect()
            }
            // A tick, or what takes its place, goes on where something cut the last one off.
            _ => {
                let cut_off = self.cut_off_before().await?;
                let by_them = |day: &&coverage::Day| day.run_id.is_some_and(|run| cut_off.contains(&run));
                // Today moves: it is read every time.
                known.iter().filter(by_them).map(|day| day.date).filter(|day| *day < today).collect()
            }
        };
        days.retain(|day| !done.contains(day));
        if let Some(due_at) = waited_since {
            days.retain(|day| !known.iter().any(|known| known.date == *day && known.fetched_at > due_at));
        }
        if self.engine.tables.is_rolled_up(report) {
            days.extend(metrics.iter().filter(|day| !known.iter().any(|known| known.date == *day)));
        }
        let whole = |day: NaiveDate| increment.periods(Days { since: day, until: day });
        if matches!(increment, Increment::Weekly | Increment::Monthly) {
            // What was last read while it still ran is read once more when it is over, however long ago that was.
            for day in periods::open(db, account_id, &report.name, first).await? {
                let period = plan::periods(increment, Days { since: day, until: day }, today);
                days.extend(period.iter().filter(|period| period.until < today).map(|period| period.since));
            }
        }
        let rows_per_period = match u64::try_from(known.len()) {
            Ok(count) if count >= 3 => {
                let rows: u64 = known.iter().map(|day| u64::try_from(day.rows).unwrap_or(0)).sum();
                rows.div_ceil(count)
            }
            _ => match report.level {
                Level::Account => 1,
                Level::Campaign => store::entities::held(db, "campaigns", account_id).await?,
                Level::Adset => store::entities::held(db, "adsets", account_id).await?,
                Level::Ad => store::entities::held(db, "ads", account_id).await?,
            },
        };
        let periods = match increment {
            Increment::AllDays => days.iter().map(|_| window).collect(),
            _ => days.into_iter().flat_map(whole).collect(),
        };
        Ok((periods, rows_per_period))
    }
}
