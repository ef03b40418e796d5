//! A database of its own for every test, on the server that `ADSYNC_TEST_DATABASE_URL` names or on a private one.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::{Duration, Instant};

use adsync::store::{self, Migrate, Settings, TouchLastSynced};
use secrecy::ExposeSecret;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row, ValueRef};
use tokio::sync::OnceCell;

use super::pooler::Pooler;
use super::server::{DataDir, Server, find_programs};

/// The longest that any one wait of a test takes; a busy machine stays far below it.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the sessions of the tests themselves are called.
const OWN_NAME: &str = "adsync_test";

/// Which rows of `pg_stat_activity` are sessions of adsync in this database, or those of its pooler. By who they are not: a
/// pooler that washes its sessions takes away the name that they began with.
pub(crate) const SESSIONS: &str =
    "datname = current_database() and backend_type = 'client backend' and application_name <> 'adsync_test'";

/// One server for all tests of this process, which its keeper stops when the process ends.
static PRIVATE: OnceCell<Server> = OnceCell::const_new();

/// An empty database that is dropped, with whoever is still connected, at the end of its test.
///
/// Dropping it blocks, and the server waits with it for every connection that is just being opened: of several that one
/// runtime works on side by side none may be dropped before all are done.
pub(crate) struct Database {
    url: String,
    direct_url: String,
    name: String,
    /// Who drops it. On a server of the test's own nobody does: it goes with its server.
    admin: Option<PgConnectOptions>,
    pool: PgPool,
}

impl Database {
    /// Creates a database with a name that no other has.
    pub(crate) async fn create() -> Self {
        let server = server_url().await;
        let pooler = super::pooler::for_all(&server).await;
        let mut db = Self::create_on(&server, pooler).await;
        db.admin = Some(PgConnectOptions::from_str(&server).unwrap());
        db
    }

    /// The same on a server of the test's own, and perhaps through a pooler.
    pub(crate) async fn create_on(server: &str, pooler: Option<&Pooler>) -> Self {
        let admin = PgConnectOptions::from_str(server).unwrap();
        let name = format!("adsync_test_{}", uuid::Uuid::now_v7().simple());
        // `template0` is never connected to, so that tests may create theirs side by side.
        execute(&admin, format!("create database {name} template template0")).await.unwrap();
        let mut url = url::Url::parse(server).unwrap();
        url.set_path(&name);
        let options = admin.clone().database(&name).application_name(OWN_NAME);
        let pool = PgPoolOptions::new().max_connections(4).connect_lazy_with(options);
        let direct_url: String = url.into();
        let url = pooler.map_or_else(|| direct_url.clone(), |pooler| pooler.url(&direct_url));
        Self { url, direct_url, name, admin: None, pool }
    }

    /// The database's address, as the product takes it in `DATABASE_URL`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// What the store is told to reach it.
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            instance: "adsync".to_owned(),
            url: Some(self.url.clone().into()),
            migrate_url: None,
            schema: "public".to_owned(),
            max_connections: 2,
            tls: None,
            tls_ca_file: None,
            pooler: store::Pooler::Transaction,
            migrate: Migrate::Auto,
            adopt: Vec::new(),
            grant_select_to: Vec::new(),
            touch_last_synced: TouchLastSynced::OnChange,
            store_raw: false,
            size_limit: None,
            table_names: BTreeMap::new(),
        }
    }

    /// The same, past any pooler.
    pub(crate) fn direct_url(&self) -> &str {
        &self.direct_url
    }

    /// Connections of the test itself, as the server's superuser.
    pub(crate) fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Runs statements that return nothing of interest.
    pub(crate) async fn execute(&self, sql: &str) {
        self.pool.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.unwrap();
    }

    /// Runs a query and gives every value as the server writes it, `NULL` for null.
    pub(crate) async fn query_text(&self, sql: &str) -> Vec<Vec<String>> {
        // The simple protocol sends text, whatever the type.
        let rows = self.pool.fetch_all(sqlx::raw_sql(AssertSqlSafe(sql))).await.unwrap();
        let text = |row: &sqlx::postgres::PgRow, column| {
            let value = row.try_get_raw(column).unwrap();
            if value.is_null() { "NULL".to_owned() } else { value.as_str().unwrap().to_owned() }
        };
        rows.iter().map(|row| (0..row.len()).map(|column| text(row, column)).collect()).collect()
    }
}

impl Database {
    /// Waits until a query gives rows, and gives them. For what another process writes: nobody tells when.
    pub(crate) async fn rows_of(&self, sql: &str) -> Vec<Vec<String>> {
        let patience = Instant::now() + PATIENCE;
        loop {
            // The tables themselves may be yet to come.
            if let Ok(rows) = self.pool.fetch_all(sqlx::raw_sql(AssertSqlSafe(sql))).await
                && !rows.is_empty()
            {
                return self.query_text(sql).await;
            }
            assert!(Instant::now() < patience, "no row came: {sql}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Some(admin) = self.admin.take() else { return };
        let sql = format!("drop database if exists {} with (force)", self.name);
        // Neither a test's own runtime nor a panicking thread can wait for this.
        let dropping = std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(execute(&admin, sql))
        });
        if let Ok(Err(error)) = dropping.join() {
            eprintln!("the database {} could not be dropped: {error}", self.name);
        }
    }
}

/// The address of the server that all tests share.
pub(crate) async fn server_url() -> String {
    if let Ok(url) = std::env::var("ADSYNC_TEST_DATABASE_URL") {
        return url;
    }
    let server = PRIVATE.get_or_init(|| async {
        let programs = find_programs(|line| eprintln!("{line}")).await.unwrap();
        Server::start(&programs, &DataDir::Temporary).await.unwrap()
    });
    server.await.url().expose_secret().to_owned()
}

async fn execute(options: &PgConnectOptions, sql: String) -> sqlx::Result<()> {
    let mut connection = PgConnection::connect_with(options).await?;
    connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await?;
    connection.close().await
}

#[tokio::test]
async fn every_test_has_a_database_of_its_own() {
    let (one, other) = (Database::create().await, Database::create().await);
    one.execute("create table t (a int, b text); insert into t values (1, null), (2, 'x')").await;
    assert_eq!(one.query_text("select * from t order by a").await, [["1", "NULL"], ["2", "x"]]);
    assert_eq!(other.query_text("select count(*) from pg_tables where tablename = 't'").await, [["0"]]);
    assert!(other.url().ends_with(&other.name));

    let name = one.name.clone();
    drop(one);
    let query = format!("select count(*) from pg_database where datname = '{name}'");
    assert_eq!(other.query_text(&query).await, [["0"]]);
    assert!(!other.pool().is_closed());
}
