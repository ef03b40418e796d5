//! *When*: pure reckoning of due times, and the only user of tokio-cron-scheduler.

pub mod cron;

pub use cron::{Cron, Zone};
