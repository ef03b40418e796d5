//! Campaigns, ad sets and ads that insights name and that have no row of their own.

use sqlx::Row;

use crate::rows::insights::Insights;
use crate::rows::report::Days;

use super::db::Db;
use super::error::Error;
use super::names::quote;

/// An object that insights name and that has no row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orphaned {
    /// The table that lacks it: `campaigns`, `adsets` or `ads`.
    pub table: String,
    /// Its id.
    pub id: String,
    /// Its name on the last of the days.
    pub name: Option<String>,
    /// Its campaign, where it is not one.
    pub campaign_id: Option<String>,
    /// Its ad set, where it is an ad.
    pub adset_id: Option<String>,
}

/// The objects that a report's rows of some days name and that have no row in these tables, so many of each at the most.
/// The rows are read once, whatever the number of tables.
pub async fn found(
    db: &Db,
    insights: &Insights,
    tables: &[&str],
    account_id: &str,
    days: Days,
    most: usize,
) -> Result<Vec<Orphaned>, Error> {
    if tables.is_empty() {
        return Ok(Vec::new());
    }
    let id = |table: &str| quote(&format!("{}_id", table.trim_end_matches('s')));
    let name = |table: &str| quote(&format!("{}_name", table.trim_end_matches('s')));
    let lacks = |table: &str| format!("{}.id is null", quote(table));
    let columns = tables.iter().map(|table| {
        let (id, name, lacks, mark) = (id(table), name(table), lacks(table), quote(&format!("lacks_{table}")));
        format!("i.{id}, i.{name}, {lacks} and i.{id} is not null as {mark}")
    });
    // What stands above an ad is told by its row, whether that is looked for or not.
    let above = ["campaigns", "adsets"].into_iter().filter(|above| !tables.contains(above));
    let above =
        above.filter(|above| *above == "campaigns" || tables.contains(&"ads")).map(|above| format!("i.{}", id(above)));
    let joins = tables.iter().map(|table| {
        format!("left join {} as {} on {}.id = i.{}", db.names.qualified(table), quote(table), quote(table), id(table))
    });
    let of_table = |table: &&str| {
        let above = match *table {
            "ads" => "campaign_id, adset_id",
            "adsets" => "campaign_id, null::text",
            _ => "null::text, null::text",
        };
        let (id, name) = (id(table), name(table));
        format!(
            "(select distinct on ({id}) '{table}', {id}, {name}, {above} from lone where {mark}
              order by {id}, date desc limit {most})",
            mark = quote(&format!("lacks_{table}")),
        )
    };
    let sql = format!(
        "with lone as (
           select i.date, {columns}
           from {rows} i {joins}
           where i.account_id = $1 and i.date between $2 and $3 and ({lacks})
         )
         {each}",
        columns = columns.chain(above).collect::<Vec<_>>().join(", "),
        rows = db.names.qualified(&insights.table.name),
        joins = joins.collect::<Vec<_>>().join(" "),
        lacks = tables.iter().map(|table| lacks(table)).collect::<Vec<_>>().join(" or "),
        each = tables.iter().map(of_table).collect::<Vec<_>>().join(" union all "),
    );
    let mut tx = db.begin_wide().await?;
    let rows = db.query(sql).bind(account_id.to_owned()).bind(days.since).bind(days.until).fetch_all(&mut *tx).await?;
    tx.commit().await?;
    rows.iter()
        .map(|row| {
            Ok(Orphaned {
                table: row.try_get(0)?,
                id: row.try_get(1)?,
                name: row.try_get(2)?,
                campaign_id: row.try_get(3)?,
                adset_id: row.try_get(4)?,
            })
        })
        .collect()
}
