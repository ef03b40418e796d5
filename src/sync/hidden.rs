//! Rows that are held and no longer arrive: before they are removed, Meta is asked about their objects themselves, for a
//! listing may leave out what was archived or deleted.

use std::collections::HashSet;

use crate::meta::Class;
use crate::meta::insights::InsightsQuery;
use crate::rows::report::{Days, Level};
use crate::store::vanished::{self, Vanished};

use super::ladder::Rung;
use super::part::Part;
use super::progress::Progress;
use super::report::Failure;
use super::seen::Seen;
use super::slice::{Reading, query};
use super::step::Tally;

/// Objects of one batch: Meta's own limit.
pub(super) const BATCH: usize = 50;
/// Objects that a run asks about one by one at the most; the rows of the others stay.
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
        // Where Meta's totals are known and nothing is missing, what had delivery and did not arrive is gone. While a period
        // runs, what others delivered meanwhile may stand for what is missing.
        let is_known = |period: &Days| period.until < self.today && self.ladder.totals.contains_key(&period.since);
        let is_told = report.increment.periods(days).iter().all(is_known) && !self.ladder.is_short(days, seen);
        let mut vanished = self.vanished(days, seen, is_told).await?;
        // A listing that ended too early looks like much that is gone: it is asked for once more.
        if !is_told && vanished.is_mass(BATCH) {
            tracing::info!(
                objects = vanished.live.len(),
                rows = vanished.rows,
                "much is gone: the listing is asked again"
            );
            let whole = vec![Part::whole(days, report.needs_report_run() || self.by_run)];
            self.read_parts(&mut days.to_owned(), whole, seen, tally, progress).await?;
            vanished = self.vanished(days, seen, is_told).await?;
        }
        for rung in [Rung::Status, Rung::Delivery] {
            let is_known = self.ladder.known.contains(&rung) || rung == Rung::Status && vanished.hidden.len() > MANY;
            if is_known && !vanished.hidden.is_empty() && !asked.contains(&rung) {
                self.try_rung(rung, days, seen, tally, progress).await?;
                vanished = self.vanished(days, seen, is_told).await?;
            }
        }
        let Vanished { mut hidden, live, shown, .. } = vanished;
        let mut kept = HashSet::new();
        if live.len() <= BATCH {
            hidden.extend(live);
        } else if !report.needs_report_run() && self.is_cut(&live, days, seen, tally, progress).await? {
            tally.warnings.add_many("listing_cut", &self.filled.layout.table.name, live.len().try_into().unwrap_or(0));
            kept.extend(live.into_iter().chain(shown));
        }
        if report.needs_report_run() {
            return Ok(hidden.into_iter().collect());
        }
        // Of very many every run asks about others.
        self.shuffle(&mut hidden);
        let rest = hidden.split_off(hidden.len().min(MOST_ASKED));
        tally.warnings.add_many("unasked", &self.filled.layout.table.name, rest.len().try_into().unwrap_or(0));
        kept.extend(rest);
        let before = seen.keys.len();
        for ids in hidden.chunks(BATCH) {
            kept.extend(self.read_by_id(ids, days, seen, tally, progress).await?);
        }
        self.found(Rung::Id, seen.keys.len() - before, days).await?;
        Ok(kept)
    }

    /// Whether live objects of which two listings showed nothing have figures all the same, or do not answer: a sample of them
    /// is asked by id.
    async fn is_cut(
        &self,
        live: &[String],
        days: Days,
        seen: &mut Seen,
        tally: &mut Tally,
        progress: &Progress,
    ) -> Result<bool, Failure> {
        let mut sample = live.to_vec();
        self.shuffle(&mut sample);
        sample.truncate(BATCH);
        let before = seen.keys.len();
        let unanswered = self.read_by_id(&sample, days, seen, tally, progress).await?;
        Ok(seen.keys.len() > before || !unanswered.is_empty())
    }

    /// Puts objects in an order that is another in every run.
    fn shuffle(&self, ids: &mut [String]) {
        ids.sort_by_cached_key(|id| xxhash_rust::xxh3::xxh3_64(format!("{}{id}", self.run_id).as_bytes()));
    }

    /// The objects of which rows are held and none arrived. Where Meta's totals miss nothing (`is_told`), only those that
    /// hold a row which no total would miss: one without spend, impressions and clicks, such as a lead that came late.
    async fn vanished(&self, days: Days, seen: &Seen, is_told: bool) -> Result<Vanished, Failure> {
        let (insights, account_id) = (&self.filled.layout, self.account.digits());
        // What was not held before cannot have gone.
        if insights.report.level == Level::Account || seen.is_new {
            return Ok(Vanished::default());
        }
        let is_believed = self.is_silence_believed(days);
        let mut vanished = vanished::objects(&self.db, insights, account_id, days, &seen.keys, is_believed).await?;
        if is_told {
            let Vanished { hidden, live, undelivered, .. } = &mut vanished;
            hidden.append(live);
            hidden.retain(|id| undelivered.contains(id));
        }
        Ok(vanished)
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
            let answers = match self.session.insights_by_id(&self.account, &ids, &query).await {
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
            seen.begin();
            let (mut longer, mut pending) = (Vec::new(), self.pending(0));
            for (id, page) in answers {
                let Some(page) = page else {
                    unanswered.insert(id);
                    continue;
                };
                if page.after().is_some() {
                    longer.push(id);
                    continue;
                }
                let repeated = self.fill(&page, days, &mut pending, seen, tally, progress)?;
                self.write_again(&repeated, seen, tally).await?;
                if pending.is_due() {
                    self.write_pending(&mut pending, seen, tally).await?;
                }
            }
            self.write_pending(&mut pending, seen, tally).await?;
            seen.answered(tally.asked(self.session.asked_by_id(&query)), days, insights.report.increment);
            for id in longer {
                let listing = self.session.insights_of(&self.account, &id, &query);
                match self.read_listing(listing, days, seen, tally, progress).await {
                    Err(Failure::Meta(error)) if !error.class.stops_account() => {
                        tracing::info!(%error, "the figures of one object could not be read to their end");
                        tally.warnings.add("untold", &insights.table.name);
                        unanswered.insert(id);
                    }
                    read => read?,
                }
            }
        }
        Ok(unanswered)
    }
}
