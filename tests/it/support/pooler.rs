//! A real PgBouncer between the product and the server, on a port of its own.
//!
//! Whatever needs one stands under a module named `pooler`: where PgBouncer cannot be had, `tests/run` leaves these tests
//! out and says so, and nothing else does.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::str::FromStr;

use rustix::process::{Pid, Signal, geteuid, kill_process};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, Executor, PgConnection, Row};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::sync::OnceCell;

use super::{free_port, until};

/// The word that sends every test through a pooler.
const FOR_ALL: &str = "ADSYNC_TEST_POOLER";
/// Names the program; `tests/run` finds it once for all.
const PROGRAM: &str = "ADSYNC_TEST_PGBOUNCER";
const SCRIPT: &str = include_str!("../../programs.sh");

/// Each transaction on another connection than the one before it, as far as the pool has some.
pub(crate) const TRANSACTION: &str = "pool_mode = transaction\ndefault_pool_size = 4\nserver_round_robin = 1\n";
/// The same, and every connection is washed after every transaction.
pub(crate) const WASHED: &str = "pool_mode = transaction\ndefault_pool_size = 4\nserver_round_robin = 1\n\
     server_reset_query = DISCARD ALL\nserver_reset_query_always = 1\n";
/// A connection belongs to a client until it leaves, and there is one.
pub(crate) const ONE_SESSION: &str = "pool_mode = session\ndefault_pool_size = 1\n";

/// Ends the pooler when standard input ends, so that it outlives nobody, and leaves it alone after a line.
const KEEPER: &str = r#"
exec 3<&0
( if read -r _ <&3; then exit; fi; kill -9 $$ ) >/dev/null 2>&1 &
exec "$@" 3<&- </dev/null
"#;

/// One for all tests of this process.
static SHARED: OnceCell<Pooler> = OnceCell::const_new();

/// A PgBouncer at work. Dropped, it is killed.
pub(crate) struct Pooler {
    program: String,
    server: String,
    folder: TempDir,
    port: u16,
    running: Option<(Child, ChildStdin)>,
}

impl Pooler {
    /// Starts one in front of the server of this address, whose login reads the others' passwords.
    pub(crate) async fn start(server: &str, settings: &str) -> Self {
        let address = server.to_owned();
        let server = url::Url::parse(server).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let password = url::form_urlencoded::parse(format!("p={}", server.password().unwrap_or_default()).as_bytes())
            .into_owned()
            .next()
            .unwrap()
            .1;
        let users = folder.path().join("users.txt");
        std::fs::write(&users, format!("\"{}\" \"{password}\"\n", server.username())).unwrap();
        let port = free_port();
        let text = format!(
            "[databases]\n* = host={} port={} auth_user={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = scram-sha-256\nauth_file = {}\nadmin_users = {}\nmax_client_conn = 300\nserver_idle_timeout = 20\n\
             server_login_retry = 1\n{settings}",
            server.host_str().unwrap(),
            server.port().unwrap_or(5432),
            server.username(),
            users.display(),
            server.username(),
        );
        std::fs::write(folder.path().join("pgbouncer.ini"), text).unwrap();
        let mut pooler = Self { program: program(), server: address, folder, port, running: None };
        pooler.start_again().await;
        pooler
    }

    /// Starts it again, on its old port.
    pub(crate) async fn start_again(&mut self) {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", KEEPER, "sh", &self.program, "-q"]);
        if geteuid().is_root() {
            // It refuses to run as root.
            command.args(["-u", "nobody"]);
        }
        command.arg(self.folder.path().join("pgbouncer.ini")).stdin(Stdio::piped()).stdout(Stdio::null());
        let log = std::fs::File::create(self.folder.path().join("log")).unwrap();
        let mut child = command.stderr(log).spawn().unwrap();
        let lifeline = child.stdin.take().unwrap();
        self.running = Some((child, lifeline));
        let port = self.port;
        until("the pooler", async || TcpStream::connect(("127.0.0.1", port)).await.is_ok()).await;
    }

    /// Kills it: all connections through it break.
    pub(crate) fn kill(&mut self) {
        if let Some((mut child, mut lifeline)) = self.running.take() {
            // Both may fail only because the other side is gone already.
            lifeline.write_all(b"ended\n").ok();
            child.kill().ok();
            child.wait().ok();
        }
    }

    /// Kills it the moment it is called; [`Pooler::kill`] clears it away.
    pub(crate) fn killer(&self) -> impl FnOnce() + Send + use<> {
        let id = self.running.as_ref().unwrap().0.id();
        move || kill_process(Pid::from_raw(id.cast_signed()).unwrap(), Signal::KILL).unwrap()
    }

    /// How many clients wait for a connection.
    pub(crate) async fn waiting(&self) -> i64 {
        let mut url = url::Url::parse(&self.url(&self.server)).unwrap();
        url.set_path("pgbouncer");
        let mut console = client(url.as_str()).await;
        let pools = console.fetch_all(sqlx::raw_sql("show pools")).await.unwrap();
        console.close().await.unwrap();
        pools.iter().map(|pool| pool.get_unchecked::<i32, _>("cl_waiting")).map(i64::from).sum()
    }

    /// An address, through it.
    pub(crate) fn url(&self, url: &str) -> String {
        let mut url = url::Url::parse(url).unwrap();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(self.port)).unwrap();
        url.into()
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The pooler that all tests go through, where somebody wants that.
pub(crate) async fn for_all(server: &str) -> Option<&'static Pooler> {
    match std::env::var(FOR_ALL).as_deref() {
        Ok("" | "0") | Err(_) => None,
        Ok("washed") => Some(SHARED.get_or_init(|| Pooler::start(server, WASHED)).await),
        Ok(_) => Some(SHARED.get_or_init(|| Pooler::start(server, TRANSACTION)).await),
    }
}

/// A client of a pooler, which refuses what the library says at the start of its own accord.
pub(crate) async fn client(url: &str) -> PgConnection {
    let options = PgConnectOptions::from_str(url).unwrap().extra_float_digits(None).statement_cache_capacity(0);
    PgConnection::connect_with(&options).await.unwrap()
}

fn program() -> String {
    if let Ok(program) = std::env::var(PROGRAM) {
        return program;
    }
    let found =
        Command::new("bash").args(["-c", SCRIPT, "programs.sh", "pgbouncer"]).stdin(Stdio::null()).output().unwrap();
    assert!(
        found.status.success(),
        "PgBouncer is not here, so this test cannot tell anything; leave such tests out with `-- --skip pooler::`\n{}",
        String::from_utf8_lossy(&found.stderr)
    );
    String::from_utf8_lossy(&found.stdout).trim().to_owned()
}
