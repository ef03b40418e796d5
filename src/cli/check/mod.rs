//! `adsync check`: judges the configuration, reaches the database and Meta, and writes nothing.

mod accounts;
mod alerts;
mod compare;
mod due;
mod plan;
mod tokens;

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::app;
use crate::config::Settings;
use crate::daemon::Census;
use crate::meta::{self, Client};
use crate::store::{Class, Db, Migrate, migrate, owner, rights, schedules};
use crate::sync::Engine;
use crate::sync::room::Room;
use crate::sync::tables::definitions;

use super::output::{complain, say};
use super::{Failed, quiet};

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  adsync check                          exit status 0: all is well
  adsync check --send-test-alert        tries the webhook, too
  adsync check --compare-with public.adsets
                                        what a script's table has otherwise, and why

It writes nothing; of what goes wrong it says what to do about it.")]
pub(super) struct Args {
    /// Send a real message to ADSYNC_WEBHOOK_URL and say whether it arrived
    #[arg(long)]
    send_test_alert: bool,
    /// Show what a table that a script filled has otherwise than adsync, and why, as in public.adsets
    #[arg(long, value_name = "TABLE")]
    compare_with: Option<compare::Name>,
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
        Ok((db, is_well)) => (Some(db), Ok(is_well)),
        Err(failed) => (None, Err(failed)),
    };
    let census = meta(&settings, db.as_ref(), now).await;
    let mut standings = Vec::new();
    if let Some(db) = &db {
        // A database that has no tables yet has no pauses either; what else is wrong with it was told.
        standings = schedules::all(db, &settings.daemon.instance).await.unwrap_or_else(|error| {
            tracing::debug!(%error, "whether schedules are paused could not be read");
            Vec::new()
        });
    }
    let unknown = Census::default();
    due::show(&settings.schedules, census.as_ref().map_or(&unknown, |(census, _)| census), &standings, now);
    if let (Some(db), Some(table)) = (&db, &args.compare_with) {
        Box::pin(compare::compare(db, &settings, table, now)).await?;
    }
    if let Some(db) = db {
        db.close().await;
    }
    match (database, census) {
        (Ok(true), Ok((_, true))) if heard => Ok(()),
        (Ok(_), Ok(_)) => Err(Failed::Told),
        (Err(failed), _) | (_, Err(failed)) => Err(failed),
    }
}

/// Reaches the database. Gives it, and whether a sync could write there.
async fn database(settings: &Settings) -> Result<(Db, bool), Failed> {
    let db = app::connect(settings).await.inspect_err(|error| say(&format!("database  not usable: {error}")))?;
    let tables = definitions(&settings.sync.reports);
    let survey = match migrate::survey(&db, &settings.database, &tables).await {
        Ok(survey) => survey,
        Err(error) => {
            say("database  reached, but not usable as configured");
            return Err(error.into());
        }
    };
    let version = migrate::version_in_words(survey.version.as_deref());
    match survey.missing {
        0 => {
            say(&format!("database  reached; the schema is current ({version})"));
            survey.notes.iter().for_each(|note| complain(note));
        }
        missing => say(&format!(
            "database  reached; the schema ({version}) lacks {missing} changes: `adsync migrate` applies them, --print-sql \
             shows them"
        )),
    }
    survey.cautions.iter().for_each(|caution| complain(caution));
    let mut barred = rights::barred(&db, &tables).await?;
    if survey.missing > 0 && settings.database.migrate == Migrate::Check {
        barred.push(
            "database.migrate = \"check\" applies none of what the schema lacks: nothing is synced until it is"
                .to_owned(),
        );
    }
    match owner::connect(&db, &settings.database).await {
        Ok(Some(owner)) => owner.close().await,
        Ok(None) => {}
        // A pooler of sessions may let in no second client.
        Err(error) if error.class == Class::Busy => {}
        Err(error) => barred.push(format!("{error}. {}", error.advice())),
    }
    barred.iter().for_each(|barred| complain(&format!("database  {barred}")));
    let room = Room::of(&db, settings.database.size_limit).await?;
    say(&format!("database  {}", room.words()));
    if let Some(complaint) = room.complaint(0) {
        complain(&complaint);
    }
    Ok((db, barred.is_empty()))
}

/// Looks at the tokens and the accounts, and whether the plan fits. Gives the accounts with their zones and whether all is well.
async fn meta(settings: &Settings, db: Option<&Db>, now: DateTime<Utc>) -> Result<(Census, bool), Failed> {
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
    let accounts = seen.into_iter().map(|seen| (seen.account, seen.zone)).collect();
    Ok((Census { accounts, found_by_all: false }, tokens_well && accounts_well))
}
