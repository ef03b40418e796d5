//! A standby: a second server that repeats what a first one writes, a moment later, until it is promoted in its place.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;

use secrecy::ExposeSecret;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;

use super::database::Database;
use super::server::{DataDir, Server};
use super::stoppable::Stoppable;
use super::until;
use super::way::{Way, server_of};

/// The standby. Dropped, it stops.
pub(crate) struct Standby {
    server: Server,
    /// The way on which the first server's writes come.
    stream: Option<Way>,
    _home: TempDir,
}

impl Standby {
    /// Copies a server that runs, and starts the copy behind it.
    pub(crate) async fn of(primary: &Stoppable) -> Self {
        let home = tempfile::Builder::new().permissions(PermissionsExt::from_mode(0o755)).tempdir().unwrap();
        // Whoever may run the first server may run the second: neither runs as root.
        let owner = primary.data().metadata().unwrap();
        chown(home.path(), Some(owner.uid()), Some(owner.gid())).unwrap();
        let stream = Way::open(0, primary.server()).await;
        let kept = home.path().join("kept");
        let mut copy = std::process::Command::new(primary.programs().join("pg_basebackup"));
        copy.args(["--write-recovery-conf", "--checkpoint=fast", "--no-sync", "--dbname", &stream.url(primary.url())]);
        copy.arg("--pgdata").arg(kept.join("data")).current_dir("/").uid(owner.uid()).gid(owner.gid());
        let copied = tokio::process::Command::from(copy).kill_on_drop(true).output().await.unwrap();
        assert!(copied.status.success(), "{copied:?}");
        // The copy asks for the password of the first.
        std::fs::copy(primary.data().with_file_name("password"), kept.join("password")).unwrap();
        let server = Server::start(primary.programs(), &DataDir::Kept(kept)).await.unwrap();
        Self { server, stream: Some(stream), _home: home }
    }

    /// Where it is reached.
    pub(crate) fn server(&self) -> (String, u16) {
        server_of(self.server.url().expose_secret())
    }

    /// Waits until it has all that was written to the first server by now.
    pub(crate) async fn catches_up(&self, primary: &Database) {
        let written = primary.query_text("select pg_current_wal_flush_lsn()").await.remove(0).remove(0);
        let is_repeated = format!("select pg_last_wal_replay_lsn() >= '{written}'");
        until("the standby", async || self.is_so(&is_repeated).await).await;
    }

    /// Lets nothing more come from the first server, which does not wait for that.
    pub(crate) fn fall_behind(&mut self) {
        self.stream = None;
    }

    /// Makes it a server of its own, which takes rows, and waits until it is one.
    pub(crate) async fn promote(&self) {
        assert!(self.is_so("select pg_promote()").await);
    }

    async fn is_so(&self, question: &str) -> bool {
        let mut connection = PgConnection::connect(self.server.url().expose_secret()).await.unwrap();
        let answer = sqlx::query_scalar(AssertSqlSafe(question)).fetch_one(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        answer
    }

    /// Stops it, and waits until it has stopped.
    pub(crate) async fn stopped(self) {
        self.server.stop().await;
    }
}
