//! What the daemon's login may do with which table, where another role owns them.

use sqlx::Row;

use crate::rows::table::Table;

use super::db::Db;
use super::error::Error;
use super::outline;
use super::transact::Alone;

/// What it needs of the tables that only migrations write, of objects, and of all others.
const READS: &[&str] = &["select"];
const KEEPS: &[&str] = &["select", "insert", "update"];
const FILLS: &[&str] = &["select", "insert", "update", "delete"];

/// What it does with one of our own tables.
pub(super) fn of_own(table: &str) -> &'static [&'static str] {
    if matches!(table, "adsync_migrations" | "sync_reports") { READS } else { FILLS }
}

/// What it does with a table that the sync fills.
pub(super) fn of_filled(table: &Table) -> &'static [&'static str] {
    // An object that is gone is marked, not removed.
    if table.report.is_some() { FILLS } else { KEEPS }
}

/// What keeps a login from writing, in words with the cure each: a database that takes no rows, and rights that it lacks of
/// the tables that are there.
pub async fn barred(db: &Db, tables: &[Table]) -> Result<Vec<String>, Error> {
    let own = outline::own_tables().into_keys().map(|name| (name.to_owned(), of_own(name)));
    let filled = tables.iter().map(|table| (table.name.clone(), of_filled(table)));
    let wanted = own.chain(filled).flat_map(|(table, rights)| rights.iter().map(move |right| (table.clone(), *right)));
    let (names, rights): (Vec<String>, Vec<String>) =
        wanted.map(|(table, right)| (db.names.qualified(&table), right.to_owned())).unzip();
    let rows = db
        .query(
            "select null, case when pg_is_in_recovery() then 'is a standby'
                               when current_setting('default_transaction_read_only')::bool
                               then 'begins its transactions read-only (default_transaction_read_only)' end
             union all
             (select w.name, string_agg(w.kind, ', ' order by w.kind)
              from unnest($1::text[], $2::text[]) as w(name, kind)
              where not has_table_privilege(to_regclass(w.name), w.kind) group by w.name order by w.name)",
        )
        .bind(names)
        .bind(rights)
        .all(db)
        .await?;
    let mut barred = Vec::new();
    for row in rows {
        match (row.try_get::<Option<String>, _>(0)?, row.try_get::<Option<String>, _>(1)?) {
            (Some(table), Some(rights)) => barred.push(format!(
                "the role of DATABASE_URL may not {rights} in {table}: grant that to it, or run `adsync migrate` with an \
                 owner's ADSYNC_MIGRATE_DATABASE_URL"
            )),
            (None, Some(state)) => barred.push(format!(
                "it takes no rows, since it {state}: free space or raise the plan's disk, end that setting, or let \
                 DATABASE_URL name the primary"
            )),
            (_, None) => {}
        }
    }
    Ok(barred)
}
