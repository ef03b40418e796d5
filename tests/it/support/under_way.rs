//! A sync of many small slices that something happens to on its way, and what has to be true afterwards.

use graph_sim::SettingsChange;
use sqlx::{Connection, Executor, PgConnection};

use super::binary::{Binary, Finished, Running};
use super::role::Role;
use super::scene::{Scene, spec};
use super::until;
use crate::database_faults::days_asked;

/// Slices side by side.
pub(crate) const ABREAST: u64 = 2;
/// Days that a sync reads, and how many of them are complete when something happens.
pub(crate) const DAYS: u32 = 41;
pub(crate) const SOME: u32 = 10;

/// A sync of many small slices that something happens to on its way.
pub(crate) struct UnderWay {
    pub(crate) scene: Scene,
    /// Where it reaches the database.
    pub(crate) url: String,
    pub(crate) role: Option<Role>,
}

impl UnderWay {
    /// As the server's superuser.
    pub(crate) async fn new() -> Self {
        let scene = Scene::of(spec().days(60).build()).await;
        scene.adsync(&["migrate"]).run().await;
        Self { url: scene.db.url().to_owned(), scene, role: None }
    }

    /// As a role that may just do what a sync needs.
    pub(crate) async fn as_role() -> Self {
        let Self { scene, .. } = Self::new().await;
        let role = Role::create(&scene.db).await;
        let name = role.name();
        let rights = format!(
            "grant select, insert, update, delete on all tables in schema public to {name}; alter role {name} bypassrls"
        );
        scene.db.execute(&rights).await;
        Self { url: role.url(&scene.db), scene, role: Some(role) }
    }

    pub(crate) fn sync(&self) -> Binary {
        self.sync_with(&[])
    }

    /// The same with further arguments.
    pub(crate) fn sync_with(&self, arguments: &[&str]) -> Binary {
        self.scene.sim.set(SettingsChange { latency_ms: Some(10), ..SettingsChange::default() });
        let since = self.scene.days_ago(u64::from(DAYS) - 1).to_string();
        let arguments = [&["sync", "--since", &since], arguments].concat();
        let binary = self.scene.adsync(&arguments).env("DATABASE_URL", &self.url);
        binary.env("ADSYNC__META__PAGE_SIZE", "25").env("ADSYNC__META__MAX_CONCURRENCY", ABREAST.to_string())
    }

    /// Days that are complete.
    pub(crate) async fn done(&self) -> u32 {
        let complete = "select count(*) from sync_coverage where complete and report = 'adset'";
        self.scene.value(complete).await.parse().unwrap()
    }

    /// Starts a sync and waits until some days are complete.
    pub(crate) async fn start(&self) -> Running {
        let running = self.sync().start();
        until("some days", async || self.done().await >= SOME || running.has_ended()).await;
        running
    }

    /// Waits until a statement of the sync waits for somebody's lock.
    pub(crate) async fn until_it_waits(&self) {
        // Two that lengthen one table wait for each other, too.
        let waits = "select 1 from pg_stat_activity where datname = current_database()
            and wait_event_type = 'Lock' and wait_event <> 'extend'";
        until("the sync's wait", async || !self.scene.db.query_text(waits).await.is_empty()).await;
    }

    /// Waits until nothing is asked of Meta, and fails where more is asked while others look on.
    pub(crate) async fn assert_meta_is_left_alone(&self) {
        until("quiet", async || self.scene.sim.counts().in_flight == 0).await;
        let asked = self.scene.sim.counts().total;
        for _ in 0..30 {
            self.scene.value("select 1").await;
        }
        let more = self.scene.sim.counts().total - asked;
        assert!(more <= 2 * ABREAST, "{more} calls for rows that could not be kept");
    }

    /// Fails where the last run's record does not tell its end by a class, with advice.
    pub(crate) async fn assert_told(&self, finished: &Finished, class: &str) {
        assert_eq!(finished.code(), 3, "{finished:?}");
        let record = self.scene.last_run("status, error_class, advice is not null").await;
        assert_eq!(record, ["partial", class, "t"], "{finished:?}");
        let step = "select distinct error_class from sync_run_steps where status = 'failed'";
        assert_eq!(self.scene.db.query_text(step).await, [[class]]);
        let advice = self.scene.last_run("advice").await.remove(0);
        assert!(finished.stderr.contains(&advice), "{finished:?}");
        self.scene.nothing_is_left_running().await;
    }

    /// Lets the next sync go on, and fails where it reads other days than those that were not complete.
    pub(crate) async fn assert_the_rest_is_read(&self) {
        let done = self.done().await;
        assert!((SOME..DAYS).contains(&done), "{done} days were complete");
        self.scene.sim.record().clear();
        let finished = self.sync().run().await;
        assert_eq!(finished.code(), 0, "{finished:?}");
        assert_eq!(days_asked(&self.scene), DAYS - done);
        assert_eq!(self.done().await, DAYS);
        self.scene.nothing_is_left_running().await;
    }

    /// A session that locks a table against writers.
    pub(crate) async fn locker(&self) -> PgConnection {
        let mut other = PgConnection::connect(self.scene.db.direct_url()).await.unwrap();
        other.execute("begin; lock table adset_insights in share mode").await.unwrap();
        other
    }
}
