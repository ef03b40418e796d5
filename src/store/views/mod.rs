//! What readers get beyond the tables: views and functions, made from the same definitions as the tables.
//!
//! Nothing that adsync did not make is ever replaced: what stands in the way stays, with a sentence that says so.

mod actions;
mod currency;
mod entities;
mod freshness;
mod insights;
mod metrics;
mod offer;
mod plan;
mod relations;

use crate::rows::table::Table;

use super::names::Names;

pub(super) use offer::Offer;
pub(super) use plan::plan;

/// Everything that is offered for these tables, in the order in which it is made.
pub(super) fn offers(names: &Names, tables: &[Table]) -> Vec<Offer> {
    let mut offers = vec![freshness::account_freshness(names, tables)];
    offers.extend(entities::views(names, tables));
    for table in tables {
        let Some(report) = &table.report else { continue };
        offers.push(insights::view(names, table, report, tables));
        offers.extend(actions::view(names, table, report));
    }
    offers.extend(metrics::ads_metrics(names, tables));
    offers.extend(relations::functions(names, tables));
    offers
}

/// Whether there is a table of that name.
fn is_there(tables: &[Table], name: &str) -> bool {
    tables.iter().any(|table| table.name == name)
}

/// Whether a table has a column, by its definition.
fn has(table: &Table, column: &str) -> bool {
    table.columns.iter().chain(&table.own_columns).any(|there| there.name == column)
}
