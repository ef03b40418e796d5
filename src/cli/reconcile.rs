//! `adsync reconcile`: compares with Meta's totals on demand, reads again what differs, and shows what still does.

use std::collections::BTreeSet;

use chrono::{NaiveDate, Utc};

use crate::config::Settings;
use crate::rows::report::{Days, Increment};
use crate::store::totals::{self, Day};
use crate::sync::plan;
use crate::sync::report::{AccountReport, RunReport, Status};
use crate::sync::{Engine, Sweeps, Work};

use super::Failed;
use super::output::{complain, lines, say, table};
use super::summary::troubles;
use super::sync::{Asked, DEADLINE, Ran, date, dates, find_accounts, perform, told};

/// Arguments of `reconcile`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  adsync reconcile --since 2026-11-01 --until 2026-11-15\n\nA day that differs is read once more before it is shown. Exit status: 0 all days agree, still move or are explained;\n3 some day differs, or was never read."
)]
pub(super) struct Args {
    /// The first day
    #[arg(long, value_name = "DATE", value_parser = date)]
    since: NaiveDate,
    /// The last day; without it, today
    #[arg(long, value_name = "DATE", value_parser = date)]
    until: Option<NaiveDate>,
    /// Only this account, with or without act_ (repeatable)
    #[arg(long = "account", value_name = "ID")]
    accounts: Vec<String>,
    /// Print JSON: objects named like the columns of sync_coverage, one for each day that differs
    #[arg(long)]
    json: bool,
}

/// What the comparison came to, all accounts and reports together.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outcome {
    agreeing: u64,
    /// Weeks and months that agree.
    agreeing_periods: u64,
    moving: u64,
    explained: u64,
    differing: u64,
    /// Days that could not be compared: never read to their end, the run did not get there, or Meta's total could not be
    /// read.
    open: u64,
}

/// A line of the table.
struct Line {
    account: String,
    report: String,
    day: Day,
}

pub(super) async fn reconcile(args: Args, settings: Settings) -> Result<(), Failed> {
    let window = dates(args.since, args.until, Utc::now())?;
    let accounts = if args.accounts.is_empty() { None } else { Some(find_accounts(&settings, &args.accounts)?) };
    let asked = Asked {
        schedule: None,
        trigger: "manual",
        accounts,
        reports: None,
        window,
        refresh: false,
        work: Work::Reconcile,
        sweeps: Sweeps::Nothing,
        deadline: Some(DEADLINE),
        is_dry: false,
    };
    let Ran { engine, report, shutdown, .. } = Box::pin(perform(asked, settings)).await?;
    let Some(report) = report else { return Ok(()) };
    let (outcome, differing) = look(&engine, &report).await?;
    if args.json {
        say(&json(&engine, &report).await?);
    } else {
        show(&differing);
    }
    let sentence = outcome.sentence();
    if args.json {
        complain(&sentence)
    } else {
        say(&sentence)
    }
    report.warnings.iter().for_each(|warning| complain(&format!("warning: {}", warning.message)));
    report.accounts.iter().for_each(troubles);
    let ended = match told(&report, &shutdown) {
        Ok(()) if outcome.differing + outcome.open > 0 => Err(Failed::Partial),
        ended => ended,
    };
    engine.db.close().await;
    ended
}

/// Counts the days of the run by what they came to, and picks out those whose figures differ.
async fn look(engine: &Engine, report: &RunReport) -> Result<(Outcome, Vec<Line>), Failed> {
    let (mut outcome, mut differing) = (Outcome::default(), Vec::new());
    for account in &report.accounts {
        let Some(window) = account.compared else { continue };
        for filled in engine.tables.reports.iter().filter(|filled| filled.layout.report.adds_up()) {
            let (report, db, digits) = (&filled.layout.report, &engine.db, account.account.digits());
            let today = account.today.unwrap_or(window.until);
            let periods = plan::periods(report.increment, window, today);
            let held = match report.increment {
                Increment::Daily => totals::days(db, digits, &report.name, window).await?,
                // Windows are compared when they are read.
                Increment::AllDays => continue,
                _ => totals::periods(db, digits, &report.name, &periods, today, None).await?,
            };
            let read: BTreeSet<NaiveDate> = held.iter().map(|day| day.date).collect();
            let unread = periods.iter().filter(|period| !read.contains(&period.since));
            outcome.open += unread.fold(0, |count, _| count + 1);
            for day in held {
                outcome.count(&day, account);
                let is_running = day.until > day.date && day.until >= today;
                if !is_running && !day.agrees() {
                    differing.push(Line { account: account.account.act(), report: report.name.clone(), day });
                }
            }
        }
    }
    Ok((outcome, differing))
}

impl Outcome {
    fn count(&mut self, day: &Day, account: &AccountReport) {
        let has_compared = account.steps.last().is_some_and(|step| {
            step.step == "reconcile" && matches!(step.status, Status::Succeeded | Status::Failed | Status::Skipped)
        });
        *match day.status.as_deref() {
            Some("settled") if has_compared && day.until > day.date => &mut self.agreeing_periods,
            Some("settled") if has_compared => &mut self.agreeing,
            Some("moving") if has_compared => &mut self.moving,
            Some("explained") => &mut self.explained,
            Some("drift") => &mut self.differing,
            _ => &mut self.open,
        } += 1;
    }

    fn sentence(&self) -> String {
        let longer = match self.agreeing_periods {
            0 => String::new(),
            periods => format!(" and {periods} weeks or months"),
        };
        let mut parts = vec![format!("{} days{longer} agree with Meta's totals", self.agreeing)];
        let further = [
            (self.moving, "still move"),
            (self.explained, "lack only deleted objects, which Meta counts and does not list"),
            (self.differing, "differ"),
            (self.open, "could not be compared: `adsync backfill` reads days that were never read"),
        ];
        parts.extend(further.iter().filter(|(days, _)| *days > 0).map(|(days, what)| format!("{days} {what}")));
        parts.join("; ") + "."
    }
}

fn show(differing: &[Line]) {
    if differing.is_empty() {
        return;
    }
    let mut rows = table(
        &[
            "account",
            "report",
            "day",
            "status",
            "spend",
            "Meta",
            "difference",
            "impressions",
            "Meta",
            "difference",
            "clicks",
            "Meta",
            "difference",
        ],
        4,
    );
    for Line { account, report, day } in differing {
        let difference = day.total.less(day.sum);
        rows.add_row([
            account.clone(),
            report.clone(),
            day.date.to_string(),
            words(day.status.as_deref()).to_owned(),
            day.sum.spend.normalize().to_string(),
            day.total.spend.normalize().to_string(),
            difference.spend.normalize().to_string(),
            day.sum.impressions.to_string(),
            day.total.impressions.to_string(),
            difference.impressions.to_string(),
            day.sum.clicks.to_string(),
            day.total.clicks.to_string(),
            difference.clicks.to_string(),
        ]);
    }
    say(&lines(&rows));
}

/// A status as people read it.
fn words(status: Option<&str>) -> &'static str {
    match status {
        Some("settled") => "agrees",
        Some("moving") => "still moves",
        Some("explained") => "explained: deleted objects",
        Some("drift") => "differs",
        _ => "not compared",
    }
}

async fn json(engine: &Engine, report: &RunReport) -> Result<String, Failed> {
    let accounts: Vec<String> = report.accounts.iter().map(|account| account.account.digits().to_owned()).collect();
    let windows = || report.accounts.iter().filter_map(|account| account.compared);
    let since = windows().map(|window| window.since).min();
    let until = windows().map(|window| window.until).max();
    match since.zip(until) {
        Some((since, until)) => Ok(totals::differing_json(&engine.db, &accounts, Days { since, until }).await?),
        None => Ok("[]".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_names_only_what_there_is() {
        let outcome = Outcome { agreeing: 28, moving: 1, ..Outcome::default() };
        assert_eq!(outcome.sentence(), "28 days agree with Meta's totals; 1 still move.");
        let outcome = Outcome { agreeing_periods: 4, ..outcome };
        assert_eq!(outcome.sentence(), "28 days and 4 weeks or months agree with Meta's totals; 1 still move.");
        let outcome = Outcome { differing: 2, open: 3, ..Outcome::default() };
        assert!(outcome.sentence().contains("2 differ; 3 could not be compared"), "{}", outcome.sentence());
    }
}
