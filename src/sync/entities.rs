//! The steps that list objects: everything live every time, archived ones rarely, and what left the listing by its id.

use chrono::{DateTime, TimeDelta, Utc};

use crate::meta::objects::{Edge, Which};
use crate::meta::page::Page;
use crate::rows::entity::{Entity, Given};
use crate::rows::table::{Batch, Cell};
use crate::rows::value::{self, Warnings};
use crate::store::{Upsert, entities, steps};

use super::account::AccountRun;
use super::named::Listed;
use super::report::Failure;
use super::step::{Done, Step};
use super::tables::Filled;

/// How long a listing counts where the tick that read it was cut off afterwards.
const LISTED_WITHIN: TimeDelta = TimeDelta::hours(1);
/// Objects read by id in one batch: Meta's own limit.
pub(super) const BY_ID: usize = 50;

impl AccountRun<'_> {
    /// Lists one kind of object and writes what is new or changed.
    pub(super) async fn list(&self, step: &mut Step, edge: Edge, filled: &Filled<Entity>) -> Result<Done, Failure> {
        let db = &self.engine.db;
        let (table, account_id) = (edge.as_str(), self.account.digits());
        let now = self.clock.now();
        let cut_off = self.cut_off_before().await?;
        if !cut_off.is_empty() && steps::did(db, &cut_off, account_id, table, now - LISTED_WITHIN).await? {
            return Ok(Done::Skipped("listed a moment ago by the tick that was cut off".to_owned()));
        }
        let last_full = entities::last_full_listing(db, table, account_id).await?;
        let full_due = last_full.is_none_or(|at| {
            now.signed_duration_since(at).to_std().is_ok_and(|age| age >= self.engine.settings.full_listing_every)
        });
        // Where nothing is held there is nothing to compare with.
        let is_new = last_full.is_none() && !entities::holds_any(db, table, account_id).await?;
        let new = is_new.then(|| Filled { upsert: filled.upsert.of_new_rows(), ..filled.clone() });
        let filled = new.as_ref().unwrap_or(filled);
        let mut listed = Listed::default();
        self.read_listing(step, edge, Which::Live, filled, &mut listed).await?;
        // What is held is compared while it passes: an account may hold more than should lie in memory.
        let mut missing = entities::live_ids_beside(db, table, account_id, |id| listed.contains(id)).await?;
        // Most of what left the live listing was archived: where that is much, one listing tells it for few calls.
        if full_due || missing.len() > BY_ID {
            self.read_listing(step, edge, Which::Archived, filled, &mut listed).await?;
            // Only now it shows who was archived and is gone altogether.
            missing.extend(entities::archived_ids_beside(db, table, account_id, |id| listed.contains(id)).await?);
            missing.retain(|id| !listed.contains(id));
        }
        for ids in missing.chunks(BY_ID) {
            self.read_missing(step, edge, filled, ids, now).await?;
        }
        if full_due {
            entities::full_listing_done(db, table, account_id, now).await?;
        }
        self.named.listed(table, listed);
        Ok(Done::All)
    }

    async fn read_listing(
        &self,
        step: &mut Step,
        edge: Edge,
        which: Which,
        filled: &Filled<Entity>,
        listed: &mut Listed,
    ) -> Result<(), Failure> {
        let mut listing = step.session.objects(&self.account, edge, which, &filled.layout.fields());
        let mut next = listing.next().await?;
        while let Some(page) = next {
            step.tally.arrived(page.len(), self.progress);
            let batch = self.batch_of(&mut step.tally.warnings, &filled.layout, &page, None, listed)?;
            // While one page is written the next is already on its way.
            let following = async { Ok(listing.next().await) };
            let (written, following) = tokio::try_join!(self.write(&filled.upsert, &batch), following)?;
            step.tally.counts.add(written);
            next = following?;
        }
        Ok(())
    }

    /// Reads ids that a complete listing does not show: their status tells; what cannot be read any more is gone. Returns
    /// the ids that are gone.
    pub(super) async fn read_missing(
        &self,
        step: &mut Step,
        edge: Edge,
        filled: &Filled<Entity>,
        ids: &[String],
        now: DateTime<Utc>,
    ) -> Result<Vec<String>, Failure> {
        let layout = &filled.layout;
        let mut gone = Vec::new();
        for (id, object) in step.session.by_id(&self.account, edge, ids, &layout.fields()).await? {
            let Some(object) = object else {
                gone.push(id);
                continue;
            };
            let is_deleted = object.page().rows()?.iter().any(|row| {
                let status = row.get("effective_status").and_then(|raw| value::text(raw.get()));
                status.is_some_and(|status| status == "DELETED")
            });
            step.tally.arrived(object.page().len(), self.progress);
            let (warnings, deleted_at) = (&mut step.tally.warnings, is_deleted.then_some(now));
            let batch = self.batch_of(warnings, layout, object.page(), deleted_at, &mut Listed::default())?;
            let counts = self.write(&filled.upsert, &batch).await?;
            step.tally.counts.add(counts);
        }
        let db = &self.engine.db;
        let marked = entities::mark_gone(db, &layout.table.name, &gone, now).await?;
        step.tally.counts.updated += marked;
        Ok(gone)
    }

    /// The rows of a page that were not listed before, as a batch.
    pub(super) fn batch_of(
        &self,
        warnings: &mut Warnings,
        entity: &Entity,
        page: &Page,
        deleted_at: Option<DateTime<Utc>>,
        listed: &mut Listed,
    ) -> Result<Batch, Failure> {
        let own = self.engine.account(&self.account);
        let texts = [("label", own.label.as_deref()), ("client", own.client.as_deref())];
        let given =
            Given { account: &self.account, texts: &texts, deleted_at, store_raw: self.engine.settings.store_raw };
        warnings.add_many("replaced_character", &entity.table.name, page.replaced());
        let mut batch = entity.table.batch(page.len());
        for row in page.iter() {
            let Some((id, cells)) = entity.row(&row, given, warnings) else { continue };
            if listed.insert(&id) {
                batch.push(&cells);
            }
        }
        Ok(batch)
    }

    /// Reads the account itself and writes its row. Returns the row's cells.
    pub(super) async fn read_account(&self, step: &mut Step) -> Result<Vec<Cell<'static>>, Failure> {
        let filled = &self.engine.tables.accounts;
        let object = step.session.account(&self.account, &filled.layout.fields()).await?;
        let own = self.engine.account(&self.account);
        let texts = [("label", own.label.as_deref()), ("client", own.client.as_deref())];
        let given = Given {
            account: &self.account,
            texts: &texts,
            deleted_at: None,
            store_raw: self.engine.settings.store_raw,
        };
        step.tally.arrived(1, self.progress);
        let rows = object.page().rows()?;
        let row = rows.first().and_then(|row| filled.layout.row(row, given, &mut step.tally.warnings));
        let Some((_, cells)) = row else {
            return Err(
                self.refused("the account's answer has no id", "Meta's answer is odd; the next run asks again.")
            );
        };
        let mut batch = filled.layout.table.batch(1);
        batch.push(&cells);
        step.tally.counts.add(self.write(&filled.upsert, &batch).await?);
        Ok(cells.into_iter().map(Cell::into_owned).collect())
    }

    /// Writes a batch in a transaction of its own.
    pub(super) async fn write(&self, upsert: &Upsert, batch: &Batch) -> Result<crate::store::Counts, Failure> {
        Ok(upsert.within(self.fence()).write(&self.engine.db, batch).await?)
    }
}
