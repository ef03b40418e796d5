//! What the daemon's login may do with which table, where another role owns them.

use crate::rows::table::Table;

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
