//! The one sentence that says how things stand: what is worst, since when, and what to do; else that all is well, and when
//! the next run is.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::super::super::moment::length;
use super::super::super::words::{REASON, cut, plain, sentence, still};
use super::{AccountLine, CauseLine, DayState, Named, Status};

/// Says how things stand, and in which tone.
pub(super) fn of(status: &Status) -> (String, &'static str) {
    if let Some(cause) = status.causes.iter().find(|cause| cause.is_error && !cause.is_pause) {
        return (trouble(cause, status), "bad");
    }
    let all = status.accounts.len();
    if all == 0 {
        return (format!("No account has been read yet{}.", next(status)), "idle");
    }
    let is_first = status.accounts.iter().all(|line| line.fresh_as_of.is_none());
    if let Some(run) = status.live.runs.first().filter(|_| is_first) {
        let accounts = if all == 1 { "The account is".to_owned() } else { format!("{all} accounts are") };
        return (format!("{accounts} being read for the first time; {} done.", run.done), "idle");
    }
    if let Some((text, tone)) = of_accounts(status) {
        return (text, tone);
    }
    let fresh = if all == 1 { "The account is fresh".to_owned() } else { format!("All {all} accounts are fresh") };
    if let Some(pause) = status.schedules.iter().find(|schedule| schedule.enabled && schedule.paused.is_some()) {
        let by = pause.paused.as_ref().map_or(String::new(), |pause| format!(" by {}", plain(&pause.by)));
        return (format!("{fresh}, but {} is paused{by}{}.", plain(&pause.name), next(status)), "warn");
    }
    if let Some(cause) = status.causes.iter().find(|cause| !cause.is_pause) {
        return (format!("{fresh}, but {}{}.", cause.headline, next(status)), "warn");
    }
    let differs = |line: &AccountLine| line.days.iter().filter(|day| day.state == DayState::Drifting).count();
    match status.accounts.iter().map(differs).sum::<usize>() {
        0 => (format!("{fresh}{}.", next(status)), "good"),
        1 => (format!("{fresh}, but 1 day differs from Meta's total{}.", next(status)), "warn"),
        days => (format!("{fresh}, but {days} days differ from Meta's totals{}.", next(status)), "warn"),
    }
}

/// What is wrong, with whom, since when, and what to do.
fn trouble(cause: &CauseLine, status: &Status) -> String {
    let zone_of = |named: &Named| status.accounts.iter().find(|line| line.account_id == named.account_id)?.zone;
    let zone = cause.accounts.first().and_then(zone_of).unwrap_or(status.zone);
    let since = since(cause.since, zone, status.now);
    let message = sentence(&still(&cut(&cause.message, REASON)));
    let advice = cause.advice.as_deref().map_or(String::new(), |advice| format!(" {}", sentence(&still(advice))));
    match cause.accounts.as_slice() {
        [] => format!("Since {since}, {}: {message}{advice}", cause.headline),
        [one] => format!("{} has been failing since {since}: {message}{advice}", named(one)),
        [first, rest @ ..] => {
            let others = if rest.len() == 1 { "1 other".to_owned() } else { format!("{} others", rest.len()) };
            format!("{} and {others} have been failing since {since}: {message}{advice}", named(first))
        }
    }
}

/// What the accounts' own lines say where nobody has told of a cause yet.
fn of_accounts(status: &Status) -> Option<(String, &'static str)> {
    let all = status.accounts.len();
    let failed: Vec<_> = status.accounts.iter().filter(|line| line.last_status.as_deref() == Some("failed")).collect();
    if let [first, rest @ ..] = failed.as_slice() {
        let name = plain(first.called());
        let others = if rest.is_empty() { String::new() } else { format!(" and {} others", rest.len()) };
        return Some((format!("The last run of {name}{others} failed: its page tells why and what to do."), "bad"));
    }
    let stale = status.accounts.iter().filter(|line| line.is_stale(status.now, status.stale_after)).count();
    let limit = length(status.stale_after).unwrap_or_else(|| "1 min".to_owned());
    match (stale, all) {
        (0, _) => None,
        (1, 1) => Some((format!("The account has had no complete run in {limit}{}.", next(status)), "bad")),
        _ => Some((format!("{stale} of {all} accounts had no complete run in {limit}{}.", next(status)), "bad")),
    }
}

fn named(account: &Named) -> String {
    match &account.name {
        Some(name) => format!("{} ({})", plain(name), account.account_id),
        None => account.account_id.clone(),
    }
}

/// A time of today, or a day and a time, with the zone.
fn since(at: DateTime<Utc>, zone: Tz, now: DateTime<Utc>) -> String {
    let (local, today) = (at.with_timezone(&zone), now.with_timezone(&zone));
    let format = if local.date_naive() == today.date_naive() { "%H:%M" } else { "%Y-%m-%d %H:%M" };
    format!("{} {zone}", local.format(format))
}

/// When the next run is.
fn next(status: &Status) -> String {
    let next = status.schedules.iter().filter(|schedule| schedule.paused.is_none());
    match next.filter_map(|schedule| schedule.next_due_at).min() {
        Some(at) => format!("; next run {}", since(at, status.zone, status.now)),
        None => String::new(),
    }
}
