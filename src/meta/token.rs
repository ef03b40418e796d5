//! What Meta says of a token: whether it is valid, what it may, when it ends.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::AccountId;
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
    /// The digits of the only accounts that it may read; `None` is every one that its user was given.
    pub granted: Option<Vec<String>>,
    /// The earlier of the token's own end and the end of its access to data; `None` is never.
    pub expires_at: Option<DateTime<Utc>>,
    /// Why it is not valid.
    pub reason: Option<String>,
}

/// What is wrong with a token, or soon will be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// `token_ends` or `token_trouble`.
    pub code: &'static str,
    /// What it is and what to do, in words.
    pub message: String,
    /// Grows as it becomes worse: of a token that ends at each mark at which a person is told of it, of another one when
    /// nothing can be read with it at all.
    pub urgency: i16,
}

/// The urgency of a token with which nothing can be read.
pub const DEAD: i16 = 2;

/// The code of a token that ends soon.
pub const TOKEN_ENDS: &str = "token_ends";
/// The code of a token that is not valid or may not read.
pub const TOKEN_TROUBLE: &str = "token_trouble";

/// Days before a token's end at which a person is told of it.
const TOLD_AT_DAYS: [i64; 3] = [1, 7, 14];

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
            granted: granted(data.get("granular_scopes")),
            expires_at: ends.into_iter().flatten().min(),
            reason: text(data.get("error").and_then(|error| error.get("message"))),
        })
    }

    /// Whether it may read: where Meta names no scope at all, it is believed to.
    pub fn can_read(&self) -> bool {
        self.scopes.is_empty() || self.scopes.iter().any(|scope| READING_SCOPES.contains(&scope.as_str()))
    }

    /// What a person should know of it at an instant: `None` where all is well.
    pub fn trouble(&self, now: DateTime<Utc>) -> Option<Trouble> {
        let trouble = |message: String, urgency| Some(Trouble { code: TOKEN_TROUBLE, message, urgency });
        if !self.is_valid {
            let reason = self.reason.as_deref().unwrap_or("Meta gives no reason");
            let reason = reason.trim_end_matches('.');
            return trouble(format!("the token is not valid: {reason}. {}", Class::Auth.advice()), DEAD);
        }
        if !self.can_read() {
            let scopes = self.scopes.join(", ");
            let message = format!("the token lacks ads_read (it has {scopes}). {}", Class::Permission.advice());
            return trouble(message, DEAD - 1);
        }
        let end = self.expires_at?;
        let urgency = match told_at(self.days_left(now)?)? {
            ..=1 => 3,
            2..=7 => 2,
            _ => 1,
        };
        let kind = self.kind.as_deref().unwrap_or("token");
        let when = if end <= now { "has ended".to_owned() } else { format!("ends {}", self.ends(now)?) };
        let message = format!(
            "the token ({kind}) {when}, on {}. Issue a system-user token that never expires in Business settings.",
            end.date_naive()
        );
        Some(Trouble { code: TOKEN_ENDS, message, urgency })
    }

    /// Whole days until it ends; `None` where it never does.
    pub fn days_left(&self, now: DateTime<Utc>) -> Option<i64> {
        Some((self.expires_at? - now).num_days().max(0))
    }

    /// When it ends, in words: "in 9 days". `None` where it never does.
    pub fn ends(&self, now: DateTime<Utc>) -> Option<String> {
        Some(match self.days_left(now)? {
            0 => "in less than a day".to_owned(),
            1 => "in 1 day".to_owned(),
            days => format!("in {days} days"),
        })
    }

    /// Whether it may read an account, as far as its grants tell: a token without a list of accounts may read all that
    /// its user was given.
    pub fn is_granted(&self, account: &AccountId) -> bool {
        self.granted.as_ref().is_none_or(|granted| granted.iter().any(|digits| digits == account.digits()))
    }
}

/// The mark that so many days have passed: a person is told once at each.
pub fn told_at(days_left: i64) -> Option<i64> {
    TOLD_AT_DAYS.into_iter().find(|mark| days_left <= *mark)
}

/// The accounts that the reading scopes are limited to. One such scope without a list is a grant of everything.
fn granted(scopes: Option<&Value>) -> Option<Vec<String>> {
    let mut granted = Vec::new();
    let is_reading = |entry: &&Value| {
        entry.get("scope").and_then(Value::as_str).is_some_and(|scope| READING_SCOPES.contains(&scope))
    };
    for entry in scopes?.as_array()?.iter().filter(is_reading) {
        let targets = entry.get("target_ids").and_then(Value::as_array).filter(|targets| !targets.is_empty())?;
        for target in targets {
            let text = target.as_str().map_or_else(|| target.to_string(), str::to_owned);
            granted.extend(text.parse::<AccountId>().ok().map(|account| account.digits().to_owned()));
        }
    }
    // A list of things that are no accounts says nothing of accounts.
    Some(granted).filter(|granted| !granted.is_empty())
}

impl Session {
    /// Tells the token apart from the one before it, and says no more of it than that.
    pub fn token_mark(&self) -> String {
        format!("{:08x}", self.identity.fingerprint & 0xffff_ffff)
    }

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
        let told = |days| of(days).trouble(now()).map(|trouble| (trouble.code, trouble.message));
        assert_eq!(told(15), None);
        for (days, words) in [
            (14, "ends in 14 days, on 2026-12-07."),
            (1, "ends in 1 day, on 2026-11-24."),
            (0, "has ended, on 2026-11-23."),
        ] {
            let (code, message) = told(days).unwrap();
            assert_eq!(code, TOKEN_ENDS);
            assert!(message.contains(words), "{message}");
        }
    }

    #[test]
    fn a_person_is_told_two_weeks_one_week_and_a_day_before() {
        let marks = [15, 14, 8, 7, 2, 1, 0].map(told_at);
        assert_eq!(marks, [None, Some(14), Some(14), Some(7), Some(7), Some(1), Some(1)]);
    }

    #[test]
    fn a_token_limited_to_accounts_is_granted_no_other() {
        let of = |granular: &str| facts(&format!(r#"{{"is_valid":true,"scopes":["ads_read"]{granular}}}"#));
        let (one, other) = ("act_1".parse().unwrap(), "act_2".parse().unwrap());
        let limited = of(
            r#","granular_scopes":[{"scope":"pages_read","target_ids":["2"]},{"scope":"ads_read","target_ids":["1",77]}]"#,
        );
        assert!(limited.is_granted(&one) && !limited.is_granted(&other));
        for all in [
            "",
            r#","granular_scopes":[]"#,
            r#","granular_scopes":[{"scope":"ads_read"}]"#,
            r#","granular_scopes":[{"scope":"ads_read","target_ids":[]}]"#,
            r#","granular_scopes":[{"scope":"ads_read","target_ids":["1"]},{"scope":"ads_management"}]"#,
            r#","granular_scopes":[{"scope":"ads_read","target_ids":["business"]}]"#,
            r#","granular_scopes":"none""#,
        ] {
            assert!(of(all).is_granted(&other), "{all}");
        }
    }

    #[test]
    fn a_dead_token_and_one_without_the_scope_are_told_with_what_to_do() {
        let dead = facts(r#"{"is_valid":false,"error":{"code":190,"message":"Session has expired","subcode":463}}"#);
        assert!(dead.trouble(now()).unwrap().message.contains("Session has expired. Issue a new system-user token"));
        let blind = facts(r#"{"is_valid":true,"scopes":["pages_read_engagement"]}"#);
        assert!(blind.trouble(now()).unwrap().message.contains("lacks ads_read"));
        assert!(TokenFacts::read("{}").is_err());
        assert!(TokenFacts::read(r#"{"error":{"code":190,"message":"x"}}"#).is_err());
    }
}
