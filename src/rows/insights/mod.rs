//! One row of a report: which columns its table has, and how a delivered row fills them.

mod fill;
mod layout;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};

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
    places: HashMap<String, usize>,
    /// Fields that Meta refuses: where one does not come, nobody knows what it is.
    refused: BTreeSet<String>,
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
pub struct InsightsRow {
    /// A cell for each column of the table.
    pub cells: Vec<Cell>,
    /// The key, hashed: a slice remembers the keys it saw, and 16 bytes each is what that may cost.
    pub key: u128,
    /// The first day of its period.
    pub date: NaiveDate,
}

impl Insights {
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
            self.report
                .extra_fields
                .iter()
                .map(String::as_str)
                .filter(|extra| !self.places.contains_key(*extra) && self.report.tells(extra)),
        );
        fields.join(",")
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
    pub fn object<'r>(&self, row: &'r InsightsRow) -> &'r str {
        // The account's own column is the first one of every table.
        let place = self.places.get(self.report.level.id_column()).copied().unwrap_or(0);
        match row.cells.get(place) {
            Some(Cell::Text(id)) => id,
            _ => "",
        }
    }

    /// The figures of a row that add up; what is empty counts as none.
    pub fn figures(&self, row: &InsightsRow) -> Figures {
        let cell = |field: &str| row.cells.get(*self.places.get(field)?);
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
