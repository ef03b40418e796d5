//! Daemons with other reports that share the schema: views and functions cover the reports of all, whoever makes them, so
//! that none replaces what another made.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::Row;

use crate::rows::ad;
use crate::rows::insights::Insights;
use crate::rows::report::{Increment, Level, Metric, MetricSource, Report};
use crate::rows::table::Table;

use super::Settings;
use super::catalog::Catalog;
use super::db::{Db, Tx};
use super::error::Error;
use super::names::{Names, literal};

/// A report that some daemon reads into this schema, as far as views and functions need to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    /// Whose it is: `daemon.instance`.
    pub instance: String,
    /// The report. Its metrics have names only.
    pub report: Report,
    /// Whether its daemon was noted or at work lately.
    pub is_live: bool,
}

/// Reads the reports of all daemons. One of a kind that only a newer adsync knows is left out.
pub(super) async fn read(db: &Db, tx: &mut Tx) -> Result<Vec<Shared>, Error> {
    let rows = db
        .template(
            "select r.instance, r.report, r.level, r.time_increment, r.breakdowns, r.metrics,
               r.noted_at > now() - interval '31 days' or exists
                 (select from {sync_runs} u where u.instance = r.instance and u.started_at > now() - interval '31 days')
             from {sync_reports} r order by 1, 2",
        )
        .fetch_all(&mut **tx)
        .await?;
    let mut shared = Vec::new();
    for row in rows {
        let (level, increment): (String, String) = (row.try_get(2)?, row.try_get(3)?);
        let levels = [Level::Account, Level::Campaign, Level::Adset, Level::Ad];
        let increments = [Increment::Daily, Increment::Weekly, Increment::Monthly, Increment::AllDays];
        let (Some(level), Some(increment)) = (
            levels.into_iter().find(|known| known.as_str() == level),
            increments.into_iter().find(|known| known.as_str() == increment),
        ) else {
            continue;
        };
        let metrics: Vec<String> = row.try_get(5)?;
        let report = outline(row.try_get(1)?, level, increment, row.try_get(4)?, metrics.into_iter().collect());
        shared.push(Shared { instance: row.try_get(0)?, report, is_live: row.try_get(6)? });
    }
    Ok(shared)
}

/// Our tables and those of the other daemons that are at work, in an order that is the same for all of them.
pub(super) fn all_tables(names: &Names, settings: &Settings, own: &[Table], catalog: &Catalog) -> Vec<Table> {
    let mut reports: BTreeMap<String, Report> = own_outlines(own);
    let others = catalog.shared.iter().filter(|shared| shared.is_live && shared.instance != settings.instance);
    for Shared { report: theirs, .. } in others {
        let Some(relation) = catalog.relations.get(names.relation(&theirs.table_name())) else { continue };
        let known = reports.get(&theirs.name);
        // A table has one key: of two that say otherwise ours counts, and the other daemon is refused.
        let differs = |ours: &Report| (ours.level, ours.increment) != (theirs.level, theirs.increment);
        if known.is_some_and(|ours| differs(ours) || ours.breakdowns != theirs.breakdowns) {
            continue;
        }
        let of = |report: &Report| report.metrics.iter().map(|metric| metric.name.clone()).collect::<BTreeSet<_>>();
        let mut metrics = of(theirs);
        metrics.retain(|metric| relation.columns.contains_key(metric));
        metrics.extend(known.map(of).unwrap_or_default());
        let Report { name, level, increment, breakdowns, .. } = theirs.clone();
        reports.insert(name.clone(), outline(name, level, increment, breakdowns, metrics));
    }
    let mut tables: Vec<Table> = own.iter().filter(|table| table.report.is_none()).cloned().collect();
    let ads = ad::entity().table;
    if reports.values().any(|report| report.level == Level::Ad)
        && tables.iter().all(|table| table.name != ads.name)
        && catalog.relations.contains_key(names.relation(&ads.name))
    {
        tables.push(ads);
    }
    tables.extend(reports.into_values().map(|report| Insights::new(report).table));
    tables
}

/// The text that notes which reports this configuration has, where something else is noted.
pub(super) fn registration(names: &Names, settings: &Settings, own: &[Table], catalog: &Catalog) -> Option<String> {
    let noted = catalog.shared.iter().filter(|shared| shared.instance == settings.instance);
    let noted: BTreeMap<&str, &Report> = noted.map(|shared| (shared.report.name.as_str(), &shared.report)).collect();
    let wanted = own_outlines(own);
    if wanted.iter().map(|(name, report)| (name.as_str(), report)).eq(noted) {
        return None;
    }
    let (table, instance) = (names.qualified("sync_reports"), literal(&settings.instance));
    let array = |words: &mut dyn Iterator<Item = &str>| {
        format!("array[{}]::text[]", words.map(literal).collect::<Vec<_>>().join(", "))
    };
    let rows = wanted.values().map(|report| {
        format!(
            "({instance}, {}, {}, {}, {}, {}, now())",
            literal(&report.name),
            literal(report.level.as_str()),
            literal(report.increment.as_str()),
            array(&mut report.breakdowns.iter().map(String::as_str)),
            array(&mut report.metrics.iter().map(|metric| metric.name.as_str())),
        )
    });
    let rows = rows.collect::<Vec<_>>().join(",\n  ");
    let mut text = format!("delete from {table} where instance = {instance}");
    if !rows.is_empty() {
        text += &format!(
            ";\ninsert into {table} (instance, report, level, time_increment, breakdowns, metrics, noted_at) values\n  {rows}"
        );
    }
    Some(text)
}

/// The reports of these tables, by name, as far as views and functions need to know them.
fn own_outlines(tables: &[Table]) -> BTreeMap<String, Report> {
    let reports = tables.iter().filter_map(|table| table.report.clone());
    let outlines = reports.map(|report| {
        let metrics = report.metrics.into_iter().map(|metric| metric.name).collect();
        (report.name.clone(), outline(report.name, report.level, report.increment, report.breakdowns, metrics))
    });
    outlines.collect()
}

/// A report with nothing in it that decides no column. Columns of metrics come by name.
fn outline(
    name: String,
    level: Level,
    increment: Increment,
    breakdowns: Vec<String>,
    metrics: BTreeSet<String>,
) -> Report {
    let metric = |name| Metric { name, source: MetricSource::First(Vec::new()), value: false };
    let metrics = metrics.into_iter().map(metric).collect();
    Report { name, level, increment, breakdowns, metrics, attribution_windows: Vec::new(), extra_fields: Vec::new() }
}
