//! *Who may*: the runner, its leases and heartbeats, the ledger of ticks.
//!
//! A beat comes from the ticker; what fell due since the last one is asked of the schedule's expression; what becomes
//! of each tick is judged; its row is written; only then it runs, as a task that the runner owns.

pub mod census;
mod counters;
mod dead;
pub mod errand;
mod expressions;
mod gauges;
pub mod heartbeat;
mod notifier;
pub mod orders;
mod pause;
mod pulse;
mod recount;
mod rehearsal;
pub mod runner;
pub mod settings;
mod stopping;
mod takeover;
mod task;
pub mod tick;
mod tokens;
mod upkeep;

pub use census::Census;
pub use errand::{Errand, Refusal};
pub use heartbeat::Heartbeat;
pub use notifier::{Inbox, Notifier};
pub use orders::{InForce, Orders};
pub use pulse::Pulse;
pub use recount::Recount;
pub use rehearsal::rehearse;
pub use runner::Runner;
pub use settings::{CatchUp, Overlap, Schedule, Settings};
pub use takeover::Deaths;
pub use upkeep::Upkeep;
