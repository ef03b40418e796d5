//! The doors through which all else in this room reaches the database: work in a transaction of its own, done again
//! where the connection broke or another transaction was in the way. Nobody has to remember to try again.

use std::time::Duration;

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{Execute, Postgres, SqlStr};
use tokio::time::{sleep, timeout};

use super::db::{BEGIN, Db};
use super::error::{Class, Error};
use super::tx::Tx;

/// How long a transaction may be without an answer. The server ends a statement after two minutes: what is silent for
/// longer is no server any more, but a network that drops what is sent to it.
pub(super) const SILENT_FOR: Duration = Duration::from_secs(150);

/// A statement as [`Db::query`] and [`Db::template`] make it.
pub(super) type Statement = Query<'static, Postgres, PgArguments>;

/// The later of two answers: what was read anew is what counts.
pub(super) fn latest<T>(_earlier: T, later: T) -> T {
    later
}

impl Db {
    /// Does work in a transaction, which it gives back with what it came to, and makes it last. Begins anew as long as
    /// failures pass by themselves.
    ///
    /// Where the answer to a commit is lost nobody knows whether it lasts, and the work is done once more: it must be such
    /// that twice is as once. What both times came to is then put `together`, the earlier first: what a first try did its
    /// repetition finds done.
    pub(super) async fn transact<T, F>(
        &self,
        together: impl Fn(T, T) -> T,
        work: impl FnMut(Tx) -> F,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<(Tx, T), Error>>,
    {
        self.transact_by(BEGIN, together, work).await
    }

    /// The same in a transaction that begins by these statements.
    pub(super) async fn transact_by<T, F>(
        &self,
        begin: &'static str,
        together: impl Fn(T, T) -> T,
        mut work: impl FnMut(Tx) -> F,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<(Tx, T), Error>>,
    {
        let (mut attempt, mut unheard) = (1, None);
        loop {
            // Apart, so that the futures of all who wait here stay small.
            let worked = Box::pin(async { answered(SILENT_FOR, work(self.begin_by(begin).await?)).await });
            let error = match worked.await {
                Ok((tx, mut done)) => {
                    if let Some(earlier) = unheard.take() {
                        done = together(earlier, done);
                    }
                    match answered(SILENT_FOR, Box::pin(tx.commit())).await {
                        Ok(()) => return Ok(done),
                        Err(error) => {
                            unheard = Some(done);
                            error
                        }
                    }
                }
                Err(error) => error,
            };
            self.may_try_again(error, &mut attempt).await?;
        }
    }

    /// The same for work that only reads. Who has its answer does not wait for the transaction's end, where another
    /// connection is free for what comes next.
    pub(super) async fn read<T, F>(&self, mut work: impl FnMut(Tx) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<(Tx, T), Error>>,
    {
        let mut attempt = 1;
        loop {
            let worked = Box::pin(async { answered(SILENT_FOR, work(self.begin().await?)).await });
            match worked.await {
                Ok((tx, done)) => {
                    self.leave(tx).await;
                    return Ok(done);
                }
                Err(error) => self.may_try_again(error, &mut attempt).await?,
            }
        }
    }

    /// Waits until work may be tried once more, or passes its failure on.
    async fn may_try_again(&self, error: Error, attempt: &mut u32) -> Result<(), Error> {
        let is_given_up = self.note(&error);
        if *attempt >= error.class.attempts() || is_given_up {
            if error.class == Class::ReadOnly {
                self.hold(&error);
            }
            return Err(error);
        }
        tracing::warn!(class = error.class.as_str(), %error, attempt, "the database is tried again");
        sleep(Duration::from_millis(100 * (1 << *attempt))).await;
        *attempt += 1;
        Ok(())
    }
}

/// Waits for an answer for as long as the server itself may work on it, and no longer.
pub(super) async fn answered<T>(most: Duration, asked: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let silent = || Error::plain(Class::Unavailable, "the connection to the database fell silent");
    timeout(most, asked).await.unwrap_or_else(|_| Err(silent()))
}

/// A statement of [`Db::query`] or [`Db::template`] that is a transaction by itself.
pub(crate) trait Alone {
    /// All rows of a statement that only reads.
    async fn all(self, db: &Db) -> Result<Vec<PgRow>, Error>;

    /// The row of a statement that only reads, where it has one.
    async fn first(self, db: &Db) -> Result<Option<PgRow>, Error>;

    /// The row of a statement that only reads and always has one.
    async fn one(self, db: &Db) -> Result<PgRow, Error>;

    /// Runs a statement that may be repeated and tells how things stand after it.
    async fn standing(self, db: &Db) -> Result<Vec<PgRow>, Error>;

    /// Runs a statement that may be repeated.
    async fn run(self, db: &Db) -> Result<(), Error>;

    /// The same. Returns how many rows it wrote.
    async fn written(self, db: &Db) -> Result<u64, Error>;

    /// Runs a statement that may be repeated and tells what it wrote. A row may come twice, where the answer to a commit
    /// was lost.
    async fn returning(self, db: &Db) -> Result<Vec<PgRow>, Error>;
}

impl Alone for Statement {
    async fn all(self, db: &Db) -> Result<Vec<PgRow>, Error> {
        let statement = Repeatable::of(self)?;
        db.read(|mut tx| async {
            let done = statement.again().fetch_all(&mut *tx).await?;
            Ok((tx, done))
        })
        .await
    }

    async fn first(self, db: &Db) -> Result<Option<PgRow>, Error> {
        let statement = Repeatable::of(self)?;
        db.read(|mut tx| async {
            let done = statement.again().fetch_optional(&mut *tx).await?;
            Ok((tx, done))
        })
        .await
    }

    async fn one(self, db: &Db) -> Result<PgRow, Error> {
        let statement = Repeatable::of(self)?;
        db.read(|mut tx| async {
            let done = statement.again().fetch_one(&mut *tx).await?;
            Ok((tx, done))
        })
        .await
    }

    async fn standing(self, db: &Db) -> Result<Vec<PgRow>, Error> {
        let statement = Repeatable::of(self)?;
        db.transact(latest, |mut tx| async {
            let done = statement.again().fetch_all(&mut *tx).await?;
            Ok((tx, done))
        })
        .await
    }

    async fn run(self, db: &Db) -> Result<(), Error> {
        self.written(db).await.map(drop)
    }

    async fn written(self, db: &Db) -> Result<u64, Error> {
        let statement = Repeatable::of(self)?;
        db.transact(u64::max, |mut tx| async {
            let done = statement.again().execute(&mut *tx).await?.rows_affected();
            Ok((tx, done))
        })
        .await
    }

    async fn returning(self, db: &Db) -> Result<Vec<PgRow>, Error> {
        let statement = Repeatable::of(self)?;
        let together = |earlier, later| [earlier, later].into_iter().flatten().collect();
        db.transact(together, |mut tx| async {
            let done = statement.again().fetch_all(&mut *tx).await?;
            Ok((tx, done))
        })
        .await
    }
}

/// A statement that can be sent more than once.
struct Repeatable {
    sql: SqlStr,
    arguments: PgArguments,
    is_named: bool,
}

impl Repeatable {
    fn of(mut statement: Statement) -> Result<Self, Error> {
        let arguments = statement.take_arguments().map_err(sqlx::Error::Encode)?.unwrap_or_default();
        let is_named = Execute::persistent(&statement);
        Ok(Self { sql: statement.sql(), arguments, is_named })
    }

    fn again(&self) -> Statement {
        sqlx::query_with(self.sql.clone(), self.arguments.clone()).persistent(self.is_named)
    }
}
