//! The runner: at every beat it asks what fell due, writes it into the ledger, and starts what becomes a run. It owns
//! every task it starts and dies of none.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::metrics::Metrics;
use crate::schedule::{Beats, Tick, due_ticks, next_due};
use crate::store;
use crate::store::schedules::{self, Ledger, Skipped};
use crate::sync::engine::Clock;
use crate::sync::{Engine, Request, Window, Work};

use super::census::Census;
use super::heartbeat::Heartbeat;
use super::pulse::Pulse;
use super::settings::{Schedule, Settings};
use super::task::{self, Task};
use super::tick::{Fate, Fold, judge, overlaps};
use crate::meta::AccountId;

/// How often a schedule that nothing falls due for notes that it beats.
const NOTED_EVERY: TimeDelta = TimeDelta::minutes(5);
/// A last beat further ahead than this was written by a clock that went wrong.
const TRUSTED_AHEAD: TimeDelta = TimeDelta::hours(1);
/// How long the records of runs that a stop cut off may take.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// What the runner works with.
#[derive(Debug)]
pub struct Runner {
    /// What runs work with.
    pub engine: Arc<Engine>,
    /// The daemon's manners.
    pub settings: Settings,
    /// The schedules, disabled ones included.
    pub schedules: Arc<[Schedule]>,
    /// The accounts, with their zones.
    pub census: watch::Receiver<Census>,
    /// Keeps the leases of its runs.
    pub heartbeat: Heartbeat,
    /// Tells that it lives.
    pub pulse: Pulse,
    /// What it counts in.
    pub metrics: Metrics,
}

/// The runner at work.
struct Running<'a> {
    runner: &'a Runner,
    /// Cancelled by the wish to stop; every run has a child of it.
    stop: CancellationToken,
    tasks: JoinSet<()>,
    runs: HashMap<Id, (Uuid, Clock)>,
    /// Runs whose records were sent and not confirmed yet, by schedule: where the answer is lost, they may stand.
    doubtful: HashMap<String, Vec<Request>>,
    /// Up to when the ledger holds every tick, by schedule.
    noted: HashMap<String, DateTime<Utc>>,
    /// What is wrong with a schedule's ledger, so that it is said once.
    troubles: HashMap<String, String>,
}

impl Runner {
    /// Works until `stop`, then lets runs end for as long as the configuration says, and records those it cuts off.
    pub async fn run(self, mut beats: Beats, stop: CancellationToken) {
        let enabled = self.schedules.iter().filter(|schedule| schedule.enabled);
        let names: Vec<String> = enabled.map(|schedule| schedule.name.clone()).collect();
        let db = &self.engine.db;
        if let Err(error) = schedules::rest(db, &self.engine.instance, &names).await {
            tracing::warn!(%error, "schedules that are off could not be noted");
        }
        tracing::info!(instance = self.engine.instance, schedules = names.join(", "), "the daemon is ready");
        let mut running = Running {
            runner: &self,
            stop,
            tasks: JoinSet::new(),
            runs: HashMap::new(),
            doubtful: HashMap::new(),
            noted: HashMap::new(),
            troubles: HashMap::new(),
        };
        running.follow(&mut beats).await;
        running.drain().await;
        self.heartbeat.stop().await;
    }
}

impl Running<'_> {
    async fn follow(&mut self, beats: &mut Beats) {
        let stop = self.stop.clone();
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                Some(ended) = self.tasks.join_next_with_id() => self.ended(ended),
                beat = beats.next() => match beat {
                    Some(at) => self.beat(at).await,
                    None => return,
                }
            }
        }
    }

    /// Asks every schedule what fell due. One whose ledger cannot be written is asked again at the next beat.
    async fn beat(&mut self, at: DateTime<Utc>) {
        self.runner.pulse.beat();
        self.runner.metrics.beat(at);
        let clock = Clock::starting(at);
        let census = self.runner.census.borrow().clone();
        let schedules = Arc::clone(&self.runner.schedules);
        for schedule in schedules.iter().filter(|schedule| schedule.enabled) {
            if self.stop.is_cancelled() {
                return;
            }
            let name = &schedule.name;
            let kept = Box::pin(self.keep_ledger(schedule, &census, clock, at));
            match store::unless_silent(kept).await {
                Ok(()) => {
                    if self.troubles.remove(name).is_some() {
                        tracing::info!(schedule = name, "the schedule's ticks are recorded again");
                    }
                }
                Err(error) => {
                    self.runner.engine.db.note(&error);
                    let told = self.troubles.insert(name.clone(), error.message.clone());
                    if told.is_none_or(|told| told != error.message) {
                        tracing::warn!(schedule = name, class = error.class.as_str(), %error, "the schedule's ticks cannot be recorded and wait");
                    }
                }
            }
        }
    }

    /// Writes what fell due for a schedule, all in one transaction, and starts what became a run.
    async fn keep_ledger(
        &mut self,
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
        if let Some(&noted) = self.noted.get(&schedule.name)
            && self.doubtful.get(&schedule.name).is_none_or(Vec::is_empty)
            && due(noted).ticks.is_empty()
            && (at - noted) < NOTED_EVERY
            && (noted - at) < TRUSTED_AHEAD
        {
            return Ok(());
        }
        let engine = &self.runner.engine;
        let opened = tokio::select! {
            () = self.stop.cancelled() => return Ok(()),
            opened = Ledger::open(&engine.db, &engine.instance, &schedule.name, at) => opened,
        };
        let mut ledger = opened?;
        self.settle_doubts(schedule, &mut ledger, clock).await?;
        let mistrusted = at + TRUSTED_AHEAD;
        let since = if ledger.last_beat_at < mistrusted { ledger.last_beat_at } else { at };
        let due = due(since);
        // The first of very many was left out with the older ones.
        let first = if due.older > 0 { next_due(&schedule.cron, schedule.zone, &accounts, since) } else { None };
        let (mut begun, mut skipped) = (Vec::new(), 0);
        for fate in judge(due.ticks, due.older, at, schedule.catch_up, ledger.is_paused) {
            let fold = match fate {
                Fate::Skip(mut fold) => {
                    fold.first = first.as_ref().map_or(fold.first, |first| first.due_at);
                    fold
                }
                Fate::Run { trigger, tick } => {
                    let work = if schedule.is_widest(&self.runner.schedules) { Work::SyncAndSweep } else { Work::Sync };
                    let request = request(schedule, census, trigger, &tick, work);
                    let opening = request.opening(engine, clock.now());
                    if !overlaps(schedule.overlap, ledger.under_way(&opening.accounts).await?) {
                        if ledger.run(&opening, &engine.worker).await? {
                            begun.push(request);
                        }
                        continue;
                    }
                    Fold::overlap(&tick)
                }
            };
            tracing::info!(schedule = schedule.name, ticks = fold.ticks, last = %fold.last, reason = fold.reason.as_str(), "ticks come to nothing");
            ledger.skip(&skipped_row(&fold)).await?;
            skipped += fold.ticks;
        }
        // Whoever cleans up must not take them for dead meanwhile.
        begun.iter().for_each(|request| self.runner.heartbeat.watch(request.id, self.stop.child_token()));
        self.doubtful.insert(schedule.name.clone(), begun);
        let noted = ledger.close(at, mistrusted).await?;
        self.noted.insert(schedule.name.clone(), noted);
        let begun = self.doubtful.remove(&schedule.name).unwrap_or_default();
        for _ in 0..skipped {
            self.runner.metrics.run_recorded(&schedule.name, "skipped");
        }
        for request in begun {
            self.start(schedule, request, clock);
        }
        Ok(())
    }

    /// Starts the runs of an earlier beat whose records stand although nobody heard of it.
    async fn settle_doubts(
        &mut self,
        schedule: &Schedule,
        ledger: &mut Ledger<'_>,
        clock: Clock,
    ) -> Result<(), store::Error> {
        while let Some(id) = self.doubtful.get(&schedule.name).and_then(|begun| begun.last()).map(|request| request.id)
        {
            let is_recorded = ledger.is_recorded(id).await?;
            let Some(request) = self.doubtful.get_mut(&schedule.name).and_then(Vec::pop) else { break };
            if is_recorded {
                tracing::info!(run_id = %id, schedule = schedule.name, "a run begins whose record was in doubt");
                self.start(schedule, request, clock);
            } else {
                self.runner.heartbeat.forget(id);
            }
        }
        Ok(())
    }

    /// Starts a run whose record is written.
    fn start(&mut self, schedule: &Schedule, request: Request, clock: Clock) {
        let (id, stop) = (request.id, self.stop.child_token());
        self.runner.heartbeat.watch(id, stop.clone());
        let task = Task {
            engine: Arc::clone(&self.runner.engine),
            request,
            schedule: schedule.name.clone(),
            clock,
            delay: random_below(schedule.jitter),
            stop,
            metrics: self.runner.metrics.clone(),
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
    async fn drain(&mut self) {
        if self.tasks.is_empty() {
            return;
        }
        let grace = self.runner.settings.shutdown_grace;
        tracing::info!(runs = self.tasks.len(), grace_s = grace.as_secs(), "waiting for runs to end");
        let ending = async {
            while let Some(ended) = self.tasks.join_next_with_id().await {
                self.ended(ended);
            }
        };
        if tokio::time::timeout(grace, ending).await.is_ok() {
            return;
        }
        tracing::warn!(runs = self.tasks.len(), "runs did not end in time and are cut off");
        self.tasks.shutdown().await;
        let engine = &self.runner.engine;
        let last_words = self.runs.drain().map(|(_, (id, clock))| {
            task::close(engine, id, clock, "cancelled", "it did not end within daemon.shutdown_grace")
        });
        // A database that is gone must not hold up the stop: then the records count as abandoned.
        tokio::time::timeout(LAST_WORDS, futures_util::future::join_all(last_words)).await.ok();
    }
}

/// What a tick asks a run for.
fn request(schedule: &Schedule, census: &Census, trigger: &'static str, tick: &Tick<AccountId>, work: Work) -> Request {
    Request {
        id: Uuid::now_v7(),
        schedule: Some(schedule.name.clone()),
        trigger,
        due_at: Some(tick.due_at),
        accounts: tick.accounts.clone(),
        found_by_all: census.found_by_all && schedule.accounts.is_none(),
        reports: schedule.reports.clone(),
        window: Window::Lookback(schedule.lookback_days),
        refresh: false,
        work,
        deadline: Some(schedule.deadline),
    }
}

fn skipped_row(fold: &Fold<AccountId>) -> Skipped {
    Skipped {
        id: Uuid::now_v7(),
        reason: fold.reason.as_str(),
        accounts: fold.accounts.iter().map(|account| account.digits().to_owned()).collect(),
        ticks: fold.ticks,
        first: fold.first,
        last: fold.last,
    }
}

/// A random delay below `most`, so that many daemons do not ask at the same instant.
fn random_below(most: Duration) -> Duration {
    let most_ms = most.as_millis();
    let random = Uuid::new_v4().as_u128().checked_rem(most_ms).unwrap_or(0);
    Duration::from_millis(u64::try_from(random).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_random_delay_stays_below_its_limit() {
        assert_eq!(random_below(Duration::ZERO), Duration::ZERO);
        assert!((0..200).all(|_| random_below(Duration::from_millis(7)) < Duration::from_millis(7)));
    }
}
