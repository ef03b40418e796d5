//! What the daemon is told to do, as one value: a reload replaces it whole, and nobody sees half of it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::sync::Engine;

use super::settings::{Schedule, Settings};

/// What the daemon is told to do. A run that is under way keeps the orders it began with.
#[derive(Debug, Clone)]
pub struct Orders {
    /// What runs work with. Every engine of a process has the same database and the same worker: leases are its.
    pub engine: Arc<Engine>,
    /// The daemon's manners.
    pub settings: Settings,
    /// An account without a success for this long is stale.
    pub stale_after: Duration,
    /// The schedules, disabled ones included.
    pub schedules: Arc<[Schedule]>,
}

/// The orders in force; whoever reads them anew at every turn follows a reload.
pub type InForce = watch::Receiver<Arc<Orders>>;

impl Orders {
    /// The schedules that are at work.
    pub fn enabled(&self) -> impl Iterator<Item = &Schedule> {
        self.schedules.iter().filter(|schedule| schedule.enabled)
    }

    /// One of them by its name, also where it is disabled.
    pub fn schedule(&self, name: &str) -> Option<&Schedule> {
        self.schedules.iter().find(|schedule| schedule.name == name)
    }
}
