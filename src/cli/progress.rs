//! Progress of a run: a moving line on a terminal, a plain line now and then elsewhere. All of it on stderr.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::meta::Client;
use crate::meta::pacing::Known;
use crate::sync::Progress;
use crate::telemetry;

use super::clock;

/// How often the moving line is drawn.
const REDRAW: Duration = Duration::from_millis(100);
/// How often a plain line is written.
const PLAIN_LINE: Duration = Duration::from_secs(10);

/// How progress is shown.
#[derive(Debug)]
pub(super) struct Display {
    is_terminal: bool,
    log: telemetry::Settings,
}

/// A display that is running.
#[derive(Debug)]
pub(super) struct Watching {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Display {
    /// A moving line where stderr is a terminal; log lines below a warning would tear it, so they go to the files alone.
    pub(super) fn choose(log: &telemetry::Settings) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        let mut log = log.clone();
        if is_terminal && log.level == "info" {
            // What went wrong with a step stands in the summary.
            log.level = "warn,adsync::sync::step=error".to_owned();
        }
        Self { is_terminal, log }
    }

    /// The log that goes with it.
    pub(super) fn log(&self) -> &telemetry::Settings {
        &self.log
    }

    /// Shows progress until it is ended. The client knows which of Meta's budgets are blocked.
    pub(super) fn watch(&self, progress: Arc<Progress>, client: Client) -> Watching {
        let stop = CancellationToken::new();
        let task = if self.is_terminal {
            tokio::spawn(draw(progress, client, stop.clone()))
        } else {
            tokio::spawn(tell(progress, client, stop.clone()))
        };
        Watching { stop, task }
    }
}

impl Watching {
    /// Ends the display and clears its line.
    pub(super) async fn end(self) {
        self.stop.cancel();
        self.task.await.ok();
    }
}

async fn draw(progress: Arc<Progress>, client: Client, stop: CancellationToken) {
    let bar = ProgressBar::new(0);
    let style = ProgressStyle::with_template("{spinner} {elapsed} {bar:30} {pos}/{len} days  {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    while !stopped(&stop, REDRAW).await {
        let figures = Figures::of(&progress, bar.elapsed());
        // A bar of nothing looks full.
        bar.set_length(figures.days.max(1));
        bar.set_position(figures.days_done);
        let waits = waits(&progress, &client.budgets().known(), Utc::now());
        let lines: Vec<String> = std::iter::once(figures.beside_days()).chain(waits).collect();
        bar.set_message(lines.join("\n  "));
    }
    bar.finish_and_clear();
}

async fn tell(progress: Arc<Progress>, client: Client, stop: CancellationToken) {
    let began = Instant::now();
    while !stopped(&stop, PLAIN_LINE).await {
        let figures = Figures::of(&progress, began.elapsed());
        let waits = waits(&progress, &client.budgets().known(), Utc::now());
        let days = format!("{} of {} days, {}", figures.days_done, figures.days, figures.beside_days());
        let parts: Vec<String> = std::iter::once(days).chain(waits).collect();
        super::output::complain(&parts.join("; "));
    }
}

async fn stopped(stop: &CancellationToken, pause: Duration) -> bool {
    tokio::select! {
        () = stop.cancelled() => true,
        () = tokio::time::sleep(pause) => false,
    }
}

/// Whom the run waits for, and until when: Meta, as far as its budgets are blocked, or another run.
fn waits(progress: &Progress, budgets: &[Known], now: DateTime<Utc>) -> Vec<String> {
    let accounts = progress.accounts_now();
    let runs = accounts.iter().filter_map(|(digits, standing)| {
        standing.waits_for.as_ref().map(|run| format!("act_{digits} waits for {run}, which works on it"))
    });
    let blocks = budgets.iter().filter_map(|budget| {
        let until = now + budget.blocked_for?;
        let use_case = budget.bucket.use_case.as_str();
        let (whom, zone) = match &budget.bucket.account {
            Some(digits) => (format!("act_{digits} waits"), accounts.get(digits)?.zone.unwrap_or(Tz::UTC)),
            None => ("all accounts wait".to_owned(), clock::shared(accounts.values().map(|account| account.zone))),
        };
        Some(format!("{whom} for Meta's {use_case} budget until {}", clock::at(until, zone)))
    });
    runs.chain(blocks).collect()
}

struct Figures {
    accounts: u64,
    accounts_done: u64,
    days: u64,
    days_done: u64,
    rows: u64,
    calls: u64,
    rows_per_second: u128,
}

impl Figures {
    fn of(progress: &Progress, elapsed: Duration) -> Self {
        let read = |figure: &std::sync::atomic::AtomicU64| figure.load(Ordering::Relaxed);
        let rows = read(&progress.rows);
        Self {
            accounts: read(&progress.accounts),
            accounts_done: read(&progress.accounts_done),
            days: read(&progress.days),
            days_done: read(&progress.days_done),
            rows,
            calls: progress.notes.calls(),
            rows_per_second: u128::from(rows) * 1000 / elapsed.as_millis().max(1),
        }
    }

    fn beside_days(&self) -> String {
        let Self { accounts, accounts_done, rows, rows_per_second, calls, .. } = self;
        format!("{accounts_done} of {accounts} accounts, {rows} rows, {rows_per_second} rows/s, {calls} calls")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meta::pacing::Bucket;
    use crate::meta::usage::UseCase;

    fn blocked(account: Option<&str>, use_case: UseCase, seconds: Option<u64>) -> Known {
        let bucket = Bucket { token: String::new(), account: account.map(str::to_owned), use_case };
        Known { bucket, usage_pct: 100.0, blocked_for: seconds.map(Duration::from_secs) }
    }

    #[test]
    fn a_wait_says_whom_it_is_for_and_until_when_on_the_accounts_clock() {
        let progress = Progress::default();
        progress.knows("1", Some(Tz::America__Sao_Paulo));
        progress.knows("2", None);
        progress.waits("2", Some("run 7 of host".to_owned()));
        let now = "2026-11-20T17:00:00Z".parse().unwrap();
        let budgets = [
            blocked(None, UseCase::Management, Some(60)),
            blocked(Some("1"), UseCase::Insights, Some(300)),
            blocked(Some("1"), UseCase::Management, None),
            blocked(Some("9"), UseCase::Insights, Some(300)),
        ];
        assert_eq!(
            waits(&progress, &budgets, now),
            [
                "act_2 waits for run 7 of host, which works on it",
                "all accounts wait for Meta's ads_management budget until 2026-11-20 17:01:00 UTC",
                "act_1 waits for Meta's ads_insights budget until 2026-11-20 14:05:00 America/Sao_Paulo",
            ],
            "of accounts that are not this run's nothing is said"
        );
        progress.waits("2", None);
        assert_eq!(waits(&progress, &[], now), [""; 0]);
    }

    #[test]
    fn figures_are_told_in_one_line() {
        let progress = Progress::default();
        Progress::add(&progress.accounts, 3);
        Progress::add(&progress.rows, 500);
        let figures = Figures::of(&progress, Duration::from_secs(2));
        assert_eq!(figures.beside_days(), "0 of 3 accounts, 500 rows, 250 rows/s, 0 calls");
    }
}
