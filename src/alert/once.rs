//! What a command tells before it ends: nobody comes after it who would. It takes some seconds at the most; what was not told
//! by then waits in the database for the next one.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::store::alerts::{self, Findings};
use crate::sync::Engine;
use crate::sync::report::{RunReport, Status};
use crate::{meta, store};

use super::away::Away;
use super::deliver::Delivery;
use super::look::look;
use super::post::Heartbeat;
use super::run::{findings, is_success, of_refusal};
use super::settings::Settings;

/// The longest that a command waits for its receivers.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a command works with.
#[derive(Debug, Clone, Copy)]
pub struct Teller<'a> {
    /// What its run worked with.
    pub engine: &'a Engine,
    /// Whom to tell.
    pub settings: &'a Settings,
    /// The schedules that are enabled.
    pub schedules: &'a [String],
    /// The schedule whose work the command does.
    pub schedule: Option<&'a str>,
    /// Whether somebody sits in front of it, who sees what goes wrong.
    pub is_watched: bool,
}

impl Teller<'_> {
    /// Tells of a run that ended. Whoever stopped it is not made to wait.
    pub async fn ended(&self, report: &RunReport) {
        if report.status == Status::Cancelled {
            return;
        }
        let found = findings(self.engine, self.schedule, report);
        let beat = async {
            if is_success(report) {
                self.beat().await;
            }
        };
        tokio::join!(self.tell(&found, report.finished_at), within_patience(beat));
    }

    /// Tells of a command that Meta refused before its run began.
    pub async fn refused(&self, error: &meta::Error, now: DateTime<Utc>) {
        self.tell(&of_refusal(self.engine, self.schedule, error), now).await;
    }

    async fn tell(&self, found: &Findings, now: DateTime<Utc>) {
        let telling = async {
            if let Err(error) = self.keep_and_deliver(found, now).await {
                tracing::warn!(%error, "alerts could not be kept");
                if error.class.stops_everything() && !self.is_watched {
                    tell_past(self.settings, &self.engine.instance, &error, now).await;
                }
            }
        };
        within_patience(telling).await;
    }

    async fn keep_and_deliver(&self, found: &Findings, now: DateTime<Utc>) -> Result<(), store::Error> {
        let Self { engine, settings, schedules, .. } = self;
        alerts::settle(&engine.db, found, now).await?;
        look(engine, settings.stale_after, &engine.all_known(), schedules, now).await?;
        let Some(url) = &settings.webhook_url else { return Ok(()) };
        match Delivery::new(url) {
            Ok(mut delivery) => delivery.deliver(&engine.db, &engine.instance).await.map(drop),
            Err(error) => {
                tracing::warn!(error, "alerts cannot be told");
                Ok(())
            }
        }
    }

    async fn beat(&self) {
        match self.settings.heartbeat_url.as_ref().map(Heartbeat::new) {
            Some(Ok(heartbeat)) => heartbeat.ping().await,
            Some(Err(error)) => tracing::warn!(error, "the heartbeat cannot be sent"),
            None => {}
        }
    }
}

/// Tells of a command that the database let do nothing: there is nothing to keep it in, so that every such command tells it.
pub async fn unreachable(settings: &Settings, instance: &str, error: &store::Error, now: DateTime<Utc>) {
    within_patience(tell_past(settings, instance, error, now)).await;
}

async fn tell_past(settings: &Settings, instance: &str, error: &store::Error, now: DateTime<Utc>) {
    match Away::new(settings, instance) {
        Ok(away) => away.tell_now(&error.message, error.class.advice(), now).await,
        Err(error) => tracing::warn!(error, "alerts cannot be told"),
    }
}

async fn within_patience(telling: impl Future<Output = ()>) {
    if tokio::time::timeout(PATIENCE, telling).await.is_err() {
        tracing::warn!(waited_s = PATIENCE.as_secs(), "not all could be told in time");
    }
}
