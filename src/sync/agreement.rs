//! A report's days against Meta's totals: what differs is read once more, explained where deleted objects explain it, and
//! told where nothing does. No alarm without a second reading between two equal totals.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDate;

use crate::meta::Class;
use crate::meta::insights::{By, InsightsQuery, States};
use crate::rows::figures::Figures;
use crate::rows::insights::Insights;
use crate::rows::report::{Days, Level};
use crate::rows::value;
use crate::store::totals::{self, Day, Verdict};

use super::account::AccountRun;
use super::ladder::Ladder;
use super::plan::{self, contiguous, slices};
use super::report::Failure;
use super::retention;
use super::run::Work;
use super::slice::{Reading, query, request_hash, sized_as};
use super::step::Step;
use super::tables::Filled;

/// What is thought of a day before anything is asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Thought {
    /// It has this status.
    Settled(&'static str),
    /// It was read again before, and neither its rows nor Meta's total have changed since.
    Known,
    /// It differs.
    Doubtful,
}

impl AccountRun<'_> {
    /// Compares a report's days with the totals that were just read, and returns those that differ for no good reason.
    pub(super) async fn settle(
        &self,
        step: &mut Step,
        filled: &Filled<Insights>,
        days: Days,
        today: NaiveDate,
    ) -> Result<Vec<Day>, Failure> {
        let first = self.days_of(filled, days).await?;
        let mut verdicts = Vec::new();
        let (mut doubtful, mut drifting, mut moving) = (Vec::new(), Vec::new(), Vec::new());
        for day in first {
            if day.date >= today && day.sum.falls_short_of(day.total, day.rows) {
                moving.push(day.clone());
            }
            match think(&day, today, self.work == Work::Reconcile) {
                Thought::Settled(status) => verdicts.push(verdict(&day, Some(status))),
                Thought::Known if day.status.as_deref() == Some("drift") => drifting.push(day),
                Thought::Known => {}
                Thought::Doubtful => {
                    verdicts.push(verdict(&day, None));
                    doubtful.push(day);
                }
            }
        }
        self.note(filled, &verdicts).await?;
        if !doubtful.is_empty() {
            // Where other days lack rows today may lack the same: it is read with them, and no more is made of it.
            if doubtful.iter().any(|day| day.sum.falls_short_of(day.total, day.rows)) {
                self.read_again(step, filled, &moving, today).await?;
                self.note(filled, &moving.iter().map(|day| verdict(day, Some("moving"))).collect::<Vec<_>>()).await?;
            }
            drifting.extend(self.resolve(step, filled, doubtful, today).await?);
            drifting.sort_by_key(|day| day.date);
        }
        Ok(drifting)
    }

    /// Reads days that differ once more, then their totals once more, and judges them. Returns those that drift.
    async fn resolve(
        &self,
        step: &mut Step,
        filled: &Filled<Insights>,
        doubtful: Vec<Day>,
        today: NaiveDate,
    ) -> Result<Vec<Day>, Failure> {
        self.read_again(step, filled, &doubtful, today).await?;
        let dates: BTreeSet<NaiveDate> = doubtful.iter().map(|day| day.date).collect();
        let (agreeing, differing) = self.look(filled, &dates).await?;
        self.note(filled, &agreeing.iter().map(|day| verdict(day, Some("settled"))).collect::<Vec<_>>()).await?;
        if differing.is_empty() {
            return Ok(Vec::new());
        }
        // The second reading lies between two readings of the total now: a day that moved in between is no alarm.
        let dates: BTreeSet<NaiveDate> = differing.iter().map(|day| day.date).collect();
        for range in contiguous(&dates) {
            self.read_totals(step, range, today).await?;
        }
        let before: BTreeMap<NaiveDate, Figures> = differing.iter().map(|day| (day.date, day.total)).collect();
        let (agreeing, differing) = self.look(filled, &dates).await?;
        let has_moved = |day: &Day| before.get(&day.date).is_some_and(|total| *total != day.total);
        let (moving, differing): (Vec<Day>, Vec<Day>) = differing.into_iter().partition(has_moved);
        let mut verdicts: Vec<Verdict> = agreeing.iter().map(|day| verdict(day, Some("settled"))).collect();
        verdicts.extend(moving.iter().map(|day| verdict(day, Some("moving"))));
        let undeleted = self.undeleted_totals(step, filled, &differing).await?;
        let dates = differing.iter().map(|day| day.date).collect();
        let own = totals::undeleted(&self.engine.db, &filled.layout, self.account.digits(), dates).await?;
        let mut drifting = Vec::new();
        for day in differing {
            let mut verdict = verdict(&day, Some("drift"));
            let own = own.get(&day.date).copied().unwrap_or_default();
            if undeleted.as_ref().is_some_and(|undeleted| is_explained(&day, own, undeleted.get(&day.date).copied())) {
                verdict.status = Some("explained");
                verdict.unlisted_spend = Some(day.total.less(day.sum).spend);
            } else {
                drifting.push(day);
            }
            verdicts.push(verdict);
        }
        self.note(filled, &verdicts).await?;
        Ok(drifting)
    }

    /// Reads days once more, each as far down the ladder as its total asks for.
    pub(super) async fn read_again(
        &self,
        step: &mut Step,
        filled: &Filled<Insights>,
        days: &[Day],
        today: NaiveDate,
    ) -> Result<(), Failure> {
        let hash = request_hash(&filled.layout, &self.engine.conversions(&self.account));
        let totals = if filled.layout.report.adds_up() {
            days.iter().map(|day| (day.date, day.total)).collect()
        } else {
            BTreeMap::new()
        };
        let ladder = Ladder { known: self.known_rungs().await?, totals };
        let reading = self.reading(step.session.clone(), filled, hash, today, true, ladder);
        let rows_per_day = days.iter().map(|day| day.rows).max().unwrap_or(0).max(1);
        let dates: Vec<Days> = days.iter().map(|day| Days { since: day.date, until: day.date }).collect();
        self.read_periods(step, &reading, &dates, rows_per_day).await
    }

    /// Reads a window once more whose listing is now known to leave rows out.
    pub(super) async fn read_anew(
        &self,
        step: &mut Step,
        filled: &Filled<Insights>,
        window: Days,
        today: NaiveDate,
    ) -> Result<(), Failure> {
        let report = &filled.layout.report;
        let window = Days { since: window.since.max(retention::rows_since(report, today)), ..window };
        if window.is_empty() {
            return Ok(());
        }
        let ladder = Ladder { known: self.known_rungs().await?, ..Ladder::default() };
        let hash = self.request_hash(filled, window);
        let reading = self.reading(step.session.clone(), filled, hash, today, true, ladder);
        let periods = plan::periods(report.increment, window, today);
        let covered = self.days_of(filled, window).await?;
        let rows = covered.iter().map(|day| day.rows).max().unwrap_or(0).max(1);
        self.read_periods(step, &reading, &periods, rows).await
    }

    /// Reads some periods for the second time in a run.
    async fn read_periods(
        &self,
        step: &mut Step,
        reading: &Arc<Reading>,
        periods: &[Days],
        rows_per_period: u64,
    ) -> Result<(), Failure> {
        let page_size = self.engine.client.settings().page_size;
        let most = step.session.most_days(&self.account, &sized_as(&reading.filled.layout.report));
        for slice in slices(periods, rows_per_period, page_size, 1, most) {
            let end = Arc::clone(reading).slice(slice, Arc::default()).await;
            let unchanged = end.tally.counts.unchanged;
            step.tally.add(end.tally);
            // Rows that stand as they did were counted when they were first read.
            step.tally.counts.unchanged -= unchanged;
            end.result?;
        }
        Ok(())
    }

    /// The days again, those that agree and those that differ.
    async fn look(
        &self,
        filled: &Filled<Insights>,
        dates: &BTreeSet<NaiveDate>,
    ) -> Result<(Vec<Day>, Vec<Day>), Failure> {
        let (Some(&since), Some(&until)) = (dates.first(), dates.last()) else { return Ok((Vec::new(), Vec::new())) };
        let days = self.days_of(filled, Days { since, until }).await?;
        let days = days.into_iter().filter(|day| dates.contains(&day.date));
        Ok(days.partition(|day| day.sum.agrees_with(day.total, day.rows)))
    }

    pub(super) async fn days_of(&self, filled: &Filled<Insights>, days: Days) -> Result<Vec<Day>, Failure> {
        Ok(totals::days(&self.engine.db, self.account.digits(), &filled.layout.report.name, days).await?)
    }

    async fn note(&self, filled: &Filled<Insights>, verdicts: &[Verdict]) -> Result<(), Failure> {
        let (db, report) = (&self.engine.db, &filled.layout.report.name);
        Ok(db.retrying(|| totals::note(db, self.account.digits(), report, verdicts)).await?)
    }

    /// Reads Meta's own totals of some days into `account_insights`.
    pub(super) async fn read_totals(&self, step: &mut Step, days: Days, today: NaiveDate) -> Result<(), Failure> {
        let totals = &self.engine.tables.totals;
        let reading = self.reading(step.session.clone(), totals, String::new(), today, false, Ladder::default());
        let end = reading.slice(days, Arc::default()).await;
        // Control rows are none of the run's rows.
        step.tally.warnings.merge(end.tally.warnings);
        end.result
    }

    /// Meta's totals without its deleted objects, for days that lack something: where the rows of the others come up to
    /// these, what is lacking is the deleted ones'. A question that Meta refuses explains nothing.
    async fn undeleted_totals(
        &self,
        step: &mut Step,
        filled: &Filled<Insights>,
        days: &[Day],
    ) -> Result<Option<BTreeMap<NaiveDate, Figures>>, Failure> {
        let level = filled.layout.report.level;
        let short = days.iter().filter(|day| day.sum.falls_short_of(day.total, day.rows));
        let dates: BTreeSet<NaiveDate> = short.map(|day| day.date).collect();
        let mut found = BTreeMap::new();
        if level == Level::Account {
            return Ok(None);
        }
        let states = Some(States { object: level.as_str(), by: By::StatusUndeleted });
        for range in contiguous(&dates) {
            match self.thin_totals(step, range, states).await {
                Ok(totals) => found.extend(totals),
                Err(Failure::Meta(error)) if error.class == Class::Invalid => {
                    tracing::info!(%error, "totals without deleted objects were refused");
                    return Ok(None);
                }
                Err(failure) => return Err(failure),
            }
        }
        Ok(Some(found))
    }

    /// The account's totals by day, the figures that are compared alone, kept in no table.
    pub(super) async fn thin_totals(
        &self,
        step: &Step,
        days: Days,
        states: Option<States>,
    ) -> Result<BTreeMap<NaiveDate, Figures>, Failure> {
        let fields = "account_id,spend,impressions,clicks,date_start,date_stop".to_owned();
        let question = InsightsQuery { fields, states, ..query(&self.engine.tables.totals.layout, days) };
        let mut listing = step.session.insights(&self.account, &question);
        let mut found = BTreeMap::new();
        while let Some(page) = listing.next().await? {
            for row in page.rows()? {
                let text = |field: &str| row.get(field).and_then(|raw| value::text(raw.get()));
                let count = |field: &str| text(field).and_then(|text| value::number(&text));
                let figures = || {
                    let spend = value::decimal(&text("spend")?)?;
                    Some(Figures { spend, impressions: count("impressions")?, clicks: count("clicks")? })
                };
                // What cannot be read can be compared with nothing.
                let date = text("date_start").and_then(|text| value::day(&text));
                found.extend(date.zip(figures()));
            }
        }
        Ok(found)
    }
}

/// What is thought of a day at first sight. `asks_anew`: whoever asks on demand wants everything looked at again.
fn think(day: &Day, today: NaiveDate, asks_anew: bool) -> Thought {
    if day.date >= today {
        return Thought::Settled("moving");
    }
    if day.sum.agrees_with(day.total, day.rows) {
        return Thought::Settled("settled");
    }
    let is_judged = matches!(day.status.as_deref(), Some("drift" | "explained"));
    if is_judged && day.compared_with == Some(day.total) && !asks_anew { Thought::Known } else { Thought::Doubtful }
}

/// Whether a day lacks nothing but deleted objects: its other rows (how many, and what they sum to) come up to Meta's total
/// without these. A day without such a total had nothing but deleted ones, and then nothing else may stand in its rows.
fn is_explained(day: &Day, (rows, own): (u64, Figures), undeleted: Option<Figures>) -> bool {
    day.sum.falls_short_of(day.total, day.rows)
        && match undeleted {
            Some(undeleted) => undeleted.is_at_most(own, rows),
            None => rows == 0,
        }
}

fn verdict(day: &Day, status: Option<&'static str>) -> Verdict {
    Verdict { date: day.date, status, total: day.total, unlisted_spend: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(date: &str, ours: i64, metas: i64) -> Day {
        let figures = |impressions| Figures { impressions, ..Figures::default() };
        Day {
            date: date.parse().unwrap(),
            rows: 1,
            sum: figures(ours),
            total: figures(metas),
            compared_with: None,
            status: None,
        }
    }

    #[test]
    fn deleted_objects_explain_what_is_missing_and_no_more() {
        let figures = |impressions| Figures { impressions, ..Figures::default() };
        let undeleted = |impressions| Some(figures(impressions));
        let short = day("2026-11-19", 70, 100);
        assert!(is_explained(&short, (1, figures(70)), undeleted(70)), "all that is missing was deleted");
        assert!(is_explained(&short, (1, figures(60)), undeleted(60)), "some deleted rows were found");
        assert!(!is_explained(&short, (1, figures(50)), undeleted(60)), "something else is missing, too");
        assert!(!is_explained(&short, (1, figures(70)), undeleted(71)), "something that was not deleted is missing");
        assert!(!is_explained(&short, (1, figures(70)), undeleted(100)), "nothing was deleted");
        assert!(!is_explained(&short, (1, figures(70)), None), "rows without a total beneath them");
        assert!(
            is_explained(&short, (0, figures(0)), None),
            "some of the deleted rows were found, and nothing else was there"
        );
        assert!(
            !is_explained(&day("2026-11-19", 110, 100), (1, figures(110)), undeleted(70)),
            "too much is never explained"
        );
    }

    #[test]
    fn today_moves_and_a_day_that_differs_is_in_doubt_until_it_was_judged() {
        let today = "2026-11-20".parse().unwrap();
        assert_eq!(think(&day("2026-11-20", 1, 2), today, false), Thought::Settled("moving"));
        assert_eq!(think(&day("2026-11-19", 2, 2), today, false), Thought::Settled("settled"));
        let differing = day("2026-11-19", 1, 2);
        assert_eq!(think(&differing, today, false), Thought::Doubtful);
        for status in ["drift", "explained"] {
            let judged =
                Day { status: Some(status.to_owned()), compared_with: Some(differing.total), ..differing.clone() };
            assert_eq!(think(&judged, today, false), Thought::Known);
            assert_eq!(think(&judged, today, true), Thought::Doubtful, "on demand it is looked at again");
            let moved = Day { compared_with: Some(Figures::default()), ..judged };
            assert_eq!(think(&moved, today, false), Thought::Doubtful, "another total is another question");
        }
    }
}
