//! `adsync check`: judges the configuration, reaches the database and Meta, and writes nothing.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::app;
use crate::config::Settings;
use crate::daemon::Schedule;
use crate::meta::Client;
use crate::rows::value;
use crate::schedule::{Zone, due};
use crate::store::migrate;
use crate::sync::tables::definitions;
use crate::sync::{Accounts, Engine};

use super::output::{complain, lines, say, table};
use super::{Failed, quiet};

/// One account as Meta tells it.
struct Seen {
    name: String,
    currency: String,
    zone: Option<Tz>,
}

pub(super) async fn check(settings: Settings) -> Result<(), Failed> {
    let _log = quiet(&settings);
    say("config    no problem");
    let database = database(&settings).await;
    let zones = meta(&settings).await;
    due_times(&settings.schedules, zones.as_deref().unwrap_or_default(), Utc::now());
    match (database, zones) {
        (Ok(()), Ok(_)) => Ok(()),
        (Err(failed), _) | (_, Err(failed)) => Err(failed),
    }
}

async fn database(settings: &Settings) -> Result<(), Failed> {
    let db = app::connect(settings).await.inspect_err(|error| say(&format!("database  not usable: {error}")))?;
    let tables = definitions(&settings.sync.reports);
    match migrate::is_current(&db, &settings.database, &tables).await {
        Ok(true) => {
            say("database  reached; the schema is current");
            migrate::notes(&db, &settings.database, &tables).await?.iter().for_each(|note| complain(note));
        }
        Ok(false) => {
            say("database  reached; the schema lacks changes: `adsync migrate` applies them, --print-sql shows them")
        }
        Err(error) => {
            say("database  reached, but not usable as configured");
            return Err(error.into());
        }
    }
    Ok(())
}

async fn meta(settings: &Settings) -> Result<Vec<Tz>, Failed> {
    let client = Client::new(settings.meta.clone())?;
    let cancel = tokio_util::sync::CancellationToken::new();
    let accounts = match &settings.sync.accounts {
        Accounts::Listed(listed) => listed.clone(),
        Accounts::All => Engine::discover(&client, &settings.sync, &cancel).await?,
    };
    let mut zones = Vec::new();
    let mut failed = !tokens(&client, settings).await?;
    for account in accounts {
        let session =
            Engine::open_session(&client, &settings.sync, Some(&account), std::sync::Arc::default(), cancel.clone())?;
        match session.account(&account, "id,name,currency,timezone_name,account_status").await {
            Ok(object) => {
                let seen = seen(object.page());
                let zone = seen.zone.map_or("unknown zone".to_owned(), |zone| zone.to_string());
                say(&format!("meta      {account}: {}, {}, {zone}", seen.name, seen.currency));
                zones.extend(seen.zone);
            }
            Err(error) => {
                failed = true;
                say(&format!("meta      {account}: not readable"));
                complain(&format!("{account}: {error}. {}", error.class.advice()));
            }
        }
    }
    if failed { Err(Failed::Told) } else { Ok(zones) }
}

/// What Meta says of each token. Tells whether all are well; one that Meta says nothing of is no trouble by itself.
async fn tokens(client: &Client, settings: &Settings) -> Result<bool, Failed> {
    let mut all_well = true;
    for name in settings.sync.credentials.keys() {
        let variable = if name.is_empty() { "META_ACCESS_TOKEN".to_owned() } else { format!("tokens.{name}") };
        let now = Utc::now();
        match Engine::token_session(client, &settings.sync, name)?.token_facts().await {
            Ok(facts) => {
                let kind = facts.kind.as_deref().unwrap_or("unknown kind");
                let end =
                    facts.days_left(now).map_or("never expires".to_owned(), |days| format!("expires in {days} days"));
                say(&format!("token     {variable}: {kind}, {end}, scopes {}", facts.scopes.join(", ")));
                if let Some(trouble) = facts.trouble(now) {
                    // One that only ends soon still works today.
                    all_well &= facts.is_valid && facts.can_read();
                    complain(&format!("{variable}: {trouble}"));
                }
            }
            Err(error) if error.class == crate::meta::Class::Auth => {
                all_well = false;
                say(&format!("token     {variable}: refused"));
                complain(&format!("{variable}: {error}. {}", error.class.advice()));
            }
            Err(error) => say(&format!("token     {variable}: Meta says nothing of it ({error})")),
        }
    }
    Ok(all_well)
}

fn seen(page: &crate::meta::page::Page) -> Seen {
    let rows = page.rows().unwrap_or_default();
    let text = |name: &str| {
        let raw = rows.first().and_then(|row| row.get(name))?;
        value::text(raw.get()).map(|text| text.into_owned())
    };
    Seen {
        name: text("name").unwrap_or_else(|| "no name".to_owned()),
        currency: text("currency").unwrap_or_else(|| "no currency".to_owned()),
        zone: text("timezone_name").and_then(|zone| zone.parse().ok()),
    }
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
