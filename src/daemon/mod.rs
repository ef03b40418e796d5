//! *Who may*: the runner, its leases and heartbeats, the ledger of ticks.

pub mod settings;

pub use settings::{CatchUp, Overlap, Schedule, Settings};
