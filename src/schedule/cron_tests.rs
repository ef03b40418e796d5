//! Expressions are read, refused and reckoned through the nights in which clocks change.

use proptest::prelude::*;

use super::*;

fn cron(text: &str) -> Cron {
    Cron::parse(text).unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// The next `count` local times after a UTC instant, with their offsets.
fn next(text: &str, zone: Tz, after: &str, count: usize) -> Vec<String> {
    let cron = cron(text);
    let mut after = at(after);
    std::iter::from_fn(|| {
        after = cron.next_after(after, zone)?;
        Some(after.with_timezone(&zone).format("%m-%d %H:%M %:z").to_string())
    })
    .take(count)
    .collect()
}

#[test]
fn five_fields_six_fields_and_names_are_read() {
    for text in ["*/15 * * * *", "30 3 * * *", "15 */15 * * * *", "@hourly", "@Daily", "0 9 * * MON-FRI", "0 0 L * *"] {
        assert_eq!(cron(text).as_str(), text);
    }
    assert_eq!(cron("@hourly").next_after(at("2026-03-01T10:00:00Z"), Tz::UTC), Some(at("2026-03-01T11:00:00Z")));
}

#[test]
fn a_refusal_names_the_field_and_what_it_takes() {
    for (text, told) in [
        ("", "empty"),
        ("* * * *", "this has 4"),
        ("0 0 0 1 1 * 2030", "this has 7"),
        ("61 * * * *", "the minute field `61` cannot be read: number out of bounds; it takes 0 to 59"),
        ("* 24 * * *", "the hour field `24`"),
        ("* * * * MONDAY", "the weekday field `MONDAY`"),
        ("0/15 * * * *", "the minute field `0/15`"),
        ("1,,2 * * * *", "between commas"),
        (", * * * *", "between commas"),
        ("*/0 * * * *", "step cannot be zero"),
        ("@often", "@hourly"),
        ("* * é * *", "the day field `é`"),
    ] {
        let error = Cron::parse(text).unwrap_err().to_string();
        assert!(error.contains(told), "{text}: {error}");
    }
}

#[test]
fn a_day_that_never_comes_is_refused() {
    for text in ["0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 31 2 +MON"] {
        assert_eq!(Cron::parse(text), Err(CronError::NeverDue(text.to_owned())));
    }
    // Once in 28 years is not never.
    assert_eq!(next("0 0 29 2 +MON", Tz::UTC, "2026-01-01T00:00:00Z", 1), ["02-29 00:00 +00:00"]);
}

#[test]
fn a_time_that_the_night_skips_counts_once_at_the_first_instant_after_the_gap() {
    let berlin = next("30 2 * * *", Tz::Europe__Berlin, "2026-03-28T00:00:00Z", 3);
    assert_eq!(berlin, ["03-28 02:30 +01:00", "03-29 03:00 +02:00", "03-30 02:30 +02:00"]);
    let new_york = next("*/20 2 * * *", Tz::America__New_York, "2026-03-08T05:00:00Z", 2);
    assert_eq!(new_york, ["03-08 03:00 -04:00", "03-09 02:00 -04:00"]);
    // At midnight, the hour that every daily job likes.
    let sao_paulo = next("0 0 * * *", Tz::America__Sao_Paulo, "2018-11-03T12:00:00Z", 2);
    assert_eq!(sao_paulo, ["11-04 01:00 -02:00", "11-05 00:00 -02:00"]);
    // By half an hour.
    let lord_howe = next("15 2 * * *", Tz::Australia__Lord_Howe, "2026-10-03T12:00:00Z", 2);
    assert_eq!(lord_howe, ["10-04 02:30 +11:00", "10-05 02:15 +11:00"]);
    // By a whole day: Samoa had no 30 December 2011.
    assert_eq!(next("0 9 30 12 *", Tz::Pacific__Apia, "2011-12-01T00:00:00Z", 1), ["12-31 00:00 +14:00"]);
}

#[test]
fn one_of_several_hours_that_the_night_skips_is_not_lost() {
    let times = next("0 2,14 * * *", Tz::America__New_York, "2026-03-07T20:00:00Z", 3);
    assert_eq!(times, ["03-08 03:00 -04:00", "03-08 14:00 -04:00", "03-09 02:00 -04:00"]);
    // Where the first instant after the gap is due anyway, it is due once.
    let times = next("0 2,3 * * *", Tz::America__New_York, "2026-03-07T20:00:00Z", 2);
    assert_eq!(times, ["03-08 03:00 -04:00", "03-09 02:00 -04:00"]);
}

#[test]
fn a_time_that_the_night_repeats_counts_the_first_time_only() {
    let berlin = next("30 2 * * *", Tz::Europe__Berlin, "2026-10-24T12:00:00Z", 2);
    assert_eq!(berlin, ["10-25 02:30 +02:00", "10-26 02:30 +01:00"]);
    let new_york = next("0,30 1 * * *", Tz::America__New_York, "2026-11-01T04:30:00Z", 3);
    assert_eq!(new_york, ["11-01 01:00 -04:00", "11-01 01:30 -04:00", "11-02 01:00 -05:00"]);
    let sao_paulo = next("30 23 * * *", Tz::America__Sao_Paulo, "2019-02-16T12:00:00Z", 2);
    assert_eq!(sao_paulo, ["02-16 23:30 -02:00", "02-17 23:30 -03:00"]);
    let lord_howe = next("45 1 * * *", Tz::Australia__Lord_Howe, "2026-04-04T03:00:00Z", 2);
    assert_eq!(lord_howe, ["04-05 01:45 +11:00", "04-06 01:45 +10:30"]);
}

#[test]
fn an_open_hour_keeps_its_rhythm_through_both_nights() {
    let spring = next("*/30 * * * *", Tz::Europe__Berlin, "2026-03-29T00:00:00Z", 3);
    assert_eq!(spring, ["03-29 01:30 +01:00", "03-29 03:00 +02:00", "03-29 03:30 +02:00"]);
    let autumn = next("0 * * * *", Tz::Europe__Berlin, "2026-10-24T23:00:00Z", 4);
    assert_eq!(autumn, ["10-25 02:00 +02:00", "10-25 02:00 +01:00", "10-25 03:00 +01:00", "10-25 04:00 +01:00"]);
    assert_eq!(next("0 0-23 * * *", Tz::Europe__Berlin, "2026-10-24T23:00:00Z", 4), autumn);
    let half = next("*/30 * * * *", Tz::Australia__Lord_Howe, "2026-04-04T14:00:00Z", 3);
    assert_eq!(half, ["04-05 01:30 +11:00", "04-05 01:30 +10:30", "04-05 02:00 +10:30"]);
}

#[test]
fn odd_offsets_and_last_days_are_reckoned_locally() {
    assert_eq!(
        cron("0 0 * * *").next_after(at("2026-05-01T00:00:00Z"), Tz::Asia__Kathmandu),
        Some(at("2026-05-01T18:15:00Z"))
    );
    let last = next("0 12 L * *", Tz::America__Sao_Paulo, "2028-01-31T20:00:00Z", 3);
    assert_eq!(last, ["02-29 12:00 -03:00", "03-31 12:00 -03:00", "04-30 12:00 -03:00"]);
}

#[test]
fn day_and_weekday_are_joined_by_or_and_by_and_after_a_plus() {
    let either = next("0 0 13 * FRI", Tz::UTC, "2026-03-01T00:00:00Z", 3);
    assert_eq!(either, ["03-06 00:00 +00:00", "03-13 00:00 +00:00", "03-20 00:00 +00:00"]);
    let both = next("0 0 13 * +FRI", Tz::UTC, "2026-03-01T00:00:00Z", 2);
    assert_eq!(both, ["03-13 00:00 +00:00", "11-13 00:00 +00:00"]);
}

#[test]
fn a_fraction_of_a_second_neither_repeats_nor_skips_an_instant() {
    let cron = cron("* * * * * *");
    for (after, due) in [("10:00:00.999Z", "10:00:01Z"), ("10:00:01Z", "10:00:02Z"), ("10:00:01.001Z", "10:00:02Z")] {
        let after = at(&format!("2026-03-01T{after}"));
        assert_eq!(cron.next_after(after, Tz::UTC), Some(at(&format!("2026-03-01T{due}"))));
    }
}

fn some_zone() -> impl Strategy<Value = Tz> {
    prop::sample::select(vec![
        Tz::UTC,
        Tz::America__Sao_Paulo,
        Tz::Europe__Berlin,
        Tz::America__New_York,
        Tz::Australia__Lord_Howe,
        Tz::Asia__Kathmandu,
        Tz::Africa__Casablanca,
    ])
}

fn some_cron() -> impl Strategy<Value = Cron> {
    let minutes = prop::sample::select(vec!["*", "*/7", "0", "30", "15,45", "10-20"]);
    let hours = prop::sample::select(vec!["*", "*/2", "0", "1,2,3", "2", "0-3", "23"]);
    let days = prop::sample::select(vec!["*", "L", "1-7", "15W"]);
    let weekdays = prop::sample::select(vec!["*", "SUN", "+SUN", "1-5", "SUN#L"]);
    (minutes, hours, days, weekdays).prop_filter_map("a real expression", |(minute, hour, day, weekday)| {
        Cron::parse(&format!("{minute} {hour} {day} * {weekday}")).ok()
    })
}

/// A whole second near one of the nights in which these zones change their clocks, or anywhere.
fn some_instant() -> impl Strategy<Value = DateTime<Utc>> {
    let night = prop::sample::select(vec![
        "2018-11-04T03:00:00Z",
        "2019-02-17T02:00:00Z",
        "2026-03-29T01:00:00Z",
        "2026-10-25T01:00:00Z",
        "2026-03-08T07:00:00Z",
        "2026-11-01T06:00:00Z",
        "2026-04-04T15:00:00Z",
        "2026-10-03T15:30:00Z",
    ]);
    prop_oneof![
        (night, -90_000_i64..90_000).prop_map(|(night, away)| at(night) + Duration::seconds(away)),
        (1_400_000_000_i64..2_000_000_000).prop_map(|seconds| DateTime::from_timestamp(seconds, 0).unwrap()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn due_instants_only_ever_move_forward(cron in some_cron(), zone in some_zone(), start in some_instant()) {
        let mut after = start;
        for _ in 0..30 {
            let due = cron.next_after(after, zone).unwrap();
            prop_assert!(due > after, "{cron} in {zone}: {due} after {after}");
            after = due;
        }
    }

    #[test]
    fn looking_back_finds_what_looking_forward_found(cron in some_cron(), zone in some_zone(), start in some_instant()) {
        let mut after = start;
        for _ in 0..30 {
            let due = cron.next_after(after, zone).unwrap();
            prop_assert_eq!(cron.latest_until(due, zone), Some(due), "{} in {} at {}", cron, zone, due);
            let before = cron.latest_until(due - Duration::seconds(1), zone).unwrap();
            prop_assert!(before <= after || after == start, "{cron} in {zone}: {before} lies between {after} and {due}");
            prop_assert_eq!(cron.next_after(before, zone), Some(due), "{} in {} after {}", cron, zone, before);
            after = due;
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "[-*/0-9,LWSUN#?+@a-z ]{0,40}", field in "\\PC{0,8}") {
        drop(Cron::parse(&text));
        drop(Cron::parse(&format!("{field} * * * *")));
        drop(Cron::parse(&format!("* * {field} * {field}")));
    }
}
