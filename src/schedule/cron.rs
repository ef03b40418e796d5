//! A checked cron expression and the zone it is read in.

use chrono_tz::Tz;

/// A checked cron expression: 5 fields, 6 with seconds first, or a name such as `@hourly`.
#[derive(Debug, Clone)]
pub struct Cron {
    inner: croner::Cron,
}

/// The zone that a cron expression is read in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// Each account's own.
    Account,
    /// One for all accounts.
    Named(Tz),
}
