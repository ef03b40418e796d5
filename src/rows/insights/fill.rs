//! How a delivered row fills the columns of its report's table.

use std::borrow::Cow;
use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde_json::value::RawValue;

use crate::meta::AccountId;
use crate::meta::page::{Json, RawRow};

use super::super::actions::{Actions, Figure};
use super::super::report::{Conversions, Days, Increment, Level, Metric, MetricSource};
use super::super::results;
use super::super::table::Cell;
use super::super::table::Kind::{self, BigInt};
use super::super::value::{self, Key, Warnings};
use super::{Insights, InsightsRow, Source, Target};

/// What a delivered row says beyond plain fields.
#[derive(Default)]
struct Said<'r, 'a> {
    actions: Option<Actions<'a>>,
    action_values: Option<Actions<'a>>,
    conversions: Option<Actions<'a>>,
    conversion_values: Option<Actions<'a>>,
    /// The indicator and the figure.
    results: (Option<Cow<'a, str>>, Option<Decimal>),
    cost_per_result: Option<Decimal>,
    extra: Vec<(&'a str, Cow<'a, str>)>,
    /// Fields that Meta refuses.
    refused: Option<&'r BTreeSet<String>>,
}

impl<'a> Said<'_, 'a> {
    fn list(&self, name: &str) -> Option<&Actions<'a>> {
        match name {
            "actions" => self.actions.as_ref(),
            "action_values" => self.action_values.as_ref(),
            "conversions" => self.conversions.as_ref(),
            "conversion_values" => self.conversion_values.as_ref(),
            _ => None,
        }
    }

    fn take(&mut self, name: &'a str, raw: Json<'a>, warnings: &mut Warnings) {
        if raw.get() == "null" {
            return;
        }
        let list = match name {
            "actions" => &mut self.actions,
            "action_values" => &mut self.action_values,
            "conversions" => &mut self.conversions,
            "conversion_values" => &mut self.conversion_values,
            "results" => {
                self.results = results::read(raw, name, warnings);
                return;
            }
            _ => {
                self.cost_per_result = results::read(raw, name, warnings).1;
                return;
            }
        };
        *list = Some(Actions::read(raw, name, warnings));
    }

    /// How often an event happened: looked up in `actions`, then in `conversions`.
    fn count(&self, name: &str) -> Figure<'_> {
        self.figure("actions", name).or_else(|| self.figure("conversions", name))
    }

    /// What an event was worth: looked up in `action_values`, then in `conversion_values`.
    fn worth(&self, name: &str) -> Figure<'_> {
        self.figure("action_values", name).or_else(|| self.figure("conversion_values", name))
    }

    /// What one list says of an event. One that Meta refuses may say anything.
    fn figure(&self, list: &str, name: &str) -> Figure<'_> {
        match self.list(list) {
            Some(list) => list.figure(name),
            None if self.refused.is_some_and(|refused| refused.contains(list)) => Figure::Unknown,
            None => Figure::Absent,
        }
    }

    /// The first of several names of one event that is present, be its figure readable or not.
    fn present<'n>(&self, names: &'n [String]) -> Option<&'n str> {
        names.iter().map(String::as_str).find(|name| self.count(name) != Figure::Absent)
    }

    /// The count of the first present of several names of one event.
    fn first_count(&self, names: &[String]) -> Figure<'_> {
        self.present(names).map_or(Figure::Absent, |name| self.count(name))
    }

    /// What the purchases were worth, of the same name as their count.
    fn purchase_value(&self, names: &[String]) -> Figure<'_> {
        let Some(name) = self.present(names) else {
            // Without purchases they were worth nothing, where that can be read at all.
            let is_unknown = names.iter().any(|name| self.worth(name) == Figure::Unknown);
            return if is_unknown { Figure::Unknown } else { Figure::Absent };
        };
        match (self.worth(name), self.count(name)) {
            // Whether it is this name that counts is not known.
            (Figure::Absent, Figure::Unknown) => Figure::Unknown,
            (worth, _) => worth,
        }
    }

    /// A metric's cell; one of its events that cannot be read makes it unknown.
    fn metric(&self, metric: &Metric) -> Amount {
        let of = |name: &String| if metric.value { self.worth(name) } else { self.count(name) };
        match &metric.source {
            MetricSource::First(names) => {
                names.iter().map(of).find(|figure| *figure != Figure::Absent).map_or(Amount::None, Amount::from)
            }
            MetricSource::Sum(names) => names.iter().map(of).map(Amount::from).fold(Amount::None, Amount::plus),
        }
    }
}

/// A figure as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Amount {
    /// Nothing was told.
    None,
    /// It was told and cannot be read, which was counted; or Meta refuses to tell it.
    Unknown,
    /// It was told and is more than can be reckoned with.
    TooLarge,
    /// A number.
    Number(Decimal),
}

impl From<Figure<'_>> for Amount {
    fn from(figure: Figure<'_>) -> Self {
        match figure {
            Figure::Absent => Self::None,
            Figure::Unknown => Self::Unknown,
            Figure::Told(text) => value::decimal(text).map_or(Self::TooLarge, Self::Number),
        }
    }
}

impl Amount {
    fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, amount) | (amount, Self::None) => amount,
            (Self::Number(one), Self::Number(other)) => one.checked_add(other).map_or(Self::TooLarge, Self::Number),
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            _ => Self::TooLarge,
        }
    }
}

impl Insights {
    /// Turns one delivered row into a row of the table. `None` where a part of its key is missing, or where it covers
    /// other days than a period of those that were asked for: it belongs nowhere.
    pub fn row<'a>(
        &self,
        delivered: &RawRow<'a>,
        asked: Days,
        account: &'a AccountId,
        conversions: &Conversions,
        warnings: &mut Warnings,
    ) -> Option<InsightsRow<'a>> {
        let mut cells = vec![Cell::Null; self.sources.len()];
        let mut said = Said { refused: Some(&self.refused), ..Said::default() };
        let mut last = 0;
        for (name, raw) in delivered.fields() {
            let Some(target) = self.target(name, &mut last) else { continue };
            match target {
                Target::Column(place) | Target::Breakdown(place) => {
                    let (Some(cell), Some(column)) = (cells.get_mut(place), self.table.columns.get(place)) else {
                        continue;
                    };
                    *cell = match target {
                        Target::Breakdown(_) => key_part(raw),
                        _ => counted(raw, column.kind, name, &mut said.extra, warnings),
                    };
                    // A part of the key that cannot be read must not pass for one that is not there.
                    if *cell == Cell::Null && raw.get() != "null" && self.key.contains(&place) {
                        warnings.add("row_without_key", &column.name);
                        return None;
                    }
                }
                Target::Derived => said.take(name, raw, warnings),
                Target::Extra => said.extra.push((name, Cow::Borrowed(raw.get()))),
                Target::Nowhere => {}
            }
        }
        self.derive(&mut cells, said, account, conversions, warnings);
        if self.report.increment != Increment::Daily {
            self.settle(&mut cells, asked, warnings)?;
        }
        self.identified(cells, warnings)
    }

    /// Gives a row the first and last day of its period: Meta's own last day follows the day of the question while the
    /// period runs, and the key must not.
    fn settle(&self, cells: &mut [Cell<'_>], asked: Days, warnings: &mut Warnings) -> Option<()> {
        let date = |field: &str| match cells.get(self.place(field)?) {
            Some(Cell::Date(day)) => Some(*day),
            _ => None,
        };
        let Some(period) = self.report.increment.delivered(date("date_start"), date("date_stop"), asked) else {
            warnings.add("row_off_period", &self.table.name);
            return None;
        };
        for (field, day) in [("date_start", period.since), ("date_stop", period.until)] {
            *cells.get_mut(self.place(field)?)? = Cell::Date(day);
        }
        Some(())
    }

    /// Fills what follows from the lists: conversions, results, whatever the configuration names.
    fn derive<'a>(
        &self,
        cells: &mut [Cell<'a>],
        mut said: Said<'_, 'a>,
        account: &'a AccountId,
        conversions: &Conversions,
        warnings: &mut Warnings,
    ) {
        // A row without actions had none; on rows that mix attribution settings Meta leaves the list out altogether, and
        // beside some breakdowns what happened off Meta.
        let is_mixed = self.report.level <= Level::Campaign && said.actions.is_none();
        let is_unknown = is_mixed || !self.report.tells_all_actions();
        let mut extra: Vec<(&str, Cow<'_, str>)> = std::mem::take(&mut said.extra);
        let mut count = |figure: Figure<'_>, column, warnings: &mut Warnings| match figure {
            Figure::Absent if is_unknown => Cell::Null,
            Figure::Absent => Cell::BigInt(0),
            // It is refused, or there and was counted as unreadable: a 0 would be invented.
            Figure::Unknown => Cell::Null,
            Figure::Told(text) if value::is_beyond_64_bits(text) => {
                too_large(Cow::Owned(text.to_owned()), column, &mut extra, warnings)
            }
            Figure::Told(text) => readable(value::number(text).map(Cell::BigInt), column, warnings),
        };
        let amount = |amount: Amount, name: &str, warnings: &mut Warnings| match amount {
            Amount::None if is_unknown => Cell::Null,
            Amount::None => Cell::Numeric(0.into()),
            Amount::Unknown => Cell::Null,
            Amount::TooLarge => {
                // The list that it came from keeps it.
                warnings.add("number_too_large", name);
                Cell::Null
            }
            Amount::Number(number) => Cell::Numeric(number),
        };
        for ((cell, source), column) in cells.iter_mut().zip(&self.sources).zip(&self.table.columns) {
            let column = column.name.as_ref();
            *cell = match source {
                Source::Field(_) | Source::Untold | Source::Extra => continue,
                Source::Breakdown(_) if *cell == Cell::Null => Cell::Text(Cow::Borrowed("")),
                Source::Breakdown(_) => continue,
                Source::Account => Cell::Text(account.digits().into()),
                Source::List(name) => {
                    said.list(name).and_then(Actions::to_json).map_or(Cell::Null, |json| Cell::Jsonb(json.into()))
                }
                Source::Leads => count(said.first_count(&conversions.leads), column, warnings),
                Source::Purchases => count(said.first_count(&conversions.purchases), column, warnings),
                Source::PurchaseValue => amount(said.purchase_value(&conversions.purchases).into(), column, warnings),
                Source::Action(name) => count(said.count(name), column, warnings),
                Source::Metric(metric) => amount(said.metric(metric), column, warnings),
                Source::ResultType => said.results.0.take().map_or(Cell::Null, Cell::Text),
                Source::Results => said.results.1.map_or(Cell::Null, Cell::Numeric),
                Source::CostPerResult => said.cost_per_result.map_or(Cell::Null, Cell::Numeric),
            };
        }
        let place = self.sources.iter().position(|source| *source == Source::Extra);
        if let Some(cell) = place.and_then(|place| cells.get_mut(place))
            && !extra.is_empty()
        {
            *cell = object_of(&extra).map_or(Cell::Null, |json| Cell::Jsonb(json.into()));
        }
    }

    fn identified<'a>(&self, cells: Vec<Cell<'a>>, warnings: &mut Warnings) -> Option<InsightsRow<'a>> {
        let mut key = Key::default();
        let mut date = None;
        for &place in &self.key {
            match cells.get(place) {
                Some(Cell::Text(text)) => key.text(text),
                Some(Cell::Date(day)) => {
                    date = date.or(Some(*day));
                    key.day(*day);
                }
                _ => {
                    warnings.add("row_without_key", self.table.columns.get(place).map_or("", |column| &column.name));
                    return None;
                }
            }
        }
        Some(InsightsRow { key: key.hash(), cells, date: date? })
    }
}

fn readable<'a>(cell: Option<Cell<'a>>, name: &str, warnings: &mut Warnings) -> Cell<'a> {
    cell.unwrap_or_else(|| {
        warnings.add("unreadable_value", name);
        Cell::Null
    })
}

/// A breakdown's cell; NULL where it cannot be part of a key.
fn key_part(raw: Json<'_>) -> Cell<'_> {
    if raw.get() == "null" { Cell::Null } else { value::key_text(raw).map_or(Cell::Null, Cell::Text) }
}

/// Reads a field's cell; a whole number that does not fit its column is kept exactly in `extra`.
fn counted<'a>(
    raw: Json<'a>,
    kind: Kind,
    name: &'a str,
    extra: &mut Vec<(&'a str, Cow<'a, str>)>,
    warnings: &mut Warnings,
) -> Cell<'a> {
    let cell = value::cell(raw, kind);
    if cell.is_none()
        && kind == BigInt
        && let Some(text) = value::text(raw.get()).filter(|text| value::is_beyond_64_bits(text))
    {
        return too_large(text, name, extra, warnings);
    }
    readable(cell, name, warnings)
}

/// Keeps a number in `extra` that its column cannot hold.
fn too_large<'a>(
    text: Cow<'a, str>,
    name: &'a str,
    extra: &mut Vec<(&'a str, Cow<'a, str>)>,
    warnings: &mut Warnings,
) -> Cell<'static> {
    warnings.add("number_too_large", name);
    extra.push((name, text));
    Cell::Null
}

/// A JSON object of texts that are JSON already, in the order of their names.
fn object_of(fields: &[(&str, Cow<'_, str>)]) -> Option<String> {
    // A number may be written as JSON does not allow, with zeros before it: then it is kept as a text.
    let raw = |json: &str| {
        let parsed = serde_json::from_str::<Box<RawValue>>(json).ok();
        parsed.or_else(|| serde_json::value::to_raw_value(json).ok())
    };
    let object: Option<std::collections::BTreeMap<&str, Box<RawValue>>> =
        fields.iter().map(|(name, json)| Some((*name, raw(json)?))).collect();
    serde_json::to_string(&object?).ok()
}
