//! Batches into tables: only new and changed rows are written, and counted exactly.
//!
//! `insert ... select unnest(...), ... where not exists (the same row) on conflict do update`. The conflict clause alone
//! would lock every unchanged row: 717 bytes of WAL each, measured, where the filter before it costs none. Behind the
//! filter it keeps the statement right with two writers. Where no row is held there is nothing to compare with, and the
//! filter is left out.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::NaiveDate;
use sqlx::postgres::PgArguments;
use sqlx::{Arguments, Row};

use crate::rows::catalogue::fields;
use crate::rows::table::{Batch, Table, Values};

use super::TouchLastSynced;
use super::adopt::is_citext;
use super::arrays::Column;
use super::casts::{cast, wire_type};
use super::copy::Copy;
use super::db::{BEGIN_BATCH, Db, Tx};
use super::error::{Class, Error};
use super::leases::Fence;
use super::names::{literal, quote};
use super::read_only::unheard_of;
use super::transact::{SILENT_FOR, answered};

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

/// The statements that write batches into one table, built once.
#[derive(Debug, Clone)]
pub struct Upsert {
    pub(super) source: Arc<Source>,
    /// For rows of which none is held. `None` where the table's types are not ours.
    copy: Option<Copy>,
    plain: Statements,
    /// The same, where figures are missing that Meta forgets before it forgets the day. Only of tables with days.
    of_old_days: Option<Statements>,
    unique_metrics_since: Option<NaiveDate>,
    /// Where a table with days has them.
    date: Option<usize>,
    /// Whether no row is held with which those of a batch could be compared.
    is_new: bool,
    /// What keeps it from writing behind another run's back.
    pub(super) fence: Option<Fence>,
}

/// Two statements for the same rows.
#[derive(Debug, Clone)]
struct Statements {
    /// Compares before it writes.
    compared: Arc<str>,
    /// Takes every row for new; where one is not, it is compared all the same, but costs WAL.
    new: Arc<str>,
}

/// What the statements are built from.
#[derive(Debug)]
pub(super) struct Source {
    /// The table's name, quoted and with its schema.
    pub(super) name: String,
    pub(super) table: Table,
    /// The types that its columns have in the database.
    pub(super) types: HashMap<String, String>,
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
    /// Builds the statements. `types` holds the types that the columns have in the database: an adopted column may be
    /// narrower than ours, and a value is compared as it will be stored, or it would be rewritten for ever. `touch` says
    /// when `last_synced` of a row moves that is there as it is.
    pub fn new(db: &Db, table: &Table, types: &HashMap<String, String>, touch: TouchLastSynced) -> Self {
        let name = db.names.qualified(&table.name);
        let copy = Copy::new(&name, table, types);
        let source = Source { name, table: table.clone(), types: types.clone(), touch };
        let none = BTreeSet::new();
        let (plain, of_old_days) = source.statements(Unfilled { columns: &none, fields: &none });
        let date = table.columns.iter().position(|column| column.name == "date").filter(|_| source.has_days());
        Self {
            source: Arc::new(source),
            copy,
            plain,
            of_old_days,
            unique_metrics_since: None,
            date,
            is_new: false,
            fence: None,
        }
    }

    /// The same, but some columns keep what they hold where nothing arrives.
    pub fn keeping(&self, unfilled: Unfilled<'_>) -> Self {
        let (plain, of_old_days) = self.source.statements(unfilled);
        Self { plain, of_old_days, ..self.clone() }
    }

    /// The same, knowing the first day of which Meta still tells what counts people. On earlier days it comes as
    /// nothing, and what is there stays.
    pub fn with_unique_metrics_since(&self, day: NaiveDate) -> Self {
        Self { unique_metrics_since: Some(day), ..self.clone() }
    }

    /// The same for rows of which none is held.
    pub fn of_new_rows(&self) -> Self {
        Self { is_new: true, ..self.clone() }
    }

    /// The same for a run that holds the account.
    pub fn within(&self, fence: Fence) -> Self {
        Self { fence: Some(fence), ..self.clone() }
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
        let written = db.transact_by(BEGIN_BATCH, together, |mut tx| async {
            tx.fence.clone_from(&self.fence);
            if let Some(copy) = self.copy.as_ref().filter(|_| self.is_new && Copy::takes(batch)) {
                match copy.write(&mut tx, batch).await {
                    Ok(inserted) => return Ok((tx, Counts { inserted, ..Counts::default() })),
                    // One of them is held all the same.
                    Err(error) if error.class == Class::Statement => {
                        tracing::debug!(%error, "rows cannot be copied and are compared");
                        tx.begin_anew(BEGIN_BATCH).await?;
                    }
                    Err(error) => return Err(error),
                }
            }
            let counts = self.write_in(db, &mut tx, batch).await?;
            Ok((tx, counts))
        });
        // What is awaited in many places is no part of all of them.
        Box::pin(written).await
    }

    /// Writes a batch of rows that nobody has, and takes them back: it fails where a true batch would.
    pub(super) async fn rehearse(&self, db: &Db) -> Result<(), Error> {
        let batch = unheard_of(&self.source.table);
        let rehearsed = async {
            let mut tx = db.begin_once().await?;
            tx.begin_anew(BEGIN_BATCH).await?;
            self.write_in(db, &mut tx, &batch).await?;
            Ok(tx.rollback().await?)
        };
        answered(SILENT_FOR, rehearsed).await
    }

    pub(super) async fn write_in(&self, db: &Db, tx: &mut Tx, batch: &Batch) -> Result<Counts, Error> {
        let since = self.unique_metrics_since.filter(|since| self.has_day_before(batch, *since));
        let (statements, since) = match (&self.of_old_days, since) {
            (Some(of_old_days), Some(since)) => (of_old_days, Some(since)),
            _ => (&self.plain, None),
        };
        let columns = || batch.columns.iter().map(Column);
        let mut arguments = PgArguments::default();
        arguments.reserve(batch.columns.len() + 1, columns().map(|column| column.bytes() + 24).sum());
        columns().try_for_each(|column| arguments.add(column)).map_err(sqlx::Error::Encode)?;
        if let Some(since) = since {
            arguments.add(since).map_err(sqlx::Error::Encode)?;
        }
        let sql = if self.is_new { &statements.new } else { &statements.compared };
        let row = db.query_with(sql.as_ref(), arguments).fetch_one(&mut **tx).await?;
        let count = |place: usize| row.try_get::<i64, _>(place).map(|count| u64::try_from(count).unwrap_or(0));
        let (inserted, updated) = (count(0)?, count(1)?);
        let all = u64::try_from(batch.len()).unwrap_or(u64::MAX);
        Ok(Counts { inserted, updated, unchanged: all.saturating_sub(inserted + updated), deleted: 0 })
    }

    fn has_day_before(&self, batch: &Batch, since: NaiveDate) -> bool {
        let Some(Values::Date(days)) = self.date.and_then(|place| batch.columns.get(place)) else { return false };
        days.iter().flatten().any(|day| *day < since)
    }
}

impl Source {
    /// Those for all days of which Meta tells everything, and those for older ones.
    fn statements(&self, unfilled: Unfilled<'_>) -> (Statements, Option<Statements>) {
        let statements = |is_old: bool| {
            let statement = |compares: bool| self.statement(unfilled, is_old, compares).into();
            Statements { compared: statement(true), new: statement(false) }
        };
        (statements(false), self.has_days().then(|| statements(true)))
    }

    fn has_days(&self) -> bool {
        self.table.is_key("date")
    }

    /// The statement. `is_old`: it takes the first day of which Meta tells what counts people behind the columns.
    /// `compares`: rows that are there as they are do not come to the insert.
    fn statement(&self, unfilled: Unfilled<'_>, is_old: bool, compares: bool) -> String {
        let Self { name, table, types, touch } = self;
        let columns: Vec<String> = table.columns.iter().map(|column| quote(&column.name)).collect();
        let list = |prefix: &str, filter: &dyn Fn(&str) -> bool| -> String {
            let picked = table.columns.iter().zip(&columns).filter(|(column, _)| filter(&column.name));
            picked.map(|(_, quoted)| format!("{prefix}{quoted}")).collect::<Vec<_>>().join(", ")
        };
        let first_day = is_old.then(|| format!("${}::date", columns.len() + 1));
        // What a column will hold: of a row that arrived, beside the one that is there.
        let fresh = |column: &str, new: &str, old: &str| -> String {
            if self.has_days() {
                kept(column, new, old, first_day.as_deref(), unfilled)
            } else {
                format!("{new}{}", quote(column))
            }
        };
        // `json` has no equality of its own, and that of `citext` takes two spellings for one.
        let comparable = |value: &dyn Fn(&str) -> String| -> String {
            let picked = table.columns.iter().filter(|column| !table.is_key(&column.name)).map(|column| {
                let as_compared = match types.get(column.name.as_ref()).map(String::as_str) {
                    Some("json") => "::jsonb",
                    Some(actual) if is_citext(actual) => "::text",
                    _ => "",
                };
                format!("{}{as_compared}", value(&column.name))
            });
            picked.collect::<Vec<_>>().join(", ")
        };
        // In the list of a select, where they keep step with each other: behind a `from` each would be put down by itself
        // and read again.
        let arrays = table.columns.iter().zip(&columns).enumerate().map(|(place, (column, quoted))| {
            format!("unnest(${}::{}[]) as {quoted}", place + 1, wire_type(column.kind))
        });
        let casts = table.columns.iter().zip(&columns).map(|(column, quoted)| {
            let actual = types.get(column.name.as_ref()).map_or(column.kind.sql(), String::as_str);
            format!("{} as {quoted}", cast(&format!("u.{quoted}"), column.kind, actual))
        });
        let is_key = |column: &str| table.is_key(column);
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
            TouchLastSynced::Daily if !compares => String::new(),
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
        // One order for all writers (key_order): two that write the same rows wait for each other instead of dying. Of rows
        // that nobody holds there is one writer.
        let filter = format!(
            "where not exists (
                 select from {name} x where {same_key} and ({there}) is not distinct from ({here})
               )
               order by {key_order}",
            same_key = same_key.join(" and "),
        );
        debug_assert!(!assignments.is_empty(), "a table has more than its key");
        format!(
            "with incoming as (
               select {casts} from (select {arrays}) as u
             ), written as (
               insert into {name} as t ({all}, \"last_synced\")
               select {incoming}, now() from incoming i
               {filter}
               on conflict ({key}) do update set {assignments}, \"last_synced\" = excluded.\"last_synced\"
               where ({stored}) is distinct from ({excluded})
               returning (xmax = 0) as inserted
             ){touched}
             select count(*) filter (where inserted), count(*) filter (where not inserted) from written",
            casts = casts.collect::<Vec<_>>().join(", "),
            arrays = arrays.collect::<Vec<_>>().join(", "),
            all = columns.join(", "),
            incoming = list("i.", &|_| true),
            filter = if compares { filter.as_str() } else { "" },
            key = list("", &is_key),
            assignments = assignments.join(", "),
            stored = comparable(&|column| format!("t.{}", quote(column))),
            excluded = comparable(&|column| fresh(column, "excluded.", "t.")),
        )
    }
}

/// A column of an insights row as it will be: what counts people stays on days of which Meta no longer tells it, and what
/// Meta refuses stays as it was told.
fn kept(column: &str, new: &str, old: &str, first_day: Option<&str>, unfilled: Unfilled<'_>) -> String {
    let (name, date) = (quote(column), quote("date"));
    let is_unfilled = unfilled.columns.contains(column);
    let list = |fields: &mut dyn Iterator<Item = &str>| fields.map(literal).collect::<Vec<_>>().join(", ");
    let is_old = first_day.map(|first_day| format!("{new}{date} < {first_day}"));
    if column == "extra" && (is_old.is_some() || is_unfilled) {
        let unique = list(&mut fields::unique_metrics());
        let mut stays = is_old.as_ref().map(|is_old| format!("{is_old} and e.key in ({unique})"));
        let mut applies = is_old.unwrap_or_default();
        if is_unfilled {
            let others = unfilled.fields.iter().map(String::as_str).filter(|field| !fields::is_unique_metric(field));
            let refused = format!("e.key in ({})", list(&mut { others }));
            stays = Some(stays.map_or(refused.clone(), |stays| format!("({stays} or {refused})")));
            applies = "true".to_owned();
        }
        let stays = stays.unwrap_or_default();
        return format!(
            "case when {applies} and {old}{name} is not null then nullif(
               coalesce((select jsonb_object_agg(e.key, e.value) from jsonb_each({old}{name}) as e where {stays}), '{{}}')
               || coalesce({new}{name}, '{{}}'), '{{}}') else {new}{name} end"
        );
    }
    match is_old {
        Some(is_old) if fields::is_unique_metric(column) => {
            format!("case when {is_old} then coalesce({new}{name}, {old}{name}) else {new}{name} end")
        }
        _ if is_unfilled && !fields::is_unique_metric(column) => format!("coalesce({new}{name}, {old}{name})"),
        _ => format!("{new}{name}"),
    }
}
