//! The simulator as a process: chooses a world, listens, prints where.
use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone as _};
use clap::{Parser, ValueEnum};
use graph_sim::{AccountSpec, Clock, DEFAULT_TOKEN, NOON, Settings, Sim, World, WorldSpec};
use std::error::Error;
use std::io::Write as _;
use std::net::SocketAddr;

/// Simulates the part of Meta's Graph API that adsync reads.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// World to serve.
    #[arg(long, value_enum, default_value = "small")]
    world: Kind,
    /// Seed that the world follows from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Milliseconds that every call takes at least.
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// Token that is accepted.
    #[arg(long, default_value = DEFAULT_TOKEN)]
    token: String,
    /// App secret; with it every call needs a proof.
    #[arg(long)]
    app_secret: Option<String>,
    /// Stops the clock at an RFC 3339 instant, or follows the machine's with `system`.
    #[arg(long, conflicts_with = "today")]
    now: Option<String>,
    /// Follows the machine's clock, moved by so many seconds.
    #[arg(long, conflicts_with_all = ["today", "now"], allow_negative_numbers = true)]
    moved_seconds: Option<i64>,
    /// Stops the clock at noon of a day in São Paulo.
    #[arg(long)]
    today: Option<NaiveDate>,
    /// Digits of an account; may be given several times (not for the demo).
    #[arg(long)]
    account: Vec<u64>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    Small,
    Medium,
    Large,
    Demo,
    /// By chance; the clock is its own unless one is named.
    Random,
    /// By chance, with names that hardly any program takes.
    Wild,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let clock = clock(&args)?;
    let mut settings = Settings { latency_ms: args.latency_ms, ..Settings::default() };
    settings.access.token.clone_from(&args.token);
    settings.access.requires_proof = args.app_secret.is_some();
    settings.access.app_secret.clone_from(&args.app_secret);
    let sim = Sim::start_on(args.listen, world(&args, clock), settings).await?;
    let mut out = std::io::stdout();
    writeln!(out, "{}", sim.url())?;
    out.flush()?;
    tokio::signal::ctrl_c().await?;
    Ok(())
}

fn world(args: &Args, clock: Clock) -> World {
    let spec = match args.world {
        Kind::Small => WorldSpec::small(),
        Kind::Medium => WorldSpec::medium(),
        Kind::Large => WorldSpec::large(),
        Kind::Demo => return World::demo(args.seed, clock),
        Kind::Random => return dated(World::random(args.seed), args, clock),
        Kind::Wild => return dated(World::wild(args.seed), args, clock),
    };
    let mut spec = spec.seed(args.seed).clock(clock);
    if !args.account.is_empty() {
        let named = |id: &u64| AccountSpec::new(*id, &format!("Account {id}"));
        spec.accounts = args.account.iter().map(named).collect();
    }
    spec.build()
}

fn dated(mut world: World, args: &Args, clock: Clock) -> World {
    if args.now.is_some() || args.today.is_some() || args.moved_seconds.is_some() {
        world.clock = clock;
    }
    world
}

fn clock(args: &Args) -> Result<Clock, Box<dyn Error>> {
    if let Some(today) = args.today {
        let noon = today.and_time(NaiveTime::from_hms_opt(12, 0, 0).unwrap_or_default());
        let noon = chrono_tz::America::Sao_Paulo.from_local_datetime(&noon).earliest();
        return Ok(Clock::Fixed(noon.ok_or("that day has no noon")?.timestamp()));
    }
    if let Some(seconds) = args.moved_seconds {
        return Ok(Clock::Moved(seconds));
    }
    Ok(match args.now.as_deref() {
        Some("system") => Clock::System,
        Some(text) => Clock::Fixed(DateTime::parse_from_rfc3339(text)?.timestamp()),
        // A demo lives in the present.
        None if matches!(args.world, Kind::Demo) => Clock::System,
        None => Clock::Fixed(NOON),
    })
}
