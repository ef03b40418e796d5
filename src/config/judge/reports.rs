//! What is read of the insights: the reports, the columns of the user's own, what counts as a conversion.

use std::collections::BTreeSet;

use super::{is_name, judge_words, vocabulary};
use crate::config::values::Values;
use crate::rows::report::{Conversions, Increment, Level, Metric, MetricSource, Report};

/// Columns that every insights table may have, and those that Postgres gives to every table.
pub(super) const COLUMNS: &[&str] = &[
    "account_id",
    "account_name",
    "campaign_id",
    "campaign_name",
    "adset_id",
    "adset_name",
    "ad_id",
    "ad_name",
    "date",
    "date_start",
    "date_stop",
    "currency",
    "spend",
    "impressions",
    "reach",
    "frequency",
    "clicks",
    "inline_link_clicks",
    "ctr",
    "cpc",
    "cpm",
    "leads",
    "purchases",
    "purchase_value",
    "messaging_conversations",
    "landing_page_views",
    "result_type",
    "results",
    "cost_per_result",
    "actions",
    "action_values",
    "conversions",
    "conversion_values",
    "extra",
    "attribution_setting",
    "last_synced",
    "ctid",
    "xmin",
    "xmax",
    "cmin",
    "cmax",
    "tableoid",
];

/// What was judged of the reports.
pub(super) struct Judged {
    /// Enabled reports, in the order of their names.
    pub(super) enabled: Vec<Report>,
    /// The names of all reports, disabled ones included.
    pub(super) names: Vec<String>,
    /// What counts as a lead and a purchase.
    pub(super) conversions: Conversions,
}

/// Judges `[insights]`, `[metrics]` and `[reports]`.
pub(super) fn judge(values: &mut Values) -> Judged {
    let insights = |key: &str, values: &Values| {
        let table = values.table("insights");
        (table.place(key), table.list(key).unwrap_or_default())
    };
    let (place, attribution_windows) = insights("attribution_windows", values);
    vocabulary::windows(values, &place, &attribution_windows);
    let (place, extra_fields) = insights("extra_fields", values);
    vocabulary::fields(values, &place, &extra_fields);
    let (place, leads) = insights("leads", values);
    judge_words(values, &place, &leads);
    let (place, purchases) = insights("purchases", values);
    judge_words(values, &place, &purchases);

    let mut names = Vec::new();
    let mut enabled = Vec::new();
    let mut dimensions = BTreeSet::new();
    for name in values.names("reports") {
        let report = report(values, &name);
        dimensions.extend(report.breakdowns.iter().cloned());
        if values.named_table("reports", &name).flag("enabled") {
            enabled.push(report);
        }
        names.push(name);
    }
    let metrics = metrics(values, &dimensions);
    for report in &mut enabled {
        report.attribution_windows.clone_from(&attribution_windows);
        report.extra_fields.clone_from(&extra_fields);
        report.metrics.clone_from(&metrics);
    }
    Judged { enabled, names, conversions: Conversions { leads, purchases } }
}

fn report(values: &mut Values, name: &str) -> Report {
    if name == "account" {
        let text = "would be the table account_insights, where the control totals stand: \
                    choose another name, for example account_daily";
        values.refuse_named("reports", name, text);
    } else if !is_name(name, b"") {
        let text = "is no name for a report: begin with a small letter, then small letters, digits and _, at most 41";
        values.refuse_named("reports", name, text);
    }
    let table = values.named_table("reports", name);
    let (place, breakdowns) = (table.place("breakdowns"), table.list("breakdowns").unwrap_or_default());
    let level = match table.text("level").as_deref() {
        Some("account") => Level::Account,
        Some("campaign") => Level::Campaign,
        Some("ad") => Level::Ad,
        _ => Level::Adset,
    };
    let increment = match table.text("time_increment").as_deref() {
        Some("weekly") => Increment::Weekly,
        Some("monthly") => Increment::Monthly,
        Some("all_days") => Increment::AllDays,
        _ => Increment::Daily,
    };
    vocabulary::breakdowns(values, &place, &breakdowns);
    Report {
        name: name.to_owned(),
        level,
        breakdowns,
        increment,
        attribution_windows: Vec::new(),
        extra_fields: Vec::new(),
        metrics: Vec::new(),
    }
}

fn metrics(values: &mut Values, dimensions: &BTreeSet<String>) -> Vec<Metric> {
    let mut metrics = Vec::new();
    for name in values.names("metrics") {
        if !is_name(&name, b"") {
            let text =
                "is no name for a column: begin with a small letter, then small letters, digits and _, at most 41";
            values.refuse_named("metrics", &name, text);
        } else if COLUMNS.contains(&name.as_str()) || dimensions.contains(&name) {
            let text =
                format!("is a column of the insights tables already: choose another name, for example my_{name}");
            values.refuse_named("metrics", &name, text);
        }
        let table = values.named_table("metrics", &name);
        let (first, sum, value) = (table.list("action_types"), table.list("sum"), table.flag("value"));
        let (first_place, sum_place) = (table.place("action_types"), table.place("sum"));
        let (place, source) = match (first, sum) {
            (Some(types), None) => (first_place, MetricSource::First(types)),
            (None, Some(types)) => (sum_place, MetricSource::Sum(types)),
            (Some(_), Some(_)) => {
                let text = "cannot stand beside action_types: keep action_types for names of one event, \
                            sum for events that do not overlap";
                values.refuse(&sum_place, text);
                continue;
            }
            (None, None) => {
                // If the other one was refused for its kind, that line is enough.
                if !values.was_refused(&sum_place) {
                    values.refuse(
                        &first_place,
                        "is missing: list the action types that count, for example [\"contact_total\"]",
                    );
                }
                continue;
            }
        };
        let (MetricSource::First(types) | MetricSource::Sum(types)) = &source;
        if types.is_empty() {
            values.refuse(&place, "is empty: list the action types that count, for example [\"contact_total\"]");
        }
        judge_words(values, &place, types);
        metrics.push(Metric { name, source, value });
    }
    metrics
}
