//! A figure's provenance as JSON: rows as the tables have them, figures exact, instants in UTC.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::cli::Failed;

use super::Explained;
use super::reason::reason;
use super::request::{Put, account_id, parameters, path, put, rebuilt_parameters, rebuilt_path};

#[derive(Serialize)]
struct Entry<'a> {
    level: &'static str,
    id: &'a str,
    name: Option<&'a str>,
    account_id: Option<&'a str>,
    currency: Option<&'a str>,
    timezone_name: Option<&'a str>,
    /// The day that was asked about.
    date: String,
    /// The days of the row; empty where no window holds that day.
    since: Option<NaiveDate>,
    until: Option<NaiveDate>,
    /// Who asked for a window.
    asked_for: Vec<Asker<'a>>,
    report: &'a str,
    table: &'a str,
    rows_total: i64,
    rows: Vec<&'a RawValue>,
    reason: Option<String>,
    /// The question that showed the rows; empty where several may have.
    request: Option<Request<'a>>,
    /// The questions that may have shown them; where there is no row, all that were answered.
    requests: Vec<Request<'a>>,
    coverage: Option<&'a RawValue>,
    run: Option<&'a RawValue>,
    step: Option<&'a RawValue>,
    later: Option<Later<'a>>,
}

#[derive(Serialize)]
struct Asker<'a> {
    by: &'a str,
    at: String,
}

#[derive(Clone, Serialize)]
struct Request<'a> {
    /// `today` where the question was not kept: then it is that of today's configuration, for the figure's period alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    asked_like_this: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    manner: Option<&'a str>,
    path: String,
    parameters: BTreeMap<String, String>,
    fields: usize,
    /// Whether the day was read by the same question as today's.
    is_current: Option<bool>,
}

#[derive(Serialize)]
struct Later<'a> {
    written_at: String,
    run_id: Option<Uuid>,
    step: Option<&'a RawValue>,
}

/// A list with an object for each period.
pub(super) fn array(all: &[Explained<'_>]) -> Result<String, Failed> {
    let entries: Vec<Entry<'_>> = all.iter().map(entry).collect();
    serde_json::to_string_pretty(&entries).map_err(|error| Failed::Usage(format!("the answer is no JSON: {error}")))
}

fn entry<'a>(explained: &'a Explained<'_>) -> Entry<'a> {
    let (figure, found) = (&explained.figure, &explained.found);
    let account = found.account.as_ref();
    let (request, requests) = requests(explained);
    Entry {
        level: figure.level.as_str(),
        id: figure.id,
        name: found.name.as_deref(),
        account_id: account.map(|account| account.account_id.as_str()),
        currency: account.and_then(|account| account.currency.as_deref()),
        timezone_name: account.and_then(|account| account.zone.as_deref()),
        date: figure.date.to_string(),
        since: found.days.map(|days| days.since),
        until: found.days.map(|days| days.until),
        asked_for: found.askers.iter().map(|asker| Asker { by: &asker.asked_by, at: utc(asker.asked_at) }).collect(),
        report: &figure.report.name,
        table: &explained.table,
        rows_total: found.sums.rows,
        rows: found.rows.iter().filter_map(|row| serde_json::from_str(row).ok()).collect(),
        reason: reason(explained),
        request,
        requests,
        coverage: found.coverage.as_ref().and_then(|coverage| serde_json::from_str(&coverage.json).ok()),
        run: found.run.as_ref().and_then(|run| serde_json::from_str(&run.json).ok()),
        step: found.step.as_ref().and_then(|step| serde_json::from_str(&step.json).ok()),
        later: found.later.as_ref().map(|later| Later {
            written_at: utc(later.written_at),
            run_id: later.step.as_ref().map(|(run, _)| *run),
            step: later.step.as_ref().and_then(|(_, step)| serde_json::from_str(&step.json).ok()),
        }),
    }
}

/// The question that showed the rows, where that is known, and all that may have.
fn requests<'a>(explained: &'a Explained<'_>) -> (Option<Request<'a>>, Vec<Request<'a>>) {
    if explained.found.account.is_none() {
        return (None, Vec::new());
    }
    let Some(kept) = put(explained) else { return (Some(rebuilt(explained)), Vec::new()) };
    let requests: Vec<Request<'a>> = kept.iter().filter_map(|put| kept_request(explained, *put)).collect();
    let only = match &requests[..] {
        [only] if kept.len() == 1 => Some(only.clone()),
        _ => None,
    };
    (only, requests)
}

fn kept_request<'a>(explained: &Explained<'_>, put: Put<'a>) -> Option<Request<'a>> {
    let request = put.request?;
    let parameters = parameters(request, Some(put.answered));
    Some(Request {
        asked_like_this: None,
        manner: Some(&request.manner),
        path: path(account_id(explained), request),
        fields: parameters.get("fields").map_or(0, |fields| fields.split(',').count()),
        parameters,
        is_current: explained.is_asked_alike,
    })
}

fn rebuilt<'a>(explained: &Explained<'_>) -> Request<'a> {
    let named = rebuilt_parameters(explained).into_iter().map(|(name, value)| (name.to_owned(), value));
    let mut parameters: BTreeMap<_, _> = named.collect();
    parameters.remove("fields");
    Request {
        asked_like_this: Some("today"),
        manner: None,
        path: rebuilt_path(explained),
        parameters,
        fields: explained.query.fields.split(',').count(),
        is_current: explained.is_asked_alike,
    }
}

fn utc(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Micros, true)
}
