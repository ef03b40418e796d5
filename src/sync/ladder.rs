//! What is asked beyond a listing of insights: Meta counts archived and deleted objects in its totals, and whether it lists
//! them is a matter of luck. Each rung is asked only where the rows fall short, and remembered where it helped.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::NaiveDate;

use crate::meta::insights::{By, States};
use crate::meta::{self, Class};
use crate::rows::figures::Figures;
use crate::rows::report::{Days, Level, Report};
use crate::store::{coverage, entities, ladders};

use super::hidden::BATCH;
use super::part::Part;
use super::progress::Progress;
use super::report::Failure;
use super::seen::Seen;
use super::slice::Reading;
use super::step::Tally;

/// Deleted objects that are read by their ids at the most: the latest. What is held of the others stays.
pub(super) const MOST_DELETED: i64 = 200;
/// The words that `sync_ladders` keeps of refused questions: DELETED among the statuses, statuses, deliveries.
const DELETED: &str = "deleted_refused";
const STATUS: &str = "status_refused";
const DELIVERY: &str = "delivery_refused";
/// DELETED was named where that is refused.
const DELETED_REFUSED: Option<i64> = Some(1_815_001);
/// Meta's code for parameters that it does not take.
const INVALID_PARAMETER: Option<i64> = Some(100);

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
    /// Rungs that showed rows before: asked at once of days that were never read.
    pub known: Vec<Rung>,
    /// Whether they are asked of all other days, too.
    pub asks_known: bool,
    /// What is not taken of this report; all slices learn of it.
    pub refused: Arc<Refusals>,
    /// Meta's totals of the days that fell short; the others are tried until the rows come up to them.
    pub totals: BTreeMap<NaiveDate, Figures>,
    /// How many minor units the account's currency has.
    pub minor_units: u32,
}

/// What refusals are remembered by: what Meta does not take of one level or beside some breakdowns, it may of others.
pub(super) fn asked_as(report: &Report) -> String {
    let level = report.level.as_str();
    if report.breakdowns.is_empty() { level.to_owned() } else { format!("{level} by {}", report.breakdowns.join(",")) }
}

/// Whether an error says that this question is not taken: any other may be a moment's, or about something else.
fn is_told(refusal: &str, error: &meta::Error) -> bool {
    let is_about_filter = refusal != DELETED && error.message.to_lowercase().contains("filter");
    error.code == INVALID_PARAMETER && (error.subcode == DELETED_REFUSED || is_about_filter)
}

/// Questions that are not taken of a report.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    deleted: AtomicBool,
    status: AtomicBool,
    delivery: AtomicBool,
}

impl Rung {
    const ALL: [Self; 3] = [Self::Status, Self::Delivery, Self::Id];

    /// The word that `sync_ladders` keeps.
    pub(super) const fn as_str(self) -> &'static str {
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
    pub(super) fn is_short(&self, days: Days, seen: &Seen) -> bool {
        self.totals.range(days.since..=days.until).any(|(date, total)| {
            let (rows, sum) = seen.sum(*date);
            sum.falls_short_of(*total, sum.slack(rows, self.minor_units))
        })
    }
}

impl Refusals {
    /// The refusals that `sync_ladders` names.
    pub(super) fn known(words: &[String]) -> Self {
        let is_known = |word: &str| AtomicBool::new(words.iter().any(|known| known == word));
        Self { deleted: is_known(DELETED), status: is_known(STATUS), delivery: is_known(DELIVERY) }
    }

    fn of(&self, word: &str) -> Option<&AtomicBool> {
        match word {
            DELETED => Some(&self.deleted),
            STATUS => Some(&self.status),
            DELIVERY => Some(&self.delivery),
            _ => None,
        }
    }

    fn has(&self, word: &str) -> bool {
        self.of(word).is_some_and(|refused| refused.load(Ordering::Relaxed))
    }
}

impl Reading {
    /// Asks what the listing may have left out, as far as that is needed: all where days fall short, by their states where
    /// that helped before, and what else helped where days were never read. Returns the rungs that were asked.
    pub(super) async fn climb(
        &self,
        days: Days,
        seen: &mut Seen,
        tally: &mut Tally,
        progress: &Progress,
    ) -> Result<Vec<Rung>, Failure> {
        let report = &self.filled.layout.report;
        let mut asked = Vec::new();
        if report.level == Level::Account {
            return Ok(asked);
        }
        let mut asks_known = self.ladder.asks_known;
        if !asks_known && !self.ladder.known.is_empty() && self.is_covered {
            let since: Vec<NaiveDate> = report.increment.periods(days).iter().map(|period| period.since).collect();
            asks_known = !coverage::unknown(&self.db, self.account.digits(), &report.name, &since).await?.is_empty();
        }
        for rung in Rung::ALL {
            // A row without spend, impressions and clicks, a late lead say, is missed by no total: the question that found
            // such objects by their states is one call more, and always asked. The others cost many.
            let is_asked = asks_known || rung == Rung::Status;
            if is_asked && self.ladder.known.contains(&rung) || self.ladder.is_short(days, seen) {
                self.try_rung(rung, days, seen, tally, progress).await?;
                asked.push(rung);
            }
        }
        Ok(asked)
    }

    /// Asks one rung, and remembers where it helped. One that fails by itself tells nothing, and takes nothing with it.
    pub(super) async fn try_rung(
        &self,
        rung: Rung,
        days: Days,
        seen: &mut Seen,
        tally: &mut Tally,
        progress: &Progress,
    ) -> Result<(), Failure> {
        let before = seen.keys.len();
        match self.ask(rung, days, seen, tally, progress).await {
            Ok(()) => {}
            Err(Failure::Meta(error)) if !error.class.stops_account() => {
                tracing::info!(rung = rung.as_str(), %error, "a further question told nothing");
                if error.class != Class::Invalid {
                    tally.warnings.add("untold", &self.filled.layout.table.name);
                }
            }
            Err(failure) => return Err(failure),
        }
        self.found(rung, seen.keys.len() - before, days).await
    }

    /// Remembers a rung that showed rows.
    pub(super) async fn found(&self, rung: Rung, rows: usize, days: Days) -> Result<(), Failure> {
        if rows > 0 {
            tracing::debug!(rung = rung.as_str(), rows, since = %days.since, until = %days.until, "rows that the listing left out");
            let level = self.filled.layout.report.level.as_str();
            ladders::note(&self.db, self.account.digits(), level, rung.as_str()).await?;
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
        match rung {
            Rung::Status => {
                // Where no status may be named, this one may not either.
                let has_deleted = !self.ladder.refused.has(DELETED)
                    && !self.ladder.refused.has(STATUS)
                    && self.ask_by(By::Hidden, DELETED, days, seen, tally, progress).await?;
                if !has_deleted {
                    self.ask_by(By::HiddenUndeleted, STATUS, days, seen, tally, progress).await?;
                }
                // What the listing shows in any case is asked for last, and only where something is still missing.
                if self.ladder.is_short(days, seen) {
                    self.ask_by(By::Shown, STATUS, days, seen, tally, progress).await?;
                }
                Ok(())
            }
            Rung::Delivery => self.ask_by(By::Delivery, DELIVERY, days, seen, tally, progress).await.map(|_| ()),
            Rung::Id => self.read_deleted(days, seen, tally, progress).await,
        }
    }

    /// Asks for objects by what became of them. `false` where that is refused: this reading does not ask it again, and where
    /// Meta says that it does not take the question, nor does any other for a while.
    async fn ask_by(
        &self,
        by: By,
        refusal: &'static str,
        days: Days,
        seen: &mut Seen,
        tally: &mut Tally,
        progress: &Progress,
    ) -> Result<bool, Failure> {
        if self.ladder.refused.has(refusal) {
            return Ok(false);
        }
        let report = &self.filled.layout.report;
        let part = Part::of(States { object: report.level.as_str(), by }, days, report.needs_report_run());
        match self.read_parts(&mut days.to_owned(), vec![part], seen, tally, progress).await {
            Ok(()) => Ok(true),
            Err(Failure::Meta(error)) if error.class == Class::Invalid => {
                tracing::info!(refusal, %error, "a further question was refused");
                // Of a question that names DELETED only the refusal of just that is remembered.
                if error.code == INVALID_PARAMETER
                    && (refusal != DELETED || error.subcode == DELETED_REFUSED)
                    && let Some(refused) = self.ladder.refused.of(refusal)
                {
                    refused.store(true, Ordering::Relaxed);
                }
                if is_told(refusal, &error) {
                    ladders::note(&self.db, self.account.digits(), &asked_as(report), refusal).await?;
                }
                Ok(false)
            }
            Err(failure) => Err(failure),
        }
    }

    /// Reads the figures of objects that are known as deleted, up to 50 in one call, the latest first.
    async fn read_deleted(
        &self,
        days: Days,
        seen: &mut Seen,
        tally: &mut Tally,
        progress: &Progress,
    ) -> Result<(), Failure> {
        let (account_id, level) = (self.account.digits(), self.filled.layout.report.level);
        let ids = entities::deleted_ids(&self.db, account_id, level, days.since, MOST_DELETED).await?;
        for ids in ids.chunks(BATCH) {
            self.read_by_id(ids, days, seen, tally, progress).await?;
            if !self.ladder.totals.is_empty() && !self.ladder.is_short(days, seen) {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::insights::InsightsRow;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn figures(impressions: i64) -> Figures {
        Figures { impressions, ..Figures::default() }
    }

    fn row(key: u128, date: &str) -> InsightsRow<'static> {
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
