//! The page of one account: its state, its days, its sums, and its campaigns or ad sets.

mod asked;
mod chart;
mod objects;
mod view;

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};

use super::super::frame::render;
use super::super::place::Place;
use super::super::{Kind, Refused, Shared};
use super::trouble::refused;
use crate::store::pages::account::AccountPage;
use crate::store::pages::objects::PAGE;
pub use asked::AskedAccount;

/// An account, and what only the daemon knows.
#[derive(Debug, Clone)]
pub struct ToldAccount {
    /// When this was asked.
    pub now: DateTime<Utc>,
    /// What the tables know.
    pub page: AccountPage,
    /// Its label in the configuration.
    pub label: Option<String>,
    /// Whether the configuration names it.
    pub is_configured: bool,
    /// When a schedule falls due for it.
    pub next_due_at: Option<DateTime<Utc>>,
    /// An account without a success for this long is stale.
    pub stale_after: TimeDelta,
}

/// Shows the page, or the login form.
pub(in super::super) async fn page(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Response {
    let id = id.map_or_else(|_| String::new(), |Path(id)| id);
    let place = Place::new(&format!("/accounts/{id}"), query.as_deref());
    if let Some(refusal) = shared.refusal_page(&headers, &place.path) {
        return refusal;
    }
    let asked = match AskedAccount::parse(&id, place.query.as_deref()) {
        Ok(asked) => asked,
        Err(refusal) => return refused(refusal),
    };
    match (shared.state.account)(asked.clone()).await {
        Ok(told) => match is_there(&told, &asked) {
            Ok(()) => render(&view::AccountView::new(shared.frame(&headers, &place), told, &asked)),
            Err(refusal) => refused(refusal),
        },
        Err(refusal) => refused(refusal),
    }
}

/// Whether there is what was asked for.
fn is_there(told: &ToldAccount, asked: &AskedAccount) -> Result<(), Refused> {
    let AccountPage { account, reports, listing, .. } = &told.page;
    let unknown = |text| Err(Refused::new(Kind::Unknown, text));
    if account.is_none() && reports.is_empty() && !told.is_configured {
        return unknown(format!("there is no account {}: the status page lists those that are read", asked.account_id));
    }
    if let Some(report) = asked.report.as_ref().filter(|name| reports.iter().all(|report| report.report != **name)) {
        let names: Vec<&str> = reports.iter().map(|report| report.report.as_str()).collect();
        let text =
            format!("no day of a report \"{report}\" was read for this account; there are: {}", names.join(", "));
        return unknown(text);
    }
    let pages = (listing.count.max(1) - 1) / i64::from(PAGE) + 1;
    if asked.wanted.campaign_id.is_some() && listing.campaign.is_none() {
        return unknown("this account has no such campaign".to_owned());
    }
    if i64::from(asked.wanted.page) >= pages {
        return unknown(format!("there is no page {}: the last one is {pages}", asked.wanted.page + 1));
    }
    Ok(())
}
