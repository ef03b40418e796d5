//! The daemon stops clean, dies without a trace that matters, and waits for what is not there.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::stage::{EVERY_SECOND, Stage};
use crate::support::binary::Running;
use crate::support::way::{Way, server_of};

#[tokio::test]
async fn a_stop_cancels_the_run_and_is_no_failure() {
    for signal in [Signal::TERM, Signal::INT] {
        let stage = Stage::new().await;
        stage.latency(400);
        let daemon = stage.daemon(EVERY_SECOND);
        stage.db.rows_of("select 1 from sync_run_steps where step = 'adsets' and status = 'running'").await;
        daemon.signal(signal);
        let finished = daemon.finish().await;
        assert_eq!(finished.code(), 0, "{finished:?}");
        assert!(finished.stderr.contains("the daemon stopped"), "{finished:?}");
        let runs = "select status, status_reason from sync_runs where status not in ('skipped', 'succeeded')";
        assert_eq!(stage.db.query_text(runs).await, [["cancelled", "its process was told to stop"]]);
        stage.nothing_is_left_running().await;
    }
}

/// A daemon whose run waits for a table that somebody holds, and the transaction that holds it.
async fn stuck(stage: &Stage, config: &str) -> (Running, sqlx::Transaction<'static, sqlx::Postgres>) {
    assert_eq!(stage.adsync(&["migrate"], config).run().await.code(), 0);
    let mut held = stage.db.pool().begin().await.unwrap();
    sqlx::query("lock table adsets in exclusive mode").execute(&mut *held).await.unwrap();
    let daemon = stage.daemon(config);
    stage.db.rows_of("select 1 from pg_locks where not granted and relation = 'adsets'::regclass").await;
    (daemon, held)
}

#[tokio::test]
async fn a_run_that_does_not_stop_in_time_is_cut_off_and_recorded_with_what_is_done() {
    let stage = Stage::new().await;
    let (mut daemon, held) = stuck(&stage, &format!("[daemon]\nshutdown_grace = \"4s\"\n{EVERY_SECOND}")).await;
    daemon.signal(Signal::TERM);
    daemon.line_with("runs did not end in time and are cut off").await;
    let finished = daemon.finish().await;
    held.rollback().await.unwrap();
    assert_eq!(finished.code(), 0, "{finished:?}");
    let runs = "select status, status_reason, api_calls > 0, rows_inserted = (select count(*) from campaigns) + (select count(*) from ad_accounts)
                from sync_runs where status not in ('skipped', 'succeeded')";
    let reason = "it did not end within daemon.shutdown_grace";
    assert_eq!(stage.db.query_text(runs).await, [["cancelled", reason, "t", "t"]]);
    let steps = "select step, status from sync_run_steps order by started_at, step";
    let steps = stage.db.query_text(steps).await;
    assert_eq!(steps, [["account", "succeeded"], ["campaigns", "succeeded"], ["adsets", "cancelled"]]);
    stage.nothing_is_left_running().await;
}

#[tokio::test]
async fn a_stop_ends_within_its_time_when_the_database_fell_silent() {
    let stage = Stage::new().await;
    let way = Way::open(0, server_of(stage.db.url())).await;
    let url = way.url(stage.db.url());
    let config = format!("[daemon]\nshutdown_grace = \"4s\"\n{EVERY_SECOND}");
    let daemon = stage.adsync(&["run"], &config).env("DATABASE_URL", url).start();
    stage.db.rows_of("select 1 from sync_runs where status = 'succeeded'").await;
    stage.latency(400);
    stage.db.rows_of("select 1 from sync_run_steps where step = 'adsets' and status = 'running'").await;
    way.fall_silent();
    stage.answers("/readyz", 503, "").await;
    daemon.signal(Signal::TERM);
    let signalled = Instant::now();
    let finished = daemon.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    // A busy machine may take a moment more to start and to end what was bounded.
    assert!(signalled.elapsed() < Duration::from_secs(6), "it took {:?}", signalled.elapsed());
    drop(way);
}

#[tokio::test]
async fn a_second_signal_ends_the_process_at_once() {
    let stage = Stage::new().await;
    let (mut daemon, held) = stuck(&stage, &format!("[daemon]\nshutdown_grace = \"10m\"\n{EVERY_SECOND}")).await;
    daemon.signal(Signal::TERM);
    daemon.line_with("waiting for runs to end").await;
    daemon.signal(Signal::INT);
    assert_eq!(daemon.finish().await.code(), 130);
    held.rollback().await.unwrap();
}

#[tokio::test]
async fn a_killed_daemon_leaves_a_run_that_the_next_one_abandons() {
    let stage = Stage::new().await;
    stage.latency(400);
    let daemon = stage.daemon(EVERY_SECOND);
    let killed = "select run_id::text from sync_run_steps where step = 'adsets' and status = 'running'";
    let killed = stage.db.rows_of(killed).await.remove(0).remove(0);
    daemon.signal(Signal::KILL);
    assert_eq!(daemon.finish().await.code(), 137);
    stage.latency(0);
    let daemon = stage.daemon(EVERY_SECOND);
    stage.db.rows_of("select 1 from sync_runs where status = 'succeeded'").await;
    let dead = format!("select status, status_reason, api_calls > 0 from sync_runs where id = '{killed}'");
    assert_eq!(stage.db.query_text(&dead).await, [["abandoned", "its process died", "t"]]);
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.finish().await.code(), 0);
    stage.nothing_is_left_running().await;
    stage.every_tick_has_its_row_once().await;
}

#[tokio::test]
async fn a_run_that_somebody_asks_to_stop_stops_and_says_who_asked() {
    let stage = Stage::new().await;
    stage.sim.faults().times(graph_sim::Fault::Hang, "level=adset", 2);
    let ask = "update sync_leases set stop_by = 'ana', stop_reason = 'too dear' where account_id = ''";
    let hanging = "select 1 from sync_run_steps where step = 'insights:adset' and status = 'running'";
    let command = stage.adsync(&["sync"], EVERY_SECOND).start();
    stage.db.rows_of(hanging).await;
    stage.db.execute(ask).await;
    let finished = command.finish().await;
    assert_eq!(finished.code(), 3, "{finished:?}");
    let daemon = stage.daemon(EVERY_SECOND);
    stage.db.rows_of(hanging).await;
    stage.db.execute(ask).await;
    stage.db.rows_of("select 1 from sync_runs where status = 'succeeded'").await;
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.finish().await.code(), 0);
    let asked = "select trigger, status from sync_runs where status_reason = 'stopped by ana: too dear' order by id";
    assert_eq!(stage.db.query_text(asked).await, [["manual", "cancelled"], ["cron", "cancelled"]]);
    assert_eq!(stage.db.query_text("select 1 from sync_runs where trigger = 'resume'").await, [[""; 1]; 0]);
    stage.nothing_is_left_running().await;
}

#[tokio::test]
async fn a_database_that_is_yet_to_come_is_waited_for() {
    let stage = Stage::new().await;
    let mut url = url::Url::parse(stage.db.url()).unwrap();
    let later = format!("{}_later", url.path().trim_start_matches('/'));
    url.set_path(&later);
    let mut daemon = stage.adsync(&["run"], EVERY_SECOND).env("DATABASE_URL", url.as_str()).start();
    daemon.line_with("waiting for the database").await;
    stage.answers("/healthz", 200, "ok").await;
    let reason = stage.answers("/readyz", 503, "waiting for the database: ").await;
    assert!(reason.contains("does not exist"), "{reason}");
    stage.answers("/", 503, "does not exist").await;
    stage.db.execute(&format!("create database {later}")).await;
    stage.answers("/readyz", 200, "ready").await;
    daemon.signal(Signal::TERM);
    let finished = daemon.finish().await;
    stage.db.execute(&format!("drop database {later} with (force)")).await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert_eq!(finished.stderr.matches("waiting for the database").count(), 1, "{finished:?}");
}

#[tokio::test]
async fn a_daemon_that_still_waits_stops_as_well() {
    let stage = Stage::new().await;
    let nowhere = format!("postgres://adsync:secret-word@127.0.0.1:{}/adsync", crate::support::free_port());
    let mut daemon = stage.adsync(&["run"], EVERY_SECOND).env("DATABASE_URL", nowhere).start();
    daemon.line_with("waiting for the database").await;
    daemon.signal(Signal::TERM);
    let finished = daemon.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert!(!finished.stderr.contains("secret-word"), "{finished:?}");
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let stage = Stage::new().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let finished = stage.adsync(&["run"], EVERY_SECOND).env("ADSYNC__WEB__LISTEN", &address).run().await;
    assert_eq!(finished.code(), 1, "{finished:?}");
    assert!(finished.stderr.contains(&format!("web.listen {address} cannot be bound")), "{finished:?}");
}

#[tokio::test]
async fn a_foreign_table_refuses_the_start() {
    let stage = Stage::new().await;
    stage.db.execute("create table campaigns (id text primary key, mine int)").await;
    let finished = stage.adsync(&["run"], EVERY_SECOND).run().await;
    assert_eq!(finished.code(), 2, "{finished:?}");
    assert!(finished.stderr.contains("database.adopt"), "{finished:?}");
}
