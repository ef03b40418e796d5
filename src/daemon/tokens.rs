//! The daily look at the tokens: told in time that one ends, not by the first run that fails.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use crate::metrics::Metrics;
use crate::sync::Engine;

/// How often the tokens are looked at.
const EVERY: Duration = Duration::from_secs(24 * 3600);

/// When the tokens were looked at.
#[derive(Debug, Default)]
pub(super) struct TokenWatch {
    looked_at: Option<Instant>,
}

impl TokenWatch {
    /// Asks Meta about every token, at start and once a day. A token that Meta says nothing of is no trouble by itself:
    /// the runs will tell.
    pub(super) async fn look(&mut self, engine: &Engine, metrics: &Metrics, now: DateTime<Utc>) {
        if self.looked_at.is_some_and(|at| at.elapsed() < EVERY) {
            return;
        }
        self.looked_at = Some(Instant::now());
        for name in engine.settings.credentials.keys() {
            let token = if name.is_empty() { "META_ACCESS_TOKEN" } else { name };
            let asked = match Engine::token_session(&engine.client, &engine.settings, name) {
                Ok(session) => session.token_facts().await,
                Err(error) => Err(error),
            };
            match asked {
                Ok(facts) => {
                    if let Some(days) = facts.days_left(now) {
                        metrics.token_ends(token, days);
                    }
                    match facts.trouble(now) {
                        Some(trouble) => tracing::warn!(token, trouble, "a token needs attention"),
                        None => tracing::info!(
                            token,
                            kind = facts.kind,
                            days_left = facts.days_left(now),
                            "a token is well"
                        ),
                    }
                }
                Err(error) => {
                    tracing::warn!(token, class = error.class.as_str(), %error, "meta says nothing of a token")
                }
            }
        }
    }
}
