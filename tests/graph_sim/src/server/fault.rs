//! Fault switches: what can go wrong. A new one is a variant here and an arm in `error`, `tweak` or in `spoil`.
use crate::api::ctx::Tweaks;
use crate::api::error::GraphError;
use crate::api::known::KnownError;
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
    /// An error of the list of known ones, by its codes.
    Known {
        /// The code; none for the rows without one.
        #[serde(default)]
        code: Option<i64>,
        /// The subcode.
        #[serde(default)]
        subcode: Option<i64>,
        /// Which of the rows that share both, from 0.
        #[serde(default)]
        nth: usize,
        /// The HTTP status, instead of the one it was seen with most.
        #[serde(default)]
        status: Option<u16>,
        /// With 80000 and 80004: minutes that the usage header names.
        #[serde(default)]
        minutes: Option<i64>,
    },
    /// A part of a batch did not run in time: it is null. Calls of their own pass.
    NullPart,
    /// A question that is too large is refused, whatever makes it so.
    TooLarge {
        /// Rows that still pass: of the page, or of the whole question where the face is `data_points`.
        #[serde(default)]
        rows: Option<usize>,
        /// Fields that still pass, nested ones too.
        #[serde(default)]
        fields: Option<usize>,
        /// Rows times fields that still pass.
        #[serde(default)]
        cells: Option<usize>,
        /// In which words it is refused.
        #[serde(default)]
        face: Face,
    },
    /// Rows are missing from the page, without any sign of it; totals stay right.
    DropRows {
        /// Place of the first missing row on the page, from 0.
        #[serde(default)]
        from: usize,
        /// How many are missing.
        rows: usize,
    },
    /// A row comes twice on the page, without any sign of it; totals stay right.
    RepeatRow {
        /// The row's place on the page, from 0; of a shorter page the last.
        row: usize,
    },
    /// A field of the page's rows has another value; totals stay right.
    SetField {
        /// Its name.
        field: String,
        /// The value as JSON: `"\"1.25\""` for a text.
        json: String,
        /// The row's place on the page, from 0; without it all rows.
        #[serde(default)]
        row: Option<usize>,
    },
    /// The JSON is written as older answers were: `\/` for a slash, `\u00e9` for what is not ASCII.
    Escaped,
    /// The id of a report run is a bare number, as the documentation shows it.
    NumberId,
}

/// The words in which too much data is refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Face {
    /// Code 1 "Please reduce the amount of data", HTTP 500.
    #[default]
    Reduce,
    /// 100/1487534, HTTP 400.
    DataPoints,
    /// 1/99 "An unknown error occurred", HTTP 500: nothing in it says that less would help.
    Unknown,
    /// 100/1504018 "Request Timed Out", HTTP 400.
    TimedOut,
    /// 2/1504038 "Request Timed Out", HTTP 500.
    TimedOutTransient,
}

impl Face {
    /// Makes the refusal.
    pub(super) fn error(self) -> GraphError {
        let (code, subcode, nth, status) = match self {
            Self::Reduce => (1, None, 1, 500),
            Self::DataPoints => (100, Some(1_487_534), 0, 400),
            Self::Unknown => (1, Some(99), 0, 500),
            Self::TimedOut => (100, Some(1_504_018), 0, 400),
            Self::TimedOutTransient => (2, Some(1_504_038), 0, 500),
        };
        KnownError::find(Some(code), subcode, nth)
            .map_or_else(|| GraphError::new(code, "unlisted"), |row| row.error(Some(status)))
    }
}

impl Fault {
    /// Makes the fault of a known error by its codes.
    pub fn known(code: i64, subcode: Option<i64>) -> Self {
        Self::Known { code: Some(code), subcode, nth: 0, status: None, minutes: None }
    }

    /// Makes the fault of a row of the list, with one of its statuses.
    pub fn row(row: &KnownError, status: Option<u16>) -> Self {
        Self::Known { code: row.code, subcode: row.subcode, nth: row.nth(), status, minutes: None }
    }

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
            Self::Known { code, subcode, nth, status, .. } => match KnownError::find(*code, *subcode, *nth) {
                Some(row) if row.is_bare() => return None,
                Some(row) => row.error(*status),
                None => {
                    GraphError { subcode: *subcode, code: *code, ..GraphError::new(0, "An error that no list has") }
                }
            },
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
}
