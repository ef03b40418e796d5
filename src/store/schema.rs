//! Which statements make the database what adsync needs: tables are created, widened, adopted, never narrowed.

use crate::rows::table::{Column, Kind, Table};

use super::Settings;
use super::adopt;
use super::catalog::{Catalog, Relation};
use super::names::{Names, literal, quote};
use super::views;

/// What has to be done, or why it cannot be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Statements, in order.
    pub statements: Vec<String>,
    /// Statements after those that replace views and functions of ours by newer ones. The sync does without them, and
    /// another daemon with other reports may see it differently: none of them makes a schema unusable.
    pub replacements: Vec<String>,
    /// Why some table cannot be used, each with its cure.
    pub refusals: Vec<String>,
    /// Which views and functions are not as adsync would make them, each with its cure. They hinder nothing.
    pub notes: Vec<String>,
}

impl Plan {
    /// Every statement, in order.
    pub fn all(&self) -> impl Iterator<Item = &String> {
        self.statements.iter().chain(&self.replacements)
    }
}

/// Our own tables, one file each, in the order of the pipeline.
pub const MIGRATIONS: [(&str, &str, &str); 13] = [
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
];

/// What became of them later, in the order of their numbers. A file that was released is never edited: what changes is a
/// new one here.
pub const CHANGES: [(&str, &str, &str); 5] = [
    ("0011_sync_budgets_token", "sync_budgets", include_str!("../../migrations/0011_sync_budgets_token.sql")),
    ("0012_sync_sizes_runs", "sync_sizes", include_str!("../../migrations/0012_sync_sizes_runs.sql")),
    ("0020_sync_alerts_told", "sync_alerts", include_str!("../../migrations/0020_sync_alerts_told.sql")),
    ("0022_sync_leases_stop", "sync_leases", include_str!("../../migrations/0022_sync_leases_stop.sql")),
    ("0023_sync_runs_request", "sync_runs", include_str!("../../migrations/0023_sync_runs_request.sql")),
];

/// The ledger of what was applied.
const LEDGER: &str = include_str!("../../migrations/0000_adsync_migrations.sql");

/// Plans everything: the schema, the ledger, the tables that the sync fills, our own tables.
pub fn plan(names: &Names, settings: &Settings, tables: &[Table], catalog: &Catalog) -> Plan {
    let mut plan = Plan::default();
    // A ledger that looks empty would make every table of ours a stranger's.
    if catalog.relations.get(names.relation("adsync_migrations")).is_some_and(|ledger| ledger.is_filtered) {
        plan.refusals.push(adopt::filtered(&names.qualified("adsync_migrations")).to_string());
        return plan;
    }
    if !catalog.schema_exists {
        plan.statements.push(format!("create schema {}", quote(names.schema())));
        for role in settings.grant_select_to.iter().filter(|role| catalog.roles.contains(*role)) {
            plan.statements.push(format!("grant usage on schema {} to {}", quote(names.schema()), quote(role)));
        }
    }
    let mut planner = Planner { names, settings, catalog, plan: &mut plan };
    planner.own("0000_adsync_migrations", "adsync_migrations", LEDGER);
    for table in tables {
        planner.filled(table);
    }
    for (name, table, template) in MIGRATIONS {
        planner.own(name, table, template);
    }
    for (name, table, template) in CHANGES {
        planner.change(name, table, template);
    }
    for offer in views::offers(names, tables) {
        let step = views::plan(names, settings, catalog, &offer);
        let statements = if step.is_replacement { &mut plan.replacements } else { &mut plan.statements };
        statements.extend(step.statements);
        plan.notes.extend(step.note);
    }
    plan
}

struct Planner<'a> {
    names: &'a Names,
    settings: &'a Settings,
    catalog: &'a Catalog,
    plan: &'a mut Plan,
}

impl Planner<'_> {
    /// One of our own tables, from its file.
    fn own(&mut self, name: &str, table: &str, template: &str) {
        if !self.is_due(name, template) {
            return;
        }
        if self.catalog.relations.contains_key(self.names.relation(table)) {
            self.foreign(table);
            return;
        }
        self.plan.statements.extend(statements_of(&self.names.fill(template)));
        self.close_to_strangers(table);
        self.record(name, &checksum(template));
    }

    /// What became of one of our own tables later.
    fn change(&mut self, name: &str, table: &str, template: &str) {
        if self.is_due(name, template) {
            self.plan.statements.extend(statements_of(&self.names.fill(template)));
            // It may have been made anew.
            self.close_to_strangers(table);
            self.record(name, &checksum(template));
        }
    }

    /// Whether a file is yet to be applied. One that was applied with another content is refused.
    fn is_due(&mut self, name: &str, template: &str) -> bool {
        let applied = self.catalog.ledger.get(name);
        if applied.is_some_and(|applied| *applied != checksum(template)) {
            self.plan.refusals.push(format!(
                "the migration {name} was applied with another content than this adsync has; use the version that applied it, or a newer one"
            ));
        }
        applied.is_none()
    }

    /// A table that the sync fills: created, adopted, or widened by what it lacks.
    fn filled(&mut self, table: &Table) {
        let relation_name = self.names.relation(&table.name).to_owned();
        let entry = format!("table:{relation_name}");
        let is_known = self.catalog.ledger.contains_key(&entry);
        let Some(relation) = self.catalog.relations.get(&relation_name) else {
            self.create(table);
            self.record(&entry, &shape(table));
            return;
        };
        // Only objects are adopted: a foreign table of insights would have rows that no report stands for.
        let may_adopt = table.key == ["id"] && self.settings.adopt.contains(&relation_name);
        if !is_known && !may_adopt {
            self.foreign(&table.name);
            return;
        }
        if self.catalog.ledger.get(&entry).is_some_and(|known| *known != shape(table)) {
            self.plan.refusals.push(format!(
                "the report of {} has another level, period or breakdowns than the table was made with; give the report another name",
                self.names.qualified(&table.name)
            ));
            return;
        }
        let qualified = self.names.qualified(&table.name);
        let refusals = adopt::judge(table, &qualified, relation);
        if !refusals.is_empty() {
            self.plan.refusals.extend(refusals.iter().map(ToString::to_string));
            return;
        }
        self.widen(table, relation);
        if !is_known {
            self.record(&entry, &shape(table));
        }
    }

    fn create(&mut self, table: &Table) {
        let name = self.names.qualified(&table.name);
        let mut lines: Vec<String> = Vec::new();
        for column in table.columns.iter().chain(&table.own_columns) {
            let not_null = if table.is_key(&column.name) { " not null" } else { "" };
            lines.push(format!("  {} {}{not_null}", quote(&column.name), column.kind.sql()));
        }
        lines.push("  \"last_synced\" timestamptz".to_owned());
        let key: Vec<String> = table.key_columns().map(quote).collect();
        lines.push(format!("  primary key ({})", key.join(", ")));
        self.plan.statements.push(format!("create table {name} (\n{}\n)", lines.join(",\n")));
        for columns in &table.indexes {
            self.index(&name, columns);
        }
        self.plan.statements.push(format!("comment on table {name} is {}", literal(&table.comment)));
        for column in table.columns.iter().chain(&table.own_columns).chain([&last_synced()]) {
            self.comment(&name, column);
        }
        self.close_to_strangers(&table.name);
    }

    fn widen(&mut self, table: &Table, relation: &Relation) {
        let name = self.names.qualified(&table.name);
        for column in table.columns.iter().chain(&table.own_columns).chain([&last_synced()]) {
            if !relation.columns.contains_key(column.name.as_ref()) {
                let (quoted, kind) = (quote(&column.name), column.kind.sql());
                self.plan.statements.push(format!("alter table {name} add column {quoted} {kind}"));
                self.comment(&name, column);
            }
        }
        if !relation.is_keyed_by(&table.key_columns().collect::<Vec<_>>()) {
            let columns: Vec<String> = table.key_columns().map(quote).collect();
            let columns = columns.join(", ");
            self.plan.statements.push(if relation.has_primary_key {
                format!("create unique index on {name} ({columns})")
            } else {
                format!("alter table {name} add primary key ({columns})")
            });
        }
        for columns in &table.indexes {
            let leads =
                |index: &Vec<String>| index.iter().map(String::as_str).take(columns.len()).eq(columns.iter().copied());
            if !relation.indexes.iter().any(leads) {
                self.index(&name, columns);
            }
        }
    }

    fn index(&mut self, name: &str, columns: &[&str]) {
        let columns: Vec<String> = columns.iter().map(|column| quote(column)).collect();
        self.plan.statements.push(format!("create index on {name} ({})", columns.join(", ")));
    }

    fn comment(&mut self, name: &str, column: &Column) {
        let (quoted, comment) = (quote(&column.name), literal(&column.comment));
        self.plan.statements.push(format!("comment on column {name}.{quoted} is {comment}"));
    }

    /// Row security without a policy, and read rights only for the roles that were named. Supabase grants everything on a
    /// new table of `public` to the roles of the anonymous key.
    fn close_to_strangers(&mut self, table: &str) {
        let name = self.names.qualified(table);
        self.plan.statements.push(format!("alter table {name} enable row level security"));
        let readers = &self.settings.grant_select_to;
        for role in ["anon", "authenticated", "service_role"] {
            if self.catalog.roles.contains(role) {
                self.plan.statements.push(format!("revoke all on {name} from {}", quote(role)));
            }
        }
        for role in readers.iter().filter(|role| self.catalog.roles.contains(*role)) {
            self.plan.statements.push(format!("grant select on {name} to {}", quote(role)));
        }
    }

    fn record(&mut self, name: &str, checksum: &str) {
        self.plan.statements.push(recorded(self.names, name, checksum));
    }

    fn foreign(&mut self, table: &str) {
        let relation = self.names.relation(table);
        let adopts = matches!(table, "ad_accounts" | "campaigns" | "adsets" | "ads");
        let adopt = if adopts { format!("adopt it: database.adopt = [\"{relation}\"], or ") } else { String::new() };
        self.plan.refusals.push(format!(
            "{} exists and is not adsync's; {adopt}give adsync's table another name under [tables]: {table} = \"meta_{table}\"",
            self.names.qualified(table)
        ));
    }
}

pub(super) fn last_synced() -> Column {
    Column::new("last_synced", Kind::Timestamptz, "When adsync last wrote this row; unchanged rows are not written")
}

/// The statements of a file: each ends with a semicolon at the end of a line.
fn statements_of(file: &str) -> Vec<String> {
    let code: Vec<&str> = file.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
    let code = code.join("\n");
    code.split(";\n")
        .map(|part| part.trim().trim_end_matches(';').trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect()
}

/// What must never change under one name: the key of the table, and the period of its rows.
fn shape(table: &Table) -> String {
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
