//! When each schedule falls due, reckoned as the daemon reckons it: for the accounts it is for, each in its own zone.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::daemon::{Census, Schedule};
use crate::meta::AccountId;
use crate::schedule::{Zone, next_due};
use crate::store::schedules::{Pause, Standing};

use super::super::clock;
use super::super::output::{complain, lines, say, table};

/// How many instants are shown of each.
const SHOWN: usize = 3;

/// Shows each schedule's next due times, and who paused it.
pub(super) fn show(schedules: &[Schedule], census: &Census, standings: &[Standing], now: DateTime<Utc>) {
    let zones: BTreeMap<&AccountId, Tz> =
        census.accounts.iter().filter_map(|(account, zone)| Some((account, (*zone)?))).collect();
    let zone = clock::shared(census.accounts.iter().map(|(_, zone)| *zone));
    let mut rows = table(&["schedule", "cron", "zone", "next due"], 4);
    for schedule in schedules {
        let paused = standings.iter().find(|standing| standing.schedule == schedule.name);
        let paused = paused.and_then(|standing| standing.paused.as_ref());
        let next = if schedule.enabled { instants(schedule, census, &zones, now) } else { vec!["disabled".to_owned()] };
        let next = paused.map(|pause| words(pause, zone)).into_iter().chain(next).collect::<Vec<_>>().join("\n");
        rows.add_row([schedule.name.clone(), schedule.cron.as_str().to_owned(), schedule.zone.to_string(), next]);
    }
    say("");
    say(&lines(&rows));
    for schedule in schedules.iter().filter(|schedule| schedule.enabled) {
        if let Some(interval) = shortest_interval(schedule, now)
            && schedule.jitter > interval
        {
            complain(&format!(
                "schedules.{}.jitter is longer than the {} s between two ticks: runs will overlap; make it shorter",
                schedule.name,
                interval.as_secs()
            ));
        }
    }
}

fn instants(schedule: &Schedule, census: &Census, zones: &BTreeMap<&AccountId, Tz>, now: DateTime<Utc>) -> Vec<String> {
    let accounts = census.of(schedule);
    // A schedule with a zone of its own falls due whether or not anything is known of the accounts.
    let mut after = now;
    let mut shown = Vec::new();
    while shown.len() < SHOWN {
        let Some(tick) = next_due(&schedule.cron, schedule.zone, &accounts, after) else { break };
        let zone = match schedule.zone {
            Zone::Named(zone) => zone,
            Zone::Account => tick.accounts.first().and_then(|first| zones.get(first).copied()).unwrap_or(Tz::UTC),
        };
        let few = if tick.accounts.len() < accounts.len() {
            format!(", {} of {} accounts", tick.accounts.len(), accounts.len())
        } else {
            String::new()
        };
        shown.push(format!("{} {zone}{few}", tick.due_at.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S")));
        after = tick.due_at;
    }
    if shown.is_empty() {
        shown.push(if accounts.is_empty() { "known once an account is" } else { "never" }.to_owned());
    }
    shown
}

fn words(pause: &Pause, zone: Tz) -> String {
    let why = pause.reason.as_ref().map_or(String::new(), |why| format!(": {why}"));
    // A check resumes nothing by itself: it writes nothing.
    let how = if pause.is_of_token() { "; the daemon goes on within an hour of Meta taking the token" } else { "" };
    format!("PAUSED by {} since {}{why}{how}", pause.by, clock::at(pause.at, zone))
}

/// The shortest time between two of the next ticks.
fn shortest_interval(schedule: &Schedule, now: DateTime<Utc>) -> Option<std::time::Duration> {
    let zone = match schedule.zone {
        Zone::Named(zone) => zone,
        Zone::Account => Tz::UTC,
    };
    let next = |at: &DateTime<Utc>| schedule.cron.next_after(*at, zone);
    let ticks: Vec<DateTime<Utc>> = std::iter::successors(next(&now), next).take(10).collect();
    ticks.windows(2).filter_map(|pair| (*pair.get(1)? - *pair.first()?).to_std().ok()).min()
}
