//! The daily look at the tokens: told in time that one ends, not by the first run that fails.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use crate::meta::token::{TOKEN_ENDS, TokenFacts, told_at};
use crate::metrics::Metrics;
use crate::sync::Engine;

/// How often the tokens are looked at.
const EVERY: Duration = Duration::from_secs(24 * 3600);

/// How soon it looks again where Meta could not be reached.
const AGAIN: Duration = Duration::from_secs(600);

/// When the tokens were looked at, and what was told of them.
#[derive(Debug, Default)]
pub(super) struct TokenWatch {
    looked_at: Option<Instant>,
    /// The last mark before its end at which a token was told of.
    told: HashMap<String, i64>,
}

impl TokenWatch {
    /// Asks Meta about every token, at start and once a day. A token that Meta says nothing of is no trouble by itself:
    /// the runs will tell.
    pub(super) async fn look(&mut self, engine: &Engine, metrics: &Metrics, now: DateTime<Utc>) {
        if self.looked_at.is_some_and(|at| at.elapsed() < EVERY) {
            return;
        }
        let mut is_told = false;
        engine.forget_tokens(now).await;
        for name in engine.settings.credentials.keys() {
            let token = if name.is_empty() { "META_ACCESS_TOKEN" } else { name };
            let asked = match Engine::token_session(&engine.client, &engine.settings, name) {
                Ok(session) => {
                    // Commands beside the daemon need not ask again.
                    engine.takes_look(name, &session, now).await;
                    engine.look_at_token(name, &session, now).await
                }
                Err(error) => Err(error),
            };
            match asked {
                Ok(facts) => {
                    is_told = true;
                    self.tell(token, &facts, metrics, now);
                }
                Err(error) => {
                    tracing::warn!(token, class = error.class.as_str(), %error, "meta says nothing of a token");
                    is_told |= !error.class.is_retried();
                }
            }
        }
        // A daemon that starts in an outage looks again soon.
        let ago = if is_told { Duration::ZERO } else { EVERY.saturating_sub(AGAIN) };
        self.looked_at = Instant::now().checked_sub(ago).or_else(|| Some(Instant::now()));
    }

    fn tell(&mut self, token: &str, facts: &TokenFacts, metrics: &Metrics, now: DateTime<Utc>) {
        let days_left = facts.days_left(now);
        if let Some(days) = days_left {
            metrics.token_ends(token, days);
        }
        match facts.trouble(now) {
            Some(trouble) if trouble.code != TOKEN_ENDS || self.is_next_mark(token, days_left) => {
                tracing::warn!(token, code = trouble.code, trouble = trouble.message, "a token needs attention");
            }
            _ => tracing::info!(token, kind = facts.kind, days_left, "a token was looked at"),
        }
    }

    /// Whether a token came nearer to its end than when it was last told of: it is told at 14, 7 and 1 days.
    fn is_next_mark(&mut self, token: &str, days_left: Option<i64>) -> bool {
        let Some(mark) = days_left.and_then(told_at) else { return false };
        self.told.insert(token.to_owned(), mark) != Some(mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_told_of_once_at_every_mark() {
        let mut watch = TokenWatch::default();
        let days: Vec<i64> = (0..=20).rev().collect();
        let told: Vec<i64> = days.into_iter().filter(|days| watch.is_next_mark("aurora", Some(*days))).collect();
        assert_eq!(told, [14, 7, 1]);
        assert!(watch.is_next_mark("other", Some(3)), "a process that starts late tells at once");
        assert!(!watch.is_next_mark("never ends", None));
    }
}
