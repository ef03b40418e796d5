//! Answers for machines: is it alive, can it work, and its counters.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::Utc;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tracing::error;

use super::shield::closed;
use super::{Shared, Source};
use crate::metrics::CONTENT_TYPE;

/// How long an answer on readiness is believed.
const BELIEVED: Duration = Duration::from_secs(1);

/// Whether the daemon can do its work: asked once for all who ask meanwhile or soon after, since everybody may ask.
#[derive(Debug, Default)]
pub(super) struct Readiness {
    last: Mutex<Option<(Instant, Result<(), String>)>>,
}

impl Readiness {
    async fn of(&self, ready: &Source<()>) -> Result<(), String> {
        let mut last = self.last.lock().await;
        if let Some((at, answer)) = &*last
            && at.elapsed() < BELIEVED
        {
            return answer.clone();
        }
        let answer = ready().await;
        *last = Some((Instant::now(), answer.clone()));
        answer
    }
}

/// Answers as long as the process lives.
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// Tells whether the daemon can do its work, or why not.
pub(super) async fn readyz(State(shared): State<Arc<Shared>>) -> Response {
    match shared.readiness.of(&shared.state.ready).await {
        Ok(()) => "ready\n".into_response(),
        Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")).into_response(),
    }
}

/// Shows the counters.
pub(super) async fn metrics(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    if let Some(reason) = closed(&shared.state, &headers) {
        return (StatusCode::FORBIDDEN, format!("{reason}\n")).into_response();
    }
    if !shared.guard.admits(&headers, Utc::now()) {
        let challenge = [(header::WWW_AUTHENTICATE, "Bearer")];
        return (StatusCode::UNAUTHORIZED, challenge, "send ADSYNC_READ_TOKEN as a bearer token\n").into_response();
    }
    match shared.state.metrics.encode() {
        Ok(text) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        Err(error) => {
            error!(error = %error, "the metrics could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Answers for a path that is not there.
pub(super) async fn not_found() -> (StatusCode, &'static str) {
    (StatusCode::NOT_FOUND, "there is nothing here\n")
}
