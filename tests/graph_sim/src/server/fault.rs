//! Fault switches: what can go wrong. A new one is a variant here and an arm in `error`, `tweak` or `after`.
use crate::api::ctx::Tweaks;
use crate::api::error::GraphError;
use crate::api::reply::Reply;
use serde::{Deserialize, Serialize};

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fault {
    /// Code 2, `is_transient` true, HTTP 500.
    Transient,
    /// Code 1 "An unknown error occurred", HTTP 500.
    Unknown,
    /// HTTP 502 with a page of HTML.
    BadGateway,
    /// HTTP 200 with nothing in it.
    EmptyBody,
    /// HTTP 200 with half of the JSON.
    Truncated,
    /// HTTP 200 with the text "Service Unavailable".
    TextOk,
    /// The connection closes without an answer.
    Drop,
    /// The connection closes in the middle of the body.
    Cut,
    /// No answer ever comes.
    Hang,
    /// The answer comes later.
    Slow {
        /// By so many milliseconds.
        ms: u64,
    },
    /// 80000/2446079 with the minutes in the usage header, HTTP 400.
    ThrottleInsights {
        /// Minutes until calls are served again.
        minutes: i64,
    },
    /// 80004/2446079 with the minutes in the usage header, HTTP 400.
    ThrottleManagement {
        /// Minutes until calls are served again.
        minutes: i64,
    },
    /// 17/2446079, `is_transient` false although waiting helps.
    ThrottleAccount,
    /// 4/1504022 for the whole app, HTTP 403.
    ThrottleApp,
    /// Code 1 "Please reduce the amount of data", HTTP 500, where the page has more rows than this.
    TooMuchData {
        /// Rows that still pass.
        #[serde(default)]
        rows: usize,
    },
    /// 100/1487534, HTTP 400, where the question has more rows than this.
    TooManyRows {
        /// Rows that still pass.
        #[serde(default)]
        rows: usize,
    },
    /// 190/463, HTTP 400.
    ExpiredToken,
    /// Code 200, HTTP 403.
    Forbidden,
    /// A page without rows that still has a next.
    EmptyPage,
    /// Pages that are shorter than asked.
    ShortPage {
        /// Rows on a page.
        rows: usize,
    },
    /// The cursor has died; only calls that bring one fail.
    ExpiredCursor,
    /// `data` is an object instead of a list.
    DataKind,
    /// `paging` is a list instead of an object.
    PagingKind,
    /// The call was upgraded to another version, as a header says.
    VersionWarning,
    /// A field exists no more.
    RetiredField {
        /// Its name.
        field: String,
    },
    /// Any other error.
    Error {
        /// What is answered.
        error: GraphError,
    },
}

impl Fault {
    /// Gives the error that stands instead of any answer.
    pub(super) fn error(&self) -> Option<GraphError> {
        let too_many = "There have been too many calls from this";
        Some(match self {
            Self::Transient => GraphError::new(2, "(#2) Service temporarily unavailable").status(500).transient(true),
            Self::Unknown => GraphError::new(1, "An unknown error occurred").status(500),
            Self::ThrottleAccount => {
                GraphError::new(17, "User request limit reached").subcode(2_446_079).transient(false).user(
                    "Ad Account Has Too Many API Calls",
                    &format!("{too_many} ad-account. Please wait a bit and try again."),
                )
            }
            Self::ThrottleApp => GraphError::new(4, "(#4) Application request limit reached")
                .subcode(1_504_022)
                .status(403)
                .user("Too many API requests", &format!("{too_many} app. Wait a bit and try again.")),
            Self::ExpiredToken => GraphError::new(
                190,
                "Error validating access token: Session has expired on Friday, 20-Nov-26 05:00:00 PST. The current \
                 time is Monday, 23-Nov-26 04:10:11 PST.",
            )
            .subcode(463),
            Self::Forbidden => {
                GraphError::new(200, "(#200) Ad account owner has NOT grant ads_management or ads_read permission")
                    .status(403)
            }
            Self::ExpiredCursor => crate::api::cursor::invalid(),
            Self::Error { error } => error.clone(),
            _ => return None,
        })
    }

    /// Changes what is answered inside.
    pub(super) fn tweak(&self, tweaks: &mut Tweaks) {
        match self {
            Self::EmptyPage => tweaks.is_empty_page = true,
            Self::ShortPage { rows } => tweaks.page_cap = Some(*rows),
            Self::RetiredField { field } => tweaks.retired.push(field.clone()),
            _ => {}
        }
    }

    /// Changes an answer that was made.
    pub(super) fn after(&self, reply: Reply) -> Reply {
        let text = |status: u16, body: &str, kind: &str| {
            Reply::new(status, body.to_owned()).header("content-type", kind.to_owned())
        };
        match self {
            Self::BadGateway => text(
                502,
                "<!DOCTYPE html><html><head><title>Error</title></head><body>Bad Gateway</body></html>",
                "text/html; charset=utf-8",
            ),
            Self::EmptyBody => Reply { body: String::new(), ..reply },
            Self::TextOk => text(200, "Service Unavailable", "text/plain; charset=utf-8"),
            Self::Truncated => {
                let half = reply.body.chars().count() / 2;
                Reply { body: reply.body.chars().take(half).collect(), ..reply }
            }
            Self::TooMuchData { rows } if reply.page_rows > *rows => {
                // Recorded without a type.
                let mut error =
                    GraphError::new(1, "Please reduce the amount of data you're asking for, then retry your request");
                error.kind = None;
                error.status(500).reply()
            }
            Self::TooManyRows { rows } if reply.total_rows > *rows => GraphError::new(100, "(#100) Invalid parameter")
                .subcode(1_487_534)
                .user(
                    "Too much data was requested",
                    "Please reduce the amount of data you're asking for, then retry your request",
                )
                .reply(),
            Self::DataKind => replace(reply, "data", "{\"unexpected\":\"object\"}"),
            Self::PagingKind => replace(reply, "paging", "[\"unexpected\"]"),
            Self::VersionWarning => reply.header(
                "x-ad-api-version-warning",
                "The call has been auto-upgraded to v26.0 as v25.0 will be deprecated.".to_owned(),
            ),
            _ => reply,
        }
    }
}

fn replace(reply: Reply, key: &str, json: &str) -> Reply {
    let Ok(serde_json::Value::Object(mut body)) = serde_json::from_str(&reply.body) else {
        return reply;
    };
    body.insert(key.to_owned(), serde_json::from_str(json).unwrap_or_default());
    Reply { body: serde_json::Value::Object(body).to_string(), ..reply }
}
