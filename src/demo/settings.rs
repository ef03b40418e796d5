//! The demo's settings: the product's own judging, over values that stand here instead of files and variables.

use std::net::SocketAddr;
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

use crate::config::{self, Environment, Needs, Problems, Settings};

use super::agency::Agency;

/// How often the demo's schedule falls due.
pub const EVERY_SECONDS: u32 = 20;

/// Judges the demo's values. `folder` is the server's, which holds no config file: it refuses what is not its own.
pub(super) fn settings(
    folder: &Path,
    database_url: &SecretString,
    agency: &Agency,
    listen: SocketAddr,
) -> Result<Settings, Problems> {
    let environment: Environment = [
        ("DATABASE_URL", database_url.expose_secret().to_owned()),
        ("META_ACCESS_TOKEN", agency.token()),
        ("META_ACCOUNT_ID", agency.account_id()),
        ("ADSYNC__META__BASE_URL", agency.url()),
        ("ADSYNC__SCHEDULES__RECENT__CRON", format!("*/{EVERY_SECONDS} * * * * *")),
        // The agency's world restates a few days back, which is to be seen at the next run.
        ("ADSYNC__SCHEDULES__RECENT__LOOKBACK_DAYS", super::agency::LOOKBACK_DAYS.to_string()),
        ("ADSYNC__WEB__LISTEN", listen.to_string()),
        ("ADSYNC__LOG__DIRECTORY", String::new()),
        ("ADSYNC__LOG__FORMAT", "text".to_owned()),
        ("ADSYNC__LOG__LEVEL", "warn".to_owned()),
    ]
    .into_iter()
    .collect();
    Ok(config::load(folder, &environment, Needs::EVERYTHING)?.settings)
}
