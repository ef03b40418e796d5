//! One row of a report: which columns its table has, and how a delivered row fills them.

mod fill;
mod layout;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::catalogue::fields;
use super::figures::Figures;
use super::report::{Level, Metric, Report};
use super::table::{Cell, Table};

/// Lists of actions, each kept whole as an object by action type.
const LISTS: [&str; 4] = ["actions", "action_values", "conversions", "conversion_values"];
/// Those of them that count events, and those that say what these were worth.
const COUNTS: [&str; 2] = ["actions", "conversions"];
const WORTHS: [&str; 2] = ["action_values", "conversion_values"];

/// A report, ready to fill: its table and the place of every field.
#[derive(Debug, Clone)]
pub struct Insights {
    /// The report.
    pub report: Report,
    /// Its table.
    pub table: Table,
    sources: Vec<Source>,
    /// What is asked for, in that order, which is the order of an answer, too.
    asked: Vec<Asked>,
    /// The places of the key's columns, in their order.
    key: Vec<usize>,
    /// The place of the column that says what a row is about.
    object: usize,
    /// The tables of objects that a row names, and the places of their ids.
    parents: Vec<(&'static str, usize)>,
    /// Fields that Meta refuses: where one does not come, nobody knows what it is.
    refused: BTreeSet<String>,
}

/// A field of an answer and where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Asked {
    name: String,
    target: Target,
}

/// Where a field goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    /// The column at this place.
    Column(usize),
    /// A breakdown, which is a column of the key.
    Breakdown(usize),
    /// A list, or what Meta takes for results: columns follow from it.
    Derived,
    /// `extra`.
    Extra,
    /// It is known beforehand.
    Nowhere,
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
    /// Meta has no such figure beside the report's breakdowns.
    Untold,
}

/// One filled row and what the sync must know of it.
#[derive(Debug, Clone)]
pub struct InsightsRow<'a> {
    /// A cell for each column of the table.
    pub cells: Vec<Cell<'a>>,
    /// The key, hashed: a slice remembers the keys it saw, and 16 bytes each is what that may cost.
    pub key: u128,
    /// The first day of its period.
    pub date: NaiveDate,
}

impl Insights {
    /// The fields to ask for, comma-separated. Breakdowns are no fields.
    pub fn fields(&self) -> String {
        let fields = self.asked.iter().filter(|asked| !matches!(asked.target, Target::Breakdown(_)));
        fields.map(|asked| asked.name.as_str()).collect::<Vec<_>>().join(",")
    }

    /// The same, knowing which of its fields Meta refuses, so that nothing is made up for them.
    pub fn without(&self, refused: BTreeSet<String>) -> Self {
        Self { refused, ..self.clone() }
    }

    /// Of some fields those that are asked for.
    pub fn asked_among(&self, fields: &BTreeSet<String>) -> BTreeSet<String> {
        let asked = self.fields();
        asked.split(',').filter(|field| fields.contains(*field)).map(str::to_owned).collect()
    }

    /// The fields that Meta refuses.
    pub fn refused(&self) -> &BTreeSet<String> {
        &self.refused
    }

    /// The columns that what Meta refuses would fill: what they hold is not overwritten by nothing. What counts people is
    /// not among them: that Meta tells it no more is news, but of days that it is kept of no longer.
    pub fn unfilled(&self) -> BTreeSet<String> {
        let is_refused = |fields: &[&str]| fields.iter().any(|field| self.refused.contains(*field));
        let is_unfilled = |source: &Source| match source {
            Source::Field(field) | Source::List(field) => is_refused(&[field]) && !fields::is_unique_metric(field),
            Source::Leads | Source::Purchases | Source::Action(_) => is_refused(&COUNTS),
            Source::PurchaseValue => is_refused(&LISTS),
            Source::Metric(metric) => is_refused(if metric.value { &WORTHS } else { &COUNTS }),
            Source::ResultType | Source::Results => is_refused(&["results"]),
            Source::CostPerResult => is_refused(&["cost_per_result"]),
            Source::Extra => {
                let mut extra = self.report.extra_fields.iter().filter(|field| !fields::is_unique_metric(field));
                extra.any(|field| self.refused.contains(field))
            }
            Source::Breakdown(_) | Source::Account | Source::Untold => false,
        };
        let columns = self.table.columns.iter().zip(&self.sources).filter(|(_, source)| is_unfilled(source));
        columns.map(|(column, _)| column.name.clone().into_owned()).collect()
    }

    /// The id of the object that a row is about.
    pub fn object<'r>(&self, row: &'r InsightsRow<'_>) -> &'r str {
        match row.cells.get(self.object) {
            Some(Cell::Text(id)) => id,
            _ => "",
        }
    }

    /// The objects that a row names, each with the table that has it.
    pub fn parents<'r>(&self, row: &'r InsightsRow<'_>) -> impl Iterator<Item = (&'static str, &'r str)> {
        self.parents.iter().filter_map(|(table, place)| match row.cells.get(*place) {
            Some(Cell::Text(id)) => Some((*table, id.as_ref())),
            _ => None,
        })
    }

    /// The figures of a row that add up; what is empty counts as none.
    pub fn figures(&self, row: &InsightsRow<'_>) -> Figures {
        let cell = |field: &str| row.cells.get(self.place(field)?);
        let count = |field: &str| match cell(field) {
            Some(Cell::BigInt(count)) => *count,
            _ => 0,
        };
        let spend = match cell("spend") {
            Some(Cell::Numeric(spend)) => *spend,
            _ => rust_decimal::Decimal::ZERO,
        };
        Figures { spend, impressions: count("impressions"), clicks: count("clicks") }
    }

    /// The place of the column that a field fills.
    fn place(&self, field: &str) -> Option<usize> {
        self.asked.iter().find(|asked| asked.name == field).and_then(|asked| match asked.target {
            Target::Column(place) | Target::Breakdown(place) => Some(place),
            _ => None,
        })
    }

    /// Where a delivered field goes, looked for behind the last one that was found: rows have their fields in the
    /// order in which they were asked for, so that it is nearly always the next.
    fn target(&self, field: &str, last: &mut usize) -> Option<Target> {
        let (before, behind) = self.asked.split_at_checked(*last)?;
        let found = behind.iter().chain(before).position(|asked| asked.name == field)?;
        let place = (*last + found) % self.asked.len();
        *last = place + 1;
        self.asked.get(place).map(|asked| asked.target)
    }
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
