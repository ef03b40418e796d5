//! Meta's own totals against ours: what `sync_coverage` says of each day's agreement.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::rows::catalogue::currencies;
use crate::rows::figures::Figures;
use crate::rows::report::Days;

use super::db::Db;
use super::error::Error;
use super::transact::{Alone, latest};

/// One day of a report, or one longer period, that was read, beside Meta's total.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// The day; of a longer period the first.
    pub date: NaiveDate,
    /// The day; of a longer period the last.
    pub until: NaiveDate,
    /// Its rows.
    pub rows: u64,
    /// What they sum to.
    pub sum: Figures,
    /// Meta's total, as it was last read. Of a longer period that still runs it is that of its days before today.
    pub total: Figures,
    /// Whether that total has all that is compared. What could not be read is no 0, and agrees with nothing.
    pub is_comparable: bool,
    /// How many minor units the account's currency has.
    pub minor_units: u32,
    /// Meta's total when the day was last compared.
    pub compared_with: Option<Figures>,
    /// What the last comparison came to; empty where the rows' sums are others by now.
    pub status: Option<String>,
}

/// What a comparison came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The day; of a longer period the first.
    pub date: NaiveDate,
    /// `settled`, `moving`, `explained` or `drift`; `None` while it is in doubt.
    pub status: Option<&'static str>,
    /// The total that it was compared with; `None` where that could not be read.
    pub total: Option<Figures>,
    /// What Meta counts and does not list, major units.
    pub unlisted_spend: Option<Decimal>,
}

impl Day {
    /// From its first to its last day.
    pub fn days(&self) -> Days {
        Days { since: self.date, until: self.until }
    }

    /// Whether its rows sum to Meta's total.
    pub fn agrees(&self) -> bool {
        self.is_comparable && self.sum.agrees_with(self.total, self.slack())
    }

    /// Whether its rows lack something of Meta's total, and have nothing beyond it.
    pub fn falls_short(&self) -> bool {
        self.is_comparable && self.sum.falls_short_of(self.total, self.slack())
    }

    /// What rounding may come to.
    pub fn slack(&self) -> Decimal {
        self.sum.slack(self.rows, self.minor_units)
    }
}

/// How many days of a report have a status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// The report.
    pub report: String,
    /// The status.
    pub status: String,
    /// Its days.
    pub days: u64,
}

/// The days of a report that are complete, oldest first.
pub async fn days(db: &Db, account_id: &str, report: &str, days: Days) -> Result<Vec<Day>, Error> {
    let sql = db.names.fill(include_str!("totals_days.sql"));
    let rows = db
        .query(sql.replace(":minor_units", &currencies::minor_units_sql("a.currency")))
        .bind(account_id.to_owned())
        .bind(report.to_owned())
        .bind(days.since)
        .bind(days.until)
        .all(db)
        .await?;
    rows.iter().map(day_of).collect()
}

/// Longer periods of a report that were read, each told by its first day, beside the sum of the totals of their days. Of
/// one that still runs these are the days before today, so that its rows have as much at the least. With a `request_hash`
/// only what was read by just this question: windows may share their first day.
pub async fn periods(
    db: &Db,
    account_id: &str,
    report: &str,
    periods: &[Days],
    today: NaiveDate,
    request_hash: Option<&str>,
) -> Result<Vec<Day>, Error> {
    let (since, until): (Vec<NaiveDate>, Vec<NaiveDate>) =
        periods.iter().map(|period| (period.since, period.until)).unzip();
    let sql = db.names.fill(include_str!("totals_periods.sql"));
    let rows = db
        .query(sql.replace(":minor_units", &currencies::minor_units_sql("a.currency")))
        .bind(account_id.to_owned())
        .bind(report.to_owned())
        .bind(since)
        .bind(until)
        .bind(today)
        .bind(request_hash.map(str::to_owned))
        .all(db)
        .await?;
    rows.iter().map(day_of).collect()
}

fn day_of(row: &PgRow) -> Result<Day, Error> {
    let figures = |prefix: &str| -> Result<Figures, Error> {
        Ok(Figures {
            spend: row.try_get(format!("{prefix}spend").as_str())?,
            impressions: row.try_get(format!("{prefix}impressions").as_str())?,
            clicks: row.try_get(format!("{prefix}clicks").as_str())?,
        })
    };
    let control: Option<Decimal> = row.try_get("control_spend")?;
    Ok(Day {
        date: row.try_get("date")?,
        until: row.try_get("until")?,
        rows: u64::try_from(row.try_get::<i32, _>("rows")?).unwrap_or(0),
        sum: figures("")?,
        total: figures("total_")?,
        is_comparable: row.try_get("is_comparable")?,
        minor_units: row
            .try_get::<Option<i32>, _>("minor_units")?
            .and_then(|units| units.try_into().ok())
            .unwrap_or(100),
        compared_with: if control.is_some() { figures("control_").ok() } else { None },
        status: row.try_get("status")?,
    })
}

/// Notes what the comparison of some days came to.
pub async fn note(db: &Db, account_id: &str, report: &str, verdicts: &[Verdict]) -> Result<(), Error> {
    if verdicts.is_empty() {
        return Ok(());
    }
    let dates: Vec<NaiveDate> = verdicts.iter().map(|verdict| verdict.date).collect();
    let statuses: Vec<Option<String>> = verdicts.iter().map(|verdict| verdict.status.map(str::to_owned)).collect();
    let spend: Vec<Option<Decimal>> = verdicts.iter().map(|verdict| Some(verdict.total?.spend)).collect();
    let impressions: Vec<Option<i64>> = verdicts.iter().map(|verdict| Some(verdict.total?.impressions)).collect();
    let clicks: Vec<Option<i64>> = verdicts.iter().map(|verdict| Some(verdict.total?.clicks)).collect();
    let unlisted: Vec<Option<Decimal>> = verdicts.iter().map(|verdict| verdict.unlisted_spend).collect();
    db.template(include_str!("totals_note.sql"))
        .bind(account_id.to_owned())
        .bind(report.to_owned())
        .bind(dates)
        .bind(statuses)
        .bind(spend)
        .bind(impressions)
        .bind(clicks)
        .bind(unlisted)
        .run(db)
        .await
}

/// Notes that a report's rows do not sum to the account's total, so that nobody takes silence for agreement. A week or
/// month that still runs moves.
pub async fn not_additive(db: &Db, account_id: &str, report: &str, days: Days) -> Result<(), Error> {
    db.template(
        "update {sync_coverage} set status = 'not_additive'
         where account_id = $1 and report = $2 and date between $3 and $4
         and status is distinct from 'not_additive' and status is distinct from 'moving'",
    )
    .bind(account_id.to_owned())
    .bind(report.to_owned())
    .bind(days.since)
    .bind(days.until)
    .run(db)
    .await
}

/// How far the reports of an account agree with Meta: its days by report and status.
pub async fn agreement(db: &Db, account_id: &str) -> Result<Vec<Agreement>, Error> {
    let rows = db
        .template(
            "select report, status, count(*) from {sync_coverage} where account_id = $1 and status is not null
             group by report, status order by report, status",
        )
        .bind(account_id.to_owned())
        .all(db)
        .await?;
    let agreement = |row: &PgRow| -> Result<Agreement, Error> {
        let days: i64 = row.try_get(2)?;
        Ok(Agreement { report: row.try_get(0)?, status: row.try_get(1)?, days: u64::try_from(days).unwrap_or(0) })
    };
    rows.iter().map(agreement).collect()
}

/// The days of some accounts that do not agree with Meta's totals, as a JSON array of objects named like the columns of
/// `sync_coverage`: every day whose sums differ from the total, and every one whose status says so. Longer periods
/// likewise, but for those that still run.
pub async fn differing_json(db: &Db, account_ids: &[String], days: Days) -> Result<String, Error> {
    let minor_units = currencies::minor_units_sql("a.currency");
    let sql = db
        .names
        .fill(
            "select coalesce(json_agg(r order by account_id, report, date), '[]')::text from
             (select account_id, report, date, fetched_at, rows, spend, impressions, clicks, control_spend,
                control_impressions, control_clicks, unlisted_spend, status, run_id
              from {sync_coverage} c
              where account_id = any($1) and date between $2 and $3 and status is distinct from 'not_additive'
                and (complete or status is distinct from 'moving')
                and (status in ('explained', 'drift') or not complete or status is null
                  or (impressions, clicks) is distinct from (control_impressions, control_clicks)
                  or abs(spend - control_spend) > case
                    when spend = trunc(spend) and
                      (select :minor_units from {ad_accounts} a where a.account_id = c.account_id) = 1
                    then 0.5 * rows + 1 else 0.005 * rows + 0.01 end)) r",
        )
        .replace(":minor_units", &minor_units);
    db.transact(latest, |mut tx| async {
        tx.tell_utc().await?;
        let query = db.query(&sql).bind(account_ids.to_vec()).bind(days.since).bind(days.until);
        let row = query.fetch_one(&mut *tx).await?;
        Ok((tx, row.try_get(0)?))
    })
    .await
}
