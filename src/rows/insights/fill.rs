//! How a delivered row fills the columns of its report's table.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::meta::AccountId;
use crate::meta::page::RawRow;

use super::super::actions::{Actions, results};
use super::super::entity::read;
use super::super::report::{Conversions, Days, Increment, Level, Metric, MetricSource};
use super::super::table::Cell;
use super::super::table::Kind::{self, BigInt};
use super::super::value::{self, Warnings};
use super::{Insights, InsightsRow, LISTS, Source};

/// What a delivered row says beyond plain fields.
#[derive(Default)]
struct Said<'a> {
    actions: Option<Actions<'a>>,
    action_values: Option<Actions<'a>>,
    conversions: Option<Actions<'a>>,
    conversion_values: Option<Actions<'a>>,
    results: Option<&'a RawValue>,
    cost_per_result: Option<&'a RawValue>,
    extra: Vec<(&'a str, Cow<'a, str>)>,
}

impl<'a> Said<'a> {
    fn list(&self, name: &str) -> Option<&Actions<'a>> {
        match name {
            "actions" => self.actions.as_ref(),
            "action_values" => self.action_values.as_ref(),
            "conversions" => self.conversions.as_ref(),
            "conversion_values" => self.conversion_values.as_ref(),
            _ => None,
        }
    }

    fn take(&mut self, name: &'a str, raw: &'a RawValue, warnings: &mut Warnings) {
        match name {
            "actions" => self.actions = Some(Actions::read(raw, name, warnings)),
            "action_values" => self.action_values = Some(Actions::read(raw, name, warnings)),
            "conversions" => self.conversions = Some(Actions::read(raw, name, warnings)),
            "conversion_values" => self.conversion_values = Some(Actions::read(raw, name, warnings)),
            "results" => self.results = Some(raw),
            "cost_per_result" => self.cost_per_result = Some(raw),
            _ => {}
        }
    }

    /// How often an event happened: looked up in `actions`, then in `conversions`.
    fn count(&self, name: &str) -> Option<&str> {
        let first = self.actions.as_ref().and_then(|list| list.value(name));
        first.or_else(|| self.conversions.as_ref().and_then(|list| list.value(name)))
    }

    /// What an event was worth: looked up in `action_values`, then in `conversion_values`.
    fn worth(&self, name: &str) -> Option<&str> {
        let first = self.action_values.as_ref().and_then(|list| list.value(name));
        first.or_else(|| self.conversion_values.as_ref().and_then(|list| list.value(name)))
    }

    /// The first of several names of one event that is present, be its figure readable or not.
    fn present<'n>(&self, names: &'n [String]) -> Option<&'n str> {
        names.iter().map(String::as_str).find(|name| self.count(name).is_some() || self.is_unreadable(name))
    }

    fn is_unreadable(&self, name: &str) -> bool {
        [&self.actions, &self.conversions].into_iter().flatten().any(|list| list.is_unreadable(name))
    }

    fn metric(&self, metric: &Metric) -> Option<Option<rust_decimal::Decimal>> {
        let text = |name: &String| if metric.value { self.worth(name) } else { self.count(name) };
        match &metric.source {
            MetricSource::First(names) => names.iter().find_map(text).map(value::decimal),
            MetricSource::Sum(names) => {
                names.iter().filter_map(text).map(value::decimal).reduce(|sum, next| sum?.checked_add(next?))
            }
        }
    }
}

impl Insights {
    /// Turns one delivered row into a row of the table. `None` where a part of its key is missing, or where it covers
    /// other days than a period of those that were asked for: it belongs nowhere.
    pub fn row(
        &self,
        delivered: &RawRow<'_>,
        asked: Days,
        account: &AccountId,
        conversions: &Conversions,
        warnings: &mut Warnings,
    ) -> Option<InsightsRow> {
        let mut cells = vec![Cell::Null; self.sources.len()];
        let mut said = Said::default();
        for (name, raw) in delivered.fields() {
            if let Some(&place) = self.places.get(name) {
                if let (Some(cell), Some(column)) = (cells.get_mut(place), self.table.columns.get(place)) {
                    *cell = counted(raw, column.kind, name, &mut said.extra, warnings);
                }
            } else if LISTS.contains(&name) || matches!(name, "results" | "cost_per_result") {
                said.take(name, raw, warnings);
            } else if self.report.extra_fields.iter().any(|extra| extra == name) {
                said.extra.push((name, Cow::Borrowed(raw.get())));
            }
        }
        self.derive(&mut cells, &said, account, conversions, warnings);
        if self.report.increment != Increment::Daily {
            self.settle(&mut cells, asked, warnings)?;
        }
        self.identified(cells, warnings)
    }

    /// Gives a row the first and last day of its period: Meta's own last day follows the day of the question while the
    /// period runs, and the key must not.
    fn settle(&self, cells: &mut [Cell], asked: Days, warnings: &mut Warnings) -> Option<()> {
        let place = |field: &str| self.places.get(field).copied();
        let date = |field: &str| match cells.get(place(field)?) {
            Some(Cell::Date(day)) => Some(*day),
            _ => None,
        };
        let Some(period) = self.report.increment.delivered(date("date_start"), date("date_stop"), asked) else {
            warnings.add("row_off_period", &self.table.name);
            return None;
        };
        for (field, day) in [("date_start", period.since), ("date_stop", period.until)] {
            *cells.get_mut(place(field)?)? = Cell::Date(day);
        }
        Some(())
    }

    /// Fills what follows from the lists: conversions, results, whatever the configuration names.
    fn derive(
        &self,
        cells: &mut [Cell],
        said: &Said<'_>,
        account: &AccountId,
        conversions: &Conversions,
        warnings: &mut Warnings,
    ) {
        // A row without actions had none; on rows that mix attribution settings Meta leaves the list out altogether.
        let is_unknown = self.report.level <= Level::Campaign && said.actions.is_none();
        let purchase = said.present(&conversions.purchases);
        let count = |name: Option<&str>, warnings: &mut Warnings| match name.map(|name| (name, said.count(name))) {
            // It is there and was counted as unreadable: a 0 would be invented.
            Some((name, None)) if said.is_unreadable(name) => Cell::Null,
            None | Some((_, None)) if is_unknown => Cell::Null,
            None | Some((_, None)) => Cell::BigInt(0),
            Some((name, Some(text))) => readable(value::number(text).map(Cell::BigInt), name, warnings),
        };
        let amount = |found: Option<Option<rust_decimal::Decimal>>, name: &str, warnings: &mut Warnings| match found {
            None if is_unknown => Cell::Null,
            None => Cell::Numeric(0.into()),
            Some(number) => readable(number.map(Cell::Numeric), name, warnings),
        };
        for (cell, source) in cells.iter_mut().zip(&self.sources) {
            *cell = match source {
                Source::Field(_) | Source::Untold => continue,
                Source::Breakdown(_) if *cell == Cell::Null => Cell::Text(String::new()),
                Source::Breakdown(_) => continue,
                Source::Account => Cell::Text(account.digits().to_owned()),
                Source::List(name) => said.list(name).and_then(Actions::to_json).map_or(Cell::Null, Cell::Jsonb),
                Source::Leads => count(said.present(&conversions.leads), warnings),
                Source::Purchases => count(purchase, warnings),
                Source::PurchaseValue => {
                    let found = purchase.and_then(|name| said.worth(name)).map(value::decimal);
                    amount(found, "purchase_value", warnings)
                }
                Source::Action(name) => count(Some(name), warnings),
                Source::Metric(metric) => amount(said.metric(metric), &metric.name, warnings),
                Source::ResultType => results(said.results).0.map_or(Cell::Null, Cell::Text),
                Source::Results => results(said.results).1.map_or(Cell::Null, Cell::Numeric),
                Source::CostPerResult => results(said.cost_per_result).1.map_or(Cell::Null, Cell::Numeric),
                Source::Extra if said.extra.is_empty() => Cell::Null,
                Source::Extra => object_of(&said.extra).map_or(Cell::Null, Cell::Jsonb),
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

fn readable(cell: Option<Cell>, name: &str, warnings: &mut Warnings) -> Cell {
    cell.unwrap_or_else(|| {
        warnings.add("unreadable_value", name);
        Cell::Null
    })
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
