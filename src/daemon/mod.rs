//! *Who may*: the runner, its leases and heartbeats, the ledger of ticks.

pub mod heartbeat;
pub mod settings;

pub use heartbeat::Heartbeat;
pub use settings::{CatchUp, Overlap, Schedule, Settings};
