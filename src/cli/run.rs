//! `adsync run`: the daemon.

use crate::app;
use crate::config::Settings;
use crate::shutdown::Shutdown;
use crate::telemetry::Telemetry;

use super::Failed;

pub(super) async fn run(settings: Settings) -> Result<(), Failed> {
    let telemetry = Telemetry::init(&settings.log);
    let shutdown =
        Shutdown::listen().map_err(|error| app::Error::Process(format!("signals cannot be heard: {error}")))?;
    app::daemon(settings, &telemetry, shutdown.token()).await?;
    Ok(())
}
