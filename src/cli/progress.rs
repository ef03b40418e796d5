//! Progress of a run: a moving line on a terminal, a plain line now and then elsewhere. All of it on stderr.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::sync::Progress;
use crate::telemetry;

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

    /// Shows progress until it is ended.
    pub(super) fn watch(&self, progress: Arc<Progress>) -> Watching {
        let stop = CancellationToken::new();
        let task = if self.is_terminal {
            tokio::spawn(draw(progress, stop.clone()))
        } else {
            tokio::spawn(tell(progress, stop.clone()))
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

async fn draw(progress: Arc<Progress>, stop: CancellationToken) {
    let bar = ProgressBar::new(0);
    let style = ProgressStyle::with_template("{spinner} {elapsed} {bar:30} {pos}/{len} days  {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    while !stopped(&stop, REDRAW).await {
        let figures = Figures::of(&progress);
        // A bar of nothing looks full.
        bar.set_length(figures.days.max(1));
        bar.set_position(figures.days_done);
        let elapsed_ms = bar.elapsed().as_millis().max(1);
        let rate = u128::from(figures.rows) * 1000 / elapsed_ms;
        bar.set_message(format!(
            "{} of {} accounts, {} rows, {rate} rows/s",
            figures.accounts_done, figures.accounts, figures.rows
        ));
    }
    bar.finish_and_clear();
}

async fn tell(progress: Arc<Progress>, stop: CancellationToken) {
    while !stopped(&stop, PLAIN_LINE).await {
        let figures = Figures::of(&progress);
        super::output::complain(&format!(
            "{} of {} accounts, {} of {} days, {} rows",
            figures.accounts_done, figures.accounts, figures.days_done, figures.days, figures.rows
        ));
    }
}

async fn stopped(stop: &CancellationToken, pause: Duration) -> bool {
    tokio::select! {
        () = stop.cancelled() => true,
        () = tokio::time::sleep(pause) => false,
    }
}

struct Figures {
    accounts: u64,
    accounts_done: u64,
    days: u64,
    days_done: u64,
    rows: u64,
}

impl Figures {
    fn of(progress: &Progress) -> Self {
        let read = |figure: &std::sync::atomic::AtomicU64| figure.load(Ordering::Relaxed);
        Self {
            accounts: read(&progress.accounts),
            accounts_done: read(&progress.accounts_done),
            days: read(&progress.days),
            days_done: read(&progress.days_done),
            rows: read(&progress.rows),
        }
    }
}
