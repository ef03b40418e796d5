//! A world, the databases that it is loaded into, and the real binary between them.

use std::process::Stdio;
use std::time::Duration;

use chrono::Utc;
use graph_sim::{Sim, World, WorldSpec};
use secrecy::ExposeSecret;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};
use tokio::process::Command;

use super::Outcome;
use super::kept::Kept;
use super::meter::{Cost, Meter};
use super::server::Server;

/// A simulator without latency, behind what keeps its answers.
pub(crate) struct Scene {
    sim: Sim,
    kept: Kept,
    days: usize,
    /// Campaigns of the account.
    pub(crate) campaigns: usize,
    /// Ad sets of the account, each of which delivers on every day.
    pub(crate) adsets: usize,
}

/// A database of one round.
pub(crate) struct Database {
    url: String,
    name: String,
    admin: String,
}

impl Scene {
    /// A world of so many ad sets and days.
    pub(crate) async fn of(adsets: usize, days: usize) -> Outcome<Self> {
        let campaigns = (adsets / 10).max(1);
        let spec = WorldSpec { days: i32::try_from(days)?, delivery_permille: 1000, ..WorldSpec::large() };
        let world: World = spec.objects(campaigns, adsets, 1).now(Utc::now().timestamp()).build();
        let sim = Sim::start(world).await?;
        let kept = Kept::before(sim.url()).await?;
        Ok(Self { sim, kept, days, campaigns, adsets })
    }

    /// A load that is not measured: all answers are worked out then, and the server has its caches.
    pub(crate) async fn warm_up(&self, server: &Server) -> Outcome<()> {
        let database = self.database(server).await?;
        self.sync(&database, self.adsets * self.days, "inserted").await?;
        database.remove().await
    }

    /// An empty database with the tables.
    pub(crate) async fn database(&self, server: &Server) -> Outcome<Database> {
        let admin = server.url().expose_secret().to_owned();
        let name = format!("bench_{}", uuid::Uuid::now_v7().simple());
        let mut connection = PgConnection::connect(&admin).await?;
        connection.execute(AssertSqlSafe(format!("create database {name} template template0"))).await?;
        connection.close().await?;
        let mut url = url::Url::parse(&admin)?;
        url.set_path(&name);
        let database = Database { url: url.into(), name, admin };
        self.run(&database.url, &["migrate"]).await?;
        Ok(database)
    }

    /// Syncs everything. `rows` have to come to what `change` says.
    pub(crate) async fn sync(&self, database: &Database, rows: usize, change: &str) -> Outcome<Cost> {
        self.sync_over(database, &database.url, rows, change).await
    }

    /// The same over another way to the database.
    pub(crate) async fn sync_over(&self, database: &Database, url: &str, rows: usize, change: &str) -> Outcome<Cost> {
        let since = Utc::now().date_naive() - chrono::Days::new(u64::try_from(self.days)? + 1);
        let meter = Meter::start(&database.url, true).await?;
        let peak = self.run(url, &["sync", "--since", &since.to_string()]).await?;
        let cost = meter.stop(self.adsets * self.days, peak).await?;
        let sql = format!(
            "select rows_{change} from sync_run_steps where step = 'insights:adset' order by started_at desc limit 1"
        );
        let counted: i64 = database.connect().await?.fetch_one(AssertSqlSafe(sql)).await?.try_get(0)?;
        if usize::try_from(counted)? == rows {
            Ok(cost)
        } else {
            Err(format!("{counted} rows were {change}, not {rows}").into())
        }
    }

    /// Runs the binary to its end. Gives its peak memory in KB.
    async fn run(&self, url: &str, arguments: &[&str]) -> Outcome<u64> {
        let config = tempfile::tempdir()?;
        let told = config.path().join("stderr");
        let mut child = Command::new(env!("CARGO_BIN_EXE_adsync"))
            .args(arguments)
            .env_clear()
            // As the image and the unit of systemd have it.
            .env("MALLOC_MMAP_THRESHOLD_", "131072")
            .env("ADSYNC_CONFIG_DIR", config.path())
            .env("META_ACCESS_TOKEN", self.sim.token())
            .env("META_ACCOUNT_ID", graph_sim::ACCOUNT_ID.to_string())
            .env("DATABASE_URL", url)
            .env("ADSYNC__META__BASE_URL", self.kept.url())
            .env("ADSYNC__LOG__DIRECTORY", "")
            .env("ADSYNC__LOG__LEVEL", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&told)?)
            .kill_on_drop(true)
            .spawn()?;
        let status = format!("/proc/{}/status", child.id().unwrap_or_default());
        let mut peak = 0;
        let ended = loop {
            // The kernel keeps the peak for as long as the process lives.
            peak = peak.max(peak_of(&status).unwrap_or_default());
            match tokio::time::timeout(Duration::from_millis(5), child.wait()).await {
                Ok(ended) => break ended?,
                Err(_) => continue,
            }
        };
        if ended.success() {
            return Ok(peak);
        }
        Err(format!("adsync {} ended with {ended}:\n{}", arguments.join(" "), std::fs::read_to_string(&told)?).into())
    }
}

impl Database {
    /// The way to it.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// A connection of the bench itself.
    pub(crate) async fn connect(&self) -> Outcome<PgConnection> {
        Ok(PgConnection::connect(&self.url).await?)
    }

    /// Makes every tenth row differ from what Meta says. Returns how many they are.
    pub(crate) async fn change_a_tenth(&self) -> Outcome<usize> {
        let mut connection = self.connect().await?;
        let sql = "update adset_insights set clicks = clicks + 1 where hashtext(adset_id || date) % 10 = 0";
        let done = connection.execute(sql).await?;
        connection.execute("vacuum (analyze) adset_insights").await?;
        connection.close().await?;
        Ok(usize::try_from(done.rows_affected())?)
    }

    /// Drops it.
    pub(crate) async fn remove(self) -> Outcome<()> {
        let mut connection = PgConnection::connect(&self.admin).await?;
        connection.execute(AssertSqlSafe(format!("drop database {} with (force)", self.name))).await?;
        Ok(connection.close().await?)
    }
}

fn peak_of(status: &str) -> Option<u64> {
    let text = std::fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
