//! What a report's rows say without the deleted objects, and whether every other object's status has a name here.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use sqlx::Row;

use crate::rows::figures::Figures;
use crate::rows::insights::Insights;
use crate::rows::report::{Days, Increment, Level};

use super::db::Db;
use super::error::Error;
use super::names::quote;
use super::transact::Alone;

/// The table of a level's objects; the account's own level has none.
pub const fn listing(level: Level) -> Option<&'static str> {
    match level {
        Level::Account => None,
        Level::Campaign => Some("campaigns"),
        Level::Adset => Some("adsets"),
        Level::Ad => Some("ads"),
    }
}

/// The rows of objects that are not known as deleted: how many and their sums, by the first day of their period. An
/// object that nobody knows counts as not deleted.
pub async fn undeleted_sums(
    db: &Db,
    insights: &Insights,
    account_id: &str,
    periods: &[Days],
) -> Result<BTreeMap<NaiveDate, (u64, Figures)>, Error> {
    let level = insights.report.level;
    let Some(objects) = listing(level) else { return Ok(BTreeMap::new()) };
    // Windows may share their first day.
    let ends = if insights.report.increment == Increment::Daily { "" } else { "and r.date_stop = p.until" };
    let sql = format!(
        "select r.date, count(*), coalesce(sum(r.spend), 0),
           greatest(least(coalesce(sum(r.impressions), 0), 9223372036854775807), -9223372036854775808)::bigint,
           greatest(least(coalesce(sum(r.clicks), 0), 9223372036854775807), -9223372036854775808)::bigint
         from unnest($2::date[], $3::date[]) as p(since, until)
         join {rows} r on r.account_id = $1 and r.date = p.since {ends}
         where not exists
           (select from {objects} o where o.id = r.{id} and (o.deleted_at is not null or o.effective_status = 'DELETED'))
         group by r.date",
        rows = db.names.qualified(&insights.table.name),
        objects = db.names.qualified(objects),
        id = quote(level.id_column()),
    );
    let (since, until): (Vec<NaiveDate>, Vec<NaiveDate>) =
        periods.iter().map(|period| (period.since, period.until)).unzip();
    let rows = db.query(sql).bind(account_id.to_owned()).bind(since).bind(until).all(db).await?;
    let sums = |row: &sqlx::postgres::PgRow| {
        let figures = Figures { spend: row.try_get(2)?, impressions: row.try_get(3)?, clicks: row.try_get(4)? };
        Ok((row.try_get(0)?, (u64::try_from(row.try_get::<i64, _>(1)?).unwrap_or(0), figures)))
    };
    rows.iter().map(sums).collect()
}

/// Whether some object that is not deleted has none of these statuses: a question that names them would leave it out.
pub async fn has_other_status(db: &Db, level: Level, account_id: &str, named: &[&str]) -> Result<bool, Error> {
    let Some(objects) = listing(level) else { return Ok(false) };
    let sql = format!(
        "select exists (select from {} where account_id = $1 and deleted_at is null
           and effective_status is distinct from 'DELETED' and (effective_status = any($2)) is not true)",
        db.names.qualified(objects)
    );
    let named: Vec<String> = named.iter().map(|status| (*status).to_owned()).collect();
    let row = db.query(sql).bind(account_id.to_owned()).bind(named).one(db).await?;
    Ok(row.try_get(0)?)
}
