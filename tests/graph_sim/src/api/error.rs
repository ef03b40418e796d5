//! Errors as Meta writes them: the envelope, and the refusals that the simulator knows by itself.
use super::reply::Reply;
use crate::json::Json;
use serde::{Deserialize, Serialize};

/// One error answer. What is `None` is left out of the envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GraphError {
    /// HTTP status; no key to the kind of error (400, 403 and 500 all occur for throttles and mistakes).
    pub status: u16,
    /// English text.
    pub message: String,
    /// `OAuthException` nearly always.
    #[serde(rename = "type", default)]
    pub kind: Option<Box<str>>,
    /// The code.
    #[serde(default)]
    pub code: Option<i64>,
    /// The subcode.
    #[serde(rename = "error_subcode", default)]
    pub subcode: Option<i64>,
    /// Whether Meta says that a repeat may help.
    #[serde(default)]
    pub is_transient: Option<bool>,
    /// Title for people.
    #[serde(rename = "error_user_title", default)]
    pub user_title: Option<Box<str>>,
    /// Sentence for people.
    #[serde(rename = "error_user_msg", default)]
    pub user_msg: Option<Box<str>>,
    /// What Meta adds for programs, such as the fields to blame.
    #[serde(default)]
    pub error_data: Option<Box<serde_json::Value>>,
}

impl GraphError {
    /// Makes an `OAuthException` with HTTP 400.
    pub fn new(code: i64, message: impl Into<String>) -> Self {
        Self {
            status: 400,
            message: message.into(),
            kind: Some("OAuthException".into()),
            code: Some(code),
            subcode: None,
            is_transient: None,
            user_title: None,
            user_msg: None,
            error_data: None,
        }
    }

    /// Makes the refusal of a parameter: code 100.
    pub fn bad(message: impl AsRef<str>) -> Self {
        Self::new(100, format!("(#100) {}", message.as_ref()))
    }

    /// Makes a code 100 of type `GraphMethodException`.
    pub fn method(message: impl Into<String>) -> Self {
        Self::new(100, message).kind("GraphMethodException")
    }

    /// Makes the answer for an id that does not exist or may not be seen: both look alike.
    pub fn no_object(id: &str) -> Self {
        Self::method(format!(
            "Unsupported get request. Object with ID '{id}' does not exist, cannot be loaded due to missing \
             permissions, or does not support this operation. Please read the Graph API documentation at \
             https://developers.facebook.com/docs/graph-api"
        ))
        .subcode(33)
    }

    /// Makes the refusal of a field that an object does not have.
    pub fn no_field(field: &str, node_type: &str) -> Self {
        Self::bad(format!("Tried accessing nonexisting field ({field}) on node type ({node_type})"))
    }

    /// Sets the HTTP status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Sets the subcode.
    #[must_use]
    pub fn subcode(mut self, subcode: i64) -> Self {
        self.subcode = Some(subcode);
        self
    }

    /// Sets the type.
    #[must_use]
    pub fn kind(mut self, kind: &str) -> Self {
        self.kind = Some(kind.into());
        self
    }

    /// Sets `is_transient`.
    #[must_use]
    pub fn transient(mut self, is_transient: bool) -> Self {
        self.is_transient = Some(is_transient);
        self
    }

    /// Sets the words for people.
    #[must_use]
    pub fn user(mut self, title: &str, message: &str) -> Self {
        self.user_title = Some(title.into());
        self.user_msg = Some(message.into());
        self
    }

    /// Writes the answer.
    pub fn reply(&self) -> Reply {
        let mut json = Json::default();
        json.open('{');
        json.key("error");
        json.open('{');
        json.text_at("message", &self.message);
        let texts = [("type", &self.kind)];
        for (key, text) in texts.into_iter().filter_map(|(key, text)| Some((key, text.as_ref()?))) {
            json.text_at(key, text);
        }
        if let Some(is_transient) = self.is_transient {
            json.raw_at("is_transient", if is_transient { "true" } else { "false" });
        }
        for (key, number) in [("code", self.code), ("error_subcode", self.subcode)] {
            if let Some(number) = number {
                json.raw_at(key, &number.to_string());
            }
        }
        let texts = [("error_user_title", &self.user_title), ("error_user_msg", &self.user_msg)];
        for (key, text) in texts.into_iter().filter_map(|(key, text)| Some((key, text.as_ref()?))) {
            json.text_at(key, text);
        }
        if let Some(data) = &self.error_data {
            json.raw_at("error_data", &data.to_string());
        }
        json.text_at("fbtrace_id", "AsimTrace0000000000001");
        json.close('}');
        json.close('}');
        let reason = match self.code {
            Some(190 | 102 | 104) => "invalid_token",
            Some(803) => "not_found",
            _ => "invalid_request",
        };
        // Not RFC 7235: strict parsers fail on the real header too. Header values must stay ASCII.
        let told: String = self.message.chars().filter(|c| c.is_ascii() && !c.is_ascii_control()).collect();
        Reply::new(self.status, json.finish())
            .header("www-authenticate", format!("OAuth \"Facebook Platform\" \"{reason}\" \"{told}\""))
            .header("cache-control", "no-store".to_owned())
    }
}
