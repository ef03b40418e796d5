//! The form in which a person types a token, once.

use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::Utc;
use tracing::warn;

use super::super::Shared;
use super::super::frame::{Frame, render};
use super::super::guard::is_from_here;
use super::super::shield::closed;
use super::trouble::trouble;

/// What another site's form is told.
pub(in super::super) const FOREIGN: &str =
    "this was sent from a page that is not adsync's: open this page itself and do it there";

#[derive(Template)]
#[template(path = "login.html", config = ".askama.toml")]
struct LoginPage {
    frame: Frame,
    /// Which tokens open something: `the read token`.
    token: &'static str,
    variables: &'static str,
    /// What was wanted and why it is not given.
    reason: Option<String>,
}

impl Shared {
    /// Refuses whoever may not read, with the form in which to type the token; `path` is where it leads.
    pub(in super::super) fn refusal_page(&self, headers: &HeaderMap, path: &str) -> Option<Response> {
        if let Some(reason) = closed(&self.state, headers) {
            return Some(trouble(StatusCode::FORBIDDEN, reason));
        }
        if self.guard.admits(headers, Utc::now()) { None } else { Some(self.login_page(path, None)) }
    }

    /// Shows the form.
    pub(in super::super) fn login_page(&self, path: &str, reason: Option<String>) -> Response {
        let (token, variables) = match self.guard.has_tokens() {
            (true, true) => ("Read token or admin token", "ADSYNC_READ_TOKEN, or ADSYNC_ADMIN_TOKEN to act"),
            (true, false) => ("Read token", "ADSYNC_READ_TOKEN"),
            (false, _) => ("Admin token", "ADSYNC_ADMIN_TOKEN"),
        };
        let page = LoginPage { frame: Frame::bare(local(path)), token, variables, reason };
        (StatusCode::UNAUTHORIZED, render(&page)).into_response()
    }
}

/// Shows the form to whoever wants to act, or leads on where nothing is to be typed.
pub(in super::super) async fn form(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let path = field(query.unwrap_or_default().as_bytes(), "path").unwrap_or_default();
    let is_done = match shared.guard.has_tokens() {
        (_, true) => shared.guard.login(&headers, Utc::now()).is_some_and(|login| login.may_act),
        (true, false) => shared.guard.login(&headers, Utc::now()).is_some(),
        (false, false) => true,
    };
    if is_done {
        return Redirect::to(local(&path)).into_response();
    }
    let mut page = shared.login_page(&path, None);
    *page.status_mut() = StatusCode::OK;
    page
}

/// Takes the form.
pub(in super::super) async fn login(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    if !is_from_here(&headers) {
        return trouble(StatusCode::FORBIDDEN, FOREIGN);
    }
    let path = field(&body, "path").unwrap_or_default();
    if shared.guard.has_tokens() == (false, false) {
        return Redirect::to(local(&path)).into_response();
    }
    let shown = field(&body, "token").unwrap_or_default();
    match shared.guard.open(shown.trim(), &headers, Utc::now()) {
        Some(cookie) => ([(header::SET_COOKIE, cookie)], Redirect::to(local(&path))).into_response(),
        None => {
            warn!("a login to the status page was refused");
            shared.login_page(&path, Some("That is not the token.".to_owned()))
        }
    }
}

/// Ends a login in this browser.
pub(in super::super) async fn logout(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    if !is_from_here(&headers) {
        return trouble(StatusCode::FORBIDDEN, FOREIGN);
    }
    let closed = shared.guard.close(&headers).map(|cookie| [(header::SET_COOKIE, cookie)]);
    (closed, Redirect::to("/")).into_response()
}

/// A field of a form.
pub(in super::super) fn field(body: &[u8], name: &str) -> Option<String> {
    url::form_urlencoded::parse(body).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// A path of this page and no other: whoever sends somebody here with another's address gets nowhere.
pub(in super::super) fn local(path: &str) -> &str {
    let is_local = path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\' && byte != b'"');
    if is_local { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_leads_to_no_other_host() {
        for path in ["/", "/runs/01?limit=3", "/accounts/act_1#map"] {
            assert_eq!(local(path), path);
        }
        for path in ["", "https://there", "//there", "/\\there", "/a\r\nb", "/\u{e9}", "javascript:1", "runs"] {
            assert_eq!(local(path), "/", "{path:?}");
        }
    }
}
