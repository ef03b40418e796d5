//! `adsync migrate`: applies what the schema lacks, or prints exactly that.

use crate::app;
use crate::config::Settings;
use crate::store::migrate;
use crate::sync::tables::definitions;

use super::output::{complain, say};
use super::{Failed, quiet};

/// Arguments of `migrate`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Print what would run instead of running it
    #[arg(long)]
    print_sql: bool,
}

pub(super) async fn migrate(args: &Args, settings: Settings) -> Result<(), Failed> {
    let _log = quiet(&settings);
    let db = app::connect(&settings).await?;
    let tables = definitions(&settings.sync.reports);
    if args.print_sql {
        say(migrate::script(&db, &settings.database, &tables).await?.trim_end());
        return Ok(());
    }
    let plan = migrate::apply(&db, &settings.database, &tables).await?;
    plan.notes.iter().for_each(|note| complain(note));
    match plan.all().count() {
        0 => say("The schema is current: nothing to do."),
        count => say(&format!("Applied {count} statements; the schema \"{}\" is current.", settings.database.schema)),
    }
    Ok(())
}
