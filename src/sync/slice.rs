//! One slice of insights: pages stream into batches, and what was read to its end is completed in one transaction.

use std::sync::Arc;

use uuid::Uuid;

use crate::meta::Session;
use crate::meta::insights::{InsightsQuery, Only, States};
use crate::meta::listing::Listing;
use crate::meta::page::Page;
use crate::meta::{self, AccountId, Class};
use crate::rows::insights::Insights;
use crate::rows::report::{Conversions, Days, Increment, Level};
use crate::rows::table::Batch;
use crate::store::coverage::{self, ReadToEnd};
use crate::store::{self, Counts, Db, Upsert, entities};

use super::engine::Progress;
use super::ladder::{Ladder, Seen};
use super::report::Failure;
use super::step::Tally;
use super::tables::Filled;

/// Rows that are written at once.
const BATCH_ROWS: usize = 1_000;
/// Ids of one question at the most.
const MOST_IDS: usize = 100;

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
    /// What is asked beyond the listing, where that leaves rows out.
    pub ladder: Ladder,
}

/// A part of a slice: some of its days, perhaps of some objects only.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub days: Days,
    pub only: Option<Only>,
    pub states: Option<States>,
    /// Whether Meta works it out by itself: for what is too much for a direct call.
    pub by_run: bool,
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
        only: None,
        states: None,
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

    /// Reads a slice: the listing, then what it leaves out, and completes its days.
    async fn read(&self, days: Days, tally: &mut Tally, progress: &Progress) -> Result<(), Failure> {
        let mut seen = Seen::default();
        let level = self.filled.layout.report.level.as_str();
        let by_run = self.session.prefers_report_run(&self.account, level);
        let whole = Part { days, only: None, states: None, by_run };
        self.read_parts(whole.clone(), &mut seen, tally, progress).await?;
        // Where rows are held, a silence is not believed before it is repeated.
        if seen.is_empty() && coverage::holds_rows(&self.db, &self.filled.layout, self.account.digits(), days).await? {
            self.read_part(&Part { by_run: false, ..whole }, &mut seen, tally, progress).await?;
        }
        self.climb(days, &mut seen, tally, progress).await?;
        self.complete(days, &seen, tally).await
    }

    /// Reads a question in as many parts as it takes. One that is too much for Meta is halved, by days, then by objects:
    /// what it had shown by then is shown again, and counted once.
    pub(super) async fn read_parts(
        &self,
        whole: Part,
        seen: &mut Seen,
        tally: &mut Tally,
        progress: &Progress,
    ) -> Result<(), Failure> {
        let level = self.filled.layout.report.level.as_str();
        // What is asked beyond the listing is little.
        let mut has_runs = whole.states.is_none();
        let mut parts = vec![whole];
        while let Some(part) = parts.pop() {
            let error = match self.read_part(&part, seen, tally, progress).await {
                Ok(()) => continue,
                Err(Failure::Meta(error)) if error.class == Class::TooMuchData => error,
                // Where report runs are refused, direct calls must do.
                Err(Failure::Meta(error)) if part.by_run && error.class == Class::Invalid && has_runs => {
                    tracing::info!(%error, "report runs are refused: direct calls must do");
                    has_runs = false;
                    parts.push(Part { by_run: false, ..part });
                    parts.iter_mut().for_each(|part| part.by_run = false);
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            self.session.meter().split();
            if !part.by_run && has_runs {
                tracing::info!(since = %part.days.since, until = %part.days.until, %error, "a question was too much: a report run works it out");
                self.session.prefer_report_run(&self.account, level);
                parts.push(Part { by_run: true, ..part });
                continue;
            }
            // Where even a report run finds it too much, smaller direct calls are cheaper than smaller runs.
            has_runs = false;
            let Some(halves) = self.halves(&part).await? else { return Err(error.into()) };
            tracing::info!(since = %part.days.since, until = %part.days.until, %error, "a question was too much: it is halved");
            parts.extend(halves.into_iter().map(|half| Part { by_run: false, ..half }));
        }
        Ok(())
    }

    /// The pieces of a part, or nothing where it cannot be made smaller.
    async fn halves(&self, part: &Part) -> Result<Option<Vec<Part>>, Failure> {
        let insights = &self.filled.layout;
        if insights.report.increment == Increment::Daily && part.days.len() > 1 {
            let (earlier, later) = part.days.halves();
            self.session.remember_days(&self.account, insights.report.level.as_str(), earlier.len());
            return Ok(Some([earlier, later].map(|days| Part { days, ..part.clone() }).into()));
        }
        let level = insights.report.level;
        if level == Level::Account {
            return Ok(None);
        }
        let object = if level == Level::Campaign { "campaign" } else { "adset" };
        let ids = match &part.only {
            Some(only) => only.ids.clone(),
            None => self.ids(object, part.days).await?,
        };
        if ids.len() < 2 {
            return Ok(None);
        }
        // A list of ids travels in the address, whose length is bounded.
        let size = ids.len().div_ceil(2).min(MOST_IDS);
        // Whoever is named by id is named with every status, too.
        let only = |ids: &[String]| Some(Only { object, ids: ids.to_vec() });
        let piece = |ids: &[String]| Part { only: only(ids), states: None, ..part.clone() };
        Ok(Some(ids.chunks(size).map(piece).collect()))
    }

    /// The objects of an account: those that are listed, and those that only its rows know.
    async fn ids(&self, object: &'static str, days: Days) -> Result<Vec<String>, Failure> {
        let (table, column) = if object == "campaign" { ("campaigns", "campaign_id") } else { ("adsets", "adset_id") };
        let account_id = self.account.digits();
        let mut ids = entities::all_ids(&self.db, table, account_id).await?;
        ids.extend(coverage::objects(&self.db, &self.filled.layout, column, account_id, days).await?);
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    async fn read_part(
        &self,
        part: &Part,
        seen: &mut Seen,
        tally: &mut Tally,
        progress: &Progress,
    ) -> Result<(), Failure> {
        let insights = &self.filled.layout;
        let can_split = insights.report.level > Level::Account || part.days.len() > 1;
        let query = InsightsQuery { only: part.only.clone(), states: part.states, ..query(insights, part.days) };
        let direct = || self.session.insights(&self.account, &query).splittable(can_split);
        if part.by_run {
            let listing = self.session.report_run(&self.account, &query).await?;
            let before = tally.read;
            self.read_listing(listing, seen, tally, progress).await?;
            if tally.read > before {
                return Ok(());
            }
            // A completed run without rows is not believed before a direct call says the same.
        }
        self.read_listing(direct(), seen, tally, progress).await
    }

    pub(super) async fn read_listing(
        &self,
        mut listing: Listing,
        seen: &mut Seen,
        tally: &mut Tally,
        progress: &Progress,
    ) -> Result<(), Failure> {
        let insights = &self.filled.layout;
        let mut batch = insights.table.batch(BATCH_ROWS);
        let mut next = listing.next().await?;
        while let Some(page) = next {
            let repeated = self.fill(&page, &mut batch, seen, tally, progress)?;
            let is_last = page.after().is_none();
            drop(page);
            let is_due = is_last || !repeated.is_empty() || batch.len() >= BATCH_ROWS;
            // While one batch is written the next page is already on its way.
            let (written, following) = tokio::join!(
                async {
                    let counts = if is_due { self.write(&batch).await? } else { Counts::default() };
                    // A key that came before is written again, since the later answer is the newer one, and counted once.
                    let again = self.write(&repeated).await?;
                    Ok::<_, store::Error>((counts, again))
                },
                listing.next()
            );
            let (counts, again) = written?;
            tally.counts.add(counts);
            let turned = again.updated.min(tally.counts.unchanged);
            tally.counts.unchanged -= turned;
            tally.counts.updated += turned;
            if is_due {
                batch = insights.table.batch(BATCH_ROWS);
            }
            next = match following {
                Ok(following) => following,
                Err(error) => {
                    // What arrived is kept, whatever became of the rest.
                    tally.counts.add(self.write(&batch).await?);
                    return Err(error.into());
                }
            };
        }
        Ok(())
    }

    pub(super) async fn write(&self, batch: &Batch) -> Result<Counts, store::Error> {
        if batch.is_empty() { Ok(Counts::default()) } else { write(&self.db, &self.filled.upsert, batch).await }
    }

    /// Adds a page's rows to the batch. Returns those whose key was seen before: one statement takes a key only once.
    pub(super) fn fill(
        &self,
        page: &Page,
        batch: &mut Batch,
        seen: &mut Seen,
        tally: &mut Tally,
        progress: &Progress,
    ) -> Result<Batch, meta::Error> {
        let insights = &self.filled.layout;
        tally.arrived(page.len(), progress);
        tally.warnings.add_many("replaced_character", &insights.table.name, page.replaced());
        let mut again = std::collections::HashMap::new();
        for row in page.rows()? {
            let Some(row) = insights.row(&row, &self.account, &self.conversions, &mut tally.warnings) else { continue };
            if seen.insert(&row, || insights.figures(&row)) {
                batch.push(row.cells);
            } else {
                again.insert(row.key, row.cells);
            }
        }
        let mut repeated = insights.table.batch(again.len());
        again.into_values().for_each(|cells| repeated.push(cells));
        Ok(repeated)
    }

    async fn complete(&self, days: Days, seen: &Seen, tally: &mut Tally) -> Result<(), Failure> {
        // A row without its key could not be kept: the days are not complete then, and nothing of them is removed.
        let complete = !tally.warnings.0.keys().any(|(code, _)| *code == "row_without_key");
        let end = ReadToEnd {
            insights: &self.filled.layout,
            account_id: self.account.digits(),
            days,
            seen: &seen.keys,
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
        if complete {
            return Ok(());
        }
        Err(Failure::Rows(
            "rows came without their key and could not be kept: their days do not count as complete".to_owned(),
        ))
    }
}
