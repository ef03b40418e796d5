//! The way to the database: a small pool that is safe behind every pooler.

use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPoolOptions, PgSslMode};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgPool, Postgres, Transaction};
use tokio::time::{sleep, timeout};

use super::error::{Class, Error};
use super::names::Names;
use super::{Pooler, Settings, Tls};

/// How every transaction begins, in one message: no state outlives it, so that it is safe behind a transaction pooler.
const BEGIN: &str = "begin; set local statement_timeout = '120s'; set local lock_timeout = '20s'; \
                     set local idle_in_transaction_session_timeout = '60s'";
/// The oldest server that adsync knows.
const OLDEST_SERVER: u32 = 150_000;
/// How often a transaction that met a passing fault is tried.
const ATTEMPTS: u32 = 5;

/// The way to the database and the names of our tables in it.
#[derive(Debug, Clone)]
pub struct Db {
    pool: PgPool,
    named_statements: bool,
    /// The names of our tables.
    pub names: Names,
}

/// A transaction: everything that has parameters runs in one.
pub type Tx = Transaction<'static, Postgres>;

impl Db {
    /// Connects, looks at the server's version, and opens the pool. Says why at once where that fails.
    pub async fn connect(settings: &Settings) -> Result<Self, Error> {
        Self::connect_as(settings, settings.url.as_ref()).await
    }

    /// Connects with the owner's login where one is configured: for DDL only.
    pub async fn connect_for_migration(settings: &Settings) -> Result<Self, Error> {
        Self::connect_as(settings, settings.migrate_url.as_ref().or(settings.url.as_ref())).await
    }

    async fn connect_as(settings: &Settings, url: Option<&SecretString>) -> Result<Self, Error> {
        let url = url.ok_or_else(|| Error::plain(Class::Login, "DATABASE_URL is not set"))?;
        let options = options(settings, url)?;
        // The pool would hide the reason behind a time-out: the first connection is made by hand.
        let first = timeout(Duration::from_secs(15), options.connect())
            .await
            .map_err(|_| Error::plain(Class::Unavailable, "the database did not answer within 15 seconds"))?;
        let mut first = first.map_err(|error| named(error.into(), &options))?;
        let version: String = sqlx::raw_sql("show server_version_num")
            .fetch_one(&mut first)
            .await
            .and_then(|row| sqlx::Row::try_get(&row, 0))
            .map_err(Error::from)?;
        if version.parse::<u32>().is_ok_and(|version| version < OLDEST_SERVER) {
            let message = format!("the database server is PostgreSQL {}; adsync needs 15 or newer", short(&version));
            return Err(Error::plain(Class::Schema, message));
        }
        first.close().await.ok();
        let pool = PgPoolOptions::new()
            .max_connections(settings.max_connections.max(1))
            .acquire_timeout(Duration::from_secs(90))
            .idle_timeout(Duration::from_secs(300))
            .max_lifetime(Duration::from_secs(3600))
            .connect_lazy_with(options);
        Ok(Self {
            pool,
            named_statements: settings.pooler == Pooler::None,
            names: Names::new(&settings.schema, &settings.table_names),
        })
    }

    /// Begins a transaction.
    pub async fn begin(&self) -> Result<Tx, Error> {
        Ok(self.pool.begin_with(BEGIN).await?)
    }

    /// A statement, unnamed where a pooler may hand its next message to another server.
    pub fn query(&self, sql: impl Into<String>) -> Query<'static, Postgres, PgArguments> {
        sqlx::query(AssertSqlSafe(sql.into())).persistent(self.named_statements)
    }

    /// A statement from a template with the names of our tables in braces.
    pub fn template(&self, template: &str) -> Query<'static, Postgres, PgArguments> {
        self.query(self.names.fill(template))
    }

    /// Runs work that may be repeated until it is done, as long as its failures pass by themselves.
    pub async fn retrying<T, F>(&self, mut work: impl FnMut() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let mut attempt = 1;
        loop {
            match work().await {
                Err(error) if error.class.is_retried() && attempt < ATTEMPTS => {
                    tracing::warn!(class = error.class.as_str(), %error, attempt, "the database is tried again");
                    sleep(Duration::from_millis(200 * (1 << attempt))).await;
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    /// Whether the server answers.
    pub async fn ping(&self) -> Result<(), Error> {
        sqlx::raw_sql("select 1").execute(&self.pool).await?;
        Ok(())
    }

    /// Closes all connections in good order.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

fn options(settings: &Settings, url: &SecretString) -> Result<PgConnectOptions, Error> {
    let options = PgConnectOptions::from_str(url.expose_secret())
        // The library's message would repeat parts of the URL.
        .map_err(|_| {
            Error::plain(
                Class::Login,
                "DATABASE_URL is no address of the form postgres://user:password@host:5432/database",
            )
        })?;
    let is_near = options.get_socket().is_some() || is_loopback(options.get_host());
    let options = match (settings.tls, is_near) {
        (Some(Tls::VerifyFull), _) | (None, false) => options.ssl_mode(PgSslMode::VerifyFull),
        (Some(Tls::Require), _) => options.ssl_mode(PgSslMode::Require),
        (Some(Tls::Disable), _) => options.ssl_mode(PgSslMode::Disable),
        (None, true) => options,
    };
    let options = match &settings.tls_ca_file {
        Some(file) => options.ssl_root_cert(file),
        None => options,
    };
    let capacity = if settings.pooler == Pooler::None { 100 } else { 0 };
    Ok(options
        .application_name("adsync")
        .statement_cache_capacity(capacity)
        // A PgBouncer without ignore_startup_parameters refuses it.
        .extra_float_digits(None)
        .log_statements(tracing::log::LevelFilter::Off)
        .log_slow_statements(tracing::log::LevelFilter::Off, Duration::ZERO))
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.starts_with('/')
        || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Adds the host to what went wrong on the way there; user and password stay out.
fn named(error: Error, options: &PgConnectOptions) -> Error {
    match error.class {
        Class::Unavailable | Class::Tls => Error {
            message: format!("{} (host {}, port {})", error.message, options.get_host(), options.get_port()),
            ..error
        },
        _ => error,
    }
}

fn short(version: &str) -> String {
    version.get(..2).unwrap_or(version).to_owned()
}
