//! Days of an account: cut in its own zone, 23 or 25 hours long where the clock changes.
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

/// A calendar day as a number, so that ranges are cheap to walk.
pub type Day = i32;

/// Turns a date into its number.
pub fn day_of(date: NaiveDate) -> Day {
    date.num_days_from_ce()
}

/// Turns a number back into its date.
pub fn date_of(day: Day) -> NaiveDate {
    NaiveDate::from_num_days_from_ce_opt(day).unwrap_or(NaiveDate::MIN)
}

/// Gives the unix second at which a day begins in a zone.
pub fn start_of(day: Day, zone: Tz) -> i64 {
    let midnight = date_of(day).and_time(NaiveTime::MIN);
    // Where midnight does not exist (clock change at 00:00) the day begins an hour later.
    zone.from_local_datetime(&midnight)
        .earliest()
        .or_else(|| zone.from_local_datetime(&(midnight + chrono::TimeDelta::hours(1))).earliest())
        .map_or(0, |at| at.timestamp())
}

/// Gives the day that an instant belongs to in a zone.
pub fn day_at(instant: i64, zone: Tz) -> Day {
    day_of(at(instant, zone).date_naive())
}

/// Writes an instant as Meta does: no colon in the offset.
pub fn stamp(instant: i64, zone: Tz) -> String {
    at(instant, zone).format("%Y-%m-%dT%H:%M:%S%z").to_string()
}

/// Writes a day as `YYYY-MM-DD`.
pub fn day_text(day: Day) -> String {
    date_of(day).to_string()
}

/// Gives the first day that can be asked: 37 months before today.
pub fn retention_start(today: Day) -> Day {
    months_before(today, 37)
}

/// Gives the day so many months before another.
pub fn months_before(today: Day, months: u32) -> Day {
    date_of(today).checked_sub_months(Months::new(months)).map_or(today, day_of)
}

/// Cuts a range at the borders of calendar months.
pub fn months(since: Day, until: Day) -> Vec<(Day, Day)> {
    let mut cuts = Vec::new();
    let mut from = since;
    while from <= until {
        let date = date_of(from);
        let next = date
            .checked_sub_days(Days::new(u64::from(date.day0())))
            .and_then(|first| first.checked_add_months(Months::new(1)))
            .map_or(until + 1, day_of);
        cuts.push((from, until.min(next - 1)));
        from = next;
    }
    cuts
}

/// Resolves one of Meta's named ranges against today; nothing for an unknown or disabled name.
pub fn preset(name: &str, today: Day) -> Option<(Day, Day)> {
    let date = date_of(today);
    let month = |back: u32| date.with_day(1).and_then(|first| first.checked_sub_months(Months::new(back))).map(day_of);
    let weekday = |sunday_first: bool| {
        let index =
            if sunday_first { date.weekday().num_days_from_sunday() } else { date.weekday().num_days_from_monday() };
        i32::try_from(index).unwrap_or(0)
    };
    let year = |back: i32| NaiveDate::from_ymd_opt(date.year() - back, 1, 1).map(day_of);
    let quarter = date.month0() % 3;
    Some(match name {
        "today" => (today, today),
        "yesterday" => (today - 1, today - 1),
        // The named spans of days end yesterday.
        "last_3d" => (today - 3, today - 1),
        "last_7d" => (today - 7, today - 1),
        "last_14d" => (today - 14, today - 1),
        "last_28d" => (today - 28, today - 1),
        "last_30d" => (today - 30, today - 1),
        "last_90d" => (today - 90, today - 1),
        "this_month" => (month(0)?, today),
        "last_month" => (month(1)?, month(0)? - 1),
        "this_quarter" => (month(quarter)?, today),
        "last_quarter" => (month(quarter + 3)?, month(quarter)? - 1),
        "this_week_mon_today" => (today - weekday(false), today),
        "this_week_sun_today" => (today - weekday(true), today),
        "last_week_mon_sun" => (today - weekday(false) - 7, today - weekday(false) - 1),
        "last_week_sun_sat" => (today - weekday(true) - 7, today - weekday(true) - 1),
        "this_year" => (year(0)?, today),
        "last_year" => (year(1)?, year(0)? - 1),
        "maximum" | "data_maximum" => (retention_start(today), today),
        _ => return None,
    })
}

fn at(instant: i64, zone: Tz) -> DateTime<Tz> {
    DateTime::<Utc>::from_timestamp(instant, 0).unwrap_or(DateTime::UNIX_EPOCH).with_timezone(&zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        day_of(text.parse().expect("a date"))
    }

    #[test]
    fn a_day_follows_the_zone_through_the_change_of_clocks() {
        let zone = chrono_tz::Europe::Berlin;
        let length = |d: Day| start_of(d + 1, zone) - start_of(d, zone);
        assert_eq!(length(day("2026-03-29")), 23 * 3600);
        assert_eq!(length(day("2026-10-25")), 25 * 3600);
    }

    #[test]
    fn presets_exclude_today_where_meta_does() {
        let today = day("2026-11-23");
        assert_eq!(preset("last_30d", today), Some((day("2026-10-24"), day("2026-11-22"))));
        assert_eq!(preset("last_quarter", today), Some((day("2026-07-01"), day("2026-09-30"))));
        assert_eq!(preset("last_week_mon_sun", today), Some((day("2026-11-16"), day("2026-11-22"))));
        assert_eq!(preset("lifetime", today), None);
    }

    #[test]
    fn months_are_cut_to_the_range() {
        let cuts = months(day("2026-01-20"), day("2026-03-02"));
        let text: Vec<_> = cuts.iter().map(|(a, b)| (day_text(*a), day_text(*b))).collect();
        assert_eq!(text.len(), 3);
        assert_eq!(text[0].1, "2026-01-31");
        assert_eq!(text[1], ("2026-02-01".into(), "2026-02-28".into()));
    }
}
