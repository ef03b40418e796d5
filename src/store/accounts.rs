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

/// What people call an account, and its zone, as far as they were read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// Its label in the configuration, else its name in Ads Manager.
    pub name: Option<String>,
    /// The name of its zone.
    pub zone: Option<String>,
}

/// What some accounts are called, by their digits.
pub async fn named(db: &Db, accounts: &[String]) -> Result<HashMap<String, Named>, Error> {
    let rows = db
        .template(
            "select account_id::text, coalesce(label, name)::text, timezone_name::text from {ad_accounts}
             where account_id = any($1)",
        )
        .bind(accounts.to_vec())
        .all(db)
        .await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, Named { name: row.try_get(1)?, zone: row.try_get(2)? }))).collect()
}
