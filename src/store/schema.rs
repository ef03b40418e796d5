//! What the schema is made of: our own tables, one file each, and what became of them later. Report tables are generated.

use crate::rows::table::{Column, Kind, Table};

use super::names::{Names, literal};

/// The number of the newest file in `migrations/`: the version of the schema that this adsync makes.
pub const VERSION: &str = "0025";
/// When that file was written, as the names of migrations begin in the folder of Supabase's CLI.
pub const WRITTEN_AT: &str = "20261126210000";

/// How the ledger's names begin that say which version is the oldest that may work with the schema, as in `needs:0031`. A
/// file whose change older versions cannot live with writes such a name; where there is none, they go on beside newer ones,
/// so that replicas can be upgraded one by one.
pub(super) const NEEDS: &str = "needs:";

/// What a schema that adsync made says of itself: of another one it gives no rights.
pub(super) const SCHEMA_COMMENT: &str = "Meta ad accounts, kept by adsync";
/// Ends the comment of every table that the sync fills and adsync made: one that was adopted has none, or its own.
pub(super) const MARK: &str = "Written by adsync.";

/// Our own tables, one file each, in the order of the pipeline.
pub const MIGRATIONS: [(&str, &str, &str); 15] = [
    ("0001_sync_runs", "sync_runs", include_str!("../../migrations/0001_sync_runs.sql")),
    ("0002_sync_run_steps", "sync_run_steps", include_str!("../../migrations/0002_sync_run_steps.sql")),
    ("0003_sync_coverage", "sync_coverage", include_str!("../../migrations/0003_sync_coverage.sql")),
    ("0004_sync_leases", "sync_leases", include_str!("../../migrations/0004_sync_leases.sql")),
    ("0005_sync_schedules", "sync_schedules", include_str!("../../migrations/0005_sync_schedules.sql")),
    ("0006_sync_listings", "sync_listings", include_str!("../../migrations/0006_sync_listings.sql")),
    ("0007_sync_budgets", "sync_budgets", include_str!("../../migrations/0007_sync_budgets.sql")),
    ("0008_sync_sizes", "sync_sizes", include_str!("../../migrations/0008_sync_sizes.sql")),
    ("0009_sync_alerts", "sync_alerts", include_str!("../../migrations/0009_sync_alerts.sql")),
    ("0010_sync_refused_fields", "sync_refused_fields", include_str!("../../migrations/0010_sync_refused_fields.sql")),
    ("0013_sync_ladders", "sync_ladders", include_str!("../../migrations/0013_sync_ladders.sql")),
    ("0014_sync_sweeps", "sync_sweeps", include_str!("../../migrations/0014_sync_sweeps.sql")),
    ("0015_sync_windows", "sync_windows", include_str!("../../migrations/0015_sync_windows.sql")),
    ("0016_sync_requests", "sync_requests", include_str!("../../migrations/0016_sync_requests.sql")),
    ("0018_sync_reports", "sync_reports", include_str!("../../migrations/0018_sync_reports.sql")),
];

/// What became of them later, in the order of their numbers. A file that was released is never edited: what changes is a
/// new one here. Numbers order the files and name the version, no more: 0019 and 0021 were never used, and 0018 stands twice:
/// databases know both files by their whole names.
pub const CHANGES: [(&str, &str, &str); 9] = [
    ("0011_sync_budgets_token", "sync_budgets", include_str!("../../migrations/0011_sync_budgets_token.sql")),
    ("0012_sync_sizes_runs", "sync_sizes", include_str!("../../migrations/0012_sync_sizes_runs.sql")),
    ("0017_sync_sweeps_report", "sync_sweeps", include_str!("../../migrations/0017_sync_sweeps_report.sql")),
    ("0018_comments", "sync_reports", include_str!("../../migrations/0018_comments.sql")),
    ("0020_sync_alerts_told", "sync_alerts", include_str!("../../migrations/0020_sync_alerts_told.sql")),
    ("0022_sync_leases_stop", "sync_leases", include_str!("../../migrations/0022_sync_leases_stop.sql")),
    ("0023_sync_runs_request", "sync_runs", include_str!("../../migrations/0023_sync_runs_request.sql")),
    ("0024_sync_run_steps_changed", "sync_run_steps", include_str!("../../migrations/0024_sync_run_steps_changed.sql")),
    ("0025_sync_alerts_seen", "sync_alerts", include_str!("../../migrations/0025_sync_alerts_seen.sql")),
];

/// The ledger of what was applied.
pub(super) const LEDGER: &str = include_str!("../../migrations/0000_adsync_migrations.sql");

pub(super) fn last_synced() -> Column {
    Column::new("last_synced", Kind::Timestamptz, "When adsync last wrote this row; unchanged rows are not written")
}

/// The statements of a file: each ends with a semicolon at the end of a line.
pub(super) fn statements_of(file: &str) -> Vec<String> {
    let code: Vec<&str> = file.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
    let code = code.join("\n");
    code.split(";\n")
        .map(|part| part.trim().trim_end_matches(';').trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect()
}

/// What must never change under one name: the key of the table, and the period of its rows.
pub(super) fn shape(table: &Table) -> String {
    checksum(&table.key_columns().chain(table.period).collect::<Vec<_>>().join(","))
}

/// The statement that notes in the ledger what was applied.
pub(super) fn recorded(names: &Names, name: &str, checksum: &str) -> String {
    format!(
        "insert into {} (name, checksum, applied_at) values ({}, {}, now())
             on conflict (name) do update set checksum = excluded.checksum, applied_at = excluded.applied_at",
        names.qualified("adsync_migrations"),
        literal(name),
        literal(checksum)
    )
}

pub(super) fn checksum(text: &str) -> String {
    format!("{:032x}", xxhash_rust::xxh3::xxh3_128(text.as_bytes()))
}

/// The number that a file of `migrations/` begins with. What was generated has none.
pub(super) fn number(name: &str) -> Option<&str> {
    let number = name.split_once('_')?.0;
    (number.len() == 4 && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_newest_number_and_no_two_files_have_one_name() {
        let mut names: Vec<&str> = MIGRATIONS.iter().chain(&CHANGES).map(|(name, ..)| *name).collect();
        assert_eq!(names.iter().filter_map(|name| number(name)).max(), Some(VERSION));
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
        assert_eq!(["table:adsets", "view:0001_x", "12_x", "0001"].map(number), [None; 4]);
    }
}
