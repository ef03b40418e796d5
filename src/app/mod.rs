//! Builds everything that the commands work with: the only file that knows all rooms.

mod daemon;
mod desk;
mod detail;
mod older;
mod page;
mod reload;
mod status;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::config::Settings;
use crate::daemon::{Heartbeat, Orders};
use crate::meta::Client;
use crate::store::migrate::{self, Types};
use crate::store::{Class, Db, Worker};
use crate::sync::preview;
use crate::sync::tables::{Tables, definitions};
use crate::sync::{Engine, Progress, Request, RunReport};
use crate::{meta, store, sync};

pub use daemon::{Given, daemon};
pub use reload::Watched;

/// Why the process cannot do its work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// Meta cannot be used.
    #[error(transparent)]
    Meta(#[from] meta::Error),
    /// The process cannot hear signals or bind its address.
    #[error("{0}")]
    Process(String),
}

impl Error {
    /// What a person should do, in one sentence.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Store(error) => error.advice(),
            Self::Meta(error) => error.class.advice(),
            Self::Process(_) => "Look at the machine's limits and at web.listen.",
        }
    }

    /// Whether the configuration is what is wrong, rather than the world.
    pub fn is_configuration(&self) -> bool {
        matches!(self, Self::Store(error) if error.class == Class::Refused)
    }

    /// Whether waiting may help: a daemon then waits, so that nothing restarts it over and over.
    pub fn may_pass(&self) -> bool {
        let Self::Store(error) = self else { return false };
        // A pooler refuses a new password for minutes, a database may be made after its server, and an address be allowed.
        error.class.is_retried() || matches!(error.class, Class::NoDatabase | Class::Login | Class::Address)
    }
}

/// Connects to the database. A server that is just starting is asked a few times.
pub async fn connect(settings: &Settings) -> Result<Db, Error> {
    let began = Instant::now();
    let mut pause = Duration::from_millis(300);
    let mut is_told = false;
    loop {
        match Db::connect(&settings.database).await {
            // One that is full lets others in when somebody leaves; one that cannot be reached had better be told soon.
            Err(error) if error.class == Class::Busy && began.elapsed() < Duration::from_secs(60) => {
                if !is_told {
                    tracing::warn!(%error, "waiting for a connection to the database");
                    is_told = true;
                }
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(3));
            }
            Err(error) if error.class == Class::Unavailable && pause.as_secs() < 3 => {
                tracing::debug!(%error, "the database is tried again");
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
            connected => return Ok(connected?),
        }
    }
}

/// Makes the schema current, or says why it may not be.
pub async fn prepare(db: &Db, settings: &Settings) -> Result<Types, Error> {
    let tables = definitions(&settings.sync.reports);
    let mut pause = Duration::from_millis(200);
    loop {
        match migrate::prepare(db, &settings.database, &tables).await {
            // Each of its steps lasts by itself: what a broken connection cut off goes on where it was. Others that are in
            // the way have had their time.
            Err(error) if error.class.is_retried() && error.class != Class::Conflict && pause.as_secs() < 2 => {
                tracing::warn!(%error, "the schema is looked at again");
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
            prepared => return Ok(prepared?),
        }
    }
}

/// Connects, makes the schema current, and builds what runs work with.
pub async fn engine(settings: &Settings) -> Result<Engine, Error> {
    let db = connect(settings).await?;
    let types = prepare(&db, settings).await?;
    let engine = engine_on(db, types, settings)?;
    engine.recall(Utc::now()).await?;
    Ok(engine)
}

/// Connects and builds what it takes to look at what a run would do. Nothing is written, not even the schema.
pub async fn onlooker(settings: &Settings) -> Result<Engine, Error> {
    let engine = engine_on(connect(settings).await?, Types::default(), settings)?;
    preview::known(engine.recall(Utc::now()).await)?;
    Ok(engine)
}

/// Builds what runs work with on a database that is ready.
pub fn engine_on(db: Db, types: Types, settings: &Settings) -> Result<Engine, Error> {
    Ok(Engine {
        client: Client::new(settings.meta.clone())?,
        tables: Box::new(Tables::new(&db, &settings.sync.reports, types, settings.database.touch_last_synced)),
        db,
        settings: settings.sync.clone(),
        instance: settings.daemon.instance.clone(),
        worker: Worker::here(),
        grants: Default::default(),
        size_limit: settings.database.size_limit,
    })
}

/// Builds what runs work with under other settings, on the same database and with all that the process learned.
async fn engine_after(before: &Engine, types: Types, settings: &Settings) -> Result<Engine, Error> {
    let engine = Engine {
        client: before.client.under(settings.meta.clone())?,
        worker: before.worker.clone(),
        ..engine_on(before.db.clone(), types, settings)?
    };
    engine.recall_grants().await?;
    Ok(engine)
}

/// What the daemon is told by its settings.
fn orders(engine: Engine, settings: &Settings) -> Orders {
    Orders {
        engine: Arc::new(engine),
        settings: settings.daemon.clone(),
        stale_after: settings.alerts.stale_after,
        schedules: settings.schedules.clone().into(),
    }
}

/// Does one run for a command: with a heartbeat, after clearing away what dead processes left.
pub async fn run_once(
    engine: &Engine,
    request: Request,
    now: DateTime<Utc>,
    cancel: &CancellationToken,
    progress: &Arc<Progress>,
) -> Result<Option<RunReport>, Error> {
    store::runs::abandon_dead(&engine.db, &[]).await?;
    let heartbeat = Heartbeat::start(engine.db.clone(), engine.worker.clone());
    let stop = cancel.child_token();
    heartbeat.watch(request.id, stop.clone());
    let report = sync::run(engine, request, now, &stop, progress).await;
    heartbeat.stop().await;
    Ok(report?)
}
