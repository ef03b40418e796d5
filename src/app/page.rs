//! What the status page is told: how the daemon stands, asked of the store when somebody looks.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use futures_util::FutureExt;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use crate::config::Settings;
use crate::daemon::{Census, InForce, Orders, Pulse, Schedule};
use crate::meta::AccountId;
use crate::metrics::Metrics;
use crate::schedule::next_due;
use crate::store::{self, migrate, overview, runs};
use crate::sync::Engine;
use crate::sync::plan::today;
use crate::sync::tables::definitions;
use crate::web::{AccountLine, Kind, Refused, Reloaded, RunLine, State, Status};

use super::desk::Desk;
use super::reload::Standing;

/// How many runs the page shows.
const RUNS: i64 = 20;
/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// A scheduler that was silent for so long is not at work.
const SILENCE: Duration = Duration::from_secs(10);
/// How long it is believed that the schema is current.
const BELIEVED: Duration = Duration::from_secs(300);

/// How far the daemon is.
#[derive(Debug, Clone)]
pub(super) enum Phase {
    /// It cannot work yet, or no longer, for this reason.
    Waiting(String),
    /// It works.
    Up(Arc<Up>),
}

/// What is asked of a daemon that works.
#[derive(Debug)]
pub(super) struct Up {
    orders: InForce,
    settings: Settings,
    census: watch::Receiver<Census>,
    pulse: Pulse,
    reloads: watch::Receiver<Standing>,
    desk: Desk,
    started: Instant,
    /// When the schema was last found current.
    schema_seen: Mutex<Instant>,
}

/// What the router answers from.
pub(super) fn state(settings: &Settings, phase: watch::Receiver<Phase>, metrics: Metrics) -> State {
    let (looked_at, read, acted) = (phase.clone(), phase.clone(), phase.clone());
    let (of_run, of_account) = (phase.clone(), phase.clone());
    State {
        instance: settings.daemon.instance.clone(),
        status: Arc::new(move || {
            let phase = looked_at.borrow().clone();
            async move {
                match phase {
                    Phase::Waiting(reason) => Err(reason),
                    Phase::Up(up) => up.status(Utc::now()).await,
                }
            }
            .boxed()
        }),
        ready: Arc::new(move || {
            let phase = phase.borrow().clone();
            async move {
                match phase {
                    Phase::Waiting(reason) => Err(reason),
                    Phase::Up(up) => up.ready().await,
                }
            }
            .boxed()
        }),
        read: Arc::new(move |what| {
            let up = up(&read);
            async move { patiently(up?.desk.read(what, Utc::now())).await }.boxed()
        }),
        act: Arc::new(move |action| {
            let up = up(&acted);
            async move { patiently(up?.desk.act(action, Utc::now())).await }.boxed()
        }),
        run: Arc::new(move |asked| {
            let up = up(&of_run);
            async move { patiently(up?.run(asked, Utc::now())).await }.boxed()
        }),
        account: Arc::new(move |asked| {
            let up = up(&of_account);
            async move { patiently(up?.account(asked, Utc::now())).await }.boxed()
        }),
        metrics,
        admin_token: settings.web.admin_token.clone(),
        read_token: settings.web.read_token.clone(),
        is_public: !settings.web.listen.ip().is_loopback(),
    }
}

/// The daemon that works, or why there is none.
fn up(phase: &watch::Receiver<Phase>) -> Result<Arc<Up>, Refused> {
    match &*phase.borrow() {
        Phase::Waiting(reason) => Err(Refused::new(Kind::Waiting, reason.clone())),
        Phase::Up(up) => Ok(Arc::clone(up)),
    }
}

async fn patiently<T>(answer: impl Future<Output = Result<T, Refused>>) -> Result<T, Refused> {
    timeout(PATIENCE, answer).await.unwrap_or_else(|_| Err(Refused::new(Kind::Waiting, silent())))
}

impl Up {
    /// Begins with a schema that was just made current.
    pub(super) fn new(desk: Desk, settings: &Settings, pulse: Pulse, reloads: watch::Receiver<Standing>) -> Self {
        let started = Instant::now();
        let (orders, census, settings) = (desk.orders.clone(), desk.census.clone(), settings.clone());
        Self { orders, settings, census, pulse, reloads, desk, started, schema_seen: Mutex::new(started) }
    }

    /// What is in force.
    pub(super) fn orders(&self) -> Arc<Orders> {
        Arc::clone(&self.orders.borrow())
    }

    /// The zone of an account that schedules are for, as far as it is known.
    pub(super) fn zone_of(&self, account: &AccountId) -> Option<Option<Tz>> {
        self.census.borrow().accounts.iter().find(|(known, _)| known == account).map(|(_, zone)| *zone)
    }

    pub(super) fn engine(&self) -> Arc<Engine> {
        Arc::clone(&self.orders.borrow().engine)
    }

    /// Whether the daemon can do its work, or why not.
    async fn ready(&self) -> Result<(), String> {
        let answered = timeout(PATIENCE, self.engine().db.ping()).await;
        answered.map_err(|_| silent())?.map_err(|error| format!("the database does not answer: {error}"))?;
        self.schema().await?;
        let silent = self.pulse.age().unwrap_or_else(|| self.started.elapsed());
        if silent >= SILENCE {
            return Err(format!("the scheduler has been silent for {} seconds", silent.as_secs()));
        }
        Ok(())
    }

    /// Whether the schema is current, asked anew now and then.
    async fn schema(&self) -> Result<(), String> {
        let seen = *self.schema_seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.elapsed() < BELIEVED {
            return Ok(());
        }
        let engine = self.engine();
        let tables = definitions(&engine.settings.reports);
        match migrate::is_current(&engine.db, &self.settings.database, &tables).await {
            Ok(true) => {
                *self.schema_seen.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
                Ok(())
            }
            Ok(false) => Err("the schema is not current: run `adsync migrate`".to_owned()),
            Err(error) => Err(format!("the schema cannot be used: {error}")),
        }
    }

    /// What the page shows.
    async fn status(&self, now: DateTime<Utc>) -> Result<Status, String> {
        let orders = self.orders.borrow().clone();
        let engine = &orders.engine;
        let asked = async {
            let census = self.census.borrow().clone();
            Ok::<_, store::Error>((self.accounts(&census, now).await?, runs::latest(&engine.db, RUNS).await?))
        };
        let asked = timeout(PATIENCE, asked).await.map_err(|_| silent())?;
        let (accounts, runs) = asked.map_err(|error| format!("the database does not answer: {error}"))?;
        Ok(Status {
            now,
            stale_after: TimeDelta::from_std(orders.stale_after).unwrap_or(TimeDelta::MAX),
            reloaded: reloaded(&self.reloads.borrow()),
            accounts,
            runs: runs.into_iter().filter_map(run_line).collect(),
        })
    }

    async fn accounts(&self, census: &Census, now: DateTime<Utc>) -> Result<Vec<AccountLine>, store::Error> {
        let zone = |zone: &Option<Tz>| zone.unwrap_or(Tz::UTC);
        let asked: Vec<_> =
            census.accounts.iter().map(|(account, own)| (account.digits().to_owned(), today(zone(own), now))).collect();
        let engine = self.engine();
        let report = engine.tables.rolled_up().map(|filled| filled.layout.report.name.clone());
        let glances = overview::accounts(&engine.db, &asked, report.as_deref()).await?;
        let line = |((account, zone), glance): (&(AccountId, Option<Tz>), overview::Glance)| AccountLine {
            account_id: account.act(),
            name: glance.name,
            label: engine.account(account).label,
            currency: glance.currency,
            zone: *zone,
            last_status: glance.last_status,
            fresh_as_of: glance.fresh_as_of,
            spend_today: glance.spend_today,
            drift_days: u64::try_from(glance.drift_days).unwrap_or(0),
            agreeing_days: u64::try_from(glance.agreeing_days).unwrap_or(0),
            next_due_at: self.next_due_at(account, *zone, now),
        };
        Ok(census.accounts.iter().zip(glances).map(line).collect())
    }

    /// When a schedule next falls due for an account.
    pub(super) fn next_due_at(
        &self,
        account: &AccountId,
        zone: Option<Tz>,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let one = Census { accounts: vec![(account.clone(), zone)], found_by_all: false };
        let next = |schedule: &Schedule| next_due(&schedule.cron, schedule.zone, &one.of(schedule), now);
        self.orders.borrow().enabled().filter_map(next).map(|tick| tick.due_at).min()
    }
}

fn reloaded(standing: &Standing) -> Option<Reloaded> {
    let Standing { at, refused, waiting } = standing.clone();
    let is_worth_a_word = !refused.is_empty() || !waiting.is_empty();
    at.filter(|_| is_worth_a_word).map(|at| Reloaded { at, refused, waiting })
}

fn silent() -> String {
    format!("the database did not answer within {} seconds", PATIENCE.as_secs())
}

fn run_line(run: runs::Run) -> Option<RunLine> {
    let changed = |place: usize| run.rows.get(place).copied().flatten().unwrap_or(0);
    let command = if run.trigger == "backfill" { "backfill" } else { "sync" };
    Some(RunLine {
        rows_changed: u64::try_from(changed(0) + changed(1) + changed(3)).unwrap_or(0),
        schedule: run.schedule.unwrap_or_else(|| command.to_owned()),
        started_at: run.started_at?,
        finished_at: run.finished_at,
        accounts: u64::try_from(run.accounts.len()).unwrap_or(u64::MAX),
        error: run.error.or(run.status_reason),
        status: run.status,
    })
}
