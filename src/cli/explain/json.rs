//! A figure's provenance as JSON: rows as the tables have them, figures exact, instants in UTC.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::cli::Failed;

use super::Explained;
use super::reason::reason;
use super::words::{parameters, path};

#[derive(Serialize)]
struct Entry<'a> {
    level: &'static str,
    id: &'a str,
    name: Option<&'a str>,
    account_id: Option<&'a str>,
    currency: Option<&'a str>,
    timezone_name: Option<&'a str>,
    date: String,
    report: &'a str,
    table: &'a str,
    rows_total: i64,
    rows: Vec<&'a RawValue>,
    reason: Option<String>,
    request: Option<Request>,
    coverage: Option<&'a RawValue>,
    run: Option<&'a RawValue>,
    step: Option<&'a RawValue>,
}

#[derive(Serialize)]
struct Request {
    /// The question is that of today's configuration, for the figure's period alone.
    asked_like_this: &'static str,
    path: String,
    parameters: BTreeMap<&'static str, String>,
    fields: usize,
    /// Whether the day was read by the same question.
    is_current: Option<bool>,
}

/// A list of one object.
pub(super) fn array(explained: &Explained<'_>) -> Result<String, Failed> {
    let (figure, found) = (&explained.figure, &explained.found);
    let account = found.account.as_ref();
    let request = account.map(|_| {
        let mut parameters: BTreeMap<_, _> = parameters(explained).into_iter().collect();
        parameters.remove("fields");
        Request {
            asked_like_this: "today",
            path: path(explained),
            parameters,
            fields: explained.query.fields.split(',').count(),
            is_current: explained.is_asked_alike,
        }
    });
    let entry = Entry {
        level: figure.level.as_str(),
        id: figure.id,
        name: found.name.as_deref(),
        account_id: account.map(|account| account.account_id.as_str()),
        currency: account.and_then(|account| account.currency.as_deref()),
        timezone_name: account.and_then(|account| account.zone.as_deref()),
        date: figure.date.to_string(),
        report: &figure.report.name,
        table: &explained.table,
        rows_total: found.sums.rows,
        rows: found.rows.iter().filter_map(|row| serde_json::from_str(row).ok()).collect(),
        reason: reason(explained),
        request,
        coverage: found.coverage.as_ref().and_then(|coverage| serde_json::from_str(&coverage.json).ok()),
        run: found.run.as_ref().and_then(|run| serde_json::from_str(&run.json).ok()),
        step: found.step.as_ref().and_then(|step| serde_json::from_str(&step.json).ok()),
    };
    serde_json::to_string_pretty(&[entry]).map_err(|error| Failed::Usage(format!("the answer is no JSON: {error}")))
}
