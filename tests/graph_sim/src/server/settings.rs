//! What can be set about the simulator besides its world and its faults.
use super::allowance::Allowance;
use crate::api::error::GraphError;
use serde::{Deserialize, Serialize};

/// The token that is accepted unless another is set.
pub const DEFAULT_TOKEN: &str = "EAABsimTokenDoNotLog";

/// Whom the simulator lets in.
#[derive(Debug, Clone)]
pub struct Access {
    /// The only accepted token.
    pub token: String,
    /// The app's secret; without it no proof can be judged.
    pub app_secret: Option<String>,
    /// Calls without a proof are refused.
    pub requires_proof: bool,
    /// The token's scopes.
    pub scopes: Vec<String>,
    /// Unix second at which the token ends; 0 is never.
    pub expires_at: i64,
    /// What every call ends in once the token is dead.
    pub refusal: Option<GraphError>,
}

impl Access {
    /// Says whether the token has ended.
    pub fn has_expired(&self, now: i64) -> bool {
        self.expires_at > 0 && now >= self.expires_at
    }
}

/// All settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whom the simulator lets in.
    pub access: Access,
    /// How long every call takes at least.
    pub latency_ms: u64,
    /// How many calls are allowed.
    pub allowance: Allowance,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            access: Access {
                token: DEFAULT_TOKEN.to_owned(),
                app_secret: None,
                requires_proof: false,
                scopes: vec!["ads_read".to_owned()],
                expires_at: 0,
                refusal: None,
            },
            latency_ms: 0,
            allowance: Allowance::default(),
        }
    }
}

/// Settings to be changed; what is absent stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SettingsChange {
    /// The accepted token.
    pub token: Option<String>,
    /// The app's secret; empty for none.
    pub app_secret: Option<String>,
    /// Whether calls need a proof.
    pub requires_proof: Option<bool>,
    /// The token's scopes.
    pub scopes: Option<Vec<String>>,
    /// Unix second at which the token ends.
    pub expires_at: Option<i64>,
    /// How long every call takes at least.
    pub latency_ms: Option<u64>,
    /// How many calls are allowed.
    pub allowance: Option<Allowance>,
}

impl Settings {
    /// Applies a change.
    pub fn change(&mut self, change: SettingsChange) {
        let access = &mut self.access;
        set(&mut access.token, change.token);
        if let Some(secret) = change.app_secret {
            access.app_secret = Some(secret).filter(|secret| !secret.is_empty());
        }
        set(&mut access.requires_proof, change.requires_proof);
        set(&mut access.scopes, change.scopes);
        set(&mut access.expires_at, change.expires_at);
        set(&mut self.latency_ms, change.latency_ms);
        set(&mut self.allowance, change.allowance);
    }
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}
