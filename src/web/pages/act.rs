//! What a person does by a form: a run now, a pause and its end, the end of a run, history.
//!
//! The forms work without script. They count only from a page of ours, in a login that was made with the admin token, and
//! with what that login's own pages hold.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::Utc;
use serde_json::Value;

use super::super::api::{Action, Backfill, LONGEST_TEXT, Refused, Wish};
use super::super::guard::{Login, is_from_here};
use super::super::note::Note;
use super::super::place::noted;
use super::super::{Kind, Shared};
use super::login::{FOREIGN, field, local};
use super::trouble::trouble;

/// What whoever has not typed the admin token is told.
const WITHOUT_LOGIN: &str = "Nothing was done: that needs the admin token. Type it here, then do it again.";

/// What is told where nobody could type one.
const NO_TOKEN: &str =
    "no ADSYNC_ADMIN_TOKEN is set, so nothing can be changed here: set one and start the daemon again";

/// Takes a form, does what it says, and leads back to the page it came from, which tells what came of it.
pub(in super::super) async fn act(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    if !is_from_here(&headers) {
        tracing::warn!("an action was sent from another site's page and is refused");
        return trouble(StatusCode::FORBIDDEN, FOREIGN);
    }
    if let (_, false) = shared.guard.has_tokens() {
        return trouble(StatusCode::FORBIDDEN, NO_TOKEN);
    }
    let path = field(&body, "path").unwrap_or_default();
    let is_ours = |login: &Login| login.may_act && field(&body, "form").is_some_and(|form| login.made(&form));
    let Some(login) = shared.guard.login(&headers, Utc::now()).filter(is_ours) else {
        tracing::warn!("an action was asked for without ADSYNC_ADMIN_TOKEN and is refused");
        return shared.login_page(&path, Some(WITHOUT_LOGIN.to_owned()));
    };
    let note = match action(&body) {
        Err(refused) => Err(refused),
        Ok(action) => {
            let said = said(&action);
            (shared.state.act)(action).await.map(|answer| told(said, &answer))
        }
    };
    let note = match note {
        Ok(text) => Note::new(true, &text),
        Err(Refused { text, .. }) => Note::new(false, &format!("Not done: {text}")),
    };
    let (path, sealed) = (local(&path), shared.guard.leave(&login, &note, Utc::now()));
    match sealed {
        Some(sealed) => Redirect::to(&noted(path, &sealed)).into_response(),
        None => Redirect::to(path).into_response(),
    }
}

/// What a form asks for.
fn action(body: &[u8]) -> Result<Action, Refused> {
    let text = |name: &str| field(body, name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let schedule = || text("schedule").ok_or_else(|| Refused::new(Kind::Wrong, "the form names no schedule"));
    match text("do").unwrap_or_default().as_str() {
        "run" => Ok(Action::RunNow { schedule: schedule()? }),
        "pause" => Ok(Action::Pause { schedule: schedule()?, wish: wish(text("reason"))? }),
        "resume" => Ok(Action::Resume { schedule: schedule()? }),
        "cancel" => {
            let run = text("run").and_then(|id| id.parse().ok());
            let run = run.ok_or_else(|| Refused::new(Kind::Unknown, "there is no such run"))?;
            Ok(Action::Cancel { run, wish: wish(text("reason"))? })
        }
        "backfill" => {
            let day = |name: &str| match text(name) {
                None => Ok(None),
                Some(day) => day
                    .parse()
                    .map(Some)
                    .map_err(|_| Refused::new(Kind::Wrong, format!("{name} must be a day such as 2026-01-31"))),
            };
            let since = day("since")?.ok_or_else(|| Refused::new(Kind::Wrong, "name the first day"))?;
            Ok(Action::Backfill(Backfill {
                since,
                until: day("until")?,
                accounts: text("account").map(|account| vec![account]),
                refresh: text("refresh").is_some(),
            }))
        }
        _ => Err(Refused::new(Kind::Wrong, "the form says nothing that can be done")),
    }
}

/// Who wants it: somebody at the page; forms ask for no names.
fn wish(reason: Option<String>) -> Result<Wish, Refused> {
    if reason.as_ref().is_some_and(|reason| reason.len() > LONGEST_TEXT || reason.contains('\0')) {
        return Err(Refused::new(Kind::Wrong, format!("the reason must be a text of at most {LONGEST_TEXT} bytes")));
    }
    Ok(Wish { by: Some("the status page".to_owned()), reason })
}

fn said(action: &Action) -> String {
    match action {
        Action::RunNow { schedule } => format!("A run of {schedule} has begun."),
        Action::Pause { schedule, .. } => format!("{schedule} is paused: its ticks are recorded as skipped."),
        Action::Resume { schedule } => format!("{schedule} goes on with its next tick."),
        Action::Cancel { .. } => {
            "The run was asked to stop: it ends within seconds, and what it wrote stays.".to_owned()
        }
        Action::Backfill(Backfill { since, until, .. }) => match until {
            Some(until) => format!("The history from {since} to {until} is being read."),
            None => format!("The history since {since} is being read."),
        },
    }
}

/// Adds what can be looked at.
fn told(said: String, answer: &str) -> String {
    let answer: Option<Value> = serde_json::from_str(answer).ok();
    match answer.as_ref().and_then(|answer| answer.get("run_id")?.as_str()) {
        Some(run) => format!("{said} Its id is {run}."),
        None => said,
    }
}
