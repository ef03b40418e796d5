//! What must not happen behind a run's back: an account that is taken away, a record that cannot be written, a table
//! that refuses, a table that is made anew.

use adsync::store::migrate::prepare;
use adsync::store::{Db, Worker, leases};
use graph_sim::SettingsChange;
use uuid::Uuid;

use crate::support::database::Database;
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
async fn a_run_that_lost_its_account_writes_no_row_of_it() {
    let scene = Scene::small().await;
    let latency_ms = Some(300);
    scene.sim.set(SettingsChange { latency_ms, ..SettingsChange::default() });
    let mut started = scene.adsync(&["sync"]).start();
    started.line_with("\"step\":\"account\"").await;
    // Its own lease, which heartbeats look for, stays: it was asleep, and nobody has told it yet.
    scene.db.execute("update sync_leases set run_id = gen_random_uuid() where account_id <> ''").await;
    let finished = started.finish().await;
    assert_eq!(finished.code(), 3, "{finished:?}");
    let rows =
        "select (select count(*) from campaigns), (select count(*) from adsets), (select count(*) from adset_insights),
        (select count(*) from account_insights)";
    assert_eq!(scene.db.query_text(rows).await, [["0", "0", "0", "0"]]);
    assert_eq!(scene.last_run("status, error_class").await, ["partial", "lease_lost"]);
}

#[tokio::test]
async fn a_run_that_lost_one_report_of_its_account_writes_no_row_of_any() {
    let scene = Scene::small().await;
    let latency_ms = Some(300);
    scene.sim.set(SettingsChange { latency_ms, ..SettingsChange::default() });
    let mut started = scene.adsync(&["sync"]).env("ADSYNC__REPORTS__AD__LEVEL", "ad").start();
    started.line_with("\"step\":\"account\"").await;
    // So a run that wants this report alone takes it from one that it takes for dead.
    let take = "update sync_leases set run_id = gen_random_uuid() where report = 'adset';
        delete from sync_leases where account_id = ''";
    scene.db.execute(take).await;
    assert_eq!(scene.value("select count(*) from sync_leases where report = 'ad'").await, "1");
    let finished = started.finish().await;
    assert_eq!(finished.code(), 3, "{finished:?}");
    let rows = "select (select count(*) from campaigns), (select count(*) from adset_insights), (select count(*) from ad_insights)";
    assert_eq!(scene.db.query_text(rows).await, [["0", "0", "0"]]);
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

#[tokio::test]
async fn a_run_that_waits_at_the_end_of_a_slice_lives_on_and_nobody_takes_its_account() {
    let scene = Scene::small().await;
    scene.sync().await;
    let mut held = scene.db.pool().begin().await.unwrap();
    sqlx::query("lock table sync_coverage in share mode").execute(&mut *held).await.unwrap();
    let started = scene.adsync(&["sync"]).start();
    let waits = "from pg_stat_activity a join pg_locks w on w.pid = a.pid and not w.granted
                 where w.relation = 'sync_coverage'::regclass";
    let since =
        scene.db.rows_of(&format!("select a.pid, a.xact_start, clock_timestamp() {waits} limit 1")).await.remove(0);
    let [pid, began, seen] = &since[..] else { panic!("{since:?}") };
    let beat = format!(
        "select 1 {waits} and a.pid = {pid} and a.xact_start = '{began}'
         and (select min(heartbeat_at) from sync_leases) > '{seen}'"
    );
    scene.db.rows_of(&beat).await;
    let free = "select 1 from sync_leases where account_id = '' for update skip locked";
    assert!(scene.db.query_text(free).await.is_empty(), "whoever takes over must wait for the slice");
    held.rollback().await.unwrap();
    assert_eq!(started.finish().await.code(), 0);
}

#[tokio::test]
async fn a_lease_that_is_locked_keeps_no_other_from_beating() {
    let database = Database::create().await;
    let settings = database.settings();
    let db = Db::connect(&settings).await.unwrap();
    prepare(&db, &settings, &[]).await.unwrap();
    let (run, worker) = (Uuid::now_v7(), Worker::here());
    let reports = ["ad".to_owned(), "adset".to_owned()];
    leases::acquire(&db, run, &worker, "1", &reports).await.unwrap().unwrap();
    leases::acquire(&db, run, &worker, "", &[run.to_string()]).await.unwrap().unwrap();
    database.execute("update sync_leases set heartbeat_at = now() - interval '1 hour'").await;
    let mut other = database.pool().begin().await.unwrap();
    sqlx::query("select from sync_leases where report = 'ad' for share").execute(&mut *other).await.unwrap();
    let beaten = leases::beat(&db.hurried(), &worker, &[run]).await.unwrap();
    assert_eq!(beaten, [(run, None)]);
    let lapsed = "select report from sync_leases where heartbeat_at < now() - interval '1 minute'";
    assert_eq!(database.query_text(lapsed).await, [["ad"]]);
}
