//! The login of the tables' owner, where the daemon's own may not make or change them.

use sqlx::Row;

use super::db::Db;
use super::error::{Class, Error};
use super::settings::Settings;
use super::transact::Alone;

/// The way in with the owner's login, where one is configured.
///
/// # Errors
///
/// Where it cannot be used, or leads to another database than the daemon's.
pub async fn connect(db: &Db, settings: &Settings) -> Result<Option<Db>, Error> {
    let Some(owner) = Db::connect_for_migration(settings).await? else { return Ok(None) };
    let (daemons, owners) = (named(db).await?, named(&owner).await.map_err(Error::of_owner)?);
    if daemons == owners {
        return Ok(Some(owner));
    }
    owner.close().await;
    Err(Error::plain(
        Class::Refused,
        format!(
            "DATABASE_URL leads to the database {} and ADSYNC_MIGRATE_DATABASE_URL to {}: let both name the one that adsync \
             fills",
            daemons.0, owners.0
        ),
    ))
}

/// A database's name, and what tells it from one of the same name on another server.
async fn named(db: &Db) -> Result<(String, String), Error> {
    // As a number: each login may have a time zone of its own.
    let sql = "select current_database()::text, concat(oid, ' ', extract(epoch from pg_postmaster_start_time()))
               from pg_database where datname = current_database()";
    let row = db.query(sql).one(db).await?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}
