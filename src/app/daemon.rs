//! The daemon put together: the page first, then the database for as long as it takes, then the work, and the way down.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::config::Settings;
use crate::daemon::{Deaths, Heartbeat, Orders, Pulse, Runner, Upkeep};
use crate::metrics::Metrics;
use crate::schedule::Ticker;
use crate::store::Db;
use crate::store::migrate::Types;
use crate::telemetry::Telemetry;
use crate::web;

use super::Error;
use super::page::{Phase, Up};

/// The pauses between attempts at a database that is not there.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));
/// How long the page may take to end where nothing else has to.
const FAREWELL: Duration = Duration::from_secs(5);
/// Runs by hand that may wait for the runner to hear of them.
const ERRANDS: usize = 8;

/// Runs the daemon until `cancel`. Fails only before it began: where the configuration or the machine forbid it.
pub async fn daemon(settings: Settings, telemetry: &Telemetry, cancel: CancellationToken) -> Result<(), Error> {
    let listen = settings.web.listen;
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| Error::Process(format!("web.listen {listen} cannot be bound: {error}")))?;
    tracing::info!(%listen, version = env!("CARGO_PKG_VERSION"), "the status page is served");
    let metrics = Metrics::new();
    let (phase, watched) = watch::channel(Phase::Waiting("the daemon has just started".to_owned()));
    // The page lives longer than the work: a stop that takes its time can be watched.
    let page_stop = CancellationToken::new();
    let page = super::page::state(&settings, watched, metrics.clone());
    let page = tokio::spawn(web::serve(listener, page, page_stop.clone()));
    let losses = tokio::spawn(telemetry.watch_losses(metrics.clone(), page_stop.clone()));
    let worked = work(&settings, &metrics, &phase, &cancel).await;
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

/// Waits for the database, then keeps the schedules until `cancel`. Tells until when the process has to be gone.
async fn work(
    settings: &Settings,
    metrics: &Metrics,
    phase: &watch::Sender<Phase>,
    cancel: &CancellationToken,
) -> Result<Instant, Error> {
    let reached = tokio::select! {
        () = cancel.cancelled() => return Ok(Instant::now() + FAREWELL.min(settings.daemon.shutdown_grace)),
        reached = reach_database(settings, phase) => reached,
    };
    let (db, types) = reached?;
    let engine = Arc::new(super::engine_on(db.clone(), types, settings)?);
    if let Err(error) = engine.recall(Utc::now()).await {
        tracing::warn!(%error, "what earlier processes learned of meta's budgets could not be read");
    }
    let (ticker, beats) =
        Ticker::start().map_err(|error| Error::Process(format!("the scheduler cannot start: {error}")))?;
    let heartbeat = Heartbeat::start(db.clone(), engine.worker.clone());
    let first = Orders { engine, settings: settings.daemon.clone(), schedules: settings.schedules.clone().into() };
    let (_orders, in_force) = watch::channel(Arc::new(first));
    let (_errands, errands) = mpsc::channel(ERRANDS);
    let (deaths, pulse) = (Deaths::default(), Pulse::starting(Utc::now()));
    let (upkeep, census) =
        Upkeep::new(in_force.clone(), metrics.clone(), heartbeat.watched(), deaths.clone(), pulse.clone());
    let upkeep = tokio::spawn(upkeep.run(cancel.clone()));
    let runner = Runner {
        orders: in_force.clone(),
        census: census.clone(),
        heartbeat,
        pulse: pulse.clone(),
        deaths,
        metrics: metrics.clone(),
    };
    phase.send_replace(Phase::Up(Arc::new(Up::new(in_force, settings, census, pulse))));
    let over_at = runner.run(beats, errands, cancel.clone()).await;
    phase.send_replace(Phase::Waiting("the daemon is stopping".to_owned()));
    ticker.stop().await;
    if let Err(error) = upkeep.await {
        tracing::error!(%error, "the daemon's upkeep ended by a fault of adsync");
    }
    timeout_at(over_at, db.close()).await.ok();
    Ok(over_at)
}

/// Connects and makes the schema current, for as long as waiting may help. Says why it waits once per reason.
async fn reach_database(settings: &Settings, phase: &watch::Sender<Phase>) -> Result<(Db, Types), Error> {
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
        if told.as_ref() != Some(&reason) {
            tracing::warn!(error = reason, advice = error.advice(), "waiting for the database");
            phase.send_replace(Phase::Waiting(format!("waiting for the database: {reason}")));
            told = Some(reason);
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSES.1);
    }
}
