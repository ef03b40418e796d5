//! Rows that nobody holds, by `COPY`: it takes the server half as much as the same rows by `insert`.

use std::collections::HashMap;
use std::slice::Iter;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::error::BoxDynError;
use sqlx::postgres::PgArgumentBuffer;
use sqlx::{Encode, Postgres};

use crate::rows::table::{Batch, Table, Values};

use super::arrays::{push_length, write_number};
use super::db::Tx;
use super::error::Error;
use super::names::quote;

/// What the binary format begins with: its mark, no flags, nothing further.
const HEAD: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// The number of columns that ends it.
const END: i16 = -1;
/// Bytes that are sent at once. A batch is never in memory a second time as a whole, and so many at the least come last: see
/// [`Copy::takes`].
const AT_ONCE: usize = 64 * 1024;

/// The statement that copies batches into one table.
#[derive(Debug, Clone)]
pub(super) struct Copy(Arc<str>);

impl Copy {
    /// Builds it for a table of this name in SQL. `None` where a column has another type than ours, since nothing is cast.
    pub(super) fn new(name: &str, table: &Table, types: &HashMap<String, String>) -> Option<Self> {
        let is_ours = |(column, kind): (&str, &str)| types.get(column).is_none_or(|actual| actual == kind);
        let columns = || table.columns.iter().map(|column| (column.name.as_ref(), column.kind.sql()));
        columns().chain([("last_synced", "timestamptz")]).all(is_ours).then(|| {
            let columns: Vec<String> = columns().map(|(column, _)| quote(column)).collect();
            let columns = columns.join(", ");
            Self(format!("copy {name} ({columns}, \"last_synced\") from stdin (format binary)").into())
        })
    }

    /// Whether a batch is large enough. sqlx 0.9.0 leaves Nagle's algorithm on (mended in its pull request 4336, not yet
    /// released): behind a last message that fits one segment, as large as 64 KiB on loopback, the word that the copy is
    /// done waits until the server acknowledges that segment, and a server that waits for the word takes 40 ms to do so. What
    /// takes two segments is acknowledged as it is read.
    ///
    /// Reckoned is what a batch has at the least: its texts, the width of every row, the length of every value.
    pub(super) fn takes(batch: &Batch) -> bool {
        batch.bytes() + batch.len() * (2 + 4 * (batch.columns.len() + 1)) >= AT_ONCE
    }

    /// Writes a batch within a transaction. Returns how many rows it has. One that is held already is an error.
    pub(super) async fn write(&self, tx: &mut Tx, batch: &Batch) -> Result<u64, Error> {
        let now = tx.now;
        let mut columns: Vec<Column<'_>> = batch.columns.iter().map(Column::of).collect();
        let width = i16::try_from(columns.len() + 1).unwrap_or(i16::MAX);
        let mut buffer = PgArgumentBuffer::default();
        buffer.extend_from_slice(HEAD);
        let mut copy = tx.copy_in_raw(&self.0).await?;
        for _ in 0..batch.len() {
            buffer.extend_from_slice(&width.to_be_bytes());
            columns.iter_mut().try_for_each(|column| column.write_next(&mut buffer)).map_err(sqlx::Error::Encode)?;
            write(&mut buffer, now.as_ref()).map_err(sqlx::Error::Encode)?;
            if buffer.len() >= 2 * AT_ONCE {
                copy.send(buffer.split_at(AT_ONCE).0).await?;
                buffer.drain(..AT_ONCE);
            }
        }
        buffer.extend_from_slice(&END.to_be_bytes());
        copy.send(buffer.as_slice()).await?;
        Ok(copy.finish().await?)
    }
}

/// The values of a column that are still to be written.
enum Column<'a> {
    Text(Box<dyn Iterator<Item = Option<&'a str>> + Send + 'a>),
    Jsonb(Box<dyn Iterator<Item = Option<&'a str>> + Send + 'a>),
    Integer(Iter<'a, Option<i32>>),
    BigInt(Iter<'a, Option<i64>>),
    Numeric(Iter<'a, Option<Decimal>>),
    Date(Iter<'a, Option<NaiveDate>>),
    Timestamptz(Iter<'a, Option<DateTime<Utc>>>),
}

impl<'a> Column<'a> {
    fn of(values: &'a Values) -> Self {
        match values {
            Values::Text(texts) => Self::Text(Box::new(texts.iter())),
            Values::Jsonb(texts) => Self::Jsonb(Box::new(texts.iter())),
            Values::Integer(values) => Self::Integer(values.iter()),
            Values::BigInt(values) => Self::BigInt(values.iter()),
            Values::Numeric(values) => Self::Numeric(values.iter()),
            Values::Date(values) => Self::Date(values.iter()),
            Values::Timestamptz(values) => Self::Timestamptz(values.iter()),
        }
    }

    fn write_next(&mut self, buffer: &mut PgArgumentBuffer) -> Result<(), BoxDynError> {
        match self {
            Self::Text(texts) => {
                let text = texts.next().flatten();
                push_length(buffer, text.map(str::len))?;
                buffer.extend_from_slice(text.unwrap_or_default().as_bytes());
            }
            // The same text behind the number of its version.
            Self::Jsonb(texts) => match texts.next().flatten() {
                Some(json) => {
                    push_length(buffer, Some(json.len() + 1))?;
                    buffer.push(1);
                    buffer.extend_from_slice(json.as_bytes());
                }
                None => push_length(buffer, None)?,
            },
            Self::Numeric(numbers) => match numbers.next().and_then(Option::as_ref) {
                Some(number) => write_number(buffer, number)?,
                None => push_length(buffer, None)?,
            },
            Self::Integer(values) => write(buffer, values.next().and_then(Option::as_ref))?,
            Self::BigInt(values) => write(buffer, values.next().and_then(Option::as_ref))?,
            Self::Date(values) => write(buffer, values.next().and_then(Option::as_ref))?,
            Self::Timestamptz(values) => write(buffer, values.next().and_then(Option::as_ref))?,
        }
        Ok(())
    }
}

/// Writes a value of a size that is always the same.
fn write<'q, T: Encode<'q, Postgres>>(buffer: &mut PgArgumentBuffer, value: Option<&T>) -> Result<(), BoxDynError> {
    push_length(buffer, value.map(Encode::size_hint))?;
    if let Some(value) = value {
        // None of these is ever NULL by itself.
        let _is_null = value.encode_by_ref(buffer)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::adset;

    #[test]
    fn a_table_is_copied_into_where_all_its_types_are_ours() {
        let table = adset::entity().table;
        let mut types = HashMap::from([("name".to_owned(), "text".to_owned())]);
        let copy = Copy::new("\"public\".\"adsets\"", &table, &types).unwrap();
        assert!(copy.0.starts_with("copy \"public\".\"adsets\" (\"id\", "), "{}", copy.0);
        assert!(copy.0.ends_with(", \"last_synced\") from stdin (format binary)"), "{}", copy.0);
        for (column, actual) in [("name", "character varying(120)"), ("last_synced", "timestamp(3) with time zone")] {
            let before = types.insert(column.to_owned(), actual.to_owned());
            assert!(Copy::new("adsets", &table, &types).is_none(), "{column}");
            types.remove(column);
            types.extend(before.map(|before| (column.to_owned(), before)));
        }
    }
}
