//! *What people see*: the status page, health, readiness and metrics, over plain HTTP.
//!
//! The router answers from functions it is given and keeps nothing of its readers.

mod api;
mod assets;
mod frame;
mod guard;
mod health;
mod moment;
mod note;
mod number;
mod pages;
mod place;
mod seats;
mod session;
mod shield;
mod words;

use std::fmt;
use std::future::IntoFuture;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{from_fn, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use chrono::Utc;
use futures_util::future::BoxFuture;
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::compression::CompressionLayer;
use tracing::warn;

use crate::metrics::Metrics;
pub use api::{Action, Answer, Backfill, Door, Kind, Read, Refused, Span, Wish};
use guard::Guard;
use health::Readiness;
pub use pages::account::{AskedAccount, ToldAccount};
pub use pages::run::{AskedRun, ToldRun};
pub use pages::status::{
    AccountLine, CauseLine, DayLine, DayState, Live, Named, OlderLine, PauseLine, Reloaded, RunLine, RunningLine,
    ScheduleLine, Status, TickLine, Usage,
};
use seats::Seats;

/// The largest body that is read: a login form, or a backfill that names many accounts.
const BODY_LIMIT: usize = 64 * 1024;

/// How long open requests may take once the process stops.
const GRACE: Duration = Duration::from_secs(5);

/// A question that the router asks; the error is a sentence for people.
pub type Source<T> = Arc<dyn Fn() -> BoxFuture<'static, Result<T, String>> + Send + Sync>;

/// A question about something, and its answer.
pub type Asking<Q, A> = Arc<dyn Fn(Q) -> BoxFuture<'static, Result<A, Refused>> + Send + Sync>;

/// What the router answers from.
#[derive(Clone)]
pub struct State {
    /// The daemon's name.
    pub instance: String,
    /// Gives what the status page shows.
    pub status: Source<Status>,
    /// Gives what moves on it.
    pub live: Source<Live>,
    /// Gives what the page of a run shows.
    pub run: Asking<AskedRun, ToldRun>,
    /// Gives what the page of an account shows.
    pub account: Asking<AskedAccount, ToldAccount>,
    /// Tells whether the daemon can do its work, or why not.
    pub ready: Source<()>,
    /// The counters behind `/metrics`.
    pub metrics: Metrics,
    /// Gives what programs read.
    pub read: Door<Read>,
    /// Does what an admin asks for.
    pub act: Door<Action>,
    /// What whoever changes something must show; `None` lets nobody.
    pub admin_token: Option<SecretString>,
    /// What a reader must show; `None` lets everyone read.
    pub read_token: Option<SecretString>,
    /// Whether other machines can reach the page: then nobody reads it without a token.
    pub is_public: bool,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("read_token", &self.read_token).finish_non_exhaustive()
    }
}

/// What every handler shares.
#[derive(Debug)]
struct Shared {
    state: State,
    guard: Guard,
    readiness: Readiness,
}

impl Shared {
    /// Refuses whoever may not read, in words for programs.
    fn refusal(&self, headers: &HeaderMap) -> Option<Response> {
        if let Some(reason) = shield::closed(&self.state, headers) {
            return Some(api::error(StatusCode::FORBIDDEN, reason));
        }
        if self.guard.admits(headers, Utc::now()) {
            return None;
        }
        let refusal = api::error(StatusCode::UNAUTHORIZED, "send ADSYNC_READ_TOKEN as a bearer token");
        Some(([(header::WWW_AUTHENTICATE, "Bearer")], refusal).into_response())
    }
}

/// Makes the router.
pub fn router(state: State) -> Router {
    let guard = Guard::new(state.read_token.clone(), state.admin_token.clone(), &state.instance);
    Router::new()
        .route("/", get(pages::status::page))
        .route("/now", get(pages::status::now))
        .route("/runs/{id}", get(pages::run::page))
        .route("/accounts/{id}", get(pages::account::page))
        .route("/login", post(pages::login::login).get(pages::login::form))
        .route("/logout", post(pages::login::logout))
        .route("/act", post(pages::act::act))
        .route("/assets/{name}", get(assets::asset))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
        .route("/api/openapi.json", get(api::description))
        .route("/api/runs", get(api::runs))
        .route("/api/runs/{id}", get(api::run))
        .route("/api/accounts", get(api::accounts))
        .route("/api/schedules", get(api::schedules))
        .route("/api/coverage", get(api::coverage))
        .route("/api/schedules/{name}/run", post(api::run_now))
        .route("/api/schedules/{name}/pause", post(api::pause))
        .route("/api/schedules/{name}/resume", post(api::resume))
        .route("/api/runs/{id}/cancel", post(api::cancel))
        .route("/api/backfill", post(api::backfill))
        .fallback(health::not_found)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(from_fn(shield::limit_time))
        .layer(map_response(shield::headers))
        .layer(CompressionLayer::new())
        .with_state(Arc::new(Shared { state, guard, readiness: Readiness::default() }))
}

/// Answers requests until `cancel`, then lets open ones end.
pub async fn serve(listener: TcpListener, state: State, cancel: CancellationToken) -> io::Result<()> {
    let server =
        axum::serve(Seats::new(listener), router(state)).with_graceful_shutdown(cancel.clone().cancelled_owned());
    // A peer that never ends its request would hold up the stop for ever.
    let overdue = async {
        cancel.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        ended = server.into_future() => ended,
        () = overdue => {
            warn!(grace_s = GRACE.as_secs(), "requests were still open and are cut off");
            Ok(())
        }
    }
}

#[cfg(test)]
mod page_tests;
#[cfg(test)]
mod status_tests;
#[cfg(test)]
mod tests;
