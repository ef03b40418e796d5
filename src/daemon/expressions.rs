//! Since when schedules have the expressions that they have: by one that a reload brought nothing fell due before it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::schedule::Zone;

use super::settings::Schedule;

/// The expression that each schedule was last asked with, its zone, and since when it is that.
#[derive(Debug, Default)]
pub(super) struct Expressions(HashMap<String, (String, Zone, DateTime<Utc>)>);

impl Expressions {
    /// Since when a schedule has the expression that it has now. One that is seen for the first time may have had it for
    /// ever: what it missed while no daemon ran is still due.
    pub(super) fn in_force_since(&mut self, schedule: &Schedule, now: DateTime<Utc>) -> DateTime<Utc> {
        let (expression, zone) = (schedule.cron.as_str(), schedule.zone);
        let known = self.0.get(&schedule.name);
        if let Some((same, place, since)) = known
            && same == expression
            && *place == zone
        {
            return *since;
        }
        let since = if known.is_some() { now } else { DateTime::<Utc>::MIN_UTC };
        self.0.insert(schedule.name.clone(), (expression.to_owned(), zone, since));
        since
    }
}
