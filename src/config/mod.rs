//! *What was asked*: the files and variables, judged, as settings ready to use.
//!
//! `file` names every key as people write it, `load` merges the sources and remembers where each value came from,
//! and this file says what it all means. Every problem is found in one pass and reported at once.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use crate::{daemon, meta, store, sync};

/// Everything that was asked, judged, ready to use.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The daemon's name and manners.
    pub daemon: daemon::Settings,
    /// How Meta is reached.
    pub meta: meta::Settings,
    /// What a run reads.
    pub sync: sync::Settings,
    /// Where the rows go.
    pub database: store::Settings,
    /// Schedules, in the order of their names; disabled ones included.
    pub schedules: Vec<daemon::Schedule>,
    /// Where the status page listens and who may use it.
    pub web: Web,
    /// Whom to tell.
    pub alerts: Alerts,
    /// Where the log goes.
    pub log: Log,
}

/// Where the status page listens and who may use it.
#[derive(Debug, Clone)]
pub struct Web {
    /// The address to bind.
    pub listen: SocketAddr,
    /// `ADSYNC_ADMIN_TOKEN`: allows the page's actions.
    pub admin_token: Option<SecretString>,
    /// `ADSYNC_READ_TOKEN`: needed to read the page.
    pub read_token: Option<SecretString>,
}

/// Whom to tell, and when.
#[derive(Debug, Clone)]
pub struct Alerts {
    /// An account without a success for this long is stale.
    pub stale_after: Duration,
    /// `ADSYNC_WEBHOOK_URL`; it may hold a secret.
    pub webhook_url: Option<SecretString>,
    /// `ADSYNC_HEARTBEAT_URL`; it may hold a secret.
    pub heartbeat_url: Option<SecretString>,
}

/// Where the log goes.
#[derive(Debug, Clone)]
pub struct Log {
    /// The folder of the daily files; `None` means stderr only.
    pub directory: Option<PathBuf>,
    /// Daily files kept.
    pub files_kept: usize,
    /// How a line looks.
    pub format: LogFormat,
    /// What is worth a line: a level, or a filter such as `info,adsync=debug`.
    pub level: String,
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}
