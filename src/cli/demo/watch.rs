//! What happens before a person's eyes: the account moves, a run follows, and the tables say what it changed.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{Days, Local, NaiveDate};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::cli::Failed;
use crate::cli::output::{complain, say};
use crate::demo::Stage;
use crate::demo::figures::{self, Snapshot};
use crate::store::runs::{self, Run};
use crate::store::{self, Db};

/// The days before today that the demo's schedule reads.
pub(super) const LOOKBACK_DAYS: u32 = crate::demo::LOOKBACK_DAYS;

/// How often finished runs are looked for.
const POLL: Duration = Duration::from_secs(1);

/// The runs that one look shows at the most.
const RUNS: i64 = 20;

/// The most changes that are told of one run.
const CHANGES: usize = 4;

/// The runs told so far, and how the tables stood then.
pub(super) struct Watch<'a> {
    db: &'a Db,
    stage: &'a Stage,
    told: BTreeSet<Uuid>,
    before: Snapshot,
}

impl<'a> Watch<'a> {
    /// Takes what there is as known.
    pub(super) async fn begin(db: &'a Db, stage: &'a Stage) -> Result<Self, Failed> {
        let told = runs::latest(db, RUNS).await?.iter().map(|run| run.id).collect();
        let before = figures::snapshot(db, since(stage.today())).await?;
        Ok(Self { db, stage, told, before })
    }

    /// Lets the account move on, and says how.
    pub(super) fn tick(&self) -> Result<(), Failed> {
        let events = self.stage.tick().map_err(super::told)?;
        if events.is_empty() {
            say(&format!("{}  meanwhile: today's delivery goes on", clock()));
        }
        for event in events {
            say(&format!("{}  meanwhile: {event}", clock()));
        }
        Ok(())
    }

    /// Tells of runs that ended since the last look. `true` where there was one.
    pub(super) async fn look(&mut self) -> Result<bool, store::Error> {
        let latest = runs::latest(self.db, RUNS).await?;
        let ended: Vec<&Run> =
            latest.iter().rev().filter(|run| run.finished_at.is_some() && !self.told.contains(&run.id)).collect();
        let Some(last) = ended.last() else { return Ok(false) };
        let today = self.stage.today();
        let after = figures::snapshot(self.db, since(today)).await?;
        for run in &ended {
            say(&format!("{}  {}", clock(), line(run)));
        }
        let changes = figures::changes(&self.before, &after, today);
        for change in changes.iter().take(CHANGES) {
            say(&format!("            {change}"));
        }
        if changes.len() > CHANGES {
            say(&format!("            and {} more: adsync runs {}", changes.len() - CHANGES, last.id));
        }
        self.told = latest.iter().filter(|run| run.finished_at.is_some()).map(|run| run.id).collect();
        self.before = after;
        Ok(true)
    }

    /// Tells of every run, and lets the account move on after each, until it is over.
    pub(super) async fn until(&mut self, over: &CancellationToken) -> Result<(), Failed> {
        let mut is_blind = false;
        loop {
            tokio::select! {
                () = over.cancelled() => return Ok(()),
                () = tokio::time::sleep(POLL) => {}
            }
            match self.look().await {
                Ok(has_told) => {
                    is_blind = false;
                    if has_told {
                        self.tick()?;
                    }
                }
                // The daemon waits for its database and says so: this says only once that it sees nothing.
                Err(error) => {
                    if !is_blind {
                        complain(&format!("The runs cannot be shown for now: {error}"));
                    }
                    is_blind = true;
                }
            }
        }
    }
}

fn since(today: NaiveDate) -> NaiveDate {
    today.checked_sub_days(Days::new(LOOKBACK_DAYS.into())).unwrap_or(today)
}

fn clock() -> String {
    Local::now().format("%H:%M:%S").to_string()
}

/// A run in one line.
fn line(run: &Run) -> String {
    let [inserted, updated, unchanged, deleted] = run.rows.map(Option::unwrap_or_default);
    let took = match (run.started_at, run.finished_at) {
        (Some(from), Some(to)) => (to - from).to_std().unwrap_or_default().as_secs_f64(),
        _ => 0.0,
    };
    let by = run.schedule.as_deref().unwrap_or(&run.trigger);
    let why = [&run.status_reason, &run.error].into_iter().flatten().next();
    format!(
        "run by {by} {} in {took:.1} s with {} calls: {inserted} inserted, {updated} updated, {deleted} deleted, \
         {unchanged} unchanged{}",
        run.status,
        run.api_calls.unwrap_or_default(),
        why.map_or(String::new(), |why| format!(" ({why})")),
    )
}
