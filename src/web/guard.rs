//! Who may read, and who may act.
//!
//! Reading: whoever shows the read token in a header, or once in the login form.
//!
//! A login is a random id in a cookie that no script and no other site can use, and in memory here: it ends with the
//! browser's session or with the process.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use tracing::{error, warn};
use uuid::Uuid;

use super::Shared;

/// The name of the cookie.
const COOKIE: &str = "adsync_session";

/// Logins remembered; the oldest gives way.
const SESSIONS: usize = 64;

/// Whether a request may change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admits {
    /// It shows the token.
    Yes,
    /// It does not.
    No,
    /// There is no token that anybody could show.
    Nobody,
}

/// Decides who may read, and who may act.
#[derive(Debug)]
pub(super) struct Guard {
    token: Option<SecretString>,
    admin_token: Option<SecretString>,
    sessions: Mutex<VecDeque<String>>,
}

impl Guard {
    pub(super) fn new(token: Option<SecretString>, admin_token: Option<SecretString>) -> Self {
        Self { token, admin_token, sessions: Mutex::default() }
    }

    /// Tells whether a request may change something.
    pub(super) fn admits_to_act(&self, headers: &HeaderMap) -> Admits {
        let Some(token) = &self.admin_token else { return Admits::Nobody };
        if bearer(headers).is_some_and(|shown| same(shown, token)) { Admits::Yes } else { Admits::No }
    }

    /// Tells whether a request shows the token in its header; without one to show, every request does.
    pub(super) fn has_token(&self, headers: &HeaderMap) -> bool {
        let Some(token) = &self.token else { return true };
        bearer(headers).is_some_and(|shown| same(shown, token))
    }

    /// Tells whether a request may read, by token or by login.
    pub(super) fn admits(&self, headers: &HeaderMap) -> bool {
        if self.has_token(headers) || self.admits_to_act(headers) == Admits::Yes {
            return true;
        }
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        cookies(headers).any(|shown| sessions.iter().any(|session| session == shown))
    }

    /// Opens a session and gives its id.
    fn open(&self) -> String {
        let id = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if sessions.len() >= SESSIONS {
            sessions.pop_front();
        }
        sessions.push_back(id.clone());
        id
    }
}

/// Takes the login form.
pub(super) async fn login(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(token) = &shared.guard.token else { return Redirect::to("/").into_response() };
    let shown = url::form_urlencoded::parse(&body).find(|(name, _)| name == "token");
    if !shown.is_some_and(|(_, value)| same(value.trim(), token)) {
        warn!("a login to the status page was refused");
        return login_page(true);
    }
    // A browser drops a cookie marked so on plain http, which is how a page on loopback is read.
    let secure = headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https");
    let mark = if secure { "; Secure" } else { "" };
    let cookie = format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Strict{mark}", shared.guard.open());
    ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response()
}

/// Answers whoever reloads or keeps the form's address.
pub(super) async fn to_page() -> Redirect {
    Redirect::to("/")
}

#[derive(Template)]
#[template(path = "login.html", config = ".askama.toml")]
struct LoginPage {
    refused: bool,
}

/// Shows the login form.
pub(super) fn login_page(refused: bool) -> Response {
    (StatusCode::UNAUTHORIZED, render(&LoginPage { refused })).into_response()
}

/// Renders a page.
pub(super) fn render(page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => Html(text).into_response(),
        Err(error) => {
            error!(error = %error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Compares by digest, so that the time it takes tells nothing about the token.
fn same(shown: &str, token: &SecretString) -> bool {
    Sha256::digest(shown.as_bytes()) == Sha256::digest(token.expose_secret().as_bytes())
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

fn cookies(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value)
}
