//! The daemon put together: the page first, then the database for as long as it takes, then the work, and the way down.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use futures_util::future::join;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::alert::Away;
use crate::config::{Loaded, Settings};
use crate::daemon::{Deaths, Heartbeat, Notifier, Pulse, Runner, Upkeep, rehearse};
use crate::metrics::Metrics;
use crate::schedule::Ticker;
use crate::store::migrate::Types;
use crate::store::{Db, schema};
use crate::telemetry::Telemetry;
use crate::web;

use super::Error;
use super::desk::Desk;
use super::older::Older;
use super::page::{Phase, Up};
use super::reload::{Reload, Standing, Watched};

/// The pauses between attempts at a database that is not there.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));
/// How long the page may take to end where nothing else has to.
const FAREWELL: Duration = Duration::from_secs(5);
/// Runs by hand that may wait for the runner to hear of them.
const ERRANDS: usize = 8;

/// What the daemon is started with.
#[derive(Debug)]
pub struct Given {
    /// The configuration.
    pub loaded: Loaded,
    /// Its files, where changes are taken up.
    pub watched: Option<Watched>,
}

/// Runs the daemon until `cancel`. Fails only before it began: where the configuration or the machine forbid it.
pub async fn daemon(given: Given, telemetry: &Telemetry, cancel: CancellationToken) -> Result<(), Error> {
    // From here on SIGHUP asks for the configuration to be read again; without this it would end the process.
    let hangups =
        signal(SignalKind::hangup()).map_err(|error| Error::Process(format!("signals cannot be heard: {error}")))?;
    let settings = given.loaded.settings.clone();
    let listen = settings.web.listen;
    let listener = TcpListener::bind(listen).await.map_err(|error| Error::Process(unbound(listen, &error)))?;
    tracing::info!(%listen, version = env!("CARGO_PKG_VERSION"), "the status page is served");
    let metrics = Metrics::new();
    let (phase, watched) = watch::channel(Phase::Waiting("the daemon has just started".to_owned()));
    // The page lives longer than the work: a stop that takes its time can be watched.
    let page_stop = CancellationToken::new();
    let page = super::page::state(&settings, watched, metrics.clone());
    let page = tokio::spawn(web::serve(listener, page, page_stop.clone()));
    let losses = tokio::spawn(telemetry.watch_losses(metrics.clone(), page_stop.clone()));
    let worked = watched_work(given, hangups, &metrics, &phase, &cancel).await;
    page_stop.cancel();
    let over_at = worked.as_ref().map_or_else(|_| Instant::now() + FAREWELL, |over_at| *over_at);
    match timeout_at(over_at, page).await {
        Ok(Ok(Ok(()))) => {}
        Ok(Ok(Err(error))) => tracing::error!(%error, "the status page ended"),
        Ok(Err(error)) => tracing::error!(%error, "the status page ended by a fault of adsync"),
        Err(_) => tracing::warn!("requests to the status page were still open at the end of daemon.shutdown_grace"),
    }
    losses.await.ok();
    if worked.is_ok() {
        tracing::info!("the daemon stopped");
    }
    worked.map(drop)
}

fn unbound(listen: SocketAddr, error: &io::Error) -> String {
    let who = match error.kind() {
        io::ErrorKind::AddrInUse => ": another program listens there, perhaps a second adsync",
        _ => "",
    };
    format!("web.listen {listen} cannot be bound: {error}{who}")
}

/// Works with somebody beside who tells where the database is away for long, also before it was ever reached.
async fn watched_work(
    given: Given,
    hangups: Signal,
    metrics: &Metrics,
    phase: &watch::Sender<Phase>,
    cancel: &CancellationToken,
) -> Result<Instant, Error> {
    let settings = &given.loaded.settings;
    let away = Away::new(&settings.alerts, &settings.daemon.instance).map_err(untellable)?;
    let (away, stop) = (Arc::new(away), CancellationToken::new());
    let watch = tokio::spawn({
        let (away, stop) = (Arc::clone(&away), stop.clone());
        async move { away.watch(&stop).await }
    });
    let worked = Box::pin(work(given, hangups, metrics, phase, away, cancel)).await;
    stop.cancel();
    watch.await.ok();
    worked
}

fn untellable(error: String) -> Error {
    Error::Process(format!("the way to the receivers of alerts cannot be built: {error}"))
}

/// Waits for the database, then keeps the schedules until `cancel`. Tells until when the process has to be gone.
async fn work(
    given: Given,
    hangups: Signal,
    metrics: &Metrics,
    phase: &watch::Sender<Phase>,
    away: Arc<Away>,
    cancel: &CancellationToken,
) -> Result<Instant, Error> {
    let settings = &given.loaded.settings;
    let reached = tokio::select! {
        () = cancel.cancelled() => return Ok(Instant::now() + FAREWELL.min(settings.daemon.shutdown_grace)),
        reached = reach_database(settings, phase, &away) => reached,
    };
    let (db, types) = reached?;
    metrics.schema_version(schema::VERSION);
    let engine = super::engine_on(db.clone(), types, settings)?;
    phase.send_replace(Phase::Waiting("reading what earlier processes learned of Meta's budgets".to_owned()));
    let recalled = tokio::select! {
        () = cancel.cancelled() => return Ok(Instant::now() + FAREWELL.min(settings.daemon.shutdown_grace)),
        recalled = engine.recall(Utc::now()) => recalled,
    };
    if let Err(error) = recalled {
        tracing::warn!(%error, "what earlier processes learned of meta's budgets could not be read");
    }
    let (ticker, beats) =
        Ticker::start().map_err(|error| Error::Process(format!("the scheduler cannot start: {error}")))?;
    let heartbeat = Heartbeat::start(db.clone(), engine.worker.clone());
    let (orders, in_force) = watch::channel(Arc::new(super::orders(engine, settings)));
    let (asked, errands) = mpsc::channel(ERRANDS);
    let (deaths, pulse) = (Deaths::default(), Pulse::starting(Utc::now()));
    let (upkeep, census, recount) = Upkeep::new(in_force.clone(), metrics.clone(), pulse.clone());
    let kept_up = upkeep.run(heartbeat.watched(), deaths.clone(), cancel.clone());
    let upkeep = part("upkeep", join(kept_up, rehearse(in_force.clone(), cancel.clone())));
    let (notifier, inbox) =
        Notifier::new(in_force.clone(), &settings.alerts, census.clone(), away).map_err(untellable)?;
    let told = CancellationToken::new();
    let notifier = part("notifier", notifier.run(pulse.clone(), told.clone()));
    let runner = Runner {
        orders: in_force.clone(),
        census: census.clone(),
        heartbeat,
        pulse: pulse.clone(),
        deaths,
        metrics: metrics.clone(),
        inbox,
    };
    let (older, lacking) = Older::new(in_force.clone(), census.clone());
    part("look at older days", older.run(cancel.clone()));
    let desk = Desk { orders: in_force, census, recount, errands: asked };
    let (standing, stands) = watch::channel(Standing::default());
    phase.send_replace(Phase::Up(Arc::new(Up::new(desk, settings, pulse, stands, lacking))));
    if let Some(watched) = given.watched {
        let reload = Reload { start: given.loaded, watched, orders, standing, metrics: metrics.clone() };
        part("watch over its configuration", reload.run(hangups, cancel.clone()));
    }
    let over_at = runner.run(beats, errands, cancel.clone()).await;
    phase.send_replace(Phase::Waiting("the daemon is stopping".to_owned()));
    ticker.stop().await;
    // After the last run, so that what it met is told, too.
    told.cancel();
    if timeout_at(over_at, notifier).await.is_err() {
        tracing::warn!("not all could be told before the end of daemon.shutdown_grace");
    }
    upkeep.await.ok();
    timeout_at(over_at, db.close()).await.ok();
    Ok(over_at)
}

/// Does a part of the daemon's work as a task. Where a fault of adsync ends it, that is told at once: the rest goes on.
fn part<T: Send + 'static>(name: &'static str, work: impl Future<Output = T> + Send + 'static) -> JoinHandle<()> {
    let work = AbortOnDropHandle::new(tokio::spawn(work));
    tokio::spawn(async move {
        if let Err(error) = work.await {
            tracing::error!(%error, part = name, "a part of the daemon ended by a fault of adsync: restart it, and report this with the log");
        }
    })
}

/// Connects and makes the schema current, for as long as waiting may help. Says why it waits once per reason.
async fn reach_database(settings: &Settings, phase: &watch::Sender<Phase>, away: &Away) -> Result<(Db, Types), Error> {
    let mut told = None;
    let mut pause = PAUSES.0;
    loop {
        let reached = async {
            let db = Db::connect(&settings.database).await?;
            let types = super::prepare(&db, settings).await?;
            Ok::<_, Error>((db, types))
        };
        let error = match reached.await {
            Ok(reached) => return Ok(reached),
            Err(error) if error.may_pass() => error,
            Err(error) => return Err(error),
        };
        let reason = error.to_string();
        away.note(&reason, error.advice(), Utc::now());
        if told.as_ref() != Some(&reason) {
            tracing::warn!(error = reason, advice = error.advice(), "waiting for the database");
            phase.send_replace(Phase::Waiting(format!("waiting for the database: {reason}")));
            told = Some(reason);
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSES.1);
    }
}
