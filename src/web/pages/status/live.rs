//! What moves on the status page: the runs that are under way, asked for again by a small script.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::super::super::Shared;
use super::super::super::frame::{Frame, render};
use super::super::super::moment::Moment;
use super::super::super::number::count;
use super::super::super::words::{Long, counted};
use super::super::trouble::trouble;
use super::{Live, RunningLine};

/// Seconds between two questions while something is under way, and while nothing is.
const EVERY: (u32, u32) = (2, 5);

/// The part of the page that moves.
#[derive(Template)]
#[template(path = "live.html", config = ".askama.toml")]
pub(super) struct LiveView {
    pub(super) frame: Frame,
    pub(super) mark: String,
    pub(super) every: u32,
    pub(super) runs: Vec<RunningView>,
}

/// A run that is under way.
pub(super) struct RunningView {
    pub(super) id: String,
    pub(super) name: Long,
    pub(super) trigger: String,
    pub(super) started: Moment,
    pub(super) window: String,
    /// Accounts that are done, in words and of a hundred.
    pub(super) accounts: String,
    pub(super) percent: u64,
    pub(super) steps: String,
    pub(super) counts: String,
    pub(super) at: Option<(Long, String, String)>,
}

/// Gives what moves.
pub(in super::super::super) async fn now(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    if let Some(refused) = shared.refusal_page(&headers, "/") {
        return refused;
    }
    match (shared.state.live)().await {
        Ok(live) => render(&LiveView::new(shared.still_frame(&headers, "/"), live)),
        Err(reason) => trouble(StatusCode::SERVICE_UNAVAILABLE, reason),
    }
}

impl LiveView {
    pub(super) fn new(frame: Frame, live: Live) -> Self {
        let view = |run: RunningLine| RunningView::new(run, &live);
        Self {
            frame,
            mark: format!("{:016x}", live.mark),
            every: if live.runs.is_empty() { EVERY.1 } else { EVERY.0 },
            runs: live.runs.iter().cloned().map(view).collect(),
        }
    }
}

impl RunningView {
    fn new(run: RunningLine, live: &Live) -> Self {
        let others = |others| match others {
            0 => String::new(),
            others => format!(" and {}", counted(others, "other step", "other steps")),
        };
        let window = |(since, until)| format!("{since} to {until}");
        Self {
            id: run.run.to_string(),
            name: Long::name(&run.name),
            trigger: run.trigger.replace('_', " "),
            started: Moment::new(run.started_at, live.zone, live.now),
            window: run.window.map(window).unwrap_or_default(),
            accounts: format!("{} of {} done", count(run.done), counted(run.accounts, "account", "accounts")),
            percent: (100 * run.done).checked_div(run.accounts).unwrap_or(0).min(100),
            steps: counted(run.steps, "step", "steps"),
            counts: format!(
                "{}, {} read, {} changed",
                counted(run.api_calls, "call", "calls"),
                counted(run.rows_read, "row", "rows"),
                count(run.rows_changed)
            ),
            at: run.at.map(|(account, step)| {
                let name = Long::name(account.name.as_deref().unwrap_or(&account.account_id));
                (name, step, others(run.others))
            }),
        }
    }
}
