//! How Meta was asked for a figure: the questions that were kept, else the one that is asked today.

use std::collections::BTreeMap;

use crate::meta::page::Page;
use crate::rows::report::Increment;
use crate::rows::value;
use crate::store::requests::{Answered, Request};

use super::Explained;
use super::words::printable;

/// A question that was kept, with the days that it was asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Put<'a> {
    /// The question; `None` where its text is gone.
    pub request: Option<&'a Request>,
    pub answered: &'a Answered,
}

/// The questions that the period was read with: those that may have shown the figure's rows, or all of them where there is
/// no row. `None` where none was kept.
pub(super) fn put<'a>(explained: &'a Explained<'_>) -> Option<Vec<Put<'a>>> {
    let found = &explained.found;
    let reading = found.coverage.as_ref()?.reading.as_ref()?;
    let (rows, shown) = (found.sums.rows, i64::try_from(found.rows.len()).unwrap_or(i64::MAX));
    let may_have_shown: Vec<&Answered> = if rows == 0 {
        reading.asked.iter().collect()
    } else if shown < rows {
        reading.asked.iter().filter(|answered| answered.rows > 0).collect()
    } else {
        let ids = found.rows.iter().filter_map(|row| object_of(explained, row));
        let of_rows: Vec<&Answered> = ids.flat_map(|id| reading.of_object(&id)).collect();
        reading.asked.iter().filter(|answered| of_rows.contains(answered)).collect()
    };
    let request = |answered: &Answered| found.requests.iter().find(|request| request.hash == answered.request);
    Some(may_have_shown.into_iter().map(|answered| Put { request: request(answered), answered }).collect())
}

/// The object that a stored row is about.
fn object_of(explained: &Explained<'_>, row: &str) -> Option<String> {
    let page = Page::decode(format!("{{\"data\":[{row}]}}")).ok()?;
    let raw = page.iter().next()?.get(explained.figure.report.level.id_column())?;
    value::text(raw.get()).map(|text| text.into_owned())
}

/// The lines that say how Meta was asked, each with its label.
pub(super) fn lines(explained: &Explained<'_>) -> Vec<(&'static str, String)> {
    let Some(put) = put(explained) else { return vec![("request", rebuilt(explained))] };
    let mut lines = Vec::new();
    if put.len() > 1 {
        let words = match explained.found.sums.rows {
            0 => format!("all of these {}, and none showed a row of it:", put.len()),
            1 => format!(
                "one of these {}, of which several showed many rows; which one showed this is not kept:",
                put.len()
            ),
            _ => format!("these {}:", put.len()),
        };
        lines.push(("request", words));
    }
    let label = if put.len() > 1 { "" } else { "request" };
    for put in &put {
        let Some(request) = put.request else {
            lines.push((label, format!("{}, whose text is no longer kept", printable(&put.answered.request))));
            continue;
        };
        lines.push((label, words(account_id(explained), request, Some(put.answered))));
    }
    // The fields differ where Meta refused some between two questions: those of the last one count.
    if let Some(fields) = put.iter().rev().find_map(|put| parameters(put.request?, None).remove("fields")) {
        lines.push(("fields", printable(&fields)));
    }
    if put.is_empty() {
        lines.push(("request", "none of the questions of that reading showed the row".to_owned()));
    } else if explained.is_asked_alike == Some(false) {
        let words = "asked with other settings than today's: the next run that covers it reads it again";
        lines.push(("", words.to_owned()));
    }
    lines
}

/// A kept question as text, of an account and with its days where these are known.
pub(in crate::cli) fn words(account_id: Option<&str>, request: &Request, answered: Option<&Answered>) -> String {
    let mut parameters = parameters(request, answered);
    let has_windows = parameters.contains_key("action_attribution_windows");
    if let Some(fields) = parameters.get_mut("fields") {
        *fields = format!("({} fields)", fields.split(',').count());
    }
    let listed: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let (verb, manner) = match request.manner.as_str() {
        "report_run" => ("POST", ", worked out by a report run"),
        "batch" => ("GET", ", for up to 50 objects in one call"),
        _ => ("GET", ""),
    };
    let windows = if has_windows { "" } else { "; each ad set's own attribution setting" };
    let text = format!("{verb} {} with {}{windows}{manner}", path(account_id, request), listed.join(", "));
    printable(&text)
}

/// The path at the API, with the version that was asked for.
pub(super) fn path(account_id: Option<&str>, request: &Request) -> String {
    format!("/{}/{}", request.api_version, request.path.replace("<account_id>", account_id.unwrap_or("<account_id>")))
}

/// The digits of the figure's account.
pub(super) fn account_id<'a>(explained: &'a Explained<'_>) -> Option<&'a str> {
    explained.found.account.as_ref().map(|account| account.account_id.as_str())
}

/// The parameters as they were sent, as far as that is kept: the days are, ids are not.
pub(super) fn parameters(request: &Request, answered: Option<&Answered>) -> BTreeMap<String, String> {
    let mut parameters: BTreeMap<String, String> = serde_json::from_str(&request.parameters).unwrap_or_default();
    if let Some(answered) = answered {
        for value in parameters.values_mut() {
            *value =
                value.replace("<since>", &answered.since.to_string()).replace("<until>", &answered.until.to_string());
        }
    }
    parameters
}

/// The question as the configuration of today puts it, without anything secret: the token never stands in it.
fn rebuilt(explained: &Explained<'_>) -> String {
    let parameters: Vec<String> =
        rebuilt_parameters(explained).into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    let windows = match explained.query.attribution_windows.as_slice() {
        [] => "each ad set's own attribution setting".to_owned(),
        windows => format!("attribution windows {} beside the ad set's own setting", windows.join(", ")),
    };
    let alike = match explained.is_asked_alike {
        Some(false) => "; the day was read with other settings, and the next run that covers the day reads it again",
        _ => "",
    };
    // A run may have asked for a longer window at once, by a report run, or of some objects only.
    let period = if explained.figure.report.increment == Increment::Daily { "day" } else { "period" };
    let (path, parameters) = (rebuilt_path(explained), parameters.join(", "));
    format!(
        "not kept by the version that read it; asked like this today, for this {period} alone: GET {path} with \
         {parameters}; {windows}{alike}"
    )
}

/// The path at the API, with the version that the run asked for.
pub(super) fn rebuilt_path(explained: &Explained<'_>) -> String {
    let run = explained.found.run.as_ref().and_then(|run| run.api_version.as_deref());
    let account = explained.found.account.as_ref().map_or("", |account| account.account_id.as_str());
    format!("/{}/act_{account}/insights", run.unwrap_or(explained.api_version))
}

/// The parameters, with the number of fields instead of their names.
pub(super) fn rebuilt_parameters(explained: &Explained<'_>) -> Vec<(&'static str, String)> {
    let shorten = |(name, value): (&'static str, String)| match name {
        "fields" => (name, format!("({} fields)", value.split(',').count())),
        _ => (name, value),
    };
    explained.query.parameters().into_iter().map(shorten).collect()
}
