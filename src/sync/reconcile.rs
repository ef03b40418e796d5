//! The step that compares the rows with Meta's own totals.

use chrono::NaiveDate;

use crate::rows::insights::Insights;
use crate::rows::report::{Days, Increment};
use crate::store::coverage;
use crate::store::totals::{self, Day};

use super::account::AccountRun;
use super::agreement::Compared;
use super::missed::Missed;
use super::named::Named;
use super::plan::{self, RESTATED_DAYS};
use super::report::{AccountReport, Failure, Warning};
use super::run::Work;
use super::step::{Done, Step};
use super::tables::Filled;

impl AccountRun<'_> {
    /// Asks for Meta's own totals and notes where the rows do not agree.
    pub(super) async fn reconcile(
        &self,
        step: &mut Step,
        window: Days,
        today: NaiveDate,
        report: &mut AccountReport,
    ) -> Result<Done, Failure> {
        let asked = window;
        let window = self.compared(window, today);
        if window.is_empty() {
            return Ok(Done::Skipped("the window has no day".to_owned()));
        }
        report.compared = Some(window);
        let (mut beyond, mut missed) = (Vec::new(), Missed::default());
        let mut stopped = self.compare(step, [asked, window], today, report, &mut beyond, &mut missed).await.err();
        // What was found late may have parents that nobody has seen, and belongs to the sums, whatever else failed.
        let counts = step.tally.counts;
        if counts.inserted > 0
            && stopped.is_none()
            && let Err(failure) = self.find_parents(step, window, report, &Named::default()).await
        {
            stopped = missed.take(failure).err();
        }
        if counts.inserted + counts.updated + counts.deleted > 0
            && let Err(failure) = self.sum_metrics(today).await
            && stopped.is_none()
        {
            missed.take(failure)?;
        }
        match stopped.or_else(|| missed.worst()) {
            Some(failure) => Err(failure),
            None if beyond.is_empty() => Ok(Done::All),
            None => Err(Failure::Drift(beyond.join("; "))),
        }
    }

    /// Compares every report with Meta's totals, those that are swept once more where they are old. Fails only where
    /// everything else would fail, too.
    async fn compare(
        &self,
        step: &mut Step,
        [asked, window]: [Days; 2],
        today: NaiveDate,
        report: &mut AccountReport,
        beyond: &mut Vec<String>,
        missed: &mut Missed,
    ) -> Result<(), Failure> {
        // Nothing can be said without the totals of now.
        let has_totals = match self.read_totals(step, self.totals_days(window, today), today).await {
            Ok(()) => true,
            Err(failure) => missed.take(failure).map(|()| false)?,
        };
        let known = self.known_rungs().await?;
        let is_daily = |filled: &&Filled<Insights>| filled.layout.report.increment == Increment::Daily;
        for filled in self.reports.iter().filter(is_daily).filter(|filled| filled.layout.report.adds_up()) {
            let days = plan::periods(Increment::Daily, window, today);
            if has_totals {
                beyond.extend(self.judge(step, filled, &days, today, report, missed).await?);
            }
        }
        let has_learned = self.known_rungs().await?.len() > known.len();
        let others = self.reports.iter().filter(|filled| !is_daily(filled) || !filled.layout.report.adds_up());
        for filled in others {
            let definition = &filled.layout.report;
            // What the days were found to lack was left out of these, too, and not all of it is missed by a total.
            if has_learned && self.work != Work::Reconcile {
                match self.read_anew(step, filled, asked, today).await {
                    Ok(more) => missed.add(more),
                    Err(failure) => missed.take(failure)?,
                }
            }
            let span = if definition.increment == Increment::AllDays { asked } else { window };
            let periods = plan::periods(definition.increment, span, today);
            if definition.adds_up() && has_totals {
                beyond.extend(self.judge(step, filled, &periods, today, report, missed).await?);
            } else if let (false, Some(first), Some(last)) = (definition.adds_up(), periods.first(), periods.last()) {
                let span = Days { since: first.since, until: last.until };
                totals::not_additive(&self.engine.db, self.account.digits(), &definition.name, span).await?;
                if has_totals {
                    self.note_totals(filled, &periods, today).await?;
                }
            }
        }
        if self.work == Work::Sync {
            let swept = self.sweep(step, window, today, report).await;
            for (filled, compared) in swept.or_else(|failure| missed.take(failure).map(|()| Vec::new()))? {
                self.tell_of_missed(filled, &compared.missed, report);
                beyond.extend(self.tell(filled, &compared, today, report));
                missed.add(compared.missed);
            }
        }
        Ok(())
    }

    /// The days that a run compares: its window's, and those that were read for the metric columns, where they adjoin.
    pub(super) fn compared(&self, window: Days, today: NaiveDate) -> Days {
        let metrics = self.engine.settings.adset_metrics.days(today);
        let adjoins = metrics.since <= window.since && window.since <= metrics.until + chrono::Days::new(1);
        let extends = adjoins && self.work != Work::Reconcile;
        if extends { Days { since: metrics.since, ..window } } else { window }
    }

    /// The days whose totals a comparison needs.
    pub(super) fn totals_days(&self, window: Days, today: NaiveDate) -> Days {
        plan::totals_days(self.reports.iter().map(|filled| &filled.layout.report), window, today)
    }

    /// Compares a report's days or longer periods and warns of what drifts. Returns what has to be said louder.
    async fn judge(
        &self,
        step: &mut Step,
        filled: &Filled<Insights>,
        periods: &[Days],
        today: NaiveDate,
        report: &mut AccountReport,
        missed: &mut Missed,
    ) -> Result<Option<String>, Failure> {
        let windows = filled.layout.report.increment == Increment::AllDays;
        if let (Some(first), Some(last)) = (periods.first(), periods.last())
            && self.work == Work::Reconcile
            && !windows
        {
            let (db, account_id, span) =
                (&self.engine.db, self.account.digits(), Days { since: first.since, until: last.until });
            coverage::recount(db, &filled.layout, account_id, span).await?;
        }
        match self.settle(step, filled, periods, today, report).await {
            Ok(compared) => {
                let told = self.tell(filled, &compared, today, report);
                missed.add(compared.missed);
                Ok(told)
            }
            Err(failure) => missed.take(failure).map(|()| None),
        }
    }

    /// Warns of days that drift, a line for the report. Returns what has to be said louder: where some of them are older
    /// than what Meta restates.
    fn tell(
        &self,
        filled: &Filled<Insights>,
        compared: &Compared,
        today: NaiveDate,
        report: &mut AccountReport,
    ) -> Option<String> {
        let Compared { drifting, unreadable, lacking, .. } = compared;
        let table = &filled.layout.table.name;
        if let Some(first) = unreadable.first() {
            let message = format!(
                "Meta's total of {} lacks a figure or could not be read ({} such days): these days of {table} were compared \
                 with nothing; the next run asks again",
                first.date,
                unreadable.len()
            );
            self.warn_of("not_compared", message, unreadable.len(), report);
        }
        if let Some(first) = lacking.first() {
            self.warn_of("lacking", told_of_running(table, first, lacking.len()), lacking.len(), report);
        }
        let first = drifting.first()?;
        // A difference among days that Meta still restates may mend itself.
        let oldest_restated = today - chrono::Days::new(RESTATED_DAYS);
        let message = told(table, first, drifting.len());
        self.warn_of("drift", message, drifting.len(), report);
        let old: Vec<&Day> = drifting.iter().filter(|day| day.until < oldest_restated).collect();
        let first = old.first()?;
        Some(format!(
            "{} {} of {} that Meta no longer restates do not agree with its totals, the first is {}",
            old.len(),
            if first.until > first.date { "periods" } else { "days" },
            table,
            first.date
        ))
    }

    /// Warns of old days or longer periods that could not be read again.
    fn tell_of_missed(&self, filled: &Filled<Insights>, missed: &Missed, report: &mut AccountReport) {
        let Some(first) = missed.periods().first() else { return };
        let count = missed.periods().len();
        let message = format!(
            "{count} old days or periods of {} could not be read again, the first is {}: they are set aside, the next run asks \
             for them after the others",
            filled.layout.table.name, first.since
        );
        self.warn_of("set_aside", message, count, report);
    }

    fn warn_of(&self, code: &'static str, message: String, days: usize, report: &mut AccountReport) {
        let account_id = self.account.digits().to_owned();
        let count = u64::try_from(days).unwrap_or(u64::MAX);
        report.warnings.push(Warning { code, account_id, step: "reconcile".to_owned(), message, count });
    }
}

/// A difference in words: what it is, what it may mean, what to do.
fn told(table: &str, first: &Day, days: usize) -> String {
    let difference = first.total.less(first.sum);
    let meaning = if first.falls_short() {
        "Meta counts what it does not list"
    } else {
        "the rows hold what Meta's total does not"
    };
    let (span, what) = if first.until > first.date {
        (format!("from {} to {}", first.date, first.until), "period")
    } else {
        (format!("on {}", first.date), "day")
    };
    format!(
        "{span} Meta's total less the rows of {table} is {spend} in spend, {impressions} in impressions, {clicks} in \
         clicks, also after the {what} was read again ({days} such {what}s): {meaning}. Compare the {what} with Ads Manager; \
         `adsync reconcile --since {date}` asks again",
        date = first.date,
        spend = difference.spend.normalize(),
        impressions = difference.impressions,
        clicks = difference.clicks,
    )
}

/// What a longer period lacks that still runs, in words.
fn told_of_running(table: &str, first: &Day, periods: usize) -> String {
    let difference = first.total.less(first.sum);
    format!(
        "the rows of {table} for the period from {}, which still runs, lack {} in spend, {} in impressions, {} in clicks of \
         Meta's totals of its days before today, also after it was read again ({periods} such periods): Meta counts what it \
         does not list",
        first.date,
        difference.spend.normalize(),
        difference.impressions,
        difference.clicks,
    )
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;
    use crate::rows::figures::Figures;

    #[test]
    fn a_difference_names_its_day_its_size_and_what_to_do() {
        let figures = |cents, impressions, clicks| Figures { spend: Decimal::new(cents, 2), impressions, clicks };
        let day = Day {
            date: "2026-11-19".parse().unwrap(),
            until: "2026-11-19".parse().unwrap(),
            rows: 3,
            sum: figures(10_000, 900, 9),
            total: figures(11_250, 1_000, 10),
            is_comparable: true,
            minor_units: 100,
            compared_with: None,
            status: None,
        };
        let message = told("adset_insights", &day, 2);
        for part in
            ["2026-11-19", "12.5 in spend", "100 in impressions", "1 in clicks", "2 such days", "adsync reconcile"]
        {
            assert!(message.contains(part), "{part} is not in: {message}");
        }
        assert!(message.contains("does not list"), "{message}");
        let week = Day { until: "2026-11-25".parse().unwrap(), ..day.clone() };
        let message = told("week_insights", &week, 1);
        assert!(
            message.starts_with("from 2026-11-19 to 2026-11-25 Meta's total") && message.contains("1 such periods")
        );
        let more = Day { sum: figures(12_000, 900, 9), ..day };
        assert!(told("adset_insights", &more, 1).contains("the rows hold what"), "{more:?}");
    }
}
