//! Every error that Meta documents or that was recorded, row by row: the same list that the product is judged by.
use super::error::GraphError;
use super::reply::Reply;
use serde::Deserialize;
use std::sync::LazyLock;

/// One row of the list.
#[derive(Debug, Clone, Deserialize)]
pub struct KnownError {
    /// The code; none for answers without an envelope.
    pub code: Option<i64>,
    /// The subcode.
    pub subcode: Option<i64>,
    /// Statuses it was seen with, the most likely first.
    pub http_status: Vec<u16>,
    /// `OAuthException` nearly always.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The text, with names in braces where something of the call stands; ` / ` parts alternatives.
    pub message_shape: String,
    /// What the evidence says about it: `transient`, `throttle`, `auth` and so on.
    pub class: String,
    /// The flag where it was seen.
    pub is_transient: Option<bool>,
    /// Which calls it was seen on.
    #[serde(rename = "where")]
    pub place: Option<String>,
    /// Title for people.
    pub error_user_title: Option<String>,
    /// Sentence for people.
    pub error_user_msg: Option<String>,
    /// What Meta adds for programs.
    pub error_data: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct List {
    errors: Vec<KnownError>,
}

static LIST: LazyLock<Vec<KnownError>> = LazyLock::new(|| {
    serde_json::from_str::<List>(include_str!("../../../data/errors.json")).map(|list| list.errors).unwrap_or_default()
});

/// What stands where a message has a name in braces.
const FILLINGS: [(&str, &str); 11] = [
    ("{ad_account_id}", "1029384756102938"),
    ("{app_id}", "634900000000001"),
    ("{Weekday, DD-Mon-YY HH:MM:SS PDT}", "Friday, 20-Nov-26 05:00:00 PST"),
    ("{id}", "120211000000099999"),
    ("{path}", "act_1029384756102938/nonsense"),
    ("{scope}", "ads_management"),
    ("{field}", "colour"),
    ("{NodeType}", "Campaign"),
    ("{version}", "v26.0"),
    ("{alias}", "some_page"),
    ("{explanation of the bad parameter}", "Invalid parameter"),
];

impl KnownError {
    /// Gives all rows in their order.
    pub fn all() -> &'static [Self] {
        &LIST
    }

    /// Finds the row of a code and subcode; `nth` counts the rows that share both, from 0.
    pub fn find(code: Option<i64>, subcode: Option<i64>, nth: usize) -> Option<&'static Self> {
        Self::all().iter().filter(|row| row.code == code && row.subcode == subcode).nth(nth)
    }

    /// Says which of the rows that share its code and subcode it is, from 0.
    pub fn nth(&self) -> usize {
        let is_alike = |row: &&Self| row.code == self.code && row.subcode == self.subcode;
        Self::all().iter().filter(is_alike).position(|row| std::ptr::eq(row, self)).unwrap_or(0)
    }

    /// Says whether its answer has no JSON at all.
    pub fn is_bare(&self) -> bool {
        self.kind.is_none() && self.message_shape.starts_with('(')
    }

    /// Writes the message: the first alternative, with something likely where a name stands in braces.
    pub fn message(&self) -> String {
        let first = self.message_shape.split(" / ").next().unwrap_or_default().to_owned();
        let full = FILLINGS.iter().fold(first, |text, (name, filling)| text.replace(name, filling));
        full.replace(['{', '}'], "")
    }

    /// Makes the error, with the first of its statuses or the one that is asked.
    pub fn error(&self, status: Option<u16>) -> GraphError {
        // The row of all unlisted errors stands for a code that no list has.
        let code = if self.class == "unknown" { Some(self.code.unwrap_or(9_876_543)) } else { self.code };
        GraphError {
            status: status.or(self.http_status.first().copied()).unwrap_or(400),
            message: self.message(),
            kind: self.kind.as_deref().map(Into::into),
            code,
            subcode: self.subcode,
            is_transient: self.is_transient,
            user_title: self.error_user_title.as_deref().map(Into::into),
            user_msg: self.error_user_msg.as_deref().map(Into::into),
            error_data: self.error_data.clone().map(Box::new),
        }
    }

    /// Writes the answer of a row without JSON: nothing, or a page for people.
    pub fn bare_reply(&self, status: Option<u16>) -> Reply {
        let status = status.or(self.http_status.first().copied()).unwrap_or(500);
        let body = if self.message_shape.starts_with("(empty") {
            ""
        } else {
            "<!DOCTYPE html><html><head><title>Error</title></head><body>Sorry, something went wrong.</body></html>"
        };
        Reply::new(status, body.to_owned()).header("content-type", "text/html; charset=utf-8".to_owned())
    }
}
