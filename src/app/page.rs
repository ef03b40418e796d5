//! What the status page is told: how the daemon stands, asked of the store when somebody looks.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::Utc;
use futures_util::FutureExt;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use crate::config::Settings;
use crate::daemon::{Census, InForce, Pulse};
use crate::metrics::Metrics;
use crate::store::migrate;
use crate::store::overview::OlderGaps;
use crate::sync::Engine;
use crate::sync::tables::definitions;
use crate::web::{Kind, Refused, State};

use super::desk::Desk;
use super::reload::Standing;

/// How long the database may take to answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// A scheduler that was silent for so long is not at work.
const SILENCE: Duration = Duration::from_secs(10);
/// How long it is believed that the schema is current.
const BELIEVED: Duration = Duration::from_secs(300);

/// How far the daemon is.
#[derive(Debug, Clone)]
pub(super) enum Phase {
    /// It cannot work yet, or no longer, for this reason.
    Waiting(String),
    /// It works.
    Up(Arc<Up>),
}

/// What is asked of a daemon that works.
#[derive(Debug)]
pub(super) struct Up {
    pub(super) orders: InForce,
    settings: Settings,
    pub(super) census: watch::Receiver<Census>,
    pulse: Pulse,
    pub(super) reloads: watch::Receiver<Standing>,
    desk: Desk,
    /// What lacks before the days that are shown, as it was found last.
    pub(super) older: watch::Receiver<Vec<OlderGaps>>,
    started: Instant,
    /// When the schema was last found current.
    schema_seen: Mutex<Instant>,
}

/// What the router answers from.
pub(super) fn state(settings: &Settings, phase: watch::Receiver<Phase>, metrics: Metrics) -> State {
    let (looked_at, moving, read, acted) = (phase.clone(), phase.clone(), phase.clone(), phase.clone());
    let (of_run, of_account) = (phase.clone(), phase.clone());
    State {
        instance: settings.daemon.instance.clone(),
        status: Arc::new(move || {
            let phase = looked_at.borrow().clone();
            async move {
                match phase {
                    Phase::Waiting(reason) => Err(reason),
                    Phase::Up(up) => up.status(Utc::now()).await,
                }
            }
            .boxed()
        }),
        live: Arc::new(move || {
            let up = up(&moving);
            async move { up.map_err(|refused| refused.text)?.live(Utc::now()).await }.boxed()
        }),
        ready: Arc::new(move || {
            let phase = phase.borrow().clone();
            async move {
                match phase {
                    Phase::Waiting(reason) => Err(reason),
                    Phase::Up(up) => up.ready().await,
                }
            }
            .boxed()
        }),
        read: Arc::new(move |what| {
            let up = up(&read);
            async move { patiently(up?.desk.read(what, Utc::now())).await }.boxed()
        }),
        act: Arc::new(move |action| {
            let up = up(&acted);
            async move { patiently(up?.desk.act(action, Utc::now())).await }.boxed()
        }),
        run: Arc::new(move |asked| {
            let up = up(&of_run);
            async move { patiently(up?.run(asked, Utc::now())).await }.boxed()
        }),
        account: Arc::new(move |asked| {
            let up = up(&of_account);
            async move { patiently(up?.account(asked, Utc::now())).await }.boxed()
        }),
        metrics,
        admin_token: settings.web.admin_token.clone(),
        read_token: settings.web.read_token.clone(),
        is_public: !settings.web.listen.ip().is_loopback(),
    }
}

/// The daemon that works, or why there is none.
fn up(phase: &watch::Receiver<Phase>) -> Result<Arc<Up>, Refused> {
    match &*phase.borrow() {
        Phase::Waiting(reason) => Err(Refused::new(Kind::Waiting, reason.clone())),
        Phase::Up(up) => Ok(Arc::clone(up)),
    }
}

async fn patiently<T>(answer: impl Future<Output = Result<T, Refused>>) -> Result<T, Refused> {
    timeout(PATIENCE, answer).await.unwrap_or_else(|_| Err(Refused::new(Kind::Waiting, silent())))
}

impl Up {
    /// Begins with a schema that was just made current.
    pub(super) fn new(
        desk: Desk,
        settings: &Settings,
        pulse: Pulse,
        reloads: watch::Receiver<Standing>,
        older: watch::Receiver<Vec<OlderGaps>>,
    ) -> Self {
        let started = Instant::now();
        let (orders, census, settings) = (desk.orders.clone(), desk.census.clone(), settings.clone());
        Self { orders, settings, census, pulse, reloads, desk, older, started, schema_seen: Mutex::new(started) }
    }

    pub(super) fn engine(&self) -> Arc<Engine> {
        Arc::clone(&self.orders.borrow().engine)
    }

    /// Whether the daemon can do its work, or why not.
    async fn ready(&self) -> Result<(), String> {
        let answered = timeout(PATIENCE, self.engine().db.ping()).await;
        answered.map_err(|_| silent())?.map_err(|error| format!("the database does not answer: {error}"))?;
        self.engine().db.must_take_rows().map_err(|error| format!("the database takes no rows: {error}"))?;
        self.schema().await?;
        let silent = self.pulse.age().unwrap_or_else(|| self.started.elapsed());
        if silent >= SILENCE {
            return Err(format!("the scheduler has been silent for {} seconds", silent.as_secs()));
        }
        Ok(())
    }

    /// Whether the schema is current, asked anew now and then.
    async fn schema(&self) -> Result<(), String> {
        let seen = *self.schema_seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.elapsed() < BELIEVED {
            return Ok(());
        }
        let engine = self.engine();
        let tables = definitions(&engine.settings.reports);
        match migrate::is_current(&engine.db, &self.settings.database, &tables).await {
            Ok(true) => {
                *self.schema_seen.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
                Ok(())
            }
            Ok(false) => Err("the schema is not current: run `adsync migrate`".to_owned()),
            Err(error) => Err(format!("the schema cannot be used: {error}")),
        }
    }
}

pub(super) fn silent() -> String {
    format!("the database did not answer within {} seconds", PATIENCE.as_secs())
}
