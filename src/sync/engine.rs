//! Everything that a run works with, built once by the process.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::meta::client::{Client, Session};
use crate::meta::meter::Meter;
use crate::meta::{self, AccountId, Class};
use crate::rows::report::Conversions;
use crate::rows::value;
use crate::store::{Db, Worker};

use super::settings::{Account, Accounts, Settings};
use super::tables::Tables;

/// Everything that a run works with.
#[derive(Debug)]
pub struct Engine {
    /// The way to Meta.
    pub client: Client,
    /// The way to the database.
    pub db: Db,
    /// The tables that a run fills.
    pub tables: Tables,
    /// What a run is told.
    pub settings: Settings,
    /// The daemon's name.
    pub instance: String,
    /// This process.
    pub worker: Worker,
}

/// What a run has done so far, for whoever watches.
#[derive(Debug, Default)]
pub struct Progress {
    /// Accounts of the run.
    pub accounts: AtomicU64,
    /// Accounts that came to their end.
    pub accounts_done: AtomicU64,
    /// Days to read, all reports and accounts together, as far as known.
    pub days: AtomicU64,
    /// Days that were read to their end.
    pub days_done: AtomicU64,
    /// Rows that arrived.
    pub rows: AtomicU64,
}

/// A clock that was read once, when the run began.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    began_at: DateTime<Utc>,
    began: Instant,
}

impl Progress {
    /// Adds to one of its figures.
    pub fn add(figure: &AtomicU64, more: u64) {
        figure.fetch_add(more, Ordering::Relaxed);
    }
}

impl Clock {
    /// A clock that shows `now` and goes on from there.
    pub fn starting(now: DateTime<Utc>) -> Self {
        Self { began_at: now, began: Instant::now() }
    }

    /// What it shows.
    pub fn now(&self) -> DateTime<Utc> {
        self.began_at + self.began.elapsed()
    }
}

impl Engine {
    /// What the configuration says of an account.
    pub fn account(&self, account: &AccountId) -> Account {
        self.settings.account.get(account).cloned().unwrap_or_default()
    }

    /// Which action types count as conversions in an account.
    pub fn conversions(&self, account: &AccountId) -> Conversions {
        let own = self.account(account);
        let common = &self.settings.conversions;
        Conversions {
            leads: own.leads.unwrap_or_else(|| common.leads.clone()),
            purchases: own.purchases.unwrap_or_else(|| common.purchases.clone()),
        }
    }

    /// Opens a session for an account, with the token that the configuration gives it.
    pub fn session(
        &self,
        account: Option<&AccountId>,
        meter: Arc<Meter>,
        cancel: CancellationToken,
    ) -> Result<Session, meta::Error> {
        Self::open_session(&self.client, &self.settings, account, meter, cancel)
    }

    /// The same without an engine, for commands that need no database.
    pub fn open_session(
        client: &Client,
        settings: &Settings,
        account: Option<&AccountId>,
        meter: Arc<Meter>,
        cancel: CancellationToken,
    ) -> Result<Session, meta::Error> {
        let named = account.and_then(|account| settings.account.get(account)?.token.clone());
        let Some(credentials) = settings.credentials.get(&named.unwrap_or_default()) else {
            return Err(meta::Error::plain(Class::Auth, "no access token is configured for this account"));
        };
        client.session(credentials, account, meter, cancel)
    }

    /// The accounts to sync: those that are listed, or all that the token reads.
    pub async fn accounts(&self, cancel: &CancellationToken) -> Result<Vec<AccountId>, meta::Error> {
        let found = match &self.settings.accounts {
            Accounts::Listed(listed) => listed.clone(),
            Accounts::All => Self::discover(&self.client, &self.settings, cancel).await?,
        };
        let wanted = |account: &AccountId| self.account(account).enabled && !self.settings.exclude.contains(account);
        Ok(found.into_iter().filter(wanted).collect())
    }

    /// Every account that the token reads, in order.
    pub async fn discover(
        client: &Client,
        settings: &Settings,
        cancel: &CancellationToken,
    ) -> Result<Vec<AccountId>, meta::Error> {
        let session = Self::open_session(client, settings, None, Arc::default(), cancel.clone())?;
        let mut listing = session.accounts("id,account_id");
        let mut found = BTreeSet::new();
        while let Some(page) = listing.next().await? {
            for row in page.rows()? {
                let id = row.get("account_id").or(row.get("id")).and_then(|raw| value::text(raw.get()));
                found.extend(id.and_then(|id| id.parse::<AccountId>().ok()));
            }
        }
        Ok(found.into_iter().collect())
    }
}
