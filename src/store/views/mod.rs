//! What readers get beyond the tables: views and functions, made from the same definitions as the tables.
//!
//! Nothing that adsync did not make is ever replaced: what stands in the way stays, with a sentence that says so.

mod actions;
mod entities;
mod freshness;
mod insights;
mod metrics;
mod offer;
mod plan;
mod relations;

use crate::rows::table::Table;

use super::names::Names;
use super::outline::Field;

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

/// The views for these tables, by our names, with their columns.
pub(super) fn fields(names: &Names, tables: &[Table]) -> Vec<(String, Vec<Field>)> {
    let fields = |columns: Vec<offer::ViewColumn>| {
        columns.iter().map(|column| Field::new(&column.name, column.sql_type, true, &column.comment)).collect()
    };
    let views = offers(names, tables).into_iter().filter_map(|offer| match offer.shape {
        offer::Shape::View(columns) => Some((offer.name, fields(columns))),
        offer::Shape::Function { .. } => None,
    });
    views.collect()
}

/// What `ads_metrics` is given, and the columns of its rows.
pub(super) fn sums(tables: &[Table]) -> Option<(Vec<Field>, Vec<Field>)> {
    metrics::fields(tables)
}

/// Whether there is a table of that name.
fn is_there(tables: &[Table], name: &str) -> bool {
    tables.iter().any(|table| table.name == name)
}

/// Whether a table has a column, by its definition.
fn has(table: &Table, column: &str) -> bool {
    table.columns.iter().chain(&table.own_columns).any(|there| there.name == column)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::insights::Insights;
    use crate::rows::report::{Increment, Level, Report};
    use crate::rows::{account, adset, campaign};

    fn report(name: &str, level: Level, increment: Increment, breakdowns: &[&str]) -> Table {
        let breakdowns = breakdowns.iter().map(|&name| name.to_owned()).collect();
        let (windows, fields, metrics) = (Vec::new(), Vec::new(), Vec::new());
        Insights::new(Report {
            name: name.to_owned(),
            level,
            breakdowns,
            increment,
            attribution_windows: windows,
            extra_fields: fields,
            metrics,
        })
        .table
    }

    fn tables(reports: &[Table]) -> Vec<Table> {
        // A table of ads, as far as a view needs one.
        let ads = Table { name: "ads".to_owned(), ..adset::entity().table };
        let objects = [account::entity().table, campaign::entity().table, adset::entity().table, ads];
        objects.iter().chain(reports).cloned().collect()
    }

    fn made(reports: &[Table]) -> Vec<(String, String)> {
        let names = Names::new("public", &Default::default());
        let offers = offers(&names, &tables(reports));
        offers.iter().map(|offer| (offer.entry(&names), offer.create(&names, false))).collect()
    }

    #[test]
    fn every_table_has_its_views_and_leads_to_its_parents() {
        let entries: Vec<String> =
            made(&[report("creative", Level::Ad, Increment::Daily, &[])]).into_iter().map(|(entry, _)| entry).collect();
        for entry in [
            "view:account_freshness",
            "view:campaigns_view",
            "view:adsets_view",
            "view:ads_view",
            "view:creative_insights_view",
            "view:creative_actions",
            "function:ads_metrics(date,date,text,text[])",
            "function:ad(creative_insights)",
            "function:adset(creative_insights)",
            "function:account(campaigns)",
            "function:creative_insights(ads)",
            "function:adsets(campaigns)",
        ] {
            assert!(entries.iter().any(|made| made == entry), "{entry}: {entries:?}");
        }
        assert!(!entries.iter().any(|made| made == "function:creative_insights(campaigns)"), "{entries:?}");
    }

    #[test]
    fn a_level_is_summed_from_its_own_additive_report_or_the_nearest_finer_one() {
        let made = made(&[
            report("aged", Level::Campaign, Increment::Daily, &["age"]),
            report("creative", Level::Ad, Increment::Daily, &[]),
            report("sets", Level::Adset, Increment::Daily, &[]),
            report("weeks", Level::Campaign, Increment::Weekly, &[]),
            report("account", Level::Account, Increment::Daily, &[]),
        ]);
        let sql = &made.iter().find(|(entry, _)| entry.contains("ads_metrics")).unwrap().1;
        let sources: Vec<&str> =
            sql.lines().filter_map(|line| line.trim().strip_prefix("from \"public\".")?.strip_suffix(" i")).collect();
        assert_eq!(sources, ["\"sets_insights\"", "\"sets_insights\"", "\"sets_insights\"", "\"creative_insights\""]);
    }

    #[test]
    fn freshness_knows_weeks_and_months() {
        let made = made(&[
            report("sets", Level::Adset, Increment::Daily, &[]),
            report("weeks", Level::Adset, Increment::Weekly, &[]),
            report("months", Level::Adset, Increment::Monthly, &[]),
        ]);
        let sql = &made[0].1;
        assert!(sql.contains("> case c.report when 'weeks' then 7 when 'months' then 31 else 1 end"), "{sql}");
        assert!(sql.contains("case c.report when 'weeks' then c.date + 6 when 'months' then"), "{sql}");
    }
}
