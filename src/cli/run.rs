//! `adsync run`: the daemon.

use crate::app::{self, Given};
use crate::shutdown::Shutdown;
use crate::telemetry::Telemetry;

use super::Failed;

/// Arguments of `run`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  adsync run                            until SIGTERM or ctrl-c
  adsync --config-dir /etc/adsync run

The status page is at web.listen (127.0.0.1:8080). SIGHUP reads the configuration again; a second SIGTERM ends it at once.")]
pub(super) struct Args {}

pub(super) async fn run(given: Given) -> Result<(), Failed> {
    let telemetry = Telemetry::init_daemon(&given.loaded.settings.log);
    let shutdown =
        Shutdown::listen().map_err(|error| app::Error::Process(format!("signals cannot be heard: {error}")))?;
    Box::pin(app::daemon(given, &telemetry, shutdown.token())).await?;
    Ok(())
}
