//! A transaction, and the slots that transactions take: never more side by side than connections can be had.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::{PgConnection, Postgres, Transaction};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// How long a slot that cost more than it brought stays away.
const AWAY_FOR: Duration = Duration::from_secs(300);

/// A transaction: everything that has parameters runs in one. Dropped, it is rolled back.
#[derive(Debug)]
pub struct Tx {
    transaction: Transaction<'static, Postgres>,
    /// Given back last, when the connection is on its way back.
    _slot: OwnedSemaphorePermit,
}

impl Tx {
    pub(super) fn new(transaction: Transaction<'static, Postgres>, slot: OwnedSemaphorePermit) -> Self {
        Self { transaction, _slot: slot }
    }

    /// Makes it last.
    pub async fn commit(self) -> sqlx::Result<()> {
        self.transaction.commit().await
    }

    /// Takes back what it did, and ends it.
    pub async fn rollback(self) -> sqlx::Result<()> {
        self.transaction.rollback().await
    }

    /// Takes back what it did so far.
    pub async fn take_back(&mut self) -> sqlx::Result<()> {
        sqlx::raw_sql("rollback and chain").execute(&mut **self).await.map(drop)
    }

    /// Prepares it for statements that join whole accounts. The planner takes a table whose rows nobody counted yet for
    /// nearly empty and compares every row with every other, or sorts them all to find the few that differ: a minute where a
    /// hash takes a tenth of a second.
    pub async fn join_widely(&mut self) -> sqlx::Result<()> {
        sqlx::raw_sql("set local enable_nestloop = off; set local enable_sort = off")
            .execute(&mut **self)
            .await
            .map(drop)
    }

    /// Lets it write instants as JSON with the offset of UTC: the session's own zone is anybody's guess.
    pub async fn tell_utc(&mut self) -> sqlx::Result<()> {
        sqlx::raw_sql("set local timezone = 'UTC'").execute(&mut **self).await.map(drop)
    }
}

impl Deref for Tx {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.transaction
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.transaction
    }
}

/// The slots of a process: as many as it may have connections, fewer where a pooler gives it fewer.
#[derive(Debug)]
pub(super) struct Slots {
    free: Arc<Semaphore>,
    most: usize,
    /// How many are away, and since when.
    away: Mutex<(usize, Instant)>,
}

impl Slots {
    pub(super) fn new(most: u32) -> Self {
        let most = usize::try_from(most).unwrap_or(1);
        Self { free: Arc::new(Semaphore::new(most)), most, away: Mutex::new((0, Instant::now())) }
    }

    /// Waits for a slot.
    pub(super) async fn take(&self) -> Option<OwnedSemaphorePermit> {
        {
            let mut away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
            if away.0 > 0 && away.1.elapsed() > AWAY_FOR {
                self.free.add_permits(std::mem::take(&mut away.0));
            }
        }
        Arc::clone(&self.free).acquire_owned().await.ok()
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
            assert_eq!(slots.lower(slots.take().await.unwrap()), is_lowered);
        }
        assert!(slots.are_lowered());
        assert_eq!(slots.free.available_permits(), 1);
        tokio::time::advance(AWAY_FOR + Duration::from_secs(1)).await;
        drop(slots.take().await);
        assert!(!slots.are_lowered());
        assert_eq!(slots.free.available_permits(), 3);
    }
}
