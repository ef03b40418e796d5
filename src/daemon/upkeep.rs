//! What a daemon does beside its runs: has dead ones marked, keeps the accounts' zones, removes old records.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono_tz::Tz;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::alert::BACKFILL;
use crate::meta::{self, AccountId, Class};
use crate::store::{accounts, retention, schedules, volume};
use crate::sync::discovery::{self, token_title};
use crate::sync::{Accounts, Engine, Roll};

use crate::metrics::Metrics;

use super::census::Census;
use super::dead::Dead;
use super::gauges::Gauges;
use super::heartbeat::Watched;
use super::orders::InForce;
use super::pause::Refused;
use super::pulse::Pulse;
use super::recount::{Recount, Wishes};
use super::takeover::{self, Deaths};
use super::tokens::TokenWatch;

/// How often it looks.
const EVERY: Duration = Duration::from_secs(60);
/// How often the accounts that the tokens read are listed anew.
const DISCOVERED_EVERY: Duration = Duration::from_secs(3600);
/// The longest pause between two questions for an account's zone, or for the accounts of a token that does not tell.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// What a daemon does beside its runs.
#[derive(Debug)]
pub struct Upkeep {
    orders: InForce,
    census: watch::Sender<Census>,
    /// The accounts that were found last.
    found: Option<Vec<AccountId>>,
    /// When they are looked for again, and the pause that follows where some token does not tell.
    again: Option<(Instant, Duration)>,
    /// When all tokens last listed them.
    listed_at: Option<Instant>,
    /// Wishes for a census that is true now.
    wishes: Wishes,
    /// What tokens that do not list their accounts said last, so that it is told once.
    told: HashMap<String, String>,
    /// Accounts that gave no zone: when they are asked again, and the pause that follows.
    asked: HashMap<AccountId, (Instant, Duration)>,
    removed_at: Option<Instant>,
    tokens: TokenWatch,
    refused: Refused,
    gauges: Gauges,
    metrics: Metrics,
    /// What time it is.
    pulse: Pulse,
}

impl Upkeep {
    /// Prepares it, and gives where the accounts are read from and where they are asked to be counted.
    pub fn new(orders: InForce, metrics: Metrics, pulse: Pulse) -> (Self, watch::Receiver<Census>, Recount) {
        let (census, receiver) = watch::channel(Census::default());
        let (recount, wishes) = Recount::new();
        let upkeep = Self {
            orders,
            census,
            found: None,
            again: None,
            listed_at: None,
            wishes,
            told: HashMap::new(),
            asked: HashMap::new(),
            removed_at: None,
            tokens: TokenWatch::default(),
            refused: Refused::default(),
            gauges: Gauges::default(),
            metrics,
            pulse,
        };
        (upkeep, receiver, recount)
    }

    /// Keeps at it until `cancel`. `runs` are those that this process works on; of others that died `deaths` hears.
    pub async fn run(self, runs: Watched, deaths: Deaths, cancel: CancellationToken) {
        let dead = Dead { orders: self.orders.clone(), runs, deaths };
        let work = async {
            // Before the accounts are known nothing falls due: what died is marked by then.
            dead.mark().await;
            // Meta may let the upkeep wait, and nobody goes on with a dead run meanwhile.
            tokio::join!(self.keep_up(&cancel), dead.keep_looking());
        };
        // Each of its writes is one transaction: dropping it loses nothing.
        tokio::select! {
            () = cancel.cancelled() => {}
            () = work => {}
        }
    }

    async fn keep_up(mut self, cancel: &CancellationToken) {
        loop {
            self.turn(cancel).await;
            let next = sleep(EVERY);
            tokio::pin!(next);
            loop {
                tokio::select! {
                    () = &mut next => break,
                    Ok(()) = self.orders.changed() => {
                        self.begin_anew();
                        break;
                    }
                    Some(counted) = self.wishes.recv() => {
                        self.recount(cancel).await;
                        counted.send(()).ok();
                    }
                }
            }
        }
    }

    async fn turn(&mut self, cancel: &CancellationToken) {
        let engine = self.engine();
        self.count_accounts(cancel).await;
        self.rest().await;
        self.remove_old().await;
        self.measure_database().await;
        let (orders, census) = (self.orders.borrow().clone(), self.census.borrow().clone());
        // What Meta says could not be kept while the database takes no rows, and a schedule that goes on has no runs.
        if engine.db.must_take_rows().is_ok() {
            self.tokens.look(&engine, &self.metrics, self.pulse.now()).await;
            self.refused.look(&orders, &census, self.pulse.now()).await;
        }
        self.gauges.look(&orders, &census, &self.metrics, self.pulse.now()).await;
    }

    fn engine(&self) -> Arc<Engine> {
        Arc::clone(&self.orders.borrow().engine)
    }

    /// Counts the accounts for whoever asks for a run by hand, by what the orders in force and the tokens say now.
    async fn recount(&mut self, cancel: &CancellationToken) {
        if self.orders.has_changed().unwrap_or(false) {
            self.begin_anew();
        } else if self.listed_at.is_none_or(|at| at.elapsed() >= EVERY) {
            self.again = None;
        }
        self.count_accounts(cancel).await;
    }

    /// Forgets what was found and asked under earlier orders: accounts and tokens may be others.
    fn begin_anew(&mut self) {
        (self.found, self.again, self.listed_at) = (None, None, None);
        (self.tokens, self.refused) = (TokenWatch::default(), Refused::default());
        self.asked.clear();
    }

    /// Forgets when schedules last beat that nobody keeps: what falls due until they are at work again was never missed. What
    /// adsync itself paused of them, and told, is over.
    async fn rest(&self) {
        let orders = self.orders.borrow().clone();
        let names: Vec<String> = orders.enabled().map(|schedule| schedule.name.clone()).collect();
        let (db, instance) = (&orders.engine.db, orders.engine.instance.as_str());
        let resting = async {
            schedules::rest(db, instance, &names).await?;
            schedules::retire(db, instance, &names, &takeover::alert_id(BACKFILL, instance), self.pulse.now()).await
        };
        match resting.await {
            Ok(ended) => {
                for schedule in ended {
                    tracing::info!(schedule, "the schedule is off: its pause ends, and what was told of it");
                }
            }
            Err(error) => tracing::warn!(%error, "schedules that are off could not be noted"),
        }
    }

    async fn measure_database(&self) {
        match volume::database_bytes(&self.engine().db).await {
            Ok(bytes) => self.metrics.database_size(Some(bytes)),
            Err(error) => {
                self.metrics.database_size(None);
                tracing::warn!(%error, "the size of the database could not be read");
            }
        }
    }

    /// Takes the census. What the database knows comes at once; Meta is asked only for what it does not.
    async fn count_accounts(&mut self, cancel: &CancellationToken) {
        let zones = match accounts::zones(&self.engine().db).await {
            Ok(zones) => zones,
            Err(error) => {
                tracing::warn!(%error, "the accounts' zones could not be read");
                return;
            }
        };
        let accounts = self.accounts(&zones, cancel).await;
        let found_by_all = self.engine().settings.accounts == Accounts::All;
        let mut census = Census::new(accounts, &zones, found_by_all);
        // Zones that Meta told and no run has written yet are kept.
        for (account, zone) in &self.census.borrow().accounts {
            if let Some(zone) = zone
                && census.without_zone().any(|unknown| unknown == account)
            {
                census.settle(account, *zone);
            }
        }
        let unknown: Vec<AccountId> = census.without_zone().cloned().collect();
        self.publish(&census);
        if self.engine().db.must_take_rows().is_err() {
            return;
        }
        for account in unknown {
            if let Some(zone) = self.ask_zone(&account, cancel).await {
                census.settle(&account, zone);
            }
        }
        self.publish(&census);
    }

    fn publish(&self, census: &Census) {
        self.census.send_if_modified(|known| {
            let is_new = known != census;
            if is_new {
                known.clone_from(census);
            }
            is_new
        });
    }

    /// The accounts to sync. Where no token lists any, those found before, or those that the database knows.
    async fn accounts(&mut self, zones: &HashMap<String, String>, cancel: &CancellationToken) -> Vec<AccountId> {
        let now = Instant::now();
        if let (Some((again, _)), Some(found)) = (self.again, &self.found)
            && now < again
        {
            return found.clone();
        }
        let engine = self.engine();
        if engine.db.must_take_rows().is_err() {
            // No run begins meanwhile: Meta is asked once one may.
            return self.known(zones).await;
        }
        let (accounts, failed) = match engine.accounts(self.pulse.now(), cancel).await {
            Ok(Roll { accounts, failed }) => (accounts, failed),
            Err(error) => {
                let first = engine.settings.credentials.keys().next().cloned();
                (self.known(zones).await, vec![(first.unwrap_or_default(), error)])
            }
        };
        self.tell(&failed);
        let pause = self.again.map_or(EVERY, |(_, pause)| pause);
        self.listed_at = failed.is_empty().then_some(now);
        self.again = Some(match failed.is_empty() {
            true => (now + DISCOVERED_EVERY, EVERY),
            false => (now + pause, (pause * 2).min(LONGEST_PAUSE)),
        });
        // Nothing is known yet where even the database knows none: then it is looked for at every turn.
        self.found = Some(accounts.clone()).filter(|accounts| !accounts.is_empty());
        accounts
    }

    /// Tells of tokens that do not list their accounts, once for every reason.
    fn tell(&mut self, failed: &[(String, meta::Error)]) {
        self.told.retain(|token, _| failed.iter().any(|(name, _)| name == token));
        for (token, error) in failed {
            let told = self.told.insert(token.clone(), error.to_string());
            if told.is_none_or(|told| told != error.to_string()) {
                let (token, class) = (token_title(token), error.class.as_str());
                tracing::warn!(token, class, %error, advice = error.class.advice(), "a token does not list its accounts");
            }
        }
    }

    /// The accounts that were found before, or those that the database knows and nobody lost.
    async fn known(&self, zones: &HashMap<String, String>) -> Vec<AccountId> {
        if let Some(found) = &self.found {
            return found.clone();
        }
        let engine = self.engine();
        let known = engine.known().await.unwrap_or_default();
        if !known.is_empty() {
            return known.into_iter().collect();
        }
        let stored = zones.keys().filter_map(|digits| digits.parse().ok());
        let mut stored: Vec<AccountId> = stored.filter(|account| engine.is_wanted(account)).collect();
        stored.sort();
        stored
    }

    /// Asks Meta for an account's zone, ever less often. One that Meta refuses to show is given UTC, so that it has runs
    /// and these say why.
    async fn ask_zone(&mut self, account: &AccountId, cancel: &CancellationToken) -> Option<Tz> {
        let now = Instant::now();
        let pause = match self.asked.get(account) {
            Some((again, _)) if now < *again => return None,
            Some((_, pause)) => *pause,
            None => EVERY,
        };
        match zone(&self.engine(), account, cancel).await {
            Ok(zone) => {
                self.asked.remove(account);
                Some(zone)
            }
            Err(error) if error.class.is_retried() || error.class == Class::Throttle => {
                tracing::warn!(account_id = account.digits(), class = error.class.as_str(), %error, "the account's zone could not be read");
                self.asked.insert(account.clone(), (now + pause, (pause * 2).min(LONGEST_PAUSE)));
                None
            }
            Err(error) if error.class == Class::Cancelled => None,
            Err(error) => {
                tracing::warn!(account_id = account.digits(), class = error.class.as_str(), %error, "the account does not show its zone: UTC is used");
                Some(Tz::UTC)
            }
        }
    }

    /// Removes runs older than the configuration keeps, once a day, where no other replica does.
    async fn remove_old(&mut self) {
        if self.removed_at.is_some_and(|at| at.elapsed() < Duration::from_secs(86_400)) {
            return;
        }
        let orders = self.orders.borrow().clone();
        let days = orders.settings.retention_days;
        match retention::remove_old(&orders.engine.db, &orders.engine.instance, days, self.pulse.now()).await {
            Ok(()) => self.removed_at = Some(Instant::now()),
            Err(error) => tracing::warn!(%error, "old runs could not be removed"),
        }
    }
}

/// Reads the zone of an account from Meta.
async fn zone(engine: &Engine, account: &AccountId, cancel: &CancellationToken) -> Result<Tz, meta::Error> {
    discovery::zone(&engine.session(account, Arc::default(), cancel.clone())?, account).await
}
