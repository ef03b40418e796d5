//! One slice of insights: pages stream into batches, and what was read to its end is completed in one transaction.

use std::collections::HashSet;
use std::sync::Arc;

use uuid::Uuid;

use crate::meta::Session;
use crate::meta::insights::InsightsQuery;
use crate::meta::page::Page;
use crate::meta::{self, AccountId};
use crate::rows::insights::Insights;
use crate::rows::report::{Conversions, Days, Increment};
use crate::rows::table::Batch;
use crate::store::coverage::{self, ReadToEnd};
use crate::store::{self, Counts, Db, Upsert};

use super::engine::Progress;
use super::report::Failure;
use super::step::Tally;
use super::tables::Filled;

/// Rows that are written at once.
const BATCH_ROWS: usize = 1_000;

/// What all slices of one report and account share.
#[derive(Debug)]
pub(super) struct Reading {
    pub db: Db,
    pub session: Session,
    pub account: AccountId,
    pub filled: Filled<Insights>,
    pub conversions: Conversions,
    pub run_id: Uuid,
    pub request_hash: String,
    /// Whether the days are recorded in `sync_coverage`: Meta's own totals are not.
    pub is_covered: bool,
}

/// What a slice came to, also where it failed.
#[derive(Debug)]
pub(super) struct SliceEnd {
    pub days: Days,
    pub tally: Tally,
    pub result: Result<(), Failure>,
}

/// Writes a batch in a transaction of its own, again where the database was unwell for a moment.
pub(super) async fn write(db: &Db, upsert: &Upsert, batch: &Batch) -> Result<Counts, store::Error> {
    db.retrying(|| async {
        let mut tx = db.begin().await?;
        let counts = upsert.write(db, &mut tx, batch).await?;
        tx.commit().await?;
        Ok(counts)
    })
    .await
}

/// What is asked for a report, apart from the days.
pub(super) fn query(insights: &Insights, days: Days) -> InsightsQuery {
    let report = &insights.report;
    InsightsQuery {
        level: report.level.as_str(),
        fields: insights.fields(),
        breakdowns: report.breakdowns.clone(),
        time_increment: match report.increment {
            Increment::Daily => "1",
            Increment::Weekly => "7",
            Increment::Monthly => "monthly",
            Increment::AllDays => "all_days",
        },
        attribution_windows: report.attribution_windows.clone(),
        since: days.since,
        until: days.until,
    }
}

/// What makes a day stale when it changes: level, breakdowns, fields, increment, windows and what counts as a conversion.
pub(super) fn request_hash(insights: &Insights, conversions: &Conversions) -> String {
    let report = &insights.report;
    let asked = format!(
        "{}|{:?}|{}|{}|{:?}|{:?}|{:?}",
        report.level.as_str(),
        report.breakdowns,
        insights.fields(),
        report.increment.as_str(),
        report.attribution_windows,
        report.metrics,
        conversions,
    );
    format!("{:032x}", xxhash_rust::xxh3::xxh3_128(asked.as_bytes()))
}

impl Reading {
    /// Reads one slice to its end.
    pub(super) async fn slice(self: Arc<Self>, days: Days, progress: Arc<Progress>) -> SliceEnd {
        let mut tally = Tally::default();
        let result = self.read(days, &mut tally, &progress).await;
        SliceEnd { days, tally, result }
    }

    async fn read(&self, days: Days, tally: &mut Tally, progress: &Progress) -> Result<(), Failure> {
        let insights = &self.filled.layout;
        let mut listing = self.session.insights(&self.account, &query(insights, days));
        let mut seen = HashSet::new();
        let mut batch = insights.table.batch(BATCH_ROWS);
        let mut next = listing.next().await?;
        while let Some(page) = next {
            let repeated = self.fill(&page, &mut batch, &mut seen, tally, progress)?;
            let is_last = page.after().is_none();
            drop(page);
            // While one batch is written the next page is already on its way.
            let (written, following) = tokio::join!(
                async {
                    // A key that comes again in another page is written again, but counted once.
                    if !repeated.is_empty() {
                        write(&self.db, &self.filled.upsert, &batch).await.map(|counts| tally.counts.add(counts))?;
                        batch = insights.table.batch(BATCH_ROWS);
                        write(&self.db, &self.filled.upsert, &repeated).await?;
                    } else if is_last || batch.len() >= BATCH_ROWS {
                        write(&self.db, &self.filled.upsert, &batch).await.map(|counts| tally.counts.add(counts))?;
                        batch = insights.table.batch(BATCH_ROWS);
                    }
                    Ok::<_, store::Error>(())
                },
                listing.next()
            );
            written?;
            next = following?;
        }
        self.complete(days, &seen, tally).await
    }

    /// Adds a page's rows to the batch. Returns those whose key was seen before: one statement takes a key only once.
    fn fill(
        &self,
        page: &Page,
        batch: &mut Batch,
        seen: &mut HashSet<u128>,
        tally: &mut Tally,
        progress: &Progress,
    ) -> Result<Batch, meta::Error> {
        let insights = &self.filled.layout;
        tally.arrived(page.len(), progress);
        tally.warnings.add_many("replaced_character", &insights.table.name, page.replaced());
        let mut again = std::collections::HashMap::new();
        for row in page.rows()? {
            let Some(row) = insights.row(&row, &self.account, &self.conversions, &mut tally.warnings) else { continue };
            if seen.insert(row.key) {
                batch.push(row.cells);
            } else {
                again.insert(row.key, row.cells);
            }
        }
        let mut repeated = insights.table.batch(again.len());
        again.into_values().for_each(|cells| repeated.push(cells));
        Ok(repeated)
    }

    async fn complete(&self, days: Days, seen: &HashSet<u128>, tally: &mut Tally) -> Result<(), Failure> {
        // A row without its key could not be kept: the days are not complete then, and nothing of them is removed.
        let complete = !tally.warnings.0.keys().any(|(code, _)| *code == "row_without_key");
        let end = ReadToEnd {
            insights: &self.filled.layout,
            account_id: self.account.digits(),
            days,
            seen,
            run_id: self.run_id,
            request_hash: &self.request_hash,
            complete,
        };
        let removed = if self.is_covered {
            self.db.retrying(|| coverage::finish(&self.db, &end)).await?
        } else {
            self.db.retrying(|| coverage::remove_vanished(&self.db, &end)).await?
        };
        tally.counts.deleted += removed;
        Ok(())
    }
}
