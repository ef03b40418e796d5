//! How it is found: the statements, in one transaction.

use chrono::{DateTime, Utc};
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::rows::figures::Figures;
use crate::rows::report::{Days, Increment, Level};

use super::super::db::{Db, Tx};
use super::super::error::Error;
use super::super::names::quote;
use super::super::requests::{self, Reading};
use super::super::transact::latest;
use super::{Account, Asker, Coverage, Figure, Later, Provenance, Run, State, Step, Sums};

/// Rows that are shown at the most; all of them are counted.
const MOST_ROWS: i64 = 100;
/// Windows that are told of at the most, the latest: they overlap, and all hold the day.
const MOST_WINDOWS: i64 = 20;

/// Finds what the tables know of a figure: of its day, week or month, or of every window that holds the day.
pub async fn find(db: &Db, figure: Figure<'_>) -> Result<Vec<Provenance>, Error> {
    db.transact(latest, |mut tx| async {
        let found = find_in(db, &mut tx, figure).await?;
        Ok((tx, found))
    })
    .await
}

async fn find_in(db: &Db, tx: &mut Tx, figure: Figure<'_>) -> Result<Vec<Provenance>, Error> {
    tx.tell_utc().await?;
    let day = Days { since: figure.date, until: figure.date };
    let increment = figure.report.increment;
    let mut found = Provenance { days: increment.periods(day).first().copied(), ..Provenance::default() };
    let Some(account_id) = object(db, tx, figure, &mut found).await? else { return Ok(vec![found]) };
    found.account = Some(account(db, tx, account_id.clone()).await?);
    let mut all = Vec::new();
    if increment == Increment::AllDays {
        for days in windows(db, tx, figure, &account_id).await? {
            let askers = askers(db, tx, figure, &account_id, days).await?;
            all.push(Provenance { days: Some(days), askers, ..found.clone() });
        }
        if all.is_empty() {
            all.push(Provenance { days: None, ..found });
        }
    } else {
        all.push(found);
    }
    for found in &mut all {
        if let Some(days) = found.days {
            of_days(db, tx, figure, &account_id, days, found).await?;
        }
    }
    Ok(all)
}

async fn of_days(
    db: &Db,
    tx: &mut Tx,
    figure: Figure<'_>,
    account_id: &str,
    days: Days,
    found: &mut Provenance,
) -> Result<(), Error> {
    rows(db, tx, figure, days, found).await?;
    found.coverage = coverage(db, tx, figure, account_id, days).await?;
    found.total = total(db, tx, account_id, days).await?;
    let reading = found.coverage.as_ref().and_then(|coverage| coverage.reading.clone());
    let report_step = format!("insights:{}", figure.report.name);
    if let Some(run_id) = found.coverage.as_ref().and_then(|coverage| coverage.run_id) {
        found.run = run(db, tx, run_id).await?;
        let name = reading.as_ref().map_or(&report_step, |reading| &reading.step);
        found.step = step(db, tx, run_id, account_id, name).await?;
    }
    let read_at = found.coverage.as_ref().map(|coverage| coverage.fetched_at);
    if let Some(written_at) = found.sums.last_synced.filter(|written| read_at.is_none_or(|read| read < *written)) {
        let step = step_at(db, tx, account_id, &report_step, written_at).await?;
        found.later = Some(Later { written_at, step });
    }
    let of_reading = reading.into_iter().flat_map(|reading| reading.asked).map(|answered| answered.request);
    let of_later = found.later.iter().flat_map(|later| &later.step).flat_map(|(_, step)| step.requests.clone());
    let hashes: Vec<String> = of_reading.chain(of_later).collect();
    if !hashes.is_empty() {
        found.requests = requests::find(db, tx, hashes).await?;
    }
    Ok(())
}

/// The digits of the account that an object belongs to: from its listing, or from any row of insights.
async fn object(db: &Db, tx: &mut Tx, figure: Figure<'_>, found: &mut Provenance) -> Result<Option<String>, Error> {
    let listed = match figure.level {
        Level::Account => {
            "select account_id::text, name::text, '', null::timestamptz from {ad_accounts} where id = 'act_' || $1"
        }
        Level::Campaign => {
            "select account_id::text, name::text, effective_status::text, deleted_at from {campaigns} where id = $1"
        }
        Level::Adset => {
            "select account_id::text, name::text, effective_status::text, deleted_at from {adsets} where id = $1"
        }
        Level::Ad => "select account_id::text, name::text, effective_status::text, deleted_at from {ads} where id = $1",
    };
    if let Some(row) = db.template(listed).bind(figure.id.to_owned()).fetch_optional(&mut **tx).await? {
        found.name = row.try_get(1)?;
        let (status, deleted_at): (Option<String>, Option<DateTime<Utc>>) = (row.try_get(2)?, row.try_get(3)?);
        found.state = match status.as_deref() {
            _ if deleted_at.is_some() => State::Deleted,
            Some("DELETED") => State::Deleted,
            Some("ARCHIVED") => State::Archived,
            Some(_) => State::Live,
            None => State::Unknown,
        };
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

/// The windows of an account that hold a day, with rows or only asked for, the latest first.
async fn windows(db: &Db, tx: &mut Tx, figure: Figure<'_>, account_id: &str) -> Result<Vec<Days>, Error> {
    let (table, windows) = (db.names.qualified(&figure.table.name), db.names.qualified("sync_windows"));
    let rows = db
        .query(format!(
            "select date, date_stop from {table} where account_id = $1 and date <= $2 and date_stop >= $2
             union
             select date, date_stop from {windows} where account_id = $1 and report = $3 and date <= $2 and date_stop >= $2
             order by date_stop desc, date desc limit {MOST_WINDOWS}"
        ))
        .bind(account_id.to_owned())
        .bind(figure.date)
        .bind(figure.report.name.clone())
        .fetch_all(&mut **tx)
        .await?;
    rows.iter().map(|row| Ok(Days { since: row.try_get(0)?, until: row.try_get(1)? })).collect()
}

async fn askers(db: &Db, tx: &mut Tx, figure: Figure<'_>, account_id: &str, days: Days) -> Result<Vec<Asker>, Error> {
    let rows = db
        .template(
            "select asked_by, asked_at from {sync_windows}
             where account_id = $1 and report = $2 and date = $3 and date_stop = $4 order by asked_at desc, asked_by",
        )
        .bind(account_id.to_owned())
        .bind(figure.report.name.clone())
        .bind(days.since)
        .bind(days.until)
        .fetch_all(&mut **tx)
        .await?;
    rows.iter().map(|row| Ok(Asker { asked_by: row.try_get(0)?, asked_at: row.try_get(1)? })).collect()
}

async fn rows(db: &Db, tx: &mut Tx, figure: Figure<'_>, days: Days, found: &mut Provenance) -> Result<(), Error> {
    let (period, until) = match figure.report.increment {
        Increment::Daily => ("t.date = $2 and t.date = $3", days.since),
        _ => ("t.date = $2 and t.date_stop = $3", days.until),
    };
    let of = format!(
        "from {} t where t.{} = $1 and {period}",
        db.names.qualified(&figure.table.name),
        quote(figure.level.id_column())
    );
    let bound = |sql: String| db.query(sql).bind(figure.id.to_owned()).bind(days.since).bind(until);
    let sums = format!("select count(*), sum(spend), sum(impressions), sum(clicks), max(last_synced) {of}");
    let row = bound(sums).fetch_one(&mut **tx).await?;
    found.sums = Sums {
        rows: row.try_get(0)?,
        spend: row.try_get(1)?,
        impressions: row.try_get(2)?,
        clicks: row.try_get(3)?,
        last_synced: row.try_get(4)?,
    };
    let key: Vec<String> = figure.table.key_columns().map(|column| format!("t.{}", quote(column))).collect();
    let all = format!("select row_to_json(t)::text {of} order by {} limit {MOST_ROWS}", key.join(", "));
    let rows = bound(all).fetch_all(&mut **tx).await?;
    found.rows = rows.iter().map(|row| Ok(row.try_get(0)?)).collect::<Result<_, Error>>()?;
    Ok(())
}

async fn coverage(
    db: &Db,
    tx: &mut Tx,
    figure: Figure<'_>,
    account_id: &str,
    days: Days,
) -> Result<Option<Coverage>, Error> {
    let row = db
        .template(
            "select row_to_json(c)::text, date, fetched_at, complete, rows, spend, control_spend, unlisted_spend, status,
               run_id, request_hash, impressions, clicks, control_impressions, control_clicks,
               (to_jsonb(c) -> 'requests')::text
             from {sync_coverage} c where account_id = $1 and report = $2 and date = $3",
        )
        .bind(account_id.to_owned())
        .bind(figure.report.name.clone())
        .bind(days.since)
        .fetch_optional(&mut **tx)
        .await?;
    let coverage = |row: &PgRow| -> Result<Coverage, Error> {
        let run_id: Option<Uuid> = row.try_get(9)?;
        let reading =
            row.try_get::<Option<String>, _>(15)?.and_then(|text| serde_json::from_str::<Reading>(&text).ok());
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
            run_id,
            request_hash: row.try_get(10)?,
            impressions: row.try_get(11)?,
            clicks: row.try_get(12)?,
            control_impressions: row.try_get(13)?,
            control_clicks: row.try_get(14)?,
            // An earlier version that read the day since left what stood there.
            reading: reading.filter(|reading| run_id == Some(reading.run)),
        })
    };
    let coverage = row.as_ref().map(coverage).transpose()?;
    // Windows that begin on one day share a row, which is of the one that was read last.
    let is_of_window = |coverage: &Coverage| {
        let length = coverage.request_hash.rsplit_once(':').and_then(|(_, length)| length.parse().ok());
        length == Some(days.len())
    };
    Ok(coverage.filter(|coverage| figure.report.increment != Increment::AllDays || is_of_window(coverage)))
}

/// The sum of Meta's own totals of some days; `None` where none is held, or where one lacks a figure.
async fn total(db: &Db, tx: &mut Tx, account_id: &str, days: Days) -> Result<Option<Figures>, Error> {
    let row = db
        .template(
            "select sum(spend), greatest(least(sum(impressions), 9223372036854775807), -9223372036854775808)::bigint,
               greatest(least(sum(clicks), 9223372036854775807), -9223372036854775808)::bigint
             from {account_insights} where account_id = $1 and date between $2 and $3
             having bool_and(spend is not null and impressions is not null and clicks is not null)",
        )
        .bind(account_id.to_owned())
        .bind(days.since)
        .bind(days.until)
        .fetch_optional(&mut **tx)
        .await?;
    let figures = |row: PgRow| -> Result<Figures, Error> {
        Ok(Figures { spend: row.try_get(0)?, impressions: row.try_get(1)?, clicks: row.try_get(2)? })
    };
    row.map(figures).transpose()
}

async fn run(db: &Db, tx: &mut Tx, run_id: Uuid) -> Result<Option<Run>, Error> {
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
    row.as_ref().map(run).transpose()
}

const SELECT_STEP: &str = "select row_to_json(s)::text, step, status, api_calls, fbtrace_id,
  array(select jsonb_array_elements_text(coalesce(nullif(to_jsonb(s) -> 'requests', 'null'), '[]'))), run_id
  from {sync_run_steps} s";

async fn step(db: &Db, tx: &mut Tx, run_id: Uuid, account_id: &str, name: &str) -> Result<Option<Step>, Error> {
    let row = db
        .template(&format!("{SELECT_STEP} where run_id = $1 and account_id = $2 and step = $3"))
        .bind(run_id)
        .bind(account_id.to_owned())
        .bind(name.to_owned())
        .fetch_optional(&mut **tx)
        .await?;
    row.as_ref().map(step_of).transpose()
}

/// The step that was reading a report, or reading it again, at an instant by the database's clock.
async fn step_at(
    db: &Db,
    tx: &mut Tx,
    account_id: &str,
    name: &str,
    at: DateTime<Utc>,
) -> Result<Option<(Uuid, Step)>, Error> {
    // A step's own times are those of another clock.
    let row = db
        .template(&format!(
            "{SELECT_STEP} where account_id = $1 and step in ($2, 'reconcile') and started_at < $3 + interval '1 minute'
               and coalesce(finished_at, 'infinity') > $3 - interval '1 minute'
             order by step = $2 desc, started_at desc limit 1"
        ))
        .bind(account_id.to_owned())
        .bind(name.to_owned())
        .bind(at)
        .fetch_optional(&mut **tx)
        .await?;
    row.as_ref().map(|row| Ok((row.try_get(6)?, step_of(row)?))).transpose()
}

fn step_of(row: &PgRow) -> Result<Step, Error> {
    Ok(Step {
        json: row.try_get(0)?,
        step: row.try_get(1)?,
        status: row.try_get(2)?,
        api_calls: row.try_get(3)?,
        fbtrace_id: row.try_get(4)?,
        requests: row.try_get(5)?,
    })
}
