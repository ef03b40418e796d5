//! Rows that come a second time while their slice is read: the later copy is the newer one, and each row is counted once.

use chrono::{DateTime, Utc};
use sqlx::Arguments;
use sqlx::postgres::PgArguments;

use crate::rows::table::Batch;

use super::arrays::Column;
use super::casts::{cast, wire_type};
use super::db::{BEGIN_BATCH, Db, Tx};
use super::error::Error;
use super::names::quote;
use super::upsert::Upsert;

impl Upsert {
    /// Writes rows whose keys were written or found unchanged after `since`, by the database's clock. Returns how many of
    /// them had stood untouched since before that and do no longer: these were counted as unchanged.
    pub async fn write_again(&self, db: &Db, batch: &Batch, since: DateTime<Utc>) -> Result<u64, Error> {
        if batch.is_empty() {
            return Ok(0);
        }
        // What a first try wrote its repetition finds written.
        let written = db.transact_by(BEGIN_BATCH, u64::max, |mut tx| async {
            tx.fence.clone_from(&self.fence);
            let before = self.untouched(db, &mut tx, batch, since).await?;
            self.write_in(db, &mut tx, batch).await?;
            let after = if before > 0 { self.untouched(db, &mut tx, batch, since).await? } else { 0 };
            Ok((tx, before.saturating_sub(after)))
        });
        Box::pin(written).await
    }

    /// How many rows of a batch stand as they did before an instant. Whatever writes a row moves its `last_synced`.
    async fn untouched(&self, db: &Db, tx: &mut Tx, batch: &Batch, since: DateTime<Utc>) -> Result<u64, Error> {
        let (name, table, types) = (&self.source.name, &self.source.table, &self.source.types);
        let keys = || table.columns.iter().zip(&batch.columns).filter(|(column, _)| table.is_key(&column.name));
        let mut arguments = PgArguments::default();
        keys().try_for_each(|(_, values)| arguments.add(Column(values))).map_err(sqlx::Error::Encode)?;
        arguments.add(since).map_err(sqlx::Error::Encode)?;
        let (mut arrays, mut same_key) = (Vec::new(), Vec::new());
        for (place, (column, _)) in (1..).zip(keys()) {
            let quoted = quote(&column.name);
            let actual = types.get(column.name.as_ref()).map_or(column.kind.sql(), String::as_str);
            same_key.push(format!("x.{quoted} = {}", cast(&format!("u.{quoted}"), column.kind, actual)));
            arrays.push(format!("unnest(${place}::{}[]) as {quoted}", wire_type(column.kind)));
        }
        let sql = format!(
            "select count(*) from (select {arrays}) as u join {name} x on {same_key}
             where (x.\"last_synced\" >= ${since}) is not true",
            arrays = arrays.join(", "),
            same_key = same_key.join(" and "),
            since = arrays.len() + 1,
        );
        let row = db.query_with(sql, arguments).fetch_one(&mut **tx).await?;
        Ok(u64::try_from(sqlx::Row::try_get::<i64, _>(&row, 0)?).unwrap_or(0))
    }
}
