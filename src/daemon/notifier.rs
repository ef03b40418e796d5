//! The daemon's notifier: takes what runs found, looks for what no run tells, and has it told. It never holds up a run:
//! whoever ends leaves what it found and goes on.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::alert::{self, Away, Cause, Delivery, Heartbeat};
use crate::meta::AccountId;
use crate::store::alerts::{self, Alert, Findings};
use crate::store::{self, tellings};
use crate::sync::RunReport;

use super::census::Census;
use super::orders::InForce;
use super::pulse::Pulse;

/// How often it looks for what no run tells, and for messages that another process left.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// When it looks first: what was missed while no daemon ran may be under way by then.
const FIRST_LOOK: Duration = Duration::from_secs(15);
/// What is kept of runs while the database is away.
const MOST_WAITING: usize = 200;
/// How long the last messages may take when the daemon stops.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Where runs leave what they found.
#[derive(Debug, Clone)]
pub struct Inbox {
    orders: InForce,
    sender: mpsc::UnboundedSender<Ended>,
}

/// What a run leaves.
#[derive(Debug)]
struct Ended {
    found: Findings,
    at: DateTime<Utc>,
    is_success: bool,
}

/// The notifier, about to start.
#[derive(Debug)]
pub struct Notifier {
    orders: InForce,
    census: watch::Receiver<Census>,
    away: Arc<Away>,
    delivery: Option<Delivery>,
    heartbeat: Option<Heartbeat>,
    inbox: mpsc::UnboundedReceiver<Ended>,
    /// What could not be kept yet, oldest first.
    waiting: VecDeque<(Findings, DateTime<Utc>)>,
    /// What went wrong last, so that it is said once.
    trouble: Option<String>,
}

impl Inbox {
    /// Takes what a run of a schedule found.
    pub(super) fn ended(&self, schedule: &str, report: &RunReport) {
        let found = alert::findings(&self.orders.borrow().engine, Some(schedule), report);
        self.leave(Ended { found, at: report.finished_at, is_success: alert::is_success(report) });
    }

    /// Takes that a run ended by a fault of adsync.
    pub(super) fn failed(&self, schedule: &str, run_id: Uuid, at: DateTime<Utc>) {
        let found = alert::of_fault_of_adsync(&self.orders.borrow().engine.instance, schedule, run_id);
        self.leave(Ended { found, at, is_success: false });
    }

    /// A notifier that is gone takes nothing more: the daemon is stopping.
    fn leave(&self, ended: Ended) {
        self.sender.send(ended).ok();
    }
}

impl Notifier {
    /// Prepares it, and gives where runs leave what they found. Fails only where the machine offers no roots of trust.
    pub fn new(
        orders: InForce,
        settings: &alert::Settings,
        census: watch::Receiver<Census>,
        away: Arc<Away>,
    ) -> Result<(Self, Inbox), String> {
        let (sender, inbox) = mpsc::unbounded_channel();
        let notifier = Self {
            orders: orders.clone(),
            delivery: settings.webhook_url.as_ref().map(Delivery::new).transpose()?,
            heartbeat: settings.heartbeat_url.as_ref().map(Heartbeat::new).transpose()?,
            census,
            away,
            inbox,
            waiting: VecDeque::new(),
            trouble: None,
        };
        Ok((notifier, Inbox { orders, sender }))
    }

    /// Keeps at it until `stop`, then says what is left to say.
    pub async fn run(self, pulse: Pulse, stop: CancellationToken) {
        let (beats, mut beat) = watch::channel(());
        let heartbeat = self.heartbeat.clone();
        let pings = async {
            // Successes that come while one is on its way are one more ping together. Ends with the work.
            while beat.changed().await.is_ok() {
                if let Some(heartbeat) = &heartbeat {
                    heartbeat.ping().await;
                }
            }
        };
        let (away, since) = (Arc::clone(&self.away), self.orders.borrow().engine.db.away());
        let absences = note_absences(away, since, pulse.clone());
        let last_call = async {
            stop.cancelled().await;
            sleep(2 * LAST_WORDS).await;
        };
        tokio::select! {
            _ = async { tokio::join!(self.work(&pulse, &stop, beats), pings) } => {}
            () = absences => {}
            () = last_call => tracing::warn!("not all could be told before the daemon stopped"),
        }
    }

    async fn work(mut self, pulse: &Pulse, stop: &CancellationToken, beats: watch::Sender<()>) {
        let mut look_at = Instant::now() + FIRST_LOOK;
        // What an earlier process left is told at once.
        let mut wake = Instant::now();
        while !stop.is_cancelled() {
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(ended) = self.inbox.recv() => self.take(ended, &beats),
                () = sleep_until(wake) => {}
            }
            let is_due = Instant::now() >= look_at;
            let turn = async { self.turn(pulse.now(), is_due, &beats).await };
            tokio::select! {
                again = turn => {
                    if is_due {
                        look_at = Instant::now() + LOOK_EVERY;
                    }
                    wake = again.map_or(look_at, |pause| look_at.min(Instant::now() + pause));
                }
                // A message that is on its way may arrive.
                () = async { stop.cancelled().await; sleep(LAST_WORDS).await } => break,
            }
        }
        timeout(LAST_WORDS, self.turn(pulse.now(), false, &beats)).await.ok();
    }

    fn take(&mut self, ended: Ended, beats: &watch::Sender<()>) {
        if ended.is_success {
            beats.send_replace(());
        }
        if self.waiting.len() >= MOST_WAITING {
            self.waiting.pop_front();
        }
        self.waiting.push_back((ended.found, ended.at));
    }

    /// Keeps what was found and tells what is to be told. Gives when to try again where a message did not arrive.
    async fn turn(&mut self, now: DateTime<Utc>, looks: bool, beats: &watch::Sender<()>) -> Option<Duration> {
        while let Ok(ended) = self.inbox.try_recv() {
            self.take(ended, beats);
        }
        match self.keep_and_deliver(now, looks).await {
            Ok(again) => {
                self.away.over();
                if self.trouble.take().is_some() {
                    tracing::info!("alerts are kept again");
                }
                again
            }
            Err(error) => {
                if error.class.stops_everything() {
                    self.away.note(&error.message, error.class.advice(), now);
                }
                if self.trouble.replace(error.message.clone()).is_none_or(|told| told != error.message) {
                    tracing::warn!(class = error.class.as_str(), %error, "alerts cannot be kept and wait");
                }
                None
            }
        }
    }

    async fn keep_and_deliver(&mut self, now: DateTime<Utc>, looks: bool) -> Result<Option<Duration>, store::Error> {
        let orders = self.orders.borrow().clone();
        let engine = &orders.engine;
        let db = &engine.db;
        let has_found = !self.waiting.is_empty();
        while let Some((found, at)) = self.waiting.front() {
            match alerts::settle(db, found, *at).await {
                Err(error) if error.class.stops_everything() => return Err(error),
                // What cannot be kept at all must not keep the others back.
                Err(error) => tracing::error!(%error, "what a run found could not be kept as an alert"),
                Ok(()) => {}
            }
            self.waiting.pop_front();
        }
        if self.away.is_told() {
            self.end_absence(now).await?;
            self.away.ended();
        }
        let accounts: Vec<AccountId> =
            self.census.borrow().accounts.iter().map(|(account, _)| account.clone()).collect();
        if looks {
            let schedules: Vec<String> = orders.enabled().map(|schedule| schedule.name.clone()).collect();
            alert::look(engine, orders.stale_after, &accounts, &schedules, now).await?;
        }
        if looks || has_found {
            // Another replica, which does not keep these accounts, must not end what is new of them.
            let digits: Vec<String> = accounts.iter().map(|account| account.digits().to_owned()).collect();
            alerts::keep_in_sight(db, &engine.instance, &digits).await?;
        }
        match &mut self.delivery {
            Some(delivery) => delivery.deliver(db, &engine.instance).await,
            None => Ok(None),
        }
    }

    /// Takes over an absence of the database that was told past it. Runs that met it end it with their next success; where
    /// there are none it is over now.
    async fn end_absence(&self, now: DateTime<Utc>) -> Result<(), store::Error> {
        let engine = Arc::clone(&self.orders.borrow().engine);
        let (db, told_as) = (&engine.db, self.away.told_as());
        let alert = Alert {
            dedupe_id: told_as.clone(),
            kind: Cause::Database.as_str(),
            instance: engine.instance.clone(),
            message: "the database was away".to_owned(),
            ..Alert::default()
        };
        alerts::raise(db, &[alert], now).await?;
        tellings::told_past(db, &engine.instance, &told_as).await?;
        alerts::resolve(db, &[told_as], now).await.map(drop)
    }
}

/// Notes absences of the database as they begin: a turn that is under way may wait for it first. The next turn that finds it
/// there notes their end.
async fn note_absences(away: Arc<Away>, mut since: watch::Receiver<Option<Instant>>, pulse: Pulse) {
    let advice = store::Class::Unavailable.advice();
    while since.wait_for(Option::is_some).await.is_ok() {
        away.note("the database does not answer", advice, pulse.now());
        since.wait_for(Option::is_none).await.map(drop).ok();
    }
    std::future::pending().await
}
