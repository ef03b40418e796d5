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

/// How long it is believed that the daemon is ready.
const BELIEVED: Duration = Duration::from_secs(1);
/// How long it is believed that it is not: whoever waits for it shall not wait for this.
const DOUBTED: Duration = Duration::from_millis(20);

/// Whether the daemon can do its work: asked once for all who ask meanwhile or soon after, since everybody may ask.
#[derive(Debug, Default)]
pub(super) struct Readiness {
    last: Mutex<Option<(Instant, Result<(), String>)>>,
}

impl Readiness {
    async fn of(&self, ready: &Source<()>) -> Result<(), String> {
        let mut last = self.last.lock().await;
        if let Some((at, answer)) = &*last
            && at.elapsed() < if answer.is_ok() { BELIEVED } else { DOUBTED }
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_ready_daemon_is_asked_once_a_second_and_one_that_becomes_ready_says_so_at_once() {
        let asked = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&asked);
        let ready: Source<()> = Arc::new(move || {
            let number = count.fetch_add(1, Ordering::Relaxed);
            Box::pin(async move { if number == 0 { Err("it starts".to_owned()) } else { Ok(()) } })
        });
        let readiness = Readiness::default();
        assert_eq!(readiness.of(&ready).await, Err("it starts".to_owned()));
        assert_eq!(readiness.of(&ready).await, Err("it starts".to_owned()));
        tokio::time::advance(DOUBTED).await;
        assert_eq!(readiness.of(&ready).await, Ok(()));
        tokio::time::advance(DOUBTED).await;
        assert_eq!(readiness.of(&ready).await, Ok(()));
        assert_eq!(asked.load(Ordering::Relaxed), 2);
        tokio::time::advance(BELIEVED).await;
        assert_eq!(readiness.of(&ready).await, Ok(()));
        assert_eq!(asked.load(Ordering::Relaxed), 3);
    }
}
