//! The metric columns of `adsets`, `campaigns` and `ads`: sums over days that are all covered, ratios of those sums.

use std::collections::BTreeSet;

use sqlx::Row;

use crate::rows::metrics::{CONVERSIONS, DELIVERY, columns};
use crate::rows::report::Days;
use crate::rows::table::Kind;

use super::casts::{cast, within_64_bits};
use super::db::Db;
use super::error::Error;
use super::migrate::Types;
use super::names::quote;
use super::orphans::id_of;
use super::transact::{Alone, latest};

/// What is summed, and into which tables.
#[derive(Debug, Clone, Copy)]
pub struct Sums<'a> {
    /// The table of a daily report of ad sets or ads.
    pub report_table: &'a str,
    /// `adsets` and `campaigns`, or `ads`, which need a report of ads.
    pub tables: &'a [&'a str],
    /// Fields that Meta refuses: their sum is known only where every row has its figure.
    pub refused: &'a BTreeSet<String>,
}

/// The sum of a figure of delivery. Meta tells spend, impressions and clicks of every row, be they 0: where no row has one
/// it is not known. Clicks on links it leaves out where there are none.
pub(super) fn delivered(name: &str, column: &str) -> String {
    if name == "inline_link_clicks" { format!("coalesce(sum({column}), 0)") } else { format!("sum({column})") }
}

/// Writes the metric columns of tables from a daily report, whose rows are read once for all of them. Only rows that differ
/// are written. Returns whether each of the tables lacks a row for something that the report names.
pub async fn write(db: &Db, types: &Types, of: Sums<'_>, account_id: &str, days: Days) -> Result<Vec<bool>, Error> {
    let rows = db.names.qualified(of.report_table);
    let ids: Vec<String> = of.tables.iter().map(|table| quote(id_of(table))).collect();
    // Sums of the finest objects first, from which those of all tables are made: for each figure its sum, and of how many
    // rows it is.
    let figures = DELIVERY.iter().chain(&CONVERSIONS).map(|name| quote(name));
    let figures: Vec<String> =
        figures.map(|name| format!("sum({name}) as {name}, count({name}) as {}", told(&name))).collect();
    let each: Vec<String> = of.tables.iter().map(|table| table_sums(db, types, of, table)).collect();
    let lacking = of.tables.iter().map(|table| {
        let (entity, sums) = (db.names.qualified(table), part_of(table, "sums"));
        format!("exists (select from {sums} s where not exists (select from {entity} e where e.id = s.id))")
    });
    let written = of.tables.iter().map(|table| format!("(select count(*) from {})", part_of(table, "written")));
    let sql = format!(
        "with finest as materialized (
           select {ids}, count(*) as row_count, {figures} from {rows} where account_id = $1 and date between $2 and $3
           group by {ids}
         ), {each}
         select {lacking}, {written}",
        ids = ids.join(", "),
        figures = figures.join(", "),
        each = each.join(", "),
        lacking = lacking.collect::<Vec<_>>().join(", "),
        written = written.collect::<Vec<_>>().join(", "),
    );
    // What a first try lacked may have its row when it is repeated.
    let (lacking, written) = db
        .transact(latest, |mut tx| async {
            tx.join_widely().await?;
            let update = db.query(&sql).bind(account_id.to_owned()).bind(days.since).bind(days.until);
            let row = update.fetch_one(&mut *tx).await?;
            let tables = of.tables.len();
            let lacking = (0..tables).map(|place| row.try_get(place)).collect::<Result<Vec<bool>, _>>()?;
            let written = (tables..2 * tables).map(|place| row.try_get(place)).collect::<Result<Vec<i64>, _>>()?;
            Ok((tx, (lacking, written)))
        })
        .await?;
    for (table, written) in of.tables.iter().zip(written) {
        if written > 0 {
            tidy(db, table, account_id).await;
        }
    }
    Ok(lacking)
}

/// Looks once at the rows of a table, so that what they were before leaves its pages now, while these are in memory and
/// whole in the log. Whoever looks first does it: a sync that finds nothing changed would write a page for every few rows.
async fn tidy(db: &Db, table: &str, account_id: &str) {
    let sql = format!("select count(last_synced) from {} where account_id = $1", db.names.qualified(table));
    if let Err(error) = db.query(sql).bind(account_id.to_owned()).one(db).await {
        // The sums are written: somebody else will look.
        tracing::debug!(%error, table, "the rows could not be looked at");
    }
}

/// The name that a part of the statement has for a table.
fn part_of(table: &str, what: &str) -> String {
    quote(&format!("{table} {what}"))
}

/// The parts of the statement that sum into one table, by its name.
fn table_sums(db: &Db, types: &Types, of: Sums<'_>, table: &str) -> String {
    let entity = db.names.qualified(table);
    let of_all = |name: &str| {
        let name = quote(name);
        format!("case when sum({}) = sum(row_count) then sum({name}) end as {name}", told(&name))
    };
    let of_delivery = |name: &&str| match of.refused.contains(*name) {
        true => of_all(name),
        false => format!("{} as {}", delivered(name, &quote(name)), quote(name)),
    };
    let sums: Vec<String> =
        DELIVERY.iter().map(of_delivery).chain(CONVERSIONS.iter().map(|name| of_all(name))).collect();
    let fresh: Vec<String> = DELIVERY
        .iter()
        .chain(&CONVERSIONS)
        .map(|name| format!("case when s.id is null then 0 else s.{0} end as {0}", quote(name)))
        .chain([
            "100 * s.clicks / nullif(s.impressions, 0) as ctr".to_owned(),
            "s.spend / nullif(s.clicks, 0) as cpc".to_owned(),
            "1000 * s.spend / nullif(s.impressions, 0) as cpm".to_owned(),
        ])
        .collect();
    let own = columns();
    let casts: Vec<String> = own
        .iter()
        .map(|column| {
            let actual = types.get(table).and_then(|types| types.get(column.name.as_ref()));
            let name = quote(&column.name);
            let value = match column.kind {
                // A sum of counts may be larger than any count.
                Kind::BigInt => within_64_bits(&format!("f.{name}")),
                kind => format!("f.{name}::{}", kind.sql()),
            };
            cast(&value, column.kind, actual.map_or(column.kind.sql(), String::as_str))
        })
        .collect();
    let names: Vec<String> = own.iter().map(|column| quote(&column.name)).collect();
    let there: Vec<String> = names.iter().map(|name| format!("t.{name}")).collect();
    let named = |what: &str| part_of(table, what);
    // An object without a row in covered days has sums of 0, which is a fact, and no ratios.
    format!(
        "{summed} as (
           select {id_column} as id, {sums} from finest group by {id_column}
         ), {fresh_rows} as (
           select e.id, {fresh} from {entity} e left join {summed} s on s.id = e.id where e.account_id = $1
         ), {written} as (
           update {entity} t set ({names}) = row({casts}), last_synced = now()
           from {fresh_rows} f where t.id = f.id and ({there}) is distinct from ({casts})
           returning 1
         )",
        summed = named("sums"),
        fresh_rows = named("fresh"),
        written = named("written"),
        id_column = quote(id_of(table)),
        sums = sums.join(", "),
        fresh = fresh.join(", "),
        names = names.join(", "),
        casts = casts.join(", "),
        there = there.join(", "),
    )
}

/// The column with the number of rows that tell a figure, beside that of its sum.
fn told(quoted: &str) -> String {
    format!("{}_told\"", quoted.trim_end_matches('"'))
}

/// Empties the metric columns of one table. Only rows that hold any are written.
pub async fn clear(db: &Db, table: &str, account_id: &str) -> Result<(), Error> {
    let entity = db.names.qualified(table);
    let names: Vec<String> = columns().iter().map(|column| quote(&column.name)).collect();
    let sql = format!(
        "update {entity} set ({names}) = row({nulls}), last_synced = now()
         where account_id = $1 and num_nonnulls({names}) > 0",
        nulls = vec!["null"; names.len()].join(", "),
        names = names.join(", "),
    );
    db.query(sql).bind(account_id.to_owned()).run(db).await
}

/// Says in `ad_accounts` which days the metric columns cover. Returns whether they covered others before.
pub async fn note_window(db: &Db, account_id: &str, days: Days) -> Result<bool, Error> {
    let done = db
        .template(
            "update {ad_accounts} set metrics_since = $2, metrics_until = $3, last_synced = now()
         where account_id = $1 and (metrics_since, metrics_until) is distinct from ($2, $3)",
        )
        .bind(account_id.to_owned())
        .bind(days.since)
        .bind(days.until)
        .written(db)
        .await?;
    Ok(done > 0)
}

/// Whether every day of a range is covered for a report as it is asked for now.
pub async fn is_covered(
    db: &Db,
    account_id: &str,
    report: &str,
    request_hash: &str,
    days: Days,
) -> Result<bool, Error> {
    let row = db
        .template(
            "select count(*) from {sync_coverage}
             where account_id = $1 and report = $2 and date between $3 and $4 and complete and request_hash = $5",
        )
        .bind(account_id.to_owned())
        .bind(report.to_owned())
        .bind(days.since)
        .bind(days.until)
        .bind(request_hash.to_owned())
        .one(db)
        .await?;
    Ok(u64::try_from(row.try_get::<i64, _>(0)?).is_ok_and(|covered| covered == days.len()))
}
