//! Doors: further ways into one simulator, each with a port of its own. Who alone was told of a door is known by it, also
//! where he did not wait for the answer and his call is recorded when others have come after him.
use super::serve;
use super::state::State;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A door that is open until it is dropped.
#[derive(Debug)]
pub struct Door {
    number: u64,
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Door {
    /// Opens one on a free port of 127.0.0.1.
    pub(super) async fn open(state: Arc<State>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let number = state.doors.fetch_add(1, Ordering::Relaxed) + 1;
        let task = tokio::spawn(serve::run(listener, state, number));
        Ok(Self { number, address, task })
    }

    /// Gives what its calls name it by.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Gives the address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Gives the base of all calls, without version.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.task.abort();
    }
}
