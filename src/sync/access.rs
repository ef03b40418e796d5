//! Who may read what: the token of every account, the accounts that are to be synced, and those that were lost.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use crate::meta::{self, AccountId, Class};
use crate::store::alerts::{self, Alert};
use crate::store::{self, Db, listings};

use super::discovery::{Discovery, token_title};
use super::engine::Engine;
use super::report::Warning;
use super::run::Request;
use super::settings::Accounts;

/// The kind of the alert, and the code of the warning, of an account that no token lists any more.
pub const LOST_ACCESS: &str = "lost_access";

/// Which token reads which account, as far as the listings told.
#[derive(Debug, Default)]
pub struct Grants(Mutex<BTreeMap<AccountId, String>>);

/// The accounts to sync, and what kept some from being found.
#[derive(Debug, Default)]
pub struct Roll {
    /// The accounts, in order.
    pub accounts: Vec<AccountId>,
    /// The tokens whose listing failed, with the reason: their known accounts are on the roll all the same.
    pub failed: Vec<(String, meta::Error)>,
}

impl Grants {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<AccountId, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The token that listed an account.
    pub fn of(&self, account: &AccountId) -> Option<String> {
        self.lock().get(account).cloned()
    }

    /// The accounts that were listed.
    fn accounts(&self) -> Vec<AccountId> {
        self.lock().keys().cloned().collect()
    }

    /// Takes over what was told.
    pub fn learn(&self, grants: impl IntoIterator<Item = (AccountId, String)>) {
        self.lock().extend(grants);
    }
}

impl Engine {
    /// The name of the token that an account is asked with: the configured one, else the one that listed it, else the
    /// default one.
    pub fn token_of(&self, account: &AccountId) -> String {
        let has = |name: &String| self.settings.credentials.contains_key(name);
        let named = self.settings.account.get(account).and_then(|said| said.token.clone());
        // Where the accounts are listed by hand, so are their tokens.
        let is_found = self.settings.accounts == Accounts::All;
        let known = named.or_else(|| self.grants.of(account).filter(|token| is_found && has(token)));
        known.unwrap_or_else(|| self.settings.credentials.keys().next().cloned().unwrap_or_default())
    }

    /// The accounts that are asked with a token, as far as they are known.
    pub fn accounts_of(&self, token: &str) -> Vec<AccountId> {
        self.all_known().into_iter().filter(|account| self.token_of(account) == token).collect()
    }

    /// The accounts that the configuration wants: those that it lists, or that some token listed.
    pub fn all_known(&self) -> Vec<AccountId> {
        let mut known = match &self.settings.accounts {
            Accounts::Listed(listed) => listed.clone(),
            Accounts::All => self.grants.accounts(),
        };
        known.retain(|account| self.is_wanted(account));
        known
    }

    /// Whether the configuration says, or a listing told, which token an account is asked with.
    pub fn knows_token_of(&self, account: &AccountId) -> bool {
        let is_named = self.settings.account.get(account).is_some_and(|said| said.token.is_some());
        let is_plain = self.settings.accounts != Accounts::All || self.settings.credentials.len() < 2;
        let is_told = self.grants.of(account).is_some_and(|token| self.settings.credentials.contains_key(&token));
        is_named || is_plain || is_told
    }

    /// Takes over which token listed which account for earlier processes.
    pub async fn recall_grants(&self) -> Result<(), store::Error> {
        let seen = listings::seen(&self.db, &self.instance).await?.into_iter();
        self.grants.learn(seen.filter_map(|(digits, token)| Some((digits.parse().ok()?, token))));
        Ok(())
    }

    /// The accounts that some token ever listed.
    async fn seen(&self) -> Result<BTreeSet<AccountId>, store::Error> {
        let seen = listings::seen(&self.db, &self.instance).await?.into_iter();
        Ok(seen.filter_map(|(digits, _)| digits.parse().ok()).collect())
    }

    /// The accounts that some token ever listed, that the configuration wants and that were not lost.
    pub async fn known(&self) -> Result<BTreeSet<AccountId>, store::Error> {
        let lost = self.lost().await?;
        let known = self.seen().await?.into_iter();
        Ok(known.filter(|account| self.is_wanted(account) && !lost.contains(account)).collect())
    }

    /// The accounts to sync: those that are listed in the configuration, or all that the tokens read. Fails only where
    /// no token lists anything.
    pub async fn accounts(&self, now: DateTime<Utc>, cancel: &CancellationToken) -> Result<Roll, meta::Error> {
        let mut accounts: BTreeSet<AccountId> = BTreeSet::new();
        let mut failed = Vec::new();
        match &self.settings.accounts {
            Accounts::Listed(listed) => {
                self.noting("no account is lost that is listed by hand", self.resolve_lost(&BTreeSet::new(), now))
                    .await;
                let wanted = listed.iter().filter(|account| self.is_wanted(account)).cloned().collect();
                return Ok(Roll { accounts: wanted, failed });
            }
            Accounts::All => {
                let discovery = Discovery::by_all(&self.client, &self.settings, cancel).await;
                if let Some(error) = discovery.failure() {
                    return Err(error);
                }
                let found = discovery.found.iter();
                self.grants.learn(found.map(|(account, listed)| (account.clone(), listed.token.clone())));
                accounts.extend(discovery.found.keys().cloned());
                if let Some(missing) = self.noting("the accounts' access", self.settle(&discovery, now)).await {
                    accounts.extend(missing);
                }
                failed.extend(discovery.failed);
            }
        }
        Ok(Roll { accounts: accounts.into_iter().filter(|account| self.is_wanted(account)).collect(), failed })
    }

    /// Whether the configuration wants an account: one that is disabled or excluded is not synced, and not lost.
    pub fn is_wanted(&self, account: &AccountId) -> bool {
        self.account(account).enabled && !self.settings.exclude.contains(account)
    }

    /// Whether an account is to be synced as far as the configuration alone says: one that no token lists may be.
    pub fn is_configured(&self, account: &AccountId) -> bool {
        let is_named = match &self.settings.accounts {
            Accounts::Listed(listed) => listed.contains(account),
            Accounts::All => true,
        };
        is_named && self.is_wanted(account)
    }

    /// The accounts that were lost and have not come back.
    pub async fn lost(&self) -> Result<BTreeSet<AccountId>, store::Error> {
        lost(&self.db, &self.instance).await
    }

    /// Compares a discovery with what was seen before. Gives the known accounts that it left open: a listing that
    /// failed takes no account from anyone.
    async fn settle(&self, discovery: &Discovery, now: DateTime<Utc>) -> Result<Vec<AccountId>, store::Error> {
        let known = self.seen().await?;
        let found = discovery.found.iter();
        let seen = found.map(|(account, listed)| (account.digits().to_owned(), listed.token.clone()));
        listings::note_seen(&self.db, &self.instance, &seen.collect::<Vec<_>>(), now).await?;
        let missing = known.into_iter().filter(|account| !discovery.found.contains_key(account));
        let missing: BTreeSet<AccountId> = missing.filter(|account| self.is_wanted(account)).collect();
        if discovery.is_complete() {
            self.resolve_lost(&missing, now).await?;
            self.raise_lost(&missing, now).await?;
            return Ok(Vec::new());
        }
        let lost = self.lost().await?;
        let still_lost = lost.iter().filter(|account| !discovery.found.contains_key(*account)).cloned().collect();
        self.resolve_lost(&still_lost, now).await?;
        Ok(missing.difference(&lost).cloned().collect())
    }

    async fn raise_lost(&self, lost: &BTreeSet<AccountId>, now: DateTime<Utc>) -> Result<(), store::Error> {
        let alert = |account: &AccountId| Alert {
            dedupe_id: lost_id(account),
            kind: LOST_ACCESS,
            instance: self.instance.clone(),
            told_as: Some(format!("{LOST_ACCESS}@{}", self.instance)),
            account_id: Some(account.digits().to_owned()),
            message: lost_words(account),
            ..Alert::default()
        };
        let raised: Vec<Alert> = lost.iter().map(alert).collect();
        let began = alerts::raise(&self.db, &raised, now).await?;
        for account in lost.iter().filter(|account| began.contains(&lost_id(account))) {
            tracing::warn!(
                account_id = account.digits(),
                advice = Class::Permission.advice(),
                "access to an account was lost"
            );
        }
        Ok(())
    }

    /// Ends the alerts of all accounts but those that are still lost.
    async fn resolve_lost(&self, still: &BTreeSet<AccountId>, now: DateTime<Utc>) -> Result<(), store::Error> {
        let over: Vec<AccountId> = self.lost().await?.difference(still).cloned().collect();
        let ids: Vec<String> = over.iter().map(lost_id).collect();
        let ended = alerts::resolve(&self.db, &ids, now).await?;
        for account in over.iter().filter(|account| ended.contains(&lost_id(account))) {
            match self.is_wanted(account) {
                true => tracing::info!(account_id = account.digits(), "access to an account is back"),
                false => tracing::info!(account_id = account.digits(), "a lost account is not wanted any more"),
            }
        }
        Ok(())
    }

    /// What a run warns of beside what its steps met: lost accounts, and tokens that end or may not read.
    pub(super) async fn warnings(&self, request: &Request) -> Vec<Warning> {
        let left_out = request.goes_on.iter().flat_map(|goes_on| &goes_on.left_out).map(|account| Warning {
            code: "account_left_out",
            account_id: account.digits().to_owned(),
            step: String::new(),
            message: format!("{} is not to be synced any more: the backfill goes on without it", account.act()),
            count: 1,
        });
        let open = self.noting("the open alerts", alerts::open(&self.db)).await.unwrap_or_default();
        let lost = self.noting("the lost accounts", self.lost()).await.unwrap_or_default();
        let is_lost = |alert: &alerts::Open| {
            let account = alert.account_id.as_ref().and_then(|digits| digits.parse().ok());
            account.is_some_and(|account| lost.contains(&account))
        };
        let used: BTreeSet<String> = request.accounts.iter().map(|account| self.token_of(account)).collect();
        let concerns = |alert: &alerts::Open| match alert.kind.as_str() {
            LOST_ACCESS => (request.schedule.is_some() || request.found_by_all) && is_lost(alert),
            kind => used.iter().any(|token| self.token_alert(kind, token) == alert.dedupe_id),
        };
        let codes = [LOST_ACCESS, meta::token::TOKEN_ENDS, meta::token::TOKEN_TROUBLE];
        let warning = |alert: alerts::Open| {
            Some(Warning {
                code: codes.into_iter().find(|code| *code == alert.kind)?,
                account_id: alert.account_id.unwrap_or_default(),
                step: String::new(),
                message: alert.message,
                count: 1,
            })
        };
        left_out.chain(open.into_iter().filter(concerns).filter_map(warning)).collect()
    }

    /// What came of work on our own state; where the database refuses, the sync goes on without.
    pub(super) async fn noting<T>(
        &self,
        what: &'static str,
        work: impl Future<Output = Result<T, store::Error>>,
    ) -> Option<T> {
        match work.await {
            Ok(done) => Some(done),
            Err(error) => {
                tracing::warn!(class = error.class.as_str(), %error, what, "our own records could not be kept");
                None
            }
        }
    }
}

/// The accounts that tokens of an instance listed once, and that were lost and have not come back.
pub async fn lost(db: &Db, instance: &str) -> Result<BTreeSet<AccountId>, store::Error> {
    let open = alerts::open(db).await?.into_iter().filter(|alert| alert.kind == LOST_ACCESS);
    let open: BTreeSet<String> = open.filter_map(|alert| alert.account_id).collect();
    if open.is_empty() {
        return Ok(BTreeSet::new());
    }
    let seen = listings::seen(db, instance).await?.into_iter();
    Ok(seen.filter(|(digits, _)| open.contains(digits)).filter_map(|(digits, _)| digits.parse().ok()).collect())
}

/// The words for a person about a token whose listing failed.
pub fn untold(token: &str, error: &meta::Error) -> String {
    format!("{} does not list its accounts: {error}. {}", token_title(token), error.advice())
}

/// The words for a person about an account that no token lists any more.
pub fn lost_words(account: &AccountId) -> String {
    format!(
        "{account} was read before, and no token lists it any more; its rows stay. Assign it to the system user again in Business settings, or name it under meta.exclude."
    )
}

fn lost_id(account: &AccountId) -> String {
    format!("{LOST_ACCESS}:{}", account.digits())
}
