//! A report's days, or longer periods, against Meta's totals: what differs is read once more, explained where deleted objects
//! explain it, and told where nothing does. No alarm without a second reading between two equal totals.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::meta::Class;
use crate::meta::insights::{By, InsightsQuery, States};
use crate::rows::figures::Figures;
use crate::rows::insights::Insights;
use crate::rows::report::{Days, Increment, Level};
use crate::rows::value;
use crate::store::totals::{self, Day, Verdict};
use crate::store::{deleted, periods};

use super::account::AccountRun;
use super::judgement::{Thought, Undeleted, is_explained, think, verdict};
use super::ladder::Ladder;
use super::missed::Missed;
use super::named::Named;
use super::plan::{self, contiguous, slices};
use super::report::{AccountReport, Failure};
use super::retention;
use super::run::Work;
use super::slice::{query, sized_as};
use super::step::Step;
use super::tables::Filled;

/// What a comparison leaves to tell.
#[derive(Debug, Default)]
pub(super) struct Compared {
    /// Days that differ for no good reason.
    pub drifting: Vec<Day>,
    /// Days whose total could not be read.
    pub unreadable: Vec<Day>,
    /// Longer periods that still run and lack something of their days that are over.
    pub lacking: Vec<Day>,
    /// What could not be read once more: nothing is said of it.
    pub missed: Missed,
}

/// Totals by day; `None` where one could not be read. A day without one had no delivery.
pub(super) type Totals = BTreeMap<NaiveDate, Option<Figures>>;

impl AccountRun<'_> {
    /// Compares a report's days or longer periods with the totals that were just read, and returns those that differ for no
    /// good reason.
    pub(super) async fn settle(
        &self,
        step: &mut Step,
        filled: &Filled<Insights>,
        periods: &[Days],
        today: NaiveDate,
        report: &AccountReport,
    ) -> Result<Compared, Failure> {
        let first = self.held(filled, periods, today).await?;
        let (mut verdicts, mut compared) = (Vec::new(), Compared::default());
        let (mut doubtful, mut moving, mut has_lacking) = (Vec::new(), Vec::new(), false);
        for day in first {
            if day.until >= today && day.falls_short() {
                moving.push(day.clone());
            }
            match think(&day, today, self.work == Work::Reconcile) {
                Thought::Settled(status) => verdicts.push(verdict(&day, Some(status))),
                Thought::Unreadable => {
                    verdicts.push(verdict(&day, None));
                    compared.unreadable.push(day);
                }
                Thought::Known if day.status.as_deref() == Some("drift") => compared.drifting.push(day),
                Thought::Known => {}
                Thought::Lacking => has_lacking = true,
                Thought::Doubtful => {
                    verdicts.push(verdict(&day, None));
                    doubtful.push(day);
                }
            }
        }
        self.note(filled, &verdicts).await?;
        // Where other days lack rows today may lack the same: it is read with them, and no more is made of it.
        if has_lacking || doubtful.iter().any(Day::falls_short) {
            let missed = &mut compared.missed;
            compared.lacking = self.complete_running(step, filled, &moving, today, report, missed).await?;
        }
        if !doubtful.is_empty() {
            self.resolve(step, filled, doubtful, today, report, &mut compared).await?;
            compared.drifting.sort_by_key(|day| day.date);
        }
        Ok(compared)
    }

    /// Reads days that differ once more, then their totals once more, and judges them.
    async fn resolve(
        &self,
        step: &mut Step,
        filled: &Filled<Insights>,
        doubtful: Vec<Day>,
        today: NaiveDate,
        report: &AccountReport,
        compared: &mut Compared,
    ) -> Result<(), Failure> {
        let inserted = step.tally.counts.inserted;
        let missed = self.read_again(step, filled, &doubtful, today).await?;
        let periods: Vec<Days> = doubtful.iter().filter(|day| !missed.has(day)).map(Day::days).collect();
        compared.missed.add(missed);
        let (agreeing, differing) = self.look(filled, &periods, today).await?;
        self.note(filled, &agreeing.iter().map(|day| verdict(day, Some("settled"))).collect::<Vec<_>>()).await?;
        let Some(span) = span(&differing) else { return Ok(()) };
        // The second reading lies between two readings of the total now: a day that moved in between is no alarm.
        let dates: BTreeSet<NaiveDate> = differing.iter().flat_map(|day| day.days().iter()).collect();
        for range in contiguous(&dates) {
            self.read_totals(step, range, today).await?;
        }
        let before: BTreeMap<NaiveDate, Figures> = differing.iter().map(|day| (day.date, day.total)).collect();
        let periods: Vec<Days> = differing.iter().map(Day::days).collect();
        let (agreeing, differing) = self.look(filled, &periods, today).await?;
        let (differing, unreadable): (Vec<Day>, Vec<Day>) = differing.into_iter().partition(|day| day.is_comparable);
        let has_moved = |day: &Day| before.get(&day.date).is_some_and(|total| *total != day.total);
        let (moving, differing): (Vec<Day>, Vec<Day>) = differing.into_iter().partition(has_moved);
        let mut verdicts: Vec<Verdict> = agreeing.iter().map(|day| verdict(day, Some("settled"))).collect();
        verdicts.extend(moving.iter().map(|day| verdict(day, Some("moving"))));
        verdicts.extend(unreadable.iter().map(|day| verdict(day, None)));
        compared.unreadable.extend(unreadable);
        if step.tally.counts.inserted > inserted {
            // What was found late may be nobody's yet, and only an object's own row says that it was deleted.
            self.find_parents(step, span, report, &Named::default()).await?;
        }
        let short = differing.iter().filter(|day| day.falls_short());
        let short: Vec<Days> = short.map(Day::days).collect();
        let mut undeleted = self.undeleted(step, filled, &short, today).await?;
        for day in differing {
            let mut verdict = verdict(&day, Some("drift"));
            if undeleted.remove(&day.date).is_some_and(|undeleted| is_explained(&day, undeleted, today)) {
                verdict.status = Some("explained");
                verdict.unlisted_spend = Some(day.total.less(day.sum).spend);
            } else {
                compared.drifting.push(day);
            }
            verdicts.push(verdict);
        }
        self.note(filled, &verdicts).await
    }

    /// Reads days or longer periods once more, each as far down the ladder as its total asks for.
    pub(super) async fn read_again(
        &self,
        step: &mut Step,
        filled: &Filled<Insights>,
        days: &[Day],
        today: NaiveDate,
    ) -> Result<Missed, Failure> {
        let totals = if filled.layout.report.adds_up() {
            days.iter().filter(|day| day.is_comparable).map(|day| (day.date, day.total)).collect()
        } else {
            BTreeMap::new()
        };
        let minor_units = days.first().map_or(100, |day| day.minor_units);
        let asks_known = !filled.layout.report.adds_up();
        let ladder = Ladder { totals, minor_units, asks_known, ..self.ladder(&filled.layout.report).await? };
        let rows_per_day = days.iter().map(|day| day.rows).max().unwrap_or(0);
        let periods: Vec<Days> = days.iter().map(Day::days).collect();
        self.read_periods(step, filled, &periods, rows_per_day, ladder, today).await
    }

    /// Reads a window once more whose listing is now known to leave rows out. Of a report of windows only the one that this
    /// run was asked for: nobody else wants it.
    pub(super) async fn read_anew(
        &self,
        step: &mut Step,
        filled: &Filled<Insights>,
        window: Days,
        today: NaiveDate,
    ) -> Result<Missed, Failure> {
        let report = &filled.layout.report;
        let window = Days { since: window.since.max(retention::rows_since(report, today)), ..window };
        if window.is_empty() {
            return Ok(Missed::default());
        }
        let (db, account_id, run_id) = (&self.engine.db, self.account.digits(), self.opening.id);
        if report.increment == Increment::AllDays
            && !periods::is_asked_by(db, account_id, &report.name, window, run_id).await?
        {
            return Ok(Missed::default());
        }
        let ladder = Ladder { asks_known: true, ..self.ladder(report).await? };
        let periods = plan::periods(report.increment, window, today);
        let held = self.held(filled, &periods, today).await?;
        let rows = held.iter().map(|day| day.rows).max().unwrap_or(0);
        self.read_periods(step, filled, &periods, rows, ladder, today).await
    }

    /// Reads days or longer periods, oldest first, once more. What fails among them takes no other with it: where the
    /// question of several was refused, each half is asked by itself.
    pub(super) async fn read_periods(
        &self,
        step: &mut Step,
        filled: &Filled<Insights>,
        periods: &[Days],
        rows_per_period: u64,
        ladder: Ladder,
        today: NaiveDate,
    ) -> Result<Missed, Failure> {
        let window = periods.first().zip(periods.last());
        let window = window.map_or(Days { since: today, until: today }, |(first, last)| Days {
            since: first.since,
            until: last.until,
        });
        let hash = self.request_hash(filled, window);
        let increment = filled.layout.report.increment;
        let reading = self.reading(step, filled, hash, today, true, ladder);
        let page_size = self.engine.client.settings().page_size;
        let most = step.session.most_days(&self.account, &sized_as(&filled.layout.report));
        let mut open = slices(periods, rows_per_period.max(1), page_size, 1, most);
        open.reverse();
        let mut missed = Missed::default();
        while let Some(slice) = open.pop() {
            let end = Arc::clone(&reading).slice(slice, Arc::default()).await;
            let unchanged = end.tally.counts.unchanged;
            step.tally.add(end.tally);
            // Rows that stand as they did were counted when they were first read.
            step.tally.counts.unchanged -= unchanged;
            let Err(failure) = end.result else { continue };
            let periods = increment.periods(slice);
            let (earlier, later) = periods.split_at(periods.len() / 2);
            match (earlier, later) {
                ([first, .., last] | [first @ last], [next, ..]) if failure.may_be_one_day() => {
                    open.push(Days { since: first.since, until: last.until });
                    open.push(Days { since: next.since, until: slice.until });
                }
                // All that is left of the table would meet the same wall.
                _ if failure.stops_siblings() => {
                    let rest = open.drain(..).rev().flat_map(|days| increment.periods(days));
                    let periods: Vec<Days> = periods.into_iter().chain(rest).collect();
                    missed.miss(&periods, failure)?;
                }
                _ => missed.miss(&periods, failure)?,
            }
        }
        Ok(missed)
    }

    /// The days or longer periods again, those that agree and those that differ.
    async fn look(
        &self,
        filled: &Filled<Insights>,
        periods: &[Days],
        today: NaiveDate,
    ) -> Result<(Vec<Day>, Vec<Day>), Failure> {
        Ok(self.held(filled, periods, today).await?.into_iter().partition(Day::agrees))
    }

    pub(super) async fn note(&self, filled: &Filled<Insights>, verdicts: &[Verdict]) -> Result<(), Failure> {
        let (db, report) = (&self.engine.db, &filled.layout.report.name);
        Ok(totals::note(db, self.account.digits(), report, verdicts).await?)
    }

    /// Reads Meta's own totals of some days into `account_insights`.
    pub(super) async fn read_totals(&self, step: &mut Step, days: Days, today: NaiveDate) -> Result<(), Failure> {
        let totals = &self.engine.tables.totals;
        let reading = self.reading(step, totals, String::new(), today, false, Ladder::default());
        let end = reading.slice(days, Arc::default()).await;
        // Control rows are none of the run's rows.
        step.tally.add_apart_from_rows(end.tally);
        end.result.map(drop)
    }

    /// What Meta counts and what the rows sum to without deleted objects, of days or longer periods that lack something, by
    /// their first days. A question that Meta refuses explains nothing, nor does one that leaves out more than deleted
    /// objects.
    pub(super) async fn undeleted(
        &self,
        step: &mut Step,
        filled: &Filled<Insights>,
        periods: &[Days],
        today: NaiveDate,
    ) -> Result<BTreeMap<NaiveDate, Undeleted>, Failure> {
        let (db, account_id, level) = (&self.engine.db, self.account.digits(), filled.layout.report.level);
        let dates: BTreeSet<NaiveDate> = periods.iter().flat_map(Days::iter).filter(|day| *day < today).collect();
        let mut totals = Totals::new();
        if level == Level::Account || dates.is_empty() {
            return Ok(BTreeMap::new());
        }
        let (_, named) = By::StatusUndeleted.filter(level.as_str());
        if deleted::has_other_status(db, level, account_id, &named).await? {
            tracing::info!(
                level = level.as_str(),
                "an object has a status that has no name here: nothing is explained"
            );
            return Ok(BTreeMap::new());
        }
        let states = Some(States { object: level.as_str(), by: By::StatusUndeleted });
        for range in contiguous(&dates) {
            match self.thin_totals(step, range, states).await {
                Ok(more) => totals.extend(more),
                Err(Failure::Meta(error)) if error.class == Class::Invalid => {
                    tracing::info!(%error, "totals without deleted objects were refused");
                    return Ok(BTreeMap::new());
                }
                Err(failure) => return Err(failure),
            }
        }
        let sums = deleted::undeleted_sums(db, &filled.layout, account_id, periods).await?;
        let without = |period: &Days| {
            let (rows, sum) = sums.get(&period.since).copied().unwrap_or_default();
            let total = totals
                .range(period.since..=period.until)
                .try_fold(Figures::default(), |sum, (_, total)| Some(sum.plus((*total)?)));
            (period.since, Undeleted { rows, sum, total })
        };
        Ok(periods.iter().map(without).collect())
    }

    /// The account's totals by day, the figures that are compared alone, kept in no table.
    pub(super) async fn thin_totals(
        &self,
        step: &mut Step,
        days: Days,
        states: Option<States>,
    ) -> Result<Totals, Failure> {
        let fields = "account_id,spend,impressions,clicks,date_start,date_stop".to_owned();
        let question = InsightsQuery { fields, states, ..query(&self.engine.tables.totals.layout, days) };
        let mut listing = step.session.insights(&self.account, &question);
        let mut found = BTreeMap::new();
        while let Some(page) = listing.next().await? {
            let refused = self.refused_fields(&self.engine.tables.totals.layout);
            for row in page.rows()? {
                let text =
                    |field: &str| row.get(field).filter(|raw| raw.get() != "null").map(|raw| value::text(raw.get()));
                // What does not come is nothing; what is refused or cannot be read can be compared with nothing.
                let none = |field: &str| (!refused.contains(field)).then_some(0);
                let count = |field: &str| text(field).map_or_else(|| none(field), |text| value::number(&text?));
                let figures = || {
                    let none = || none("spend").map(Decimal::from);
                    let spend = text("spend").map_or_else(none, |text| value::decimal(&text?))?;
                    Some(Figures { spend, impressions: count("impressions")?, clicks: count("clicks")? })
                };
                let date = text("date_start").flatten().and_then(|text| value::day(&text));
                found.extend(date.map(|date| (date, figures())));
            }
        }
        step.tally.asked(listing.asked());
        Ok(found)
    }
}

/// From the first of some days or longer periods to the last, oldest first.
fn span(days: &[Day]) -> Option<Days> {
    Some(Days { since: days.first()?.date, until: days.last()?.until })
}
