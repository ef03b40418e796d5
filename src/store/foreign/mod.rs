//! A table that is not ours, filled by somebody's script: its columns, and its rows as text. It is only ever read.

mod held;

use sqlx::Row;

use super::db::Db;
use super::error::Error;
use super::names::quote;
use super::transact::{Alone, latest};

pub use held::{Day, Object, days, objects};

/// A table or view of anybody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreign {
    /// Its schema, unquoted.
    pub schema: String,
    /// Its name, unquoted.
    pub name: String,
    /// Its columns with the types as the server writes them, in their order.
    pub columns: Vec<(String, String)>,
    /// Whether row security hides rows of it from our role.
    pub is_filtered: bool,
}

/// How a column is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// As the server writes it.
    Text,
    /// As a day, `2026-11-20`; of an instant the day of UTC.
    Day,
    /// As an instant, in seconds since 1970.
    Instant,
}

/// Finds a table or view. `None` where there is none of that name.
pub async fn find(db: &Db, schema: &str, name: &str) -> Result<Option<Foreign>, Error> {
    let sql = "select a.attname::text, format_type(a.atttypid, a.atttypmod), row_security_active(c.oid)
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p', 'v', 'm', 'f')
        order by a.attnum";
    let rows = db.query(sql).bind(schema.to_owned()).bind(name.to_owned()).all(db).await?;
    let mut found: Option<Foreign> = None;
    for row in &rows {
        let foreign = match &mut found {
            Some(foreign) => foreign,
            None => found.insert(Foreign {
                schema: schema.to_owned(),
                name: name.to_owned(),
                columns: Vec::new(),
                is_filtered: row.try_get(2)?,
            }),
        };
        foreign.columns.push((row.try_get(0)?, row.try_get(1)?));
    }
    Ok(found)
}

/// Whether one of our tables is there.
pub async fn is_there(db: &Db, table: &str) -> Result<bool, Error> {
    let row = db.query("select to_regclass($1) is not null").bind(db.names.qualified(table)).one(db).await?;
    Ok(row.try_get(0)?)
}

impl Foreign {
    /// Its name as SQL writes it.
    pub fn qualified(&self) -> String {
        format!("{}.{}", quote(&self.schema), quote(&self.name))
    }

    /// The type of one of its columns.
    pub fn kind(&self, column: &str) -> Option<&str> {
        self.columns.iter().find(|(name, _)| name == column).map(|(_, kind)| kind.as_str())
    }

    /// Reads these columns of at most so many of its rows, in no order, in a transaction that may write nothing.
    pub async fn rows(
        &self,
        db: &Db,
        columns: &[(String, Reading)],
        most: usize,
    ) -> Result<Vec<Vec<Option<String>>>, Error> {
        let list = columns.iter().map(|(name, reading)| self.read(name, *reading)).collect::<Vec<_>>().join(", ");
        let sql = format!("select array[{list}]::text[] from {} limit {most}", self.qualified());
        db.transact(latest, |mut tx| async {
            sqlx::raw_sql("set transaction read only").execute(&mut *tx).await?;
            let rows = db.query(sql.clone()).fetch_all(&mut *tx).await?;
            let rows = rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<Vec<Option<String>>>, _>>()?;
            Ok((tx, rows))
        })
        .await
    }

    /// An expression that gives a column as text.
    fn read(&self, column: &str, reading: Reading) -> String {
        let (name, kind) = (quote(column), self.kind(column).unwrap_or_default());
        let has_zone = kind.starts_with("timestamp") && kind.ends_with("with time zone");
        let is_instant = kind.starts_with("timestamp");
        match reading {
            Reading::Day if has_zone => format!("to_char({name} at time zone 'UTC', 'YYYY-MM-DD')"),
            Reading::Day if is_instant => format!("to_char({name}, 'YYYY-MM-DD')"),
            Reading::Instant if is_instant => format!("floor(extract(epoch from {name}))::bigint::text"),
            _ => format!("{name}::text"),
        }
    }
}
