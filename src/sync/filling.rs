//! Pages of insights on their way into the table: rows gather until they are worth a batch, and while one is written the next
//! page is already asked for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::meta;
use crate::meta::listing::Listing;
use crate::meta::page::Page;
use crate::rows::report::Days;
use crate::rows::table::{Batch, Cell};
use crate::store;
use crate::store::upsert::{Unfilled, Upsert};

use super::progress::Progress;
use super::report::Failure;
use super::seen::Seen;
use super::slice::Reading;
use super::step::Tally;

/// Bytes of texts in a batch beyond which no page is added to it: rows may be long, and every slice that is read side by side
/// fills a batch.
const BATCH_BYTES: usize = 2_000_000;

/// Empty batches that slices of one report have filled before. The next slice takes the room of one that ended: given back
/// and asked for again, by whatever thread is at it, the same room would be held several times over.
#[derive(Debug, Clone, Default)]
pub(super) struct Rooms(Arc<Mutex<Vec<Batch>>>);

impl Rooms {
    fn lock(&self) -> MutexGuard<'_, Vec<Batch>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Rows that wait until they are a batch, each key once.
#[derive(Debug)]
pub(super) struct Pending {
    /// Where the batch goes in the end.
    rooms: Rooms,
    batch: Batch,
    keys: Vec<u128>,
    /// Rows from which it is worth writing.
    enough: usize,
    /// How many rows are likely to follow; as many as one likes where nobody knows.
    left: usize,
}

impl Pending {
    fn push(&mut self, key: u128, cells: &[Cell<'_>]) {
        self.batch.push(cells);
        self.keys.push(key);
        self.left = self.left.saturating_sub(1);
    }

    /// Puts a later copy of a row in the place of the one that waits. `false` where none does.
    fn replace(&mut self, key: u128, cells: &[Cell<'_>]) -> bool {
        let Some(place) = self.keys.iter().rposition(|known| *known == key) else { return false };
        self.batch.replace(place, cells);
        true
    }

    /// Whether they are worth a batch. Where less than half a one is likely to follow they wait for that: it would cost as
    /// much as a whole one.
    pub(super) fn is_due(&self) -> bool {
        let half = self.enough / 2;
        let enough = if self.left < half { self.enough + half } else { self.enough };
        self.batch.len() >= enough || self.batch.bytes() >= BATCH_BYTES
    }

    fn clear(&mut self) {
        self.batch.clear();
        self.keys.clear();
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.clear();
        let batch = std::mem::take(&mut self.batch);
        self.rooms.lock().push(batch);
    }
}

impl Reading {
    /// Reads a listing to its end.
    pub(super) async fn read_listing(
        &self,
        mut listing: Listing,
        asked: Days,
        seen: &mut Seen,
        tally: &mut Tally,
        progress: &Progress,
    ) -> Result<(), Failure> {
        let mut pending = self.pending(self.expected(asked));
        seen.begin();
        let mut next = listing.next().await?;
        self.arrived.notify_one();
        while let Some(page) = next {
            let repeated = self.fill(&page, asked, &mut pending, seen, tally, progress)?;
            let is_due = page.after().is_none() || pending.is_due();
            drop(page);
            // While one batch is written the next page is already on its way.
            // Where the rows cannot be kept nothing more is asked.
            let ((), following) = tokio::try_join!(
                async {
                    if is_due {
                        self.write_pending(&mut pending, seen, tally).await?;
                    }
                    self.write_again(&repeated, seen, tally).await
                },
                async { Ok(listing.next().await) }
            )?;
            next = match following {
                Ok(following) => following,
                Err(error) => {
                    // What arrived is kept, whatever became of the rest.
                    self.write_pending(&mut pending, seen, tally).await?;
                    return Err(error.into());
                }
            };
        }
        seen.answered(tally.asked(listing.asked()), asked, self.filled.layout.report.increment);
        Ok(())
    }

    /// How many rows some days are likely to have; 0 where nobody knows.
    pub(super) fn expected(&self, days: Days) -> usize {
        let periods = self.filled.layout.report.increment.periods(days).len();
        usize::try_from(self.rows_per_period).unwrap_or(usize::MAX).saturating_mul(periods)
    }

    /// An empty batch for what comes of so many rows.
    pub(super) fn pending(&self, expected: usize) -> Pending {
        let enough = self.db.batch_rows();
        let left = if expected == 0 { usize::MAX } else { expected };
        let room = self.rooms.lock().pop();
        let batch = room.unwrap_or_else(|| self.filled.layout.table.batch(enough));
        Pending { rooms: self.rooms.clone(), batch, keys: Vec::with_capacity(enough), enough, left }
    }

    /// Adds a page's rows to those that wait. Returns those whose key was written before: one statement takes a key only
    /// once, and the later copy is the newer one.
    pub(super) fn fill(
        &self,
        page: &Page,
        asked: Days,
        pending: &mut Pending,
        seen: &mut Seen,
        tally: &mut Tally,
        progress: &Progress,
    ) -> Result<Batch, meta::Error> {
        let insights = self.layout();
        tally.arrived(page.len(), progress);
        tally.warnings.add_many("replaced_character", &insights.table.name, page.replaced());
        let mut again = HashMap::new();
        for row in page.iter() {
            let row = insights.row(&row, asked, &self.account, &self.conversions, &mut tally.warnings);
            let Some(row) = row else { continue };
            tally.unlisted.look(&insights, &row, &self.listings);
            seen.show(&row, insights.object(&row));
            if seen.insert(&row, || insights.figures(&row)) {
                pending.push(row.key, &row.cells);
            } else if !pending.replace(row.key, &row.cells) {
                again.insert(row.key, row.cells);
            }
        }
        let mut repeated = insights.table.batch(again.len());
        again.values().for_each(|cells| repeated.push(cells));
        Ok(repeated)
    }

    /// Writes the rows that wait.
    pub(super) async fn write_pending(
        &self,
        pending: &mut Pending,
        seen: &Seen,
        tally: &mut Tally,
    ) -> Result<(), store::Error> {
        if !pending.batch.is_empty() {
            let upsert = if seen.is_new { self.filled.upsert.of_new_rows() } else { self.upsert() };
            tally.counts.add(upsert.write(&self.db, &pending.batch).await?);
            pending.clear();
        }
        Ok(())
    }

    /// Writes rows whose keys came before. Each was counted then: one that differs now was not left unchanged.
    pub(super) async fn write_again(
        &self,
        repeated: &Batch,
        seen: &Seen,
        tally: &mut Tally,
    ) -> Result<(), store::Error> {
        if !repeated.is_empty() {
            tally.changed_after_all(self.upsert().write_again(&self.db, repeated, seen.since).await?);
        }
        Ok(())
    }

    /// The statement that compares rows with what is held. What is held of fields that Meta refuses stays.
    fn upsert(&self) -> Upsert {
        let layout = self.layout();
        let columns = layout.unfilled();
        if columns.is_empty() {
            return self.filled.upsert.clone();
        }
        self.filled.upsert.keeping(Unfilled { columns: &columns, fields: layout.refused() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::adset;

    /// How many rows are written at a time where so many come, in pages of 500, and so many were expected.
    fn batches(rows: usize, expected: usize) -> Vec<usize> {
        let batch = adset::entity().table.batch(0);
        let left = if expected == 0 { usize::MAX } else { expected };
        let mut pending = Pending { rooms: Rooms::default(), batch, keys: Vec::new(), enough: 2_000, left };
        let mut written = Vec::new();
        for row in 1..=rows {
            pending.push(0, &[]);
            if row == rows || row % 500 == 0 && pending.is_due() {
                written.push(pending.batch.len());
                pending.clear();
            }
        }
        written
    }

    #[test]
    fn no_small_rest_is_left_of_what_is_expected() {
        assert_eq!(batches(2_550, 2_500), [2_550]);
        assert_eq!(batches(8_040, 8_000), [2_000, 2_000, 2_000, 2_040]);
        assert_eq!(batches(3_100, 3_100), [2_000, 1_100]);
        assert_eq!(batches(4_400, 0), [2_000, 2_000, 400], "nobody knew");
        assert_eq!(batches(9_000, 2_000), [3_000, 3_000, 3_000], "many more came");
        assert_eq!(batches(2_100, 8_000), [2_000, 100], "far fewer came");
    }
}
