//! `--dry-run`: what a run would read and what that would cost, without doing any of it.

use chrono::Utc;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::app;
use crate::config::Settings;
use crate::meta::AccountId;
use crate::sync::access::untold;
use crate::sync::forecast::Load;
use crate::sync::forecast::Sureness;
use crate::sync::preview::{self, PlannedStep, Preview, known};
use crate::sync::report::Warning;
use crate::sync::room::{Room, size};
use crate::sync::{Accounts, Discovery, Engine};

use super::clock;
use super::output::{complain, lines, say, table};
use super::sync::Asked;
use super::{Failed, quiet};

/// What no plan can know, to be continued.
pub(super) const NOT_COUNTED: &str = "not counted: retries, report runs and smaller questions where Meta wants them, what \
     differs from Meta's totals and is read again, and objects that only insights name";

/// Says what a run would do.
pub(super) async fn preview(asked: Asked, settings: &Settings, as_json: bool) -> Result<(), Failed> {
    let _log = quiet(settings);
    let engine = app::onlooker(settings).await?;
    let cancel = CancellationToken::new();
    let found_by_all = asked.accounts.is_none() && settings.sync.accounts == Accounts::All;
    let named = asked.accounts.clone();
    let is_known = |accounts: Vec<AccountId>| accounts.iter().all(|account| engine.knows_token_of(account));
    let found = if named.is_some_and(is_known) { Vec::new() } else { accounts(&engine, &cancel).await? };
    let request = asked.request(found, found_by_all)?;
    let now = Utc::now();
    let previews = preview::preview(&engine, &request, now, &cancel).await?;
    let bytes = previews.iter().flat_map(|preview| preview.steps.iter().flatten()).map(|step| step.bytes);
    let bytes = bytes.fold(0, u64::saturating_add);
    let room = Room::of(&engine.db, engine.size_limit).await?;
    if as_json {
        say(&json(&previews));
    } else {
        let zone = clock::zone_of(&engine.db, previews.iter().map(|preview| preview.account.digits())).await?;
        show(&previews, &clock::at(now, zone));
        say(&format!("the database has {} and would grow by about {}", room.words(), size(bytes)));
    }
    for preview in &previews {
        for Warning { step, message, count, .. } in &preview.warnings {
            complain(&format!("{} {step}: warning: {message} ({count})", preview.account));
        }
        if let Err(failure) = &preview.steps {
            complain(&format!("{}: {failure}. {}", preview.account, failure.fault().advice));
        }
    }
    if let Some(complaint) = room.complaint(bytes) {
        complain(&complaint);
    }
    engine.db.close().await;
    let failed = previews.iter().filter(|preview| preview.steps.is_err()).count();
    match failed {
        0 => Ok(()),
        some if some == previews.len() => Err(Failed::Told),
        _ => Err(Failed::Partial),
    }
}

/// The accounts that a run would sync. What the listings tell is used and not kept.
async fn accounts(engine: &Engine, cancel: &CancellationToken) -> Result<Vec<AccountId>, Failed> {
    let wanted = |accounts: Vec<AccountId>| accounts.into_iter().filter(|account| engine.is_wanted(account)).collect();
    if let Accounts::Listed(listed) = &engine.settings.accounts {
        return Ok(wanted(listed.clone()));
    }
    let discovery = Discovery::by_all(&engine.client, &engine.settings, cancel).await;
    if let Some(error) = discovery.failure() {
        return Err(error.into());
    }
    let mut found: Vec<AccountId> = discovery.found.keys().cloned().collect();
    engine.grants.learn(discovery.found.into_iter().map(|(account, listed)| (account, listed.token)));
    if !discovery.failed.is_empty() {
        // As a run would: the accounts that these tokens listed before keep going.
        found.extend(known(engine.known().await)?.unwrap_or_default());
        found.sort();
        found.dedup();
    }
    for (token, error) in &discovery.failed {
        complain(&untold(token, error));
    }
    Ok(wanted(found))
}

/// What every step would cost, for programs.
fn json(previews: &[Preview]) -> String {
    let entry = |account: &AccountId, step: &PlannedStep| {
        let window = step.window.filter(|window| !window.is_empty());
        let days = |days: u64| step.window.is_some().then_some(days);
        json!({
            "account_id": account.digits(), "step": step.step,
            "since": window.map(|window| window.since), "until": window.map(|window| window.until),
            "days": days(step.window.map_or(0, |window| window.len())), "days_complete": days(step.complete),
            "days_to_read": days(step.days), "questions": days(step.slices), "api_calls": step.load.calls,
            "rows": step.load.rows, "rows_are": match step.sureness {
                Sureness::Known => "known",
                Sureness::Likely => "reckoned",
                Sureness::AtLeast => "at_least",
            }, "bytes": step.bytes,
        })
    };
    let steps =
        previews.iter().flat_map(|preview| preview.steps.iter().flatten().map(|step| entry(&preview.account, step)));
    Value::Array(steps.collect()).to_string()
}

/// Shows what every step would cost.
fn show(previews: &[Preview], planned_at: &str) {
    let mut rows = table(
        &["account", "step", "since", "until", "days", "complete", "to read", "questions", "calls", "rows", "adds"],
        4,
    );
    let (mut all, mut bytes, mut sureness) = (Load::default(), 0_u64, Sureness::Known);
    for preview in previews {
        for step in preview.steps.iter().flatten() {
            rows.add_row(line(&preview.account, step));
            all = all.and(step.load);
            bytes = bytes.saturating_add(step.bytes);
            sureness = sureness.max(step.sureness);
        }
    }
    rows.add_row([
        "all",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        &all.calls.to_string(),
        &amount(all.rows, sureness),
        &added(bytes),
    ]);
    say(&lines(&rows));
    say(&format!("planned at {planned_at}; nothing was written"));
    explain(sureness);
    say(&format!("{NOT_COUNTED}."));
}

fn line(account: &AccountId, step: &PlannedStep) -> [String; 11] {
    let of_window = |text: String| if step.window.is_some() { text } else { "-".to_owned() };
    let window = step.window.filter(|window| !window.is_empty());
    let day = |day: Option<chrono::NaiveDate>| day.map_or("-".to_owned(), |day| day.to_string());
    [
        account.to_string(),
        step.step.clone(),
        day(window.map(|window| window.since)),
        day(window.map(|window| window.until)),
        of_window(step.window.map_or(0, |window| window.len()).to_string()),
        of_window(step.complete.to_string()),
        of_window(step.days.to_string()),
        of_window(step.slices.to_string()),
        step.load.calls.to_string(),
        amount(step.load.rows, step.sureness),
        added(step.bytes),
    ]
}

/// What the database will grow by: always reckoned.
fn added(bytes: u64) -> String {
    if bytes == 0 { "0".to_owned() } else { format!("~{}", size(bytes).replace(' ', "")) }
}

/// A number of rows; one that is only reckoned says so.
pub(super) fn amount(rows: u64, sureness: Sureness) -> String {
    let mark = match sureness {
        Sureness::Known => "",
        Sureness::Likely => "~",
        Sureness::AtLeast => ">=",
    };
    format!("{mark}{rows}")
}

/// Says what the marks of the numbers mean.
pub(super) fn explain(sureness: Sureness) {
    if sureness > Sureness::Known {
        say("~ reckoned from the number of objects: known exactly after the first sync");
    }
    if sureness == Sureness::AtLeast {
        say(
            ">= the least: a report with breakdowns that was never read counts a row per object, and breakdowns make more",
        );
    }
}
