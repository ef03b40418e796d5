//! The status page: one sentence on how things stand, the accounts, and the last runs.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;

use super::super::Shared;
use super::super::frame::{Frame, render};
use super::super::moment::{Moment, length};
use super::trouble::trouble;

/// What the page shows, as plain values.
#[derive(Debug, Clone)]
pub struct Status {
    /// When this was asked; every distance in time is reckoned from it.
    pub now: DateTime<Utc>,
    /// An account without a success for this long is stale.
    pub stale_after: TimeDelta,
    /// What a change of the configuration came to, where somebody should know.
    pub reloaded: Option<Reloaded>,
    /// The accounts, in the order they are shown.
    pub accounts: Vec<AccountLine>,
    /// The last runs, newest first.
    pub runs: Vec<RunLine>,
}

/// What a change of the configuration came to.
#[derive(Debug, Clone)]
pub struct Reloaded {
    /// When it was read.
    pub at: DateTime<Utc>,
    /// What is wrong with it, a line for each problem: then the configuration before it stays in force.
    pub refused: Vec<String>,
    /// The keys that wait for the next start.
    pub waiting: Vec<String>,
}

/// One account.
#[derive(Debug, Clone)]
pub struct AccountLine {
    /// Its id, with `act_`.
    pub account_id: String,
    /// Its name at Meta; unknown before the first run.
    pub name: Option<String>,
    /// Its label in the configuration.
    pub label: Option<String>,
    /// Its currency's code.
    pub currency: Option<String>,
    /// Its zone; unknown before the first run.
    pub zone: Option<Tz>,
    /// How its last run ended, or `running`.
    pub last_status: Option<String>,
    /// Since when its rows are known to agree with Meta.
    pub fresh_as_of: Option<DateTime<Utc>>,
    /// What was spent on its own today.
    pub spend_today: Option<Decimal>,
    /// Days that differ from Meta's totals for no known reason.
    pub drift_days: u64,
    /// Days that agree with them.
    pub agreeing_days: u64,
    /// When a schedule falls due for it.
    pub next_due_at: Option<DateTime<Utc>>,
}

/// One run.
#[derive(Debug, Clone)]
pub struct RunLine {
    /// The schedule, or the command that started it.
    pub schedule: String,
    /// Its status.
    pub status: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended; `None` while it runs.
    pub finished_at: Option<DateTime<Utc>>,
    /// How many accounts it was for.
    pub accounts: u64,
    /// Rows inserted, updated or deleted.
    pub rows_changed: u64,
    /// What went wrong, as a sentence.
    pub error: Option<String>,
}

#[derive(Template)]
#[template(path = "status.html", config = ".askama.toml")]
struct StatusPage {
    frame: Frame,
    sentence: String,
    tone: &'static str,
    now: Moment,
    reloaded: Option<ReloadedView>,
    accounts: Vec<AccountView>,
    runs: Vec<RunView>,
}

struct ReloadedView {
    at: Moment,
    refused: Vec<String>,
    waiting: String,
}

struct AccountView {
    heading: String,
    account_id: String,
    status: String,
    tone: &'static str,
    fresh: Option<Moment>,
    stale: bool,
    spend: Option<String>,
    agreement: String,
    differs: bool,
    next_due: Option<Moment>,
}

struct RunView {
    schedule: String,
    status: String,
    tone: &'static str,
    started: Moment,
    took: String,
    accounts: u64,
    rows_changed: String,
    error: Option<String>,
}

/// Shows the page, or the login form.
pub(in super::super) async fn page(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    if let Some(refused) = shared.refusal_page(&headers, "/") {
        return refused;
    }
    match (shared.state.status)().await {
        Ok(status) => render(&StatusPage::new(shared.frame(&headers, "/"), status)),
        Err(reason) => trouble(StatusCode::SERVICE_UNAVAILABLE, reason),
    }
}

impl StatusPage {
    fn new(frame: Frame, status: Status) -> Self {
        let now = status.now;
        let (sentence, tone) = sentence(&status);
        // A run may cover several zones; its times are in the one that all accounts share, or in UTC.
        let mut zones = status.accounts.iter().filter_map(|account| account.zone);
        let shared = zones.next().filter(|first| zones.all(|zone| zone == *first)).unwrap_or(Tz::UTC);
        let stale_after = status.stale_after;
        Self {
            sentence,
            tone,
            now: Moment::new(now, shared, now),
            reloaded: status.reloaded.map(|reloaded| ReloadedView {
                at: Moment::new(reloaded.at, shared, now),
                refused: reloaded.refused,
                waiting: reloaded.waiting.join(", "),
            }),
            accounts: status.accounts.into_iter().map(|line| AccountView::new(line, now, stale_after)).collect(),
            runs: status.runs.into_iter().map(|line| RunView::new(line, shared, now)).collect(),
            frame,
        }
    }
}

impl AccountView {
    fn new(line: AccountLine, now: DateTime<Utc>, stale_after: TimeDelta) -> Self {
        let zone = line.zone.unwrap_or(Tz::UTC);
        let stale = is_stale(&line, now, stale_after);
        let status = line.last_status.unwrap_or_else(|| "not run yet".to_owned());
        let currency = line.currency.unwrap_or_default();
        Self {
            heading: line.label.or(line.name).unwrap_or_else(|| line.account_id.clone()),
            account_id: line.account_id,
            tone: tone_of(&status),
            status,
            fresh: line.fresh_as_of.map(|at| Moment::new(at, zone, now)),
            stale,
            agreement: agreement(line.drift_days, line.agreeing_days),
            differs: line.drift_days > 0,
            spend: line.spend_today.map(|spend| format!("{} {currency}", money(spend)).trim_end().to_owned()),
            next_due: line.next_due_at.map(|at| Moment::new(at, zone, now)),
        }
    }
}

impl RunView {
    fn new(line: RunLine, zone: Tz, now: DateTime<Utc>) -> Self {
        let took = line.finished_at.unwrap_or(now) - line.started_at;
        Self {
            tone: tone_of(&line.status),
            schedule: line.schedule,
            status: line.status,
            started: Moment::new(line.started_at, zone, now),
            took: length(took).unwrap_or_else(|| format!("{} s", took.num_seconds().max(0))),
            accounts: line.accounts,
            rows_changed: grouped(&line.rows_changed.to_string()),
            error: line.error,
        }
    }
}

/// Says in one sentence how things stand, and in which tone.
fn sentence(status: &Status) -> (String, &'static str) {
    let all = status.accounts.len();
    if all == 0 {
        return ("No account has been read yet.".to_owned(), "idle");
    }
    let stale = status.accounts.iter().filter(|line| is_stale(line, status.now, status.stale_after)).count();
    let limit = length(status.stale_after).unwrap_or_else(|| "1 min".to_owned());
    let failed: Vec<_> = status.accounts.iter().filter(|line| line.last_status.as_deref() == Some("failed")).collect();
    if let Some(first) = failed.first().filter(|_| stale == 0) {
        let name = first.name.as_deref().unwrap_or(&first.account_id);
        let others = match failed.len() {
            1 => String::new(),
            many => format!(" and {} others", many - 1),
        };
        return (format!("The last run of {name}{others} failed: `adsync runs` tells why and what to do."), "bad");
    }
    match (stale, all) {
        (0, 1) => ("The account is fresh.".to_owned(), "good"),
        (0, _) => (format!("All {all} accounts are fresh."), "good"),
        (1, 1) => (format!("The account has had no complete run in {limit}."), "bad"),
        (_, _) => (format!("{stale} of {all} accounts had no complete run in {limit}."), "bad"),
    }
}

fn is_stale(line: &AccountLine, now: DateTime<Utc>, stale_after: TimeDelta) -> bool {
    line.fresh_as_of.is_none_or(|at| now - at > stale_after)
}

/// Says how far the days agree with Meta's totals.
fn agreement(drift_days: u64, agreeing_days: u64) -> String {
    match (drift_days, agreeing_days) {
        (0, 0) => "not compared yet".to_owned(),
        (0, 1) => "1 day agrees".to_owned(),
        (0, _) => format!("all {} days agree", grouped(&agreeing_days.to_string())),
        (1, _) => "1 day differs".to_owned(),
        (_, _) => format!("{} days differ", grouped(&drift_days.to_string())),
    }
}

/// Gives the class of a status; nothing from outside becomes a class name.
fn tone_of(status: &str) -> &'static str {
    match status {
        "succeeded" => "good",
        "partial" | "throttled" => "warn",
        "failed" | "abandoned" => "bad",
        _ => "idle",
    }
}

/// Shows an amount with the decimals it came with, but never with one alone.
fn money(mut amount: Decimal) -> String {
    if amount.scale() == 1 {
        amount.rescale(2);
    }
    grouped(&amount.to_string())
}

/// Parts the thousands of a number: `1234567.50` becomes `1,234,567.50`.
fn grouped(number: &str) -> String {
    let (whole, fraction) = number.split_once('.').map_or((number, None), |(whole, rest)| (whole, Some(rest)));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut text = sign.to_owned();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    match fraction {
        Some(fraction) => format!("{text}.{fraction}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_day_that_differs_is_said_before_all_that_agree() {
        for (drift, agreeing, said) in [
            (0, 0, "not compared yet"),
            (0, 1_400, "all 1,400 days agree"),
            (1, 1_400, "1 day differs"),
            (2, 0, "2 days differ"),
        ] {
            assert_eq!(agreement(drift, agreeing), said);
        }
    }

    #[test]
    fn thousands_are_parted() {
        for (number, shown) in [("0", "0"), ("999.5", "999.5"), ("1000", "1,000"), ("-1234567.50", "-1,234,567.50")] {
            assert_eq!(grouped(number), shown);
        }
    }

    #[test]
    fn money_keeps_its_decimals_but_never_one_alone() {
        for (amount, shown) in [("1234.5", "1,234.50"), ("1234", "1,234"), ("0.125", "0.125")] {
            assert_eq!(money(amount.parse().unwrap()), shown);
        }
    }
}
