//! *When*: pure reckoning of due times, and the only user of tokio-cron-scheduler.
//!
//! The ticker tells the time and nothing else; what fell due since the last beat is asked of [`Cron`] afresh every
//! time. A night of changing clocks, a suspended machine, a missed beat and a reload are then one and the same question.

pub mod cron;
pub mod due;
pub mod ticker;
pub mod zone;

pub use cron::{Cron, CronError};
pub use due::{Due, Missed, Tick, Ticks, due_between, due_ticks, latest_of_each, next_due};
pub use ticker::{Beats, Ticker, TickerError};
pub use zone::{Zone, ZoneError};
