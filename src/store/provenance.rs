//! Where a figure came from, as far as the tables know: the stored rows, their day's coverage, the run that read them.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::rows::report::{Increment, Level, Report};
use crate::rows::table::Table;

use super::db::{Db, Tx};
use super::error::Error;
use super::names::quote;
use super::transact::latest;

/// Rows that are shown at the most; all of them are counted.
const MOST_ROWS: i64 = 100;

/// Which figure is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Figure<'a> {
    /// The report's table.
    pub table: &'a Table,
    /// The report.
    pub report: &'a Report,
    /// What kind of object it is.
    pub level: Level,
    /// The object's id; an account's digits.
    pub id: &'a str,
    /// The day.
    pub date: NaiveDate,
}

/// Everything that the tables know of a figure.
#[derive(Debug, Clone, Default)]
pub struct Provenance {
    /// The account; `None` where the object is not known at all.
    pub account: Option<Account>,
    /// The object's current name.
    pub name: Option<String>,
    /// The rows, as JSON, with the columns' names and instants in UTC.
    pub rows: Vec<String>,
    /// All rows together.
    pub sums: Sums,
    /// What is known of the day.
    pub coverage: Option<Coverage>,
    /// The run that read the day last, where its record is kept still.
    pub run: Option<Run>,
    /// Its step for this report and account.
    pub step: Option<Step>,
}

/// An account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// Its digits.
    pub account_id: String,
    /// Its name in Ads Manager.
    pub name: Option<String>,
    /// Its currency's code.
    pub currency: Option<String>,
    /// Its IANA zone.
    pub zone: Option<String>,
}

/// Rows together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums {
    /// How many there are.
    pub rows: i64,
    /// Their spend.
    pub spend: Option<Decimal>,
    /// Their impressions.
    pub impressions: Option<Decimal>,
    /// Their clicks.
    pub clicks: Option<Decimal>,
    /// When the last of them was written.
    pub last_synced: Option<DateTime<Utc>>,
}

/// The row of `sync_coverage`.
#[derive(Debug, Clone)]
pub struct Coverage {
    /// The row as JSON.
    pub json: String,
    /// The first day of its period.
    pub date: NaiveDate,
    /// When it was read to its end.
    pub fetched_at: DateTime<Utc>,
    /// Whether it was read to its end.
    pub complete: bool,
    /// Rows of the day, all objects together.
    pub rows: i32,
    /// The sum of their spend.
    pub spend: Option<Decimal>,
    /// The sum of their impressions.
    pub impressions: Option<i64>,
    /// The sum of their clicks.
    pub clicks: Option<i64>,
    /// Meta's own total.
    pub control_spend: Option<Decimal>,
    /// Meta's own total of impressions.
    pub control_impressions: Option<i64>,
    /// Meta's own total of clicks.
    pub control_clicks: Option<i64>,
    /// What Meta counts but does not list.
    pub unlisted_spend: Option<Decimal>,
    /// What came of the comparison.
    pub status: Option<String>,
    /// The run that read it.
    pub run_id: Option<Uuid>,
    /// What was asked.
    pub request_hash: String,
}

/// The row of `sync_runs`, as far as it tells where a figure came from.
#[derive(Debug, Clone)]
pub struct Run {
    /// The row as JSON.
    pub json: String,
    /// Its id.
    pub id: Uuid,
    /// What started it.
    pub trigger: String,
    /// The schedule.
    pub schedule: Option<String>,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
    /// How it ended.
    pub status: String,
    /// The API's version that was asked for.
    pub api_version: Option<String>,
    /// Meta's trace of its error.
    pub fbtrace_id: Option<String>,
}

/// The row of `sync_run_steps`.
#[derive(Debug, Clone)]
pub struct Step {
    /// The row as JSON.
    pub json: String,
    /// Its name.
    pub step: String,
    /// How it ended.
    pub status: String,
    /// HTTP requests.
    pub api_calls: Option<i32>,
    /// Meta's trace of its error.
    pub fbtrace_id: Option<String>,
}

/// Finds what the tables know of a figure.
pub async fn find(db: &Db, figure: Figure<'_>) -> Result<Provenance, Error> {
    db.transact(latest, |mut tx| async {
        let found = find_in(db, &mut tx, figure).await?;
        Ok((tx, found))
    })
    .await
}

async fn find_in(db: &Db, tx: &mut Tx, figure: Figure<'_>) -> Result<Provenance, Error> {
    tx.tell_utc().await?;
    let mut found = Provenance::default();
    let Some(account_id) = object(db, tx, figure, &mut found).await? else { return Ok(found) };
    found.account = Some(account(db, tx, account_id.clone()).await?);
    rows(db, tx, figure, &mut found).await?;
    found.coverage = coverage(db, tx, figure, &account_id).await?;
    if let Some(run_id) = found.coverage.as_ref().and_then(|coverage| coverage.run_id) {
        run(db, tx, run_id, &account_id, &figure.report.name, &mut found).await?;
    }
    Ok(found)
}

/// The digits of the account that an object belongs to: from its listing, or from any row of insights.
async fn object(db: &Db, tx: &mut Tx, figure: Figure<'_>, found: &mut Provenance) -> Result<Option<String>, Error> {
    let listed = match figure.level {
        Level::Account => "select account_id::text, name::text from {ad_accounts} where id = 'act_' || $1",
        Level::Campaign => "select account_id::text, name::text from {campaigns} where id = $1",
        Level::Adset => "select account_id::text, name::text from {adsets} where id = $1",
        Level::Ad => "select account_id::text, name::text from {ads} where id = $1",
    };
    if let Some(row) = db.template(listed).bind(figure.id.to_owned()).fetch_optional(&mut **tx).await? {
        found.name = row.try_get(1)?;
        // A row of another script may lack its account.
        if let Some(account_id) = row.try_get(0)? {
            return Ok(Some(account_id));
        }
    }
    let (table, id) = (db.names.qualified(&figure.table.name), quote(figure.level.id_column()));
    let named = format!("select account_id from {table} where {id} = $1 limit 1");
    let row = db.query(named).bind(figure.id.to_owned()).fetch_optional(&mut **tx).await?;
    row.map(|row| Ok(row.try_get(0)?)).transpose()
}

async fn account(db: &Db, tx: &mut Tx, account_id: String) -> Result<Account, Error> {
    let row = db
        .template("select name::text, currency::text, timezone_name::text from {ad_accounts} where id = 'act_' || $1")
        .bind(account_id.clone())
        .fetch_optional(&mut **tx)
        .await?;
    let Some(row) = row else { return Ok(Account { account_id, ..Account::default() }) };
    Ok(Account { account_id, name: row.try_get(0)?, currency: row.try_get(1)?, zone: row.try_get(2)? })
}

async fn rows(db: &Db, tx: &mut Tx, figure: Figure<'_>, found: &mut Provenance) -> Result<(), Error> {
    let day = match figure.report.increment {
        Increment::Daily => "t.date = $2",
        _ => "t.date <= $2 and t.date_stop >= $2",
    };
    let of = format!(
        "from {} t where t.{} = $1 and {day}",
        db.names.qualified(&figure.table.name),
        quote(figure.level.id_column())
    );
    let sums = format!("select count(*), sum(spend), sum(impressions), sum(clicks), max(last_synced) {of}");
    let row = db.query(sums).bind(figure.id.to_owned()).bind(figure.date).fetch_one(&mut **tx).await?;
    found.sums = Sums {
        rows: row.try_get(0)?,
        spend: row.try_get(1)?,
        impressions: row.try_get(2)?,
        clicks: row.try_get(3)?,
        last_synced: row.try_get(4)?,
    };
    let key: Vec<String> = figure.table.key_columns().map(|column| format!("t.{}", quote(column))).collect();
    let all = format!("select row_to_json(t)::text {of} order by {} limit {MOST_ROWS}", key.join(", "));
    let rows = db.query(all).bind(figure.id.to_owned()).bind(figure.date).fetch_all(&mut **tx).await?;
    found.rows = rows.iter().map(|row| Ok(row.try_get(0)?)).collect::<Result<_, Error>>()?;
    Ok(())
}

async fn coverage(db: &Db, tx: &mut Tx, figure: Figure<'_>, account_id: &str) -> Result<Option<Coverage>, Error> {
    let row = db
        .template(
            "select row_to_json(c)::text, date, fetched_at, complete, rows, spend, control_spend, unlisted_spend, status,
               run_id, request_hash, impressions, clicks, control_impressions, control_clicks
             from {sync_coverage} c
             where account_id = $1 and report = $2 and date <= $3 order by date desc limit 1",
        )
        .bind(account_id.to_owned())
        .bind(figure.report.name.clone())
        .bind(figure.date)
        .fetch_optional(&mut **tx)
        .await?;
    let coverage = |row: &PgRow| -> Result<Coverage, Error> {
        Ok(Coverage {
            json: row.try_get(0)?,
            date: row.try_get(1)?,
            fetched_at: row.try_get(2)?,
            complete: row.try_get(3)?,
            rows: row.try_get(4)?,
            spend: row.try_get(5)?,
            control_spend: row.try_get(6)?,
            unlisted_spend: row.try_get(7)?,
            status: row.try_get(8)?,
            run_id: row.try_get(9)?,
            request_hash: row.try_get(10)?,
            impressions: row.try_get(11)?,
            clicks: row.try_get(12)?,
            control_impressions: row.try_get(13)?,
            control_clicks: row.try_get(14)?,
        })
    };
    let coverage = row.as_ref().map(coverage).transpose()?;
    Ok(coverage.filter(|coverage| is_within(figure.report.increment, coverage.date, figure.date)))
}

/// Whether a day belongs to the period that begins on another.
fn is_within(increment: Increment, first: NaiveDate, day: NaiveDate) -> bool {
    match increment {
        Increment::Daily => first == day,
        Increment::Weekly => (day - first).num_days() < 7,
        Increment::Monthly => first.format("%Y-%m").to_string() == day.format("%Y-%m").to_string(),
        Increment::AllDays => true,
    }
}

async fn run(
    db: &Db,
    tx: &mut Tx,
    run_id: Uuid,
    account_id: &str,
    report: &str,
    found: &mut Provenance,
) -> Result<(), Error> {
    let row = db
        .template(
            "select row_to_json(r)::text, id, trigger, schedule, started_at, status, api_version, fbtrace_id
             from {sync_runs} r where id = $1",
        )
        .bind(run_id)
        .fetch_optional(&mut **tx)
        .await?;
    let run = |row: &PgRow| -> Result<Run, Error> {
        Ok(Run {
            json: row.try_get(0)?,
            id: row.try_get(1)?,
            trigger: row.try_get(2)?,
            schedule: row.try_get(3)?,
            started_at: row.try_get(4)?,
            status: row.try_get(5)?,
            api_version: row.try_get(6)?,
            fbtrace_id: row.try_get(7)?,
        })
    };
    found.run = row.as_ref().map(run).transpose()?;
    let row = db
        .template(
            "select row_to_json(s)::text, step, status, api_calls, fbtrace_id from {sync_run_steps} s
             where run_id = $1 and account_id = $2 and step = $3",
        )
        .bind(run_id)
        .bind(account_id.to_owned())
        .bind(format!("insights:{report}"))
        .fetch_optional(&mut **tx)
        .await?;
    let step = |row: &PgRow| -> Result<Step, Error> {
        Ok(Step {
            json: row.try_get(0)?,
            step: row.try_get(1)?,
            status: row.try_get(2)?,
            api_calls: row.try_get(3)?,
            fbtrace_id: row.try_get(4)?,
        })
    };
    found.step = row.as_ref().map(step).transpose()?;
    Ok(())
}
