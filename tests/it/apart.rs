//! What fails stands alone: one report, one slice or one day that Meta does not answer takes no other with it.

use graph_sim::Change;
use graph_sim::world::UnfilteredLists;

use crate::support::proxy::{self, Asked, rows};
use crate::support::scene::{Scene, spec};

const STRANGE: &str = r#"{"error":{"message":"strange","type":"OAuthException","code":4711}}"#;

/// Whether a question is about just this day.
fn is_day(asked: &Asked, day: &str) -> bool {
    asked.query.get("time_range").is_some_and(|range| range.matches(day).count() == 2)
}

async fn status(scene: &Scene, report: &str, days_ago: u64) -> String {
    let date = scene.days_ago(days_ago);
    let sql =
        format!("select coalesce(status, 'none') from sync_coverage where report = '{report}' and date = '{date}'");
    scene.value(&sql).await
}

#[tokio::test]
async fn a_report_whose_days_cannot_be_read_again_keeps_no_other_from_being_compared_and_summed() {
    let scene = Scene::small().await;
    let (lost, other) = (scene.days_ago(2).to_string(), scene.days_ago(4).to_string());
    let (fails, heals) = (lost.clone(), other.clone());
    let url = proxy::start(&scene.sim.url(), move |asked, answer| {
        let is_adset = asked.is_insights("adset");
        if is_adset && is_day(asked, &fails) {
            *answer = serde_json::from_str(STRANGE).unwrap();
            return;
        }
        // The first reading loses a row of two days in either report.
        if (is_adset || asked.is_insights("campaign")) && !is_day(asked, &lost) && !is_day(asked, &other) {
            for day in [&lost, &other] {
                let rows = rows(answer).unwrap();
                if let Some(place) = rows.iter().position(|row| row["date_start"] == day.as_str()) {
                    rows.remove(place);
                }
            }
        }
    })
    .await;
    let sync = scene.adsync(&["sync"]).env("ADSYNC__META__BASE_URL", &url);
    let finished = sync.env("ADSYNC__REPORTS__CAMPAIGN__LEVEL", "campaign").run().await;
    assert_eq!(finished.code(), 3, "{finished:?}");
    assert_eq!(status(&scene, "campaign", 2).await, "settled", "the other report went on");
    assert_eq!(status(&scene, "campaign", 4).await, "settled");
    // The slice of the same report that could be read was read, and what it found was summed.
    let held = format!("select sum(impressions) from adset_insights where date = '{heals}'");
    let total = format!("select impressions from account_insights where date = '{heals}'");
    assert_eq!(scene.value(&held).await, scene.value(&total).await);
    let summed = "select (select sum(spend) from adsets) = (select sum(spend) from adset_insights)";
    assert_eq!(scene.value(summed).await, "t");
    assert_eq!(scene.last_run("status, error_code").await, ["partial", "4711"], "and the failure is told all the same");
}

#[tokio::test]
async fn a_backfill_reads_no_window_that_nobody_asked_for() {
    let world = spec().days(40).statuses(0, 200, 100).unfiltered_lists(UnfilteredLists::NoArchived).build();
    let scene = Scene::of(world).await;
    let since = scene.days_ago(39).to_string();
    let backfill = scene.adsync(&["backfill", "--since", &since]);
    let backfill = backfill.env("ADSYNC__REPORTS__REACH__LEVEL", "campaign");
    let finished = backfill.env("ADSYNC__REPORTS__REACH__TIME_INCREMENT", "all_days").run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert_ne!(scene.value("select count(*) from sync_ladders").await, "0", "it learned that listings leave rows out");
    assert_eq!(scene.value("select count(*) from reach_insights").await, "0");
    assert!(scene.sim.calls_with("time_increment=all_days").is_empty());
}

/// Eighty days, all of them in the database, and the month's sweep to come.
async fn with_history(fault: bool) -> Scene {
    let scene = Scene::of(spec().objects(3, 6, 1).days(80).delivery_permille(1000).build()).await;
    let since = scene.days_ago(79).to_string();
    if fault {
        let url = proxy::start(&scene.sim.url(), |asked, answer| {
            if asked.is_insights("account") {
                *answer = serde_json::from_str(STRANGE).unwrap();
            }
        })
        .await;
        let backfill = scene.adsync(&["backfill", "--since", &since]).env("ADSYNC__META__BASE_URL", &url).run().await;
        assert_eq!(backfill.code(), 3, "{backfill:?}");
    } else {
        let backfill = scene.adsync(&["backfill", "--since", &since]).run().await;
        assert_eq!(backfill.code(), 0, "{backfill:?}");
    }
    scene
}

#[tokio::test]
async fn days_that_nothing_was_compared_with_are_compared_by_the_sweep() {
    let scene = with_history(true).await;
    assert_eq!(status(&scene, "adset", 50).await, "none");
    let finished = scene.adsync(&["sync", "--schedule", "settled"]).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    let open = "select count(*) from sync_coverage where status is null or control_impressions is null";
    assert_eq!(scene.value(open).await, "0");
    assert_eq!(status(&scene, "adset", 50).await, "settled");
    let agrees = "select agrees_with_meta from account_freshness where report = 'adset'";
    assert_eq!(scene.value(agrees).await, "t");
}

#[tokio::test]
async fn an_old_day_that_fails_keeps_no_other_from_the_sweep_and_is_asked_for_again() {
    let scene = with_history(false).await;
    for days in [45, 50, 51, 52] {
        scene.change(Change::Vanish { id: scene.adset(1), day: scene.days_ago(days) });
    }
    let day = scene.days_ago(51).to_string();
    let url = proxy::start(&scene.sim.url(), move |asked, answer| {
        let holds = asked.query.get("time_range").is_some_and(|range| {
            let range: serde_json::Value = serde_json::from_str(range).unwrap();
            (range["since"].as_str().unwrap()..=range["until"].as_str().unwrap()).contains(&day.as_str())
        });
        if asked.is_insights("adset") && holds {
            *answer = serde_json::from_str(STRANGE).unwrap();
        }
    })
    .await;
    let held = |days: u64| {
        let (id, day) = (scene.adset(1), scene.days_ago(days));
        format!("select count(*) from adset_insights where adset_id = '{id}' and date = '{day}'")
    };
    for _ in 0..2 {
        let sync = scene.adsync(&["sync", "--schedule", "settled"]).env("ADSYNC__META__BASE_URL", &url);
        let finished = sync.run().await;
        assert_eq!(finished.code(), 3, "{finished:?}");
        for (days, rows) in [(45, "0"), (50, "0"), (51, "1"), (52, "0")] {
            assert_eq!(scene.value(&held(days)).await, rows, "{days} days ago");
        }
        let warned = "jsonb_path_exists(warnings, '$[*] ? (@.code == \"set_aside\")')";
        assert_eq!(scene.last_run(warned).await, ["t"], "{finished:?}");
    }
    let finished = scene.adsync(&["sync", "--schedule", "settled"]).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert_eq!(scene.value(&held(51)).await, "0");
    assert_eq!(scene.value("select cardinality(pending) from sync_sweeps").await, "0");
}

#[tokio::test]
async fn a_breakdown_s_old_day_that_moved_while_only_another_report_was_read_is_found_by_the_sweep() {
    let scene = Scene::of(spec().objects(3, 6, 1).days(80).delivery_permille(1000).build()).await;
    let adsync = |arguments: &[&str]| {
        let adsync = scene.adsync(arguments).env("ADSYNC__REPORTS__PLACE__LEVEL", "adset");
        adsync.env("ADSYNC__REPORTS__PLACE__BREAKDOWNS", "region").run()
    };
    let (since, day) = (scene.days_ago(79).to_string(), scene.days_ago(50).to_string());
    assert_eq!(adsync(&["backfill", "--since", &since]).await.code(), 0);
    scene.change(Change::Vanish { id: scene.adset(1), day: scene.days_ago(50) });
    // Meta's total of the day is read anew with the one report, and the other knows nothing of it.
    let alone = ["sync", "--report", "adset", "--since", &day, "--until", &day];
    assert_eq!(adsync(&alone).await.code(), 0);
    let finished = adsync(&["sync", "--schedule", "settled"]).await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    let held = format!(
        "select count(*) from place_insights where adset_id = '{}' and date = '{day}' and impressions > 0",
        scene.adset(1)
    );
    assert_eq!(scene.value(&held).await, "0");
    let moved = format!(
        "select count(*) from sync_coverage where report = 'place' and date = '{day}' and status = 'not_additive'"
    );
    assert_eq!(scene.value(&moved).await, "1");
}
