//! Promises of a user's table that rows from Meta may break: names that are told once only, words of a list, periods that
//! exclude each other. Each such row would end its batch, and every later try.

use sqlx::Row;

use crate::rows::table::Table;

use super::adopt::Refusal;
use super::db::{Db, Tx};
use super::error::Error;
use super::names::quote;

/// What may refuse a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Barrier {
    /// Which promise it is.
    pub promise: Promise,
    /// The name of the constraint or index.
    pub name: String,
    /// Whether it is a constraint, or else an index alone.
    pub is_constraint: bool,
    /// The plain columns of a unique index.
    pub key: Vec<String>,
    /// Every column that counts for it.
    pub columns: Vec<String>,
    /// Columns of the key in which rows differ where nobody fills them; an expression has an empty name.
    pub fresh: Vec<String>,
}

/// What is promised of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promise {
    /// No two have the same.
    Unique,
    /// Each passes a check.
    Check,
    /// No two exclude each other.
    Exclusion,
}

/// Reads what may refuse rows of our schema's tables, each with its table's name.
pub(super) async fn read(db: &Db, tx: &mut Tx) -> Result<Vec<(String, Barrier)>, Error> {
    let rows = db.query(include_str!("barriers.sql")).bind(db.names.schema().to_owned()).fetch_all(&mut **tx).await?;
    let barrier = |row: sqlx::postgres::PgRow| {
        let promise = match row.try_get::<String, _>(1)?.as_str() {
            "unique" => Promise::Unique,
            "check" => Promise::Check,
            _ => Promise::Exclusion,
        };
        let (name, is_constraint) = (row.try_get(2)?, row.try_get(3)?);
        let (key, columns, fresh) = (row.try_get(4)?, row.try_get(5)?, row.try_get(6)?);
        Ok((row.try_get(0)?, Barrier { promise, name, is_constraint, key, columns, fresh }))
    };
    rows.into_iter().map(barrier).collect()
}

/// Which of a table's promises rows of ours may break, each with the statement that takes it back. `schema` and `qualified`
/// are the schema's and the table's name in SQL.
pub(super) fn judge(table: &Table, schema: &str, qualified: &str, barriers: &[Barrier]) -> Vec<Refusal> {
    barriers.iter().filter_map(|barrier| barrier.refusal(table, schema, qualified)).collect()
}

impl Barrier {
    fn refusal(&self, table: &Table, schema: &str, qualified: &str) -> Option<Refusal> {
        let is_ours = |column: &&String| {
            let all = table.columns.iter().chain(&table.own_columns).map(|ours| ours.name.as_ref());
            all.chain(["last_synced"]).any(|ours| ours == column.as_str())
        };
        let holds_our_key = || table.key_columns().all(|column| self.key.iter().any(|there| there == column));
        let ours: Vec<String> = self.columns.iter().filter(is_ours).map(|column| quote(column)).collect();
        let name = quote(&self.name);
        let reason = match self.promise {
            Promise::Unique if holds_our_key() => return None,
            Promise::Unique if ours.is_empty() && !self.fresh.is_empty() => return None,
            Promise::Unique if ours.is_empty() => {
                format!(
                    "{name} refuses a second row that adsync adds to {qualified}, because none differs in what it compares"
                )
            }
            Promise::Check | Promise::Exclusion if ours.is_empty() => return None,
            Promise::Unique => format!(
                "{name} makes {} of {qualified} unique, and Meta gives several objects the same",
                ours.join(", ")
            ),
            Promise::Check => {
                format!("the check {name} on {} of {qualified} refuses what Meta may send", ours.join(", "))
            }
            Promise::Exclusion => {
                format!(
                    "{name} lets rows of {qualified} exclude each other by {}, and Meta sends them all",
                    ours.join(", ")
                )
            }
        };
        let cure = match self.is_constraint {
            true => format!("alter table {qualified} drop constraint {name};"),
            false => format!("drop index {schema}.{name};"),
        };
        Some(Refusal { reason, cure })
    }
}
