//! A transaction, and the slots that transactions take: never more side by side than connections can be had.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, PgConnection, Postgres, Row, raw_sql};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, timeout};

use super::error::Error;
use super::leases::Fence;

/// How long a slot that cost more than it brought stays away.
const AWAY_FOR: Duration = Duration::from_secs(300);
/// How long a connection has for a word when it goes back to the pool: one that fell silent must not keep its place there.
const LAST_WORD: Duration = Duration::from_secs(5);

/// A transaction: everything that has parameters runs in one. Dropped before its end it is taken back, and its connection
/// is closed: nobody knows what is still to come on it.
#[derive(Debug)]
pub struct Tx {
    connection: PoolConnection<Postgres>,
    is_over: bool,
    /// Its instant, where the words that began it asked for that.
    pub(super) now: Option<i64>,
    /// What its end depends on.
    pub(super) fence: Option<Fence>,
    /// Given back last, when the connection is back.
    slot: Option<OwnedSemaphorePermit>,
}

impl Tx {
    /// Begins it with these words.
    pub(super) async fn begin(connection: PoolConnection<Postgres>, words: &'static str) -> sqlx::Result<Self> {
        let mut tx = Self { connection, is_over: false, now: None, fence: None, slot: None };
        tx.say(words).await?;
        Ok(tx)
    }

    /// Lets it keep a slot.
    pub(super) fn holding(mut self, slot: OwnedSemaphorePermit) -> Self {
        self.slot = Some(slot);
        self
    }

    /// Makes it last.
    pub async fn commit(mut self) -> Result<(), Error> {
        match self.fence.take() {
            None => raw_sql("commit").execute(&mut *self).await.map(drop)?,
            Some(fence) => {
                let words = format!("{}; commit", fence.question());
                raw_sql(AssertSqlSafe(words)).execute(&mut *self).await.map(drop).map_err(Fence::judged)?;
            }
        }
        self.is_over = true;
        Ok(())
    }

    /// Ends it by itself, where it only read: nobody waits for that.
    pub(super) fn leave(self) {
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(timeout(LAST_WORD, self.commit()));
        }
    }

    /// Takes back what it did, and ends it.
    pub async fn rollback(mut self) -> sqlx::Result<()> {
        raw_sql("rollback").execute(&mut *self).await?;
        self.is_over = true;
        Ok(())
    }

    /// Takes back what it did, failed or not, and begins it anew with these words.
    pub(super) async fn begin_anew(&mut self, words: &'static str) -> sqlx::Result<()> {
        self.say(format!("rollback; {words}")).await
    }

    async fn say(&mut self, words: impl Into<String>) -> sqlx::Result<()> {
        let told = raw_sql(AssertSqlSafe(words.into())).fetch_all(&mut **self).await?;
        // Whatever is sent without parameters is answered in texts.
        self.now = told.first().and_then(|row| row.try_get_unchecked::<String, _>(0).ok()?.parse().ok());
        Ok(())
    }

    /// Takes back what it did so far.
    pub async fn take_back(&mut self) -> sqlx::Result<()> {
        raw_sql("rollback and chain").execute(&mut **self).await.map(drop)
    }

    /// Prepares it for statements that join whole accounts. The planner takes a table whose rows nobody counted yet for
    /// nearly empty and compares every row with every other, or sorts them all to find the few that differ: a minute where a
    /// hash takes a tenth of a second.
    pub async fn join_widely(&mut self) -> sqlx::Result<()> {
        raw_sql("set local enable_nestloop = off; set local enable_sort = off").execute(&mut **self).await.map(drop)
    }

    /// Lets it write instants as JSON with the offset of UTC: the session's own zone is anybody's guess.
    pub async fn tell_utc(&mut self) -> sqlx::Result<()> {
        raw_sql("set local timezone = 'UTC'").execute(&mut **self).await.map(drop)
    }
}

impl Deref for Tx {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        if !self.is_over {
            self.connection.close_on_drop();
            return;
        }
        let (back, slot) = (self.connection.return_to_pool(), self.slot.take());
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                timeout(LAST_WORD, back).await.ok();
                drop(slot);
            });
        }
    }
}

/// The slots of a process: as many as it may have connections, fewer where a pooler gives it fewer.
#[derive(Debug)]
pub(super) struct Slots {
    free: Arc<Semaphore>,
    most: usize,
    /// How many are away, and since when.
    away: Mutex<(usize, Instant)>,
    /// How many wait that go before all others.
    hurried: watch::Sender<usize>,
}

/// Somebody who waits for a slot and goes before all others.
struct Hurried<'a>(&'a watch::Sender<usize>);

impl<'a> Hurried<'a> {
    fn one(hurried: &'a watch::Sender<usize>) -> Self {
        hurried.send_modify(|waiting| *waiting += 1);
        Self(hurried)
    }
}

impl Drop for Hurried<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|waiting| *waiting -= 1);
    }
}

impl Slots {
    pub(super) fn new(most: u32) -> Self {
        let most = usize::try_from(most).unwrap_or(1);
        let hurried = watch::Sender::default();
        Self { free: Arc::new(Semaphore::new(most)), most, away: Mutex::new((0, Instant::now())), hurried }
    }

    /// Waits for a slot, before all others or in line with them.
    pub(super) async fn take(&self, is_hurried: bool) -> Option<OwnedSemaphorePermit> {
        {
            let mut away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
            if away.0 > 0 && away.1.elapsed() > AWAY_FOR {
                self.free.add_permits(std::mem::take(&mut away.0));
            }
        }
        if is_hurried {
            let _passes = Hurried::one(&self.hurried);
            return Arc::clone(&self.free).acquire_owned().await.ok();
        }
        let mut hurried = self.hurried.subscribe();
        loop {
            hurried.wait_for(|waiting| *waiting == 0).await.ok()?;
            tokio::select! {
                slot = Arc::clone(&self.free).acquire_owned() => return slot.ok(),
                // They leave the line and let it pass.
                _ = hurried.wait_for(|waiting| *waiting > 0) => {}
            }
        }
    }

    /// Takes a slot away for a while: no connection could be had for it. The last one stays. Tells whether it is away.
    pub(super) fn lower(&self, slot: OwnedSemaphorePermit) -> bool {
        let mut away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
        if away.0 + 1 >= self.most {
            return false;
        }
        *away = (away.0 + 1, Instant::now());
        slot.forget();
        true
    }

    /// Whether fewer connections can be had than are allowed.
    pub(super) fn are_lowered(&self) -> bool {
        self.away.lock().unwrap_or_else(PoisonError::into_inner).0 > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn slots_go_away_one_by_one_but_the_last_and_come_back() {
        let slots = Slots::new(3);
        for is_lowered in [true, true, false] {
            assert_eq!(slots.lower(slots.take(false).await.unwrap()), is_lowered);
        }
        assert!(slots.are_lowered());
        assert_eq!(slots.free.available_permits(), 1);
        tokio::time::advance(AWAY_FOR + Duration::from_secs(1)).await;
        drop(slots.take(false).await);
        assert!(!slots.are_lowered());
        assert_eq!(slots.free.available_permits(), 3);
    }

    #[tokio::test]
    async fn whoever_is_in_a_hurry_goes_before_those_who_wait() {
        let slots = Arc::new(Slots::new(1));
        let (only, order) = (slots.take(false).await.unwrap(), Arc::new(Mutex::new(Vec::new())));
        let wait = |is_hurried| {
            let (slots, order) = (Arc::clone(&slots), Arc::clone(&order));
            tokio::spawn(async move {
                let _slot = slots.take(is_hurried).await.unwrap();
                order.lock().unwrap().push(is_hurried);
            })
        };
        let mut waiting = vec![wait(false), wait(false)];
        tokio::task::yield_now().await;
        waiting.push(wait(true));
        tokio::task::yield_now().await;
        drop(only);
        futures_util::future::join_all(waiting).await;
        assert_eq!(*order.lock().unwrap(), [true, false, false]);
    }
}
