//! An instant as a page shows it: how far away it is, and the time on a clock whose zone is named.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

/// An instant, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Moment {
    /// For machines, in UTC.
    pub(super) instant: String,
    /// The day and time in the zone.
    pub(super) local: String,
    /// The same without the day, where that is the one of now.
    pub(super) short: String,
    /// The zone's name.
    pub(super) zone: &'static str,
    /// How far away it is: `5 min ago`, `in 2 h`.
    pub(super) distance: String,
}

impl Moment {
    pub(super) fn new(at: DateTime<Utc>, zone: Tz, now: DateTime<Utc>) -> Self {
        let (local, today) = (at.with_timezone(&zone), now.with_timezone(&zone).date_naive());
        let short = if local.date_naive() == today { "%H:%M" } else { "%Y-%m-%d %H:%M" };
        Self {
            instant: at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            local: local.format("%Y-%m-%d %H:%M").to_string(),
            short: local.format(short).to_string(),
            zone: zone.name(),
            distance: distance(at - now),
        }
    }
}

/// Words a distance in time; what lies ahead is positive.
pub(super) fn distance(away: TimeDelta) -> String {
    let length = length(away.abs());
    match length {
        None => "now".to_owned(),
        Some(length) if away < TimeDelta::zero() => format!("{length} ago"),
        Some(length) => format!("in {length}"),
    }
}

/// Words a length of time by its largest unit; `None` under a minute.
pub(super) fn length(time: TimeDelta) -> Option<String> {
    let minutes = time.num_minutes();
    Some(match minutes {
        ..1 => return None,
        1..60 => format!("{minutes} min"),
        60..2_880 => format!("{} h", time.num_hours()),
        _ => format!("{} days", time.num_days()),
    })
}

/// A length of time in its two largest units: `40 ms`, `3.2 s`, `12 s`, `3 min 20 s`, `2 h 5 min`.
pub(super) fn took(time: TimeDelta) -> String {
    let ms = time.num_milliseconds().max(0);
    let (seconds, minutes) = (ms / 1_000, ms / 60_000);
    match ms {
        0 => "0 s".to_owned(),
        1..1_000 => format!("{ms} ms"),
        1_000..10_000 => format!("{seconds}.{} s", ms % 1_000 / 100),
        10_000..60_000 => format!("{seconds} s"),
        60_000..3_600_000 => format!("{minutes} min {} s", seconds % 60),
        _ => format!("{} h {} min", minutes / 60, minutes % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_names_its_zone_and_its_distance() {
        let now: DateTime<Utc> = "2026-03-01T12:00:00Z".parse().unwrap();
        let moment = Moment::new("2026-03-01T02:30:00Z".parse().unwrap(), Tz::America__Sao_Paulo, now);
        assert_eq!((moment.local.as_str(), moment.zone), ("2026-02-28 23:30", "America/Sao_Paulo"));
        assert_eq!((moment.distance.as_str(), moment.short.as_str()), ("9 h ago", "2026-02-28 23:30"));
        let moment = Moment::new("2026-03-01T11:30:00Z".parse().unwrap(), Tz::America__Sao_Paulo, now);
        assert_eq!(moment.short, "08:30", "the day of now goes without saying");
    }

    #[test]
    fn lengths_of_time_are_told_in_the_units_that_matter() {
        for (ms, words) in [
            (-5, "0 s"),
            (430, "430 ms"),
            (9_999, "9.9 s"),
            (12_000, "12 s"),
            (200_000, "3 min 20 s"),
            (7_500_000, "2 h 5 min"),
        ] {
            assert_eq!(took(TimeDelta::milliseconds(ms)), words);
        }
    }

    #[test]
    fn distances_use_the_largest_unit_that_says_something() {
        for (seconds, words) in [
            (0, "now"),
            (-59, "now"),
            (-60, "1 min ago"),
            (900, "in 15 min"),
            (-90_000, "25 h ago"),
            (864_000, "in 10 days"),
        ] {
            assert_eq!(distance(TimeDelta::seconds(seconds)), words);
        }
    }
}
