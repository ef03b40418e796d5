//! Reports with a row per week, month or window: whole periods, one row each however often they are read.

use adsync::sync::{Engine, Status, Window};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use graph_sim::{Change, Fault, Level, Rule, UnfilteredLists, When, WorldSpec};

use crate::support::scene::{ACT, DIGITS, Scene};
use crate::support::truth::money;

const WEEKLY: [(&str, &str); 2] =
    [("ADSYNC__REPORTS__WEEK__LEVEL", "campaign"), ("ADSYNC__REPORTS__WEEK__TIME_INCREMENT", "weekly")];
const MONTHLY: [(&str, &str); 2] =
    [("ADSYNC__REPORTS__MONTH__LEVEL", "adset"), ("ADSYNC__REPORTS__MONTH__TIME_INCREMENT", "monthly")];
const WINDOWS: [(&str, &str); 2] =
    [("ADSYNC__REPORTS__REACH__LEVEL", "campaign"), ("ADSYNC__REPORTS__REACH__TIME_INCREMENT", "all_days")];
const NO_DAYS: (&str, &str) = ("ADSYNC__REPORTS__ADSET__ENABLED", "false");

/// A Wednesday at noon in the account's zone, with eighty days behind it.
const WEDNESDAY: &str = "2026-11-25T15:00:00Z";

async fn scene() -> Scene {
    let now: DateTime<Utc> = WEDNESDAY.parse().unwrap();
    Scene::of(WorldSpec::small().days(80).now(now.timestamp()).build()).await
}

async fn engine(scene: &Scene, reports: &[[(&str, &str); 2]]) -> Engine {
    scene.engine(&[reports.concat(), vec![NO_DAYS]].concat()).await
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The rows of a report of campaigns or ad sets.
async fn rows(scene: &Scene, report: &str, id: &str) -> Vec<Vec<String>> {
    let sql = format!(
        "select {id}, date, date_stop, trim_scale(spend), impressions, reach, clicks, leads
         from {report}_insights order by {id}, date, date_stop"
    );
    scene.db.query_text(&sql).await
}

/// What they should be for these periods, as far as the world has come.
fn true_rows(scene: &Scene, level: Level, periods: &[(&str, &str)]) -> Vec<Vec<String>> {
    let today = scene.today();
    let spans: Vec<_> = periods.iter().map(|(since, until)| (day(since), day(until).min(today))).collect();
    let row = |row: graph_sim::TruthRow| {
        let (_, until) = periods.iter().find(|(since, _)| day(since) == row.date).unwrap();
        let id = if level == Level::Campaign { row.campaign_id } else { row.adset_id };
        let fact = row.fact;
        let counts = [fact.impressions, row.reach, fact.clicks, fact.leads()].map(|count| count.to_string());
        let told = [id.unwrap(), row.date.to_string(), (*until).to_owned(), money(fact.spend_cents)];
        told.into_iter().chain(counts).collect()
    };
    let mut rows: Vec<Vec<String>> =
        scene.sim.world().truth_spans(DIGITS, level, &spans).into_iter().map(row).collect();
    rows.sort();
    rows
}

async fn coverage(scene: &Scene, report: &str) -> Vec<Vec<String>> {
    let sql = format!("select date, complete, status from sync_coverage where report = '{report}' order by date");
    scene.db.query_text(&sql).await
}

async fn changed(scene: &Scene) -> Vec<String> {
    scene.last_run("rows_inserted, rows_updated, rows_deleted").await
}

const WEEKS: [(&str, &str); 5] = [
    ("2026-10-26", "2026-11-01"),
    ("2026-11-02", "2026-11-08"),
    ("2026-11-09", "2026-11-15"),
    ("2026-11-16", "2026-11-22"),
    ("2026-11-23", "2026-11-29"),
];
const MONTHS: [(&str, &str); 2] = [("2026-10-01", "2026-10-31"), ("2026-11-01", "2026-11-30")];

#[tokio::test]
async fn every_period_that_the_window_touches_is_read_whole_and_reading_it_twice_writes_nothing() {
    let scene = scene().await;
    let engine = engine(&scene, &[WEEKLY, MONTHLY]).await;
    scene.sync_at(&engine, Window::Lookback(28)).await;
    assert_eq!(rows(&scene, "week", "campaign_id").await, true_rows(&scene, Level::Campaign, &WEEKS));
    let months = true_rows(&scene, Level::Adset, &MONTHS);
    assert!(months.len() > 60, "the world is not empty");
    assert_eq!(rows(&scene, "month", "adset_id").await, months);
    let over = |first: &str| vec![first.to_owned(), "t".to_owned(), "settled".to_owned()];
    let running = |first: &str| vec![first.to_owned(), "f".to_owned(), "moving".to_owned()];
    assert_eq!(coverage(&scene, "month").await, [over("2026-10-01"), running("2026-11-01")]);
    let mut weeks: Vec<_> = WEEKS[..4].iter().map(|(first, _)| over(first)).collect();
    weeks.push(running("2026-11-23"));
    assert_eq!(coverage(&scene, "week").await, weeks);
    let sums = "select count(*) from sync_coverage c where rows <> (select count(*) from month_insights i where i.date = c.date)
        and report = 'month' or rows = 0";
    assert_eq!(scene.value(sums).await, "0");

    let versions = "select string_agg(adset_id || date || xmin, ',' order by adset_id, date) from month_insights";
    let before = scene.value(versions).await;
    scene.sync_at(&engine, Window::Lookback(28)).await;
    assert_eq!(changed(&scene).await, ["0", "0", "0"]);
    assert_eq!(scene.value(versions).await, before);
    assert_eq!(scene.value("select count(*) from campaigns where spend is not null").await, "0");
}

#[tokio::test]
async fn a_period_keeps_its_row_while_the_days_go_by_and_ends_complete() {
    let scene = scene().await;
    let engine = engine(&scene, &[WEEKLY]).await;
    scene.sync_at(&engine, Window::Lookback(2)).await;
    let week = [WEEKS[4]];
    assert_eq!(rows(&scene, "week", "campaign_id").await, true_rows(&scene, Level::Campaign, &week));
    for _ in 0..4 {
        scene.set_clock(scene.now() + TimeDelta::days(1));
        scene.sync_at(&engine, Window::Lookback(2)).await;
        assert_eq!(rows(&scene, "week", "campaign_id").await, true_rows(&scene, Level::Campaign, &week));
        assert_eq!(changed(&scene).await, ["0", "5", "0"]);
        assert_eq!(coverage(&scene, "week").await, [["2026-11-23", "f", "moving"]]);
    }
    scene.set_clock(scene.now() + TimeDelta::days(1));
    scene.sync_at(&engine, Window::Lookback(2)).await;
    let weeks = [WEEKS[4], ("2026-11-30", "2026-12-06")];
    assert_eq!(rows(&scene, "week", "campaign_id").await, true_rows(&scene, Level::Campaign, &weeks));
    let told = coverage(&scene, "week").await;
    assert_eq!(told, [["2026-11-23", "t", "settled"], ["2026-11-30", "f", "moving"]]);
}

#[tokio::test]
async fn a_week_that_ended_while_nobody_looked_is_read_once_more() {
    let scene = scene().await;
    let engine = engine(&scene, &[WEEKLY]).await;
    scene.sync_at(&engine, Window::Lookback(1)).await;
    scene.set_clock(scene.now() + TimeDelta::days(20));
    scene.sync_at(&engine, Window::Lookback(1)).await;
    let weeks = [WEEKS[4], ("2026-12-14", "2026-12-20")];
    assert_eq!(rows(&scene, "week", "campaign_id").await, true_rows(&scene, Level::Campaign, &weeks));
    scene.sim.record().clear();
    scene.sync_at(&engine, Window::Lookback(1)).await;
    let asked = scene.sim.calls_with("time_increment=7");
    assert_eq!(asked.len(), 1, "{asked:?}");
}

#[tokio::test]
async fn rows_that_vanish_and_days_that_are_restated_reach_their_periods() {
    let scene = scene().await;
    let engine = engine(&scene, &[WEEKLY, MONTHLY]).await;
    scene.sync_at(&engine, Window::Lookback(28)).await;
    let gone = scene.campaign(1);
    for back in 0..3 {
        scene.change(Change::Vanish { id: gone.clone(), day: scene.days_ago(back) });
    }
    let (since, until) = (scene.days_ago(12), scene.days_ago(11));
    scene.change(Change::Restate { id: ACT.to_owned(), since, until });
    scene.sync_at(&engine, Window::Lookback(28)).await;
    assert_eq!(rows(&scene, "week", "campaign_id").await, true_rows(&scene, Level::Campaign, &WEEKS));
    assert_eq!(rows(&scene, "month", "adset_id").await, true_rows(&scene, Level::Adset, &MONTHS));
    assert_eq!(changed(&scene).await[2], "1", "the running week of the campaign");
    let left = format!("select count(*) from week_insights where campaign_id = '{gone}' and date = '2026-11-23'");
    assert_eq!(scene.value(&left).await, "0");
}

/// The first and last day of every question with this increment.
fn asked(scene: &Scene, increment: &str) -> Vec<String> {
    let calls = scene.sim.calls_with(&format!("time_increment={increment}"));
    let mut ranges: Vec<String> = calls.iter().filter_map(|call| call.param("time_range").map(str::to_owned)).collect();
    ranges.sort();
    ranges.dedup();
    ranges
}

#[tokio::test]
async fn a_backfill_reads_each_period_once_and_goes_on_where_it_was_stopped() {
    let scene = scene().await;
    let engine = engine(&scene, &[MONTHLY, WINDOWS]).await;
    let mut backfill = scene.request(Window::UntilYesterday { since: day("2026-09-20") });
    backfill.trigger = "backfill";
    // September does not arrive.
    let one = adsync::meta::sizes::Size::stored(None, Some(1), None);
    engine.client.sizes().restore(vec![(format!("{ACT}/insights:adset:monthly"), one)]);
    let when = When { path: Some("2026-09-01".to_owned()), ..When::default() };
    let error = graph_sim::GraphError::new(100, "(#100) no").subcode(1);
    scene.sim.faults().add(Rule { fault: Fault::Error { error }, when });
    let report = scene.asked(&engine, backfill.clone()).await;
    assert_eq!(report.status, Status::Partial, "{report:?}");
    assert_eq!(rows(&scene, "month", "adset_id").await, true_rows(&scene, Level::Adset, &MONTHS));

    scene.sim.faults().clear();
    scene.sim.record().clear();
    backfill.id = uuid::Uuid::now_v7();
    let report = scene.asked(&engine, backfill.clone()).await;
    assert_eq!(report.status, Status::Succeeded, "{report:?}");
    let ranges = asked(&scene, "monthly");
    // October is complete, November runs.
    assert!(ranges.iter().any(|range| range.contains("2026-09-01") && range.contains("2026-09-30")), "{ranges:?}");
    assert!(ranges.iter().all(|range| !range.contains("2026-10-")), "{ranges:?}");
    let months = [("2026-09-01", "2026-09-30"), MONTHS[0], MONTHS[1]];
    assert_eq!(rows(&scene, "month", "adset_id").await, true_rows(&scene, Level::Adset, &months));

    assert!(asked(&scene, "all_days").is_empty(), "a window has no history");
    let step = "select status from sync_run_steps where step = 'insights:reach'";
    assert_eq!(scene.db.query_text(step).await.concat(), ["skipped", "skipped"]);
}

#[tokio::test]
async fn a_run_that_was_cut_off_is_taken_up_at_the_periods_that_it_did_not_complete() {
    let scene = scene().await;
    let engine = engine(&scene, &[WEEKLY]).await;
    scene.sync_at(&engine, Window::Lookback(28)).await;
    scene
        .db
        .execute("update sync_runs set status = 'abandoned'; delete from sync_coverage where date = '2026-11-09'")
        .await;
    scene.sim.record().clear();
    scene.sync_at(&engine, Window::Lookback(28)).await;
    // The week that it lacks, and the one that runs.
    let ranges = asked(&scene, "7");
    assert_eq!(ranges.len(), 2, "{ranges:?}");
    assert!(ranges[0].contains("2026-11-09") && ranges[0].contains("2026-11-15"), "{ranges:?}");
    assert!(ranges[1].contains("2026-11-23") && ranges[1].contains("2026-11-25"), "{ranges:?}");
}

#[tokio::test]
async fn what_is_too_much_is_asked_in_fewer_periods_and_then_in_fewer_objects() {
    let scene = scene().await;
    let engine = engine(&scene, &[WEEKLY, MONTHLY, WINDOWS]).await;
    // Report runs are refused: waiting for them is another test's subject.
    let when = When { method: Some("POST".to_owned()), path: Some("/insights".to_owned()), ..When::default() };
    let error = graph_sim::GraphError::new(100, "(#100) no report runs");
    scene.sim.faults().add(Rule { fault: Fault::Error { error }, when });
    // The windows have five rows, the weeks twenty-five, a month some thirty.
    for (rows, path) in [(3, "all_days"), (20, "/insights")] {
        let when = When { path: Some(path.to_owned()), ..When::default() };
        scene.sim.faults().add(Rule { fault: Fault::TooManyRows { rows }, when });
    }
    scene.sync_at(&engine, Window::Lookback(28)).await;
    assert_eq!(rows(&scene, "week", "campaign_id").await, true_rows(&scene, Level::Campaign, &WEEKS));
    assert_eq!(rows(&scene, "month", "adset_id").await, true_rows(&scene, Level::Adset, &MONTHS));
    let window = [("2026-10-28", "2026-11-25")];
    assert_eq!(rows(&scene, "reach", "campaign_id").await, true_rows(&scene, Level::Campaign, &window));
    for range in asked(&scene, "7").iter().chain(&asked(&scene, "monthly")) {
        let range: serde_json::Value = serde_json::from_str(range).unwrap();
        let since = range["since"].as_str().unwrap();
        let is_first = WEEKS.iter().chain(&MONTHS).any(|(first, _)| *first == since);
        assert!(is_first, "a question began within a period: {range}");
    }
}

#[tokio::test]
async fn a_window_rolls_on_with_the_day_and_others_stay() {
    let scene = scene().await;
    let engine = engine(&scene, &[WINDOWS]).await;
    // Two schedules look back three and twenty-eight days; one window was asked for by hand.
    let by_hand = Window::Dates { since: day("2026-10-01"), until: Some(day("2026-10-31")) };
    for window in [by_hand, Window::Lookback(3), Window::Lookback(28)] {
        scene.sync_at(&engine, window).await;
    }
    let october = ("2026-10-01", "2026-10-31");
    let before = [october, ("2026-10-28", "2026-11-25"), ("2026-11-22", "2026-11-25")];
    assert_eq!(rows(&scene, "reach", "campaign_id").await, true_rows(&scene, Level::Campaign, &before));
    scene.sync_at(&engine, Window::Lookback(28)).await;
    assert_eq!(changed(&scene).await, ["0", "0", "0"]);

    scene.set_clock(scene.now() + TimeDelta::days(1));
    scene.sync_at(&engine, Window::Lookback(3)).await;
    assert_eq!(changed(&scene).await, ["5", "0", "5"]);
    scene.sync_at(&engine, Window::Lookback(28)).await;
    assert_eq!(changed(&scene).await, ["5", "0", "5"]);
    let after = [october, ("2026-10-29", "2026-11-26"), ("2026-11-23", "2026-11-26")];
    assert_eq!(rows(&scene, "reach", "campaign_id").await, true_rows(&scene, Level::Campaign, &after));
    let told = coverage(&scene, "reach").await;
    let expected = [["2026-10-01", "t", "settled"], ["2026-10-29", "f", "moving"], ["2026-11-23", "f", "moving"]];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn only_a_schedule_s_own_window_gives_way_to_its_next_one() {
    let scene = scene().await;
    let engine = engine(&scene, &[WINDOWS]).await;
    let dates = |since: &str, until: &str| Window::Dates { since: day(since), until: Some(day(until)) };
    // As long as the schedule's, shorter ones as long as each other, one that begins with another.
    let by_hand = [
        ("2026-10-01", "2026-10-31"),
        ("2026-10-26", "2026-11-25"),
        ("2026-11-03", "2026-11-05"),
        ("2026-11-03", "2026-11-12"),
        ("2026-11-10", "2026-11-12"),
    ];
    let mut due = scene.now();
    for lookback in [30, 30, 7] {
        for (since, until) in by_hand {
            scene.sync_at(&engine, dates(since, until)).await;
        }
        let mut tick = scene.request(Window::Lookback(lookback));
        (tick.schedule, tick.trigger, tick.due_at) = (Some("reach".to_owned()), "cron", Some(due));
        let report = scene.asked(&engine, tick).await;
        assert_eq!(report.status, Status::Succeeded, "{report:?}");
        let today = scene.today();
        let own = ((today - chrono::Days::new(lookback.into())).to_string(), today.to_string());
        let mut held = by_hand.to_vec();
        held.push((&own.0, &own.1));
        held.sort_unstable();
        held.dedup();
        let sql = "select distinct date, date_stop from reach_insights order by 1, 2";
        let told = scene.db.query_text(sql).await;
        assert_eq!(
            told,
            held.iter().map(|(since, until)| vec![(*since).to_owned(), (*until).to_owned()]).collect::<Vec<_>>()
        );
        scene.set_clock(scene.now() + TimeDelta::days(1));
        due += TimeDelta::days(1);
    }
    let firsts = scene.db.query_text("select date from sync_coverage where report = 'reach' order by date").await;
    assert_eq!(firsts.concat(), ["2026-10-01", "2026-10-26", "2026-11-03", "2026-11-10", "2026-11-20"]);
}

#[tokio::test]
async fn a_window_that_grows_keeps_one_row_an_object() {
    let scene = scene().await;
    let engine = engine(&scene, &[WINDOWS]).await;
    let month_to_date = Window::Dates { since: day("2026-11-01"), until: None };
    scene.sync_at(&engine, month_to_date).await;
    scene.set_clock(scene.now() + TimeDelta::days(1));
    scene.sync_at(&engine, month_to_date).await;
    let window = [("2026-11-01", "2026-11-26")];
    assert_eq!(rows(&scene, "reach", "campaign_id").await, true_rows(&scene, Level::Campaign, &window));
}

#[tokio::test]
async fn a_window_within_a_week_is_compared_with_the_whole_of_it() {
    let scene = scene().await;
    let engine = engine(&scene, &[WEEKLY, MONTHLY]).await;
    let within = Window::Dates { since: day("2026-10-14"), until: Some(day("2026-10-15")) };
    let report = scene.sync_at(&engine, within).await;
    assert!(report.accounts[0].warnings.is_empty(), "{report:?}");
    assert_eq!(coverage(&scene, "week").await, [["2026-10-12", "t", "settled"]]);
    assert_eq!(coverage(&scene, "month").await, [["2026-10-01", "t", "settled"]]);
    let asked = ["time_increment=7", "monthly", "level=account"].map(|question| scene.sim.calls_with(question).len());
    assert_eq!(asked, [1, 1, 1], "nothing had to be read again");
}

#[tokio::test]
async fn what_a_listing_hides_is_found_for_weeks_months_and_windows_too() {
    for lists in [UnfilteredLists::NoDeleted, UnfilteredLists::NoArchived, UnfilteredLists::ActiveAndPausedOnly] {
        let now: DateTime<Utc> = WEDNESDAY.parse().unwrap();
        let spec = WorldSpec::small().objects(5, 20, 1).days(80).statuses(100, 150, 150).unfiltered_lists(lists);
        let scene = Scene::of(spec.now(now.timestamp()).build()).await;
        let levels = [("ADSYNC__REPORTS__WEEK__LEVEL", "adset"), ("ADSYNC__REPORTS__REACH__LEVEL", "adset")];
        let engine = scene.engine(&[&WEEKLY[..], &MONTHLY, &WINDOWS, &levels, &[NO_DAYS]].concat()).await;
        // A window that runs is compared with its days that are over, one that is over with all of them.
        let over = ("2026-10-01", "2026-10-31");
        for window in [Window::Lookback(28), Window::Dates { since: day(over.0), until: Some(day(over.1)) }] {
            scene.sync_at(&engine, window).await;
        }
        let by_adset = async |report: &str| rows(&scene, report, "adset_id").await;
        let mut weeks = vec![("2026-09-28", "2026-10-04"), ("2026-10-05", "2026-10-11"), ("2026-10-12", "2026-10-18")];
        weeks.extend([("2026-10-19", "2026-10-25")].into_iter().chain(WEEKS));
        assert_eq!(by_adset("week").await, true_rows(&scene, Level::Adset, &weeks), "{lists:?}");
        assert_eq!(by_adset("month").await, true_rows(&scene, Level::Adset, &MONTHS), "{lists:?}");
        let windows = [over, ("2026-10-28", "2026-11-25")];
        assert_eq!(by_adset("reach").await, true_rows(&scene, Level::Adset, &windows), "{lists:?}");
        let odd = "select report, date, status from sync_coverage where coalesce(status, 'none') not in ('settled', 'moving')";
        assert_eq!(scene.db.query_text(odd).await, Vec::<Vec<String>>::new(), "{lists:?}");
        assert_eq!(scene.value("select count(*) from sync_runs where warnings <> '[]'").await, "0", "{lists:?}");
        scene.sync_at(&engine, Window::Lookback(28)).await;
        assert_eq!(changed(&scene).await, ["0", "0", "0"], "{lists:?}");
    }
}

#[tokio::test]
async fn another_period_under_the_same_name_is_refused() {
    let scene = Scene::small().await;
    let migrate = |increment: &str| scene.adsync(&["migrate"]).env("ADSYNC__REPORTS__WEEK__TIME_INCREMENT", increment);
    assert_eq!(migrate("weekly").run().await.code(), 0);
    assert_eq!(migrate("weekly").run().await.code(), 0);
    for other in ["monthly", "all_days", "daily"] {
        let refused = migrate(other).run().await;
        assert_eq!(refused.code(), 2, "{refused:?}");
        assert!(refused.stderr.contains("another level, period or breakdowns"), "{}", refused.stderr);
    }
}
