//! What readers find in the schema by its definition: tables, views and a function, with the types of their columns. No
//! database is asked.

use std::collections::BTreeMap;

use crate::rows::table::Table;

use super::names::Names;
use super::schema::{self, CHANGES, LEDGER, MIGRATIONS};
use super::settings::Settings;
use super::views;

/// What readers find in the schema, by the names that it has there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outline {
    /// The schema.
    pub schema: String,
    /// The tables, each with its columns in their order.
    pub tables: BTreeMap<String, Vec<Field>>,
    /// The views likewise. Any of their columns may be NULL.
    pub views: BTreeMap<String, Vec<Field>>,
    /// The function of sums, where any table can be summed.
    pub sums: Option<Function>,
    /// The functions from a row to those that it belongs to, or that belong to it: PostgREST embeds by them.
    pub links: BTreeMap<String, Vec<Link>>,
}

/// A function from a row of one table to rows of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The table whose row it is given.
    pub from: String,
    /// The table whose rows it gives.
    pub to: String,
    /// Whether it gives one at the most.
    pub is_to_one: bool,
}

/// A column, or an argument of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type in SQL.
    pub sql_type: String,
    /// Whether it may be NULL.
    pub is_nullable: bool,
    /// Whether it may be left out.
    pub has_default: bool,
    /// What it holds, in words; empty where only the database says it.
    pub comment: String,
}

/// A function that returns rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// What it is given.
    pub arguments: Vec<Field>,
    /// The columns of its rows.
    pub result: Vec<Field>,
}

impl Field {
    pub(super) fn new(name: &str, sql_type: &str, is_nullable: bool, comment: &str) -> Self {
        let (name, sql_type, comment) = (name.to_owned(), sql_type.to_owned(), comment.to_owned());
        Self { name, sql_type, is_nullable, has_default: false, comment }
    }
}

/// What readers find under these settings, where these tables are filled.
pub fn outline(settings: &Settings, tables: &[Table]) -> Outline {
    let names = Names::new(&settings.schema, &settings.table_names);
    let named = |name: &str| names.relation(name).to_owned();
    let mut outline = Outline { schema: settings.schema.clone(), ..Outline::default() };
    outline.tables.extend(own_tables().into_iter().map(|(table, fields)| (named(table), fields)));
    outline.tables.extend(tables.iter().map(|table| (named(&table.name), filled(table))));
    outline.views.extend(views::fields(&names, tables).into_iter().map(|(view, fields)| (named(&view), fields)));
    outline.sums =
        views::sums(tables).map(|(arguments, result)| Function { name: named("ads_metrics"), arguments, result });
    for (name, from, to, is_to_one) in views::links(&names, tables) {
        outline.links.entry(name).or_default().push(Link { from, to, is_to_one });
    }
    outline
}

/// The columns of a table that the sync fills: all but its key may be NULL.
fn filled(table: &Table) -> Vec<Field> {
    let last_synced = schema::last_synced();
    let columns = table.columns.iter().chain(&table.own_columns).chain(std::iter::once(&last_synced));
    columns
        .map(|column| Field::new(&column.name, column.kind.sql(), !table.is_key(&column.name), &column.comment))
        .collect()
}

/// Our own tables, by our names: what the files of `migrations/` come to.
pub(super) fn own_tables() -> BTreeMap<&'static str, Vec<Field>> {
    let mut tables: BTreeMap<&str, Vec<Field>> = BTreeMap::new();
    let files = MIGRATIONS.iter().chain(&CHANGES).map(|(_, _, file)| *file);
    for file in std::iter::once(LEDGER).chain(files) {
        let lines = file.lines().map(str::trim).filter(|line| !line.starts_with("--"));
        let mut table = None;
        for line in lines {
            if let Some((what, rest)) = ["create table {", "alter table {", "drop table {"]
                .iter()
                .find_map(|what| Some((*what, line.strip_prefix(*what)?)))
            {
                let Some((name, rest)) = rest.split_once('}') else { continue };
                table = Some(name);
                if what.starts_with("drop") {
                    tables.remove(name);
                }
                if let Some(column) = rest.trim().strip_prefix("add column ") {
                    tables.entry(name).or_default().push(field(column));
                }
            } else if let Some(name) = table
                && is_column(line)
            {
                tables.entry(name).or_default().push(field(line.trim_start_matches("add column ")));
            }
            if line.ends_with(';') {
                table = None;
            }
        }
    }
    tables
}

fn is_column(line: &str) -> bool {
    let ends = ["primary key", "unique", ")"];
    !line.is_empty() && !ends.iter().any(|end| line.starts_with(end))
}

/// A column as a file writes it: `failures integer not null default 0,`.
fn field(line: &str) -> Field {
    let line = line.trim_end_matches([',', ';']);
    let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
    let end = [" not null", " default", " primary key"].iter().filter_map(|word| rest.find(word)).min();
    let sql_type = rest.split_at(end.unwrap_or(rest.len())).0;
    let is_nullable = !rest.contains(" not null") && !rest.contains(" primary key");
    Field { has_default: rest.contains(" default"), ..Field::new(name, sql_type, is_nullable, "") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_tables_are_what_their_files_come_to() {
        let tables = own_tables();
        let of = |table: &str, column: &str| {
            let fields = tables.get(table).unwrap_or_else(|| panic!("{table}"));
            fields
                .iter()
                .find(|field| field.name == column)
                .map(|field| (field.sql_type.clone(), field.is_nullable, field.has_default))
        };
        assert_eq!(of("sync_runs", "id"), Some(("uuid".to_owned(), false, false)));
        assert_eq!(of("sync_runs", "accounts"), Some(("text[]".to_owned(), true, false)));
        assert_eq!(of("sync_runs", "request"), Some(("jsonb".to_owned(), true, false)), "added later");
        assert_eq!(of("sync_schedules", "failures"), Some(("integer".to_owned(), false, true)));
        assert_eq!(of("sync_alerts", "urgency"), Some(("smallint".to_owned(), false, true)));
        assert_eq!(of("sync_budgets", "token"), Some(("text".to_owned(), false, false)), "made anew");
        assert_eq!(tables.len(), MIGRATIONS.len() + 1, "and the ledger");
    }
}
