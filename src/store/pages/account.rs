//! The page of one account: what is known of it, its days, its sums, and its campaigns or ad sets.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::rows::insights::Insights;

use super::super::db::{Db, Tx};
use super::super::error::Error;
use super::super::steps::outcome_of;
use super::super::transact::latest;
use super::objects::{self, Listing, Wanted};

/// Days that are shown, the newest of a report.
pub const DAYS: i64 = 90;
/// Runs that are shown.
const RUNS: i64 = 5;
/// Types of results that are shown.
const RESULTS: i64 = 20;
/// Rows of insights that results are added up from while somebody waits for the page: as many of the newest days as that.
const RESULT_ROWS: i64 = 5_000;

/// Which account is asked about, and what of it.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// Its digits.
    pub account_id: &'a str,
    /// Its own today, as far as its zone is known.
    pub today: NaiveDate,
    /// The report whose days are shown; `None` is the first of `read` and what else there is.
    pub report: Option<&'a str>,
    /// The report that the metric columns are summed from.
    pub rolled_up: Option<&'a Insights>,
    /// Which of its objects.
    pub wanted: &'a Wanted,
}

/// One account.
#[derive(Debug, Clone)]
pub struct AccountPage {
    /// Its row; `None` where no run has read it yet.
    pub account: Option<Record>,
    /// Its reports, by name.
    pub reports: Vec<Coverage>,
    /// The report whose days are shown.
    pub report: Option<String>,
    /// Its newest days, the oldest first.
    pub days: Vec<Day>,
    /// The sums of its window; `None` where nothing can be summed.
    pub sums: Option<Sums>,
    /// The first of the days whose results are added up: those of the window, unless their rows are too many. `None` where
    /// one day has too many already.
    pub results_since: Option<NaiveDate>,
    /// Results by what counts as one.
    pub results: Vec<Results>,
    /// Its campaigns or ad sets.
    pub listing: Listing,
    /// Its last runs, the newest first.
    pub runs: Vec<Run>,
}

/// The row of `ad_accounts`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// Its name in Ads Manager.
    pub name: Option<String>,
    /// Whose it is, from the configuration.
    pub client: Option<String>,
    /// Its currency's code.
    pub currency: Option<String>,
    /// Its IANA zone.
    pub timezone_name: Option<String>,
    /// Meta's number.
    pub account_status: Option<i32>,
    /// Meta's number.
    pub disable_reason: Option<i32>,
    /// First day of the window of the metric columns.
    pub metrics_since: Option<NaiveDate>,
    /// Its last day.
    pub metrics_until: Option<NaiveDate>,
    /// When its row was last written.
    pub last_synced: Option<DateTime<Utc>>,
}

/// What is known of the days of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// The report.
    pub report: String,
    /// The first day, or first day of a period.
    pub since: NaiveDate,
    /// The last.
    pub until: NaiveDate,
    /// Days or periods.
    pub days: i64,
    /// Those that were not read to their end.
    pub incomplete: i64,
    /// Those that agree with Meta's totals, deleted objects aside.
    pub agreeing: i64,
    /// Those that differ for no known reason.
    pub drift: i64,
    /// When one of them was last read to its end.
    pub fetched_at: Option<DateTime<Utc>>,
    /// When the account's today or yesterday was.
    pub fresh_as_of: Option<DateTime<Utc>>,
}

/// A day of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// The day, or first day of a period.
    pub date: NaiveDate,
    /// Whether it was read to its end.
    pub complete: bool,
    /// Rows of the day.
    pub rows: i32,
    /// Their sum, major units.
    pub spend: Option<Decimal>,
    /// Meta's own total.
    pub control_spend: Option<Decimal>,
    /// What Meta counts but does not list.
    pub unlisted_spend: Option<Decimal>,
    /// What the comparison came to.
    pub status: Option<String>,
    /// When it was read.
    pub fetched_at: DateTime<Utc>,
    /// The run that read it.
    pub run_id: Option<Uuid>,
    /// Whether the record of that run is kept still.
    pub has_run: bool,
}

/// What is summed of an account: the metric columns of its campaigns, and ratios of these sums.
pub const SUMS: [(&str, &str); 10] = [
    ("spend", "sum(spend)"),
    ("impressions", "sum(impressions)"),
    ("clicks", "sum(clicks)"),
    ("leads", "case when count(leads) = count(*) then sum(leads) end"),
    ("cost_per_lead", "round(sum(spend) / nullif(case when count(leads) = count(*) then sum(leads) end, 0), 2)"),
    ("purchases", "case when count(purchases) = count(*) then sum(purchases) end"),
    ("purchase_value", "case when count(purchase_value) = count(*) then sum(purchase_value) end"),
    (
        "cost_per_purchase",
        "round(sum(spend) / nullif(case when count(purchases) = count(*) then sum(purchases) end, 0), 2)",
    ),
    (
        "messaging_conversations",
        "case when count(messaging_conversations) = count(*) then sum(messaging_conversations) end",
    ),
    (
        "cost_per_conversation",
        "round(sum(spend) / nullif(case when count(messaging_conversations) = count(*)
           then sum(messaging_conversations) end, 0), 2)",
    ),
];

/// The figures of `SUMS`, as they are; `None` where one is not known of every campaign.
pub type Sums = [Option<String>; SUMS.len()];

/// Results of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Results {
    /// Meta's indicator.
    pub result_type: String,
    /// How many.
    pub results: Option<String>,
}

/// A run of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub id: Uuid,
    /// The schedule; `None` for commands.
    pub schedule: Option<String>,
    /// What started it.
    pub trigger: String,
    /// How the account's part of it ended, or that it is under way.
    pub status: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

/// One account, whatever is known of it.
pub async fn account(db: &Db, asked: &Asked<'_>) -> Result<AccountPage, Error> {
    db.transact(latest, |mut tx| async {
        let page = ask(db, &mut tx, asked).await?;
        Ok((tx, page))
    })
    .await
}

async fn ask(db: &Db, tx: &mut Tx, asked: &Asked<'_>) -> Result<AccountPage, Error> {
    let id = asked.account_id;
    // An adopted table may have narrower or wider types.
    let sql = "select name::text, client::text, currency::text, timezone_name::text, account_status::integer,
                 disable_reason::integer, metrics_since::date, metrics_until::date, last_synced::timestamptz
               from {ad_accounts} where id = 'act_' || $1";
    let row = db.template(sql).bind(id.to_owned()).fetch_optional(&mut **tx).await?;
    let account = row.as_ref().map(record).transpose()?;
    let rows = db
        .template(include_str!("account_coverage.sql"))
        .bind(id.to_owned())
        .bind(asked.today)
        .fetch_all(&mut **tx)
        .await?;
    let reports = rows.iter().map(coverage).collect::<Result<Vec<_>, Error>>()?;
    let rolled_up = asked.rolled_up.map(|insights| insights.report.name.as_str());
    let has_days = |name: &&str| reports.iter().any(|report| report.report == *name);
    let first = || rolled_up.filter(has_days).or_else(|| reports.first().map(|report| report.report.as_str()));
    let report = asked.report.map(str::to_owned).or_else(|| first().map(str::to_owned));
    let sql = "select c.date, c.complete, c.rows, c.spend, c.control_spend, c.unlisted_spend, c.status, c.fetched_at,
                 c.run_id, r.id is not null as has_run
               from (select * from {sync_coverage} where account_id = $1 and report = $2 order by date desc limit $3) c
               left join {sync_runs} r on r.id = c.run_id
               order by c.date";
    let days = db.template(sql).bind(id.to_owned()).bind(report.clone()).bind(DAYS).fetch_all(&mut **tx).await?;
    let days = days.iter().map(day).collect::<Result<Vec<_>, Error>>()?;
    let window = account.as_ref().and_then(|account| Some((account.metrics_since?, account.metrics_until?)));
    let (mut sums, mut results_since, mut results) = (None, None, Vec::new());
    if let (Some(window), Some(insights)) = (window, asked.rolled_up) {
        sums = summed(db, tx, id).await?;
        (results_since, results) = resulted(db, tx, id, window, insights).await?;
    }
    let sql = include_str!("account_runs.sql").replace(":outcome", &outcome_of("$1"));
    let runs = db.template(&sql).bind(id.to_owned()).bind(RUNS).fetch_all(&mut **tx).await?;
    Ok(AccountPage {
        account,
        reports,
        report,
        days,
        sums,
        results_since,
        results,
        listing: objects::list(db, tx, id, asked.wanted).await?,
        runs: runs.iter().map(run).collect::<Result<_, _>>()?,
    })
}

/// The sums of the campaigns that were rolled up; none where there is no such campaign. `ads_metrics` says the same, but
/// goes through every row of the window for it.
async fn summed(db: &Db, tx: &mut Tx, id: &str) -> Result<Option<Sums>, Error> {
    let columns: Vec<String> = SUMS.iter().map(|(name, sql)| format!("({sql})::text as {name}")).collect();
    let sql = format!(
        "select {} from {} where account_id = $1 and spend is not null having count(*) > 0",
        columns.join(", "),
        db.names.qualified("campaigns")
    );
    let row = db.query(sql).bind(id.to_owned()).fetch_optional(&mut **tx).await?;
    row.as_ref().map(sums).transpose()
}

/// Results of the window by type: they add up only where they are of one.
async fn resulted(
    db: &Db,
    tx: &mut Tx,
    id: &str,
    window: (NaiveDate, NaiveDate),
    insights: &Insights,
) -> Result<(Option<NaiveDate>, Vec<Results>), Error> {
    // How many rows each day has is known without counting them.
    let sql = "select min(date) from (
                 select date, sum(rows) over (order by date desc) as rows_since
                 from {sync_coverage} where account_id = $1 and report = $2 and date between $3 and $4
               ) c where rows_since <= $5";
    let first = db
        .template(sql)
        .bind(id.to_owned())
        .bind(insights.report.name.clone())
        .bind(window.0)
        .bind(window.1)
        .bind(RESULT_ROWS)
        .fetch_one(&mut **tx)
        .await?;
    let Some(since) = first.try_get::<Option<NaiveDate>, _>(0)? else { return Ok((None, Vec::new())) };
    let table = db.names.qualified(&insights.table.name);
    let sql = format!(
        "select result_type::text, sum(results)::text from {table}
         where account_id = $1 and date between $2 and $3 and result_type is not null
         group by result_type order by sum(results) desc nulls last, result_type limit $4"
    );
    let query = db.query(sql).bind(id.to_owned()).bind(since).bind(window.1).bind(RESULTS);
    let rows = query.fetch_all(&mut **tx).await?;
    let results = rows.iter().map(|row| Ok(Results { result_type: row.try_get(0)?, results: row.try_get(1)? }));
    Ok((Some(since), results.collect::<Result<_, Error>>()?))
}

fn record(row: &PgRow) -> Result<Record, Error> {
    Ok(Record {
        name: row.try_get("name")?,
        client: row.try_get("client")?,
        currency: row.try_get("currency")?,
        timezone_name: row.try_get("timezone_name")?,
        account_status: row.try_get("account_status")?,
        disable_reason: row.try_get("disable_reason")?,
        metrics_since: row.try_get("metrics_since")?,
        metrics_until: row.try_get("metrics_until")?,
        last_synced: row.try_get("last_synced")?,
    })
}

fn coverage(row: &PgRow) -> Result<Coverage, Error> {
    Ok(Coverage {
        report: row.try_get("report")?,
        since: row.try_get("since")?,
        until: row.try_get("until")?,
        days: row.try_get("days")?,
        incomplete: row.try_get("incomplete")?,
        agreeing: row.try_get("agreeing")?,
        drift: row.try_get("drift")?,
        fetched_at: row.try_get("fetched_at")?,
        fresh_as_of: row.try_get("fresh_as_of")?,
    })
}

fn day(row: &PgRow) -> Result<Day, Error> {
    Ok(Day {
        date: row.try_get("date")?,
        complete: row.try_get("complete")?,
        rows: row.try_get("rows")?,
        spend: row.try_get("spend")?,
        control_spend: row.try_get("control_spend")?,
        unlisted_spend: row.try_get("unlisted_spend")?,
        status: row.try_get("status")?,
        fetched_at: row.try_get("fetched_at")?,
        run_id: row.try_get("run_id")?,
        has_run: row.try_get("has_run")?,
    })
}

fn sums(row: &PgRow) -> Result<Sums, Error> {
    let mut sums = Sums::default();
    for (sum, (name, _)) in sums.iter_mut().zip(SUMS) {
        *sum = row.try_get(name)?;
    }
    Ok(sums)
}

fn run(row: &PgRow) -> Result<Run, Error> {
    Ok(Run {
        id: row.try_get("id")?,
        schedule: row.try_get("schedule")?,
        trigger: row.try_get("trigger")?,
        status: row.try_get("status")?,
        started_at: row.try_get("started_at")?,
        finished_at: row.try_get("finished_at")?,
    })
}
