//! What all connections of one simulator share.
use super::allowance::Bucket;
use super::calls::Calls;
use super::faults::Faults;
use super::settings::Settings;
use super::usage::Usage;
use crate::api::report::Reports;
use crate::api::result::Results;
use crate::world::World;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// The shared state.
#[derive(Debug)]
pub(super) struct State {
    /// Scheme, host and port.
    pub(super) url: String,
    pub(super) faults: Faults,
    pub(super) calls: Calls,
    pub(super) results: Results,
    /// How many doors were opened.
    pub(super) doors: AtomicU64,
    pub(super) reports: Reports,
    world: RwLock<World>,
    settings: RwLock<Settings>,
    usage: Mutex<Usage>,
}

impl State {
    pub(super) fn new(url: String, world: World, settings: Settings) -> Self {
        Self {
            url,
            faults: Faults::default(),
            calls: Calls::default(),
            results: Results::default(),
            doors: AtomicU64::new(0),
            reports: Reports::default(),
            world: RwLock::new(world),
            settings: RwLock::new(settings),
            usage: Mutex::default(),
        }
    }

    pub(super) fn world(&self) -> RwLockReadGuard<'_, World> {
        self.world.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn world_mut(&self) -> RwLockWriteGuard<'_, World> {
        self.world.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn settings(&self) -> Settings {
        self.settings.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn settings_mut(&self) -> RwLockWriteGuard<'_, Settings> {
        self.settings.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Blocks a bucket from now on.
    pub(super) fn block(&self, bucket: Bucket, account: u64, seconds: i64) {
        let until = self.world().now() + seconds;
        let account = if matches!(bucket, Bucket::App | Bucket::Platform) { 0 } else { account };
        self.usage().block(bucket, account, until);
    }

    pub(super) fn usage(&self) -> MutexGuard<'_, Usage> {
        self.usage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
