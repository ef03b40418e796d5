//! Batches into tables: only new and changed rows are written, and counted exactly.
//!
//! `insert ... select from unnest(...) where not exists (the same row) on conflict do update`. The conflict clause alone
//! would lock every unchanged row: 717 bytes of WAL each, measured, where the filter before it costs none. Behind the
//! filter it keeps the statement right with two writers.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use sqlx::Row;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;

use crate::rows::catalogue::fields;
use crate::rows::table::{Batch, Kind, Table, Values};

use super::TouchLastSynced;
use super::db::{Db, Tx};
use super::error::Error;
use super::names::{literal, quote};
use super::read_only::unheard_of;
use super::transact::{SILENT_FOR, answered};

/// Rows of a batch at the least: from there on a larger one costs the server no less a row.
const FEWEST_ROWS: u128 = 1_000;
/// Rows of a batch at the most. A transaction of these takes the server a tenth of a second.
const MOST_ROWS: u128 = 4_000;
/// Rows for every millisecond of the round trip. A batch is four exchanges, and a row takes the server 20 microseconds: so
/// the way takes no more than half as long as the work.
const ROWS_PER_MS: u128 = 400;

/// How many rows are written at once at a distance.
pub(super) fn rows_at_once(round_trip: Duration) -> usize {
    let rows = (round_trip.as_micros() * ROWS_PER_MS / 1_000).clamp(FEWEST_ROWS, MOST_ROWS);
    usize::try_from(rows).unwrap_or(1_000)
}

/// How many rows a batch changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows that were not there.
    pub inserted: u64,
    /// Rows that were there and differed.
    pub updated: u64,
    /// Rows that were there as they are.
    pub unchanged: u64,
    /// Rows that Meta no longer reports.
    pub deleted: u64,
}

impl Counts {
    /// Adds another's figures.
    pub fn add(&mut self, other: Self) {
        self.inserted += other.inserted;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.deleted += other.deleted;
    }
}

/// The statement that writes batches into one table, built once.
#[derive(Debug, Clone)]
pub struct Upsert {
    sql: Arc<str>,
    source: Arc<Source>,
    /// Whether the table has days and, on them, figures that Meta forgets before it forgets the day.
    has_unique_metrics: bool,
    unique_metrics_since: Option<NaiveDate>,
}

/// What the statement is built from.
#[derive(Debug)]
struct Source {
    /// The table's name, quoted and with its schema.
    name: String,
    table: Table,
    types: HashMap<String, String>,
    touch: TouchLastSynced,
}

/// Columns that keep what they hold where nothing arrives for them, and the fields that do not arrive.
#[derive(Debug, Clone, Copy)]
pub struct Unfilled<'a> {
    /// The columns.
    pub columns: &'a BTreeSet<String>,
    /// Fields that Meta refuses: of `extra` these stay.
    pub fields: &'a BTreeSet<String>,
}

impl Upsert {
    /// Builds the statement. `types` holds the types that the columns have in the database: an adopted column may be
    /// narrower than ours, and a value is compared as it will be stored, or it would be rewritten for ever. `touch` says
    /// when `last_synced` of a row moves that is there as it is.
    pub fn new(db: &Db, table: &Table, types: &HashMap<String, String>, touch: TouchLastSynced) -> Self {
        let name = db.names.qualified(&table.name);
        let source = Source { name, table: table.clone(), types: types.clone(), touch };
        let none = BTreeSet::new();
        let sql = source.sql(Unfilled { columns: &none, fields: &none });
        let has_unique_metrics = table.is_key("date");
        Self { sql: sql.into(), source: Arc::new(source), has_unique_metrics, unique_metrics_since: None }
    }

    /// The same, but some columns keep what they hold where nothing arrives.
    pub fn keeping(&self, unfilled: Unfilled<'_>) -> Self {
        Self { sql: self.source.sql(unfilled).into(), ..self.clone() }
    }

    /// The same, knowing the first day of which Meta still tells what counts people. On earlier days it comes as
    /// nothing, and what is there stays.
    pub fn with_unique_metrics_since(&self, day: NaiveDate) -> Self {
        Self { unique_metrics_since: Some(day), ..self.clone() }
    }

    /// Writes a batch in a transaction of its own, again where the database was unwell for a moment. Its keys must differ
    /// from each other.
    pub async fn write(&self, db: &Db, batch: &Batch) -> Result<Counts, Error> {
        if batch.is_empty() {
            return Ok(Counts::default());
        }
        // What a first try wrote its repetition finds unchanged.
        let together =
            |earlier: Counts, later: Counts| if later.inserted + later.updated > 0 { later } else { earlier };
        db.transact(together, |mut tx| async {
            let counts = self.write_in(db, &mut tx, batch).await?;
            Ok((tx, counts))
        })
        .await
    }

    /// Writes a batch of rows that nobody has, and takes them back: it fails where a true batch would.
    pub(super) async fn rehearse(&self, db: &Db) -> Result<(), Error> {
        let batch = unheard_of(&self.source.table, db.rows_at_once);
        let rehearsed = async {
            let mut tx = db.begin_once().await?;
            self.write_in(db, &mut tx, &batch).await?;
            Ok(tx.rollback().await?)
        };
        answered(SILENT_FOR, rehearsed).await
    }

    async fn write_in(&self, db: &Db, tx: &mut Tx, batch: &Batch) -> Result<Counts, Error> {
        let mut query = batch.columns.iter().fold(db.query(self.sql.as_ref()), bind);
        if self.has_unique_metrics {
            query = query.bind(self.unique_metrics_since);
        }
        let row = query.fetch_one(&mut **tx).await?;
        let count = |place: usize| row.try_get::<i64, _>(place).map(|count| u64::try_from(count).unwrap_or(0));
        let (inserted, updated) = (count(0)?, count(1)?);
        let all = u64::try_from(batch.len()).unwrap_or(u64::MAX);
        Ok(Counts { inserted, updated, unchanged: all.saturating_sub(inserted + updated), deleted: 0 })
    }
}

impl Source {
    fn sql(&self, unfilled: Unfilled<'_>) -> String {
        let Self { name, table, types, touch } = self;
        let columns: Vec<String> = table.columns.iter().map(|column| quote(&column.name)).collect();
        let list = |prefix: &str, filter: &dyn Fn(&str) -> bool| -> String {
            let picked = table.columns.iter().zip(&columns).filter(|(column, _)| filter(&column.name));
            picked.map(|(_, quoted)| format!("{prefix}{quoted}")).collect::<Vec<_>>().join(", ")
        };
        let has_unique_metrics = table.is_key("date");
        let first_day = format!("${}::date", columns.len() + 1);
        // What a column will hold: of a row that arrived, beside the one that is there.
        let fresh = |column: &str, new: &str, old: &str| -> String {
            if has_unique_metrics {
                kept(column, new, old, &first_day, unfilled)
            } else {
                format!("{new}{}", quote(column))
            }
        };
        // `json` has no equality of its own.
        let comparable = |value: &dyn Fn(&str) -> String| -> String {
            let picked = table.columns.iter().filter(|column| !table.is_key(&column.name)).map(|column| {
                let is_json = types.get(column.name.as_ref()).is_some_and(|actual| actual == "json");
                format!("{}{}", value(&column.name), if is_json { "::jsonb" } else { "" })
            });
            picked.collect::<Vec<_>>().join(", ")
        };
        let arrays: Vec<String> = table
            .columns
            .iter()
            .enumerate()
            .map(|(place, column)| format!("${}::{}[]", place + 1, wire_type(column.kind)))
            .collect();
        let casts: Vec<String> = table
            .columns
            .iter()
            .zip(&columns)
            .map(|(column, quoted)| {
                let actual = types.get(column.name.as_ref()).map_or(column.kind.sql(), String::as_str);
                format!("{} as {quoted}", cast(&format!("u.{quoted}"), column.kind, actual))
            })
            .collect();
        let is_key = |column: &str| table.is_key(column);
        let is_value = |column: &str| !table.is_key(column);
        let same_key: Vec<String> = table.key_columns().map(|column| format!("x.{0} = i.{0}", quote(column))).collect();
        let assignments: Vec<String> = table
            .columns
            .iter()
            .zip(&columns)
            .filter(|(column, _)| !table.is_key(&column.name))
            .map(|(column, quoted)| format!("{quoted} = {}", fresh(&column.name, "excluded.", "t.")))
            .collect();
        let there = comparable(&|column| format!("x.{}", quote(column)));
        let here = comparable(&|column| fresh(column, "i.", "x."));
        let key_order = list("i.", &is_key);
        let touched = match touch {
            TouchLastSynced::OnChange => String::new(),
            // The first time on a day of UTC that it is seen. What is written in this statement differs, so no row is both.
            TouchLastSynced::Daily => format!(
                ", touched as (
               update {name} as t set \"last_synced\" = now()
               from (
                 select {key_order} from incoming i join {name} x on {same_key}
                 where ({there}) is not distinct from ({here})
                   and (x.\"last_synced\" < date_trunc('day', now(), 'UTC')) is not false
                 order by {key_order} for update of x
               ) i
               where {}
             )",
                table
                    .key_columns()
                    .map(|column| format!("t.{0} = i.{0}", quote(column)))
                    .collect::<Vec<_>>()
                    .join(" and "),
                same_key = same_key.join(" and "),
            ),
        };
        let sql = format!(
            "with incoming as (
               select {casts} from unnest({arrays}) as u({all})
             ), written as (
               insert into {name} as t ({all}, \"last_synced\")
               select {incoming}, now() from incoming i
               where not exists (
                 select from {name} x where {same_key} and ({there}) is not distinct from ({here})
               )
               order by {key_order}
               on conflict ({key}) do update set {assignments}, \"last_synced\" = excluded.\"last_synced\"
               where ({stored}) is distinct from ({excluded})
               returning (xmax = 0) as inserted
             ){touched}
             select count(*) filter (where inserted), count(*) filter (where not inserted) from written",
            casts = casts.join(", "),
            arrays = arrays.join(", "),
            all = columns.join(", "),
            incoming = list("i.", &|_| true),
            same_key = same_key.join(" and "),
            // One order for all writers (key_order): two that write the same rows wait for each other instead of dying.
            key = list("", &is_key),
            assignments = assignments.join(", "),
            stored = comparable(&|column| format!("t.{}", quote(column))),
            excluded = comparable(&|column| fresh(column, "excluded.", "t.")),
        );
        debug_assert!(!list("", &is_value).is_empty(), "a table has more than its key");
        sql
    }
}

/// A column of an insights row as it will be: what counts people stays on days of which Meta no longer tells it, and what
/// Meta refuses stays as it was told.
fn kept(column: &str, new: &str, old: &str, first_day: &str, unfilled: Unfilled<'_>) -> String {
    let (name, date) = (quote(column), quote("date"));
    let is_unfilled = unfilled.columns.contains(column);
    let list = |fields: &mut dyn Iterator<Item = &str>| fields.map(literal).collect::<Vec<_>>().join(", ");
    if column == "extra" {
        let unique = list(&mut fields::unique_metrics());
        let mut stays = format!("{new}{date} < {first_day} and e.key in ({unique})");
        let mut applies = format!("{new}{date} < {first_day}");
        if is_unfilled {
            let others = unfilled.fields.iter().map(String::as_str).filter(|field| !fields::is_unique_metric(field));
            let refused = list(&mut { others });
            (stays, applies) = (format!("({stays} or e.key in ({refused}))"), "true".to_owned());
        }
        format!(
            "case when {applies} and {old}{name} is not null then nullif(
               coalesce((select jsonb_object_agg(e.key, e.value) from jsonb_each({old}{name}) as e where {stays}), '{{}}')
               || coalesce({new}{name}, '{{}}'), '{{}}') else {new}{name} end"
        )
    } else if fields::is_unique_metric(column) {
        format!("case when {new}{date} < {first_day} then coalesce({new}{name}, {old}{name}) else {new}{name} end")
    } else if is_unfilled {
        format!("coalesce({new}{name}, {old}{name})")
    } else {
        format!("{new}{name}")
    }
}

fn bind(
    query: Query<'static, sqlx::Postgres, PgArguments>,
    values: &Values,
) -> Query<'static, sqlx::Postgres, PgArguments> {
    match values {
        Values::Text(values) | Values::Jsonb(values) => query.bind(values),
        Values::Integer(values) => query.bind(values),
        Values::BigInt(values) => query.bind(values),
        Values::Numeric(values) => query.bind(values),
        Values::Date(values) => query.bind(values),
        Values::Timestamptz(values) => query.bind(values),
    }
}

/// The type that a column's values travel as. JSON travels as text: its binary form is the same text behind one byte.
const fn wire_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Jsonb => "text",
        _ => kind.sql(),
    }
}

/// A value as the column will hold it. What does not fit a narrower adopted column is NULL rather than the end of its batch.
pub(super) fn cast(value: &str, kind: Kind, actual: &str) -> String {
    if actual == kind.sql() && kind != Kind::Jsonb {
        return value.to_owned();
    }
    match actual {
        "integer" if kind == Kind::BigInt => {
            format!("case when {value} between -2147483648 and 2147483647 then {value}::integer end")
        }
        _ => match bound_of(actual) {
            Some(bound) => format!("case when abs({value}) < {bound} then {value}::{actual} end"),
            None => format!("{value}::{actual}"),
        },
    }
}

/// A sum of counts as a `bigint`, NULL where it is more than one holds.
pub(super) fn within_64_bits(value: &str) -> String {
    format!("(case when {value} between {} and {} then {value}::bigint end)", i64::MIN, i64::MAX)
}

/// The first number that is too large for a `numeric(p,s)`: after rounding it would have a digit more.
fn bound_of(actual: &str) -> Option<String> {
    let (precision, scale) = actual.strip_prefix("numeric(")?.strip_suffix(')')?.split_once(',')?;
    let (precision, scale): (i32, i32) = (precision.trim().parse().ok()?, scale.trim().parse().ok()?);
    Some(format!("10::numeric ^ {} - 0.5 * 10::numeric ^ {}", precision - scale, -scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_farther_the_server_the_more_rows_are_written_at_once() {
        let rows = [0, 2, 5, 9, 30, 5_000].map(|ms| rows_at_once(Duration::from_millis(ms)));
        assert_eq!(rows, [1_000, 1_000, 2_000, 3_600, 4_000, 4_000]);
    }
}
