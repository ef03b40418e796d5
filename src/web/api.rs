//! Answers for programs: `/api`, JSON whose objects are named like the tables' columns, instants RFC 3339 in UTC.
//!
//! Whoever may read the page may read here. What changes something needs the admin token in a header of its own, which
//! no form and no other site can send.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::guard::Admits;
use super::{BODY_LIMIT, Shared};

/// The most runs that are given at once.
const MOST_RUNS: u32 = 1_000;
/// All of it as OpenAPI describes it: `openapi.json` beside this file, which the tests hold every answer against.
const DESCRIPTION: &str = include_str!("openapi.json");
/// The longest name or reason that is taken.
pub(super) const LONGEST_TEXT: usize = 500;

/// What is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    /// The last runs, newest first.
    Runs {
        /// How many at most.
        limit: u32,
    },
    /// One run, as an array of one.
    Run(Uuid),
    /// The accounts.
    Accounts,
    /// The schedules.
    Schedules,
    /// The days of the reports.
    Coverage(Span),
}

/// Which days of which accounts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// One account, with or without `act_`; `None` means all.
    pub account_id: Option<String>,
    /// One report; `None` means all.
    pub report: Option<String>,
    /// The first day; `None` is 90 days ago.
    pub since: Option<NaiveDate>,
    /// The last day; `None` is the newest there is.
    pub until: Option<NaiveDate>,
}

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// A run of a schedule, now.
    RunNow {
        /// Its name.
        schedule: String,
    },
    /// A schedule's ticks come to nothing from now on.
    Pause {
        /// Its name.
        schedule: String,
        /// Who wants it and why.
        wish: Wish,
    },
    /// The end of a pause.
    Resume {
        /// Its name.
        schedule: String,
    },
    /// The end of a run.
    Cancel {
        /// Its id.
        run: Uuid,
        /// Who wants it and why.
        wish: Wish,
    },
    /// History.
    Backfill(Backfill),
}

/// Who wants something and why.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// Who.
    pub by: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// A backfill that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backfill {
    /// The first day.
    pub since: NaiveDate,
    /// The last day; without it, yesterday.
    pub until: Option<NaiveDate>,
    /// The accounts, with or without `act_`; without it, all.
    pub accounts: Option<Vec<String>>,
    /// Whether complete days are read again.
    #[serde(default)]
    pub refresh: bool,
}

/// Why something is not done or not given, in a sentence with its cure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What kind of refusal it is.
    pub kind: Kind,
    /// The sentence.
    pub text: String,
}

/// A kind of refusal, with a status for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What was sent cannot be meant: 400.
    Wrong,
    /// There is no such thing: 404.
    Unknown,
    /// It cannot be done as things stand: 409.
    Conflict,
    /// Too much was sent: 413.
    Large,
    /// Not now: 503.
    Waiting,
}

impl Kind {
    /// The status.
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::Wrong => StatusCode::BAD_REQUEST,
            Self::Unknown => StatusCode::NOT_FOUND,
            Self::Conflict => StatusCode::CONFLICT,
            Self::Large => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Waiting => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// The answer to either, as JSON.
pub type Answer = Result<String, Refused>;

/// A question that the router passes on.
pub type Door<T> = Arc<dyn Fn(T) -> BoxFuture<'static, Answer> + Send + Sync>;

impl Refused {
    /// A refusal.
    pub fn new(kind: Kind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into() }
    }

    fn wrong(text: impl Into<String>) -> Self {
        Self::new(Kind::Wrong, text)
    }
}

/// What is sent with a request, as far as it could be taken.
type Sent = Result<Bytes, BytesRejection>;

/// Gives the description of all this.
pub(super) async fn description(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    match shared.refusal(&headers) {
        Some(refused) => refused,
        None => ([(header::CONTENT_TYPE, "application/json")], DESCRIPTION).into_response(),
    }
}

pub(super) async fn runs(state: State<Arc<Shared>>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Limit {
        limit: Option<u32>,
    }
    let asked = parameters::<Limit>(query.as_deref()).and_then(|Limit { limit }| match limit.unwrap_or(50) {
        limit @ 1..=MOST_RUNS => Ok(Read::Runs { limit }),
        other => Err(Refused::wrong(format!("limit must be 1 to {MOST_RUNS}, not {other}"))),
    });
    read(&state, &headers, asked).await
}

pub(super) async fn run(state: State<Arc<Shared>>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    read(&state, &headers, run_id(&id).map(Read::Run)).await
}

pub(super) async fn accounts(state: State<Arc<Shared>>, headers: HeaderMap) -> Response {
    read(&state, &headers, Ok(Read::Accounts)).await
}

pub(super) async fn schedules(state: State<Arc<Shared>>, headers: HeaderMap) -> Response {
    read(&state, &headers, Ok(Read::Schedules)).await
}

pub(super) async fn coverage(state: State<Arc<Shared>>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    read(&state, &headers, parameters(query.as_deref()).map(Read::Coverage)).await
}

pub(super) async fn run_now(state: State<Arc<Shared>>, headers: HeaderMap, Path(schedule): Path<String>) -> Response {
    act(&state, &headers, || Ok(Action::RunNow { schedule })).await
}

pub(super) async fn pause(
    state: State<Arc<Shared>>,
    headers: HeaderMap,
    Path(schedule): Path<String>,
    body: Sent,
) -> Response {
    act(&state, &headers, || Ok(Action::Pause { schedule, wish: wish(body)? })).await
}

pub(super) async fn resume(
    state: State<Arc<Shared>>,
    headers: HeaderMap,
    Path(schedule): Path<String>,
    body: Sent,
) -> Response {
    act(&state, &headers, || wish(body).map(|_| Action::Resume { schedule })).await
}

pub(super) async fn cancel(
    state: State<Arc<Shared>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Sent,
) -> Response {
    act(&state, &headers, || Ok(Action::Cancel { run: run_id(&id)?, wish: wish(body)? })).await
}

pub(super) async fn backfill(state: State<Arc<Shared>>, headers: HeaderMap, body: Sent) -> Response {
    act(&state, &headers, || taken(body).and_then(|body| json(&body)).map(Action::Backfill)).await
}

async fn read(shared: &Shared, headers: &HeaderMap, asked: Result<Read, Refused>) -> Response {
    if let Some(refused) = shared.refusal(headers) {
        return refused;
    }
    answer(
        match asked {
            Ok(what) => (shared.state.read)(what).await,
            Err(refused) => Err(refused),
        },
        StatusCode::OK,
    )
}

/// What is sent is looked at only once it is known who sent it.
async fn act(shared: &Shared, headers: &HeaderMap, asked: impl FnOnce() -> Result<Action, Refused>) -> Response {
    match shared.guard.admits_to_act(headers) {
        Admits::Yes => {}
        Admits::Nobody => {
            let text =
                "no ADSYNC_ADMIN_TOKEN is set, so nothing can be changed here: set one and start the daemon again";
            return error(StatusCode::FORBIDDEN, text);
        }
        Admits::No => {
            tracing::warn!("an action was asked for without ADSYNC_ADMIN_TOKEN and is refused");
            let text = "send ADSYNC_ADMIN_TOKEN as a bearer token, as in Authorization: Bearer ...";
            return ([(header::WWW_AUTHENTICATE, "Bearer")], error(StatusCode::UNAUTHORIZED, text)).into_response();
        }
    }
    let action = match asked() {
        Ok(action) => action,
        Err(refused) => return answer(Err(refused), StatusCode::OK),
    };
    // What goes on after the answer is accepted, not done.
    let status = match action {
        Action::Pause { .. } | Action::Resume { .. } => StatusCode::OK,
        Action::RunNow { .. } | Action::Cancel { .. } | Action::Backfill(_) => StatusCode::ACCEPTED,
    };
    answer((shared.state.act)(action).await, status)
}

fn answer(answer: Answer, status: StatusCode) -> Response {
    match answer {
        Ok(text) => (status, [(header::CONTENT_TYPE, "application/json")], text).into_response(),
        Err(Refused { kind, text }) => error(kind.status(), &text),
    }
}

/// A refusal as JSON.
pub(super) fn error(status: StatusCode, text: &str) -> Response {
    (status, axum::Json(serde_json::json!({ "error": text }))).into_response()
}

pub(super) fn run_id(text: &str) -> Result<Uuid, Refused> {
    text.parse().map_err(|_| Refused::new(Kind::Unknown, "there is no such run: /api/runs lists the last ones"))
}

fn taken(body: Sent) -> Result<Bytes, Refused> {
    body.map_err(|rejected| match rejected.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Refused::new(Kind::Large, format!("the body is larger than {} KiB", BODY_LIMIT / 1024))
        }
        _ => Refused::wrong("the body did not arrive whole"),
    })
}

fn wish(body: Sent) -> Result<Wish, Refused> {
    let body = taken(body)?;
    let wish = if body.trim_ascii().is_empty() { Wish::default() } else { json::<Wish>(&body)? };
    if wish.by.as_deref() == Some("adsync") {
        return Err(Refused::wrong("by must say who you are: adsync calls itself so"));
    }
    for (name, text) in [("by", &wish.by), ("reason", &wish.reason)] {
        if text.as_ref().is_some_and(|text| text.len() > LONGEST_TEXT || text.contains('\0')) {
            return Err(Refused::wrong(format!("{name} must be a text of at most {LONGEST_TEXT} bytes")));
        }
    }
    Ok(wish)
}

fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refused> {
    serde_json::from_slice(body).map_err(|error| Refused::wrong(format!("the body is no such JSON object: {error}")))
}

pub(super) fn parameters<T: DeserializeOwned>(query: Option<&str>) -> Result<T, Refused> {
    let uri = axum::http::Uri::builder().path_and_query(format!("/?{}", query.unwrap_or_default())).build();
    let uri = uri.map_err(|_| Refused::wrong("the address's parameters cannot be read"))?;
    axum::extract::Query::try_from_uri(&uri)
        .map(|axum::extract::Query(parsed)| parsed)
        .map_err(|error| Refused::wrong(format!("the address's parameters cannot be meant: {}", error.body_text())))
}
