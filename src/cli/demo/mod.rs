//! `adsync demo`: the main job with nothing to set up, against a simulated Meta, on a PostgreSQL of its own.

mod watch;
mod words;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use chrono::{Days, Utc};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::app::{self, Given};
use crate::demo::server::{self, DataDir};
use crate::demo::{Error, Stage};
use crate::shutdown::Shutdown;
use crate::sync::report::{RunReport, Status};
use crate::sync::{Engine, Progress, Request, Sweeps, Window, Work};
use crate::telemetry::Telemetry;

use super::Failed;
use super::output::{complain, say};
use super::progress::Display;
use watch::Watch;

/// Days of history that the demo loads first.
const HISTORY_DAYS: u64 = 90;

/// Where the page is looked for first.
const USUAL_PORT: u16 = 8080;

/// Arguments of `demo`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  adsync demo                           until ctrl-c; nothing is left behind
  adsync demo --once                    load, sync once more, show what changed, end
  adsync demo --data ~/adsync-demo      keep the database and the account's history for the next start

It reads neither DATABASE_URL nor META_* nor the config folder: it can reach no real account and no real database.")]
pub(super) struct Args {
    /// Keep the data in this folder and go on there at the next start
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The status page's port; without it 8080, or a free one where that is taken
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..), conflicts_with = "once")]
    port: Option<u16>,
    /// Load, let the account move on once, sync that, and end
    #[arg(long)]
    once: bool,
}

pub(super) async fn demo(args: Args) -> Result<(), Failed> {
    let shutdown =
        Shutdown::listen().map_err(|error| app::Error::Process(format!("signals cannot be heard: {error}")))?;
    let stop = shutdown.token();
    let stage = tokio::select! {
        set_up = Box::pin(set_up(&args)) => Some(set_up?),
        () = stop.cancelled() => None,
    };
    let ended = match stage {
        None => Ok(()),
        Some((stage, programs)) => {
            let ended = Box::pin(show(&args, &stage, &programs, &stop)).await;
            if stop.is_cancelled() {
                complain("Stopping: the daemon, the simulator, the database.");
            }
            stage.stop().await;
            ended
        }
    };
    match shutdown.signal() {
        Some(signal) if args.once => return Err(Failed::Cancelled(signal)),
        // A person who has seen enough is no failure, as with the daemon.
        Some(_) => {}
        None => ended?,
    }
    say(match args.data {
        Some(_) => "The demo has ended; start it with the same --data and it goes on from here.",
        None => "The demo has ended and left nothing behind.",
    });
    Ok(())
}

/// Finds PostgreSQL, starts it, and starts the simulator.
async fn set_up(args: &Args) -> Result<(Stage, PathBuf), Failed> {
    let listen = free_address(args.port)?;
    complain(words::WHAT_IT_DOES);
    let data = args.data.clone().map_or(DataDir::Temporary, DataDir::Kept);
    let programs = server::find_programs(complain).await.map_err(|error| told(error.into()))?;
    complain(&format!("PostgreSQL is here: {}", programs.display()));
    let began = Instant::now();
    let stage = Stage::start(&programs, &data, listen).await.map_err(told)?;
    complain(&format!("A private server and the simulator are up after {:.1} s.", began.elapsed().as_secs_f64()));
    complain(&format!("The account: {}", stage.account()));
    Ok((stage, programs))
}

/// Loads the history, shows it, and goes on as the daemon does.
async fn show(args: &Args, stage: &Stage, programs: &Path, stop: &CancellationToken) -> Result<(), Failed> {
    let display = Display::choose(&stage.settings().log);
    let telemetry = Telemetry::init(display.log());
    let engine = app::engine(stage.settings()).await?;
    let shown = async {
        load(&engine, stage, &display, stop).await?;
        words::show_tables(&engine.db, stage.today()).await?;
        let mut watch = Watch::begin(&engine.db, stage).await?;
        watch.tick()?;
        if args.once {
            run(&engine, stage, &display, stop, Window::Lookback(watch::LOOKBACK_DAYS)).await?;
            watch.look().await?;
            return Ok(());
        }
        words::show_doors(stage, programs);
        let over = CancellationToken::new();
        let daemon = async {
            let ended =
                Box::pin(app::daemon(Given { loaded: stage.loaded(), watched: None }, &telemetry, stop.clone())).await;
            over.cancel();
            ended
        };
        let (ended, watched) = tokio::join!(daemon, watch.until(&over));
        ended?;
        watched
    };
    let ended = Box::pin(shown).await;
    engine.db.close().await;
    ended
}

/// Ninety days at once, then the last days up to now: what a newcomer would do with `backfill` and `sync`.
async fn load(engine: &Engine, stage: &Stage, display: &Display, stop: &CancellationToken) -> Result<(), Failed> {
    let today = stage.today();
    let since = today.checked_sub_days(Days::new(HISTORY_DAYS)).unwrap_or(today);
    let until = today.checked_sub_days(Days::new(1));
    complain(&format!("Loading {HISTORY_DAYS} days, since {since} ..."));
    let history = run(engine, stage, display, stop, Window::Dates { since, until }).await?;
    let recent = run(engine, stage, display, stop, Window::Lookback(watch::LOOKBACK_DAYS)).await?;
    words::show_load(&[history, recent].map(|report| (report.totals(), report.finished_at - report.started_at)));
    Ok(())
}

/// One run to its end, by the product's own engine. A run over given days is a backfill.
async fn run(
    engine: &Engine,
    stage: &Stage,
    display: &Display,
    stop: &CancellationToken,
    window: Window,
) -> Result<RunReport, Failed> {
    let request = Request {
        id: Uuid::now_v7(),
        schedule: None,
        trigger: if matches!(window, Window::Dates { .. }) { "backfill" } else { "manual" },
        due_at: None,
        accounts: engine.accounts(Utc::now(), stop).await?.accounts,
        found_by_all: false,
        reports: None,
        window,
        refresh: false,
        work: Work::Sync,
        sweeps: Sweeps::Nothing,
        deadline: None,
        is_asked: false,
        goes_on: None,
    };
    let progress = Arc::<Progress>::default();
    let watching = display.watch(Arc::clone(&progress), engine.client.clone());
    let ran = app::run_once(engine, request, Utc::now(), stop, &progress).await;
    watching.end().await;
    let Some(report) = ran? else { return Err(Failed::Told) };
    match (report.status, report.fault()) {
        (Status::Succeeded, _) => Ok(report),
        (_, Some(fault)) if !stop.is_cancelled() => {
            complain(&format!(
                "The simulated account {} was not synced: {}. {}",
                stage.account(),
                fault.message,
                fault.advice
            ));
            Err(Failed::Told)
        }
        _ => Err(Failed::Told),
    }
}

/// An address on loopback that is free.
fn free_address(wanted: Option<u16>) -> Result<SocketAddr, Failed> {
    let bind = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).and_then(|listener| listener.local_addr());
    match wanted {
        Some(port) => bind(port).map_err(|error| {
            Failed::Usage(format!("--port: {port} cannot be had ({error}); name another, or leave it out"))
        }),
        None => bind(USUAL_PORT)
            .or_else(|_| bind(0))
            .map_err(|error| app::Error::Process(format!("no port is free: {error}")).into()),
    }
}

/// Says why the stage cannot be set, with the causes.
fn told(error: Error) -> Failed {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    complain(&text);
    Failed::Told
}
