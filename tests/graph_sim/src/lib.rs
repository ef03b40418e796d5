//! A simulator of the part of Meta's Graph API that adsync reads: a world of accounts that follows from a seed,
//! served over HTTP with what Meta documents and what was recorded, and with switches for everything that goes wrong.
//!
//! It shares no type with the product. `Sim::start(World::small())` gives a running one.
pub mod api;
pub mod calendar;
pub mod dice;
pub mod json;
pub mod server;
pub mod world;

pub use api::error::GraphError;
pub use api::known::KnownError;
pub use api::plan::Plan;
pub use api::report::RunShown;
pub use server::allowance::{Allowance, Bucket, Score};
pub use server::calls::{Call, CallCounts};
pub use server::door::Door;
pub use server::fault::{Face, Fault};
pub use server::faults::{Faults, Rule, When};
pub use server::settings::{Access, DEFAULT_TOKEN, Settings, SettingsChange};
pub use server::sim::Sim;
pub use server::usage::BucketUsage;
pub use world::change::Change;
pub use world::fact::Fact;
pub use world::goal::Goal;
pub use world::object::Status;
pub use world::spec::{ACCOUNT_ID, AccountSpec, NOON, WorldSpec};
pub use world::truth::{Level, TruthObject, TruthRow};
pub use world::{Clock, UnfilteredLists, World};
