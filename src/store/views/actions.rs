//! The view `<report>_actions`: everything Meta counted, one row per row of the report and action type.

use crate::rows::report::Report;
use crate::rows::table::Table;

use super::super::names::Names;
use super::offer::{Offer, ViewColumn};

/// The view of one report. None where a breakdown has the name of one of the view's own columns.
pub(super) fn view(names: &Names, table: &Table, report: &Report) -> Option<Offer> {
    let above = ["account_id", "campaign_id", "adset_id", "ad_id"];
    let is_key = |name: &str| table.is_key(name) || above.contains(&name) || name == "currency";
    let mut columns: Vec<ViewColumn> =
        table.columns.iter().filter(|column| is_key(&column.name)).map(|column| ViewColumn::of("i", column)).collect();
    let figures = vec![
        ViewColumn::new(
            "action_type",
            "text",
            "a.action_type",
            "Meta's word. One event stands under several of them: choose one, never add them up",
        ),
        ViewColumn::new("source", "text", "a.source", "Which of Meta's lists has it: actions or conversions"),
        ViewColumn::new(
            "value",
            "numeric",
            figure("a.counted"),
            "How often, by the ad set's own attribution setting; additive over rows of one action_type",
        ),
        ViewColumn::new(
            "money",
            "numeric",
            figure("a.worth"),
            "What it was worth, major units of currency, by the ad set's own attribution setting; empty where Meta gives no \
             value; additive over rows of one action_type",
        ),
        ViewColumn::new(
            "value_by_window",
            "jsonb",
            windows("a.counted"),
            "How often by each of insights.attribution_windows, {\"7d_click\": 2}; windows overlap: never add them up",
        ),
        ViewColumn::new(
            "money_by_window",
            "jsonb",
            windows("a.worth"),
            "What it was worth by each of insights.attribution_windows, major units; windows overlap: never add them up",
        ),
    ];
    let taken = |figure: &ViewColumn| columns.iter().any(|column| column.name == figure.name);
    if figures.iter().any(taken) {
        return None;
    }
    columns.extend(figures);
    let from = include_str!("actions.sql").replace(":rows", &format!("{{{}}}", table.name));
    let comment =
        format!("The actions and conversions of {}, one row per row of it, list and action type.", table.name);
    Some(Offer::view(names, &format!("{}_actions", report.name), &comment, columns, &from))
}

/// The figure itself: a plain number, or the part of an object with attribution windows.
fn figure(entry: &str) -> String {
    format!(
        "case jsonb_typeof({entry})
             when 'number' then {entry}::numeric
             when 'object' then case jsonb_typeof({entry} -> 'value') when 'number' then ({entry} -> 'value')::numeric end
           end"
    )
}

fn windows(entry: &str) -> String {
    format!("case jsonb_typeof({entry}) when 'object' then {entry} - 'value' end")
}
