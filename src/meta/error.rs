//! What went wrong with a call, as a class that decides what happens next, and a sentence that tells a person what to do.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;

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
        }
    }

    /// The error of an answer: Meta's error object where the body has one, else what the status tells.
    pub fn from_answer(status: u16, body: &str) -> Self {
        match serde_json::from_str::<Envelope>(body) {
            Ok(Envelope { error: Some(fault) }) => fault.into_error(status),
            _ if (200..300).contains(&status) => Self {
                status: Some(status),
                ..Self::plain(Class::Malformed, "the answer is not what the API documents")
            },
            _ => Self {
                status: Some(status),
                ..Self::plain(class_of_status(status), format!("HTTP {status} without an error object"))
            },
        }
    }

    /// Takes every appearance of the given secrets out of the message: Meta repeats a malformed token in its answer.
    pub fn without(mut self, secrets: &[&str]) -> Self {
        for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
            self.message = self.message.replace(secret, "[secret]");
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
            is_transient: self.is_transient.as_ref().and_then(serde_json::Value::as_bool),
            status,
        };
        Error {
            class: classify(&facts),
            code: facts.code,
            subcode: facts.subcode,
            status: Some(status),
            fbtrace_id: text(&self.fbtrace_id),
            message: facts.message,
            retry_in: None,
        }
    }
}

/// All that an error answer says, in the form that `classify` judges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// `error.code`.
    pub code: Option<i64>,
    /// `error.error_subcode`.
    pub subcode: Option<i64>,
    /// `error.type`.
    pub kind: String,
    /// `error.message`: always English; the user title and message are in the reader's language and never judged.
    pub message: String,
    /// `error.is_transient`: true means retry, false means nothing (it was recorded on a throttle).
    pub is_transient: Option<bool>,
    /// The HTTP status: the last resort, since the same code comes with several.
    pub status: u16,
}

/// Tells the class of an error answer: by code and subcode, then by the texts that tell one code's meanings apart,
/// then by code, then by Meta's own flag, then by the HTTP status.
pub fn classify(facts: &Facts) -> Class {
    let Some(code) = facts.code else {
        return if facts.is_transient == Some(true) { Class::Transient } else { class_of_status(facts.status) };
    };
    let known = class_of_subcode(code, facts.subcode).or_else(|| class_of_text(code, facts)).or(class_of_code(code));
    known.unwrap_or(match facts.is_transient {
        Some(true) => Class::Transient,
        _ if facts.status >= 500 => Class::Transient,
        _ => Class::Unknown,
    })
}

fn class_of_subcode(code: i64, subcode: Option<i64>) -> Option<Class> {
    Some(match (code, subcode?) {
        (1, 2_853_001) => Class::Invalid,
        (2, 1_504_038) | (100, 1_504_018 | 1_487_534) | (-3, 1_504_045) => Class::TooMuchData,
        (2, 1_504_041 | 1_504_042) | (100, 1_815_001) => Class::Invalid,
        (2, 1_504_043 | 1_504_044) | (2601, 1_815_107) | (-2, 2_490_547) => Class::Transient,
        (100, 33 | 3_191_001) | (200, 1_870_034) => Class::Permission,
        (4, 1_504_022 | 1_504_039) => Class::Throttle,
        _ => return None,
    })
}

/// The codes that carry several meanings under one number: only their English message tells which.
fn class_of_text(code: i64, facts: &Facts) -> Option<Class> {
    let says = |part: &str| facts.message.to_ascii_lowercase().contains(part);
    Some(match code {
        1 if says("reduce the amount of data") => Class::TooMuchData,
        100 if says("appsecret_proof") => Class::Auth,
        100 if says("missing permission") => Class::Permission,
        190 if says("permission") && facts.subcode.is_none() => Class::Permission,
        2500 if says("access token") => Class::Auth,
        _ => return None,
    })
}

fn class_of_code(code: i64) -> Option<Class> {
    Some(match code {
        1 | 2 | 960 | 2601 => Class::Transient,
        4 | 17 | 32 | 341 | 613 | 80_000..=80_014 => Class::Throttle,
        102 | 104 | 190 => Class::Auth,
        3 | 10 | 200..=299 | 368 => Class::Permission,
        12 | 100 | 506 | 803 | 2500 | 2635 | 3018 | 1_487_901 => Class::Invalid,
        i64::MIN..=-1 => Class::Transient,
        _ => return None,
    })
}

fn class_of_status(status: u16) -> Class {
    match status {
        408 | 429 | 500..=599 => Class::Transient,
        401 => Class::Auth,
        403 => Class::Permission,
        400..=499 => Class::Invalid,
        _ => Class::Unknown,
    }
}
