//! What must not happen behind a run's back: an account that is taken away, a record that cannot be written, a table
//! that refuses, a table that is made anew.

use graph_sim::SettingsChange;

use crate::support::scene::Scene;

#[tokio::test]
async fn a_run_that_lost_its_account_removes_and_completes_nothing() {
    let scene = Scene::small().await;
    scene.sync().await;
    let latency_ms = Some(300);
    scene.sim.set(SettingsChange { latency_ms, ..SettingsChange::default() });
    scene.db.execute("update sync_coverage set complete = false").await;
    let mut started = scene.adsync(&["sync"]).start();
    started.line_with("\"step\":\"account\"").await;
    scene.db.execute("update sync_leases set run_id = gen_random_uuid() where account_id <> ''").await;
    let finished = started.finish().await;
    assert_eq!(finished.code(), 3, "{finished:?}");
    assert_eq!(scene.value("select count(*) from sync_coverage where complete").await, "0");
    assert_eq!(scene.last_run("status, error_class").await, ["partial", "lease_lost"]);
}

#[tokio::test]
async fn a_step_that_cannot_be_recorded_fails_the_run() {
    let scene = Scene::small().await;
    scene.sync().await;
    let refuse = "alter table sync_run_steps add constraint no_insights check (step not like 'insights%') not valid";
    scene.db.execute(refuse).await;
    let finished = scene.adsync(&["sync"]).run().await;
    assert_eq!(finished.code(), 3, "{finished:?}");
    assert_eq!(scene.last_run("status, error_class").await, ["partial", "database_statement"]);
}

#[tokio::test]
async fn a_table_that_refuses_its_rows_stops_no_other_step() {
    let scene = Scene::small().await;
    scene.adsync(&["migrate"]).run().await;
    scene
        .db
        .execute("alter table campaigns add constraint old_words check (objective = 'LINK_CLICKS') not valid")
        .await;
    let finished = scene.adsync(&["sync"]).run().await;
    assert_eq!(finished.code(), 3, "{finished:?}");
    let steps = "select step from sync_run_steps where status <> 'succeeded'";
    assert_eq!(scene.db.query_text(steps).await, [["campaigns"]]);
    assert_eq!(scene.insights().await, scene.true_insights());
}

#[tokio::test]
async fn a_report_table_that_was_dropped_to_be_made_anew_stays_usable() {
    let scene = Scene::small().await;
    scene.sync().await;
    let by_country = |arguments: &[&str]| scene.adsync(arguments).env("ADSYNC__REPORTS__ADSET__BREAKDOWNS", "country");
    assert_eq!(by_country(&["migrate"]).run().await.code(), 2);
    scene.db.execute("drop table adset_insights cascade").await;
    for _ in 0..2 {
        let finished = by_country(&["migrate"]).run().await;
        assert_eq!(finished.code(), 0, "{finished:?}");
    }
}
