//! The page of one run: how it ended, what took its time, what it changed, and what went wrong.

mod view;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

use super::super::api::{parameters, run_id};
use super::super::frame::render;
use super::super::place::Place;
use super::super::{Kind, Refused, Shared};
use super::trouble::refused;
use crate::meta::AccountId;
use crate::store::pages::run::{ACCOUNTS, RunPage, Shown};

/// The last page of accounts that anybody may ask for.
const LAST_PAGE: u32 = 10_000;

/// Which run is asked about, and which of its accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedRun {
    /// Its id.
    pub id: Uuid,
    /// Which of its accounts.
    pub shown: Shown,
}

/// A run, and what only the daemon knows.
#[derive(Debug, Clone)]
pub struct ToldRun {
    /// When this was asked.
    pub now: DateTime<Utc>,
    /// What the tables know.
    pub page: RunPage,
    /// Labels of accounts in the configuration, by their digits.
    pub labels: BTreeMap<String, String>,
}

/// What the address may say beside the id.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    page: Option<u32>,
    account: Option<String>,
}

/// Shows the page, or the login form.
pub(in super::super) async fn page(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Response {
    let id = id.map_or_else(|_| String::new(), |Path(id)| id);
    let place = Place::new(&format!("/runs/{id}"), query.as_deref());
    if let Some(refusal) = shared.refusal_page(&headers, &place.path) {
        return refusal;
    }
    let asked = match asked(&id, place.query.as_deref()) {
        Ok(asked) => asked,
        Err(refusal) => return refused(refusal),
    };
    let shown = asked.shown.clone();
    match (shared.state.run)(asked).await {
        Ok(told) => match is_there(&told.page, &shown) {
            Ok(()) => render(&view::RunView::new(shared.frame(&headers, &place), told, &shown)),
            Err(refusal) => refused(refusal),
        },
        Err(refusal) => refused(refusal),
    }
}

fn asked(id: &str, query: Option<&str>) -> Result<AskedRun, Refused> {
    let id = run_id(id)?;
    let Query { page, account } = parameters(query)?;
    let shown = match (page, account) {
        (Some(_), Some(_)) => return Err(Refused::new(Kind::Wrong, "name a page or an account, not both")),
        (None, Some(account)) => Shown::One(
            account
                .parse::<AccountId>()
                .map_err(|_| Refused::new(Kind::Wrong, "an account is its digits, with or without act_"))?
                .digits()
                .to_owned(),
        ),
        (page, None) => match page.unwrap_or(1) {
            page @ 1..=LAST_PAGE => Shown::Page(page - 1),
            page => return Err(Refused::new(Kind::Wrong, format!("page must be 1 to {LAST_PAGE}, not {page}"))),
        },
    };
    Ok(AskedRun { id, shown })
}

/// Whether there is what was asked for.
fn is_there(run: &RunPage, shown: &Shown) -> Result<(), Refused> {
    let text = match shown {
        Shown::Page(0) => return Ok(()),
        _ if !run.accounts.is_empty() => return Ok(()),
        Shown::Page(_) => format!("the accounts of this run are no such many: a page has {ACCOUNTS}"),
        Shown::One(account) => format!("act_{account} did nothing in this run"),
    };
    Err(Refused::new(Kind::Unknown, text))
}
