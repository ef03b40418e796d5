//! Which history a server goes on with: a standby that takes the place of another, or a backup that is gone back to, begins one
//! of its own, and may lack the last of what was confirmed before.

use sqlx::Row;

use super::db::Db;
use super::error::Error;
use super::transact::Alone;

/// The timeline, as the first digits of a log file's name have it. A standby has none of its own.
pub(super) const TIMELINE: &str =
    "case when not pg_is_in_recovery() then left(pg_walfile_name(pg_current_wal_lsn()), 8) end";

/// The history that a server goes on with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lineage(pub(super) String);

/// That of the database, where it tells: servers that only speak like PostgreSQL may have no such thing.
pub async fn of(db: &Db) -> Option<Lineage> {
    let told = async {
        let row = db.query(format!("select {TIMELINE}")).one(db).await?;
        Ok::<_, Error>(row.try_get::<Option<String>, _>(0)?)
    };
    match told.await {
        Ok(timeline) => timeline.map(Lineage),
        Err(error) => {
            tracing::debug!(%error, "the database does not tell its timeline");
            None
        }
    }
}
