//! What a throttled tick leaves for the next one, with the rooms of the library between a simulator and a database.

use std::sync::Arc;

use adsync::config::{Environment, Needs, Settings, load};
use adsync::meta::sizes::Size;
use adsync::sync::{Engine, Progress, Request, RunReport, Status, Sweeps, Window, Work};
use chrono::Utc;
use graph_sim::{Fault, Rule, When};

use crate::support::scene::{ACT, Scene};

/// The settings of a process in front of the scene, four slices side by side.
fn settings(scene: &Scene) -> Settings {
    let folder = tempfile::tempdir().unwrap();
    let variables = [
        ("META_ACCESS_TOKEN", scene.sim.token()),
        ("DATABASE_URL", scene.db.url().to_owned()),
        ("ADSYNC__META__BASE_URL", scene.sim.url()),
        ("ADSYNC__META__ACCOUNTS", ACT.to_owned()),
        ("ADSYNC__META__PAGE_SIZE", "20".to_owned()),
        ("ADSYNC__META__MAX_CONCURRENCY", "1".to_owned()),
        ("ADSYNC__META__MAX_WAIT", "1s".to_owned()),
    ];
    load(folder.path(), &variables.into_iter().collect::<Environment>(), Needs::EVERYTHING).unwrap().settings
}

/// A tick of the schedule `recent`.
async fn tick(engine: &Engine) -> RunReport {
    let request = Request {
        id: uuid::Uuid::now_v7(),
        schedule: Some("recent".to_owned()),
        trigger: "cron",
        due_at: Some(Utc::now()),
        accounts: vec![ACT.parse().unwrap()],
        found_by_all: false,
        reports: None,
        window: Window::Lookback(6),
        refresh: false,
        work: Work::Sync,
        sweeps: Sweeps::Nothing,
        deadline: None,
        is_asked: false,
        goes_on: None,
    };
    let progress = Arc::<Progress>::default();
    adsync::sync::run(engine, request, Utc::now(), &Default::default(), &progress).await.unwrap().unwrap()
}

/// The days that were asked for, one entry a question.
fn asked(scene: &Scene) -> Vec<String> {
    let calls = scene.sim.calls_with("level=adset");
    let mut ranges: Vec<String> = calls.iter().filter_map(|call| call.param("time_range").map(str::to_owned)).collect();
    ranges.dedup();
    ranges
}

#[tokio::test]
async fn a_tick_goes_on_where_the_last_one_was_throttled_and_the_one_after_reads_all() {
    let scene = Scene::small().await;
    let mut settings = settings(&scene);
    // A size that was learned makes every day a slice, so that some are complete when the wall comes.
    settings.sync.full_listing_every = std::time::Duration::from_secs(86_400);
    let engine = adsync::app::engine(&settings).await.unwrap();
    let one_day = Size::stored(None, Some(1), None);
    engine.client.sizes().restore(vec![(format!("{ACT}/insights:adset"), one_day)]);
    let when = When { path: Some("level=adset".to_owned()), skip: 6, ..When::default() };
    scene.sim.faults().add(Rule { fault: Fault::ThrottleInsights { minutes: 25 }, when });
    let first = tick(&engine).await;
    assert_eq!(first.status, Status::Partial);
    let complete = scene.value("select count(*) from sync_coverage where complete").await;
    assert!((1..7).contains(&complete.parse::<u32>().unwrap()), "{complete} days were complete");

    scene.sim.faults().clear();
    scene.db.execute("delete from sync_budgets").await;
    scene.sim.record().clear();
    let engine = adsync::app::engine(&settings).await.unwrap();
    assert_eq!(tick(&engine).await.status, Status::Succeeded);
    let resumed: u64 = asked(&scene).iter().map(|range| days_of(range)).sum();
    // Today moves: it is read again although it was complete.
    assert_eq!(resumed, 8 - complete.parse::<u64>().unwrap() + 1, "{:?}", asked(&scene));

    scene.sim.record().clear();
    assert_eq!(tick(&engine).await.status, Status::Succeeded);
    assert_eq!(asked(&scene).iter().map(|range| days_of(range)).sum::<u64>(), 7);
}

/// How many days a `time_range` has.
fn days_of(range: &str) -> u64 {
    let range: serde_json::Value = serde_json::from_str(range).unwrap();
    let day = |name: &str| range[name].as_str().unwrap().parse::<chrono::NaiveDate>().unwrap();
    u64::try_from((day("until") - day("since")).num_days() + 1).unwrap()
}
