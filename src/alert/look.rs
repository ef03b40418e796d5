//! What is looked for now and then because no run would tell it: stale accounts, paused schedules, a database that fills up.

use std::collections::HashSet;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::meta::AccountId;
use crate::store::alerts::{self, Alert};
use crate::store::schedules::ITSELF;
use crate::store::{self, freshness};
use crate::sync::Engine;
use crate::sync::room::Room;

use super::cause::Cause;

/// What the daemon calls a backfill where it would name a schedule.
pub const BACKFILL: &str = "backfill";

const STALE_ADVICE: &str =
    "Look at the account's last runs with `adsync runs`; where they are meant to be rarer, raise alerts.stale_after.";
const PAUSED_ADVICE: &str = "Resume it when the reason is gone: until then its accounts get no newer figures from it.";

/// Looks at all accounts that are to be synced and at the schedules that are enabled, and keeps what a person should know.
pub async fn look(
    engine: &Engine,
    stale_after: Duration,
    accounts: &[AccountId],
    schedules: &[String],
    now: DateTime<Utc>,
) -> Result<(), store::Error> {
    let (db, instance) = (&engine.db, engine.instance.as_str());
    let digits: Vec<String> = accounts.iter().map(|account| account.digits().to_owned()).collect();
    let open: HashSet<String> = alerts::open(db).await?.into_iter().map(|alert| alert.dedupe_id).collect();
    let mut found = Vec::new();
    let since = now - TimeDelta::from_std(stale_after).unwrap_or(TimeDelta::days(36_500));
    for stale in freshness::stale(db, &digits, since).await? {
        let alert = stale_alert(instance, stale.account_id, stale_after);
        // A run that is under way may mend it before anybody is told.
        if !stale.is_being_read || open.contains(&alert.dedupe_id) {
            found.push(alert);
        }
    }
    found.extend(
        freshness::paused(db, instance, schedules, ITSELF).await?.iter().map(|paused| paused_alert(instance, paused)),
    );
    let full = Cause::NearlyFull.dedupe_id(instance);
    if engine.size_limit.is_some() {
        let alarm = Room::of(db, engine.size_limit).await?.alarm(open.contains(&full));
        found.extend(alarm.map(|message| plain(Cause::NearlyFull, full, instance, message)));
    }
    let kinds = [Cause::Stale, Cause::Paused, Cause::NearlyFull].map(Cause::as_str);
    alerts::keep(db, instance, &kinds, &digits, &found, now).await?;
    // Where no account is known nothing is known of them.
    if !digits.is_empty() {
        // Runs that were asked for by hand have no schedule that could be gone.
        let known: Vec<String> = schedules.iter().cloned().chain([BACKFILL.to_owned()]).collect();
        alerts::forget_others(db, instance, &digits, &known, now).await?;
    }
    Ok(())
}

fn plain(cause: Cause, dedupe_id: String, instance: &str, message: String) -> Alert {
    Alert { dedupe_id, kind: cause.as_str(), instance: instance.to_owned(), message, ..Alert::default() }
}

fn stale_alert(instance: &str, account_id: String, stale_after: Duration) -> Alert {
    let longest = humantime::format_duration(stale_after);
    let message = format!("no sync came to its end without a failure for longer than alerts.stale_after ({longest})");
    let dedupe_id = format!("{}:{account_id}@{instance}", Cause::Stale.as_str());
    Alert {
        told_as: Some(Cause::Stale.dedupe_id(instance)),
        account_id: Some(account_id),
        advice: Some(STALE_ADVICE.to_owned()),
        ..plain(Cause::Stale, dedupe_id, instance, message)
    }
}

fn paused_alert(instance: &str, paused: &freshness::Paused) -> Alert {
    let by = paused.paused_by.as_ref().map_or(String::new(), |by| format!(" by {by}"));
    let why = paused.reason.as_ref().map_or(String::new(), |why| format!(": {why}"));
    let at = paused.paused_at.format("%Y-%m-%d %H:%M UTC");
    let message = format!("the schedule {} was paused{by} on {at}{why}", paused.schedule);
    let dedupe_id = format!("{}:{}@{instance}", Cause::Paused.as_str(), paused.schedule);
    Alert { advice: Some(PAUSED_ADVICE.to_owned()), ..plain(Cause::Paused, dedupe_id, instance, message) }
}
