//! Whether the database takes no rows just now, full or read-only: what is known of it, and the rehearsal of a write that
//! finds out when that is over.

use chrono::{DateTime, Days, NaiveDate};
use rust_decimal::Decimal;
use tokio::sync::watch;

use crate::rows::table::{Batch, Cell, Column, Kind, Table};

use super::db::Db;
use super::error::Error;
use super::upsert::Upsert;

/// Rows that a rehearsal writes into each table, as many as a batch of a run.
const ROWS: usize = 2_000;

/// What keeps the database from taking rows, where it is known to take none.
pub(super) type ReadOnly = watch::Sender<Option<Error>>;

impl Db {
    /// Fails where the database is known to take no rows: what is asked for then could not be kept.
    pub fn must_take_rows(&self) -> Result<(), Error> {
        self.read_only.borrow().clone().map_or(Ok(()), Err)
    }

    /// Why the database takes no rows, as that changes.
    pub fn read_only(&self) -> watch::Receiver<Option<Error>> {
        self.read_only.subscribe()
    }

    /// Notes that it takes no rows, not on another connection either. That holds until a rehearsal succeeds.
    pub fn hold(&self, error: &Error) {
        if self.read_only.send_if_modified(|known| known.is_none() && known.replace(error.clone()).is_none()) {
            tracing::warn!(
                class = error.class.as_str(), %error, advice = error.class.advice(),
                "the database takes no rows: runs end, and none begins until a write works again"
            );
        }
    }

    /// Tries a write into each of these tables, as large as a batch, and takes it back. Where all of them work the database
    /// takes rows again.
    pub async fn rehearse(&self, tables: &[&Upsert]) -> Result<(), Error> {
        for table in tables {
            match table.rehearse(self).await {
                Err(error) if error.class.stops_everything() || error.class.is_retried() => {
                    // The next one may be better off with another connection.
                    self.note(&error);
                    return Err(error);
                }
                // A table that wants other rows than these takes rows all the same.
                Ok(()) | Err(_) => {}
            }
        }
        if self.read_only.send_replace(None).is_some() {
            tracing::info!("the database takes rows again");
        }
        Ok(())
    }
}

/// Rows that no account has, with something in every column.
pub(super) fn unheard_of(table: &Table) -> Batch {
    let mut batch = table.batch(ROWS);
    for number in (0_u32..).take(ROWS) {
        let cell = |column: &Column| -> Cell<'static> {
            match column.kind {
                Kind::Text => Cell::Text(number.to_string().into()),
                Kind::Integer => Cell::Integer(0),
                Kind::BigInt => Cell::BigInt(number.into()),
                Kind::Numeric => Cell::Numeric(Decimal::ZERO),
                Kind::Date => Cell::Date(NaiveDate::default() + Days::new(number.into())),
                Kind::Timestamptz => Cell::Timestamptz(DateTime::UNIX_EPOCH),
                Kind::Jsonb => Cell::Jsonb("{}".into()),
            }
        };
        batch.push(&table.columns.iter().map(cell).collect::<Vec<_>>());
    }
    batch
}
