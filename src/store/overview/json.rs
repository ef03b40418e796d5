//! Accounts and days for programs: arrays of objects named like the columns.

use chrono::NaiveDate;
use sqlx::Row;

use super::super::db::Db;
use super::super::error::Error;
use super::super::transact::latest;

/// All accounts as a JSON array of objects named like the columns, without what is kept of them as a whole.
pub async fn accounts_json(db: &Db) -> Result<String, Error> {
    let sql = "select coalesce(jsonb_agg(to_jsonb(a) - 'raw' order by a.account_id), '[]')::text from {ad_accounts} a";
    db.transact(latest, |mut tx| async {
        tx.tell_utc().await?;
        let row = db.template(sql).fetch_one(&mut *tx).await?;
        Ok((tx, row.try_get(0)?))
    })
    .await
}

/// Days of reports as a JSON array of objects named like the columns, newest first; at most ten thousand.
pub async fn coverage_json(
    db: &Db,
    account_id: Option<&str>,
    report: Option<&str>,
    since: NaiveDate,
    until: NaiveDate,
) -> Result<String, Error> {
    db.transact(latest, |mut tx| async {
        tx.tell_utc().await?;
        let row = db
            .template(
                "select coalesce(json_agg(c), '[]')::text from
             (select * from {sync_coverage}
              where ($1::text is null or account_id = $1) and ($2::text is null or report = $2)
                and date between $3 and $4
              order by date desc, account_id, report limit 10000) c",
            )
            .bind(account_id.map(str::to_owned))
            .bind(report.map(str::to_owned))
            .bind(since)
            .bind(until)
            .fetch_one(&mut *tx)
            .await?;
        Ok((tx, row.try_get(0)?))
    })
    .await
}
