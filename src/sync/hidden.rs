//! Rows that are held and no longer arrive: before they are removed, Meta is asked about their objects themselves, for a
//! listing may leave out what was archived or deleted.

use std::collections::HashSet;

use crate::meta::Class;
use crate::meta::insights::InsightsQuery;
use crate::rows::report::{Days, Level};
use crate::store::vanished::{self, Vanished};

use super::engine::Progress;
use super::ladder::{Rung, Seen};
use super::report::Failure;
use super::retention;
use super::slice::{Reading, query};
use super::step::Tally;

/// Objects of one batch: Meta's own limit.
pub(super) const BATCH: usize = 50;
/// Objects that are asked about one by one at the most; the rows of the others stay.
const MOST_ASKED: usize = 200;
/// Where so many are hidden, one question about their status comes first.
const MANY: usize = 10;
/// Times that a batch is halved for what is in it.
const MOST_HALVINGS: u32 = 12;

impl Reading {
    /// Asks about the objects of which rows are held and none arrived. Returns those that nobody could be asked about:
    /// their rows stay.
    pub(super) async fn confirm(
        &self,
        days: Days,
        asked: &[Rung],
        seen: &mut Seen,
        tally: &mut Tally,
        progress: &Progress,
    ) -> Result<HashSet<String>, Failure> {
        let report = &self.filled.layout.report;
        // Where Meta's totals are known and nothing is missing, what did not arrive is gone.
        let is_known = |period: &Days| self.ladder.totals.contains_key(&period.since);
        if report.increment.periods(days).iter().all(is_known) && !self.ladder.is_short(days, seen) {
            return Ok(HashSet::new());
        }
        let mut vanished = self.vanished(days, seen).await?;
        for rung in [Rung::Status, Rung::Delivery] {
            let is_known = self.ladder.known.contains(&rung) || rung == Rung::Status && vanished.hidden.len() > MANY;
            if is_known && !vanished.hidden.is_empty() && !asked.contains(&rung) {
                self.try_rung(rung, days, seen, tally, progress).await?;
                vanished = self.vanished(days, seen).await?;
            }
        }
        let Vanished { mut hidden, live } = vanished;
        // Live objects are listed: where many of them have no row any more, that is believed.
        if live.len() <= BATCH {
            hidden.extend(live);
        }
        if report.needs_report_run() {
            return Ok(hidden.into_iter().collect());
        }
        let rest = hidden.split_off(hidden.len().min(MOST_ASKED));
        let mut kept: HashSet<String> = rest.into_iter().collect();
        let before = seen.keys.len();
        for ids in hidden.chunks(BATCH) {
            kept.extend(self.read_by_id(ids, days, seen, tally, progress).await?);
        }
        self.found(Rung::Id, seen.keys.len() - before, days).await?;
        Ok(kept)
    }

    async fn vanished(&self, days: Days, seen: &Seen) -> Result<Vanished, Failure> {
        let (insights, account_id) = (&self.filled.layout, self.account.digits());
        // What was not held before cannot have gone.
        if insights.report.level == Level::Account || seen.is_new {
            return Ok(Vanished::default());
        }
        let is_believed = retention::is_silence_believed(&insights.report);
        Ok(vanished::objects(&self.db, insights, account_id, days, &seen.keys, is_believed).await?)
    }

    /// Reads the figures of objects by their ids, up to 50 in one call. Returns the ids that got no answer.
    pub(super) async fn read_by_id(
        &self,
        ids: &[String],
        days: Days,
        seen: &mut Seen,
        tally: &mut Tally,
        progress: &Progress,
    ) -> Result<HashSet<String>, Failure> {
        let insights = &self.filled.layout;
        let days = Days { until: days.until.min(self.today), ..days };
        let query: InsightsQuery = query(insights, days);
        let (mut open, mut unanswered, mut halvings) = (vec![ids.to_vec()], HashSet::new(), 0);
        while let Some(ids) = open.pop() {
            let answers = match self.session.insights_by_id(&ids, &query).await {
                Ok(answers) => answers,
                Err(error) if error.class.stops_account() => return Err(error.into()),
                Err(error) => {
                    tracing::info!(objects = ids.len(), %error, "figures could not be read by their ids");
                    // One object may spoil the whole batch.
                    let may_pass = matches!(error.class, Class::TooMuchData | Class::Unknown | Class::Invalid);
                    if may_pass && ids.len() > 1 && halvings < MOST_HALVINGS {
                        halvings += 1;
                        open.extend(ids.chunks(ids.len().div_ceil(2)).map(<[String]>::to_vec));
                    } else {
                        tally.warnings.add("untold", &insights.table.name);
                        unanswered.extend(ids);
                    }
                    continue;
                }
            };
            for (id, page) in answers {
                let Some(page) = page else {
                    unanswered.insert(id);
                    continue;
                };
                if page.after().is_some() {
                    let listing = self.session.insights_of(&id, &query);
                    match self.read_listing(listing, days, seen, tally, progress).await {
                        Err(Failure::Meta(error)) if !error.class.stops_account() => {
                            tracing::info!(%error, "the figures of one object could not be read to their end");
                            tally.warnings.add("untold", &insights.table.name);
                            unanswered.insert(id);
                        }
                        read => read?,
                    }
                    continue;
                }
                let mut batch = insights.table.batch(page.len());
                let repeated = self.fill(&page, days, &mut batch, seen, tally, progress)?;
                tally.counts.add(self.write(&batch, seen.is_new).await?);
                self.write(&repeated, false).await?;
            }
        }
        Ok(unanswered)
    }
}
