//! What lacks before the days that the status page shows.

use chrono::{NaiveDate, TimeDelta};
use sqlx::Row;

use super::super::db::{BEGIN_ASIDE, Db};
use super::super::error::Error;
use super::super::transact::latest;
use super::Asked;

/// The days of an account before those shown that are not whole. Each report's are counted by themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OlderGaps {
    /// The account's digits.
    pub account_id: String,
    /// How many days.
    pub days: u64,
    /// The first of them.
    pub first: NaiveDate,
    /// The last of them.
    pub last: NaiveDate,
}

/// Those of the accounts that lack something, the most first. It goes through all days that were ever read, for half a minute at
/// most: nothing to be asked while somebody waits.
pub async fn older_gaps(db: &Db, asked: &Asked) -> Result<Vec<OlderGaps>, Error> {
    let shown = |today: NaiveDate| today - TimeDelta::days(asked.days_before.into());
    db.transact_by(BEGIN_ASIDE, latest, |mut tx| async {
        let rows = db
            .template(include_str!("older.sql"))
            .bind(asked.accounts.iter().map(|account| account.account_id.clone()).collect::<Vec<_>>())
            .bind(asked.accounts.iter().map(|account| shown(account.today)).collect::<Vec<_>>())
            .bind(asked.accounts.iter().map(|account| account.reports.join(",")).collect::<Vec<_>>())
            .fetch_all(&mut *tx)
            .await?;
        let gaps = rows.iter().map(|row| {
            Ok(OlderGaps {
                account_id: row.try_get("account_id")?,
                days: u64::try_from(row.try_get::<i64, _>("days")?).unwrap_or(0),
                first: row.try_get("first")?,
                last: row.try_get("last")?,
            })
        });
        let gaps = gaps.collect::<Result<Vec<_>, Error>>()?;
        Ok((tx, gaps))
    })
    .await
}
