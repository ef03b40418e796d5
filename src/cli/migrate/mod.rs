//! `adsync migrate`: applies what the schema lacks, or prints exactly that, to a file where one is wanted.

mod file;

use std::path::PathBuf;

use crate::app;
use crate::config::Settings;
use crate::store::migrate::{self, Script};
use crate::store::schema::VERSION;
use crate::sync::tables::definitions;

use super::output::{complain, say};
use super::{Failed, quiet};

/// Arguments of `migrate`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  adsync migrate                        applies what the schema lacks
  adsync migrate --print-sql            shows it instead
  adsync migrate --print-sql --output supabase/migrations
                                        writes it for Supabase's CLI

ADSYNC_MIGRATE_DATABASE_URL gives an owner's login for it; the login of DATABASE_URL is then granted what it needs.")]
pub(super) struct Args {
    /// Print what would run instead of running it
    #[arg(long)]
    print_sql: bool,
    /// Write that to a file; in a folder (supabase/migrations) under the next name that Supabase's CLI takes
    #[arg(long, value_name = "FILE|DIR", requires = "print_sql")]
    output: Option<PathBuf>,
}

/// What is said where nobody but the login of `DATABASE_URL` is known.
const NO_OWNER: &str = "ADSYNC_MIGRATE_DATABASE_URL is not set: the script grants the login of DATABASE_URL nothing, which is \
                        right where the same login applies it. Where an owner does, set that variable to the owner's address \
                        and print it again";

pub(super) async fn migrate(args: &Args, settings: Settings) -> Result<(), Failed> {
    let _log = quiet(&settings);
    let db = app::connect(&settings).await?;
    let tables = definitions(&settings.sync.reports);
    if args.print_sql {
        let script = migrate::script(&db, &settings.database, &tables).await?;
        match &args.output {
            None => say(text(&script).trim_end()),
            Some(output) => file::write(output, &script, &text(&script))?,
        }
        if script.sql.is_some() && settings.database.migrate_url.is_none() {
            complain(NO_OWNER);
        }
        return Ok(());
    }
    let applied = migrate::apply(&db, &settings.database, &tables).await?;
    applied.notes.iter().chain(&applied.cautions).for_each(|told| complain(told));
    match applied.statements {
        0 => say(&format!("The schema is current (version {VERSION}): nothing to do.")),
        count => say(&format!(
            "Applied {count} statements; the schema \"{}\" is current (version {VERSION}).",
            settings.database.schema
        )),
    }
    Ok(())
}

/// What a script of several transactions says of itself: those before one that fails stay.
const HALF_WAY: &str =
    "-- Where it stops half way, as at a table that is busy: remove this file, print it again and apply that one.\n";

/// The script with what a person should know of it.
fn text(script: &Script) -> String {
    let notes: String = script.notes.iter().map(|note| format!("-- {note}\n")).collect();
    match &script.sql {
        None => format!("-- nothing to do: the schema is current (version {VERSION})\n{notes}"),
        Some(sql) => {
            let half_way = if sql.matches("begin;\n").count() > 1 { HALF_WAY } else { "" };
            format!("{}\n{half_way}{notes}{sql}", file::first_line(&script.state))
        }
    }
}
