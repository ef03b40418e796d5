//! What adsync holds, as far as a table of somebody's can be compared with it.

use std::collections::HashSet;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use sqlx::Row;

use crate::rows::report::Level;

use super::super::db::Db;
use super::super::error::Error;
use super::super::transact::Alone;

/// An object as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its id.
    pub id: String,
    /// `active`, `paused`, `archived`, `deleted`, or Meta's word in small letters.
    pub state: String,
    /// `status`, as people set it.
    pub status: Option<String>,
    /// Minor units.
    pub daily_budget: Option<i64>,
    /// Minor units.
    pub lifetime_budget: Option<i64>,
}

/// An object's day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// The object's id.
    pub id: String,
    /// The day, in the account's zone.
    pub date: NaiveDate,
    /// Whether it was read to its end and is over: it moves no more but by what Meta restates.
    pub is_settled: bool,
    /// Major units.
    pub spend: Decimal,
    /// Times shown.
    pub impressions: Decimal,
    /// All clicks.
    pub clicks: Decimal,
    /// Conversions by the first present name.
    pub leads: Option<Decimal>,
    /// What comes out where every action with `lead` in its name is added up.
    pub lead_names: Decimal,
    /// People; of a campaign nothing that its ad sets tell.
    pub reach: Option<Decimal>,
}

/// The table of the objects of a level: ad sets, or else campaigns.
fn table(level: Level) -> &'static str {
    if level == Level::Adset { "{adsets}" } else { "{campaigns}" }
}

/// Every ad set or campaign.
pub async fn objects(db: &Db, level: Level) -> Result<Vec<Object>, Error> {
    let sql = format!(
        "select id, status, daily_budget::bigint, lifetime_budget::bigint,
           case when deleted_at is not null or effective_status = 'DELETED' then 'deleted'
                when effective_status like '%PAUSED%' then 'paused'
                else lower(coalesce(effective_status, status, 'unknown')) end
         from {} where account_id is not null",
        table(level)
    );
    let object = |row: &sqlx::postgres::PgRow| {
        Ok(Object {
            id: row.try_get(0)?,
            status: row.try_get(1)?,
            daily_budget: row.try_get(2)?,
            lifetime_budget: row.try_get(3)?,
            state: row.try_get(4)?,
        })
    };
    db.template(&sql).all(db).await?.iter().map(object).collect()
}

/// Every day of every ad set or campaign since a day, from the table of a report of that level or a finer one; and the days
/// that were read to their end, whether or not they have rows.
pub async fn days(
    db: &Db,
    report: &str,
    level: Level,
    since: NaiveDate,
) -> Result<(Vec<Day>, HashSet<NaiveDate>), Error> {
    let leads = "(select coalesce(sum(case jsonb_typeof(e.value) when 'number' then e.value::text::numeric
              when 'object' then (e.value ->> 'value')::numeric end), 0)
            from jsonb_each(r.actions) e where e.key like '%lead%')";
    let sql = format!(
        "select r.{id}, r.date, coalesce(bool_and(c.complete and c.status is distinct from 'moving'), false),
           coalesce(sum(r.spend), 0), coalesce(sum(r.impressions), 0), coalesce(sum(r.clicks), 0), sum(r.leads)::numeric,
           coalesce(sum({leads}), 0), sum(r.reach)::numeric
         from {{{report}_insights}} r
         left join {{sync_coverage}} c on c.account_id = r.account_id and c.report = $1 and c.date = r.date
         where r.date >= $2 and r.{id} is not null
         group by r.{id}, r.date",
        id = level.id_column()
    );
    let is_of_campaigns = level != Level::Adset;
    let day = |row: &sqlx::postgres::PgRow| {
        Ok::<_, Error>(Day {
            id: row.try_get(0)?,
            date: row.try_get(1)?,
            is_settled: row.try_get(2)?,
            spend: row.try_get(3)?,
            impressions: row.try_get(4)?,
            clicks: row.try_get(5)?,
            leads: row.try_get(6)?,
            lead_names: row.try_get(7)?,
            reach: row.try_get::<Option<Decimal>, _>(8)?.filter(|_| !is_of_campaigns),
        })
    };
    let rows = db.template(&sql).bind(report.to_owned()).bind(since).all(db).await?;
    let days = rows.iter().map(day).collect::<Result<_, _>>()?;
    // A day counts as read where every account that was read at all on it was.
    let sql =
        "select date from {sync_coverage} where report = $1 and date >= $2 group by date having bool_and(complete)";
    let rows = db.template(sql).bind(report.to_owned()).bind(since).all(db).await?;
    let read = rows.iter().map(|row| Ok::<_, Error>(row.try_get(0)?)).collect::<Result<_, _>>()?;
    Ok((days, read))
}
