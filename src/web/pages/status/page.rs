//! The page itself: what it is told, put into words and pictures.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::super::super::Shared;
use super::super::super::frame::{Frame, render};
use super::super::super::moment::{Moment, length};
use super::super::super::number::{count, money};
use super::super::super::place::Place;
use super::super::super::words::{Long, capital, counted, still, tone_of};
use super::super::trouble::trouble;
use super::chart::Chart;
use super::live::LiveView;
use super::map::{Map, OlderView};
use super::{AccountLine, CauseLine, RunLine, ScheduleLine, Status, Usage, sentence};

/// Accounts of a cause that are named; more are counted.
const NAMED: usize = 10;

#[derive(Template)]
#[template(path = "status.html", config = ".askama.toml")]
struct StatusPage {
    frame: Frame,
    sentence: String,
    tone: &'static str,
    now: Moment,
    live: LiveView,
    reloaded: Option<ReloadedView>,
    causes: Vec<CauseView>,
    map: Option<Map>,
    older: Option<OlderView>,
    app_usage: Option<UsageView>,
    accounts: Vec<AccountView>,
    schedules: Vec<ScheduleView>,
    runs: Vec<RunView>,
}

struct ReloadedView {
    at: Moment,
    refused: Vec<String>,
    waiting: String,
}

struct CauseView {
    headline: String,
    tone: &'static str,
    since: Moment,
    message: Long,
    advice: String,
    accounts: Vec<(String, Long)>,
    others: String,
    run: Option<String>,
}

struct AccountView {
    name: Long,
    account_id: String,
    status: String,
    tone: &'static str,
    last: Option<(String, Moment)>,
    fresh: Option<Moment>,
    stale: bool,
    chart: Option<Chart>,
    spend: Option<String>,
    usage: Option<UsageView>,
    next_due: Option<Moment>,
}

struct UsageView {
    /// For the gauge.
    percent: u32,
    tone: &'static str,
    text: String,
    blocked_until: Option<Moment>,
}

struct ScheduleView {
    name: String,
    cron: String,
    zone: String,
    days: String,
    enabled: bool,
    next_due: Option<Moment>,
    paused: Option<(Moment, Long, Option<Long>)>,
    failures: String,
    last: Option<TickView>,
}

struct TickView {
    run: String,
    status: String,
    tone: &'static str,
    due: Moment,
    reason: Option<Long>,
}

struct RunView {
    run: String,
    schedule: Long,
    trigger: String,
    status: String,
    tone: &'static str,
    started: Moment,
    took: String,
    accounts: String,
    api_calls: String,
    rows_changed: String,
    error: Option<Long>,
    advice: Option<String>,
}

/// Shows the page, or the login form.
pub(in super::super::super) async fn page(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    if let Some(refused) = shared.refusal_page(&headers, "/") {
        return refused;
    }
    match (shared.state.status)().await {
        Ok(status) => render(&StatusPage::new(
            shared.frame(&headers, &Place { path: "/".to_owned(), ..Place::new("/", query.as_deref()) }),
            status,
        )),
        Err(reason) => trouble(StatusCode::SERVICE_UNAVAILABLE, reason),
    }
}

impl StatusPage {
    fn new(frame: Frame, status: Status) -> Self {
        let (now, zone, stale_after) = (status.now, status.zone, status.stale_after);
        let (sentence, tone) = sentence::of(&status);
        let map = Map::new(&status.accounts, status.days_before, status.days_promised);
        let (mut accounts, mut causes) = (status.accounts, status.causes);
        causes.sort_by_key(|cause| !cause.is_error);
        // Whoever looks for ten seconds sees what needs a look.
        accounts.sort_by_key(|line| {
            let is_bad = line.last_status.as_deref().is_some_and(|status| matches!(tone_of(status), "bad" | "warn"));
            (!line.is_stale(now, stale_after), !is_bad)
        });
        Self {
            sentence,
            tone,
            now: Moment::new(now, zone, now),
            live: LiveView::new(frame.clone(), status.live),
            reloaded: status.reloaded.map(|reloaded| ReloadedView {
                at: Moment::new(reloaded.at, zone, now),
                refused: reloaded.refused.iter().map(|problem| still(problem)).collect(),
                waiting: reloaded.waiting.join(", "),
            }),
            causes: causes.into_iter().map(|cause| CauseView::new(cause, zone, now)).collect(),
            map,
            older: OlderView::new(status.older),
            app_usage: status.app_usage.map(|usage| UsageView::new(usage, zone, now)),
            accounts: accounts.into_iter().map(|line| AccountView::new(line, now, stale_after)).collect(),
            schedules: status.schedules.into_iter().map(|line| ScheduleView::new(line, zone, now)).collect(),
            runs: status.runs.into_iter().map(|line| RunView::new(line, zone, now)).collect(),
            frame,
        }
    }
}

impl CauseView {
    fn new(cause: CauseLine, zone: Tz, now: DateTime<Utc>) -> Self {
        let more = cause.accounts.len().saturating_sub(NAMED);
        let name = |named: super::Named| {
            let name = Long::name(named.name.as_deref().unwrap_or(&named.account_id));
            (named.account_id, name)
        };
        Self {
            headline: capital(cause.headline),
            tone: if cause.is_error { "bad" } else { "warn" },
            since: Moment::new(cause.since, zone, now),
            message: Long::reason(&cause.message),
            advice: still(&cause.advice.unwrap_or_default()),
            accounts: cause.accounts.into_iter().take(NAMED).map(name).collect(),
            others: if more > 0 { format!("and {}", counted(count_of(more), "more", "more")) } else { String::new() },
            run: cause.run.map(|run| run.to_string()),
        }
    }
}

impl AccountView {
    fn new(line: AccountLine, now: DateTime<Utc>, stale_after: TimeDelta) -> Self {
        let zone = line.zone.unwrap_or(Tz::UTC);
        let status = line.last_status.clone().unwrap_or_else(|| "not run yet".to_owned());
        let today = line.days.last().filter(|day| day.date == line.today).and_then(|day| day.spend);
        let currency = line.currency.as_deref().unwrap_or_default();
        Self {
            stale: line.is_stale(now, stale_after),
            chart: Chart::new(&line),
            spend: today.map(|spend| format!("{} {currency}", money(spend)).trim_end().to_owned()),
            name: Long::name(line.called()),
            tone: tone_of(&status),
            status,
            last: line.last_run.zip(line.last_at).map(|(run, at)| (run.to_string(), Moment::new(at, zone, now))),
            fresh: line.fresh_as_of.map(|at| Moment::new(at, zone, now)),
            usage: line.usage.map(|usage| UsageView::new(usage, zone, now)),
            next_due: line.next_due_at.map(|at| Moment::new(at, zone, now)),
            account_id: line.account_id,
        }
    }
}

impl UsageView {
    fn new(usage: Usage, zone: Tz, now: DateTime<Utc>) -> Self {
        let percent = usage.pct.round().to_u32().unwrap_or(0);
        let blocked_until = usage.blocked_until.filter(|until| *until > now);
        Self {
            percent: percent.min(100),
            tone: match percent {
                _ if blocked_until.is_some() => "bad",
                ..75 => "good",
                _ => "warn",
            },
            text: format!("{} %", usage.pct.round_dp(0).max(Decimal::ZERO)),
            blocked_until: blocked_until.map(|until| Moment::new(until, zone, now)),
        }
    }
}

impl ScheduleView {
    fn new(line: ScheduleLine, zone: Tz, now: DateTime<Utc>) -> Self {
        let days = match line.lookback_days {
            0 => "today".to_owned(),
            days => format!("today and the {} before", counted(days.into(), "day", "days")),
        };
        Self {
            days,
            next_due: line.next_due_at.map(|at| Moment::new(at, zone, now)),
            paused: line.paused.map(|pause| {
                let reason = pause.reason.as_deref().map(Long::reason);
                (Moment::new(pause.at, zone, now), Long::name(&pause.by), reason)
            }),
            failures: match line.failures {
                0 => String::new(),
                failures => format!("{} in a row", counted(failures.into(), "failure", "failures")),
            },
            last: line.last.map(|last| TickView {
                run: last.run.to_string(),
                tone: tone_of(&last.status),
                status: last.status,
                due: Moment::new(last.due_at, zone, now),
                reason: last.reason.as_deref().map(Long::reason),
            }),
            enabled: line.enabled,
            zone: if line.zone == "account" { "each account's own zone".to_owned() } else { line.zone },
            cron: line.cron,
            name: line.name,
        }
    }
}

impl RunView {
    fn new(line: RunLine, zone: Tz, now: DateTime<Utc>) -> Self {
        let took = line.finished_at.unwrap_or(now) - line.started_at;
        Self {
            run: line.run.to_string(),
            tone: tone_of(&line.status),
            schedule: Long::name(&line.schedule),
            trigger: line.trigger.replace('_', " "),
            status: line.status,
            started: Moment::new(line.started_at, zone, now),
            took: length(took).unwrap_or_else(|| format!("{} s", took.num_seconds().max(0))),
            accounts: count(line.accounts),
            api_calls: line.api_calls.map_or_else(|| "–".to_owned(), count),
            rows_changed: count(line.rows_changed),
            error: line.error.as_deref().map(Long::reason),
            advice: line.advice.as_deref().map(still),
        }
    }
}

fn count_of(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
