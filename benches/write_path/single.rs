//! The other yardstick: one upsert a row, each a transaction of its own, as most scripts do it. The statement is prepared
//! once, which most scripts do not.

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row};

use super::Outcome;
use super::meter::{Cost, Meter};
use super::scene::Database;

/// Upserts so many rows of `adset_insights` into an equal table that is empty.
pub(crate) async fn upserts(database: &Database, url: &str, rows: usize) -> Outcome<Cost> {
    let mut own = database.connect().await?;
    own.execute("create table single (like adset_insights including all)").await?;
    let columns = "select attname::text, format_type(atttypid, atttypmod) from pg_attribute
         where attrelid = 'adset_insights'::regclass and attnum > 0 and not attisdropped order by attnum";
    let mut names: Vec<(String, String)> = Vec::new();
    for row in own.fetch_all(columns).await? {
        names.push((row.try_get(0)?, row.try_get(1)?));
    }
    let list = |each: &dyn Fn(usize, &(String, String)) -> String| {
        names.iter().enumerate().map(|(place, name)| each(place, name)).collect::<Vec<_>>().join(", ")
    };
    let sql = format!(
        "insert into single ({}) values ({}) on conflict (adset_id, date) do update set {}",
        list(&|_, (name, _)| name.clone()),
        list(&|place, (_, kind)| format!("${}::text::{kind}", place + 1)),
        list(&|_, (name, _)| format!("{name} = excluded.{name}")),
    );
    let texts =
        format!("select array[{}] from adset_insights limit {rows}", list(&|_, (name, _)| format!("{name}::text")));
    let mut values: Vec<Vec<Option<String>>> = Vec::with_capacity(rows);
    for row in own.fetch_all(AssertSqlSafe(texts)).await? {
        values.push(row.try_get(0)?);
    }
    own.close().await?;
    let mut connection = url.parse::<PgConnectOptions>()?.connect().await?;
    let meter = Meter::start(database.url(), false).await?;
    for row in &values {
        let query = sqlx::query(AssertSqlSafe(sql.clone()));
        row.iter().fold(query, |query, value| query.bind(value)).execute(&mut connection).await?;
    }
    let cost = meter.stop(values.len(), 0).await?;
    connection.close().await?;
    Ok(cost)
}
