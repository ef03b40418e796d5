//! Rows as Meta documents and public recordings show them, and what they become.

use std::collections::HashMap;

use rust_decimal::Decimal;

use super::*;
use crate::meta::AccountId;
use crate::meta::page::Page;
use crate::rows::report::{Conversions, Days, Increment, MetricSource};
use crate::rows::value::Warnings;

fn report(level: Level) -> Report {
    Report {
        name: "adset".to_owned(),
        level,
        breakdowns: Vec::new(),
        increment: Increment::Daily,
        attribution_windows: Vec::new(),
        extra_fields: Vec::new(),
        metrics: Vec::new(),
    }
}

fn conversions() -> Conversions {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Conversions {
        leads: names(&["lead", "onsite_conversion.lead_grouped"]),
        purchases: names(&["omni_purchase", "purchase"]),
    }
}

/// The days that were asked for.
const ASKED: Days = match (NaiveDate::from_ymd_opt(2026, 11, 2), NaiveDate::from_ymd_opt(2026, 11, 25)) {
    (Some(since), Some(until)) => Days { since, until },
    _ => panic!(),
};

fn account() -> AccountId {
    "act_1".parse().unwrap()
}

/// Fills one row and gives its cells by column, and what was warned of.
fn fill(report: Report, delivered: &str) -> (HashMap<String, Cell<'static>>, Warnings) {
    let insights = Insights::new(report);
    let page = Page::decode(format!("{{\"data\":[{delivered}]}}")).unwrap();
    let mut warnings = Warnings::default();
    let (rows, account) = (page.rows().unwrap(), account());
    let row = insights.row(&rows[0], ASKED, &account, &conversions(), &mut warnings).unwrap();
    let names = insights.table.columns.iter().map(|column| column.name.clone().into_owned());
    (names.zip(row.cells.into_iter().map(Cell::into_owned)).collect(), warnings)
}

fn number(text: &str) -> Cell<'static> {
    Cell::Numeric(text.parse::<Decimal>().unwrap())
}

const KEY: &str =
    r#""account_id":"1","campaign_id":"2","adset_id":"3","date_start":"2026-11-20","date_stop":"2026-11-20""#;

#[test]
fn a_purchase_under_eight_names_counts_once_with_the_value_of_its_own_name() {
    let (cells, warnings) = fill(
        report(Level::Adset),
        &format!(
            r#"{{{KEY},"actions":[{{"action_type":"web_in_store_purchase","value":"1"}},{{"action_type":"purchase","value":"1"}},
            {{"action_type":"omni_purchase","value":"1"}},{{"action_type":"onsite_web_purchase","value":"1"}}],
            "action_values":[{{"action_type":"web_app_in_store_purchase","value":"0.03"}},{{"action_type":"purchase","value":"87.05"}},
            {{"action_type":"omni_purchase","value":"289.9"}}]}}"#
        ),
    );
    assert_eq!(cells["purchases"], Cell::BigInt(1));
    assert_eq!(cells["purchase_value"], number("289.9"));
    assert_eq!(cells["leads"], Cell::BigInt(0));
    assert_eq!(warnings, Warnings::default());
}

#[test]
fn the_order_of_actions_is_no_change_and_all_of_them_are_kept() {
    let row =
        |actions: &str| fill(report(Level::Adset), &format!(r#"{{{KEY},"actions":[{actions}]}}"#)).0["actions"].clone();
    let one = row(r#"{"action_type":"lead","value":"3"},{"action_type":"link_click","value":31}"#);
    let two = row(r#"{"action_type":"link_click","value":"31"},{"action_type":"lead","value":"3"}"#);
    assert_eq!(one, two);
    assert_eq!(one, Cell::Jsonb(r#"{"lead":3,"link_click":31}"#.into()));
}

#[test]
fn windows_stand_beside_the_value_and_an_entry_without_a_figure_says_nothing() {
    let (cells, _) = fill(
        report(Level::Adset),
        &format!(
            r#"{{{KEY},"actions":[{{"action_type":"lead","value":"3","1d_click":"2","7d_click":"3"}},
            {{"action_type":"video_play_curve"}}]}}"#
        ),
    );
    assert_eq!(cells["actions"], Cell::Jsonb(r#"{"lead":{"value":3,"1d_click":2,"7d_click":3}}"#.into()));
    assert_eq!(cells["leads"], Cell::BigInt(3));
}

#[test]
fn an_event_that_arrives_in_conversions_is_found_there() {
    let (cells, _) = fill(
        Report {
            metrics: vec![
                Metric {
                    name: "schedules".to_owned(),
                    source: MetricSource::First(vec!["schedule_total".to_owned(), "schedule_website".to_owned()]),
                    value: false,
                },
                Metric {
                    name: "contacts".to_owned(),
                    source: MetricSource::Sum(vec!["contact_website".to_owned(), "contact_offline".to_owned()]),
                    value: true,
                },
            ],
            ..report(Level::Adset)
        },
        &format!(
            r#"{{{KEY},"conversions":[{{"action_type":"schedule_website","value":"4"}}],
            "conversion_values":[{{"action_type":"contact_website","value":"1.5"}},{{"action_type":"contact_offline","value":"2.25"}}]}}"#
        ),
    );
    assert_eq!(cells["schedules"], number("4"));
    assert_eq!(cells["contacts"], number("3.75"));
}

#[test]
fn without_actions_an_ad_set_had_none_and_an_account_may_have_had_any() {
    let (adset, _) = fill(report(Level::Adset), &format!("{{{KEY}}}"));
    assert_eq!((&adset["leads"], &adset["purchase_value"]), (&Cell::BigInt(0), &number("0")));
    assert_eq!(adset["actions"], Cell::Null);
    let (account, _) = fill(report(Level::Account), &format!("{{{KEY}}}"));
    assert_eq!((&account["leads"], &account["purchase_value"]), (&Cell::Null, &Cell::Null));
}

#[test]
fn what_is_not_told_beside_a_breakdown_is_unknown_and_no_nought() {
    for (breakdown, purchases) in [("region", Cell::Null), ("age", Cell::BigInt(0))] {
        let report = Report { breakdowns: vec![breakdown.to_owned()], ..report(Level::Adset) };
        let row = format!(r#"{{{KEY},"{breakdown}":"x","actions":[{{"action_type":"lead","value":"3"}}]}}"#);
        let (cells, _) = fill(report, &row);
        assert_eq!((&cells["leads"], &cells["purchases"]), (&Cell::BigInt(3), &purchases), "{breakdown}");
    }
}

#[test]
fn results_are_those_of_the_ad_sets_own_setting_and_absent_where_there_are_none() {
    let with = format!(
        r#"{{{KEY},"results":[{{"indicator":"actions:lead","values":[{{"value":"9","attribution_windows":["7d_click"]}},
        {{"value":"3","attribution_windows":["default"]}}]}}],
        "cost_per_result":[{{"indicator":"cost_per_action_type:lead","values":[{{"value":"14.273333","attribution_windows":["default"]}}]}}]}}"#
    );
    let (cells, _) = fill(report(Level::Adset), &with);
    assert_eq!(cells["result_type"], Cell::Text("actions:lead".into()));
    assert_eq!((&cells["results"], &cells["cost_per_result"]), (&number("3"), &number("14.273333")));
    let (cells, _) =
        fill(report(Level::Adset), &format!(r#"{{{KEY},"results":[{{"indicator":"actions:landing_page_view"}}]}}"#));
    assert_eq!(cells["result_type"], Cell::Text("actions:landing_page_view".into()));
    assert_eq!((&cells["results"], &cells["cost_per_result"]), (&Cell::Null, &Cell::Null));
}

#[test]
fn a_count_beyond_64_bits_is_kept_exactly_in_extra() {
    let (cells, warnings) = fill(report(Level::Adset), &format!(r#"{{{KEY},"impressions":"99999999999999999999"}}"#));
    assert_eq!(cells["impressions"], Cell::Null);
    assert_eq!(cells["extra"], Cell::Jsonb(r#"{"impressions":99999999999999999999}"#.into()));
    assert_eq!(warnings.0[&("number_too_large", "impressions".to_owned())], 1);
}

#[test]
fn what_cannot_be_read_is_empty_and_counted() {
    let (cells, warnings) = fill(
        report(Level::Adset),
        &format!(r#"{{{KEY},"clicks":"many","spend":"-0.04","actions":[{{"action_type":"lead","value":"a few"}}]}}"#),
    );
    assert_eq!((&cells["clicks"], &cells["spend"]), (&Cell::Null, &number("-0.04")));
    assert_eq!((&cells["leads"], &cells["purchases"]), (&Cell::Null, &Cell::BigInt(0)));
    let counted: Vec<_> = warnings.0.iter().map(|((code, field), count)| (*code, field.as_str(), *count)).collect();
    assert_eq!(counted, [("unreadable_value", "actions", 1), ("unreadable_value", "clicks", 1)]);
}

fn metric(name: &str, source: MetricSource, value: bool) -> Metric {
    Metric { name: name.to_owned(), source, value }
}

#[test]
fn no_zero_is_made_up_for_what_is_there_and_cannot_be_read() {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let with = || Report {
        metrics: vec![
            metric("first", MetricSource::First(names(&["a", "b"])), false),
            metric("sum", MetricSource::Sum(names(&["b", "a"])), false),
            metric("other", MetricSource::Sum(names(&["b", "c"])), false),
        ],
        ..report(Level::Adset)
    };
    let (cells, warnings) = fill(
        with(),
        &format!(
            r#"{{{KEY},"actions":[{{"action_type":"omni_purchase","value":"2"}},{{"action_type":"a","value":"oops"}},
            {{"action_type":"b","value":"3"}}],"action_values":[{{"action_type":"omni_purchase","value":"n/a"}},
            {{"action_type":"purchase","value":"9"}}],"results":[{{"indicator":"i","values":[{{"value":"?"}}]}}],"cost_per_result":7}}"#
        ),
    );
    assert_eq!((&cells["purchases"], &cells["purchase_value"]), (&Cell::BigInt(2), &Cell::Null));
    assert_eq!((&cells["first"], &cells["sum"], &cells["other"]), (&Cell::Null, &Cell::Null, &number("3")));
    assert_eq!((&cells["leads"], &cells["results"]), (&Cell::BigInt(0), &Cell::Null));
    for field in ["actions", "action_values", "results", "cost_per_result"] {
        assert_eq!(warnings.0[&("unreadable_value", field.to_owned())], 1, "{field}");
    }
}

#[test]
fn what_a_list_says_that_cannot_be_read_is_not_known() {
    for (actions, leads, purchases) in [
        // Nothing of it can be read: it may say anything.
        (r#"{"lead":3}"#, Cell::Null, Cell::Null),
        // An entry without a type may be one of those that do not stand there.
        (r#"[{"action_type":"lead","value":"3"},{"value":"5"},7]"#, Cell::BigInt(3), Cell::Null),
        (r#"[{"action_type":"lead"}]"#, Cell::Null, Cell::BigInt(0)),
        ("null", Cell::BigInt(0), Cell::BigInt(0)),
    ] {
        let (cells, warnings) = fill(report(Level::Adset), &format!(r#"{{{KEY},"actions":{actions}}}"#));
        assert_eq!((&cells["leads"], &cells["purchases"]), (&leads, &purchases), "{actions}");
        let value = if purchases == Cell::Null { Cell::Null } else { number("0") };
        assert_eq!(cells["purchase_value"], value, "{actions}");
        assert_eq!(warnings.0.is_empty(), purchases != Cell::Null, "{actions}");
    }
    let values = format!(r#"{{{KEY},"actions":[],"action_values":"?"}}"#);
    assert_eq!(fill(report(Level::Adset), &values).0["purchase_value"], Cell::Null);
}

#[test]
fn conversions_beyond_64_bits_are_kept_exactly_in_extra() {
    let many = "99999999999999999999999999999999999999";
    let (cells, warnings) = fill(
        Report {
            metrics: vec![metric("m", MetricSource::First(vec!["lead".to_owned()]), false)],
            ..report(Level::Adset)
        },
        &format!(
            r#"{{{KEY},"clicks":"00099999999999999999999","actions":[{{"action_type":"lead","value":"{many}"}},
            {{"action_type":"purchase","value":9223372036854775808}}]}}"#
        ),
    );
    assert_eq!((&cells["leads"], &cells["purchases"], &cells["m"]), (&Cell::Null, &Cell::Null, &Cell::Null));
    let extra = format!(r#"{{"clicks":"00099999999999999999999","leads":{many},"purchases":9223372036854775808}}"#);
    assert_eq!(cells["extra"], Cell::Jsonb(extra.into()));
    assert_eq!(cells["actions"], Cell::Jsonb(format!(r#"{{"lead":{many},"purchase":9223372036854775808}}"#).into()));
    assert_eq!(warnings.0.len(), 4, "{warnings:?}");
    assert!(warnings.0.keys().all(|(code, _)| *code == "number_too_large"), "{warnings:?}");
}

#[test]
fn a_breakdown_that_comes_as_an_object_is_told_by_its_id_or_hash_or_by_all_of_it() {
    let report = Report { breakdowns: vec!["image_asset".to_owned()], ..report(Level::Adset) };
    for (asset, key) in [
        (r#"{"name":"a","id":"77","hash":"h"}"#, "77"),
        (r#"{"url":"https:\/\/x","id":78}"#, "78"),
        (r#"{"id":null,"hash":"h1"}"#, "h1"),
        (r#"{"text":"b","a":{"c":[1]}}"#, r#"{"a":{"c":[1]},"text":"b"}"#),
        (r#""plain""#, "plain"),
        ("5", "5"),
        ("null", ""),
    ] {
        let (cells, warnings) = fill(report.clone(), &format!(r#"{{{KEY},"image_asset":{asset}}}"#));
        assert_eq!(cells["image_asset"], Cell::Text(key.into()), "{asset}");
        assert_eq!(warnings, Warnings::default(), "{asset}");
    }
    let insights = Insights::new(report);
    let page = Page::decode(format!(
        r#"{{"data":[{{{KEY},"image_asset":["x"]}},{{"adset_id":{{}},"date_start":"2026-11-20"}},{{"adset_id":"1","date_start":"soon"}}]}}"#
    ))
    .unwrap();
    let (account, mut warnings) = (account(), Warnings::default());
    for row in page.rows().unwrap() {
        let row = insights.row(&row, ASKED, &account, &conversions(), &mut warnings);
        assert!(row.is_none(), "{row:?}");
    }
    for column in ["image_asset", "adset_id", "date"] {
        assert_eq!(warnings.0[&("row_without_key", column.to_owned())], 1, "{warnings:?}");
    }
}

#[test]
fn a_breakdown_that_meta_leaves_out_is_the_empty_text_and_part_of_the_key() {
    let report = Report { breakdowns: vec!["country".to_owned(), "age".to_owned()], ..report(Level::Adset) };
    let insights = Insights::new(report);
    let page = Page::decode(format!(r#"{{"data":[{{{KEY},"country":"BR","age":"18-24"}},{{{KEY},"country":"BR"}}]}}"#))
        .unwrap();
    let (rows, account) = (page.rows().unwrap(), account());
    let row =
        |place: usize| insights.row(&rows[place], ASKED, &account, &conversions(), &mut Warnings::default()).unwrap();
    assert_ne!(row(0).key, row(1).key);
    let age = insights.table.columns.iter().position(|column| column.name == "age").unwrap();
    assert_eq!(row(1).cells[age], Cell::Text("".into()));
    let key: Vec<&str> = insights.table.key_columns().collect();
    assert_eq!(key, ["adset_id", "date", "country", "age"]);
}

#[test]
fn a_row_without_its_key_belongs_nowhere_and_is_counted() {
    let insights = Insights::new(report(Level::Adset));
    let page = Page::decode(r#"{"data":[{"date_start":"2026-11-20","spend":"1"}]}"#.to_owned()).unwrap();
    let (account, mut warnings) = (account(), Warnings::default());
    assert!(insights.row(&page.rows().unwrap()[0], ASKED, &account, &conversions(), &mut warnings).is_none());
    assert_eq!(warnings.0[&("row_without_key", "adset_id".to_owned())], 1);
}

#[test]
fn only_documented_fields_are_asked_for_and_each_once() {
    let insights = Insights::new(Report {
        extra_fields: vec!["social_spend".to_owned(), "spend".to_owned()],
        ..report(Level::Adset)
    });
    let fields = insights.fields();
    let mut names: Vec<&str> = fields.split(',').collect();
    assert!(names.contains(&"social_spend") && names.contains(&"attribution_setting") && !names.contains(&"ad_id"));
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all, "{fields}");
}

#[test]
fn figures_that_hourly_rows_do_not_have_are_not_asked_for_and_stay_empty() {
    let insights = Insights::new(Report {
        breakdowns: vec!["hourly_stats_aggregated_by_advertiser_time_zone".to_owned()],
        extra_fields: vec!["unique_clicks".to_owned(), "quality_ranking".to_owned()],
        ..report(Level::Adset)
    });
    let fields = insights.fields();
    let asked: Vec<&str> = fields.split(',').collect();
    assert!(asked.contains(&"impressions") && asked.contains(&"quality_ranking"), "{fields}");
    assert!(!["reach", "frequency", "unique_clicks"].iter().any(|field| asked.contains(field)), "{fields}");

    let (cells, _) = fill(
        insights.report,
        &format!(
            r#"{{{KEY},"hourly_stats_aggregated_by_advertiser_time_zone":"09:00:00 - 09:59:59","impressions":"7","reach":"0","frequency":"0"}}"#
        ),
    );
    assert_eq!((&cells["reach"], &cells["frequency"]), (&Cell::Null, &Cell::Null), "a 0 that is no figure");
    assert_eq!(cells["impressions"], Cell::BigInt(7));
}

#[test]
fn a_week_that_still_runs_keeps_its_key_from_day_to_day_and_other_days_are_no_week() {
    let insights = Insights::new(Report { increment: Increment::Weekly, ..report(Level::Campaign) });
    let page = Page::decode(
        r#"{"data":[{"campaign_id":"2","date_start":"2026-11-23","date_stop":"2026-11-25"},
            {"campaign_id":"2","date_start":"2026-11-23","date_stop":"2026-11-29"},
            {"campaign_id":"2","date_start":"2026-11-24","date_stop":"2026-11-25"}]}"#
            .to_owned(),
    )
    .unwrap();
    let mut warnings = Warnings::default();
    let (rows, account) = (page.rows().unwrap(), account());
    let filled: Vec<_> =
        rows.iter().map(|row| insights.row(row, ASKED, &account, &conversions(), &mut warnings)).collect();
    let place = insights.table.columns.iter().position(|column| column.name == "date_stop").unwrap();
    let (one, other) = (filled[0].as_ref().unwrap(), filled[1].as_ref().unwrap());
    assert_eq!((one.key, &one.cells[place]), (other.key, &other.cells[place]));
    assert_eq!(one.cells[place], Cell::Date("2026-11-29".parse().unwrap()));
    assert!(filled[2].is_none());
    assert_eq!(warnings.0[&("row_off_period", "adset_insights".to_owned())], 1);
}
