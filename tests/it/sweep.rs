//! The monthly sweep: old days that moved, and nothing else, are read again.

use graph_sim::{Change, Level};

use crate::support::scene::{ACT, Scene, spec};

/// A world of 80 days, all of them in the database.
async fn with_history() -> Scene {
    let scene = Scene::of(spec().objects(3, 6, 1).days(80).build()).await;
    let since = scene.days_ago(79).to_string();
    let backfill = scene.adsync(&["backfill", "--since", &since]).run().await;
    assert_eq!(backfill.code(), 0, "{backfill:?}");
    scene
}

/// A run of the schedule that looks back furthest.
async fn settled(scene: &Scene) {
    scene.sim.record().clear();
    let finished = scene.adsync(&["sync", "--schedule", "settled"]).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
}

/// The days that were asked for at the level of the account.
fn totals_asked(scene: &Scene) -> Vec<String> {
    let calls = scene.sim.calls_with("level=account");
    calls.iter().filter_map(|call| call.param("time_range").map(str::to_owned)).collect()
}

async fn assert_history_is_true(scene: &Scene) {
    let truth = scene.truth_between(Level::Adset, scene.days_ago(79), scene.today());
    let cents: i64 = truth.iter().map(|row| row.fact.spend_cents).sum();
    let sql = "select count(*), (100 * sum(spend))::bigint from adset_insights";
    assert_eq!(scene.db.query_text(sql).await, [[truth.len().to_string(), cents.to_string()]]);
}

fn pending() -> &'static str {
    "select cardinality(pending) from sync_sweeps"
}

#[tokio::test]
async fn an_old_day_that_moved_is_found_once_a_month_and_read_again_alone() {
    let scene = with_history().await;
    settled(&scene).await;
    assert_eq!(totals_asked(&scene).len(), 2, "the window's totals, and all older ones");
    assert_eq!(scene.value(pending()).await, "0");

    // Within the month nothing old is asked for.
    let moved = scene.days_ago(50);
    scene.change(Change::Vanish { id: scene.adset(1), day: moved });
    settled(&scene).await;
    assert_eq!(totals_asked(&scene).len(), 1);

    scene.db.execute("update sync_sweeps set month = month - interval '1 month'").await;
    settled(&scene).await;
    assert_history_is_true(&scene).await;
    let old: Vec<String> = scene
        .sim
        .calls_with("level=adset")
        .iter()
        .filter_map(|call| call.param("time_range").map(str::to_owned))
        .filter(|range| range.contains(&moved.to_string()))
        .collect();
    assert_eq!(old.len(), 1, "{old:?}");
    assert!(old[0].matches(&moved.to_string()).count() == 2, "that day alone: {old:?}");
    let sql = format!("select status from sync_coverage where date = '{moved}'");
    assert_eq!(scene.value(&sql).await, "settled");
    assert_eq!(scene.last_run("status, warnings").await, ["succeeded", "[]"]);
}

#[tokio::test]
async fn a_run_reads_a_month_of_days_again_and_the_next_goes_on() {
    let scene = with_history().await;
    for days in 35..75 {
        scene.change(Change::Vanish { id: ACT.to_owned(), day: scene.days_ago(days) });
    }
    settled(&scene).await;
    assert_eq!(scene.value(pending()).await, "9");
    settled(&scene).await;
    assert_eq!(scene.value(pending()).await, "0");
    assert_history_is_true(&scene).await;
}

#[tokio::test]
async fn days_that_were_never_read_and_other_schedules_are_left_alone() {
    let scene = Scene::of(spec().days(80).build()).await;
    settled(&scene).await;
    assert_eq!(totals_asked(&scene).len(), 1, "nothing older was ever read");
    scene.db.execute("delete from sync_sweeps").await;
    let finished = scene.adsync(&["sync", "--schedule", "recent"]).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert_eq!(scene.value("select count(*) from sync_sweeps").await, "0");
}
