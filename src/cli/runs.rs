//! `adsync runs`: the last runs, or one in detail.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use uuid::Uuid;

use crate::app;
use crate::config::Settings;
use crate::store::runs::Run;
use crate::store::{Db, migrate, requests, runs, steps};
use crate::sync::run::COMPARED;

use super::clock;
use super::explain::request;
use super::output::{lines, say, status, table};
use super::{Failed, quiet};

/// Arguments of `runs`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  adsync runs --limit 5
  adsync runs 01a2098c-0f7e-75fd-8cf3-17c6b327a17b
  adsync runs --json

Times are on the account's clock where all accounts shown have one zone, else in UTC; --json has them in UTC.")]
pub(super) struct Args {
    /// A run's id: show it in detail
    #[arg(value_parser = id)]
    id: Option<Uuid>,
    /// How many runs
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
    /// Print JSON: objects named like the columns of sync_runs
    #[arg(long)]
    json: bool,
}

pub(super) async fn runs(args: &Args, settings: Settings) -> Result<(), Failed> {
    let _log = quiet(&settings);
    let db = app::connect(&settings).await?;
    migrate::must_be_made(&db).await?;
    match args.id {
        Some(id) if args.json => {
            let found = runs::json(&db, Some(id), 1).await?;
            if found == "[]" {
                return Err(unknown(id));
            }
            say(&found);
        }
        Some(id) => detail(&db, id).await?,
        None if args.json => say(&runs::json(&db, None, args.limit.into()).await?),
        None => {
            let runs = runs::latest(&db, args.limit.into()).await?;
            let zone = clock::zone_of(&db, runs.iter().flat_map(|run| &run.accounts).map(String::as_str)).await?;
            list(&runs, zone);
        }
    }
    Ok(())
}

fn id(text: &str) -> Result<Uuid, String> {
    let words = "a run's id looks like 01a2098c-0f7e-75fd-8cf3-17c6b327a17b; `adsync runs` lists the last ones, and \
                 --limit says how many";
    text.parse().map_err(|_| words.to_owned())
}

fn unknown(id: Uuid) -> Failed {
    Failed::Usage(format!("there is no run {id}; `adsync runs` lists the last ones"))
}

fn list(runs: &[Run], zone: Tz) {
    if runs.is_empty() {
        return say("No run yet: `adsync sync` does one.");
    }
    let started = format!("started ({})", zone.name());
    let headings = [
        &started,
        "status",
        "run by",
        "accounts",
        "took",
        "calls",
        "inserted",
        "updated",
        "unchanged",
        "deleted",
        "warnings",
        "id",
    ];
    let mut rows = table(&headings, 3);
    for run in runs {
        let [inserted, updated, unchanged, deleted] =
            run.rows.map(|count| count.map_or("-".to_owned(), |n| n.to_string()));
        rows.add_row([
            run.started_at.map_or("-".to_owned(), |at| clock::plain(at, zone)),
            run.status.clone(),
            run_by(run),
            run.accounts.len().to_string(),
            took(run.started_at, run.finished_at),
            run.api_calls.map_or("-".to_owned(), |calls| calls.to_string()),
            inserted,
            updated,
            unchanged,
            deleted,
            run.warnings.len().to_string(),
            run.id.to_string(),
        ]);
    }
    say(&lines(&rows));
}

/// What a run is: the schedule that it fell due by, or the command that somebody gave.
fn run_by(run: &Run) -> String {
    match (run.schedule.as_deref(), run.trigger.as_str()) {
        (Some(schedule), "cron") => schedule.to_owned(),
        (Some(schedule), "catch_up") => format!("{schedule}, catching up"),
        (Some(schedule), "resume") => format!("{schedule}, taken up"),
        (Some(schedule), "manual") => format!("{schedule}, by hand"),
        (None, "manual") if run.is_comparison || run.status_reason.as_deref() == Some(COMPARED) => {
            "reconcile".to_owned()
        }
        (None, "manual") => "sync".to_owned(),
        (Some(schedule), trigger) => format!("{schedule}, {trigger}"),
        (None, trigger) => trigger.to_owned(),
    }
}

async fn detail(db: &Db, id: Uuid) -> Result<(), Failed> {
    let run = runs::find(db, id).await?.ok_or_else(|| unknown(id))?;
    let zone = clock::zone_of(db, run.accounts.iter().map(String::as_str)).await?;
    let at = |instant: Option<DateTime<Utc>>| instant.map_or("-".to_owned(), |instant| clock::at(instant, zone));
    say(&format!("run        {}", run.id));
    let reason = run.status_reason.as_ref().map_or(String::new(), |reason| format!(": {reason}"));
    say(&format!("status     {}{reason}", status(&run.status)));
    say(&format!("run by     {}", run_by(&run)));
    if run.due_at.is_some() {
        say(&format!("due        {}", at(run.due_at)));
    }
    say(&format!("started    {}, took {}", at(run.started_at), took(run.started_at, run.finished_at)));
    if let (Some(since), Some(until)) = (run.since, run.until) {
        say(&format!("days       {since} to {until}, each account's own"));
    }
    if let Some(error) = run.error {
        say(&format!("error      {error}"));
    }
    if let Some(advice) = run.advice {
        say(&format!("advice     {advice}"));
    }
    for (account, message) in run.warnings {
        let account = account.map_or(String::new(), |digits| format!("act_{digits}: "));
        say(&format!("warning    {account}{message}"));
    }
    let steps = steps::of_run(db, id).await?;
    let mut hashes: Vec<String> = steps.iter().flat_map(|step| step.requests.clone()).collect();
    hashes.sort_unstable();
    hashes.dedup();
    for request in requests::of_hashes(db, hashes).await? {
        say(&format!("asked      {}", request::words(None, &request, None)));
    }
    show(&steps);
    Ok(())
}

/// The steps of a run, and what went wrong in them.
fn show(steps: &[steps::Step]) {
    let headings = [
        "account",
        "step",
        "status",
        "took",
        "calls",
        "retries",
        "splits",
        "waited",
        "read",
        "inserted",
        "updated",
        "unchanged",
        "deleted",
    ];
    let mut rows = table(&headings, 3);
    for step in steps {
        let counts = step.totals.counts;
        rows.add_row([
            format!("act_{}", step.account_id),
            step.step.clone(),
            step.status.clone(),
            took(Some(step.started_at), step.finished_at),
            step.totals.api_calls.to_string(),
            step.totals.api_retries.to_string(),
            step.totals.splits.to_string(),
            format!("{:.1}s", std::time::Duration::from_millis(step.totals.waited_ms).as_secs_f64()),
            step.totals.rows_read.to_string(),
            counts.inserted.to_string(),
            counts.updated.to_string(),
            counts.unchanged.to_string(),
            counts.deleted.to_string(),
        ]);
    }
    say("");
    say(&lines(&rows));
    for step in steps {
        if let Some(fault) = &step.fault {
            say(&format!("\nact_{} {}: {}\n  {}", step.account_id, step.step, fault.message, fault.advice));
        }
    }
}

fn took(from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) -> String {
    match (from, to) {
        (Some(from), Some(to)) => format!("{:.1}s", (to - from).to_std().unwrap_or_default().as_secs_f64()),
        _ => "-".to_owned(),
    }
}
