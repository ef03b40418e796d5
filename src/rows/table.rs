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
    Text(Texts),
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
    Jsonb(Texts),
}

/// Texts one behind the other: thousands of small pieces would cost more than what stands in them.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    text: String,
    /// How long each is; [`NULL`] where there is none.
    lengths: Vec<u32>,
}

/// The length of no text.
const NULL: u32 = u32::MAX;

/// One value of a row; texts are borrowed from the page as far as they stand there as they are.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell<'a> {
    /// NULL.
    Null,
    /// For `text`.
    Text(Cow<'a, str>),
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
    Jsonb(Cow<'a, str>),
}

/// Rows for one table, column by column, as the database takes them fastest.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// One entry for each of the table's columns, in their order.
    pub columns: Vec<Values>,
    len: usize,
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

    fn values(self, rows: usize) -> Values {
        let texts = || Texts { text: String::new(), lengths: Vec::with_capacity(rows) };
        match self {
            Self::Text => Values::Text(texts()),
            Self::Integer => Values::Integer(Vec::with_capacity(rows)),
            Self::BigInt => Values::BigInt(Vec::with_capacity(rows)),
            Self::Numeric => Values::Numeric(Vec::with_capacity(rows)),
            Self::Date => Values::Date(Vec::with_capacity(rows)),
            Self::Timestamptz => Values::Timestamptz(Vec::with_capacity(rows)),
            Self::Jsonb => Values::Jsonb(texts()),
        }
    }
}

impl Texts {
    /// The texts, in order.
    pub fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        let mut from = 0;
        self.lengths.iter().map(move |length| {
            let length = usize::try_from(*length).ok().filter(|_| *length != NULL)?;
            let text = self.text.get(from..from + length);
            from += length;
            text
        })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.lengths.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.lengths.is_empty()
    }

    /// The bytes of all of them.
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    /// Puts the last text in the place of another, which is taken out.
    fn move_last_to(&mut self, place: usize) {
        let bytes = |length: &u32| usize::try_from(*length).ok().filter(|_| *length != NULL).unwrap_or(0);
        let Some((length, before)) = self.lengths.pop().zip(self.lengths.get(..place)) else { return };
        let from: usize = before.iter().map(bytes).sum();
        let text = self.text.split_off(self.text.len() - bytes(&length));
        if let Some(old) = self.lengths.get_mut(place) {
            self.text.replace_range(from..from + bytes(old), &text);
            *old = length;
        }
    }

    fn push(&mut self, text: Option<&str>) {
        // Half as much again, as a list grows by itself, is half of it in vain.
        let (held, more) = (self.text.len(), text.map_or(0, str::len));
        if self.text.capacity() - held < more {
            self.text.reserve_exact(more + held / 4);
        }
        self.text.push_str(text.unwrap_or_default());
        self.lengths.push(text.map_or(NULL, |text| u32::try_from(text.len()).unwrap_or(NULL)));
    }
}

impl Values {
    /// Adds a value. One of another kind than the column's counts as NULL: the table's definition decides.
    fn push(&mut self, cell: &Cell<'_>) {
        match (self, cell) {
            (Self::Text(values), Cell::Text(value)) | (Self::Jsonb(values), Cell::Jsonb(value)) => {
                values.push(Some(value));
            }
            (Self::Integer(values), Cell::Integer(value)) => values.push(Some(*value)),
            (Self::BigInt(values), Cell::BigInt(value)) => values.push(Some(*value)),
            (Self::Numeric(values), Cell::Numeric(value)) => values.push(Some(*value)),
            (Self::Date(values), Cell::Date(value)) => values.push(Some(*value)),
            (Self::Timestamptz(values), Cell::Timestamptz(value)) => values.push(Some(*value)),
            (Self::Text(values) | Self::Jsonb(values), _) => values.push(None),
            (Self::Integer(values), _) => values.push(None),
            (Self::BigInt(values), _) => values.push(None),
            (Self::Numeric(values), _) => values.push(None),
            (Self::Date(values), _) => values.push(None),
            (Self::Timestamptz(values), _) => values.push(None),
        }
    }

    /// Puts a value in the place of one that is there: it is added, and takes the place of the old one.
    fn replace(&mut self, place: usize, cell: &Cell<'_>) {
        self.push(cell);
        match self {
            Self::Text(values) | Self::Jsonb(values) => values.move_last_to(place),
            Self::Integer(values) => drop(values.swap_remove(place)),
            Self::BigInt(values) => drop(values.swap_remove(place)),
            Self::Numeric(values) => drop(values.swap_remove(place)),
            Self::Date(values) => drop(values.swap_remove(place)),
            Self::Timestamptz(values) => drop(values.swap_remove(place)),
        }
    }

    fn clear(&mut self) {
        match self {
            Self::Text(values) | Self::Jsonb(values) => {
                values.text.clear();
                values.lengths.clear();
            }
            Self::Integer(values) => values.clear(),
            Self::BigInt(values) => values.clear(),
            Self::Numeric(values) => values.clear(),
            Self::Date(values) => values.clear(),
            Self::Timestamptz(values) => values.clear(),
        }
    }
}

impl Cell<'_> {
    /// The same, borrowed from nothing.
    pub fn into_owned(self) -> Cell<'static> {
        match self {
            Self::Null => Cell::Null,
            Self::Text(text) => Cell::Text(text.into_owned().into()),
            Self::Integer(value) => Cell::Integer(value),
            Self::BigInt(value) => Cell::BigInt(value),
            Self::Numeric(value) => Cell::Numeric(value),
            Self::Date(day) => Cell::Date(day),
            Self::Timestamptz(at) => Cell::Timestamptz(at),
            Self::Jsonb(json) => Cell::Jsonb(json.into_owned().into()),
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

    /// An empty batch for about so many rows.
    pub fn batch(&self, rows: usize) -> Batch {
        Batch { columns: self.columns.iter().map(|column| column.kind.values(rows)).collect(), len: 0 }
    }
}

impl Batch {
    /// Adds a row: one cell for each of the table's columns, in their order; cells that lack are NULL.
    pub fn push(&mut self, cells: &[Cell<'_>]) {
        for (place, values) in self.columns.iter_mut().enumerate() {
            values.push(cells.get(place).unwrap_or(&Cell::Null));
        }
        self.len += 1;
    }

    /// Puts a row in the place of one that it has; beyond its rows nothing happens.
    pub fn replace(&mut self, place: usize, cells: &[Cell<'_>]) {
        if place >= self.len {
            return;
        }
        for (column, values) in self.columns.iter_mut().enumerate() {
            values.replace(place, cells.get(column).unwrap_or(&Cell::Null));
        }
    }

    /// Takes all rows out. The room that they took is kept for those that follow.
    pub fn clear(&mut self) {
        self.columns.iter_mut().for_each(Values::clear);
        self.len = 0;
    }

    /// The bytes of its texts: what makes one batch larger than another of as many rows.
    pub fn bytes(&self) -> usize {
        let texts = self.columns.iter().map(|values| match values {
            Values::Text(texts) | Values::Jsonb(texts) => texts.bytes(),
            _ => 0,
        });
        texts.sum()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::adset;

    #[test]
    fn a_row_that_takes_the_place_of_another_leaves_all_others_as_they_are() {
        let table = adset::entity().table;
        let cell = |column: &Column, row: i32| match column.kind {
            Kind::Text if row % 3 == 0 => {
                Cell::Text(format!("ação {row}").repeat(usize::try_from(row).unwrap()).into())
            }
            Kind::Jsonb if row % 2 == 0 => Cell::Jsonb(format!("[{row}]").into()),
            Kind::Integer => Cell::Integer(row),
            Kind::BigInt if row % 2 == 1 => Cell::BigInt(row.into()),
            Kind::Numeric => Cell::Numeric(row.into()),
            Kind::Date => Cell::Date(NaiveDate::from_num_days_from_ce_opt(700_000 + row).unwrap()),
            Kind::Timestamptz => Cell::Timestamptz(DateTime::from_timestamp(row.into(), 0).unwrap()),
            _ => Cell::Null,
        };
        let row = |row: i32| table.columns.iter().map(|column| cell(column, row)).collect::<Vec<_>>();
        let of = |rows: &[i32]| {
            let mut batch = table.batch(0);
            rows.iter().for_each(|number| batch.push(&row(*number)));
            batch
        };
        let written = |batch: &Batch| format!("{:?}", batch.columns);
        for place in 0..4 {
            for number in [4, 5, 6, 9] {
                let (mut batch, mut rows) = (of(&[0, 3, 1, 6]), [0, 3, 1, 6]);
                batch.replace(place, &row(number));
                rows[place] = number;
                assert_eq!((written(&batch), batch.len()), (written(&of(&rows)), 4), "{number} at {place}");
            }
        }
        let mut batch = of(&[1, 2]);
        batch.replace(2, &row(3));
        assert_eq!(written(&batch), written(&of(&[1, 2])), "there is no such row");
    }
}
