//! Whom to tell, and when.

use std::time::Duration;

use secrecy::SecretString;

/// Whom to tell, and when.
#[derive(Debug, Clone)]
pub struct Settings {
    /// An account without a success for this long is stale.
    pub stale_after: Duration,
    /// How long the database has to be away before that is told past it.
    pub away_after: Duration,
    /// `ADSYNC_WEBHOOK_URL`: whoever knows it may write to the channel.
    pub webhook_url: Option<SecretString>,
    /// `ADSYNC_HEARTBEAT_URL`: whoever knows it may pretend that all is well.
    pub heartbeat_url: Option<SecretString>,
}

impl Settings {
    /// A restart of the database, or a failover, is over by then.
    pub const AWAY_AFTER: Duration = Duration::from_secs(300);
}
