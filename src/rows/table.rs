//! What a table is made of, and a batch of rows for it, column by column.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::report::Report;

/// A table that the sync fills. The store creates, widens and writes it from this alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Our name for it; `[tables]` may give it another in the database.
    pub name: String,
    /// What a reader should know of it; becomes its comment.
    pub comment: String,
    /// Columns that arrive from Meta, in order; a batch has exactly these.
    pub columns: Vec<Column>,
    /// Columns that adsync fills by other ways: roll-up, deletion marks.
    pub own_columns: Vec<Column>,
    /// The primary key, by column name.
    pub key: Vec<&'static str>,
    /// Breakdown columns at the end of the primary key.
    pub key_breakdowns: Vec<String>,
    /// The period of a row where it is no day: like the key, it never changes under one name.
    pub period: Option<&'static str>,
    /// Columns of further indexes, one list each.
    pub indexes: Vec<Vec<&'static str>>,
    /// The report whose rows it holds; `None` for a table of objects.
    pub report: Option<Report>,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: Cow<'static, str>,
    /// Its type.
    pub kind: Kind,
    /// Unit, zone and additivity; becomes its comment.
    pub comment: Cow<'static, str>,
}

/// The types that columns have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `text`.
    Text,
    /// `integer`.
    Integer,
    /// `bigint`.
    BigInt,
    /// `numeric`.
    Numeric,
    /// `date`: a calendar day of the account.
    Date,
    /// `timestamptz`: an instant.
    Timestamptz,
    /// `jsonb`.
    Jsonb,
}

/// The values of one column, one a row.
#[derive(Debug, Clone)]
pub enum Values {
    /// For `text`.
    Text(Vec<Option<String>>),
    /// For `integer`.
    Integer(Vec<Option<i32>>),
    /// For `bigint`.
    BigInt(Vec<Option<i64>>),
    /// For `numeric`.
    Numeric(Vec<Option<Decimal>>),
    /// For `date`.
    Date(Vec<Option<NaiveDate>>),
    /// For `timestamptz`.
    Timestamptz(Vec<Option<DateTime<Utc>>>),
    /// For `jsonb`, as JSON text.
    Jsonb(Vec<Option<String>>),
}

/// One value of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// NULL.
    Null,
    /// For `text`.
    Text(String),
    /// For `integer`.
    Integer(i32),
    /// For `bigint`.
    BigInt(i64),
    /// For `numeric`.
    Numeric(Decimal),
    /// For `date`.
    Date(NaiveDate),
    /// For `timestamptz`.
    Timestamptz(DateTime<Utc>),
    /// For `jsonb`, as JSON text.
    Jsonb(String),
}

/// Rows for one table, column by column, as the database takes them fastest.
#[derive(Debug, Clone)]
pub struct Batch {
    /// One entry for each of the table's columns, in their order.
    pub columns: Vec<Values>,
    len: usize,
    bytes: usize,
}

impl Column {
    /// A column with a comment.
    pub const fn new(name: &'static str, kind: Kind, comment: &'static str) -> Self {
        Self { name: Cow::Borrowed(name), kind, comment: Cow::Borrowed(comment) }
    }
}

impl Kind {
    /// The type's name in SQL.
    pub const fn sql(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::BigInt => "bigint",
            Self::Numeric => "numeric",
            Self::Date => "date",
            Self::Timestamptz => "timestamptz",
            Self::Jsonb => "jsonb",
        }
    }

    fn values(self, capacity: usize) -> Values {
        match self {
            Self::Text => Values::Text(Vec::with_capacity(capacity)),
            Self::Integer => Values::Integer(Vec::with_capacity(capacity)),
            Self::BigInt => Values::BigInt(Vec::with_capacity(capacity)),
            Self::Numeric => Values::Numeric(Vec::with_capacity(capacity)),
            Self::Date => Values::Date(Vec::with_capacity(capacity)),
            Self::Timestamptz => Values::Timestamptz(Vec::with_capacity(capacity)),
            Self::Jsonb => Values::Jsonb(Vec::with_capacity(capacity)),
        }
    }
}

impl Values {
    /// Adds a value. One of another kind than the column's counts as NULL: the table's definition decides.
    fn push(&mut self, cell: Cell) {
        match (self, cell) {
            (Self::Text(values), Cell::Text(value)) => values.push(Some(value)),
            (Self::Integer(values), Cell::Integer(value)) => values.push(Some(value)),
            (Self::BigInt(values), Cell::BigInt(value)) => values.push(Some(value)),
            (Self::Numeric(values), Cell::Numeric(value)) => values.push(Some(value)),
            (Self::Date(values), Cell::Date(value)) => values.push(Some(value)),
            (Self::Timestamptz(values), Cell::Timestamptz(value)) => values.push(Some(value)),
            (Self::Jsonb(values), Cell::Jsonb(value)) => values.push(Some(value)),
            (Self::Text(values) | Self::Jsonb(values), _) => values.push(None),
            (Self::Integer(values), _) => values.push(None),
            (Self::BigInt(values), _) => values.push(None),
            (Self::Numeric(values), _) => values.push(None),
            (Self::Date(values), _) => values.push(None),
            (Self::Timestamptz(values), _) => values.push(None),
        }
    }
}

impl Table {
    /// Every column of the primary key.
    pub fn key_columns(&self) -> impl Iterator<Item = &str> {
        self.key.iter().copied().chain(self.key_breakdowns.iter().map(String::as_str))
    }

    /// Every column of the primary key, in the order in which the table has them.
    pub fn key_in_column_order(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_ref()).filter(|column| self.is_key(column))
    }

    /// Whether a column belongs to the primary key.
    pub fn is_key(&self, column: &str) -> bool {
        self.key_columns().any(|key| key == column)
    }

    /// An empty batch with room for `capacity` rows.
    pub fn batch(&self, capacity: usize) -> Batch {
        Batch { columns: self.columns.iter().map(|column| column.kind.values(capacity)).collect(), len: 0, bytes: 0 }
    }
}

impl Batch {
    /// Adds a row: one cell for each of the table's columns, in their order; cells that lack are NULL.
    pub fn push(&mut self, cells: Vec<Cell>) {
        let mut cells = cells.into_iter();
        for values in &mut self.columns {
            let cell = cells.next().unwrap_or(Cell::Null);
            if let Cell::Text(text) | Cell::Jsonb(text) = &cell {
                self.bytes += text.len();
            }
            values.push(cell);
        }
        self.len += 1;
    }

    /// The bytes of its texts: what makes one batch larger than another of as many rows.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many rows it has.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it has no row.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}
