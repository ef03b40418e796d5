//! The look at a token: what Meta says of it, kept as an alert that runs and dashboards read.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::meta::token::{DEAD, TOKEN_ENDS, TOKEN_TROUBLE, TokenFacts, Trouble};
use crate::meta::{self, AccountId, Class, Session};
use crate::store::alerts::{self, Alert};
use crate::store::{self, listings};

use super::discovery::token_title;
use super::engine::Engine;

/// The longest that a run waits for what Meta says of its token.
const LOOK: Duration = Duration::from_secs(10);

impl Engine {
    /// Asks Meta about a token and keeps what a person should know of it.
    pub async fn look_at_token(
        &self,
        token: &str,
        session: &Session,
        now: DateTime<Utc>,
    ) -> Result<TokenFacts, meta::Error> {
        let asked = session.token_facts().await;
        let trouble = match &asked {
            Ok(facts) => facts.trouble(now),
            Err(error) if error.class == Class::Auth => Some(Trouble {
                code: TOKEN_TROUBLE,
                message: format!("{error}. {}", error.class.advice()),
                urgency: DEAD,
            }),
            // That Meta says nothing of it is no trouble by itself: the runs will tell.
            Err(_) => return asked,
        };
        self.noting("what meta says of a token", self.keep_trouble(token, trouble, now)).await;
        asked
    }

    /// Takes the turn of a token's daily look, so that no other process asks again today. A token that was replaced is
    /// another one: what was wrong with the old one is not said of it for long.
    pub async fn takes_look(&self, token: &str, session: &Session, now: DateTime<Utc>) -> bool {
        let mark = session.token_mark();
        let looking = listings::take_look(&self.db, &self.instance, token, &mark, now);
        self.noting("the look at a token", looking).await.unwrap_or(false)
    }

    /// Looks at an account's token where nobody did for a day. Where only commands run, from a crontab say, nobody else
    /// would tell that the token ends; beside a daemon its daily look counts.
    pub(super) async fn look_once_a_day(&self, account: &AccountId, session: &Session, now: DateTime<Utc>) {
        let token = self.token_of(account);
        if !self.takes_look(&token, session, now).await {
            return;
        }
        match tokio::time::timeout(LOOK, self.look_at_token(&token, &session.apart(), now)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::debug!(token, %error, "meta says nothing of a token"),
            Err(_) => tracing::debug!(token, "meta says nothing of a token in time"),
        }
    }

    async fn keep_trouble(
        &self,
        token: &str,
        trouble: Option<Trouble>,
        now: DateTime<Utc>,
    ) -> Result<(), store::Error> {
        let is_now = |code: &str| trouble.as_ref().is_some_and(|trouble| trouble.code == code);
        let over: Vec<String> = [TOKEN_ENDS, TOKEN_TROUBLE]
            .into_iter()
            .filter(|code| !is_now(code))
            .map(|code| self.token_alert(code, token))
            .collect();
        alerts::resolve(&self.db, &over, now).await?;
        let alert = trouble.map(|trouble| Alert {
            dedupe_id: self.token_alert(trouble.code, token),
            kind: trouble.code,
            instance: self.instance.clone(),
            accounts: self.accounts_of(token).iter().map(|account| account.digits().to_owned()).collect(),
            message: format!("{}: {}", token_title(token), trouble.message),
            urgency: trouble.urgency,
            ..Alert::default()
        });
        alerts::raise(&self.db, alert.as_slice(), now).await?;
        Ok(())
    }

    /// Ends the alerts of tokens that are not configured any more.
    pub async fn forget_tokens(&self, now: DateTime<Utc>) {
        let forgetting = async {
            let of_instance = format!("@{}", self.instance);
            let is_left = |alert: &alerts::Open| {
                !alert.dedupe_id.ends_with(&of_instance)
                    || self
                        .settings
                        .credentials
                        .keys()
                        .any(|token| self.token_alert(&alert.kind, token) == alert.dedupe_id)
            };
            let open = alerts::open(&self.db).await?.into_iter();
            let of_tokens = open.filter(|alert| [TOKEN_ENDS, TOKEN_TROUBLE].contains(&alert.kind.as_str()));
            let gone: Vec<String> = of_tokens.filter(|alert| !is_left(alert)).map(|alert| alert.dedupe_id).collect();
            alerts::resolve(&self.db, &gone, now).await
        };
        self.noting("tokens that are gone", forgetting).await;
    }

    /// What tells a token's alert apart from every other: daemons that share a database have tokens of their own.
    pub fn token_alert(&self, code: &str, token: &str) -> String {
        let token = if token.is_empty() { "META_ACCESS_TOKEN" } else { token };
        format!("{code}:{token}@{}", self.instance)
    }
}
