//! A figure's provenance as text for people.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;

use crate::meta::page::Page;
use crate::rows::report::{Increment, Level};
use crate::rows::value;
use crate::store::provenance::{Coverage, Provenance};

use super::Explained;
use super::reason::{reason, word};

/// Columns of insights that hold money, beside metrics of value.
const MONEY: [&str; 5] = ["spend", "cpc", "cpm", "purchase_value", "cost_per_result"];
/// Rows that are listed at the most.
const MOST_ROWS: usize = 20;

/// The whole of it.
pub(super) fn text(explained: &Explained<'_>) -> String {
    let (figure, found) = (&explained.figure, &explained.found);
    let mut text = String::new();
    let name = found.name.as_ref().map_or(String::new(), |name| format!(" \"{}\"", printable(name)));
    line(&mut text, word(figure.level), &format!("{}{name}, {}", id(explained), figure.date));
    let is_account = figure.level == Level::Account;
    if let Some(account) = &found.account {
        let part = |part: &Option<String>, none: &str| part.as_deref().map_or(none.to_owned(), printable);
        let words = format!(
            "act_{} \"{}\", {}, days of {}",
            account.account_id,
            part(&account.name, "no name yet"),
            part(&account.currency, "currency not read yet"),
            part(&account.zone, "a zone that is not read yet")
        );
        line(&mut text, if is_account { "" } else { "account" }, &words);
    }
    let report = figure.report;
    let breakdowns = match report.breakdowns.is_empty() {
        true => "no breakdowns".to_owned(),
        false => format!("by {}", report.breakdowns.join(", ")),
    };
    line(
        &mut text,
        "report",
        &format!(
            "{} ({} level, {}, {breakdowns}), table {}",
            report.name,
            report.level.as_str(),
            report.increment.as_str(),
            explained.table
        ),
    );
    match reason(explained) {
        Some(reason) => line(&mut text, "no row", &reason),
        None => rows(&mut text, explained),
    }
    if found.account.is_some() {
        if found.coverage.is_some() {
            line(&mut text, "request", &request(explained));
        }
        origin(&mut text, explained);
    }
    text
}

fn id(explained: &Explained<'_>) -> String {
    let prefix = if explained.figure.level == Level::Account { "act_" } else { "" };
    format!("{prefix}{}", explained.figure.id)
}

/// The row as it is stored, or the sum of several.
fn rows(text: &mut String, explained: &Explained<'_>) {
    let (found, currency) = (&explained.found, currency(&explained.found));
    let page = Page::decode(format!("{{\"data\":[{}]}}", found.rows.join(",")));
    let parsed = page.as_ref().map(|page| page.iter().collect::<Vec<_>>()).unwrap_or_default();
    if let ([row], 1) = (parsed.as_slice(), found.sums.rows) {
        let mut empty = Vec::new();
        for (name, raw) in row.fields() {
            if matches!(name, "last_synced") {
                continue;
            }
            if raw.get() == "null" {
                empty.push(name);
                continue;
            }
            let value = value::text(raw.get()).map_or(raw.get().to_owned(), |text| printable(&text));
            let unit = if is_money(explained, name) { currency.as_str() } else { "" };
            field(text, name, &format!("{value}{unit}"));
        }
        if !empty.is_empty() {
            field(text, "(empty)", &empty.join(", "));
        }
    } else {
        let sums = &found.sums;
        let part = |part: Option<Decimal>| part.map_or("-".to_owned(), |part| part.to_string());
        let words = format!(
            "{} rows together: spend {}{currency}, impressions {}, clicks {}",
            sums.rows,
            part(sums.spend),
            part(sums.impressions),
            part(sums.clicks)
        );
        line(text, "rows", &words);
        for row in parsed.iter().take(MOST_ROWS) {
            let of = |name: &str| {
                let raw = row.get(name).filter(|raw| raw.get() != "null");
                raw.and_then(|raw| value::text(raw.get())).map_or("-".to_owned(), |text| printable(&text))
            };
            let key: Vec<String> = explained.figure.table.key_columns().filter(|key| *key != "date").map(of).collect();
            let figures =
                format!("spend {}{currency}, impressions {}, clicks {}", of("spend"), of("impressions"), of("clicks"));
            line(text, "", &format!("{}: {figures}", key.join(" ")));
        }
        let more = usize::try_from(sums.rows).unwrap_or(usize::MAX).saturating_sub(parsed.len().min(MOST_ROWS));
        if more > 0 {
            line(text, "", &format!("and {more} more"));
        }
    }
    if let Some(last) = found.sums.last_synced {
        line(
            text,
            "last change",
            &format!("written at {}; rows that did not change are not written", at(last, explained.zone)),
        );
    }
}

fn is_money(explained: &Explained<'_>, name: &str) -> bool {
    MONEY.contains(&name) || explained.figure.report.metrics.iter().any(|metric| metric.value && metric.name == name)
}

fn currency(found: &Provenance) -> String {
    let currency = found.account.as_ref().and_then(|account| account.currency.as_deref());
    currency.map_or(String::new(), |currency| format!(" {}", printable(currency)))
}

/// The question as the configuration of today puts it, without anything secret: the token never stands in it.
fn request(explained: &Explained<'_>) -> String {
    let parameters: Vec<String> =
        parameters(explained).into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    let windows = match explained.query.attribution_windows.as_slice() {
        [] => "each ad set's own attribution setting".to_owned(),
        windows => format!("attribution windows {} beside the ad set's own setting", windows.join(", ")),
    };
    let alike = match explained.is_asked_alike {
        Some(false) => "; the day was read with other settings, and the next run that covers it reads it again",
        _ => "",
    };
    // A run may have asked for a longer window at once, by a report run, or of some objects only.
    let period = if explained.figure.report.increment == Increment::Daily { "day" } else { "period" };
    let (path, parameters) = (path(explained), parameters.join(", "));
    format!("asked like this today, for this {period} alone: GET {path} with {parameters}; {windows}{alike}")
}

/// The path at the API, with the version that was asked for.
pub(super) fn path(explained: &Explained<'_>) -> String {
    let run = explained.found.run.as_ref().and_then(|run| run.api_version.as_deref());
    let account = explained.found.account.as_ref().map_or("", |account| account.account_id.as_str());
    format!("/{}/act_{account}/insights", run.unwrap_or(explained.api_version))
}

/// The parameters, with the number of fields instead of their names. A longer window may have been asked at once.
pub(super) fn parameters(explained: &Explained<'_>) -> Vec<(&'static str, String)> {
    let shorten = |(name, value): (&'static str, String)| match name {
        "fields" => (name, format!("({} fields)", value.split(',').count())),
        _ => (name, value),
    };
    explained.query.parameters().into_iter().map(shorten).collect()
}

/// When the day was read, by which run, and whether it agrees with Meta's total.
fn origin(text: &mut String, explained: &Explained<'_>) {
    let found = &explained.found;
    let Some(coverage) = &found.coverage else {
        return line(text, "read", "never: the day has no row in sync_coverage");
    };
    line(text, "read", &at(coverage.fetched_at, explained.zone));
    match (&found.run, coverage.run_id) {
        (Some(run), _) => {
            let schedule = run.schedule.as_ref().map_or(String::new(), |name| format!(" of schedule {name}"));
            let started = run.started_at.map_or("at an unknown time".to_owned(), |started| at(started, explained.zone));
            let version = run.api_version.as_ref().map_or(String::new(), |version| format!(", API {version}"));
            let words = format!("{}, {}{schedule}, started {started}, {}{version}", run.id, run.trigger, run.status);
            line(text, "run", &words);
        }
        (None, Some(id)) => line(text, "run", &format!("{id}, whose record is no longer kept")),
        (None, None) => {}
    }
    if let Some(step) = &found.step {
        let calls = step.api_calls.map_or(String::new(), |calls| format!(", {calls} calls"));
        line(text, "step", &format!("{}, {}{calls}", step.step, step.status));
    }
    let traces = [
        found.step.as_ref().and_then(|step| step.fbtrace_id.as_deref()),
        found.run.as_ref().and_then(|run| run.fbtrace_id.as_deref()),
    ];
    if let Some(trace) = traces.into_iter().flatten().next() {
        line(text, "fbtrace_id", &format!("{} (of the run's error)", printable(trace)));
    }
    let label = if explained.figure.report.increment == Increment::Daily { "its day" } else { "its period" };
    line(text, label, &day(coverage, &currency(found)));
}

/// The day's sum against Meta's own total of the account.
fn day(coverage: &Coverage, currency: &str) -> String {
    let complete = match (coverage.complete, coverage.status.as_deref()) {
        (true, _) => "complete",
        (false, Some("moving")) => "still running",
        (false, _) => "not complete",
    };
    let money = |amount: Option<Decimal>| amount.map_or("unknown".to_owned(), |amount| format!("{amount}{currency}"));
    let mut words = format!("{complete}, {} rows of all objects, spend {}", coverage.rows, money(coverage.spend));
    if coverage.status.as_deref() != Some("not_additive")
        && let (Some(spend), Some(control)) = (coverage.spend, coverage.control_spend)
    {
        let difference = (control - spend).normalize();
        write!(words, "; Meta's own total of the account {control}{currency}, difference {difference}{currency}").ok();
        for (name, sum, control) in [
            ("impressions", coverage.impressions, coverage.control_impressions),
            ("clicks", coverage.clicks, coverage.control_clicks),
        ] {
            if let (Some(sum), Some(control)) = (sum, control) {
                write!(words, ", {name} {sum} of {control}").ok();
            }
        }
    }
    if let Some(unlisted) = coverage.unlisted_spend {
        write!(words, ", of which {unlisted}{currency} by objects that Meta does not list").ok();
    }
    format!("{words}; {}", status(coverage.status.as_deref()))
}

/// What came of the comparison, in words.
pub(super) fn status(status: Option<&str>) -> String {
    match status {
        None => "not compared with Meta's total yet: the next run does".to_owned(),
        Some("settled") => "settled: it agrees with Meta's total".to_owned(),
        Some("moving") => "moving: Meta still counts, so a difference means nothing".to_owned(),
        Some("explained") => {
            "explained: the difference is deleted objects, which Meta counts but does not list".to_owned()
        }
        Some("drift") => "drift: it differs from Meta's total; reading the day again may mend it".to_owned(),
        Some("not_additive") => "not_additive: rows of this report do not sum to Meta's total".to_owned(),
        Some(other) => printable(other),
    }
}

/// An instant on the account's clock, with its zone named.
pub(super) fn at(instant: DateTime<Utc>, zone: Tz) -> String {
    format!("{} {}", instant.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S"), zone.name())
}

fn line(text: &mut String, label: &str, words: &str) {
    writeln!(text, "{label:<12} {words}").ok();
}

/// A column of the row.
fn field(text: &mut String, name: &str, value: &str) {
    writeln!(text, "  {name:<23} {value}").ok();
}

/// A text as a terminal may show it: no control characters.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}
