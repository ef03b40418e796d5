//! The view `account_freshness`: up to when the figures of an account are there, and whether Meta says the same.

use crate::rows::report::Increment;
use crate::rows::table::Table;

use super::super::names::{Names, literal};
use super::offer::{Offer, ViewColumn};

/// The view.
pub(super) fn account_freshness(names: &Names, tables: &[Table]) -> Offer {
    let columns = vec![
        ViewColumn::new("account_id", "text", "c.account_id", "The account's digits"),
        ViewColumn::new(
            "report",
            "text",
            "c.report",
            "The report: a name under [reports]; its table is <report>_insights",
        ),
        ViewColumn::new(
            "fresh_as_of",
            "timestamptz",
            // A week or month that still runs is not complete, and still fresh.
            "(array_agg(c.fetched_at order by c.date desc) filter (where c.complete or c.status = 'moving'))[1]",
            "When the newest day that is there was last read",
        ),
        ViewColumn::new(
            "complete_until",
            "date",
            format!("max({}) filter (where not c.has_hole)", by_report(tables, last_day, "c.date")),
            "The last day, in the account's zone, up to which every day since the first one was read to its end: the day \
             before the first hole. Today counts once it was read",
        ),
        ViewColumn::new(
            "agrees_with_meta",
            "boolean",
            "case when bool_or(c.status = 'drift') then false
             when bool_or(c.complete and c.status is null) then null
             when bool_or(c.status in ('settled', 'explained')) then true end",
            "Whether every day agrees with Meta's own total of the account; empty where some day was not compared yet or could \
             not be, or where rows do not add up to it",
        ),
    ];
    let from = include_str!("account_freshness.sql").replace(":longest_step", &by_report(tables, longest_step, "1"));
    Offer::view(
        names,
        "account_freshness",
        "How fresh each account's figures are, one row per account and report.",
        columns,
        &from,
    )
}

/// An SQL expression that differs for the reports whose rows are no days.
fn by_report(tables: &[Table], of: fn(Increment) -> Option<&'static str>, otherwise: &str) -> String {
    let whens: Vec<String> = tables
        .iter()
        .filter_map(|table| table.report.as_ref())
        .filter_map(|report| Some(format!("when {} then {}", literal(&report.name), of(report.increment)?)))
        .collect();
    if whens.is_empty() {
        otherwise.to_owned()
    } else {
        format!("case c.report {} else {otherwise} end", whens.join(" "))
    }
}

/// The most days from one row of coverage to the next without a hole between them.
const fn longest_step(increment: Increment) -> Option<&'static str> {
    match increment {
        Increment::Daily => None,
        Increment::Weekly => Some("7"),
        Increment::Monthly => Some("31"),
        // Windows follow no calendar.
        Increment::AllDays => Some("10000"),
    }
}

/// The last day of a row of coverage.
const fn last_day(increment: Increment) -> Option<&'static str> {
    match increment {
        Increment::Daily => None,
        Increment::Weekly => Some("c.date + 6"),
        Increment::Monthly => Some("(c.date + interval '1 month')::date - 1"),
        Increment::AllDays => Some("null::date"),
    }
}
