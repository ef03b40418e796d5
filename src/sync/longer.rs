//! Weeks, months and windows against the sum of Meta's totals of their days.
//!
//! Spend, impressions and clicks add up over days and objects, whatever reach does: so a longer period that is over is judged
//! as a day is. One that still runs holds its days before today and a part of today: it must have as much as these days at
//! the least, and is read once more where it has less. No more can be said of it, and it is never an alarm.
//!
//! Where a breakdown may count an impression twice or leave it out (assets, products, regions, whatever needs an opt-in),
//! nothing is compared: neither a sum nor a bound of it is Meta's word. Breakdowns that put every impression in one place
//! are compared like none.

use chrono::NaiveDate;

use crate::rows::insights::Insights;
use crate::rows::report::{Days, Increment};
use crate::store::totals::{self, Day};

use super::account::AccountRun;
use super::judgement::{is_explained, verdict};
use super::missed::Missed;
use super::named::Named;
use super::report::{AccountReport, Failure};
use super::step::Step;
use super::tables::Filled;

/// Fields that are compared.
const COMPARED: [&str; 3] = ["spend", "impressions", "clicks"];

impl AccountRun<'_> {
    /// Days or longer periods of a report, oldest first, that were read, beside Meta's totals.
    pub(super) async fn held(
        &self,
        filled: &Filled<Insights>,
        periods: &[Days],
        today: NaiveDate,
    ) -> Result<Vec<Day>, Failure> {
        let (Some(first), Some(last)) = (periods.first(), periods.last()) else { return Ok(Vec::new()) };
        let (db, account_id, report) = (&self.engine.db, self.account.digits(), &filled.layout.report);
        let span = Days { since: first.since, until: last.until };
        let mut held = match report.increment {
            Increment::Daily => {
                let mut days = totals::days(db, account_id, &report.name, span).await?;
                days.retain(|day| periods.binary_search_by_key(&day.date, |period| period.since).is_ok());
                days
            }
            Increment::Weekly | Increment::Monthly => {
                totals::periods(db, account_id, &report.name, periods, today, None).await?
            }
            Increment::AllDays => {
                let hash = self.request_hash(filled, span);
                totals::periods(db, account_id, &report.name, periods, today, Some(&hash)).await?
            }
        };
        // Two figures that nobody told do not agree with each other.
        let refused = [self.refused_fields(&filled.layout), self.refused_fields(&self.engine.tables.totals.layout)];
        if COMPARED.iter().any(|field| refused.iter().any(|refused| refused.contains(*field))) {
            held.iter_mut().for_each(|day| day.is_comparable = false);
        }
        Ok(held)
    }

    /// Reads what still runs once more, all the way down the ladder, where it lacks something of its days that are over, or
    /// where other days lack something. Returns the longer periods that still lack something for no good reason.
    pub(super) async fn complete_running(
        &self,
        step: &mut Step,
        filled: &Filled<Insights>,
        running: &[Day],
        today: NaiveDate,
        report: &AccountReport,
        missed: &mut Missed,
    ) -> Result<Vec<Day>, Failure> {
        if running.is_empty() {
            return Ok(Vec::new());
        }
        let inserted = step.tally.counts.inserted;
        missed.add(self.read_again(step, filled, running, today).await?);
        let periods: Vec<Days> = running.iter().map(Day::days).collect();
        if let (Some(first), Some(last)) = (periods.first(), periods.last())
            && step.tally.counts.inserted > inserted
        {
            self.find_parents(step, Days { since: first.since, until: last.until }, report, &Named::default()).await?;
        }
        let running = self.held(filled, &periods, today).await?;
        let mut verdicts: Vec<_> = running.iter().map(|day| verdict(day, Some("moving"))).collect();
        let is_lacking = |day: &Day| day.date < today && day.falls_short() && !missed.has(day);
        let mut lacking: Vec<Day> = running.into_iter().filter(is_lacking).collect();
        let short: Vec<Days> = lacking.iter().map(Day::days).collect();
        let mut undeleted = self.undeleted(step, filled, &short, today).await?;
        lacking.retain(|day| {
            let is_so = undeleted.remove(&day.date).is_some_and(|undeleted| is_explained(day, undeleted, today));
            let verdict = verdicts.iter_mut().find(|verdict| is_so && verdict.date == day.date);
            if let Some(verdict) = verdict {
                verdict.unlisted_spend = Some(day.total.less(day.sum).spend);
            }
            !is_so
        });
        self.note(filled, &verdicts).await?;
        Ok(lacking)
    }
}
