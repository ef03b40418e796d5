//! Nothing that falls due is lost or doubled, however the time is cut, and a long absence costs little.

use proptest::prelude::*;

use super::*;

fn cron(text: &str) -> Cron {
    Cron::parse(text).unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn a_beat_finds_what_fell_due_since_the_last_one() {
    let due = due_between(&cron("0 * * * *"), Tz::UTC, at("2026-03-01T10:00:00Z"), at("2026-03-01T12:00:00Z"));
    assert_eq!(due.newest, [at("2026-03-01T11:00:00Z"), at("2026-03-01T12:00:00Z")]);
    assert_eq!((due.latest(), due.older), (Some(at("2026-03-01T12:00:00Z")), 0));
}

#[test]
fn nothing_is_due_when_no_time_passed_or_the_clock_went_back() {
    let now = at("2026-03-01T12:00:00Z");
    assert_eq!(due_between(&cron("* * * * * *"), Tz::UTC, now, now), Due::default());
    assert_eq!(due_between(&cron("* * * * * *"), Tz::UTC, now, now - Duration::hours(1)), Due::default());
}

#[test]
fn years_of_absence_are_counted_up_to_a_limit() {
    let due =
        due_between(&cron("* * * * * *"), Tz::Europe__Berlin, at("2016-01-01T00:00:00Z"), at("2026-03-01T00:00:00Z"));
    assert_eq!(due.newest.len(), KEPT);
    assert_eq!(due.older, COUNTED);
    assert_eq!(due.latest(), Some(at("2026-03-01T00:00:00Z")));
}

#[test]
fn what_is_counted_is_at_least_so_much_where_one_zone_has_too_many_and_not_where_many_have_some() {
    let accounts = [("a", Tz::UTC), ("b", Tz::Europe__Berlin), ("c", Tz::Asia__Tokyo), ("d", Tz::America__Sao_Paulo)];
    let hourly = |days: i64| {
        let until = at("2026-03-01T00:00:00Z");
        due_ticks(&cron("0 * * * *"), Zone::Account, &accounts, until - Duration::days(days), until)
    };
    let some = hourly(25);
    assert_eq!((some.older, some.is_at_least), (4 * (25 * 24 - 120), false), "all were counted");
    assert!(hourly(50).is_at_least);
}

#[test]
fn accounts_due_at_the_same_instant_share_a_tick() {
    let accounts = [("a", Tz::America__Sao_Paulo), ("b", Tz::Europe__Berlin), ("c", Tz::America__Sao_Paulo)];
    let day = (at("2026-01-10T00:00:00Z"), at("2026-01-11T00:00:00Z"));
    let own = due_ticks(&cron("30 3 * * *"), Zone::Account, &accounts, day.0, day.1);
    assert_eq!(
        own.ticks,
        [
            Tick { due_at: at("2026-01-10T02:30:00Z"), accounts: vec!["b"] },
            Tick { due_at: at("2026-01-10T06:30:00Z"), accounts: vec!["a", "c"] },
        ]
    );
    let named = due_ticks(&cron("30 3 * * *"), Zone::Named(Tz::UTC), &accounts, day.0, day.1);
    assert_eq!(named.ticks, [Tick { due_at: at("2026-01-10T03:30:00Z"), accounts: vec!["a", "b", "c"] }]);
    // Every quarter of an hour falls at the same instants in nearly every zone.
    let often = due_ticks(&cron("*/15 * * * *"), Zone::Account, &accounts, day.0, at("2026-01-10T01:00:00Z"));
    assert_eq!(often.ticks.len(), 4);
    assert!(often.ticks.iter().all(|tick| tick.accounts == ["a", "b", "c"]));
}

#[test]
fn the_next_tick_is_the_soonest_of_all_zones() {
    let accounts = [("a", Tz::America__Sao_Paulo), ("b", Tz::Asia__Kathmandu)];
    let next = next_due(&cron("0 0 * * *"), Zone::Account, &accounts, at("2026-01-10T00:00:00Z"));
    assert_eq!(next, Some(Tick { due_at: at("2026-01-10T03:00:00Z"), accounts: vec!["a"] }));
    assert_eq!(next_due::<&str>(&cron("0 0 * * *"), Zone::Account, &[], at("2026-01-10T00:00:00Z")), None);
}

#[test]
fn a_time_of_the_account_is_its_own_on_every_side_of_the_earth_and_in_the_nights_of_changing_clocks() {
    let accounts = [
        ("a", Tz::Pacific__Kiritimati),
        ("b", Tz::Asia__Kathmandu),
        ("c", Tz::Europe__Berlin),
        ("d", Tz::Pacific__Pago_Pago),
    ];
    let ticks = due_ticks(
        &cron("30 3 * * *"),
        Zone::Account,
        &accounts,
        at("2026-10-24T15:00:00Z"),
        at("2026-10-25T15:00:00Z"),
    );
    // Berlin's clocks went back at three: its half past three is an hour later than the day before.
    let due = [("24T21:45", "b"), ("25T02:30", "c"), ("25T13:30", "a"), ("25T14:30", "d")];
    let due = due.map(|(time, account)| Tick { due_at: at(&format!("2026-10-{time}:00Z")), accounts: vec![account] });
    assert_eq!(ticks.ticks, due);
}

#[test]
fn each_account_is_left_its_latest_tick() {
    let accounts = [("a", Tz::America__Sao_Paulo), ("b", Tz::Europe__Berlin)];
    let span = (at("2026-01-10T00:00:00Z"), at("2026-01-11T05:00:00Z"));
    let missed = latest_of_each(due_ticks(&cron("30 3 * * *"), Zone::Account, &accounts, span.0, span.1).ticks);
    assert_eq!(
        missed.latest,
        [
            Tick { due_at: at("2026-01-10T06:30:00Z"), accounts: vec!["a"] },
            Tick { due_at: at("2026-01-11T02:30:00Z"), accounts: vec!["b"] },
        ]
    );
    assert_eq!(missed.outdated, [Tick { due_at: at("2026-01-10T02:30:00Z"), accounts: vec!["b"] }]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn adjacent_spans_lose_nothing_and_double_nothing(
        text in prop::sample::select(vec!["*/30 * * * *", "30 1,2 * * *", "*/10 2 * * *", "0 0 * * *", "5 */3 * * *"]),
        zone in prop::sample::select(vec![Tz::America__New_York, Tz::Australia__Lord_Howe, Tz::Asia__Kathmandu]),
        night in prop::sample::select(vec!["2026-03-08T07:00:00Z", "2026-11-01T06:00:00Z", "2026-04-04T15:00:00Z"]),
        mut cuts in prop::collection::vec(-30_000_000_i64..30_000_000, 2..12),
    ) {
        let cron = cron(text);
        cuts.sort_unstable();
        let cuts: Vec<_> = cuts.into_iter().map(|ms| at(night) + Duration::milliseconds(ms)).collect();
        let (first, last) = (cuts[0], cuts[cuts.len() - 1]);
        let whole = due_between(&cron, zone, first, last);
        let parts: Vec<_> =
            cuts.windows(2).flat_map(|span| due_between(&cron, zone, span[0], span[1]).newest).collect();
        let mut forward = Vec::new();
        let mut after = first;
        while let Some(due) = cron.next_after(after, zone).filter(|due| *due <= last) {
            forward.push(due);
            after = due;
        }
        prop_assert_eq!(&whole.newest, &parts);
        prop_assert_eq!(&whole.newest, &forward);
    }
}
