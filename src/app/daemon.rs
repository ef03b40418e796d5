//! The daemon put together: the page first, then the database for as long as it takes, then the work, and the way down.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::alert::Away;
use crate::config::Settings;
use crate::daemon::{Heartbeat, Notifier, Pulse, Runner, Upkeep};
use crate::metrics::Metrics;
use crate::schedule::Ticker;
use crate::store::migrate::Types;
use crate::store::{Db, schema};
use crate::sync::engine::Clock;
use crate::telemetry::Telemetry;
use crate::web;

use super::Error;
use super::page::{Phase, Up};

/// The pauses between attempts at a database that is not there.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));
/// How long connections may take to close in good order.
const FAREWELL: Duration = Duration::from_secs(5);

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
    let worked = watched_work(&settings, &metrics, &phase, &cancel).await;
    page_stop.cancel();
    match page.await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(%error, "the status page ended"),
        Err(error) => tracing::error!(%error, "the status page ended by a fault of adsync"),
    }
    losses.await.ok();
    if worked.is_ok() {
        tracing::info!("the daemon stopped");
    }
    worked
}

/// Works with somebody beside who tells where the database is away for long, also before it was ever reached.
async fn watched_work(
    settings: &Settings,
    metrics: &Metrics,
    phase: &watch::Sender<Phase>,
    cancel: &CancellationToken,
) -> Result<(), Error> {
    let away = Away::new(&settings.alerts, &settings.daemon.instance).map_err(untellable)?;
    let (away, stop) = (Arc::new(away), CancellationToken::new());
    let watch = tokio::spawn({
        let (away, stop) = (Arc::clone(&away), stop.clone());
        async move { away.watch(&stop).await }
    });
    let worked = work(settings, metrics, phase, away, cancel).await;
    stop.cancel();
    watch.await.ok();
    worked
}

fn untellable(error: String) -> Error {
    Error::Process(format!("the way to the receivers of alerts cannot be built: {error}"))
}

/// Waits for the database, then keeps the schedules until `cancel`.
async fn work(
    settings: &Settings,
    metrics: &Metrics,
    phase: &watch::Sender<Phase>,
    away: Arc<Away>,
    cancel: &CancellationToken,
) -> Result<(), Error> {
    let reached = tokio::select! {
        () = cancel.cancelled() => return Ok(()),
        reached = reach_database(settings, phase, &away) => reached,
    };
    let (db, types) = reached?;
    metrics.schema_version(schema::VERSION);
    let engine = Arc::new(super::engine_on(db.clone(), types, settings)?);
    if let Err(error) = engine.recall(Utc::now()).await {
        tracing::warn!(%error, "what earlier processes learned of meta's budgets could not be read");
    }
    let (ticker, beats) =
        Ticker::start().map_err(|error| Error::Process(format!("the scheduler cannot start: {error}")))?;
    let heartbeat = Heartbeat::start(db.clone(), engine.worker.clone());
    let (upkeep, census) =
        Upkeep::new(Arc::clone(&engine), settings.daemon.clone(), metrics.clone(), heartbeat.watched());
    let upkeep = tokio::spawn(upkeep.run(Clock::starting(Utc::now()), cancel.clone()));
    let schedules = settings.schedules.iter().filter(|schedule| schedule.enabled);
    let schedules = schedules.map(|schedule| schedule.name.clone()).collect();
    let (notifier, inbox) =
        Notifier::new(Arc::clone(&engine), settings.alerts.clone(), schedules, census.clone(), away)
            .map_err(untellable)?;
    let told = CancellationToken::new();
    let notifier = tokio::spawn(notifier.run(Clock::starting(Utc::now()), told.clone()));
    let pulse = Pulse::default();
    let runner = Runner {
        engine: Arc::clone(&engine),
        settings: settings.daemon.clone(),
        schedules: settings.schedules.clone().into(),
        census: census.clone(),
        heartbeat,
        pulse: pulse.clone(),
        metrics: metrics.clone(),
        inbox,
    };
    phase.send_replace(Phase::Up(Arc::new(Up::new(engine, settings, census, pulse))));
    runner.run(beats, cancel.clone()).await;
    phase.send_replace(Phase::Waiting("the daemon is stopping".to_owned()));
    ticker.stop().await;
    // After the last run, so that what it met is told, too.
    told.cancel();
    if let Err(error) = notifier.await {
        tracing::error!(%error, "the daemon's notifier ended by a fault of adsync");
    }
    if let Err(error) = upkeep.await {
        tracing::error!(%error, "the daemon's upkeep ended by a fault of adsync");
    }
    tokio::time::timeout(FAREWELL, db.close()).await.ok();
    Ok(())
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
