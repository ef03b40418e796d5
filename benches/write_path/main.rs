//! What a sync costs end to end: the real binary, a simulator of Meta without latency, a real PostgreSQL of its own.
//!
//! Prints rows, CPU microseconds and WAL bytes of a first load, of one that finds nothing changed and of one that finds a
//! tenth changed, beside two yardsticks on the same server: a bare `COPY` of the same rows into an equal table, and one
//! upsert a row. All of them in one run, one after the other and again, since machines are noisy: believe the ratios.
//!
//! ```text
//! cargo bench                                  100,000 rows, five rounds: a few minutes
//! cargo bench -- --rows 1000000 --rounds 2     beside it 1,000,000 rows of 20,000 ad sets
//! cargo bench -- --quick                       without the two minutes of single upserts at 5 ms
//! ```

#![expect(clippy::print_stdout, clippy::cast_precision_loss, reason = "figures for people")]

mod delay;
mod kept;
mod meter;
mod scene;
mod single;
#[path = "../../src/demo/server/mod.rs"]
#[expect(dead_code, unreachable_pub, unused_imports, reason = "the same file is public in the library, with its tests")]
mod server;
mod whole;

use std::error::Error;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use meter::{Cost, median};
use scene::Scene;
use server::{DataDir, Server, find_programs};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The rows of the smaller load.
const ROWS: usize = 100_000;
/// Days of every world: what differs between sizes is the account.
const DAYS: usize = 50;
/// Rows of the race against single upserts.
const FEW: usize = 20_000;
/// The round trip of that race.
const FAR: Duration = Duration::from_millis(5);

struct Asked {
    rows: Option<usize>,
    rounds: usize,
    is_quick: bool,
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let Some(asked) = asked()? else { return Ok(()) };
    let programs = find_programs(|line| println!("{line}")).await?;
    // A kept folder has the settings of a real server, where a temporary one writes no full pages. As root another user
    // must be able to enter it.
    let home = tempfile::Builder::new().permissions(Permissions::from_mode(0o755)).tempdir()?;
    let server = Server::start(&programs, &DataDir::Kept(home.path().join("server"))).await?;
    let measured = measure(&server, &asked).await;
    server.stop().await;
    measured
}

/// What the command line asks for; nothing where this is only a test whether benches build.
fn asked() -> Outcome<Option<Asked>> {
    let mut asked = Asked { rows: None, rounds: 5, is_quick: false };
    let (mut arguments, mut is_bench) = (std::env::args().skip(1), false);
    while let Some(argument) = arguments.next() {
        let mut number = || -> Outcome<usize> { Ok(arguments.next().ok_or("a number is missing")?.parse()?) };
        match argument.as_str() {
            "--bench" => is_bench = true,
            "--rows" => asked.rows = Some(number()?),
            "--rounds" => asked.rounds = number()?.max(1),
            "--quick" => asked.is_quick = true,
            other => return Err(format!("unknown argument {other}: --rows N, --rounds N, --quick").into()),
        }
    }
    Ok(is_bench.then_some(asked))
}

async fn measure(server: &Server, asked: &Asked) -> Outcome<()> {
    meter::settle(server).await?;
    println!("{}\n", meter::machine(server).await?);
    let small = load(server, ROWS, asked.rounds).await?;
    if let Some(rows) = asked.rows {
        let large = load(server, rows, asked.rounds).await?;
        let growth = (large.peak as f64 / small.peak as f64 - 1.0) * 100.0;
        println!("peak memory at {rows} rows beside {ROWS}: {growth:+.1} % (target: 10 at the most)\n");
    }
    race(server, asked).await
}

/// What the loads of one size came to.
struct Loads {
    peak: u64,
}

/// One size: loads and ceiling, round by round.
async fn load(server: &Server, rows: usize, rounds: usize) -> Outcome<Loads> {
    let scene = Scene::of(rows / DAYS, DAYS).await?;
    println!("{rows} rows: {} ad sets in {} campaigns, {DAYS} days", scene.adsets, scene.campaigns);
    scene.warm_up(server).await?;
    meter::heading();
    let mut ratios = Vec::new();
    let (mut walls, mut writes, mut peaks) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let database = scene.database(server).await?;
        let first = scene.sync(&database, rows, "inserted").await?;
        first.show("first load");
        // The machine may be twice as fast a few seconds later: what is compared stands side by side.
        let bare = whole::copy(&database).await?;
        bare.show("bare COPY");
        let same = scene.sync(&database, rows, "unchanged").await?;
        same.show("nothing changed");
        let changed = database.change_a_tenth().await?;
        let tenth = scene.sync(&database, changed, "updated").await?;
        tenth.show("a tenth changed");
        ratios.push(bare.cpu_per_row() / first.cpu_per_row() * 100.0);
        walls.push(bare.wall_per_row() / first.wall_per_row() * 100.0);
        writes.push(same.wal as f64 / first.wal as f64 * 100.0);
        peaks.extend([first.peak, same.peak, tenth.peak]);
        database.remove().await?;
    }
    let peak = peaks.into_iter().max().unwrap_or_default();
    println!(
        "first load beside the bare COPY, by CPU of client and server: {:.0} % (target: 45), by wall time: {:.0} %",
        median(&mut ratios),
        median(&mut walls)
    );
    println!("WAL where nothing changed, of the first load's: {:.2} % (target: under 2)", median(&mut writes));
    println!("peak memory of adsync: {:.1} MB (target: under 64)\n", peak as f64 / 1024.0);
    Ok(Loads { peak })
}

/// The same few rows, by a sync and by one upsert each, near and far.
async fn race(server: &Server, asked: &Asked) -> Outcome<()> {
    let scene = Scene::of(FEW / DAYS, DAYS).await?;
    println!("{FEW} rows: a whole sync against one upsert a row");
    scene.warm_up(server).await?;
    meter::heading();
    let mut near = Vec::new();
    for _ in 0..asked.rounds {
        let database = scene.database(server).await?;
        let sync = scene.sync(&database, FEW, "inserted").await?;
        sync.show("sync");
        let single = single::upserts(&database, database.url(), FEW).await?;
        single.show("one upsert a row");
        near.push(single.wall_per_row() / sync.wall_per_row());
        database.remove().await?;
    }
    println!("on loopback, by wall time: {:.1}-fold (target: 8)\n", median(&mut near));
    if asked.is_quick {
        return Ok(());
    }
    let database = scene.database(server).await?;
    let far = delay::before(database.url(), FAR)?;
    let trip = delay::round_trip(&far).await?;
    println!("the same at a round trip of {:.1} ms", trip.as_secs_f64() * 1000.0);
    let sync = scene.sync_over(&database, &far, FEW, "inserted").await?;
    sync.show("sync");
    let single: Cost = single::upserts(&database, &far, FEW).await?;
    single.show("one upsert a row");
    println!("by wall time: {:.1}-fold (target: 20)", single.wall_per_row() / sync.wall_per_row());
    database.remove().await
}
