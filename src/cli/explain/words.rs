//! A figure's provenance as text for people.

use std::fmt::Write;

use rust_decimal::Decimal;

use crate::meta::page::Page;
use crate::rows::catalogue::currencies::minor_units;
use crate::rows::report::{Increment, Level};
use crate::rows::value;
use crate::store::provenance::{Coverage, Provenance};

use super::super::clock::at;
use super::reason::{reason, word};
use super::{Explained, request};

/// Columns of insights that hold money, beside metrics of value.
const MONEY: [&str; 5] = ["spend", "cpc", "cpm", "purchase_value", "cost_per_result"];
/// Rows that are listed at the most.
const MOST_ROWS: usize = 20;

/// The whole of it.
pub(super) fn text(explained: &Explained<'_>) -> String {
    let (figure, found) = (&explained.figure, &explained.found);
    let mut text = String::new();
    let name = found.name.as_ref().map_or(String::new(), |name| format!(" \"{}\"", printable(name)));
    line(&mut text, word(figure.level), &format!("{}{name}, {}", id(explained), days(explained)));
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
        for asker in &found.askers {
            let words = format!("by {} at {}", printable(&asker.asked_by), at(asker.asked_at, explained.zone));
            line(&mut text, "asked for", &words);
        }
        if found.coverage.is_some() {
            request::lines(explained).iter().for_each(|(label, words)| line(&mut text, label, words));
        }
        origin(&mut text, explained);
    }
    text
}

/// The days of the row: one, or from the first to the last of a longer period.
fn days(explained: &Explained<'_>) -> String {
    let (asked, days) = (explained.figure.date, explained.days);
    match explained.figure.report.increment {
        Increment::Daily => days.since.to_string(),
        _ if explained.found.days.is_none() => asked.to_string(),
        increment => format!("{} to {}, the {} that holds {asked}", days.since, days.until, period_word(increment)),
    }
}

/// What the days of a row are.
pub(super) const fn period_word(increment: Increment) -> &'static str {
    match increment {
        Increment::Daily => "day",
        Increment::Weekly => "week",
        Increment::Monthly => "month",
        Increment::AllDays => "window",
    }
}

fn id(explained: &Explained<'_>) -> String {
    let prefix = if explained.figure.level == Level::Account { "act_" } else { "" };
    format!("{prefix}{}", explained.figure.id)
}

/// The row as it is stored, or the sum of several.
fn rows(text: &mut String, explained: &Explained<'_>) {
    let found = &explained.found;
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
            let amount = value.parse().ok().filter(|_| is_money(explained, name));
            field(text, name, &amount.map_or(value, |amount| money(explained, amount)));
        }
        if !empty.is_empty() {
            field(text, "(empty)", &empty.join(", "));
        }
    } else {
        let sums = &found.sums;
        let part = |part: Option<Decimal>| part.map_or("-".to_owned(), |part| part.to_string());
        let spent = |spend: Option<Decimal>| spend.map_or("-".to_owned(), |spend| money(explained, spend));
        let words = match explained.figure.report.adds_up() {
            true => format!(
                "{} rows together: spend {}, impressions {}, clicks {}",
                sums.rows,
                spent(sums.spend),
                part(sums.impressions),
                part(sums.clicks)
            ),
            false => format!("{} rows, which are no parts of one sum:", sums.rows),
        };
        line(text, "rows", &words);
        for row in parsed.iter().take(MOST_ROWS) {
            let of = |name: &str| {
                let raw = row.get(name).filter(|raw| raw.get() != "null");
                raw.and_then(|raw| value::text(raw.get())).map_or("-".to_owned(), |text| printable(&text))
            };
            let table = explained.figure.table;
            let parts = table.key_columns().filter(|key| !matches!(*key, "date" | "date_stop"));
            let is_breakdown = |key: &str| table.key_breakdowns.iter().any(|name| name == key);
            let named = |key: &str| if is_breakdown(key) { format!("{key}={}", of(key)) } else { of(key) };
            let key: Vec<String> = parts.map(named).collect();
            let spend = spent(of("spend").parse().ok());
            let figures = format!("spend {spend}, impressions {}, clicks {}", of("impressions"), of("clicks"));
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

/// When the day was read, by which run, and whether it agrees with Meta's total.
fn origin(text: &mut String, explained: &Explained<'_>) {
    let found = &explained.found;
    let Some(coverage) = &found.coverage else {
        let period = period_word(explained.figure.report.increment);
        line(text, "read", &format!("never to its end: the {period} has no row of its own in sync_coverage"));
        return since_then(text, explained);
    };
    line(text, "read", &at(coverage.fetched_at, explained.zone));
    since_then(text, explained);
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
    line(text, label, &day(explained, coverage));
}

/// What wrote the rows after the day was last read to its end: a reading that broke off, or that still goes on.
fn since_then(text: &mut String, explained: &Explained<'_>) {
    let Some(later) = &explained.found.later else { return };
    let written = at(later.written_at, explained.zone);
    let Some((run, step)) = &later.step else {
        let words =
            format!("a row was written at {written} by a reading that did not come to its end; no record shows which");
        return line(text, "since then", &words);
    };
    let words = format!(
        "a row was written at {written} by a reading that has not come to its end: run {run}, step {}, {}",
        step.step, step.status
    );
    line(text, "since then", &words);
    for request in explained.found.requests.iter().filter(|request| step.requests.contains(&request.hash)) {
        line(text, "", &format!("it asked {}", request::words(request::account_id(explained), request, None)));
    }
}

/// The day's sum against Meta's own total of the account.
fn day(explained: &Explained<'_>, coverage: &Coverage) -> String {
    let (report, total) = (explained.figure.report, explained.found.total);
    let complete = match (coverage.complete, coverage.status.as_deref()) {
        (true, _) => "complete",
        (false, Some("moving")) => "still running",
        (false, _) => "not complete",
    };
    let spent = coverage.spend.map_or("unknown".to_owned(), |spend| money(explained, spend));
    let mut words = format!("{complete}, {} rows of all objects, spend {spent}", coverage.rows);
    let is_compared = matches!(coverage.status.as_deref(), Some("settled" | "moving" | "explained" | "drift"));
    let compared_with = (coverage.control_spend, coverage.control_impressions, coverage.control_clicks);
    // What the rows were not compared with is told as it was last read.
    let known = total.map(|total| (Some(total.spend), Some(total.impressions), Some(total.clicks)));
    let (control, control_impressions, control_clicks) =
        if is_compared && compared_with.0.is_some() { compared_with } else { known.unwrap_or_default() };
    if let (Some(spend), Some(control)) = (coverage.spend, control) {
        let of = match (report.increment, coverage.complete) {
            (Increment::Daily, true) => "total of the account",
            (_, true) => "totals of the account's days, as far as they were read,",
            (_, false) => "total of its days before today",
        };
        write!(words, "; Meta's own {of} {}", money(explained, control)).ok();
        if report.adds_up() {
            write!(words, ", difference {}", money(explained, control - spend)).ok();
            for (name, sum, control) in [
                ("impressions", coverage.impressions, control_impressions),
                ("clicks", coverage.clicks, control_clicks),
            ] {
                if let (Some(sum), Some(control)) = (sum, control) {
                    write!(words, ", {name} {sum} of {control}").ok();
                }
            }
        }
    }
    if let Some(unlisted) = coverage.unlisted_spend {
        write!(words, ", of which {} by objects that Meta does not list", money(explained, unlisted)).ok();
    }
    let period = if report.increment == Increment::Daily { String::new() } else { format!("{}: ", days_of(explained)) };
    format!("{period}{words}; {}", status(explained, coverage.status.as_deref()))
}

fn days_of(explained: &Explained<'_>) -> String {
    format!("{} to {}", explained.days.since, explained.days.until)
}

/// An amount with the account's currency: with as many decimals as that has, and with more only where the amount has more.
pub(super) fn money(explained: &Explained<'_>, amount: Decimal) -> String {
    let code = explained.found.account.as_ref().and_then(|account| account.currency.as_deref());
    let decimals = code.map_or(0, |code| minor_units(code).ilog10());
    let mut amount = amount.normalize();
    if amount.scale() < decimals {
        amount.rescale(decimals);
    }
    format!("{amount}{}", currency(&explained.found))
}

/// What came of the comparison, in words.
fn status(explained: &Explained<'_>, status: Option<&str>) -> String {
    match status {
        None => "not compared with Meta's total yet: the next run does".to_owned(),
        Some("settled") => "settled: it agrees with Meta's total".to_owned(),
        Some("moving") => "moving: Meta still counts, so a difference means nothing".to_owned(),
        Some("explained") => {
            "explained: the difference is deleted objects, which Meta counts but does not list".to_owned()
        }
        Some("drift") => "drift: it differs from Meta's total; reading the day again may mend it".to_owned(),
        Some("not_additive") if explained.figure.report.adds_up() => {
            "not_additive: Meta's totals are of days, not of longer periods".to_owned()
        }
        Some("not_additive") => "not_additive: rows of this report do not sum to Meta's total".to_owned(),
        Some(other) => printable(other),
    }
}

fn line(text: &mut String, label: &str, words: &str) {
    writeln!(text, "{label:<12} {words}").ok();
}

/// A column of the row.
fn field(text: &mut String, name: &str, value: &str) {
    writeln!(text, "  {name:<23} {value}").ok();
}

/// A text as a terminal may show it: no control characters.
pub(super) fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}
