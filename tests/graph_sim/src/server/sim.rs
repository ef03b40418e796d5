//! A running simulator: started on a port of its own, stopped by dropping it.
use super::allowance::Bucket;
use super::calls::{Call, CallCounts, Calls};
use super::door::Door;
use super::faults::Faults;
use super::serve;
use super::settings::{Settings, SettingsChange};
use super::state::State;
use super::usage::BucketUsage;
use crate::api::report::Reports;
use crate::world::World;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, RwLockWriteGuard};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A simulator that listens.
#[derive(Debug)]
pub struct Sim {
    state: Arc<State>,
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Sim {
    /// Starts on a free port of 127.0.0.1.
    pub async fn start(world: World) -> io::Result<Self> {
        Self::start_on(SocketAddr::from(([127, 0, 0, 1], 0)), world, Settings::default()).await
    }

    /// Starts on an address with settings.
    pub async fn start_on(address: SocketAddr, world: World, settings: Settings) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(State::new(format!("http://{address}"), world, settings));
        let task = tokio::spawn(serve::run(listener, Arc::clone(&state), 0));
        Ok(Self { state, address, task })
    }

    /// Gives the base of all calls, without version: `http://127.0.0.1:<port>`.
    pub fn url(&self) -> String {
        self.state.url.clone()
    }

    /// Gives the address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Opens a further door, on a port of its own.
    pub async fn door(&self) -> io::Result<Door> {
        Door::open(Arc::clone(&self.state)).await
    }

    /// Gives the world to read its truth or to change it. Calls wait while this is held: never hold it over an await.
    pub fn world(&self) -> RwLockWriteGuard<'_, World> {
        self.state.world_mut()
    }

    /// Gives the fault switches.
    pub fn faults(&self) -> &Faults {
        &self.state.faults
    }

    /// Gives the plans of report runs.
    pub fn reports(&self) -> &Reports {
        &self.state.reports
    }

    /// Gives the calls so far, oldest first.
    pub fn calls(&self) -> Vec<Call> {
        self.state.calls.list()
    }

    /// Gives the calls whose path or query contain a text.
    pub fn calls_with(&self, text: &str) -> Vec<Call> {
        self.state.calls.with(text)
    }

    /// Gives the record itself, to clear it.
    pub fn record(&self) -> &Calls {
        &self.state.calls
    }

    /// Counts the calls.
    pub fn counts(&self) -> CallCounts {
        self.state.calls.counts()
    }

    /// Gives what each bucket of the allowances has seen.
    pub fn usage(&self) -> Vec<BucketUsage> {
        self.state.usage().list()
    }

    /// Counts the calls that were made to a bucket while it was blocked, over all accounts.
    pub fn calls_while_blocked(&self, bucket: Bucket) -> u64 {
        self.usage().iter().filter(|usage| usage.bucket == bucket).map(|usage| usage.while_blocked).sum()
    }

    /// Blocks a bucket from now on; `account` is digits, and is not looked at for buckets of the whole app.
    pub fn block(&self, bucket: Bucket, account: u64, seconds: i64) {
        self.state.block(bucket, account, seconds);
    }

    /// Forgets all usage, blocks included.
    pub fn forget_usage(&self) {
        *self.state.usage() = super::usage::Usage::default();
    }

    /// Changes settings.
    pub fn set(&self, change: SettingsChange) {
        self.state.settings_mut().change(change);
    }

    /// Gives the token that is accepted now.
    pub fn token(&self) -> String {
        self.state.settings().access.token
    }

    /// Lets every call end in an error, as after a revoked token; nothing lets them in again.
    pub fn refuse_all(&self, error: Option<crate::api::error::GraphError>) {
        self.state.settings_mut().access.refusal = error;
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        self.task.abort();
    }
}
