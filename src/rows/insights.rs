//! One row of a report: which columns its table has, and how a delivered row fills them.

use std::borrow::Cow;
use std::collections::HashMap;

use chrono::NaiveDate;
use serde_json::value::RawValue;

use crate::meta::AccountId;
use crate::meta::page::RawRow;

use super::actions::{Actions, results};
use super::entity::read;
use super::report::{Conversions, Increment, Level, Metric, MetricSource, Report};
use super::table::Kind::{self, BigInt, Date, Jsonb, Numeric, Text};
use super::table::{Cell, Column, Table};
use super::value::{self, Warnings};

/// The action type of a conversation that was started, the main result of ads that lead to WhatsApp.
const MESSAGING: &str = "onsite_conversion.messaging_conversation_started_7d";
/// The action type of a landing page that was seen.
const LANDING_PAGE_VIEW: &str = "landing_page_view";
/// Lists of actions, each kept whole as an object by action type.
const LISTS: [&str; 4] = ["actions", "action_values", "conversions", "conversion_values"];

/// A report, ready to fill: its table and the place of every field.
#[derive(Debug, Clone)]
pub struct Insights {
    /// The report.
    pub report: Report,
    /// Its table.
    pub table: Table,
    sources: Vec<Source>,
    places: HashMap<String, usize>,
}

/// Where a column's value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Source {
    Field(&'static str),
    Breakdown(String),
    Account,
    List(&'static str),
    Leads,
    Purchases,
    PurchaseValue,
    Action(&'static str),
    Metric(Metric),
    ResultType,
    Results,
    CostPerResult,
    Extra,
}

/// One filled row and what the sync must know of it.
#[derive(Debug, Clone)]
pub struct InsightsRow {
    /// A cell for each column of the table.
    pub cells: Vec<Cell>,
    /// The key, hashed: a slice remembers the keys it saw, and 16 bytes each is what that may cost.
    pub key: u128,
    /// The first day of its period.
    pub date: NaiveDate,
}

impl Insights {
    /// Lays out a report's table.
    pub fn new(report: Report) -> Self {
        let mut layout: Vec<(Column, Source)> = Vec::new();
        let mut add = |name: Cow<'static, str>, kind: Kind, comment: Cow<'static, str>, source: Source| {
            layout.push((Column { name, kind, comment }, source));
        };
        let level = report.level;
        add("account_id".into(), Text, "The account's digits".into(), Source::Account);
        for (lowest, id, name) in [
            (Level::Campaign, "campaign_id", "campaign_name"),
            (Level::Adset, "adset_id", "adset_name"),
            (Level::Ad, "ad_id", "ad_name"),
        ] {
            if level >= lowest {
                add(id.into(), Text, "Meta's id".into(), Source::Field(id));
                add(name.into(), Text, "The name on that day: group by id".into(), Source::Field(name));
            }
        }
        add("account_name".into(), Text, "The account's name on that day".into(), Source::Field("account_name"));
        add("date".into(), Date, "First day of the row, in the account's zone".into(), Source::Field("date_start"));
        if report.increment != Increment::Daily {
            add(
                "date_stop".into(),
                Date,
                "Last day of the row, in the account's zone".into(),
                Source::Field("date_stop"),
            );
        }
        for name in &report.breakdowns {
            let comment = "Breakdown; empty text where Meta gives none";
            add(name.clone().into(), Text, comment.into(), Source::Breakdown(name.clone()));
        }
        for (name, kind, field, comment) in FIELDS {
            add((*name).into(), *kind, (*comment).into(), Source::Field(field));
        }
        for (name, kind, source, comment) in [
            ("leads", BigInt, Source::Leads, "Conversions by the first present name of insights.leads; additive"),
            (
                "purchases",
                BigInt,
                Source::Purchases,
                "Conversions by the first present name of insights.purchases; additive",
            ),
            (
                "purchase_value",
                Numeric,
                Source::PurchaseValue,
                "Value of the same action type as purchases, major units; additive",
            ),
            ("messaging_conversations", BigInt, Source::Action(MESSAGING), "Conversations started; additive"),
            ("landing_page_views", BigInt, Source::Action(LANDING_PAGE_VIEW), "Landing pages seen; additive"),
        ] {
            add(name.into(), kind, comment.into(), source);
        }
        for metric in &report.metrics {
            let comment = format!("[metrics.{}] of adsync's configuration; additive", metric.name);
            add(metric.name.clone().into(), Numeric, comment.into(), Source::Metric(metric.clone()));
        }
        add("result_type".into(), Text, "What counts as a result here: Meta's indicator".into(), Source::ResultType);
        add(
            "results".into(),
            Numeric,
            "Results by result_type; add up only rows of one result_type".into(),
            Source::Results,
        );
        add("cost_per_result".into(), Numeric, "Major units; not additive".into(), Source::CostPerResult);
        for list in LISTS {
            let comment =
                "Everything Meta gave, by action type; one event stands under several names: never add them up";
            add(list.into(), Jsonb, comment.into(), Source::List(list));
        }
        add(
            "extra".into(),
            Jsonb,
            "insights.extra_fields, and numbers too large for their column".into(),
            Source::Extra,
        );
        let comment = "Which attribution setting the conversions follow, Meta's word";
        add("attribution_setting".into(), Text, comment.into(), Source::Field("attribution_setting"));
        Self::laid_out(report, layout)
    }

    fn laid_out(report: Report, layout: Vec<(Column, Source)>) -> Self {
        let (columns, sources): (Vec<_>, Vec<_>) = layout.into_iter().unzip();
        let mut key = vec![report.level.id_column(), "date"];
        if report.increment != Increment::Daily {
            key.push("date_stop");
        }
        let mut indexes = vec![vec!["account_id", "date"]];
        if report.level > Level::Campaign {
            indexes.push(vec!["campaign_id", "date"]);
        }
        let table = Table {
            name: report.table_name(),
            comment: format!(
                "Meta insights, one row per {} and {}. Money is major units of the account's currency, without tax. \
                 Reach, frequency and ratios do not add up. Written by adsync.",
                report.level.as_str(),
                report.increment.period()
            ),
            columns,
            own_columns: Vec::new(),
            key,
            key_breakdowns: report.breakdowns.clone(),
            indexes,
        };
        let places = sources
            .iter()
            .enumerate()
            .filter_map(|(place, source)| match source {
                Source::Field(field) => Some(((*field).to_owned(), place)),
                Source::Breakdown(name) => Some((name.clone(), place)),
                _ => None,
            })
            .collect();
        Self { report, table, sources, places }
    }

    /// The fields to ask for, comma-separated. Breakdowns are no fields.
    pub fn fields(&self) -> String {
        let mut fields: Vec<&str> = vec!["account_id", "date_start", "date_stop", "results", "cost_per_result"];
        fields.extend(LISTS);
        for source in &self.sources {
            if let Source::Field(field) = source
                && !fields.contains(field)
            {
                fields.push(field);
            }
        }
        fields.extend(
            self.report.extra_fields.iter().map(String::as_str).filter(|extra| !self.places.contains_key(*extra)),
        );
        fields.join(",")
    }

    /// Turns one delivered row into a row of the table. `None` where a part of its key is missing: it belongs nowhere.
    pub fn row(
        &self,
        delivered: &RawRow<'_>,
        account: &AccountId,
        conversions: &Conversions,
        warnings: &mut Warnings,
    ) -> Option<InsightsRow> {
        let mut cells = vec![Cell::Null; self.sources.len()];
        let mut lists: [Option<Actions<'_>>; 4] = [None, None, None, None];
        let mut found: [Option<&RawValue>; 2] = [None, None];
        let mut extra: Vec<(&str, Cow<'_, str>)> = Vec::new();
        for (name, raw) in delivered.fields() {
            if let Some(&place) = self.places.get(name) {
                if let (Some(cell), Some(column)) = (cells.get_mut(place), self.table.columns.get(place)) {
                    *cell = counted(raw, column.kind, name, &mut extra, warnings);
                }
            } else if let Some(place) = LISTS.iter().position(|list| *list == name) {
                if let Some(list) = lists.get_mut(place) {
                    *list = Some(Actions::read(raw, name, warnings));
                }
            } else if name == "results" {
                found[0] = Some(raw);
            } else if name == "cost_per_result" {
                found[1] = Some(raw);
            } else if self.report.extra_fields.iter().any(|extra| extra == name) {
                extra.push((name, Cow::Borrowed(raw.get())));
            }
        }
        self.derive(&mut cells, &lists, found, extra, account, conversions, warnings);
        self.identified(cells, warnings)
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one row, taken apart by its only caller")]
    fn derive(
        &self,
        cells: &mut [Cell],
        lists: &[Option<Actions<'_>>; 4],
        found: [Option<&RawValue>; 2],
        extra: Vec<(&str, Cow<'_, str>)>,
        account: &AccountId,
        conversions: &Conversions,
        warnings: &mut Warnings,
    ) {
        let [actions, action_values, counts, values] = lists;
        let count_of = |name: &str| first_of(actions.as_ref(), counts.as_ref(), name);
        let value_of = |name: &str| first_of(action_values.as_ref(), values.as_ref(), name);
        // A row without actions had none; on rows that mix attribution settings Meta leaves the list out altogether.
        let nothing =
            if self.report.level <= Level::Campaign && actions.is_none() { Cell::Null } else { Cell::BigInt(0) };
        let no_value = if nothing == Cell::Null { Cell::Null } else { Cell::Numeric(0.into()) };
        let purchase = conversions.purchases.iter().find(|name| count_of(name).is_some());
        let whole = |name: Option<&String>, warnings: &mut Warnings| match name
            .and_then(|name| Some((name, count_of(name)?)))
        {
            None => nothing.clone(),
            Some((name, text)) => value::number(text).map_or_else(
                || {
                    warnings.add("unreadable_value", name);
                    Cell::Null
                },
                Cell::BigInt,
            ),
        };
        for (cell, source) in cells.iter_mut().zip(&self.sources) {
            *cell = match source {
                Source::Field(_) => continue,
                Source::Breakdown(_) if *cell == Cell::Null => Cell::Text(String::new()),
                Source::Breakdown(_) => continue,
                Source::Account => Cell::Text(account.digits().to_owned()),
                Source::List(name) => {
                    let list = LISTS.iter().position(|list| list == name).and_then(|place| lists.get(place)?.as_ref());
                    list.and_then(Actions::to_json).map_or(Cell::Null, Cell::Jsonb)
                }
                Source::Leads => whole(conversions.leads.iter().find(|name| count_of(name).is_some()), warnings),
                Source::Purchases => whole(purchase, warnings),
                Source::PurchaseValue => {
                    let text = purchase.and_then(|name| value_of(name));
                    text.map_or_else(|| no_value.clone(), |text| value::decimal(text).map_or(Cell::Null, Cell::Numeric))
                }
                Source::Action(name) => {
                    whole(Some(&(*name).to_owned()).filter(|name| count_of(name).is_some()), warnings)
                }
                Source::Metric(metric) => {
                    let text_of = |name: &str| if metric.value { value_of(name) } else { count_of(name) };
                    let sum = match &metric.source {
                        MetricSource::First(names) => {
                            names.iter().find_map(|name| text_of(name)).map(|text| value::decimal(text))
                        }
                        MetricSource::Sum(names) => names
                            .iter()
                            .filter_map(|name| text_of(name))
                            .map(value::decimal)
                            .reduce(|sum, next| sum?.checked_add(next?)),
                    };
                    sum.map_or_else(|| no_value.clone(), |sum| sum.map_or(Cell::Null, Cell::Numeric))
                }
                Source::ResultType => results(found[0]).0.map_or(Cell::Null, Cell::Text),
                Source::Results => results(found[0]).1.map_or(Cell::Null, Cell::Numeric),
                Source::CostPerResult => results(found[1]).1.map_or(Cell::Null, Cell::Numeric),
                Source::Extra if extra.is_empty() => Cell::Null,
                Source::Extra => object_of(&extra).map_or(Cell::Null, Cell::Jsonb),
            };
        }
    }

    fn identified(&self, cells: Vec<Cell>, warnings: &mut Warnings) -> Option<InsightsRow> {
        let mut parts: Vec<Cow<'_, str>> = Vec::with_capacity(2 + self.table.key_breakdowns.len());
        let mut date = None;
        for (column, cell) in
            self.table.columns.iter().zip(&cells).filter(|(column, _)| self.table.is_key(&column.name))
        {
            match cell {
                Cell::Text(text) => parts.push(Cow::Borrowed(text)),
                Cell::Date(day) => {
                    date = date.or(Some(*day));
                    parts.push(Cow::Owned(day.to_string()));
                }
                _ => {
                    warnings.add("row_without_key", &column.name);
                    return None;
                }
            }
        }
        let key = value::key_hash(parts.iter().map(AsRef::as_ref));
        drop(parts);
        Some(InsightsRow { cells, key, date: date? })
    }
}

/// Fields of every report that are a column by themselves.
const FIELDS: &[(&str, Kind, &str, &str)] = &[
    ("currency", Text, "account_currency", "ISO code of the account's currency"),
    ("spend", Numeric, "spend", "Media cost, major units, without tax, as in Ads Manager; additive"),
    ("impressions", BigInt, "impressions", "Times shown; additive"),
    ("reach", BigInt, "reach", "People reached; not additive over days or objects"),
    ("frequency", Numeric, "frequency", "impressions / reach of the row; not additive"),
    ("clicks", BigInt, "clicks", "All clicks; additive"),
    ("inline_link_clicks", BigInt, "inline_link_clicks", "Clicks on links; additive"),
    ("ctr", Numeric, "ctr", "Percent; not additive: recompute from sums"),
    ("cpc", Numeric, "cpc", "Major units; not additive: recompute from sums"),
    ("cpm", Numeric, "cpm", "Major units; not additive: recompute from sums"),
];

fn first_of<'a>(first: Option<&'a Actions<'_>>, second: Option<&'a Actions<'_>>, name: &str) -> Option<&'a str> {
    first.and_then(|list| list.value(name)).or_else(|| second.and_then(|list| list.value(name)))
}

/// Reads a field's cell; a whole number that does not fit its column is kept exactly in `extra`.
fn counted<'a>(
    raw: &'a RawValue,
    kind: Kind,
    name: &'a str,
    extra: &mut Vec<(&'a str, Cow<'a, str>)>,
    warnings: &mut Warnings,
) -> Cell {
    if kind == BigInt
        && let Some(text) = value::text(raw.get())
        && text.len() > 18
        && text.parse::<i64>().is_err()
        && text.strip_prefix('-').unwrap_or(&text).bytes().all(|byte| byte.is_ascii_digit())
    {
        warnings.add("number_too_large", name);
        extra.push((name, Cow::Owned(text.into_owned())));
        return Cell::Null;
    }
    read(Some(raw), kind, name, warnings)
}

/// A JSON object of texts that are JSON already, in the order of their names.
fn object_of(fields: &[(&str, Cow<'_, str>)]) -> Option<String> {
    let raw = |json: &str| serde_json::from_str::<Box<RawValue>>(json).ok();
    let object: Option<std::collections::BTreeMap<&str, Box<RawValue>>> =
        fields.iter().map(|(name, json)| Some((*name, raw(json)?))).collect();
    serde_json::to_string(&object?).ok()
}

impl Level {
    /// The column that says what a row is about.
    pub const fn id_column(self) -> &'static str {
        match self {
            Self::Account => "account_id",
            Self::Campaign => "campaign_id",
            Self::Adset => "adset_id",
            Self::Ad => "ad_id",
        }
    }
}

impl Increment {
    /// The period of a row, in words.
    const fn period(self) -> &'static str {
        match self {
            Self::Daily => "day",
            Self::Weekly => "week from Monday",
            Self::Monthly => "calendar month",
            Self::AllDays => "window",
        }
    }
}
