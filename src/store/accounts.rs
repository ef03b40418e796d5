//! The table `ad_accounts`, as far as others than a run ask for it.

use std::collections::HashMap;

use sqlx::Row;

use super::db::Db;
use super::error::Error;
use super::transact::Alone;

/// The zones of the accounts that were read once, by their digits.
pub async fn zones(db: &Db) -> Result<HashMap<String, String>, Error> {
    let rows = db.template("select account_id, timezone_name from {ad_accounts} where account_id is not null and timezone_name is not null").all(db).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}
