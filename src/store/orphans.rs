//! Campaigns, ad sets and ads that insights name and that have no row of their own.

use sqlx::Row;

use crate::rows::insights::Insights;
use crate::rows::report::Days;

use super::db::{Db, Tx};
use super::error::Error;
use super::names::quote;
use super::transact::{Alone, latest};

/// An object that insights name and that has no row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orphaned {
    /// Its id.
    pub id: String,
    /// Its name on the last of the days.
    pub name: Option<String>,
    /// Its campaign, where it is not one.
    pub campaign_id: Option<String>,
    /// Its ad set, where it is an ad.
    pub adset_id: Option<String>,
}

/// The objects that a report's rows of some days name and that have no row in a table, a list for each of the tables
/// (`campaigns`, `adsets`, `ads`), so many of each at the most.
pub async fn found(
    db: &Db,
    insights: &Insights,
    tables: &[&str],
    account_id: &str,
    days: Days,
    most: usize,
) -> Result<Vec<Vec<Orphaned>>, Error> {
    if tables.is_empty() {
        return Ok(Vec::new());
    }
    db.transact(latest, |mut tx| async {
        tx.join_widely().await?;
        let mut found = Vec::with_capacity(tables.len());
        // Nearly always all have their row, and one reading shows it.
        for (table, is_lacking) in tables.iter().zip(lacking(db, &mut tx, insights, tables, account_id, days).await?) {
            found.push(match is_lacking {
                true => orphaned(db, &mut tx, insights, table, account_id, days, most).await?,
                false => Vec::new(),
            });
        }
        Ok((tx, found))
    })
    .await
}

/// Whether a table lacks a row for any of these ids.
pub async fn is_any_lacking(db: &Db, table: &str, ids: Vec<String>) -> Result<bool, Error> {
    let entity = db.names.qualified(table);
    let sql = format!(
        "select exists (select from unnest($1::text[]) as n(id) where not exists (select from {entity} e where e.id = n.id))"
    );
    Ok(db.query(sql).bind(ids).one(db).await?.try_get(0)?)
}

/// Whether each of the tables lacks a row for something that insights name.
async fn lacking(
    db: &Db,
    tx: &mut Tx,
    insights: &Insights,
    tables: &[&str],
    account_id: &str,
    days: Days,
) -> Result<Vec<bool>, Error> {
    let join = |table: &&str| {
        let (name, alias, id) = (db.names.qualified(table), quote(table), quote(id_of(table)));
        format!("left join {name} as {alias} on {alias}.id = n.{id}")
    };
    let list = |each: &dyn Fn(&str) -> String, between: &str| {
        tables.iter().map(|table| each(table)).collect::<Vec<_>>().join(between)
    };
    let sql = format!(
        "select {lack} from (
           select distinct {ids} from {rows} where account_id = $1 and date between $2 and $3
         ) n {joins}",
        lack = list(&|table| format!("coalesce(bool_or({}.id is null), false)", quote(table)), ", "),
        ids = list(&|table| quote(id_of(table)), ", "),
        rows = db.names.qualified(&insights.table.name),
        joins = tables.iter().map(join).collect::<Vec<_>>().join(" "),
    );
    let row = db.query(sql).bind(account_id.to_owned()).bind(days.since).bind(days.until).fetch_one(&mut **tx).await?;
    (0..tables.len()).map(|place| Ok(row.try_get(place)?)).collect()
}

async fn orphaned(
    db: &Db,
    tx: &mut Tx,
    insights: &Insights,
    table: &str,
    account_id: &str,
    days: Days,
    most: usize,
) -> Result<Vec<Orphaned>, Error> {
    let (name, above) = match table {
        "ads" => ("ad_name", "i.campaign_id, i.adset_id"),
        "adsets" => ("adset_name", "i.campaign_id, null::text"),
        _ => ("campaign_name", "null::text, null::text"),
    };
    let sql = format!(
        "select distinct on (i.{id}) i.{id}, i.{name}, {above}
         from {rows} i
         where i.account_id = $1 and i.date between $2 and $3
           and not exists (select from {entity} e where e.id = i.{id})
         order by i.{id}, i.date desc
         limit {most}",
        id = quote(id_of(table)),
        name = quote(name),
        rows = db.names.qualified(&insights.table.name),
        entity = db.names.qualified(table),
    );
    let rows = db.query(sql).bind(account_id.to_owned()).bind(days.since).bind(days.until).fetch_all(&mut **tx).await?;
    rows.iter()
        .map(|row| {
            Ok(Orphaned {
                id: row.try_get(0)?,
                name: row.try_get(1)?,
                campaign_id: row.try_get(2)?,
                adset_id: row.try_get(3)?,
            })
        })
        .collect()
}

/// The column of insights that names an object of a table.
pub(super) fn id_of(table: &str) -> &'static str {
    match table {
        "ads" => "ad_id",
        "adsets" => "adset_id",
        _ => "campaign_id",
    }
}
