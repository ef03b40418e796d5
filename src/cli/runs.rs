//! `adsync runs`: the last runs, or one in detail.

use chrono::{DateTime, SecondsFormat, Utc};
use uuid::Uuid;

use crate::app;
use crate::config::Settings;
use crate::store::runs::Run;
use crate::store::{Db, requests, runs, steps};

use super::explain::request;
use super::output::{lines, say, table};
use super::{Failed, quiet};

/// Arguments of `runs`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A run's id: show it in detail
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
        None => list(&runs::latest(&db, args.limit.into()).await?),
    }
    Ok(())
}

fn unknown(id: Uuid) -> Failed {
    Failed::Usage(format!("there is no run {id}; `adsync runs` lists the last ones"))
}

fn list(runs: &[Run]) {
    if runs.is_empty() {
        return say("No run yet: `adsync sync` does one.");
    }
    let mut rows = table(
        &[
            "started (UTC)",
            "status",
            "schedule",
            "trigger",
            "accounts",
            "took",
            "calls",
            "inserted",
            "updated",
            "unchanged",
            "deleted",
            "warnings",
            "id",
        ],
        4,
    );
    for run in runs {
        let [inserted, updated, unchanged, deleted] =
            run.rows.map(|count| count.map_or("-".to_owned(), |n| n.to_string()));
        rows.add_row([
            instant(run.started_at),
            run.status.clone(),
            run.schedule.clone().unwrap_or_else(|| "-".to_owned()),
            run.trigger.clone(),
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

async fn detail(db: &Db, id: Uuid) -> Result<(), Failed> {
    let run = runs::find(db, id).await?.ok_or_else(|| unknown(id))?;
    say(&format!("run        {}", run.id));
    say(&format!(
        "status     {}{}",
        run.status,
        run.status_reason.map_or(String::new(), |reason| format!(": {reason}"))
    ));
    say(&format!(
        "started by {}{}",
        run.trigger,
        run.schedule.map_or(String::new(), |name| format!(", schedule {name}"))
    ));
    if run.due_at.is_some() {
        say(&format!("due        {} UTC", instant(run.due_at)));
    }
    say(&format!("started    {} UTC, took {}", instant(run.started_at), took(run.started_at, run.finished_at)));
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
    let mut rows = table(
        &[
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
        ],
        3,
    );
    for step in &steps {
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
    for step in steps.iter().filter(|step| step.fault.is_some()) {
        if let Some(fault) = &step.fault {
            say(&format!("\nact_{} {}: {}\n  {}", step.account_id, step.step, fault.message, fault.advice));
        }
    }
    Ok(())
}

fn instant(at: Option<DateTime<Utc>>) -> String {
    at.map_or("-".to_owned(), |at| at.to_rfc3339_opts(SecondsFormat::Secs, true).replace('T', " ").replace('Z', ""))
}

fn took(from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) -> String {
    match (from, to) {
        (Some(from), Some(to)) => format!("{:.1}s", (to - from).to_std().unwrap_or_default().as_secs_f64()),
        _ => "-".to_owned(),
    }
}
