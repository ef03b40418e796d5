//! The page that says why there is no other.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::super::Refused;
use super::super::frame::{Frame, render};
use super::super::words::said;

#[derive(Template)]
#[template(path = "trouble.html", config = ".askama.toml")]
struct TroublePage {
    frame: Frame,
    reason: String,
    /// Whether it may be over by itself: then the page is asked for again.
    passes: bool,
}

/// Says in words why there is nothing to see.
pub(in super::super) fn trouble(status: StatusCode, reason: impl Into<String>) -> Response {
    let page = TroublePage {
        frame: Frame::bare("/"),
        reason: said(&reason.into()),
        passes: status == StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, render(&page)).into_response()
}

/// The same for a refusal.
pub(in super::super) fn refused(Refused { kind, text }: Refused) -> Response {
    trouble(kind.status(), text)
}
