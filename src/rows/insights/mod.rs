//! One row of a report: which columns its table has, and how a delivered row fills them.

mod fill;
mod layout;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use chrono::NaiveDate;

use super::figures::Figures;
use super::report::{Level, Metric, Report};
use super::table::{Cell, Table};

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
