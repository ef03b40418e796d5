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
            "(array_agg(c.fetched_at order by c.date desc) filter (where c.complete))[1]",
            "When the newest day that is there was last read to its end",
        ),
        ViewColumn::new(
            "complete_until",
            "date",
            "max(c.date) filter (where not c.has_hole)",
            "The last day, in the account's zone, up to which every day since the first one was read to its end: the day \
             before the first hole. Today counts once it was read",
        ),
        ViewColumn::new(
            "agrees_with_meta",
            "boolean",
            "case when bool_or(c.status = 'drift') then false
             when bool_or(c.status in ('settled', 'explained')) then true end",
            "Whether every compared day agrees with Meta's own total of the account; empty where nothing was compared yet, \
             or where rows do not add up to it",
        ),
    ];
    let from = include_str!("account_freshness.sql").replace(":longest_step", &longest_step(tables));
    Offer::view(
        names,
        "account_freshness",
        "How fresh each account's figures are, one row per account and report.",
        columns,
        &from,
    )
}

/// The most days from one row of coverage to the next without a hole between them, by report.
fn longest_step(tables: &[Table]) -> String {
    let whens: Vec<String> = tables
        .iter()
        .filter_map(|table| table.report.as_ref())
        .filter_map(|report| {
            let days = match report.increment {
                Increment::Daily => return None,
                Increment::Weekly => 7,
                Increment::Monthly => 31,
                // Windows follow no calendar.
                Increment::AllDays => 10_000,
            };
            Some(format!("when {} then {days}", literal(&report.name)))
        })
        .collect();
    if whens.is_empty() { "1".to_owned() } else { format!("case c.report {} else 1 end", whens.join(" ")) }
}
