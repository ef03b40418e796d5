//! What Meta says of a token: whether it is valid, what it may, when it ends.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::client::Question;
use super::error::{Class, Error};
use super::session::Session;
use super::usage::UseCase;

/// The scope that reading needs, and the one that includes it.
const READING_SCOPES: [&str; 2] = ["ads_read", "ads_management"];

/// What Meta says of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenFacts {
    /// Whether Meta takes it.
    pub is_valid: bool,
    /// `SYSTEM_USER`, `USER`, ...
    pub kind: Option<String>,
    /// What it may.
    pub scopes: Vec<String>,
    /// The earlier of the token's own end and the end of its access to data; `None` is never.
    pub expires_at: Option<DateTime<Utc>>,
    /// Why it is not valid.
    pub reason: Option<String>,
}

impl TokenFacts {
    fn read(body: &str) -> Result<Self, Error> {
        let answer: Value = serde_json::from_str(body).map_err(|_| Error::from_answer(200, body))?;
        let Some(data) = answer.get("data").filter(|data| data.is_object()) else {
            return Err(Error::from_answer(200, body));
        };
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        // 0 means never.
        let instant = |name: &str| DateTime::from_timestamp(data.get(name)?.as_i64().filter(|at| *at > 0)?, 0);
        let ends = [instant("expires_at"), instant("data_access_expires_at")];
        let scopes = data.get("scopes").and_then(Value::as_array).into_iter().flatten();
        Ok(Self {
            is_valid: data.get("is_valid").and_then(Value::as_bool).unwrap_or(false),
            kind: text(data.get("type")),
            scopes: scopes.filter_map(|scope| text(Some(scope))).collect(),
            expires_at: ends.into_iter().flatten().min(),
            reason: text(data.get("error").and_then(|error| error.get("message"))),
        })
    }

    /// Whether it may read: where Meta names no scope at all, it is believed to.
    pub fn can_read(&self) -> bool {
        self.scopes.is_empty() || self.scopes.iter().any(|scope| READING_SCOPES.contains(&scope.as_str()))
    }

    /// What a person should know of it at an instant: `None` where all is well.
    pub fn trouble(&self, now: DateTime<Utc>) -> Option<String> {
        if !self.is_valid {
            let reason = self.reason.as_deref().unwrap_or("Meta gives no reason");
            return Some(format!("the token is not valid: {reason}. {}", Class::Auth.advice()));
        }
        if !self.can_read() {
            let scopes = self.scopes.join(", ");
            return Some(format!("the token lacks ads_read (it has {scopes}). {}", Class::Permission.advice()));
        }
        let days = self.days_left(now)?;
        (days <= 14).then(|| {
            let kind = self.kind.as_deref().unwrap_or("token");
            format!("the token ({kind}) ends in {days} days. Issue a system-user token that never expires in Business settings.")
        })
    }

    /// Whole days until it ends; `None` where it never does.
    pub fn days_left(&self, now: DateTime<Utc>) -> Option<i64> {
        Some((self.expires_at? - now).num_days().max(0))
    }
}

impl Session {
    /// Asks Meta about the session's own token. It is the one question that names the token as a parameter: the question
    /// only says that it does, and the request puts it in.
    pub async fn token_facts(&self) -> Result<TokenFacts, Error> {
        let question = Question { names_token: true, ..Question::get("debug_token", UseCase::Management, Vec::new()) };
        let facts = self.ask(&question, |body| TokenFacts::read(&body)).await?;
        // Meta repeats a malformed token in its reason.
        let reason = facts.reason.as_ref().map(|reason| self.without_secrets(reason));
        Ok(TokenFacts { reason, ..facts })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-23T12:00:00Z".parse().unwrap()
    }

    fn facts(data: &str) -> TokenFacts {
        TokenFacts::read(&format!("{{\"data\":{data}}}")).unwrap()
    }

    #[test]
    fn a_system_users_token_that_never_ends_is_no_trouble() {
        let facts = facts(
            r#"{"type":"SYSTEM_USER","expires_at":0,"data_access_expires_at":0,"is_valid":true,"scopes":["ads_read"]}"#,
        );
        assert_eq!((facts.days_left(now()), facts.trouble(now())), (None, None));
    }

    #[test]
    fn the_earlier_of_the_two_ends_counts_and_is_told_in_time() {
        let later = now().timestamp() + 60 * 86_400;
        let of = |days: i64| {
            let end = now().timestamp() + days * 86_400;
            facts(&format!(
                r#"{{"is_valid":true,"scopes":["ads_management"],"expires_at":{later},"data_access_expires_at":{end}}}"#
            ))
        };
        assert_eq!(of(30).trouble(now()), None);
        assert!(of(14).trouble(now()).unwrap().contains("ends in 14 days"));
        assert!(of(1).trouble(now()).unwrap().contains("ends in 1 days"));
    }

    #[test]
    fn a_dead_token_and_one_without_the_scope_are_told_with_what_to_do() {
        let dead = facts(r#"{"is_valid":false,"error":{"code":190,"message":"Session has expired","subcode":463}}"#);
        assert!(dead.trouble(now()).unwrap().contains("Session has expired. Issue a new system-user token"));
        let blind = facts(r#"{"is_valid":true,"scopes":["pages_read_engagement"]}"#);
        assert!(blind.trouble(now()).unwrap().contains("lacks ads_read"));
        assert!(TokenFacts::read("{}").is_err());
        assert!(TokenFacts::read(r#"{"error":{"code":190,"message":"x"}}"#).is_err());
    }
}
