//! What is asked beyond a listing of insights: Meta counts archived and deleted objects in its totals, and whether it lists
//! them is a matter of luck. Each rung is asked only where the rows fall short, and remembered where it helped.

use std::collections::{BTreeMap, HashSet};

use chrono::NaiveDate;

use crate::meta::Class;
use crate::meta::insights::{By, InsightsQuery, States};
use crate::rows::figures::Figures;
use crate::rows::insights::InsightsRow;
use crate::rows::report::{Days, Level};
use crate::store::{entities, ladders};

use super::engine::Progress;
use super::part::Part;
use super::report::Failure;
use super::slice::{Reading, query};
use super::step::Tally;

/// Deleted objects that are read by their ids at the most: the latest.
const MOST_DELETED: i64 = 200;
/// Objects of one batch: Meta's own limit.
const BATCH: usize = 50;
/// DELETED was named where that is refused.
const DELETED_REFUSED: Option<i64> = Some(1_815_001);

/// One further question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rung {
    /// All statuses named in the filter. Never instead of the listing: a closed list misses the next status that Meta adds.
    Status,
    /// Those whose delivery has ended.
    Delivery,
    /// Objects that are known as deleted, each by its id.
    Id,
}

/// Which rungs a reading asks.
#[derive(Debug, Clone, Default)]
pub(super) struct Ladder {
    /// Rungs that showed rows before: asked at once.
    pub known: Vec<Rung>,
    /// Meta's totals of the days that fell short; the others are tried until the rows come up to them.
    pub totals: BTreeMap<NaiveDate, Figures>,
    /// How many minor units the account's currency has.
    pub minor_units: u32,
}

/// What has arrived of a slice.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The keys, hashed.
    pub keys: HashSet<u128>,
    sums: BTreeMap<NaiveDate, (u64, Figures)>,
}

impl Rung {
    const ALL: [Self; 3] = [Self::Status, Self::Delivery, Self::Id];

    /// The word that `sync_ladders` keeps.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Delivery => "delivery",
            Self::Id => "id",
        }
    }
}

impl Ladder {
    /// The rungs that `sync_ladders` names; unknown words are a newer version's.
    pub(super) fn known(words: &[String]) -> Vec<Rung> {
        Rung::ALL.into_iter().filter(|rung| words.iter().any(|word| word == rung.as_str())).collect()
    }

    /// Whether some day of these still lacks rows.
    fn is_short(&self, days: Days, seen: &Seen) -> bool {
        self.totals.range(days.since..=days.until).any(|(date, total)| {
            let (rows, sum) = seen.sums.get(date).copied().unwrap_or_default();
            sum.falls_short_of(*total, sum.slack(rows, self.minor_units))
        })
    }
}

impl Seen {
    /// Notes a row. `false` where its key came before.
    pub(super) fn insert(&mut self, row: &InsightsRow, figures: impl FnOnce() -> Figures) -> bool {
        let is_new = self.keys.insert(row.key);
        if is_new {
            let (rows, sum) = self.sums.entry(row.date).or_default();
            *rows += 1;
            *sum = sum.plus(figures());
        }
        is_new
    }

    /// Whether nothing has arrived.
    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

impl Reading {
    /// Asks what the listing may have left out, as far as that is known or needed.
    pub(super) async fn climb(
        &self,
        days: Days,
        seen: &mut Seen,
        tally: &mut Tally,
        progress: &Progress,
    ) -> Result<(), Failure> {
        let level = self.filled.layout.report.level;
        for rung in Rung::ALL.into_iter().filter(|_| level > Level::Account) {
            if !self.ladder.known.contains(&rung) && !self.ladder.is_short(days, seen) {
                continue;
            }
            let before = seen.keys.len();
            match self.ask(rung, days, seen, tally, progress).await {
                Ok(()) => {}
                // A filter that this account or version does not take tells nothing.
                Err(Failure::Meta(error)) if error.class == Class::Invalid => {
                    tracing::info!(rung = rung.as_str(), %error, "a further question was refused");
                }
                Err(failure) => return Err(failure),
            }
            let found = seen.keys.len() - before;
            if found > 0 {
                tracing::debug!(rung = rung.as_str(), found, since = %days.since, until = %days.until, "rows that the listing left out");
                ladders::note(&self.db, self.account.digits(), level.as_str(), rung.as_str()).await?;
            }
        }
        Ok(())
    }

    async fn ask(
        &self,
        rung: Rung,
        days: Days,
        seen: &mut Seen,
        tally: &mut Tally,
        progress: &Progress,
    ) -> Result<(), Failure> {
        let report = &self.filled.layout.report;
        let object = report.level.as_str();
        let parts = |by| vec![Part::of(States { object, by }, days, report.needs_report_run())];
        let kept = &mut days.to_owned();
        match rung {
            Rung::Status => match self.read_parts(kept, parts(By::Status), seen, tally, progress).await {
                Err(Failure::Meta(error)) if error.subcode == DELETED_REFUSED => {
                    self.read_parts(kept, parts(By::StatusUndeleted), seen, tally, progress).await
                }
                read => read,
            },
            Rung::Delivery => self.read_parts(kept, parts(By::Delivery), seen, tally, progress).await,
            Rung::Id => self.read_deleted(days, seen, tally, progress).await,
        }
    }

    /// Reads the figures of objects that are known as deleted, up to 50 in one call.
    async fn read_deleted(
        &self,
        days: Days,
        seen: &mut Seen,
        tally: &mut Tally,
        progress: &Progress,
    ) -> Result<(), Failure> {
        let insights = &self.filled.layout;
        let (account_id, level) = (self.account.digits(), insights.report.level);
        let ids = entities::deleted_ids(&self.db, account_id, level, days.since, MOST_DELETED).await?;
        let days = Days { until: days.until.min(self.today), ..days };
        let query: InsightsQuery = query(insights, days);
        for ids in ids.chunks(BATCH) {
            for (id, page) in self.session.insights_by_id(ids, &query).await? {
                let Some(page) = page else { continue };
                if page.after().is_some() {
                    self.read_listing(self.session.insights_of(&id, &query), days, seen, tally, progress).await?;
                    continue;
                }
                let mut batch = insights.table.batch(page.len());
                let repeated = self.fill(&page, days, &mut batch, seen, tally, progress)?;
                tally.counts.add(self.write(&batch).await?);
                self.write(&repeated).await?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn figures(impressions: i64) -> Figures {
        Figures { impressions, ..Figures::default() }
    }

    fn row(key: u128, date: &str) -> InsightsRow {
        InsightsRow { cells: Vec::new(), key, date: day(date) }
    }

    #[test]
    fn a_ladder_is_climbed_while_a_day_of_the_slice_lacks_rows() {
        let totals = BTreeMap::from([(day("2026-11-20"), figures(10)), (day("2026-11-22"), figures(5))]);
        let ladder = Ladder { totals, ..Ladder::default() };
        let days = |since: &str, until: &str| Days { since: day(since), until: day(until) };
        let mut seen = Seen::default();
        assert!(ladder.is_short(days("2026-11-19", "2026-11-20"), &seen));
        assert!(!ladder.is_short(days("2026-11-21", "2026-11-21"), &seen), "nobody said that this day lacks anything");
        assert!(seen.insert(&row(1, "2026-11-20"), || figures(4)));
        assert!(!seen.insert(&row(1, "2026-11-20"), || figures(4)), "a key counts once");
        assert!(ladder.is_short(days("2026-11-20", "2026-11-20"), &seen));
        seen.insert(&row(2, "2026-11-20"), || figures(6));
        assert!(!ladder.is_short(days("2026-11-20", "2026-11-20"), &seen));
        seen.insert(&row(3, "2026-11-22"), || figures(6));
        assert!(!ladder.is_short(days("2026-11-20", "2026-11-22"), &seen), "too much is not too little");
    }

    #[test]
    fn the_words_of_a_newer_version_are_passed_over() {
        let words = ["id", "telepathy", "status"].map(str::to_owned);
        assert_eq!(Ladder::known(&words), [Rung::Status, Rung::Id]);
    }
}
