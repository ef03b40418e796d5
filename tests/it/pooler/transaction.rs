//! Behind a transaction pooler: every transaction may run on another connection, and others leave their settings there.

use std::time::Duration;

use rustix::process::Signal;
use sqlx::{Connection, Executor};
use tokio_util::task::AbortOnDropHandle;

use crate::daemon::stage::{EVERY_SECOND, Stage};
use crate::support::binary::Binary;
use crate::support::pooler::{Pooler, TRANSACTION, WASHED, client};
use crate::support::scene::{Scene, spec};
use crate::support::until;

/// A scene whose binaries reach the database through a pooler of its own.
struct Pooled {
    scene: Scene,
    pooler: Pooler,
}

impl Pooled {
    async fn of(scene: Scene, settings: &str) -> Self {
        let pooler = Pooler::start(scene.db.direct_url(), settings).await;
        Self { scene, pooler }
    }

    fn adsync(&self, arguments: &[&str]) -> Binary {
        self.scene.adsync(arguments).env("DATABASE_URL", self.url())
    }

    fn url(&self) -> String {
        self.pooler.url(self.scene.db.direct_url())
    }

    /// Somebody else's client, which leaves settings of its own on whatever connection it is given.
    fn noise(&self) -> AbortOnDropHandle<()> {
        let url = self.url();
        let noise = async move {
            loop {
                let mut connection = client(&url).await;
                for _ in 0..50 {
                    let left_behind = "set search_path = nowhere; set lock_timeout = 1; set enable_seqscan = off; set row_security = off";
                    if connection.execute(left_behind).await.is_err() {
                        break;
                    }
                }
                connection.close().await.ok();
            }
        };
        AbortOnDropHandle::new(tokio::spawn(noise))
    }
}

#[tokio::test]
async fn two_first_syncs_at_once_make_the_schema_and_the_truth_and_a_third_writes_nothing() {
    for settings in [TRANSACTION, WASHED] {
        let pooled = Pooled::of(Scene::small().await, settings).await;
        let _noise = pooled.noise();
        let few = || pooled.adsync(&["sync"]).env("ADSYNC__META__PAGE_SIZE", "100");
        let (one, other) = (few().start(), few().start());
        let (one, other) = (one.finish().await, other.finish().await);
        assert_eq!((one.code(), other.code()), (0, 0), "{one:?} {other:?}");
        pooled.scene.assert_true().await;
        let third = few().run().await;
        assert_eq!(third.code(), 0, "{third:?}");
        let changed = "rows_inserted + rows_updated + rows_deleted, rows_unchanged > 0";
        assert_eq!(pooled.scene.last_run(changed).await, ["0", "t"]);
        assert!(!third.stderr.contains("the database is tried again"), "{third:?}");
    }
}

#[tokio::test]
async fn a_killed_backfill_goes_on_and_everything_else_works() {
    for settings in [TRANSACTION, WASHED] {
        let pooled = Pooled::of(Scene::of(spec().days(60).build()).await, settings).await;
        let _noise = pooled.noise();
        let since = pooled.scene.days_ago(50).to_string();
        let backfill = || {
            let binary = pooled.adsync(&["backfill", "--since", &since]);
            binary.env("ADSYNC__META__PAGE_SIZE", "25").env("ADSYNC__META__MAX_CONCURRENCY", "2")
        };
        let migrated = pooled.adsync(&["migrate"]).run().await;
        assert_eq!(migrated.code(), 0, "{migrated:?}");
        let running = backfill().start();
        let complete = "select count(*) from sync_coverage where complete";
        until("some days", async || pooled.scene.value(complete).await.parse::<u32>().unwrap() >= 12).await;
        running.signal(Signal::KILL);
        running.finish().await;
        let finished = backfill().run().await;
        assert_eq!(finished.code(), 0, "{finished:?}");
        let days = format!("select count(*) from sync_coverage where complete and date >= '{since}'");
        assert!(pooled.scene.value(&days).await.parse::<u32>().unwrap() >= 50);
        for command in [&["migrate", "--print-sql"][..], &["runs"], &["check"], &["reconcile", "--since", &since]] {
            let finished = pooled.adsync(command).run().await;
            assert_eq!(finished.code(), 0, "{command:?}: {finished:?}");
        }
    }
}

#[tokio::test]
async fn a_daemon_keeps_its_ticks_through_the_death_of_the_pooler() {
    let stage = Stage::new().await;
    let mut pooler = Pooler::start(stage.db.direct_url(), TRANSACTION).await;
    let url = pooler.url(stage.db.direct_url());
    let daemon = stage.adsync(&["run"], EVERY_SECOND).env("DATABASE_URL", &url).start();
    stage.db.rows_of("select 1 from sync_runs where status = 'succeeded'").await;
    for _ in 0..3 {
        pooler.kill();
        stage.answers("/readyz", 503, "the database does not answer").await;
        pooler.start_again().await;
        stage.answers("/readyz", 200, "ready").await;
        stage
            .db
            .rows_of("select 1 from sync_runs where status = 'succeeded' and started_at > now() - interval '2 s'")
            .await;
    }
    daemon.signal(Signal::TERM);
    let finished = daemon.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    stage.nothing_is_left_running().await;
    stage.every_tick_has_its_row_once().await;
}

#[tokio::test]
async fn a_sync_whose_pooler_dies_over_and_over_goes_on() {
    let mut pooled = Pooled::of(Scene::small().await, TRANSACTION).await;
    let latency_ms = Some(20);
    pooled.scene.sim.set(graph_sim::SettingsChange { latency_ms, ..Default::default() });
    let running =
        pooled.adsync(&["sync"]).env("ADSYNC__META__PAGE_SIZE", "25").env("ADSYNC__META__MAX_CONCURRENCY", "3").start();
    for calls in [2, 5, 9, 13, 17] {
        let sim = &pooled.scene.sim;
        until("enough calls", async || sim.counts().total >= calls || running.has_ended()).await;
        pooled.pooler.kill();
        // Long enough for somebody to notice, and no longer.
        tokio::time::sleep(Duration::from_millis(30)).await;
        pooled.pooler.start_again().await;
    }
    let finished = running.finish().await;
    assert!([0, 3].contains(&finished.code()), "{finished:?}");
    let finished = pooled.adsync(&["sync"]).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    pooled.scene.assert_true().await;
    assert_eq!(pooled.scene.value("select count(*) from sync_runs where status = 'running'").await, "0");
}
