//! How an object of the API becomes a row: which field fills which column.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::value::RawValue;

use crate::meta::AccountId;
use crate::meta::page::{Json, RawRow};

use super::table::{Cell, Column, Kind, Table};
use super::value::{self, Warnings};

/// A table of objects: its columns and where each comes from.
#[derive(Debug, Clone)]
pub struct Entity {
    /// The table.
    pub table: Table,
    sources: Vec<Source>,
}

/// Where a column's value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A field of the object.
    Field(&'static str),
    /// A field of an object within it.
    Within(&'static str, &'static str),
    /// The account's digits, which Meta repeats in every object.
    Account,
    /// What the configuration says of it.
    Given(&'static str),
    /// When it was found deleted.
    DeletedAt,
    /// The whole object, where `store_raw` asks for it.
    Raw,
}

/// What an object's row holds beyond the object.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// The account that was asked.
    pub account: &'a AccountId,
    /// Values of `Source::Given`, by name.
    pub texts: &'a [(&'static str, Option<&'a str>)],
    /// When the object was found deleted.
    pub deleted_at: Option<DateTime<Utc>>,
    /// Whether the whole object is kept.
    pub store_raw: bool,
}

impl Entity {
    /// Builds an entity's table from one line per column.
    pub fn new(
        name: &'static str,
        comment: &'static str,
        columns: &[(&'static str, Kind, Source, &'static str)],
        own_columns: Vec<Column>,
        indexes: Vec<Vec<&'static str>>,
    ) -> Self {
        let table = Table {
            name: name.to_owned(),
            comment: comment.to_owned(),
            columns: columns.iter().map(|(name, kind, _, comment)| Column::new(name, *kind, comment)).collect(),
            own_columns,
            key: vec!["id"],
            key_breakdowns: Vec::new(),
            period: None,
            indexes,
            report: None,
        };
        Self { table, sources: columns.iter().map(|(_, _, source, _)| *source).collect() }
    }

    /// The fields to ask for, comma-separated.
    pub fn fields(&self) -> String {
        let mut fields: Vec<String> = Vec::new();
        for source in &self.sources {
            let field = match source {
                Source::Field(field) => (*field).to_owned(),
                Source::Within(outer, inner) => format!("{outer}{{{inner}}}"),
                Source::Account => "account_id".to_owned(),
                Source::Given(_) | Source::DeletedAt | Source::Raw => continue,
            };
            if !fields.contains(&field) {
                fields.push(field);
            }
        }
        fields.join(",")
    }

    /// Turns one object into a row. `None` where it has no id: such a row belongs nowhere.
    pub fn row<'a>(
        &self,
        object: &RawRow<'a>,
        given: Given<'a>,
        warnings: &mut Warnings,
    ) -> Option<(Cow<'a, str>, Vec<Cell<'a>>)> {
        let id = object.get("id").and_then(|raw| value::text(raw.get())).filter(|id| !id.is_empty());
        let Some(id) = id else {
            warnings.add("row_without_key", &self.table.name);
            return None;
        };
        let cells = self
            .sources
            .iter()
            .zip(&self.table.columns)
            .map(|(source, column)| match source {
                Source::Field(field) => read(object.get(field), column.kind, field, warnings),
                Source::Within(outer, inner) => {
                    let inside = object.get(outer).and_then(|outer| value::member(outer, inner));
                    read(inside, column.kind, inner, warnings)
                }
                Source::Account => Cell::Text(given.account.digits().into()),
                Source::Given(name) => {
                    let text = given.texts.iter().find(|(given, _)| given == name).and_then(|(_, text)| *text);
                    text.map_or(Cell::Null, |text| Cell::Text(text.into()))
                }
                Source::DeletedAt => given.deleted_at.map_or(Cell::Null, Cell::Timestamptz),
                Source::Raw if given.store_raw => whole(object).unwrap_or(Cell::Null),
                Source::Raw => Cell::Null,
            })
            .collect();
        Some((id, cells))
    }
}

/// Reads one field. Absent is NULL; what is there and cannot be read is NULL and counted.
fn read<'a>(raw: Option<Json<'a>>, kind: Kind, field: &str, warnings: &mut Warnings) -> Cell<'a> {
    let Some(raw) = raw else { return Cell::Null };
    value::cell(raw, kind).unwrap_or_else(|| {
        warnings.add("unreadable_value", field);
        Cell::Null
    })
}

/// All of an object, in one order.
fn whole(object: &RawRow<'_>) -> Option<Cell<'static>> {
    let fields: BTreeMap<&str, &RawValue> = object
        .fields()
        .map(|(name, raw)| Some((name, serde_json::from_str(raw.get()).ok()?)))
        .collect::<Option<_>>()?;
    let json = serde_json::to_string(&fields).ok()?;
    Some(value::cell(Json::of(&json), Kind::Jsonb)?.into_owned())
}
