//! What somebody asks the daemon to run by hand: the runner opens its record, tells its id, and owns it like any other.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use tokio::sync::oneshot;
use tokio::time::timeout;
use uuid::Uuid;

use crate::alert::BACKFILL;
use crate::meta::AccountId;
use crate::store;
use crate::store::schedules::{BACKFILLS, Ledger};
use crate::sync::engine::Clock;
use crate::sync::{GoesOn, Request, Sweeps, Window, Work};

use super::orders::Orders;
use super::runner::{LEDGER_WITHIN, Running, request, silent};
use super::takeover::{self, TRIES};

/// Where the answer goes: the run's id, once its record is open.
pub type Reply = oneshot::Sender<Result<Uuid, Refusal>>;

/// A run that is asked for by hand.
#[derive(Debug)]
pub enum Errand {
    /// What a schedule does, now; a pause does not hinder it.
    RunNow {
        /// The schedule's name.
        schedule: String,
        /// Where the answer goes.
        reply: Reply,
    },
    /// History, newest slice first.
    Backfill {
        /// The first day, each account's own.
        since: NaiveDate,
        /// The last day; `None` means yesterday.
        until: Option<NaiveDate>,
        /// The accounts; `None` means all that the daemon syncs.
        accounts: Option<Vec<AccountId>>,
        /// Whether days that are complete are read again.
        refresh: bool,
        /// Where the answer goes.
        reply: Reply,
    },
}

impl Errand {
    fn reply(&self) -> &Reply {
        match self {
            Self::RunNow { reply, .. } | Self::Backfill { reply, .. } => reply,
        }
    }
}

/// Why an errand was not begun.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No schedule has this name.
    #[error("there is no schedule \"{0}\"")]
    Unknown(String),
    /// The schedule's run by hand, this one, is still at work.
    #[error("a run of this schedule that was asked for by hand is still at work: {0}")]
    UnderWay(Uuid),
    /// The same backfill, this run, is still at work.
    #[error("the same backfill is at work already: {0}. Cancel that run to begin it anew")]
    SameBackfill(Uuid),
    /// No account is known that it could be for.
    #[error("no account is known yet that it could run for")]
    NoAccount,
    /// The daemon stops.
    #[error("the daemon is stopping")]
    Stopping,
    /// The record could not be written.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Running<'_> {
    /// Opens the record of what is asked for, answers, and starts it.
    pub(super) async fn errand(&mut self, errand: Errand, now: DateTime<Utc>) {
        // Whoever asked was told that it did not come to it, and may ask again.
        if errand.reply().is_closed() {
            return;
        }
        let orders = self.runner.orders.borrow().clone();
        let clock = Clock::starting(now);
        let (opening, reply) = match errand {
            Errand::RunNow { schedule, reply } => (self.run_now(&orders, &schedule, clock).await, reply),
            Errand::Backfill { since, until, accounts, refresh, reply } => {
                let window = match until {
                    None => Window::UntilYesterday { since },
                    until => Window::Dates { since, until },
                };
                (self.backfill(&orders, window, accounts, refresh, clock).await, reply)
            }
        };
        if let Err(refusal) = &opening {
            tracing::info!(%refusal, "what was asked for by hand is not begun");
        }
        // Whoever asked may be gone: the run goes on.
        reply.send(opening).ok();
    }

    async fn run_now(&mut self, orders: &Arc<Orders>, name: &str, clock: Clock) -> Result<Uuid, Refusal> {
        let schedule = orders.schedule(name).ok_or_else(|| Refusal::Unknown(name.to_owned()))?;
        let census = self.runner.census.borrow().clone();
        let accounts: Vec<AccountId> = census.of(schedule).into_iter().map(|(account, _)| account).collect();
        if accounts.is_empty() {
            return Err(Refusal::NoAccount);
        }
        let request = request(schedule, &orders.schedules, &census, "manual", None, accounts);
        let request = Request { is_asked: true, ..request };
        let engine = &orders.engine;
        let opening = async {
            engine.db.must_take_rows()?;
            // Under the schedule's lock, so that two who ask at once begin one run.
            let mut ledger = Ledger::open(&engine.db, &engine.instance, name, clock.now()).await?;
            if let Some(run) = ledger.by_hand().await? {
                return Err(Refusal::UnderWay(run));
            }
            ledger.run(&request.opening(engine, clock.now()), &engine.worker).await?;
            Ok(ledger.leave().await?)
        };
        tokio::select! {
            () = self.stop.cancelled() => return Err(Refusal::Stopping),
            opened = timeout(LEDGER_WITHIN, opening) => opened.unwrap_or_else(|_| Err(silent().into()))?,
        }
        let id = request.id;
        self.start(orders, name, request, clock, Duration::ZERO);
        Ok(id)
    }

    async fn backfill(
        &mut self,
        orders: &Arc<Orders>,
        window: Window,
        accounts: Option<Vec<AccountId>>,
        refresh: bool,
        clock: Clock,
    ) -> Result<Uuid, Refusal> {
        let census = self.runner.census.borrow().clone();
        let all = || census.accounts.iter().map(|(account, _)| account.clone()).collect();
        let found_by_all = census.found_by_all && accounts.is_none();
        let accounts: Vec<AccountId> = accounts.unwrap_or_else(all);
        if accounts.is_empty() {
            return Err(Refusal::NoAccount);
        }
        let request = history(window, accounts, found_by_all, refresh);
        let engine = &orders.engine;
        let opening = async {
            engine.db.must_take_rows()?;
            // Under one lock, so that the same that is asked for twice is begun once: whoever was told that the database did
            // not answer asks again, and its record may stand all the same.
            let mut ledger = Ledger::open(&engine.db, &engine.instance, BACKFILLS, clock.now()).await?;
            let opening = request.opening(engine, clock.now());
            if let Some(run) = ledger.same_backfill(&opening).await? {
                return Err(Refusal::SameBackfill(run));
            }
            ledger.run(&opening, &engine.worker).await?;
            Ok(ledger.leave().await?)
        };
        tokio::select! {
            () = self.stop.cancelled() => return Err(Refusal::Stopping),
            opened = timeout(LEDGER_WITHIN, opening) => opened.unwrap_or_else(|_| Err(silent().into()))?,
        }
        let id = request.id;
        self.start(orders, BACKFILL, request, clock, Duration::ZERO);
        Ok(id)
    }

    /// Takes up backfills that a death or a stop cut off: no schedule comes back to them.
    pub(super) async fn take_up_backfills(&mut self, orders: &Arc<Orders>, clock: Clock) -> Result<(), store::Error> {
        let engine = &orders.engine;
        engine.db.must_take_rows()?;
        let found_by_all = self.runner.census.borrow().found_by_all;
        let mut ledger = Ledger::open(&engine.db, &engine.instance, BACKFILLS, clock.now()).await?;
        let (mut begun, mut given_up) = (Vec::new(), Vec::new());
        for cut_off in ledger.backfills_cut_off().await? {
            let window = match (cut_off.since, cut_off.until) {
                (None, _) => continue,
                (Some(since), None) => Window::UntilYesterday { since },
                (Some(since), until) => Window::Dates { since, until },
            };
            if usize::try_from(cut_off.deaths).unwrap_or(0) > TRIES {
                given_up.extend(cut_off.unread);
                continue;
            }
            let accounts = cut_off.accounts.iter().filter_map(|digits| digits.parse::<AccountId>().ok());
            let (accounts, left_out): (Vec<_>, Vec<_>) = accounts.partition(|account| engine.is_configured(account));
            if !left_out.is_empty() {
                let accounts = left_out.iter().map(AccountId::digits).collect::<Vec<_>>().join(", ");
                tracing::warn!(cut_off = %cut_off.run, accounts, "a backfill that was cut off goes on without accounts that are not to be synced any more");
            }
            if accounts.is_empty() {
                continue;
            }
            let goes_on = GoesOn { first_run: cut_off.first_run, run: cut_off.run, since: cut_off.first_at, left_out };
            let request = history(window, accounts, found_by_all, cut_off.refresh);
            let request = Request { goes_on: Some(goes_on), ..request };
            tracing::info!(run_id = %request.id, cut_off = %cut_off.run, "a backfill that was cut off is taken up");
            ledger.run(&request.opening(engine, clock.now()), &engine.worker).await?;
            begun.push(request);
        }
        ledger.leave().await?;
        for request in begun {
            self.start(orders, BACKFILL, request, clock, Duration::ZERO);
        }
        if !given_up.is_empty() {
            takeover::tell_of_backfills(engine, given_up, clock.now()).await;
        }
        Ok(())
    }
}

/// A run that reads history, asked for over HTTP.
fn history(window: Window, accounts: Vec<AccountId>, found_by_all: bool, refresh: bool) -> Request {
    Request {
        id: Uuid::now_v7(),
        schedule: None,
        trigger: "backfill",
        due_at: None,
        accounts,
        found_by_all,
        reports: None,
        window,
        refresh,
        work: Work::Sync,
        sweeps: Sweeps::Nothing,
        deadline: None,
        is_asked: true,
        goes_on: None,
    }
}
