//! A database that takes no rows, full or read-only, under a daemon: its runs rest until a write works again, and Meta is not
//! asked for what could not be kept.

use std::sync::Arc;

use adsync::daemon::{Deaths, Heartbeat, Orders, Pulse, Upkeep};
use adsync::metrics::Metrics;
use adsync::store::{Class, Error};
use chrono::Utc;
use rustix::process::Signal;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::errands::settings;
use super::stage::{EVERY_SECOND, Stage};
use crate::support::scene::{ACT, Scene};
use crate::support::until;

async fn rests_until_rows_are_taken(sqlstate: &str, message: &str) {
    let stage = Stage::new().await;
    stage.adsync(&["migrate"], EVERY_SECOND).run().await;
    let refuse = format!(
        "create sequence refusals; create function refuse() returns trigger language plpgsql as $$ begin
           perform nextval('public.refusals');
           raise exception using errcode = '{sqlstate}', message = '{message}'; end $$;
         create trigger refuse before insert on adset_insights for each statement execute function refuse()"
    );
    stage.db.execute(&refuse).await;
    let mut daemon = stage.daemon(EVERY_SECOND);
    stage.db.rows_of("select 1 from sync_runs where error_class = 'database_read_only'").await;
    until("quiet", async || stage.sim.counts().in_flight == 0).await;
    let calls = || stage.sim.calls_with(ACT).len();
    let refusals = async || stage.db.query_text("select last_value from refusals").await.remove(0).remove(0);
    let asked = calls();
    let refused: u32 = refusals().await.parse().unwrap();
    // It is tried whether a write works, by a write.
    stage.db.rows_of(&format!("select 1 from refusals where last_value >= {refused} + 2")).await;
    assert_eq!(calls(), asked, "calls for rows that could not be kept");
    assert_eq!(
        stage.db.query_text("select count(*) from sync_runs where trigger = 'cron' and status <> 'skipped'").await,
        [["1"]]
    );
    assert_eq!(stage.db.query_text("select count(*) from adset_insights").await, [["0"]]);
    stage.answers("/readyz", 503, message).await;
    let line = daemon.line_with("the database takes no rows").await;
    assert!(line.contains(message) && line.contains("free space"), "{line}");
    stage.db.execute("drop trigger refuse on adset_insights").await;
    daemon.line_with("the database takes rows again").await;
    stage.db.rows_of("select 1 from sync_runs where status = 'succeeded'").await;
    stage.answers("/readyz", 200, "ready").await;
    let skipped = "select 1 from sync_runs where status = 'skipped' and status_reason like 'missed, as the database took no rows%'";
    stage.db.rows_of(skipped).await;
    daemon.signal(Signal::TERM);
    let finished = daemon.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    stage.every_tick_has_its_row_once().await;
    let rehearsed = "select 1 from adset_insights where account_id <> '1029384756102938'";
    assert!(stage.db.query_text(rehearsed).await.is_empty(), "a write that was tried stayed");
}

#[tokio::test]
async fn a_full_disk_lets_runs_rest_until_there_is_room() {
    rests_until_rows_are_taken("53100", "could not extend file: No space left on device").await;
}

#[tokio::test]
async fn a_read_only_server_lets_runs_rest_until_it_takes_rows() {
    rests_until_rows_are_taken("25006", "cannot execute INSERT in a read-only transaction").await;
}

#[tokio::test]
async fn the_upkeep_asks_meta_nothing_while_no_rows_are_taken() {
    let scene = Scene::small().await;
    scene.sync().await;
    let settings = settings(&scene);
    let engine = Arc::new(adsync::app::engine(&settings).await.unwrap());
    engine.db.hold(&Error::plain(Class::ReadOnly, "the disk is full"));
    let heartbeat = Heartbeat::start(engine.db.clone(), engine.worker.clone());
    let stale_after = settings.alerts.stale_after;
    let orders = Orders { engine, settings: settings.daemon, stale_after, schedules: settings.schedules.into() };
    let (_orders, in_force) = watch::channel(Arc::new(orders));
    let asked = scene.sim.calls_with("").len();
    let (upkeep, mut census, recount) = Upkeep::new(in_force, Metrics::new(), Pulse::starting(Utc::now()));
    let stop = CancellationToken::new();
    let upkeep = tokio::spawn(upkeep.run(heartbeat.watched(), Deaths::default(), stop.clone()));
    census.wait_for(|census| !census.accounts.is_empty()).await.unwrap();
    // It is heard after the first turn.
    recount.now().await;
    assert_eq!(scene.sim.calls_with("").len(), asked);
    stop.cancel();
    upkeep.await.unwrap();
    heartbeat.stop().await;
}
