//! What the daemon is told: its schedules and its manners.

use std::time::Duration;

use crate::meta::AccountId;
use crate::schedule::{Cron, Zone};

/// The daemon's name and manners.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Replicas of one daemon share it; another daemon on the same database needs another.
    pub instance: String,
    /// How long a stop may take before running work is abandoned.
    pub shutdown_grace: Duration,
    /// Days that `sync_runs` and its steps are kept.
    pub retention_days: u32,
}

/// One named schedule.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// The name under `[schedules]`.
    pub name: String,
    /// When it falls due, in `zone`.
    pub cron: Cron,
    /// The zone that the expression is read in.
    pub zone: Zone,
    /// Days before today that a run reads; today comes besides.
    pub lookback_days: u32,
    /// What happens to a tick while the last one still runs.
    pub overlap: Overlap,
    /// What happens to ticks that were missed.
    pub catch_up: CatchUp,
    /// The longest random delay of a tick.
    pub jitter: Duration,
    /// The longest time that a run may take.
    pub deadline: Duration,
    /// Failures in a row after which the schedule pauses itself; 0 means never.
    pub pause_after_failures: u32,
    /// Whether it runs at all.
    pub enabled: bool,
    /// The accounts it is for; `None` means all.
    pub accounts: Option<Vec<AccountId>>,
    /// The reports it is for, by name; `None` means all that are enabled.
    pub reports: Option<Vec<String>>,
}

impl Schedule {
    /// Whether none looks back further: the first of the enabled ones that look back furthest does the monthly sweep.
    pub fn is_widest(&self, all: &[Self]) -> bool {
        let enabled = || all.iter().filter(|schedule| schedule.enabled);
        let furthest = enabled().map(|schedule| schedule.lookback_days).max();
        let first = enabled().find(|schedule| Some(schedule.lookback_days) == furthest);
        first.is_some_and(|first| first.name == self.name)
    }
}

/// What happens to a tick that falls due while its schedule still runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlap {
    /// It is recorded as skipped.
    Skip,
    /// One waits and runs afterwards.
    Queue,
}

/// What happens to ticks that fell due while no daemon ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CatchUp {
    /// They are recorded as skipped.
    None,
    /// The latest runs, the others are recorded as skipped.
    Latest,
}
