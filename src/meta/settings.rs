//! What the client is told: where Meta is, how fast to ask, who asks.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// How the client reaches the Graph API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The API's address without the version, for example `https://graph.facebook.com`; plain http only on loopback.
    pub base_url: Url,
    /// The version as it stands in paths, for example `v26.0`.
    pub api_version: String,
    /// Rows asked for a page at first; the client adapts it.
    pub page_size: u32,
    /// The whole time that one HTTP call may take.
    pub request_timeout: Duration,
    /// Calls in flight, all accounts together.
    pub max_concurrency: usize,
    /// The longest throttle that a step waits for; a longer one ends the step as throttled.
    pub max_wait: Duration,
}

/// Who asks. The type does not serialize and shows nothing when printed.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The token's name under `[tokens]`; empty for the one from `META_ACCESS_TOKEN`.
    pub name: String,
    /// The first token's name that has the same app secret, its own where none has: its app's budgets go by it.
    pub app: String,
    /// A system-user token with `ads_read`.
    pub token: SecretString,
    /// The app's secret; where present every call carries `appsecret_proof`.
    pub app_secret: Option<SecretString>,
}

impl Credentials {
    /// Tells them apart from others, within a process, without being them.
    pub fn fingerprint(&self) -> [u128; 2] {
        let of = |secret: &SecretString| xxhash_rust::xxh3::xxh3_128(secret.expose_secret().as_bytes());
        [of(&self.token), self.app_secret.as_ref().map_or(0, of)]
    }
}
