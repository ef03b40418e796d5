//! The command line, one file per command: words and tables for people, exit statuses for scripts.

mod accounts;
mod check;
mod clock;
mod completions;
mod config;
#[cfg(feature = "demo")]
mod demo;
mod explain;
mod health;
mod migrate;
mod output;
mod preview;
mod progress;
mod reconcile;
mod run;
mod runs;
mod summary;
mod sync;
mod telling;
mod types;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::app::{Given, Watched};
use crate::config::{Environment, Loaded, Needs, Settings, Source};
use crate::shutdown::Signal;
use crate::telemetry::Telemetry;
use crate::{app, config as settings};
use output::complain;

/// Where the configuration is looked for; it need not be there.
const DEFAULT_DIR: &str = "./config";

/// Keeps Meta ad accounts in Postgres, correct to the cent, unattended.
#[derive(Debug, Parser)]
#[command(name = "adsync", version, max_term_width = 110, arg_required_else_help = true, after_help = EXAMPLES)]
struct Cli {
    /// The folder of the configuration files.
    #[arg(long, global = true, value_name = "DIR", env = "ADSYNC_CONFIG_DIR", default_value = DEFAULT_DIR)]
    config_dir: PathBuf,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  adsync check                          judge the configuration, reach the database and Meta
  adsync sync --since 2026-11-01        read all days since then, now
  adsync backfill --since 2026-01-01    read history, newest days first
  adsync reconcile --since 2026-11-01   compare with Meta's totals
  adsync run                            the daemon
  adsync runs --limit 5                 what the last runs did
  adsync explain --adset 120211000000020222 --date 2026-11-20
                                        where a figure came from

Exit status: 0 done, 1 failed, 2 bad usage or configuration, 3 partial, 130 and 143 cancelled.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the daemon: schedules, sync, status page, until SIGTERM or ctrl-c
    Run(run::Args),
    /// Do one run now, then exit
    Sync(sync::SyncArgs),
    /// Read history, newest days first; days that are complete are skipped
    Backfill(sync::BackfillArgs),
    /// Judge the configuration, reach the database and Meta; write nothing
    Check(check::Args),
    /// List every account that the token reads
    Accounts(accounts::Args),
    /// Apply what the schema lacks, or print it
    Migrate(migrate::Args),
    /// Compare what is there with Meta's totals, and read again what differs
    Reconcile(reconcile::Args),
    /// Show where a figure came from: its row, the request, the run, Meta's total of its day
    Explain(explain::Args),
    /// Show the last runs, or one in detail
    Runs(runs::Args),
    /// Show the settings in force and where each came from
    Config(config::Args),
    /// Ask the running daemon whether it lives; for a container's health check
    Health(health::Args),
    /// Print TypeScript types of the tables, views and functions for supabase-js
    Types(types::Args),
    /// Print what a shell needs to complete commands and options
    Completions(completions::Args),
    /// Try it out with nothing to set up: a simulated Meta, a PostgreSQL of its own
    #[cfg(feature = "demo")]
    Demo(demo::Args),
}

/// How a command ended that did not end well.
#[derive(Debug)]
pub(crate) enum Failed {
    /// Bad usage or configuration: exit 2.
    Usage(String),
    /// The configuration has problems, one line each: exit 2.
    Problems(settings::Problems),
    /// It could not do its work: exit 1, or 2 where the configuration is what is wrong.
    App(app::Error),
    /// Some of it was done: exit 3.
    Partial,
    /// None of it was done, and that was said already: exit 1.
    Told,
    /// A signal came: exit 130 or 143.
    Cancelled(Signal),
}

impl<E: Into<app::Error>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self::App(error.into())
    }
}

/// Reads the command line and does what it says.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&format!("adsync could not start: {error}"));
            return ExitCode::from(1);
        }
    };
    let ended = runtime.block_on(command(cli));
    // A blocking task that hangs, such as a name look-up, must not hold the process.
    runtime.shutdown_background();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => failed.told(),
    }
}

async fn command(cli: Cli) -> Result<(), Failed> {
    if !cli.config_dir.is_dir() && cli.config_dir.as_os_str() != DEFAULT_DIR && cli.command.reads_config() {
        let dir = cli.config_dir.display();
        return Err(Failed::Usage(format!(
            "the config folder {dir} does not exist: correct --config-dir or ADSYNC_CONFIG_DIR, or make the folder"
        )));
    }
    let source = Source::new(cli.config_dir, Environment::from_process());
    // Taken before the files are read: what changes in between is noticed.
    let fingerprint = matches!(cli.command, Command::Run(_)).then(|| source.fingerprint());
    let load = |needs| source.load(needs).map_err(Failed::Problems);
    // What works on the reports says what is doubtful about them; what looks at runs or health need not.
    let load_warned = |needs| {
        load(needs).inspect(|loaded| loaded.warnings.iter().for_each(|doubt| complain(&format!("warning: {doubt}"))))
    };
    match cli.command {
        Command::Run(run::Args {}) => {
            let loaded = load_warned(Needs::EVERYTHING)?;
            let watched = fingerprint.map(|fingerprint| Watched { source: source.clone(), fingerprint });
            Box::pin(run::run(Given { loaded, watched })).await
        }
        Command::Sync(args) => sync::sync(args, load_warned(Needs::EVERYTHING)?.settings).await,
        Command::Backfill(args) => sync::backfill(args, load_warned(Needs::EVERYTHING)?.settings).await,
        Command::Check(args) => check::check(&args, load_warned(Needs::EVERYTHING)?.settings).await,
        Command::Accounts(args) => accounts::accounts(&args, load(Needs::META)?.settings).await,
        Command::Migrate(args) => migrate::migrate(&args, load(Needs::DATABASE)?.settings).await,
        Command::Reconcile(args) => reconcile::reconcile(args, load(Needs::EVERYTHING)?.settings).await,
        Command::Explain(args) => explain::explain(&args, load(Needs::DATABASE)?.settings).await,
        Command::Runs(args) => runs::runs(&args, load(Needs::DATABASE)?.settings).await,
        Command::Config(args) => config::config(&args, &load(Needs::NOTHING)?),
        Command::Health(args) => health::health(&args, load(Needs::NOTHING)?.settings).await,
        Command::Types(types::Args {}) => types::types(&load(Needs::NOTHING)?.settings),
        Command::Completions(args) => completions::completions(&args),
        #[cfg(feature = "demo")]
        Command::Demo(args) => demo::demo(args).await,
    }
}

impl Command {
    fn reads_config(&self) -> bool {
        #[cfg(feature = "demo")]
        if matches!(self, Self::Demo(_)) {
            return false;
        }
        !matches!(self, Self::Completions(_))
    }
}

impl Failed {
    fn told(self) -> ExitCode {
        match self {
            Self::Usage(message) => {
                complain(&message);
                ExitCode::from(2)
            }
            Self::Problems(problems) => {
                complain(&problems.to_string());
                ExitCode::from(2)
            }
            Self::App(error) => {
                // A refusal is a line for each table and ends with statements: the advice stands by itself there.
                let joint = if error.is_configuration() { "\n" } else { ". " };
                complain(&format!("{error}{joint}{}", error.advice()));
                ExitCode::from(if error.is_configuration() { 2 } else { 1 })
            }
            Self::Partial => ExitCode::from(3),
            Self::Told => ExitCode::from(1),
            Self::Cancelled(signal) => signal.into(),
        }
    }
}

/// The log of a command that is no run: warnings on stderr, no files.
fn quiet(settings: &Settings) -> Telemetry {
    let log = &settings.log;
    Telemetry::init(&crate::telemetry::Settings { directory: None, level: "warn".to_owned(), ..log.clone() })
}

/// What `adsync config` prints needs the whole of what was loaded.
type Whole = Loaded;

#[cfg(test)]
mod tests;
