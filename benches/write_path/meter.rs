//! What something costs: wall time, CPU of client and server, WAL, peak memory.

use std::fs;
use std::time::{Duration, Instant};

use secrecy::ExposeSecret;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};

use super::Outcome;
use super::server::Server;

/// Ticks of a second in `/proc`: the same on every Linux that Rust runs on.
const TICKS: f64 = 100.0;
/// Settings of the study: what the server does by itself between two statements is not measured. Vacuum comes by hand,
/// between the measurements; until then the planner knows nothing of the tables, as on the first day of a real database.
const SETTINGS: [&str; 3] = ["max_wal_size = '4GB'", "checkpoint_timeout = '30min'", "autovacuum = off"];

/// What one piece of work cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    rows: usize,
    wall: Duration,
    client: f64,
    server: f64,
    /// Bytes of WAL.
    pub(crate) wal: u64,
    /// Peak memory of the client in KB, 0 where it was not looked at.
    pub(crate) peak: u64,
}

/// Looks at the clocks before and after a piece of work.
pub(crate) struct Meter {
    admin: PgConnection,
    postmaster: u32,
    began: Instant,
    server: f64,
    client: f64,
    wal: u64,
    of_children: bool,
}

impl Meter {
    /// Starts to measure. The client is whatever child of this process is awaited meanwhile, or this process itself.
    pub(crate) async fn start(url: &str, of_children: bool) -> Outcome<Self> {
        let mut admin = PgConnection::connect(url).await?;
        // Without it the first writes of every page would carry the whole page now and then.
        admin.execute("checkpoint").await?;
        let pid: i32 = admin.fetch_one("select pg_backend_pid()").await?.try_get(0)?;
        let postmaster = stat(u32::try_from(pid)?)?.parent;
        let wal = wal(&mut admin).await?;
        let (server, client) = (server_cpu(postmaster), client_cpu(of_children)?);
        Ok(Self { admin, postmaster, began: Instant::now(), server, client, wal, of_children })
    }

    /// What the work cost since then.
    pub(crate) async fn stop(mut self, rows: usize, peak: u64) -> Outcome<Cost> {
        let wall = self.began.elapsed();
        let cost = Cost {
            rows,
            wall,
            client: client_cpu(self.of_children)? - self.client,
            server: server_cpu(self.postmaster) - self.server,
            wal: wal(&mut self.admin).await? - self.wal,
            peak,
        };
        self.admin.close().await?;
        Ok(cost)
    }
}

impl Cost {
    /// CPU microseconds a row, of client and server.
    pub(crate) fn cpu_per_row(&self) -> f64 {
        (self.client + self.server) * 1e6 / self.rows as f64
    }

    /// Microseconds a row.
    pub(crate) fn wall_per_row(&self) -> f64 {
        self.wall.as_secs_f64() * 1e6 / self.rows as f64
    }

    /// Prints a line.
    pub(crate) fn show(&self, name: &str) {
        let per_row = |seconds: f64| seconds * 1e6 / self.rows as f64;
        let peak = if self.peak == 0 { "-".to_owned() } else { format!("{:.1}", self.peak as f64 / 1024.0) };
        println!(
            "{name:<18} {:>8.2} {:>9.0} {:>10.1} {:>10.1} {:>9.1} {:>11.1} {peak:>8}",
            self.wall.as_secs_f64(),
            self.rows as f64 / self.wall.as_secs_f64(),
            per_row(self.client),
            per_row(self.server),
            per_row(self.client + self.server),
            self.wal as f64 / self.rows as f64,
        );
    }
}

/// Prints what the columns of [`Cost::show`] are.
pub(crate) fn heading() {
    println!(
        "{:<18} {:>8} {:>9} {:>10} {:>10} {:>9} {:>11} {:>8}",
        "", "seconds", "rows/s", "client us", "server us", "both us", "WAL B/row", "peak MB"
    );
}

/// The value in the middle.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Gives the server the settings of the study.
pub(crate) async fn settle(server: &Server) -> Outcome<()> {
    let mut admin = PgConnection::connect(server.url().expose_secret()).await?;
    for setting in SETTINGS {
        admin.execute(AssertSqlSafe(format!("alter system set {setting}"))).await?;
    }
    admin.execute("select pg_reload_conf()").await?;
    Ok(admin.close().await?)
}

/// The machine and its state, in a line.
pub(crate) async fn machine(server: &Server) -> Outcome<String> {
    let mut admin = PgConnection::connect(server.url().expose_secret()).await?;
    let version: String = admin.fetch_one("show server_version").await?.try_get(0)?;
    let pages: String = admin.fetch_one("show full_page_writes").await?.try_get(0)?;
    admin.close().await?;
    let cores = std::thread::available_parallelism()?;
    let load = fs::read_to_string("/proc/loadavg")?;
    let load = load.split(' ').take(3).collect::<Vec<_>>().join(" ");
    Ok(format!(
        "{cores} cores, load {load} before; PostgreSQL {version}, full_page_writes {pages}, fsync on, autovacuum off"
    ))
}

async fn wal(admin: &mut PgConnection) -> Outcome<u64> {
    let row = admin.fetch_one("select (pg_current_wal_insert_lsn() - '0/0')::bigint").await?;
    Ok(u64::try_from(row.try_get::<i64, _>(0)?)?)
}

/// CPU seconds of the server: the postmaster, those of its children that ended, and those that live.
fn server_cpu(postmaster: u32) -> f64 {
    let Ok(entries) = fs::read_dir("/proc") else { return 0.0 };
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(|pid| stat(pid).ok().map(|stat| (pid, stat)))
        .map(|(pid, stat)| match pid {
            pid if pid == postmaster => stat.own + stat.children,
            _ if stat.parent == postmaster => stat.own,
            _ => 0.0,
        })
        .sum()
}

fn client_cpu(of_children: bool) -> Outcome<f64> {
    let stat = stat(std::process::id())?;
    Ok(if of_children { stat.children } else { stat.own })
}

struct Stat {
    parent: u32,
    own: f64,
    children: f64,
}

fn stat(pid: u32) -> Outcome<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name in parentheses may hold blanks.
    let (_, fields) = text.rsplit_once(')').ok_or("no process")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let seconds = |places: [usize; 2]| -> Outcome<f64> {
        let mut sum = 0.0;
        for place in places {
            sum += fields.get(place).ok_or("a short line")?.parse::<f64>()? / TICKS;
        }
        Ok(sum)
    };
    Ok(Stat {
        parent: fields.get(1).ok_or("a short line")?.parse()?,
        own: seconds([11, 12])?,
        children: seconds([13, 14])?,
    })
}
