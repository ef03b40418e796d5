//! An account as its page words it.

use askama::Template;
use chrono_tz::Tz;

use super::super::super::frame::Frame;
use super::super::super::moment::{Moment, took};
use super::super::super::number::{amount, grouped, unsigned};
use super::super::super::words::{counted, shortened, tone_of};
use super::chart::{Chart, DayView, are_daily};
use super::objects::ObjectsView;
use super::{AskedAccount, ToldAccount};
use crate::store::pages::account::{AccountPage, Coverage, Record, Run, SUMS, Sums};

#[derive(Template)]
#[template(path = "account.html", config = ".askama.toml")]
pub(super) struct AccountView {
    frame: Frame,
    act: String,
    heading: String,
    /// Its name at Meta, where the heading is another.
    name: Option<String>,
    facts: Vec<(&'static str, String)>,
    status: Option<(String, &'static str)>,
    last: Option<(String, &'static str)>,
    fresh: Option<Moment>,
    is_stale: bool,
    next_due: Option<Moment>,
    now: Moment,
    window: Option<String>,
    currency: String,
    sums: Vec<(&'static str, String)>,
    results: Vec<(String, String)>,
    /// Whether a day has more of them than are added up for a page.
    has_many_results: bool,
    /// Of which days, where it is not the window.
    results_since: Option<String>,
    reports: Vec<ReportView>,
    report: Option<String>,
    chart: Option<Chart>,
    days: Vec<DayView>,
    objects: ObjectsView,
    runs: Vec<RunView>,
}

struct ReportView {
    report: String,
    path: String,
    is_shown: bool,
    span: String,
    days: String,
    incomplete: String,
    has_incomplete: bool,
    agreement: String,
    differs: bool,
    read: Option<Moment>,
}

struct RunView {
    id: String,
    what: String,
    status: String,
    tone: &'static str,
    started: Moment,
    took: String,
}

impl AccountView {
    pub(super) fn new(frame: Frame, told: ToldAccount, asked: &AskedAccount) -> Self {
        let now = told.now;
        let AccountPage { account, reports, report, days, sums, results_since, results, listing, runs } = told.page;
        let account = account.unwrap_or_default();
        let zone: Tz = account.timezone_name.as_deref().and_then(|zone| zone.parse().ok()).unwrap_or(Tz::UTC);
        let moment = |at| Moment::new(at, zone, now);
        let act = asked.account_id.act();
        let heading = told.label.or_else(|| account.name.clone()).unwrap_or_else(|| act.clone());
        let fresh_as_of = reports.iter().filter_map(|report| report.fresh_as_of).max();
        let currency = account.currency.clone().unwrap_or_default();
        let window = account.metrics_since.zip(account.metrics_until);
        Self {
            act,
            name: account.name.clone().filter(|name| *name != heading).map(|name| shortened(&name)),
            heading: shortened(&heading),
            facts: facts(&account),
            status: account.account_status.map(|status| status_of(status, account.disable_reason)),
            last: runs.first().map(|run| (run.status.clone(), tone_of(&run.status))),
            fresh: fresh_as_of.map(moment),
            is_stale: fresh_as_of.is_none_or(|at| now - at > told.stale_after),
            next_due: told.next_due_at.map(moment),
            now: moment(now),
            window: window.map(|(since, until)| format!("{since} to {until}")),
            has_many_results: sums.is_some() && results_since.is_none(),
            sums: sums.map(|sums| summed(sums, &currency)).unwrap_or_default(),
            results: results
                .into_iter()
                .map(|result| {
                    (shortened(&result.result_type), result.results.map_or("-".to_owned(), |sum| grouped(&sum)))
                })
                .collect(),
            results_since: results_since
                .filter(|since| Some(*since) > account.metrics_since)
                .map(|since| since.to_string()),
            chart: Some(&days).filter(|days| are_daily(days)).and_then(|days| Chart::new(days, &currency)),
            days: days.iter().rev().map(|day| DayView::new(day, zone, now)).collect(),
            reports: reports
                .into_iter()
                .map(|coverage| ReportView::new(coverage, report.as_deref(), asked, zone, now))
                .collect(),
            report,
            objects: ObjectsView::new(listing, asked, now),
            runs: runs.into_iter().map(|run| RunView::new(run, zone, now)).collect(),
            currency,
            frame,
        }
    }
}

fn facts(account: &Record) -> Vec<(&'static str, String)> {
    let facts = [("Client", &account.client), ("Currency", &account.currency), ("Zone", &account.timezone_name)];
    facts.into_iter().filter_map(|(name, value)| Some((name, shortened(value.as_ref()?)))).collect()
}

/// Meta's number as its word, by Meta's own list.
fn status_of(status: i32, reason: Option<i32>) -> (String, &'static str) {
    let (word, tone) = match status {
        1 => ("active", "good"),
        2 => ("disabled", "bad"),
        3 => ("unsettled", "bad"),
        7 => ("pending risk review", "warn"),
        8 => ("pending settlement", "warn"),
        9 => ("in grace period", "warn"),
        100 => ("pending closure", "warn"),
        101 => ("closed", "bad"),
        _ => return (format!("account_status {status}"), "idle"),
    };
    match reason.filter(|reason| *reason != 0) {
        Some(reason) => (format!("{word}, disable_reason {reason}"), tone),
        None => (word.to_owned(), tone),
    }
}

fn summed(sums: Sums, currency: &str) -> Vec<(&'static str, String)> {
    let words = |name: &str| match name {
        "spend" => "Spend",
        "impressions" => "Impressions",
        "clicks" => "Clicks",
        "leads" => "Leads",
        "cost_per_lead" => "Cost per lead",
        "purchases" => "Purchases",
        "purchase_value" => "Purchase value",
        "cost_per_purchase" => "Cost per purchase",
        "messaging_conversations" => "Conversations",
        _ => "Cost per conversation",
    };
    let shown = |name: &str, sum: String| match name {
        "spend" | "purchase_value" => format!("{} {currency}", amount(&sum)),
        _ if name.starts_with("cost_per") => format!("{} {currency}", amount(&sum)),
        _ => grouped(&sum),
    };
    let pair = |((name, _), sum): (&(&'static str, &str), Option<String>)| match sum {
        // A ratio without a denominator says nothing.
        None if name.starts_with("cost_per") => None,
        None => Some((words(name), "unknown".to_owned())),
        Some(sum) => Some((words(name), shown(name, sum))),
    };
    SUMS.iter().zip(sums).filter_map(pair).collect()
}

impl ReportView {
    fn new(
        coverage: Coverage,
        shown: Option<&str>,
        asked: &AskedAccount,
        zone: Tz,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Self {
        let agreement = match (coverage.drift, coverage.agreeing) {
            (0, 0) => "not compared".to_owned(),
            (0, agreeing) => counted(unsigned(agreeing), "day agrees", "days agree"),
            (drift, _) => counted(unsigned(drift), "day differs", "days differ"),
        };
        Self {
            path: asked.with_report(&coverage.report),
            is_shown: shown == Some(coverage.report.as_str()),
            span: format!("{} to {}", coverage.since, coverage.until),
            days: grouped(&coverage.days.to_string()),
            has_incomplete: coverage.incomplete > 0,
            incomplete: grouped(&coverage.incomplete.to_string()),
            differs: coverage.drift > 0,
            agreement,
            read: coverage.fetched_at.map(|at| Moment::new(at, zone, now)),
            report: coverage.report,
        }
    }
}

impl RunView {
    fn new(run: Run, zone: Tz, now: chrono::DateTime<chrono::Utc>) -> Self {
        let command = if run.trigger == "backfill" { "backfill" } else { "sync" };
        Self {
            id: run.id.to_string(),
            what: run.schedule.unwrap_or_else(|| command.to_owned()),
            tone: tone_of(&run.status),
            status: run.status,
            started: Moment::new(run.started_at, zone, now),
            took: took(run.finished_at.unwrap_or(now) - run.started_at),
        }
    }
}
