//! A simulator, a database and a port: what a daemon under test stands between.

use std::time::{Duration, Instant};

use graph_sim::{Clock, SettingsChange, Sim, WorldSpec};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::binary::{Binary, Running};
use crate::support::database::Database;
use crate::support::free_port;

/// A tick every second of the schedule `recent`, and no other.
pub(crate) const EVERY_SECOND: &str =
    "[schedules.recent]\ncron = \"* * * * * *\"\n[schedules.settled]\nenabled = false\n";

/// What a daemon under test stands between.
pub(crate) struct Stage {
    pub(crate) sim: Sim,
    pub(crate) db: Database,
    port: u16,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::of(WorldSpec::small()).await
    }

    /// A stage for other accounts; the world's clock is the machine's.
    pub(crate) async fn of(spec: WorldSpec) -> Self {
        Self::at(spec, Clock::System).await
    }

    /// A stage whose world has another clock.
    pub(crate) async fn at(spec: WorldSpec, clock: Clock) -> Self {
        let sim = Sim::start(spec.clock(clock).build()).await.unwrap();
        Self { sim, db: Database::create().await, port: free_port() }
    }

    /// `adsync` with these arguments and this `default.toml`.
    pub(crate) fn adsync(&self, arguments: &[&str], config: &str) -> Binary {
        Binary::adsync(arguments)
            .config("default.toml", config)
            .env("META_ACCESS_TOKEN", self.sim.token())
            .env("DATABASE_URL", self.db.url())
            .env("ADSYNC__META__BASE_URL", self.sim.url())
            .env("ADSYNC__META__ACCOUNTS", "act_1029384756102938")
            .env("ADSYNC__LOG__DIRECTORY", "")
            .env("ADSYNC__WEB__LISTEN", format!("127.0.0.1:{}", self.port))
    }

    /// Where the daemon's pages are.
    pub(crate) fn origin(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// Starts the daemon.
    pub(crate) fn daemon(&self, config: &str) -> Running {
        self.adsync(&["run"], config).start()
    }

    /// Makes every call to Meta take so long.
    pub(crate) fn latency(&self, milliseconds: u64) {
        self.sim.set(SettingsChange { latency_ms: Some(milliseconds), ..SettingsChange::default() });
    }

    /// Asks the daemon for a path: the status and the answer.
    pub(crate) async fn get(&self, path: &str) -> std::io::Result<(u16, String)> {
        self.ask(&format!("GET {path} HTTP/1.1\r\n"), "").await
    }

    /// Sends the daemon something to do, as whoever knows the token.
    pub(crate) async fn post(&self, path: &str, token: &str, body: &str) -> (u16, String) {
        let head =
            format!("POST {path} HTTP/1.1\r\nauthorization: Bearer {token}\r\ncontent-length: {}\r\n", body.len());
        self.ask(&head, body).await.unwrap()
    }

    /// The same with any method; without a token where that is empty.
    pub(crate) async fn says(&self, method: &str, path: &str, token: &str, body: &str) -> (u16, String) {
        let shown = if token.is_empty() { String::new() } else { format!("authorization: Bearer {token}\r\n") };
        let head = format!("{method} {path} HTTP/1.1\r\n{shown}content-length: {}\r\n", body.len());
        self.ask(&head, body).await.unwrap()
    }

    /// The port that the daemon listens on.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Asks for a path as a browser does: the size of the answer as it travels, packed.
    pub(crate) async fn packed_size(&self, path: &str) -> usize {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: localhost\r\naccept-encoding: gzip\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let head = String::from_utf8_lossy(answer.get(..800).unwrap_or(&answer)).to_lowercase();
        assert!(head.starts_with("http/1.1 200") && head.contains("content-encoding: gzip"), "{head}");
        answer.len()
    }

    async fn ask(&self, head: &str, body: &str) -> std::io::Result<(u16, String)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
        let request = format!("{head}host: localhost\r\nconnection: close\r\n\r\n{body}");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        Ok((status.unwrap_or_else(|| panic!("no status: {head}")), body.to_owned()))
    }

    /// Waits until a path answers with a status and a text.
    pub(crate) async fn answers(&self, path: &str, status: u16, text: &str) -> String {
        let patience = Instant::now() + Duration::from_secs(60);
        loop {
            let answer = self.get(path).await;
            match answer {
                Ok((given, body)) if given == status && body.contains(text) => return body,
                other => assert!(Instant::now() < patience, "{path} never answered {status} {text}: {other:?}"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Fails where, of a schedule with a tick every second, a tick between the first and the last has no row or two.
    pub(crate) async fn every_tick_has_its_row_once(&self) {
        // A skipped row begins at its first tick and is due at its last.
        let gaps = "with rows as (
              select case status when 'skipped' then started_at else due_at end as first, due_at as last,
                     coalesce(ticks, 1) as ticks
              from sync_runs where due_at is not null)
            select extract(epoch from max(last) - min(first))::int + 1 - sum(ticks), count(*) - count(distinct last),
                   sum(ticks - extract(epoch from last - first)::int - 1) from rows";
        assert_eq!(self.db.query_text(gaps).await, [["0", "0", "0"]]);
    }

    /// Fails where a run, a step or a lease is left as if somebody worked on it.
    pub(crate) async fn nothing_is_left_running(&self) {
        for sql in [
            "select id::text, status from sync_runs where status = 'running'",
            "select step, status from sync_run_steps where status = 'running'",
            "select account_id, report from sync_leases",
        ] {
            assert_eq!(self.db.query_text(sql).await, [[""; 2]; 0], "{sql}");
        }
    }
}
