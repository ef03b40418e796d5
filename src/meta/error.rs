//! What went wrong with a call, as a class that decides what happens next, and a sentence that tells a person what to do.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;

use super::classify::{Facts, Transport, classify};
use super::text::is_object;

/// What kind of failure it was. The class alone decides whether a call is made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// Meta or the way to it is unwell for a moment: the same call may work later.
    Transient,
    /// The answer was no answer of the API: HTML, half a text, a listing without its list. Asked again like a transient.
    Malformed,
    /// A budget of calls is spent: nothing may be asked of it until it refills.
    Throttle,
    /// The question is too large: the same call never works, a smaller one does at once.
    TooMuchData,
    /// The token is not valid, or its proof is not.
    Auth,
    /// The token is valid but may not read this.
    Permission,
    /// The question is wrong and stays wrong.
    Invalid,
    /// The run was told to stop.
    Cancelled,
    /// Nothing that is known fits.
    Unknown,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 9] = [
        Self::Transient,
        Self::Malformed,
        Self::Throttle,
        Self::TooMuchData,
        Self::Auth,
        Self::Permission,
        Self::Invalid,
        Self::Cancelled,
        Self::Unknown,
    ];

    /// The word that tables, logs and metrics use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::Malformed => "malformed",
            Self::Throttle => "throttle",
            Self::TooMuchData => "too_much_data",
            Self::Auth => "auth",
            Self::Permission => "permission",
            Self::Invalid => "invalid",
            Self::Cancelled => "cancelled",
            Self::Unknown => "unknown",
        }
    }

    /// Whether the same call may be made again after a short pause.
    pub const fn is_retried(self) -> bool {
        matches!(self, Self::Transient | Self::Malformed)
    }

    /// Whether the steps that follow in the same account would only meet the same wall.
    pub const fn stops_account(self) -> bool {
        matches!(self, Self::Auth | Self::Permission | Self::Throttle | Self::Cancelled)
    }

    /// What a person should do, in one sentence.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Transient => {
                "Meta was not reachable or unwell; the next run asks again. If it lasts, look at metastatus.com and at this machine's network."
            }
            Self::Malformed => {
                "Meta, or something between here and Meta, answered with something that is no API answer; the next run asks again. If it lasts, look for a proxy in the way."
            }
            Self::Throttle => {
                "Meta's call budget is spent; wait until it refills, run schedules less often, or ask Meta for Full access to the Marketing API."
            }
            Self::TooMuchData => {
                "The question was too large even in its smallest form; shorten the window or ask for fewer breakdowns."
            }
            Self::Auth => {
                "Issue a new system-user token with ads_read in Business settings, put it into META_ACCESS_TOKEN, and check META_APP_SECRET."
            }
            Self::Permission => {
                "Assign the ad account to the system user in Business settings and give the token the ads_read permission."
            }
            Self::Invalid => {
                "Meta refused the question itself; check the reports' fields and breakdowns and meta.api_version, and report it if they are right."
            }
            Self::Cancelled => "The run was stopped; the next one goes on.",
            Self::Unknown => {
                "Meta gave an error that adsync does not know; the run's record holds its code and trace id."
            }
        }
    }
}

/// One failed call, without any secret in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Error {
    /// What kind of failure it was.
    pub class: Class,
    /// Meta's error code.
    pub code: Option<i64>,
    /// Meta's error subcode.
    pub subcode: Option<i64>,
    /// The HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// Meta's trace id, which its support asks for.
    pub fbtrace_id: Option<String>,
    /// What happened, in words; Meta's own where it gave some.
    pub message: String,
    /// How long a throttle lasts, where Meta named it.
    pub retry_in: Option<Duration>,
    /// What kept an answer from arriving whole.
    pub transport: Option<Transport>,
}

impl std::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match (self.code, self.subcode) {
            (Some(code), Some(subcode)) => write!(f, " (code {code}/{subcode})"),
            (Some(code), None) => write!(f, " (code {code})"),
            _ => Ok(()),
        }
    }
}

impl Error {
    /// What a person should do, in one sentence.
    pub fn advice(&self) -> &'static str {
        match (self.class, self.code, self.subcode) {
            // For how long it keeps them is data, which whoever knows the days has.
            (_, Some(3018), _) => "Meta keeps no figures of days so long ago: begin with a later day.",
            (_, Some(2635), _) => "Set meta.api_version to the version that Meta names: this one is retired.",
            // A problem of the secret in the clothes of a bad parameter.
            (Class::Auth, Some(100), _) => {
                "Put the secret of the app that issued the token into META_APP_SECRET; the app demands proof of it."
            }
            (_, Some(368), _) => {
                "Meta has blocked the app or its user for a while: look at the app's alerts in the developer dashboard."
            }
            (Class::Permission, Some(3 | 270 | 294), _) => {
                "Give the app access to the Marketing API (Full access for accounts that are not its owner's) in its dashboard."
            }
            _ => self.class.advice(),
        }
    }

    /// A failure that has no error object of Meta's behind it.
    pub fn plain(class: Class, message: impl Into<String>) -> Self {
        Self {
            class,
            code: None,
            subcode: None,
            status: None,
            fbtrace_id: None,
            message: message.into(),
            retry_in: None,
            transport: None,
        }
    }

    /// The error of an answer: Meta's error object where the body has one, else what the status tells.
    pub fn from_answer(status: u16, body: &str) -> Self {
        match serde_json::from_str::<Envelope>(body) {
            Ok(Envelope { error: Some(fault) }) if is_object(body) => fault.into_error(status),
            _ if (200..300).contains(&status) => {
                let message = "the answer is not what the API documents";
                Self { status: Some(status), ..Self::on_the_way(Transport::NoAnswer, message) }
            }
            _ => {
                let message = format!("HTTP {status} without an error object");
                let class = classify(&Facts { status, ..Facts::default() });
                Self { status: Some(status), ..Self::plain(class, message) }
            }
        }
    }

    /// The error of a call whose answer did not arrive, or not whole.
    pub(super) fn on_the_way(transport: Transport, message: impl Into<String>) -> Self {
        let class = classify(&Facts { transport: Some(transport), ..Facts::default() });
        Self { transport: Some(transport), ..Self::plain(class, message) }
    }

    /// Whether a failure that does not pass may come of the question's size, although nothing says so: Meta documents 1/99
    /// for both.
    pub fn may_be_size(&self) -> bool {
        (self.code, self.subcode) == (Some(1), Some(99))
    }

    /// Whether no answer came in time, however often it was asked for.
    pub fn is_timeout(&self) -> bool {
        self.transport == Some(Transport::TimedOut)
    }

    /// Whether Meta says that an object is not there, or not for this token: it makes no difference between the two. Every
    /// other refusal says nothing of the object.
    pub(super) fn is_gone(&self) -> bool {
        (self.code, self.subcode) == (Some(100), Some(33)) || self.code == Some(803)
    }

    /// Whether a report run cannot be read: not yet (2601/1815107), or no longer (100/33).
    pub fn is_lost_report_run(&self) -> bool {
        self.code == Some(2601) || (self.code, self.subcode) == (Some(100), Some(33))
    }

    /// The error that a failed report run shows in its node.
    pub(super) fn of_report_run(code: Option<i64>, subcode: Option<i64>, message: String) -> Self {
        let message = if message.is_empty() { "a report run failed without an error".to_owned() } else { message };
        let facts = Facts { code, subcode, message, status: 200, ..Facts::default() };
        let class = classify(&facts);
        Self { class, code, subcode, ..Self::plain(class, facts.message) }
    }

    /// Takes every appearance of the given secrets out of the message: Meta repeats a malformed token in its answer.
    pub fn without(mut self, secrets: &[String]) -> Self {
        for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
            self.message = self.message.replace(secret.as_str(), "[secret]");
        }
        self
    }
}

#[derive(Deserialize)]
struct Envelope {
    error: Option<Fault>,
}

/// Meta's error object. Every part may be missing; a part of the wrong kind counts as missing.
#[derive(Deserialize)]
pub(crate) struct Fault {
    #[serde(default, deserialize_with = "lenient")]
    message: Option<serde_json::Value>,
    #[serde(default, rename = "type", deserialize_with = "lenient")]
    kind: Option<serde_json::Value>,
    #[serde(default, deserialize_with = "lenient")]
    code: Option<serde_json::Value>,
    #[serde(default, deserialize_with = "lenient")]
    error_subcode: Option<serde_json::Value>,
    #[serde(default, deserialize_with = "lenient")]
    is_transient: Option<serde_json::Value>,
    #[serde(default, deserialize_with = "lenient")]
    fbtrace_id: Option<serde_json::Value>,
}

fn lenient<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<serde_json::Value>, D::Error> {
    serde_json::Value::deserialize(deserializer).map(Some)
}

/// A flag in whichever form it comes: a boolean, its word, a number.
fn flag(value: &serde_json::Value) -> Option<bool> {
    value.as_bool().or_else(|| value.as_i64().map(|number| number != 0)).or_else(|| value.as_str()?.parse().ok())
}

impl Fault {
    pub(crate) fn into_error(self, status: u16) -> Error {
        let text = |value: &Option<serde_json::Value>| value.as_ref().and_then(|v| v.as_str()).map(str::to_owned);
        let number = |value: &Option<serde_json::Value>| {
            value.as_ref().and_then(|v| v.as_i64().or_else(|| v.as_str().and_then(|text| text.parse().ok())))
        };
        let facts = Facts {
            code: number(&self.code),
            subcode: number(&self.error_subcode),
            kind: text(&self.kind).unwrap_or_default(),
            message: text(&self.message).unwrap_or_else(|| "Meta gave no message".to_owned()),
            is_transient: self.is_transient.as_ref().and_then(flag),
            status,
            transport: None,
        };
        Error {
            class: classify(&facts),
            code: facts.code,
            subcode: facts.subcode,
            status: Some(status),
            fbtrace_id: text(&self.fbtrace_id),
            message: facts.message,
            retry_in: None,
            transport: None,
        }
    }
}
