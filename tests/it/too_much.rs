//! Questions that are too much for Meta: asked by report run, by fewer days, by fewer objects; never lost, never doubled.

use graph_sim::{Fault, Rule, When};

use crate::support::scene::{Scene, spec};

/// Meta's refusal of questions with more rows than this, met on some paths.
fn refuse(scene: &Scene, rows: usize, path: &str) {
    let when = When { path: Some(path.to_owned()), ..When::default() };
    scene.sim.faults().add(Rule { fault: Fault::TooManyRows { rows }, when });
}

#[tokio::test]
async fn a_question_that_even_report_runs_find_too_much_is_halved_down_to_objects() {
    let scene = Scene::small().await;
    // A day of the small world has about 30 rows.
    refuse(&scene, 20, "/insights");
    scene.sync().await;
    scene.assert_true().await;
    let calls: u32 = scene.last_run("api_calls").await[0].parse().unwrap();
    assert!(calls < 120, "{calls} calls");
    let splits = scene.value("select splits from sync_run_steps where step = 'insights:adset'").await;
    assert!(splits.parse::<u32>().unwrap() > 10, "{splits} splits");
}

#[tokio::test]
async fn thirty_days_of_five_hundred_ad_sets_by_report_run_cost_fewer_than_45_calls() {
    let scene = Scene::of(spec().objects(50, 500, 1).days(30).delivery_permille(1_000).build()).await;
    refuse(&scene, 5_000, "act_1029384756102938/insights");
    let since = scene.days_ago(29).to_string();
    let finished = scene.adsync(&["sync", "--since", &since]).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    let rows: u32 = scene.value("select count(*) from adset_insights").await.parse().unwrap();
    assert!(rows > 10_000, "{rows} rows");
    assert_eq!(scene.value("select count(*) from sync_coverage where status = 'drift'").await, "0");
    let calls: u32 = scene.last_run("api_calls").await[0].parse().unwrap();
    assert!(calls < 45, "{calls} calls for {rows} rows");
}

#[tokio::test]
async fn thirty_days_of_five_hundred_ads_by_report_run_cost_fewer_than_45_calls() {
    let scene = Scene::of(spec().objects(26, 130, 5).days(30).delivery_permille(1_000).build()).await;
    refuse(&scene, 1_900, "act_1029384756102938/insights");
    let since = scene.days_ago(29).to_string();
    let toml = "[reports.adset]\nenabled = false\n[reports.ad]\nlevel = \"ad\"\n";
    let finished = scene.adsync(&["sync", "--since", &since]).config("default.toml", toml).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    let rows: u32 = scene.value("select count(*) from ad_insights").await.parse().unwrap();
    assert!(rows >= 15_000, "{rows} rows");
    assert_eq!(scene.value("select count(*) from sync_coverage where status = 'drift'").await, "0");
    assert_eq!(scene.value("select report_runs from sync_runs").await, "2");
    let calls: u32 = scene.last_run("api_calls").await[0].parse().unwrap();
    assert!(calls < 45, "{calls} calls for {rows} rows");
}

#[tokio::test]
async fn a_step_shows_what_a_split_a_retry_and_a_block_cost() {
    let scene = Scene::small().await;
    refuse(&scene, 20, "level=adset");
    scene.sim.faults().times(Fault::Transient, "/campaigns", 2);
    scene.sync().await;
    let of = async |step: &str, columns: &str| {
        let sql = format!("select {columns} from sync_run_steps where step = '{step}'");
        scene.db.query_text(&sql).await.remove(0)
    };
    assert_eq!(of("campaigns", "api_retries, api_calls > 2, splits, waited_ms").await, ["2", "t", "0", "0"]);
    assert_eq!(of("insights:adset", "splits, api_calls > splits, batch_parts > 0").await, ["1", "t", "t"]);
    assert_eq!(of("adsets", "splits, api_retries").await, ["0", "0"]);
    assert_eq!(scene.last_run("api_retries, report_runs > 0").await, ["2", "t"]);
}

#[tokio::test]
async fn a_report_run_without_rows_is_not_believed_before_a_direct_call_says_the_same() {
    let scene = Scene::small().await;
    let when = When { path: Some("level=adset".to_owned()), times: Some(1), ..When::default() };
    scene.sim.faults().add(Rule { fault: Fault::TooManyRows { rows: 20 }, when });
    scene.sim.reports().always(Some(graph_sim::Plan::Empty { polls: 1 }));
    scene.sync().await;
    scene.assert_true().await;
    // The other slices follow the first one's way, in one run.
    assert_eq!(scene.value("select report_runs from sync_runs").await, "2");
}

#[tokio::test]
async fn a_report_run_that_vanishes_before_it_is_read_is_made_again() {
    let scene = Scene::small().await;
    let when = When { path: Some("level=adset".to_owned()), times: Some(1), ..When::default() };
    scene.sim.faults().add(Rule { fault: Fault::TooManyRows { rows: 20 }, when });
    // An expired run looks like one that never was.
    scene.sim.faults().times(Fault::known(100, Some(33)), "000001/insights", 1);
    scene.sync().await;
    scene.assert_true().await;
    assert_eq!(scene.value("select report_runs from sync_runs").await, "3");
}

#[tokio::test]
async fn lists_of_ids_name_no_deleted_objects_where_meta_refuses_that() {
    let scene = Scene::small().await;
    scene.sim.world().refuses_deleted_filter = true;
    refuse(&scene, 20, "/insights");
    scene.sync().await;
    scene.assert_true().await;
}

#[tokio::test]
async fn report_runs_that_nobody_may_ask_about_are_given_up_without_hammering() {
    let scene = Scene::small().await;
    let when = When { path: Some("level=adset".to_owned()), times: Some(1), ..When::default() };
    scene.sim.faults().add(Rule { fault: Fault::TooManyRows { rows: 20 }, when });
    let when = When { is_part: Some(true), path: Some("async_status".to_owned()), ..When::default() };
    let refused = graph_sim::GraphError::new(100, "(#100) Invalid parameter");
    scene.sim.faults().add(Rule { fault: Fault::Error { error: refused }, when });
    let finished = scene.adsync(&["sync"]).run().await;
    assert!([0, 3].contains(&finished.code()), "{finished:?}");
    assert!(scene.sim.counts().total < 60, "{} calls", scene.sim.counts().total);
}
