//! The way to the database: a small pool that is safe behind every pooler, and patience where the database is away.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPoolOptions};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgPool, Postgres};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use super::address::{named, options};
use super::error::{Class, Error};
use super::names::Names;
use super::outage::Outage;
use super::read_only::ReadOnly;
use super::round_trip::RoundTrip;
use super::transact::{SILENT_FOR, answered};
use super::tx::Slots;
pub use super::tx::Tx;
use super::{Pooler, Settings};

/// How a transaction begins, in one message: no state outlives it, so that it is safe behind a transaction pooler. Our
/// statements are right where each sees what others have committed by then, whatever the database's own default is.
macro_rules! begin {
    ($($more:literal),*) => {
        concat!(
            "begin isolation level read committed; set local statement_timeout = '120s'; set local lock_timeout = '20s'; ",
            "set local idle_in_transaction_session_timeout = '60s'",
            $($more),*
        )
    };
}
/// How every transaction begins.
pub(super) const BEGIN: &str = begin!();
/// How one begins that writes a batch. Every row of it is looked up by its key, however many they are: the plan that does
/// not look at the batch says so, where one that does may read the whole table instead. It tells its instant as the binary
/// format has it: microseconds since 2000.
pub(super) const BEGIN_BATCH: &str = begin!(
    "; set local plan_cache_mode = force_generic_plan; ",
    "select ((extract(epoch from now()) - 946684800) * 1000000)::bigint"
);
/// How one begins that nobody waits for: it is not to keep others waiting for long, either.
pub(super) const BEGIN_ASIDE: &str = begin!("; set local statement_timeout = '30s'");
/// The oldest server that adsync knows.
const OLDEST_SERVER: u32 = 150_000;
/// How long one try to begin may take; a pooler without a free server keeps silent.
const ONE_TRY: Duration = Duration::from_secs(12);
/// The same when the database has been away for so long that nobody waits for it any more.
const LAST_TRY: Duration = Duration::from_secs(2);
/// How long a connection may take to come free or to be made within one try.
const ACQUIRED_WITHIN: Duration = Duration::from_secs(5);
/// How long a begin waits for the process's own other transactions.
const QUEUED_FOR: Duration = Duration::from_secs(90);
/// The pauses between two tries.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

/// The way to the database and the names of our tables in it.
#[derive(Debug, Clone)]
pub struct Db {
    pool: PgPool,
    options: PgConnectOptions,
    slots: Arc<Slots>,
    outage: Arc<Outage>,
    pub(super) read_only: Arc<ReadOnly>,
    round_trip: Arc<RoundTrip>,
    named_statements: bool,
    is_hurried: bool,
    /// The names of our tables.
    pub names: Names,
}

impl Db {
    /// Connects, looks at the server's version, and opens the pool. Says why at once where that fails.
    pub async fn connect(settings: &Settings) -> Result<Self, Error> {
        let url = settings.url.as_ref().ok_or_else(|| Error::plain(Class::Login, "DATABASE_URL is not set"))?;
        Self::connect_as(settings, url, settings.max_connections).await
    }

    /// Connects with the owner's login, where one is configured: for DDL only, on one connection.
    pub async fn connect_for_migration(settings: &Settings) -> Result<Option<Self>, Error> {
        match &settings.migrate_url {
            Some(url) => Self::connect_as(settings, url, 1).await.map(Some).map_err(Error::of_owner),
            None => Ok(None),
        }
    }

    async fn connect_as(settings: &Settings, url: &SecretString, max_connections: u32) -> Result<Self, Error> {
        let options = options(settings, url)?;
        // The pool would hide the reason behind a time-out: the first connection is made by hand.
        let asked = async {
            let mut first = options.connect().await?;
            let version = sqlx::raw_sql("show server_version_num").fetch_one(&mut first).await?;
            Ok::<_, sqlx::Error>((first, sqlx::Row::try_get::<String, _>(&version, 0)?))
        };
        let patience = Duration::from_secs(15);
        let answered = timeout(patience, asked).await.map_err(|_| silent(patience, &options))?;
        let (first, version) = answered.map_err(|error| named(error.into(), &options))?;
        if version.parse::<u32>().is_ok_and(|version| version < OLDEST_SERVER) {
            let message = format!("the database server is PostgreSQL {}; adsync needs 15 or newer", short(&version));
            return Err(Error::plain(Class::Schema, message));
        }
        first.close().await.ok();
        let max_connections = max_connections.max(1);
        let outage = Arc::<Outage>::default();
        let looks = Arc::clone(&outage);
        let pool = PgPoolOptions::new()
            .max_connections(max_connections)
            .acquire_timeout(ACQUIRED_WITHIN)
            .idle_timeout(Duration::from_secs(300))
            .max_lifetime(Duration::from_secs(3600))
            // A word before every transaction would be one exchange more of each.
            .test_before_acquire(false)
            .before_acquire(move |connection, known| {
                let is_current = looks.is_current(known.age);
                let is_doubtful = looks.is_doubtful(known.age, known.idle_for);
                Box::pin(async move { Ok(is_current && (!is_doubtful || connection.ping().await.is_ok())) })
            })
            .connect_lazy_with(options.clone());
        Ok(Self {
            pool,
            options,
            slots: Arc::new(Slots::new(max_connections)),
            outage,
            read_only: Arc::default(),
            round_trip: Arc::default(),
            named_statements: settings.pooler == Pooler::None,
            is_hurried: false,
            names: Names::new(&settings.schema, &settings.table_names),
        })
    }

    /// The same way for whoever must not wait in line: its transactions go before all others that wait for a connection.
    pub fn hurried(&self) -> Self {
        Self { is_hurried: true, ..self.clone() }
    }

    /// Begins a transaction. Where the database is away, waits for it as long as a command may.
    pub(super) async fn begin(&self) -> Result<Tx, Error> {
        self.begin_by(BEGIN).await
    }

    /// The same, by statements that begin one.
    pub(super) async fn begin_by(&self, statements: &'static str) -> Result<Tx, Error> {
        let began = Instant::now();
        let mut pause = PAUSES.0;
        loop {
            match self.begin_once_by(statements).await {
                Err(error) if error.class.is_outage() && !self.outage.is_given_up() && began.elapsed() < QUEUED_FOR => {
                    sleep(pause).await;
                    pause = (pause * 2).min(PAUSES.1);
                }
                begun => return begun,
            }
        }
    }

    /// Begins a transaction now or says why not: for whoever has other things to do than to wait.
    pub(super) async fn begin_once(&self) -> Result<Tx, Error> {
        self.begin_once_by(BEGIN).await
    }

    async fn begin_once_by(&self, statements: &'static str) -> Result<Tx, Error> {
        if let Some(refusal) = self.outage.refusal() {
            return Err(refusal);
        }
        let Ok(Some(slot)) = timeout(QUEUED_FOR, self.slots.take(self.is_hurried)).await else {
            let message = "adsync's own transactions left no connection to the database free in time";
            return Err(Error::plain(Class::Queued, message));
        };
        let within = if self.outage.is_given_up() { LAST_TRY } else { ONE_TRY };
        let begun = timeout(within, async {
            self.returned().await;
            let connection = self.pool.acquire().await?;
            let began = Instant::now();
            let tx = Tx::begin(connection, statements).await?;
            self.round_trip.took(began.elapsed());
            Ok(tx)
        });
        let error = match begun.await {
            Ok(Ok(tx)) => {
                self.outage.over();
                return Ok(tx.holding(slot));
            }
            // The pool keeps to itself why it could not connect.
            Ok(Err(sqlx::Error::PoolTimedOut)) | Err(_) => self.reason().await,
            Ok(Err(error)) => named(error.into(), &self.options),
        };
        // Where one connection works and no second can be had, the one must do.
        if error.class == Class::Busy && self.pool.size() > 0 && self.slots.lower(slot) {
            tracing::warn!(%error, "fewer connections to the database can be had than database.max_connections");
            return Err(error);
        }
        self.outage.attempted(&error);
        Err(error)
    }

    /// Ends a transaction that only read: by itself where another connection is free, since a new one would cost more than
    /// the wait.
    pub(super) async fn leave(&self, tx: Tx) {
        if self.pool.num_idle() > 0 {
            tx.leave();
        } else if let Err(error) = answered(SILENT_FOR, tx.commit()).await {
            self.note(&error);
        }
    }

    /// Waits for a connection that is on its way back, where no further one can be had.
    async fn returned(&self) {
        let began = Instant::now();
        while self.slots.are_lowered()
            && self.pool.size() > 0
            && self.pool.num_idle() == 0
            && began.elapsed() < ACQUIRED_WITHIN
        {
            sleep(Duration::from_millis(2)).await;
        }
    }

    /// Why no connection can be made.
    async fn reason(&self) -> Error {
        match timeout(LAST_TRY, self.options.connect()).await {
            Ok(Ok(connection)) => {
                connection.close().await.ok();
                Error::plain(Class::Busy, "the database, or its pooler, let no transaction begin in time")
            }
            Ok(Err(error)) => named(error.into(), &self.options),
            Err(_) => silent(LAST_TRY, &self.options),
        }
    }

    /// Notes a failure that says something about the database as a whole; how attempts to get in failed is noted already.
    /// Tells whether nobody waits for it any more.
    pub fn note(&self, error: &Error) -> bool {
        self.outage.note(error);
        self.outage.is_given_up()
    }

    /// Since when the database is away: while it is, nobody should ask for what could not be kept.
    pub fn away(&self) -> watch::Receiver<Option<Instant>> {
        self.outage.watch()
    }

    /// Rows from which a batch is worth its exchanges with the database: the more the further away that is.
    pub fn batch_rows(&self) -> usize {
        self.round_trip.batch_rows()
    }

    /// A statement, unnamed where a pooler may hand its next message to another server.
    pub fn query(&self, sql: impl Into<String>) -> Query<'static, Postgres, PgArguments> {
        sqlx::query(AssertSqlSafe(sql.into())).persistent(self.named_statements)
    }

    /// The same with its arguments.
    pub(super) fn query_with(
        &self,
        sql: impl Into<String>,
        arguments: PgArguments,
    ) -> Query<'static, Postgres, PgArguments> {
        sqlx::query_with(AssertSqlSafe(sql.into()), arguments).persistent(self.named_statements)
    }

    /// A statement from a template with the names of our tables in braces.
    pub fn template(&self, template: &str) -> Query<'static, Postgres, PgArguments> {
        self.query(self.names.fill(template))
    }

    /// Whether the server lets work begin. A refusal is told for as long as work rests because of it.
    pub async fn ping(&self) -> Result<(), Error> {
        if let Some(refusal) = self.outage.refusal() {
            return Err(refusal);
        }
        let answered = timeout(LAST_TRY, async {
            let tx = Tx::begin(self.pool.acquire().await?, "begin").await?;
            Ok(tx.commit().await)
        });
        let error = match answered.await {
            Ok(Ok(Ok(()))) => return Ok(()),
            Ok(Ok(Err(error))) => error,
            Ok(Err(sqlx::Error::PoolTimedOut)) | Err(_) => self.reason().await,
            Ok(Err(error)) => Error::from(error),
        };
        if error.class.is_refusal() {
            self.outage.attempted(&error);
        }
        Err(error)
    }

    /// Closes all connections in good order, as far as the server takes part.
    pub async fn close(&self) {
        timeout(LAST_TRY, self.pool.close()).await.ok();
    }
}

fn silent(within: Duration, options: &PgConnectOptions) -> Error {
    let message = format!("the database did not answer within {} seconds", within.as_secs());
    named(Error::plain(Class::Unavailable, message), options)
}

fn short(version: &str) -> String {
    version.get(..2).unwrap_or(version).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_line_of_ones_own_transactions_is_no_outage() {
        let options = PgConnectOptions::new();
        let db = Db {
            pool: PgPoolOptions::new().max_connections(1).connect_lazy_with(options.clone()),
            options,
            slots: Arc::new(Slots::new(1)),
            outage: Arc::default(),
            read_only: Arc::default(),
            round_trip: Arc::default(),
            named_statements: false,
            is_hurried: false,
            names: Names::new("public", &Default::default()),
        };
        let _only = db.slots.take(false).await.unwrap();
        let error = db.begin().await.unwrap_err();
        assert!(!db.note(&error) && db.away().borrow().is_none(), "{error:?}");
        assert!(error.class.advice().contains("pg_stat_activity"));
    }
}
