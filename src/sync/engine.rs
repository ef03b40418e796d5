//! Everything that a run works with, built once by the process.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::meta::notes::Notes;
use crate::meta::pacing::{Bucket, Known};
use crate::meta::sizes::Size;
use crate::meta::usage::UseCase;
use crate::meta::{self, AccountId, Class, Credentials};
use crate::meta::{Client, Session};
use crate::rows::report::Conversions;
use crate::store::budgets::Budget;
use crate::store::{self, Db, Worker};

use super::access::Grants;
use super::settings::{Account, Settings};
use super::tables::Tables;

/// Everything that a run works with.
#[derive(Debug)]
pub struct Engine {
    /// The way to Meta.
    pub client: Client,
    /// The way to the database.
    pub db: Db,
    /// The tables that a run fills.
    pub tables: Box<Tables>,
    /// What a run is told.
    pub settings: Settings,
    /// The daemon's name.
    pub instance: String,
    /// This process.
    pub worker: Worker,
    /// Which token reads which account.
    pub grants: Grants,
    /// The size in bytes at which the database's plan ends.
    pub size_limit: Option<u64>,
}

/// A clock that was read once, when the run began.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    began_at: DateTime<Utc>,
    began: Instant,
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

    /// How long it has gone.
    pub fn elapsed(&self) -> std::time::Duration {
        self.began.elapsed()
    }
}

impl Engine {
    /// Takes over what earlier processes learned of Meta's budgets and of sizes that work.
    pub async fn recall(&self, now: DateTime<Utc>) -> Result<(), store::Error> {
        let api_version = &self.client.settings().api_version;
        let (sizes, refused, ..) = tokio::try_join!(
            store::sizes::load(&self.db),
            store::sizes::load_refused(&self.db, api_version),
            Self::recall_budgets(&self.client, &self.db, now),
            self.recall_grants(),
        )?;
        let number = |value: Option<i32>| value.and_then(|value| u32::try_from(value).ok());
        let sizes = sizes.into_iter().map(|size| {
            let days = number(size.days).map(u64::from);
            (size.question, Size::stored(number(size.page_size), days, number(size.runs)))
        });
        self.client.sizes().restore(sizes.collect());
        self.client.refusals().restore(refused);
        Ok(())
    }

    /// Takes over what earlier processes learned of Meta's budgets, for whoever asks Meta without an engine.
    pub async fn recall_budgets(client: &Client, db: &Db, now: DateTime<Utc>) -> Result<(), store::Error> {
        let known = store::budgets::load(db, now).await?.into_iter().filter_map(|budget| {
            let account = Some(budget.account_id).filter(|account| !account.is_empty());
            let use_case = UseCase::from_word(&budget.use_case)?;
            Some(Known {
                bucket: Bucket { token: budget.token, account, use_case },
                usage_pct: budget.usage_pct.try_into().unwrap_or(0.0),
                blocked_for: budget.blocked_until.and_then(|until| (until - now).to_std().ok()),
            })
        });
        client.budgets().restore(known.collect());
        Ok(())
    }

    /// Keeps what this process learned for those that come after it.
    pub async fn remember(&self, now: DateTime<Utc>) -> Result<(), store::Error> {
        self.remember_budgets(now).await?;
        let number = |value: u32| i32::try_from(value).unwrap_or(i32::MAX);
        let size = |(question, size): (String, Size)| store::sizes::Size {
            question,
            page_size: size.page_size.map(number),
            days: size.days.map(|days| i32::try_from(days).unwrap_or(i32::MAX)),
            runs: size.runs.map(number),
        };
        let sizes: Vec<_> = self.client.sizes().known().into_iter().map(size).collect();
        store::sizes::save(&self.db, &sizes, now).await?;
        let api_version = &self.client.settings().api_version;
        store::sizes::save_refused(&self.db, &self.client.refusals().known(), api_version, now).await
    }

    /// Keeps every block as it begins, so that whatever ends this process the next one does not run into the same wall.
    pub(super) async fn remember_blocks(&self, clock: Clock) {
        loop {
            self.client.budgets().block_began().await;
            if let Err(error) = self.remember_budgets(clock.now()).await {
                tracing::warn!(%error, "a block of meta's could not be kept");
            }
        }
    }

    async fn remember_budgets(&self, now: DateTime<Utc>) -> Result<(), store::Error> {
        let budget = |known: Known| Budget {
            token: known.bucket.token,
            account_id: known.bucket.account.unwrap_or_default(),
            use_case: known.bucket.use_case.as_str().to_owned(),
            usage_pct: Decimal::try_from(known.usage_pct).unwrap_or_default().round_dp(1),
            blocked_until: known.blocked_for.map(|wait| now + wait),
        };
        let budgets: Vec<Budget> = self.client.budgets().known().into_iter().map(budget).collect();
        store::budgets::save(&self.db, &budgets, now).await
    }

    /// What the configuration says of an account.
    pub fn account(&self, account: &AccountId) -> Account {
        self.settings.account.get(account).cloned().unwrap_or_default()
    }

    /// Which action types count as conversions in an account.
    pub fn conversions(&self, account: &AccountId) -> Conversions {
        self.settings.conversions(account)
    }

    /// Opens a session for an account, with the account's own token.
    pub fn session(
        &self,
        account: &AccountId,
        notes: Arc<Notes>,
        cancel: CancellationToken,
    ) -> Result<Session, meta::Error> {
        let token = self.token_of(account);
        let session = Self::open_session(&self.client, &self.settings, &token, Some(account), notes, cancel)?;
        Ok(session.held_by(self.db.away()))
    }

    /// The same without an engine, for commands that need no database; the token from `META_ACCESS_TOKEN` has the empty
    /// name.
    pub fn open_session(
        client: &Client,
        settings: &Settings,
        token: &str,
        account: Option<&AccountId>,
        notes: Arc<Notes>,
        cancel: CancellationToken,
    ) -> Result<Session, meta::Error> {
        client.session(credentials(settings, token)?, account, notes, Arc::default(), cancel)
    }

    /// A session that asks about a token rather than an account.
    pub fn token_session(client: &Client, settings: &Settings, token: &str) -> Result<Session, meta::Error> {
        Self::open_session(client, settings, token, None, Arc::default(), CancellationToken::new())
    }
}

fn credentials<'a>(settings: &'a Settings, token: &str) -> Result<&'a Credentials, meta::Error> {
    let found = settings.credentials.get(token);
    found.ok_or_else(|| meta::Error::plain(Class::Auth, "no access token is configured for this account"))
}
