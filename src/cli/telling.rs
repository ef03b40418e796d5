//! Who is told of what a command met. Where somebody sits in front of the screen, what it shows is enough.

use std::io::IsTerminal;

use chrono::Utc;

use crate::alert::once::{self, Teller};
use crate::app;
use crate::config::Settings;
use crate::sync::Engine;

use super::Failed;

/// The names of the schedules that are enabled.
pub(super) fn schedules(settings: &Settings) -> Vec<String> {
    let enabled = settings.schedules.iter().filter(|schedule| schedule.enabled);
    enabled.map(|schedule| schedule.name.clone()).collect()
}

/// Who tells of a command that does the work of a schedule, or of none.
pub(super) fn teller<'a>(
    engine: &'a Engine,
    settings: &'a Settings,
    schedules: &'a [String],
    schedule: Option<&'a str>,
) -> Teller<'a> {
    let is_watched = std::io::stderr().is_terminal();
    Teller { engine, settings: &settings.alerts, schedules, schedule, is_watched }
}

/// Tells of a database that let nothing be done.
pub(super) async fn unreachable(settings: &Settings, error: app::Error) -> Failed {
    if let app::Error::Store(error) = &error
        && !std::io::stderr().is_terminal()
    {
        once::unreachable(&settings.alerts, &settings.daemon.instance, error, Utc::now()).await;
    }
    error.into()
}
