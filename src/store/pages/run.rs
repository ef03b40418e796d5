//! The page of one run: its record, the runs before and after that it goes on with, and the steps of some of its accounts.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::super::db::{Db, Tx};
use super::super::error::Error;
use super::super::transact::latest;

/// Which of its accounts are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// A page of them, counted from 0: those that failed first, then those that took longest.
    Page(u32),
    /// One, by its digits.
    One(String),
}

/// Accounts on one page.
pub const ACCOUNTS: u32 = 20;
/// Warnings that are shown; of more there is the number alone.
const WARNINGS: i64 = 100;

/// One run with what its accounts did.
#[derive(Debug, Clone)]
pub struct RunPage {
    /// Its record.
    pub run: Record,
    /// The run that it takes up.
    pub resumes: Option<Uuid>,
    /// The run that took it up.
    pub resumed_by: Option<Uuid>,
    /// What it warned of.
    pub warnings: Vec<Warning>,
    /// How many warnings there are.
    pub warnings_count: i64,
    /// The accounts that are shown.
    pub accounts: Vec<Part>,
    /// How many accounts did something in it.
    pub accounts_count: i64,
}

/// The row of `sync_runs`, but for its warnings.
#[derive(Debug, Clone)]
pub struct Record {
    /// Its id.
    pub id: Uuid,
    /// The daemon's name.
    pub instance: String,
    /// The schedule; `None` for commands.
    pub schedule: Option<String>,
    /// What started it.
    pub trigger: String,
    /// When the tick fell due.
    pub due_at: Option<DateTime<Utc>>,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended; `None` while it runs.
    pub finished_at: Option<DateTime<Utc>>,
    /// Its status.
    pub status: String,
    /// Why, in words.
    pub status_reason: Option<String>,
    /// How many accounts it was to sync.
    pub accounts: i64,
    /// First day of its window.
    pub since: Option<NaiveDate>,
    /// Last day of its window.
    pub until: Option<NaiveDate>,
    /// What its calls and rows came to; of a run that is not over, what its steps came to so far.
    pub counts: Counts,
    /// Wall milliseconds in which nothing could go on.
    pub throttled_ms: Option<i64>,
    /// The fullest budget, in percent.
    pub usage_peak_pct: Option<Decimal>,
    /// Report runs made at Meta.
    pub report_runs: Option<i64>,
    /// Questions that were made smaller.
    pub splits: Option<i64>,
    /// Its worst error.
    pub fault: Option<Fault>,
    /// Ticks that it stands for.
    pub ticks: Option<i32>,
    /// Host and process.
    pub worker: Option<String>,
    /// The version of adsync.
    pub app_version: Option<String>,
    /// The version of the Marketing API.
    pub api_version: Option<String>,
}

/// What calls and rows came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// HTTP requests.
    pub api_calls: Option<i64>,
    /// Those that repeated a failed one.
    pub api_retries: Option<i64>,
    /// Rows that arrived.
    pub read: Option<i64>,
    /// New rows.
    pub inserted: Option<i64>,
    /// Rows that differed.
    pub updated: Option<i64>,
    /// Rows that were there as they are.
    pub unchanged: Option<i64>,
    /// Rows that Meta no longer reports.
    pub deleted: Option<i64>,
}

/// An error with what is to be done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fault {
    /// Its class.
    pub class: Option<String>,
    /// Meta's code.
    pub code: Option<i32>,
    /// Meta's subcode.
    pub subcode: Option<i32>,
    /// Meta's trace id.
    pub fbtrace_id: Option<String>,
    /// What happened.
    pub message: String,
    /// What a person should do.
    pub advice: Option<String>,
}

/// One warning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The account's digits, where it is about one.
    pub account_id: Option<String>,
    /// The step.
    pub step: Option<String>,
    /// What it says.
    pub message: String,
    /// How often.
    pub count: Option<i64>,
}

/// One account's part of a run.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its digits.
    pub account_id: String,
    /// Its name in Ads Manager, once it was read.
    pub name: Option<String>,
    /// Its currency's code.
    pub currency: Option<String>,
    /// Its IANA zone.
    pub zone: Option<String>,
    /// Its steps, in the order in which they began.
    pub steps: Vec<Step>,
    /// Days whose sums it changed, the newest first.
    pub changes: Vec<Day>,
    /// How many there are; `None` where an earlier version did not note them.
    pub days_changed: Option<i64>,
}

/// One step.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its name.
    pub step: String,
    /// Its status.
    pub status: String,
    /// Why, in words.
    pub status_reason: Option<String>,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended; `None` while it runs.
    pub finished_at: Option<DateTime<Utc>>,
    /// What its calls and rows came to.
    pub counts: Counts,
    /// Questions that were made smaller.
    pub splits: i64,
    /// Milliseconds in which it waited for a call budget.
    pub waited_ms: i64,
    /// Its error.
    pub fault: Option<Fault>,
}

/// A day of a report whose sums a step changed: each figure before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// The report.
    pub report: String,
    /// The day, or the first of a period.
    pub date: NaiveDate,
    /// Rows; `None` before where the day was new.
    pub rows: [Option<i64>; 2],
    /// Major units.
    pub spend: [Option<Decimal>; 2],
    /// Times shown.
    pub impressions: [Option<i64>; 2],
    /// All clicks.
    pub clicks: [Option<i64>; 2],
}

/// One run, where there is such a one.
pub async fn run(db: &Db, id: Uuid, shown: &Shown) -> Result<Option<RunPage>, Error> {
    db.transact(latest, |mut tx| async {
        let page = ask(db, &mut tx, id, shown).await?;
        Ok((tx, page))
    })
    .await
}

async fn ask(db: &Db, tx: &mut Tx, id: Uuid, shown: &Shown) -> Result<Option<RunPage>, Error> {
    let found = db.template(include_str!("run.sql")).bind(id).fetch_optional(&mut **tx).await?;
    let Some(row) = found else { return Ok(None) };
    let run = record(&row)?;
    let (page, only) = match shown {
        Shown::Page(page) => (*page, None),
        Shown::One(account) => (0, Some(account.clone())),
    };
    let rows = db
        .template(include_str!("run_accounts.sql"))
        .bind(id)
        .bind(only)
        .bind(i64::from(ACCOUNTS))
        .bind(i64::from(page) * i64::from(ACCOUNTS))
        .fetch_all(&mut **tx)
        .await?;
    let accounts_count = rows.first().map_or(Ok(0), |row| row.try_get("all_accounts"))?;
    let mut accounts = rows.iter().map(part).collect::<Result<Vec<_>, Error>>()?;
    let ids: Vec<String> = accounts.iter().map(|part| part.account_id.clone()).collect();
    let mut steps = |account: &str, step| {
        if let Some(part) = accounts.iter_mut().find(|part| part.account_id == account) {
            part.steps.push(step);
        }
    };
    let sql = "select *, splits::bigint as split_count from {sync_run_steps}
               where run_id = $1 and account_id = any($2) order by started_at nulls last, step";
    for row in db.template(sql).bind(id).bind(ids.clone()).fetch_all(&mut **tx).await? {
        steps(row.try_get("account_id")?, step(&row)?);
    }
    let mut days = |account: &str, day| {
        if let Some(part) = accounts.iter_mut().find(|part| part.account_id == account) {
            part.changes.push(day);
        }
    };
    for row in db.template(include_str!("run_changes.sql")).bind(id).bind(ids).fetch_all(&mut **tx).await? {
        days(row.try_get("account_id")?, day(&row)?);
    }
    let sql = "select w ->> 'account_id', w ->> 'step', coalesce(w ->> 'message', w ->> 'code', ''),
                 case when w ->> 'count' ~ '^[0-9]{1,18}$' then (w ->> 'count')::bigint end, count(*) over ()
               from {sync_runs} r, jsonb_array_elements(case jsonb_typeof(r.warnings) when 'array' then r.warnings else '[]' end) w
               where r.id = $1 limit $2";
    let warnings = db.template(sql).bind(id).bind(WARNINGS).fetch_all(&mut **tx).await?;
    Ok(Some(RunPage {
        run,
        resumes: row.try_get("resumes")?,
        resumed_by: row.try_get("resumed_by")?,
        warnings_count: warnings.first().map_or(Ok(0), |row| row.try_get(4))?,
        warnings: warnings.iter().map(warning).collect::<Result<_, _>>()?,
        accounts,
        accounts_count,
    }))
}

fn record(row: &PgRow) -> Result<Record, Error> {
    Ok(Record {
        id: row.try_get("id")?,
        instance: row.try_get("instance")?,
        schedule: row.try_get("schedule")?,
        trigger: row.try_get("trigger")?,
        due_at: row.try_get("due_at")?,
        started_at: row.try_get("started_at")?,
        finished_at: row.try_get("finished_at")?,
        status: row.try_get("status")?,
        status_reason: row.try_get("status_reason")?,
        accounts: row.try_get("accounts")?,
        since: row.try_get("since")?,
        until: row.try_get("until")?,
        counts: counts(row)?,
        throttled_ms: row.try_get("throttled_ms")?,
        usage_peak_pct: row.try_get("usage_peak_pct")?,
        report_runs: row.try_get("report_runs")?,
        splits: row.try_get("splits")?,
        fault: fault(row)?,
        ticks: row.try_get("ticks")?,
        worker: row.try_get("worker")?,
        app_version: row.try_get("app_version")?,
        api_version: row.try_get("api_version")?,
    })
}

fn counts(row: &PgRow) -> Result<Counts, Error> {
    // Integers in the table of steps, sums of them where a run is under way.
    let calls = |name: &str| -> Result<Option<i64>, Error> {
        Ok(match row.try_get::<Option<i32>, _>(name) {
            Ok(calls) => calls.map(i64::from),
            Err(_) => row.try_get(name)?,
        })
    };
    Ok(Counts {
        api_calls: calls("api_calls")?,
        api_retries: calls("api_retries")?,
        read: row.try_get("rows_read")?,
        inserted: row.try_get("rows_inserted")?,
        updated: row.try_get("rows_updated")?,
        unchanged: row.try_get("rows_unchanged")?,
        deleted: row.try_get("rows_deleted")?,
    })
}

fn fault(row: &PgRow) -> Result<Option<Fault>, Error> {
    let Some(message) = row.try_get::<Option<String>, _>("error")? else { return Ok(None) };
    Ok(Some(Fault {
        class: row.try_get("error_class")?,
        code: row.try_get("error_code")?,
        subcode: row.try_get("error_subcode")?,
        fbtrace_id: row.try_get("fbtrace_id")?,
        message,
        advice: row.try_get("advice")?,
    }))
}

fn warning(row: &PgRow) -> Result<Warning, Error> {
    Ok(Warning { account_id: row.try_get(0)?, step: row.try_get(1)?, message: row.try_get(2)?, count: row.try_get(3)? })
}

fn part(row: &PgRow) -> Result<Part, Error> {
    Ok(Part {
        account_id: row.try_get("account_id")?,
        name: row.try_get("name")?,
        currency: row.try_get("currency")?,
        zone: row.try_get("zone")?,
        days_changed: row.try_get("days_changed")?,
        steps: Vec::new(),
        changes: Vec::new(),
    })
}

fn step(row: &PgRow) -> Result<Step, Error> {
    Ok(Step {
        step: row.try_get("step")?,
        status: row.try_get("status")?,
        status_reason: row.try_get("status_reason")?,
        started_at: row.try_get("started_at")?,
        finished_at: row.try_get("finished_at")?,
        counts: counts(row)?,
        splits: row.try_get::<Option<i64>, _>("split_count")?.unwrap_or(0),
        waited_ms: row.try_get::<Option<i64>, _>("waited_ms")?.unwrap_or(0),
        fault: fault(row)?,
    })
}

fn day(row: &PgRow) -> Result<Day, Error> {
    let counts = |name: &str| -> Result<[Option<i64>; 2], Error> {
        Ok([row.try_get(format!("{name}_before").as_str())?, row.try_get(name)?])
    };
    Ok(Day {
        report: row.try_get("report")?,
        date: row.try_get("date")?,
        rows: counts("rows")?,
        spend: [row.try_get("spend_before")?, row.try_get("spend")?],
        impressions: counts("impressions")?,
        clicks: counts("clicks")?,
    })
}
