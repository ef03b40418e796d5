//! `adsync check`: judges the configuration, reaches the database and Meta, and writes nothing.

mod accounts;
mod alerts;
mod plan;
mod tokens;

use std::time::Duration;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::app;
use crate::config::Settings;
use crate::daemon::Schedule;
use crate::meta::{self, Client};
use crate::schedule::{Zone, due};
use crate::store::{Db, migrate};
use crate::sync::Engine;
use crate::sync::room::Room;
use crate::sync::tables::definitions;

use super::output::{complain, lines, say, table};
use super::{Failed, quiet};

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Send a real message to ADSYNC_WEBHOOK_URL and say whether it arrived
    #[arg(long)]
    send_test_alert: bool,
}

pub(super) async fn check(args: &Args, settings: Settings) -> Result<(), Failed> {
    let _log = quiet(&settings);
    if args.send_test_alert && settings.alerts.webhook_url.is_none() {
        return Err(Failed::Usage(alerts::NOBODY_TO_TELL.to_owned()));
    }
    say("config    no problem");
    let now = Utc::now();
    let heard = alerts::look(&settings, args.send_test_alert, now).await;
    let (db, database) = match database(&settings).await {
        Ok(db) => (db, Ok(())),
        Err(failed) => (None, Err(failed)),
    };
    let zones = meta(&settings, db.as_ref(), now).await;
    if let Some(db) = db {
        db.close().await;
    }
    due_times(&settings.schedules, zones.as_ref().map_or(&[], |(zones, _)| zones), now);
    match (database, zones) {
        (Ok(()), Ok((_, true))) if heard => Ok(()),
        (Ok(()), Ok(_)) => Err(Failed::Told),
        (Err(failed), _) | (_, Err(failed)) => Err(failed),
    }
}

/// Reaches the database. Gives it where the tables are there to be asked.
async fn database(settings: &Settings) -> Result<Option<Db>, Failed> {
    let db = app::connect(settings).await.inspect_err(|error| say(&format!("database  not usable: {error}")))?;
    let tables = definitions(&settings.sync.reports);
    match migrate::is_current(&db, &settings.database, &tables).await {
        Ok(true) => {
            say("database  reached; the schema is current");
            migrate::notes(&db, &settings.database, &tables).await?.iter().for_each(|note| complain(note));
        }
        Ok(false) => {
            say("database  reached; the schema lacks changes: `adsync migrate` applies them, --print-sql shows them");
        }
        Err(error) => {
            say("database  reached, but not usable as configured");
            return Err(error.into());
        }
    }
    let room = Room::of(&db, settings.database.size_limit).await?;
    say(&format!("database  {}", room.words()));
    if let Some(complaint) = room.complaint(0) {
        complain(&complaint);
    }
    Ok(Some(db))
}

/// Looks at the tokens and the accounts, and whether the plan fits. Gives the accounts' zones and whether all is well.
async fn meta(settings: &Settings, db: Option<&Db>, now: DateTime<Utc>) -> Result<(Vec<Tz>, bool), Failed> {
    // Whoever looks at a screen is told of a block, not made to wait for its end.
    let client = Client::new(meta::Settings { max_wait: Duration::ZERO, ..settings.meta.clone() })?;
    // A call while a budget is blocked would push the block further out.
    if let Some(db) = db {
        let known = Engine::recall_budgets(&client, db, now).await;
        known.unwrap_or_else(|error| tracing::debug!(%error, "meta's budgets could not be recalled"));
    }
    let (facts, tokens_well) = tokens::look(&client, settings, now).await?;
    let (seen, accounts_well) = accounts::look(&client, settings, &facts, db).await?;
    plan::show(settings, &seen, now);
    Ok((seen.into_iter().filter_map(|account| account.zone).collect(), tokens_well && accounts_well))
}

/// Each schedule's next due times, in its own zone.
fn due_times(schedules: &[Schedule], zones: &[Tz], now: DateTime<Utc>) {
    let mut rows = table(&["schedule", "cron", "zone", "next due"], 4);
    for schedule in schedules {
        let zone = match schedule.zone {
            Zone::Named(zone) => Some(zone),
            Zone::Account => zones.first().copied(),
        };
        let next = match (schedule.enabled, zone) {
            (false, _) => "disabled".to_owned(),
            (true, None) => "known once the account is".to_owned(),
            (true, Some(zone)) => due::next_due(&schedule.cron, schedule.zone, &[((), zone)], now)
                .map_or("never".to_owned(), |tick| {
                    format!("{} {zone}", tick.due_at.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S"))
                }),
        };
        rows.add_row([schedule.name.clone(), schedule.cron.as_str().to_owned(), schedule.zone.to_string(), next]);
    }
    say("");
    say(&lines(&rows));
}
