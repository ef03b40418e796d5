//! Which statements make the database what adsync needs: tables are created, widened, adopted, never narrowed.

use crate::rows::table::{Column, Table};

use super::Settings;
use super::adopt;
use super::barriers;
use super::catalog::{Catalog, Relation};
use super::names::{Names, literal, quote};
use super::rights;
use super::schema::{
    CHANGES, LEDGER, MARK, MIGRATIONS, SCHEMA_COMMENT, VERSION, checksum, last_synced, recorded, shape, statements_of,
};
use super::sharing;
use super::views;

/// What has to be done, or why it cannot be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Statements that make tables and note what they are.
    pub tables: Vec<String>,
    /// Changes of tables that may be full of rows and of readers, one text each: what locks a table holds it no longer than
    /// that text takes, and nothing reads a whole table while readers have to wait.
    pub changes: Vec<String>,
    /// Texts that make the views and functions which are missing.
    pub offers: Vec<String>,
    /// Texts that replace views and functions of ours by newer ones. The sync does without them: none of them makes a
    /// schema unusable.
    pub replacements: Vec<String>,
    /// Rights of roles that are to read and were named after the tables were made. The sync does without them.
    pub grants: Vec<String>,
    /// Comments that have another wording by now.
    pub comments: Vec<String>,
    /// Notes which reports this configuration has, for others that share the schema.
    pub registration: Option<String>,
    /// Why some table cannot be used, each with its cure.
    pub refusals: Vec<String>,
    /// Which views and functions are not as adsync would make them, each with its cure. They hinder nothing.
    pub notes: Vec<String>,
    /// What else happens when adsync writes its tables, each with what can be done about it.
    pub cautions: Vec<String>,
}

impl Plan {
    /// Every statement, in order.
    pub fn all(&self) -> impl Iterator<Item = &String> {
        let later = self.replacements.iter().chain(&self.grants).chain(&self.comments);
        self.required().chain(&self.registration).chain(later)
    }

    /// What no run can do without.
    pub fn required(&self) -> impl Iterator<Item = &String> {
        self.tables.iter().chain(&self.changes).chain(&self.offers)
    }

    /// Every statement in order, by transaction.
    pub fn transactions(&self) -> Vec<Vec<&String>> {
        let made = || self.offers.iter().chain(&self.registration);
        let mut transactions: Vec<Vec<&String>> = vec![self.tables.iter().collect()];
        if self.changes.is_empty() {
            transactions.iter_mut().for_each(|tables| tables.extend(made()));
        } else {
            transactions.extend(self.changes.iter().map(|text| vec![text]));
            transactions.push(made().collect());
        }
        transactions.extend(self.replacements.iter().map(|text| vec![text]));
        transactions.push(self.grants.iter().collect());
        transactions.push(self.comments.iter().collect());
        transactions.retain(|statements| !statements.is_empty());
        transactions
    }
}

/// Plans everything: the schema, the ledger, the tables that the sync fills, our own tables, views and functions.
pub fn plan(names: &Names, settings: &Settings, tables: &[Table], catalog: &Catalog) -> Plan {
    let mut plan = Plan::default();
    let ledger = catalog.relations.get(names.relation("adsync_migrations"));
    // A ledger that looks empty would make every table of ours a stranger's.
    if ledger.map_or(!catalog.sees_new_tables(), |ledger| ledger.is_filtered) {
        let login = catalog.login.as_ref().map(|login| login.name.as_str());
        plan.refusals.push(adopt::filtered(&names.qualified("adsync_migrations"), login).to_string());
        return plan;
    }
    if !catalog.schema_exists {
        let schema = quote(names.schema());
        plan.tables.push(format!("create schema {schema}"));
        plan.tables.push(format!("comment on schema {schema} is {}", literal(SCHEMA_COMMENT)));
        for role in settings.grant_select_to.iter().filter(|role| catalog.roles.contains(*role)) {
            plan.tables.push(format!("grant usage on schema {schema} to {}", quote(role)));
        }
    }
    let schema = quote(names.schema());
    let opened = catalog.shut_out.iter().map(|role| format!("grant usage on schema {schema} to {}", quote(role)));
    plan.grants.extend(opened);
    if let Some(login) = catalog.login.as_ref().filter(|login| !login.may_use_schema) {
        plan.tables.push(format!("grant usage on schema {} to {}", quote(names.schema()), quote(&login.name)));
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
    planner.offer(tables);
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
        let rights = rights::of_own(table);
        let relation = self.catalog.relations.get(self.names.relation(table));
        if !self.is_due(name, template) {
            self.plan.tables.extend(relation.and_then(|relation| self.lacking(table, rights, relation)));
            let unread = relation.map(|relation| self.unread(table, relation));
            self.plan.grants.extend(unread.unwrap_or_default());
            return;
        }
        if relation.is_some() {
            self.foreign(table);
            return;
        }
        if self.is_taken(table) {
            return;
        }
        self.plan.tables.extend(statements_of(&self.names.fill(template)));
        let closed = self.closed_to_strangers(table, rights);
        self.plan.tables.extend(closed);
        self.plan.tables.push(recorded(self.names, name, &checksum(template)));
    }

    /// What became of our own tables later.
    fn change(&mut self, name: &str, table: &str, template: &str) {
        if self.is_due(name, template) {
            let mut statements = statements_of(&self.names.fill(template));
            if template.contains("create table") {
                statements.extend(self.closed_to_strangers(table, rights::of_own(table)));
            }
            statements.push(recorded(self.names, name, &checksum(template)));
            // In a schema that is made just now nobody waits for anything.
            if self.catalog.ledger.is_empty() {
                self.plan.tables.extend(statements);
            } else {
                self.plan.changes.push(statements.join(";\n"));
            }
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
            if !self.is_taken(&table.name) {
                self.create(table);
                self.plan.tables.push(recorded(self.names, &entry, &shape(table)));
            }
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
        let login = self.catalog.login.as_ref().map(|login| login.name.as_str());
        let barred = barriers::judge(table, &quote(self.names.schema()), &qualified, &relation.barriers);
        let mut refusals = adopt::judge(table, &qualified, relation, login);
        if is_known {
            // What is in use may never meet a row that it refuses.
            self.plan.cautions.extend(barred.iter().map(ToString::to_string));
        } else {
            refusals.splice(0..0, barred);
        }
        if !refusals.is_empty() {
            self.plan.refusals.extend(refusals.iter().map(ToString::to_string));
            return;
        }
        self.plan.cautions.extend(adopt::cautions(&qualified, relation));
        self.widen(table, relation, (!is_known).then(|| recorded(self.names, &entry, &shape(table))));
        self.plan.tables.extend(self.lacking(&table.name, rights::of_filled(table), relation));
        if relation.comment.ends_with(MARK) {
            self.plan.grants.extend(self.unread(&table.name, relation));
            self.plan.comments.extend(self.reworded(table, relation));
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
        lines.push(format!("  primary key ({})", list(table.key_columns())));
        self.plan.tables.push(format!("create table {name} (\n{}\n){}", lines.join(",\n"), room(table)));
        for columns in &table.indexes {
            self.plan.tables.push(format!("create index on {name} ({})", list(columns.iter().copied())));
        }
        self.plan.tables.push(format!("comment on table {name} is {}", literal(&table.comment)));
        let columns = table.columns.iter().chain(&table.own_columns);
        self.plan.tables.extend(columns.chain([&last_synced()]).map(|column| comment(&name, column)));
        let closed = self.closed_to_strangers(&table.name, rights::of_filled(table));
        self.plan.tables.extend(closed);
    }

    /// What an existing table lacks. Its columns come first, in one statement; an index reads the whole table, so it is made
    /// when the lock that they take is given back.
    fn widen(&mut self, table: &Table, relation: &Relation, record: Option<String>) {
        let name = self.names.qualified(&table.name);
        let (mut added, mut comments) = (Vec::new(), Vec::new());
        for column in table.columns.iter().chain(&table.own_columns).chain([&last_synced()]) {
            if !relation.columns.contains_key(column.name.as_ref()) {
                added.push(format!("add column {} {}", quote(&column.name), column.kind.sql()));
                comments.push(comment(&name, column));
            }
        }
        if added.is_empty() {
            self.plan.tables.extend(record);
        } else {
            let altered = format!("alter table {name} {}", added.join(", "));
            let statements: Vec<String> = [altered].into_iter().chain(comments).chain(record).collect();
            self.plan.changes.push(statements.join(";\n"));
        }
        self.plan.changes.extend(self.key(table, relation));
        for columns in &table.indexes {
            let leads =
                |index: &Vec<String>| index.iter().map(String::as_str).take(columns.len()).eq(columns.iter().copied());
            if !relation.indexes.iter().any(leads) {
                self.plan.changes.push(format!("create index on {name} ({})", list(columns.iter().copied())));
            }
        }
    }

    /// A key by which rows are found. It becomes the primary one where that is no more than a word: columns that may be
    /// empty would be looked through while every reader waits. The word has a transaction of its own: where a reader is in
    /// the way of that, the index stays.
    fn key(&self, table: &Table, relation: &Relation) -> Vec<String> {
        let (name, columns) = (self.names.qualified(&table.name), list(table.key_columns()));
        let is_full = |column: &str| relation.columns.get(column).is_some_and(|there| there.not_null);
        let may_be_primary = !relation.has_primary_key && table.key_columns().all(is_full);
        // Names end at 63 bytes.
        let shortened: String = self.names.relation(&table.name).chars().take(12).collect();
        let key = format!("{shortened}_adsync_key");
        let (is_made, key) = (relation.unique_indexes.contains(&key), quote(&key));
        let primary = format!("alter table {name} add constraint {key} primary key using index {key}");
        match (may_be_primary, relation.is_keyed_by(&table.key_columns().collect::<Vec<_>>())) {
            (true, false) => vec![format!("create unique index {key} on {name} ({columns})"), primary],
            (true, true) if is_made => vec![primary],
            (false, false) => vec![format!("create unique index on {name} ({columns})")],
            (_, true) => Vec::new(),
        }
    }

    /// Row security without a policy, and rights only for the roles that were named and for the daemon's own login.
    /// Supabase grants everything on a new table of `public` to the roles of the anonymous key.
    fn closed_to_strangers(&self, table: &str, rights: &[&str]) -> Vec<String> {
        let name = self.names.qualified(table);
        let mut statements = vec![format!("alter table {name} enable row level security")];
        let is_there = |role: &&str| self.catalog.roles.contains(*role);
        let strangers = ["anon", "authenticated", "service_role"].into_iter().filter(is_there);
        statements.extend(strangers.map(|role| format!("revoke all on {name} from {}", quote(role))));
        let readers = self.settings.grant_select_to.iter().filter(|role| self.catalog.roles.contains(*role));
        statements.extend(readers.map(|role| format!("grant select on {name} to {}", quote(role))));
        let login = self.catalog.login.as_ref();
        statements
            .extend(login.map(|login| format!("grant {} on {name} to {}", rights.join(", "), quote(&login.name))));
        statements
    }

    /// What the daemon's own login may not do yet with a table that is there.
    fn lacking(&self, table: &str, rights: &[&str], relation: &Relation) -> Option<String> {
        let login = self.catalog.login.as_ref()?;
        let lacking: Vec<&str> =
            rights.iter().copied().filter(|right| relation.lacking.iter().any(|lacking| lacking == right)).collect();
        let grant =
            || format!("grant {} on {} to {}", lacking.join(", "), self.names.qualified(table), quote(&login.name));
        (!lacking.is_empty()).then(grant)
    }

    /// Rights for the roles that may not read yet what adsync made.
    fn unread(&self, table: &str, relation: &Relation) -> Vec<String> {
        let name = self.names.qualified(table);
        relation.closed_to.iter().map(|role| format!("grant select on {name} to {}", quote(role))).collect()
    }

    /// The comments of a table that adsync made with other words than today's. Those of a newer version stay.
    fn reworded(&self, table: &Table, relation: &Relation) -> Vec<String> {
        if self.catalog.version().is_some_and(|version| version > VERSION) {
            return Vec::new();
        }
        let name = self.names.qualified(&table.name);
        let is_old = |column: &&Column| {
            relation.columns.get(column.name.as_ref()).is_some_and(|there| there.comment != column.comment)
        };
        let last_synced = last_synced();
        let columns = table.columns.iter().chain(&table.own_columns).chain([&last_synced]);
        columns.filter(is_old).map(|column| comment(&name, column)).collect()
    }

    /// Views and functions, of all reports that are read into this schema.
    fn offer(&mut self, tables: &[Table]) {
        let newer = self.catalog.version().filter(|version| *version > VERSION);
        if let Some(newer) = newer {
            self.plan.notes.push(format!(
                "the schema is of a newer adsync (version {newer}; this one knows {VERSION}), and its views and functions are left to that"
            ));
        }
        for offer in views::offers(self.names, &sharing::all_tables(self.names, self.settings, tables, self.catalog)) {
            let step = views::plan(self.names, self.settings, self.catalog, &offer);
            if !step.is_replacement {
                self.plan.offers.extend(step.statements);
            } else if newer.is_none() {
                self.plan.replacements.extend(step.statements);
            }
            self.plan.grants.extend(step.grants);
            self.plan.notes.extend(step.note);
        }
        if newer.is_none() {
            self.plan.registration = sharing::registration(self.names, self.settings, tables, self.catalog);
        }
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

    /// Whether something that is no table has the name that a table of ours would have; that is refused.
    fn is_taken(&mut self, table: &str) -> bool {
        let Some(what) = self.catalog.taken.get(self.names.relation(table)) else { return false };
        self.plan.refusals.push(format!(
            "{} is the name of {what} that is not adsync's; give adsync's table another name under [tables]: {table} = \"meta_{table}\"",
            self.names.qualified(table)
        ));
        true
    }
}

/// How full the pages of a new table become. Every sync writes the metric columns of the objects that delivered: with room
/// beside it a row's next version needs no word in any index. 2,000 ad sets and their first sums took 2.5 MB of WAL in full
/// pages and 0.4 MB in half full ones, later sums 900 and 180 bytes a row, and both tables were as large in the end.
fn room(table: &Table) -> &'static str {
    if table.report.is_some() { "" } else { " with (fillfactor = 50)" }
}

fn comment(name: &str, column: &Column) -> String {
    format!("comment on column {name}.{} is {}", quote(&column.name), literal(&column.comment))
}

fn list<'a>(columns: impl Iterator<Item = &'a str>) -> String {
    columns.map(quote).collect::<Vec<_>>().join(", ")
}
