//! The runner: at every beat it asks what fell due, writes it into the ledger, and starts what becomes a run. It owns
//! every task it starts and dies of none.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{mpsc, watch};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::metrics::Metrics;
use crate::schedule::{Beats, due_ticks, next_due};
use crate::store::schedules::{Ledger, Pause, Skipped};
use crate::store::{self, runs};
use crate::sync::engine::Clock;
use crate::sync::{Request, Window, Work};

use super::census::Census;
use super::errand::Errand;
use super::expressions::Expressions;
use super::heartbeat::Heartbeat;
use super::notifier::Inbox;
use super::orders::{InForce, Orders};
use super::pulse::Pulse;
use super::settings::Schedule;
use super::stopping::Stopping;
use super::takeover::{self, Deaths, TRIES};
use super::task::{self, Task, random_below};
use super::tick::{Fate, Fold, Reason, judge, overlaps};
use crate::meta::AccountId;

/// How often a schedule that nothing falls due for notes that it beats.
const NOTED_EVERY: TimeDelta = TimeDelta::minutes(5);
/// A last beat further ahead than this was written by a clock that went wrong.
const TRUSTED_AHEAD: TimeDelta = TimeDelta::hours(1);
/// How long the ledger of one schedule may take: longer than it waits for another replica that has it.
pub(super) const LEDGER_WITHIN: Duration = Duration::from_secs(30);
/// How long a beat that is under way may go on when the daemon is told to stop: a record may be half written.
const LAST_BEAT: Duration = Duration::from_secs(1);

/// What the runner works with.
#[derive(Debug)]
pub struct Runner {
    /// What it is told to do, asked anew at every beat.
    pub orders: InForce,
    /// The accounts, with their zones.
    pub census: watch::Receiver<Census>,
    /// Keeps the leases of its runs.
    pub heartbeat: Heartbeat,
    /// Tells that it lives.
    pub pulse: Pulse,
    /// Hears that runs were found dead.
    pub deaths: Deaths,
    /// What it counts in.
    pub metrics: Metrics,
    /// Where its runs leave what a person should know.
    pub inbox: Inbox,
}

/// The runner at work.
pub(super) struct Running<'a> {
    pub(super) runner: &'a Runner,
    /// Cancelled by the wish to stop; every run has a child of it.
    pub(super) stop: CancellationToken,
    tasks: JoinSet<()>,
    runs: HashMap<Id, (Uuid, Clock)>,
    /// Up to when the ledger holds every tick, by schedule.
    noted: HashMap<String, DateTime<Utc>>,
    expressions: Expressions,
    /// What is wrong with a schedule's ledger, so that it is said once.
    troubles: HashMap<String, String>,
    /// Up to when ticks waited because the database took no rows.
    held_until: Option<DateTime<Utc>>,
}

impl Runner {
    /// Works until `stop`, then lets runs end for as long as the configuration says, and records those it cuts off. Tells
    /// until when the process has to be gone.
    pub async fn run(self, mut beats: Beats, mut errands: mpsc::Receiver<Errand>, stop: CancellationToken) -> Instant {
        let mut running = Running {
            runner: &self,
            stop: stop.clone(),
            tasks: JoinSet::new(),
            runs: HashMap::new(),
            noted: HashMap::new(),
            expressions: Expressions::default(),
            troubles: HashMap::new(),
            held_until: None,
        };
        // Whoever was here before may have been cut off.
        self.deaths.note();
        let orders = self.orders.borrow().clone();
        let names: Vec<&str> = orders.enabled().map(|schedule| schedule.name.as_str()).collect();
        tracing::info!(instance = orders.engine.instance, schedules = names.join(", "), "the daemon is ready");
        // Both are awaited together, so that the time of the last beat counts as the stop's.
        let is_over = CancellationToken::new();
        let wished = async {
            tokio::select! {
                () = stop.cancelled() => {}
                () = is_over.cancelled() => {}
            }
            Instant::now()
        };
        let worked = async {
            running.follow(&mut beats, &mut errands).await;
            is_over.cancel();
        };
        let (wished_at, ()) = futures_util::future::join(wished, worked).await;
        // Whoever still asks is told at once that nobody comes.
        drop(errands);
        let stopping = Stopping::since(wished_at, self.orders.borrow().settings.shutdown_grace);
        running.drain(stopping).await;
        self.heartbeat.stop().await;
        stopping.over_at
    }
}

impl Running<'_> {
    async fn follow(&mut self, beats: &mut Beats, errands: &mut mpsc::Receiver<Errand>) {
        let stop = self.stop.clone();
        let last_beat = async {
            stop.cancelled().await;
            tokio::time::sleep(LAST_BEAT).await;
        };
        tokio::pin!(last_beat);
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                Some(ended) = self.tasks.join_next_with_id() => self.ended(ended),
                beat = beats.next() => match beat {
                    Some(at) => tokio::select! {
                        () = self.beat(at) => {}
                        () = &mut last_beat => return,
                    },
                    None => return,
                },
                Some(errand) = errands.recv() => tokio::select! {
                    () = self.errand(errand, Utc::now()) => {}
                    () = &mut last_beat => return,
                },
            }
        }
    }

    /// Asks every schedule what fell due. One whose ledger cannot be written is asked again at the next beat.
    async fn beat(&mut self, at: DateTime<Utc>) {
        self.runner.pulse.beat(at);
        self.runner.metrics.beat(at);
        let clock = Clock::starting(at);
        let census = self.runner.census.borrow().clone();
        let orders = self.runner.orders.borrow().clone();
        if orders.engine.db.must_take_rows().is_err() {
            self.held_until = Some(at);
        }
        if self.runner.deaths.take() {
            // Whoever died may have left a run of any of them.
            self.noted.clear();
            let taken = timeout(LEDGER_WITHIN, self.take_up_backfills(&orders, clock)).await;
            if let Err(error) = taken.unwrap_or_else(|_| Err(silent())) {
                tracing::debug!(%error, "backfills that were cut off could not be looked for and wait");
                self.runner.deaths.note();
            }
        }
        for schedule in orders.enabled() {
            if self.stop.is_cancelled() {
                return;
            }
            let name = &schedule.name;
            let kept = timeout(LEDGER_WITHIN, self.keep_ledger(&orders, schedule, &census, clock, at)).await;
            let is_answered = kept.is_ok();
            match kept.unwrap_or_else(|_| Err(silent())) {
                Ok(()) => {
                    if self.troubles.remove(name).is_some() {
                        tracing::info!(schedule = name, "the schedule's ticks are recorded again");
                    }
                }
                Err(error) => {
                    let told = self.troubles.insert(name.clone(), error.message.clone());
                    let is_known = told.is_some_and(|told| told == error.message);
                    // What was not written in time may have waited for transactions of our own.
                    if is_answered && orders.engine.db.must_take_rows().is_ok() {
                        orders.engine.db.note(&error);
                        if is_known && error.class == store::Class::ReadOnly {
                            orders.engine.db.hold(&error);
                        }
                    }
                    if !is_known {
                        tracing::warn!(schedule = name, class = error.class.as_str(), %error, "the schedule's ticks cannot be recorded and wait");
                    }
                }
            }
        }
    }

    /// Writes what fell due for a schedule, all in one transaction, and starts what became a run.
    async fn keep_ledger(
        &mut self,
        orders: &Arc<Orders>,
        schedule: &Schedule,
        census: &Census,
        clock: Clock,
        at: DateTime<Utc>,
    ) -> Result<(), store::Error> {
        let accounts = census.of(schedule);
        if accounts.is_empty() {
            // Not even noted as a beat: what falls due meanwhile is missed once an account is known.
            return Ok(());
        }
        let due = |since| due_ticks(&schedule.cron, schedule.zone, &accounts, since, at);
        let in_force = self.expressions.in_force_since(schedule, at);
        if let Some(&noted) = self.noted.get(&schedule.name)
            && due(noted.max(in_force)).ticks.is_empty()
            && (at - noted) < NOTED_EVERY
            && (noted - at) < TRUSTED_AHEAD
        {
            return Ok(());
        }
        let engine = &orders.engine;
        // As while the database is away: what falls due waits, and of it the latest is caught up with.
        engine.db.must_take_rows()?;
        let mut ledger = Ledger::open(&engine.db, &engine.instance, &schedule.name, at).await?;
        let mistrusted = at + TRUSTED_AHEAD;
        let since = if ledger.last_beat_at < mistrusted { ledger.last_beat_at.max(in_force) } else { at };
        let due = due(since);
        // The first of very many was left out with the older ones.
        let first = if due.older > 0 { next_due(&schedule.cron, schedule.zone, &accounts, since) } else { None };
        let (mut begun, mut skipped) = (Vec::new(), 0);
        let is_paused = ledger.paused.is_some();
        for fate in judge(due.ticks, due.older, at, schedule.catch_up, is_paused, self.held_until) {
            let (fold, is_at_least) = match fate {
                Fate::Skip(mut fold) => {
                    fold.first = first.as_ref().map_or(fold.first, |first| first.due_at);
                    (fold, due.is_at_least)
                }
                Fate::Run { trigger, tick } => {
                    let (due_at, accounts) = (Some(tick.due_at), tick.accounts.clone());
                    let request = request(schedule, &orders.schedules, census, trigger, due_at, accounts);
                    let opening = request.opening(engine, clock.now());
                    if !overlaps(schedule.overlap, ledger.under_way(&opening.accounts).await?) {
                        if ledger.run(&opening, &engine.worker).await? {
                            begun.push(request);
                        }
                        continue;
                    }
                    (Fold::overlap(&tick), false)
                }
            };
            tracing::info!(schedule = schedule.name, ticks = fold.ticks, last = %fold.last, reason = fold.reason.as_str(), "ticks come to nothing");
            ledger.skip(&skipped_row(&fold, is_at_least, ledger.paused.as_ref())).await?;
            skipped += fold.ticks;
        }
        let past = if is_paused { Vec::new() } else { ledger.past().await? };
        let mut given_up = takeover::died_in_a_row(&past) > TRIES;
        for cut_off in takeover::cut_off(&past) {
            // What is no longer configured is not taken up.
            let is_left = |account: &AccountId| cut_off.accounts.iter().any(|digits| digits == account.digits());
            let left: Vec<AccountId> =
                accounts.iter().map(|(account, _)| account).filter(|account| is_left(account)).cloned().collect();
            let is_served = begun.iter().any(|run: &Request| run.accounts.iter().any(|account| left.contains(account)));
            if left.is_empty() || is_served || ledger.under_way(&cut_off.accounts).await? > 0 {
                continue;
            }
            if cut_off.is_given_up {
                given_up = true;
                continue;
            }
            let request = request(schedule, &orders.schedules, census, "resume", None, left);
            tracing::info!(schedule = schedule.name, run_id = %request.id, cut_off = %cut_off.run, "a run that was cut off is taken up");
            if ledger.run(&cut_off.opening(&request, engine, clock.now()), &engine.worker).await? {
                begun.push(request);
            }
        }
        let noted = ledger.close(at, mistrusted).await?;
        self.noted.insert(schedule.name.clone(), noted);
        for _ in 0..skipped {
            self.runner.metrics.run_recorded(&schedule.name, "skipped");
        }
        if given_up {
            takeover::tell(engine, &schedule.name, clock.now()).await;
        }
        for request in begun {
            self.start(orders, &schedule.name, request, clock, random_below(schedule.jitter));
        }
        Ok(())
    }

    /// Starts a run whose record is written, under the name that its metrics have.
    pub(super) fn start(&mut self, orders: &Arc<Orders>, name: &str, request: Request, clock: Clock, delay: Duration) {
        let (id, stop) = (request.id, self.stop.child_token());
        self.runner.heartbeat.watch(id, stop.clone());
        let task = Task {
            orders: Arc::clone(orders),
            census: self.runner.census.clone(),
            request,
            schedule: name.to_owned(),
            clock,
            delay,
            stop,
            metrics: self.runner.metrics.clone(),
            inbox: self.runner.inbox.clone(),
            in_force: self.runner.orders.clone(),
        };
        let handle = self.tasks.spawn(task.run());
        self.runs.insert(handle.id(), (id, clock));
    }

    fn ended(&mut self, ended: Result<(Id, ()), JoinError>) {
        let task = match &ended {
            Ok((task, ())) => *task,
            Err(error) => {
                tracing::error!(%error, "a run's task ended by a fault of adsync");
                error.id()
            }
        };
        if let Some((id, _)) = self.runs.remove(&task) {
            self.runner.heartbeat.forget(id);
        }
    }

    /// Waits for the runs, which were told to stop; cuts off those that do not, and records that.
    async fn drain(&mut self, stopping: Stopping) {
        if self.tasks.is_empty() {
            return;
        }
        let orders = self.runner.orders.borrow().clone();
        let grace_s = stopping.runs_until.saturating_duration_since(Instant::now()).as_secs();
        tracing::info!(runs = self.tasks.len(), grace_s, "waiting for runs to end");
        let ending = async {
            while let Some(ended) = self.tasks.join_next_with_id().await {
                self.ended(ended);
            }
        };
        if timeout_at(stopping.runs_until, ending).await.is_ok() {
            return;
        }
        tracing::warn!(runs = self.tasks.len(), "runs did not end in time and are cut off");
        self.tasks.shutdown().await;
        let engine = &orders.engine;
        let last_words =
            self.runs.drain().map(|(_, (id, clock))| task::close(engine, id, clock, "cancelled", runs::CUT_OFF));
        // A database that is gone must not hold up the stop: then the records count as abandoned.
        timeout_at(stopping.records_until, futures_util::future::join_all(last_words)).await.ok();
    }
}

/// A ledger that was not written in time.
pub(super) fn silent() -> store::Error {
    let message = format!("the database did not answer within {} seconds", LEDGER_WITHIN.as_secs());
    store::Error::plain(store::Class::Unavailable, message)
}

/// What a schedule, one among `all`, asks a run for; by hand nothing fell due.
pub(super) fn request(
    schedule: &Schedule,
    all: &[Schedule],
    census: &Census,
    trigger: &'static str,
    due_at: Option<DateTime<Utc>>,
    accounts: Vec<AccountId>,
) -> Request {
    Request {
        id: Uuid::now_v7(),
        schedule: Some(schedule.name.clone()),
        trigger,
        due_at,
        accounts,
        found_by_all: census.found_by_all && schedule.accounts.is_none(),
        reports: schedule.reports.clone(),
        window: Window::Lookback(schedule.lookback_days),
        refresh: false,
        work: Work::Sync,
        sweeps: schedule.sweeps(all),
        deadline: Some(schedule.deadline),
        is_asked: false,
        goes_on: None,
    }
}

fn skipped_row(fold: &Fold<AccountId>, is_at_least: bool, paused: Option<&Pause>) -> Skipped {
    Skipped {
        id: Uuid::now_v7(),
        reason: fold.reason.as_str(),
        detail: paused.filter(|_| fold.reason == Reason::Paused).map(Pause::told),
        accounts: fold.accounts.iter().map(|account| account.digits().to_owned()).collect(),
        ticks: fold.ticks,
        is_at_least,
        first: fold.first,
        last: fold.last,
    }
}
