//! One HTTP exchange, and what can go wrong on the way, in words without a URL.

use std::time::Duration;

use reqwest::header::HeaderMap;

use super::classify::Transport;
use super::error::Error;
use super::usage::Usage;

/// A body larger than this is no page that was asked for.
const LARGEST_BODY: usize = 64 << 20;

/// An answer, whatever it says.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: u16,
    pub usage: Usage,
    /// The version that served the call.
    pub version: Option<String>,
    /// What Meta says of the version that was asked for.
    pub version_warning: Option<String>,
    pub body: String,
    /// Whether the body was too large to be read.
    pub is_oversize: bool,
}

/// Sends a request and reads the whole answer.
pub(super) async fn exchange(
    http: &reqwest::Client,
    request: reqwest::Request,
    account: Option<&str>,
) -> Result<Answer, reqwest::Error> {
    let mut response = http.execute(request).await?;
    let status = response.status().as_u16();
    let usage = Usage::from_headers(response.headers(), account);
    let version = text(response.headers(), "facebook-api-version");
    let version_warning = text(response.headers(), "x-ad-api-version-warning");
    // What comes compressed says nothing of its length.
    let length = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
    let mut body = Vec::with_capacity(length.min(LARGEST_BODY));
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > LARGEST_BODY {
            let body = String::new();
            return Ok(Answer { status, usage, version, version_warning, body, is_oversize: true });
        }
        body.extend_from_slice(&chunk);
    }
    let body = String::from_utf8(body).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    Ok(Answer { status, usage, version, version_warning, body, is_oversize: false })
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?;
    // It goes into a table: a header of any length is not worth keeping.
    Some(text.chars().take(200).collect())
}

/// A connection that failed. The error's own words hold the URL, and with it the proof.
pub(super) fn broken(error: reqwest::Error, request_timeout: Duration) -> Error {
    let error = error.without_url();
    if error.is_timeout() {
        let message = format!("Meta did not answer within {}", humantime::format_duration(request_timeout));
        Error::on_the_way(Transport::TimedOut, message)
    } else if error.is_connect() {
        Error::on_the_way(Transport::Unreachable, format!("Meta cannot be reached: {}", reason(&error)))
    } else {
        Error::on_the_way(Transport::Broken, format!("the connection to Meta broke: {}", reason(&error)))
    }
}

/// The innermost cause: the outer ones only say that something failed.
pub(super) fn reason(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
