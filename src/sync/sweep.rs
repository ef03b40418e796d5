//! The monthly sweep: Meta's totals of everything that was ever read, a few calls, and what moved read again.
//!
//! Insights freeze after 28 days, and yet old days change now and then: refunds, objects removed for fraud. Once a calendar
//! month every report of every account is looked at, days, weeks and months alike, as far as it was read and lies before
//! the run's window. It falls to the run that looks back furthest at it, so that what is old is what nobody reads any more.

use chrono::{Datelike, NaiveDate};

use crate::meta::AccountId;
use crate::rows::figures::Figures;
use crate::rows::insights::Insights;
use crate::rows::report::{Days, Increment};
use crate::store::sweeps::{self, Sweep};
use crate::store::totals::Day;

use super::account::AccountRun;
use super::agreement::{Compared, Totals};
use super::judgement::verdict;
use super::plan::{self, contiguous};
use super::report::{AccountReport, Failure};
use super::retention;
use super::step::Step;
use super::tables::Filled;

/// Days of one question about totals: they fit a page.
pub(super) const DAYS_AT_ONCE: u64 = 370;
/// Days of a report that one run reads again; the next one goes on.
const MOST_DAYS: u64 = 31;

/// Which reports of which accounts a run sweeps, of those that it reads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Sweeps {
    /// None.
    #[default]
    Nothing,
    /// All but those that these other schedules read: they look back further.
    AllBut(Vec<Reach>),
}

/// What a schedule reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// Its accounts; `None` means all.
    pub accounts: Option<Vec<AccountId>>,
    /// Its reports, by name; `None` means all.
    pub reports: Option<Vec<String>>,
}

impl Reach {
    /// Whether it reads this report of this account.
    pub fn includes(&self, account: &AccountId, report: &str) -> bool {
        self.accounts.as_ref().is_none_or(|accounts| accounts.contains(account))
            && self.reports.as_ref().is_none_or(|reports| reports.iter().any(|name| name == report))
    }
}

impl Sweeps {
    /// Whether this report of this account is swept.
    pub fn includes(&self, account: &AccountId, report: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::AllBut(others) => !others.iter().any(|other| other.includes(account, report)),
        }
    }
}

/// A report that is swept, and how far that is.
type Swept<'a> = (&'a Filled<Insights>, Sweep);

impl AccountRun<'_> {
    /// Does what is due of the sweep. Returns what each report's comparison left to tell.
    pub(super) async fn sweep(
        &self,
        step: &mut Step,
        window: Days,
        today: NaiveDate,
        report: &AccountReport,
    ) -> Result<Vec<(&Filled<Insights>, Compared)>, Failure> {
        let (db, account_id) = (&self.engine.db, self.account.digits());
        let mut told = self.read_early(step, window, today, report).await?;
        let (mut pending, due) = self.due_sweeps(today).await?;
        pending.extend(self.begin_sweeps(step, &due, window, today).await?);
        for (filled, Sweep { month, pending }) in pending {
            let name = &filled.layout.report.name;
            let (mut now, mut later) = first_of(filled.layout.report.increment, &pending);
            if now.is_empty() {
                continue;
            }
            tracing::info!(
                account_id,
                report = name,
                periods = now.len(),
                later = later.len(),
                "old days moved and are read again"
            );
            let kept_since = retention::rows_since(&filled.layout.report, today);
            now.retain(|period| period.since > kept_since);
            let compared = self.read_moved(step, filled, &now, today, report).await?;
            // What failed comes last the next time, and keeps nothing else waiting.
            later.extend(compared.missed.periods().iter().map(|period| period.since));
            told.push((filled, compared));
            sweeps::note(db, account_id, name, &Sweep { month, pending: later }).await?;
        }
        Ok(told)
    }

    /// Whether this run sweeps a report. Windows have no history.
    pub(super) fn is_swept(&self, filled: &Filled<Insights>) -> bool {
        let report = &filled.layout.report;
        report.increment != Increment::AllDays && self.sweeps.includes(&self.account, &report.name)
    }

    /// The reports whose sweep of this month has begun, be it over or not, and those whose sweep is due.
    pub(super) async fn due_sweeps(
        &self,
        today: NaiveDate,
    ) -> Result<(Vec<Swept<'_>>, Vec<&Filled<Insights>>), Failure> {
        let month = today.with_day(1).unwrap_or(today);
        let (mut begun, mut due) = (Vec::new(), Vec::new());
        for filled in self.reports {
            if !self.is_swept(filled) {
                continue;
            }
            match sweeps::find(&self.engine.db, self.account.digits(), &filled.layout.report.name).await? {
                // What is left of an older month waits for nobody: it is found again, or still waits, in the new one.
                Some(sweep) if sweep.month >= month => begun.push((filled, sweep)),
                _ => due.push(filled),
            }
        }
        Ok((begun, due))
    }

    /// What a report's sweep looks at: all that was read before what the run's window touches, and that Meta still keeps.
    pub(super) async fn swept_days(
        &self,
        filled: &Filled<Insights>,
        window: Days,
        today: NaiveDate,
    ) -> Result<Vec<Days>, Failure> {
        let (db, report) = (&self.engine.db, &filled.layout.report);
        let touched = plan::periods(report.increment, window, today);
        let first = touched.first().map_or(window.since, |period| period.since);
        let since = retention::rows_since(report, today) + chrono::Days::new(1);
        let before = Days { since, until: first - chrono::Days::new(1) };
        let covered = sweeps::covered(db, self.account.digits(), &report.name, before).await?;
        Ok(covered.map_or_else(Vec::new, |covered| report.increment.periods(covered)))
    }

    /// Asks for the totals of all that is swept, in as few calls as they take, and notes what moved, the newest first.
    async fn begin_sweeps<'a>(
        &self,
        step: &mut Step,
        due: &[&'a Filled<Insights>],
        window: Days,
        today: NaiveDate,
    ) -> Result<Vec<Swept<'a>>, Failure> {
        let mut swept = Vec::new();
        for filled in due {
            swept.push((*filled, self.swept_days(filled, window, today).await?));
        }
        let mut totals = Totals::new();
        for days in questions(swept.iter().flat_map(|(_, periods)| periods)) {
            totals.extend(self.thin_totals(step, days, None).await?);
        }
        let month = today.with_day(1).unwrap_or(today);
        let (db, account_id) = (&self.engine.db, self.account.digits());
        let mut begun = Vec::new();
        for (filled, periods) in swept {
            let (name, adds_up) = (&filled.layout.report.name, filled.layout.report.adds_up());
            let held = self.held(filled, &periods, today).await?;
            let mut pending: Vec<NaiveDate> =
                held.iter().rev().filter(|day| has_moved(day, adds_up, &totals)).map(|day| day.date).collect();
            if adds_up {
                self.settle_open(step, filled, &held, &pending, today).await?;
            }
            // What an older sweep did not come to still waits.
            let left = sweeps::find(db, account_id, name).await?.map(|sweep| sweep.pending).unwrap_or_default();
            let left = left.into_iter().filter(|date| !pending.contains(date)).collect::<Vec<_>>();
            pending.extend(left);
            let sweep = Sweep { month, pending };
            sweeps::note(db, account_id, name, &sweep).await?;
            begun.push((filled, sweep));
        }
        Ok(begun)
    }

    /// Compares days or longer periods that nothing was compared with so far and that did not move: their totals failed when
    /// they were read, say.
    async fn settle_open(
        &self,
        step: &mut Step,
        filled: &Filled<Insights>,
        held: &[Day],
        moved: &[NaiveDate],
        today: NaiveDate,
    ) -> Result<(), Failure> {
        let is_open = |day: &&Day| day.status.is_none() || day.compared_with.is_none();
        let open: Vec<Days> =
            held.iter().filter(is_open).filter(|day| !moved.contains(&day.date)).map(Day::days).collect();
        for range in contiguous(&open.iter().flat_map(Days::iter).collect()) {
            self.read_totals(step, range, today).await?;
        }
        let held = self.held(filled, &open, today).await?;
        let agreeing: Vec<_> =
            held.iter().filter(|day| day.agrees()).map(|day| verdict(day, Some("settled"))).collect();
        self.note(filled, &agreeing).await
    }
}

/// The periods that one run reads again of those that wait, oldest first, and the first days of the others.
pub(super) fn first_of(increment: Increment, pending: &[NaiveDate]) -> (Vec<Days>, Vec<NaiveDate>) {
    let (mut days, mut now, mut later) = (0, Vec::new(), Vec::new());
    for &first in pending {
        let period = increment.periods(Days { since: first, until: first });
        days += period.iter().map(Days::len).sum::<u64>();
        if days <= MOST_DAYS || now.is_empty() {
            now.extend(period);
        } else {
            later.push(first);
        }
    }
    now.sort_by_key(|period| period.since);
    (now, later)
}

/// The questions by which the totals of some days are asked, from the first to the last of them.
pub(super) fn questions<'a>(periods: impl Iterator<Item = &'a Days> + Clone) -> Vec<Days> {
    let since = periods.clone().map(|period| period.since).min();
    let until = periods.map(|period| period.until).max();
    let mut questions = Vec::new();
    let mut rest = since.zip(until).map(|(since, until)| Days { since, until });
    while let Some(days) = rest.filter(|days| !days.is_empty()) {
        let until = days.until.min(days.since + chrono::Days::new(DAYS_AT_ONCE - 1));
        questions.push(Days { until, ..days });
        rest = Some(Days { since: until + chrono::Days::new(1), ..days });
    }
    questions
}

/// Whether a day or longer period moved since it was compared. Of what does not add up only Meta's total tells.
fn has_moved(day: &Day, adds_up: bool, totals: &Totals) -> bool {
    let of = |sum: Figures, date| Some(sum.plus(totals.get(&date).copied().unwrap_or(Some(Figures::default()))?));
    // Whether it moved where a total cannot be read, nobody can tell.
    let Some(total) = day.days().iter().try_fold(Figures::default(), of) else { return false };
    if !adds_up {
        return day.compared_with.unwrap_or(day.total) != total;
    }
    let is_judged = day.compared_with == Some(total) && matches!(day.status.as_deref(), Some("drift" | "explained"));
    !is_judged && !day.sum.agrees_with(total, day.slack())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(id: &str) -> AccountId {
        id.parse().unwrap()
    }

    #[test]
    fn a_run_sweeps_what_no_other_schedule_looks_back_further_at() {
        let reach = |accounts: Option<&[&str]>, reports: Option<&[&str]>| Reach {
            accounts: accounts.map(|ids| ids.iter().map(|id| account(id)).collect()),
            reports: reports.map(|names| names.iter().map(|name| (*name).to_owned()).collect()),
        };
        assert!(!Sweeps::Nothing.includes(&account("1"), "adset"));
        assert!(Sweeps::AllBut(Vec::new()).includes(&account("1"), "adset"));
        let sweeps = Sweeps::AllBut(vec![reach(Some(&["1"]), None), reach(None, Some(&["reach"]))]);
        let of = |id, report| sweeps.includes(&account(id), report);
        assert_eq!([of("1", "adset"), of("2", "adset"), of("2", "reach")], [false, true, false]);
    }

    #[test]
    fn totals_are_asked_for_a_year_at_a_time_and_every_day_once() {
        let day = |text: &str| -> NaiveDate { text.parse().unwrap() };
        let periods = [
            Days { since: day("2025-11-01"), until: day("2025-11-30") },
            Days { since: day("2024-01-01"), until: day("2024-01-07") },
        ];
        let asked = questions(periods.iter());
        assert_eq!(asked.len(), 2);
        assert_eq!(asked.iter().map(Days::len).sum::<u64>(), 700);
        assert_eq!((asked[0].since, asked[1].until), (day("2024-01-01"), day("2025-11-30")));
        assert!(questions([].iter()).is_empty());
    }

    #[test]
    fn a_run_reads_a_month_of_what_waits_oldest_first_and_one_period_at_the_least() {
        let day = |text: &str| -> NaiveDate { text.parse().unwrap() };
        let days: Vec<NaiveDate> = Days { since: day("2026-08-01"), until: day("2026-09-09") }.iter().rev().collect();
        let (now, later) = first_of(Increment::Daily, &days);
        assert_eq!((now.len(), later.len()), (31, 9));
        assert!(now.is_sorted_by_key(|period| period.since) && now[0].since == day("2026-08-10"));
        let (now, later) = first_of(Increment::Monthly, &[day("2026-08-01"), day("2026-07-01")]);
        assert_eq!((now.len(), later), (1, vec![day("2026-07-01")]));
    }

    #[test]
    fn a_week_moved_where_its_days_together_came_to_something_else() {
        let day = |text: &str| -> NaiveDate { text.parse().unwrap() };
        let figures = |impressions| Figures { impressions, ..Figures::default() };
        let week = Day {
            date: day("2026-08-03"),
            until: day("2026-08-09"),
            rows: 1,
            sum: figures(7),
            total: figures(7),
            is_comparable: true,
            minor_units: 100,
            compared_with: None,
            status: Some("settled".to_owned()),
        };
        let totals = |first, last| {
            Totals::from([
                (day("2026-08-03"), first),
                (day("2026-08-09"), last),
                (day("2026-08-10"), Some(figures(99))),
            ])
        };
        assert!(!has_moved(&week, true, &totals(Some(figures(3)), Some(figures(4)))));
        assert!(has_moved(&week, true, &totals(Some(figures(3)), Some(figures(5)))));
        assert!(!has_moved(&week, true, &totals(None, Some(figures(5)))), "a total that cannot be read tells nothing");
        let judged = Day { status: Some("drift".to_owned()), compared_with: Some(figures(8)), ..week.clone() };
        assert!(!has_moved(&judged, true, &totals(Some(figures(3)), Some(figures(5)))), "it was told already");
        let other = Day { sum: figures(20), ..week };
        assert!(!has_moved(&other, false, &totals(Some(figures(3)), Some(figures(4)))), "its rows do not add up");
    }
}
