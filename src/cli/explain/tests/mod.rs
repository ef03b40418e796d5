//! The words of an explanation, from facts made by hand.

mod missing;
mod requests;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::*;
use crate::rows::report::{Metric, MetricSource};
use crate::store::provenance::{Account, Asker, Coverage, Run, State, Step, Sums};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn insights(level: Level) -> Insights {
    Insights::new(Report {
        name: "mine".to_owned(),
        level,
        breakdowns: Vec::new(),
        increment: Increment::Daily,
        attribution_windows: Vec::new(),
        extra_fields: Vec::new(),
        metrics: vec![Metric { name: "worth".to_owned(), source: MetricSource::Sum(Vec::new()), value: true }],
    })
}

fn coverage() -> Coverage {
    Coverage {
        json: r#"{"rows":31}"#.to_owned(),
        date: day("2026-11-20"),
        fetched_at: "2026-11-21T06:30:00Z".parse().unwrap(),
        complete: true,
        rows: 31,
        spend: Some(Decimal::new(123_456, 2)),
        impressions: Some(9_000),
        clicks: Some(41),
        control_spend: Some(Decimal::new(123_457, 2)),
        control_impressions: Some(9_001),
        control_clicks: Some(41),
        unlisted_spend: None,
        status: Some("settled".to_owned()),
        run_id: Some(uuid::Uuid::nil()),
        request_hash: "as asked".to_owned(),
        reading: None,
    }
}

/// A row of a known ad set, read by a run.
fn found() -> Provenance {
    let row = r#"{"account_id":"102","adset_id":"7","date":"2026-11-20","spend":42.8200,"impressions":1741,"cpc":null,"worth":5,"actions":{"lead": 3},"last_synced":"2026-11-21T06:30:01+00:00"}"#;
    Provenance {
        account: Some(Account {
            account_id: "102".to_owned(),
            name: Some("Aurora".to_owned()),
            currency: Some("BRL".to_owned()),
            zone: Some("America/Sao_Paulo".to_owned()),
        }),
        name: Some("Aberto \u{1b}SP".to_owned()),
        state: State::Live,
        rows: vec![row.to_owned()],
        sums: Sums { rows: 1, last_synced: Some("2026-11-21T06:30:01Z".parse().unwrap()), ..Sums::default() },
        coverage: Some(coverage()),
        run: Some(Run {
            json: "{}".to_owned(),
            id: uuid::Uuid::nil(),
            trigger: "cron".to_owned(),
            schedule: Some("settled".to_owned()),
            started_at: Some("2026-11-21T06:29:00Z".parse().unwrap()),
            status: "partial".to_owned(),
            api_version: Some("v26.0".to_owned()),
            fbtrace_id: Some("AsimTrace".to_owned()),
        }),
        step: Some(Step {
            json: "{}".to_owned(),
            step: "insights:mine".to_owned(),
            status: "succeeded".to_owned(),
            api_calls: Some(9),
            fbtrace_id: None,
            requests: Vec::new(),
        }),
        ..Provenance::default()
    }
}

/// What is explained of it on 2026-11-26.
fn with<T>(found: Provenance, date: &str, then: impl FnOnce(&Explained<'_>) -> T) -> T {
    with_report(&insights(Level::Adset), found, date, then)
}

/// The same of any report.
fn with_report<T>(insights: &Insights, found: Provenance, date: &str, then: impl FnOnce(&Explained<'_>) -> T) -> T {
    let asked = Days { since: day(date), until: day(date) };
    let found = match insights.report.increment {
        Increment::AllDays => found,
        increment => Provenance { days: increment.periods(asked).first().copied(), ..found },
    };
    let figure =
        Figure { table: &insights.table, report: &insights.report, level: Level::Adset, id: "7", date: day(date) };
    let zone = found.account.as_ref().map_or(Tz::UTC, |_| Tz::America__Sao_Paulo);
    then(&Explained {
        figure,
        table: "\"public\".\"mine_insights\"".to_owned(),
        days: found.days.unwrap_or(Days { since: figure.date, until: figure.date }),
        query: sync::query(insights, Days { since: figure.date, until: figure.date }),
        api_version: "v99.0",
        is_asked_alike: Some(true),
        zone,
        today: day("2026-11-26"),
        found,
    })
}

fn report(increment: Increment, breakdowns: &[&str]) -> Insights {
    let breakdowns = breakdowns.iter().map(|name| (*name).to_owned()).collect();
    Insights::new(Report { increment, breakdowns, ..insights(Level::Adset).report })
}

fn line<'a>(text: &'a str, label: &str) -> &'a str {
    text.lines().find(|line| line.trim_start().starts_with(label)).unwrap_or_else(|| panic!("{label}: {text}"))
}

#[test]
fn a_row_is_told_with_its_request_its_run_and_the_total_of_its_day() {
    let text = with(found(), "2026-11-20", words::text);
    assert_eq!(line(&text, "ad set"), "ad set       7 \"Aberto SP\", 2026-11-20");
    assert!(line(&text, "account ").contains("act_102 \"Aurora\", BRL, days of America/Sao_Paulo"), "{text}");
    assert!(
        line(&text, "report").contains("mine (adset level, daily, no breakdowns), table \"public\".\"mine_insights\"")
    );
    assert!(line(&text, "spend").ends_with("42.82 BRL") && line(&text, "worth").ends_with("5.00 BRL"), "{text}");
    assert!(line(&text, "impressions").ends_with(" 1741") && line(&text, "actions").ends_with(r#"{"lead": 3}"#));
    assert!(line(&text, "(empty)").ends_with("cpc"), "{text}");
    assert!(line(&text, "last change").contains("2026-11-21 03:30:01 America/Sao_Paulo"), "{text}");
    let request = line(&text, "request");
    for part in [
        "GET /v26.0/act_102/insights",
        "level=adset",
        "time_increment=1",
        r#"{"since":"2026-11-20","until":"2026-11-20"}"#,
        " fields)",
        "each ad set's own attribution setting",
    ] {
        assert!(request.contains(part), "{part}: {request}");
    }
    assert!(!request.contains("settings, and"), "{request}");
    assert!(line(&text, "read").ends_with("2026-11-21 03:30:00 America/Sao_Paulo"), "{text}");
    let run = line(&text, "run");
    assert!(run.contains("cron of schedule settled") && run.ends_with("partial, API v26.0"), "{run}");
    assert!(line(&text, "step").ends_with("insights:mine, succeeded, 9 calls"));
    assert!(line(&text, "fbtrace_id").contains("AsimTrace"));
    let of_day = line(&text, "its day");
    assert!(of_day.contains("impressions 9000 of 9001, clicks 41 of 41"), "{text}");
    assert!(line(&text, "request").contains("asked like this today, for this day alone: GET"), "{text}");
    for part in ["complete, 31 rows", "1234.56 BRL", "1234.57 BRL", "difference 0.01 BRL", "settled"] {
        assert!(of_day.contains(part), "{part}: {of_day}");
    }
}

#[test]
fn what_is_not_known_is_not_made_up() {
    let bare = Provenance { run: None, step: None, ..found() };
    let text = with(bare, "2026-11-20", words::text);
    assert!(line(&text, "run").contains("no longer kept") && text.contains("/v99.0/act_102"), "{text}");
    let unread = Provenance { coverage: None, run: None, step: None, ..found() };
    let text = with(unread, "2026-11-20", words::text);
    assert!(line(&text, "read").contains("never"), "{text}");
    let open = Coverage { status: None, control_spend: None, spend: None, ..coverage() };
    let text = with(Provenance { coverage: Some(open), ..found() }, "2026-11-20", words::text);
    assert!(line(&text, "its day").ends_with("spend unknown; not compared with Meta's total yet: the next run does"));
    let breakdowns = Coverage { status: Some("not_additive".to_owned()), ..coverage() };
    let text = with(Provenance { coverage: Some(breakdowns), ..found() }, "2026-11-20", words::text);
    assert!(!line(&text, "its day").contains("difference"), "{text}");
    let running = Coverage { complete: false, status: Some("moving".to_owned()), ..coverage() };
    let text = with(Provenance { coverage: Some(running), ..found() }, "2026-11-20", words::text);
    assert!(line(&text, "its day").contains("Meta's own total of its days before today"), "{text}");
}

#[test]
fn several_rows_are_summed_and_some_of_them_listed() {
    let row =
        |id: usize| format!(r#"{{"adset_id":"{id}","date":"2026-11-20","spend":1.50,"impressions":10,"clicks":null}}"#);
    let many = Provenance {
        rows: (0..30).map(row).collect(),
        sums: Sums { rows: 45, spend: Some(Decimal::new(6750, 2)), impressions: Some(450.into()), ..Sums::default() },
        ..found()
    };
    let text = with(many, "2026-11-20", words::text);
    assert!(line(&text, "rows").contains("45 rows together: spend 67.50 BRL, impressions 450, clicks -"), "{text}");
    assert_eq!(text.matches("spend 1.50 BRL, impressions 10, clicks -").count(), 20);
    assert!(text.contains("and 25 more"), "{text}");
}

#[test]
fn json_keeps_figures_to_the_last_digit() {
    let text = with(found(), "2026-11-20", |explained| json::array(std::slice::from_ref(explained)).unwrap());
    assert!(text.contains(r#""spend":42.8200"#), "{text}");
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let entry = &value[0];
    assert_eq!((&entry["id"], &entry["coverage"]["rows"], &entry["reason"]), (&"7".into(), &31.into(), &().into()));
    assert_eq!(entry["request"]["path"], "/v26.0/act_102/insights");
    assert!(entry["request"]["fields"].as_u64().unwrap() > 20);
    assert_eq!(entry["rows"][0]["last_synced"], "2026-11-21T06:30:01+00:00");
}

#[test]
fn a_week_and_a_window_are_told_from_their_first_to_their_last_day() {
    let week = report(Increment::Weekly, &[]);
    let of_week = |coverage| Coverage { date: day("2026-11-16"), status: Some("not_additive".to_owned()), ..coverage };
    let found_week = Provenance { coverage: Some(of_week(coverage())), ..found() };
    let text = with_report(&week, found_week, "2026-11-18", words::text);
    assert!(line(&text, "ad set").ends_with("2026-11-16 to 2026-11-22, the week that holds 2026-11-18"), "{text}");
    let its_period = line(&text, "its period");
    assert!(its_period.contains("2026-11-16 to 2026-11-22: complete") && its_period.ends_with("not of longer periods"));
    let window = report(Increment::AllDays, &[]);
    let days = Some(Days { since: day("2026-10-27"), until: day("2026-11-26") });
    let askers = vec![Asker {
        asked_by: "schedule reach of adsync".to_owned(),
        asked_at: "2026-11-26T06:00:00Z".parse().unwrap(),
    }];
    let text = with_report(&window, Provenance { days, askers, ..found() }, "2026-11-18", words::text);
    assert!(line(&text, "ad set").ends_with("2026-10-27 to 2026-11-26, the window that holds 2026-11-18"), "{text}");
    assert!(line(&text, "asked for").contains("by schedule reach of adsync at 2026-11-26 03:00:00"), "{text}");
    let none = Provenance { days: None, rows: Vec::new(), sums: Sums::default(), coverage: None, ..found() };
    let told = with_report(&window, none, "2026-11-18", reason::reason).unwrap();
    assert!(told.starts_with("No window of the report mine holds 2026-11-18: run `adsync sync --since"), "{told}");
}

#[test]
fn rows_that_count_one_thing_several_times_are_not_summed() {
    let row = |asset: &str| {
        format!(
            r#"{{"adset_id":"7","image_asset":"{asset}","date":"2026-11-20","spend":1.50,"impressions":10,"clicks":1}}"#
        )
    };
    let sums = Sums { rows: 2, spend: Some(Decimal::new(300, 2)), ..Sums::default() };
    let several = Provenance { rows: vec![row("a"), row("b")], sums, ..found() };
    let text = with_report(&report(Increment::Daily, &["image_asset"]), several, "2026-11-20", words::text);
    assert!(line(&text, "rows").ends_with("2 rows, which are no parts of one sum:"), "{text}");
    assert!(text.contains("7 image_asset=a: spend 1.50 BRL") && !text.contains("3.00"), "{text}");
}
