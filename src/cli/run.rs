//! `adsync run`: the daemon.

use crate::app::{self, Given};
use crate::shutdown::Shutdown;
use crate::telemetry::Telemetry;

use super::Failed;

pub(super) async fn run(given: Given) -> Result<(), Failed> {
    let telemetry = Telemetry::init_daemon(&given.loaded.settings.log);
    let shutdown =
        Shutdown::listen().map_err(|error| app::Error::Process(format!("signals cannot be heard: {error}")))?;
    Box::pin(app::daemon(given, &telemetry, shutdown.token())).await?;
    Ok(())
}
