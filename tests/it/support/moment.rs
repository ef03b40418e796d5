//! Runs at an instant of a test's choosing: the rooms of the library, where the binary reads the machine's clock.

use std::sync::Arc;

use adsync::config::{Environment, Needs, load};
use adsync::sync::{Engine, Progress, Request, RunReport, Status, Window};
use chrono::{DateTime, Utc};
use graph_sim::Clock;

use super::scene::{ACT, Scene};

impl Scene {
    /// What runs work with, told of the scene and of these variables.
    pub(crate) async fn engine(&self, variables: &[(&str, &str)]) -> Engine {
        let own = [
            ("META_ACCESS_TOKEN", self.sim.token()),
            ("DATABASE_URL", self.db.url().to_owned()),
            ("ADSYNC__META__BASE_URL", self.sim.url()),
            ("ADSYNC__META__ACCOUNTS", ACT.to_owned()),
        ];
        let given = variables.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let environment: Environment = own.into_iter().chain(given).collect();
        let settings = load(tempfile::tempdir().unwrap().path(), &environment, Needs::EVERYTHING).unwrap().settings;
        adsync::app::engine(&settings).await.unwrap()
    }

    /// Sets the world's clock.
    pub(crate) fn set_clock(&self, at: DateTime<Utc>) {
        self.sim.world().clock = Clock::Fixed(at.timestamp());
    }

    /// The world's instant.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.sim.world().now(), 0).unwrap()
    }

    /// A run of all reports, as a command asks for it.
    pub(crate) fn request(&self, window: Window) -> Request {
        Request {
            id: uuid::Uuid::now_v7(),
            schedule: None,
            trigger: "manual",
            due_at: None,
            accounts: vec![ACT.parse().unwrap()],
            found_by_all: false,
            reports: None,
            window,
            refresh: false,
            work: adsync::sync::Work::Sync,
            sweeps: adsync::sync::Sweeps::Nothing,
            deadline: None,
            is_asked: false,
            goes_on: None,
        }
    }

    /// Does a run at the world's instant.
    pub(crate) async fn asked(&self, engine: &Engine, request: Request) -> RunReport {
        let progress = Arc::<Progress>::default();
        let (now, cancel) = (self.now(), Default::default());
        adsync::sync::run(engine, request, now, &cancel, &progress).await.unwrap().unwrap()
    }

    /// Syncs a window at the world's instant, which has to succeed.
    pub(crate) async fn sync_at(&self, engine: &Engine, window: Window) -> RunReport {
        let report = self.asked(engine, self.request(window)).await;
        assert_eq!(report.status, Status::Succeeded, "{report:?}");
        report
    }
}
