//! Asks for all of the status page in one transaction: its way to the database is longer than the work there.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::super::budgets;
use super::super::db::{Db, Tx};
use super::super::error::Error;
use super::super::pauses::standing;
use super::super::runs;
use super::super::steps::outcome_of;
use super::super::transact::latest;
use super::{Asked, Beat, Day, Glance, LastTick, OpenCause, Overview, UnderWay};

/// How everything stands.
pub async fn read(db: &Db, asked: &Asked) -> Result<Overview, Error> {
    db.transact(latest, |mut tx| async {
        let overview = Overview {
            accounts: accounts(db, &mut tx, asked).await?,
            schedules: schedules(db, &mut tx, asked).await?,
            causes: causes(db, &mut tx, asked).await?,
            budgets: budgets::load_in(db, &mut tx, asked.now).await?,
            under_way: under_way_in(db, &mut tx).await?,
            runs: runs::latest_in(db, &mut tx, asked.runs).await?,
        };
        Ok((tx, overview))
    })
    .await
}

/// What is under way, with the last runs.
pub async fn under_way(db: &Db, runs: i64) -> Result<(Vec<UnderWay>, Vec<runs::Run>), Error> {
    db.transact(latest, |mut tx| async {
        let under_way = under_way_in(db, &mut tx).await?;
        let runs = runs::latest_in(db, &mut tx, runs).await?;
        Ok((tx, (under_way, runs)))
    })
    .await
}

async fn accounts(db: &Db, tx: &mut Tx, asked: &Asked) -> Result<Vec<Glance>, Error> {
    let ids: Vec<_> = asked.accounts.iter().map(|account| account.account_id.clone()).collect();
    let days: Vec<_> = asked.accounts.iter().map(|account| account.today).collect();
    // Names of reports hold no comma.
    let reports: Vec<_> = asked.accounts.iter().map(|account| account.reports.join(",")).collect();
    let rows = db
        .template(include_str!("days.sql"))
        .bind(ids.clone())
        .bind(days)
        .bind(reports)
        .bind(asked.spend_report.clone())
        .bind(i32::from(asked.days_before))
        .fetch_all(&mut **tx)
        .await?;
    let mut known: HashMap<usize, BTreeMap<NaiveDate, Day>> = HashMap::new();
    for row in &rows {
        let place = usize::try_from(row.try_get::<i32, _>("place")?).unwrap_or(0);
        add(known.entry(place).or_default(), row)?;
    }
    let sql = include_str!("accounts.sql").replace(":outcome", &outcome_of("w.account_id"));
    let rows = db.template(&sql).bind(ids).fetch_all(&mut **tx).await?;
    let glance = |(place, row): (usize, &PgRow)| -> Result<Glance, Error> {
        let days = known.remove(&place).unwrap_or_default();
        Ok(Glance {
            account_id: row.try_get("account_id")?,
            name: row.try_get("name")?,
            currency: row.try_get("currency")?,
            last_run: row.try_get("last_run")?,
            last_at: row.try_get("last_at")?,
            last_status: row.try_get("last_status")?,
            days: days.into_values().collect(),
        })
    };
    // Places count from 1.
    (1..).zip(&rows).map(glance).collect()
}

/// Adds what one report knows of a day to what the others do.
fn add(days: &mut BTreeMap<NaiveDate, Day>, row: &PgRow) -> Result<(), Error> {
    let (date, complete) = (row.try_get("date")?, row.try_get::<bool, _>("complete")?);
    let status = row.try_get::<Option<String>, _>("status")?;
    let day = days.entry(date).or_insert_with(|| Day::unknown(date));
    day.reports += 1;
    day.complete &= complete;
    day.drifts |= status.as_deref() == Some("drift");
    day.reconciled &= matches!(status.as_deref(), Some("settled" | "explained" | "not_additive"));
    if complete {
        day.fetched_at = day.fetched_at.max(row.try_get("fetched_at")?);
        day.spend = day.spend.max(row.try_get("spend")?);
        day.control_spend = day.control_spend.max(row.try_get("control_spend")?);
    }
    Ok(())
}

async fn schedules(db: &Db, tx: &mut Tx, asked: &Asked) -> Result<Vec<Beat>, Error> {
    let rows = db
        .template(include_str!("schedules.sql"))
        .bind(asked.instance.clone())
        .bind(asked.schedules.clone())
        .fetch_all(&mut **tx)
        .await?;
    let last = |row: &PgRow| -> Result<Option<LastTick>, Error> {
        let Some(run) = row.try_get::<Option<Uuid>, _>("run")? else { return Ok(None) };
        let (status, due_at, reason) = (row.try_get("status")?, row.try_get("due_at")?, row.try_get("reason")?);
        Ok(Some(LastTick { run, status, due_at, reason }))
    };
    rows.iter().map(|row| Ok(Beat { standing: standing(row)?, last: last(row)? })).collect()
}

async fn causes(db: &Db, tx: &mut Tx, asked: &Asked) -> Result<Vec<OpenCause>, Error> {
    let rows = db.template(include_str!("causes.sql")).bind(asked.instance.clone()).fetch_all(&mut **tx).await?;
    let cause = |row: &PgRow| -> Result<OpenCause, Error> {
        Ok(OpenCause {
            told_as: row.try_get("cause")?,
            kind: row.try_get("kind")?,
            first_at: row.try_get("first_at")?,
            message: row.try_get("message")?,
            advice: row.try_get("advice")?,
            accounts: row.try_get("accounts")?,
            run: row.try_get("run")?,
        })
    };
    rows.iter().map(cause).collect()
}

async fn under_way_in(db: &Db, tx: &mut Tx) -> Result<Vec<UnderWay>, Error> {
    let rows = db.template(include_str!("under_way.sql")).fetch_all(&mut **tx).await?;
    rows.iter().map(under_way_of).collect()
}

fn under_way_of(row: &PgRow) -> Result<UnderWay, Error> {
    let count = |name: &str| -> Result<u64, Error> {
        Ok(u64::try_from(row.try_get::<Option<i64>, _>(name)?.unwrap_or(0)).unwrap_or(0))
    };
    let at = match row.try_get::<Option<String>, _>("at_account")? {
        Some(account) => Some((account, row.try_get("at_name")?, row.try_get("at_step")?)),
        None => None,
    };
    let (since, until) = (row.try_get::<Option<_>, _>("since")?, row.try_get::<Option<_>, _>("until")?);
    Ok(UnderWay {
        run: row.try_get("id")?,
        schedule: row.try_get("schedule")?,
        trigger: row.try_get("trigger")?,
        started_at: row.try_get("started_at")?,
        window: since.zip(until),
        accounts: u64::try_from(row.try_get::<i32, _>("accounts")?).unwrap_or(0),
        done: count("done")?,
        steps: count("steps")?,
        counts: [count("api_calls")?, count("rows_read")?, count("rows_changed")?],
        at,
        others: count("others")?,
    })
}
