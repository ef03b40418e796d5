//! A private server that is stopped, in good order or not, and started again, always found at the same address.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::process::{Pid, Signal, kill_process};
use secrecy::ExposeSecret;
use tempfile::TempDir;

use super::server::{DataDir, Server, find_programs};
use super::way::{Way, server_of};

/// How a server is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// It ends all connections and writes down what it knows.
    Fast,
    /// It drops everything: the next start recovers.
    Immediate,
}

/// The server. Dropped, it stops.
pub(crate) struct Stoppable {
    programs: PathBuf,
    data: DataDir,
    server: Option<Server>,
    way: Way,
    url: String,
    kept: PathBuf,
    _home: Option<TempDir>,
}

impl Stoppable {
    /// Starts it in a folder of its own.
    pub(crate) async fn start() -> Self {
        let home = tempfile::Builder::new().permissions(PermissionsExt::from_mode(0o755)).tempdir().unwrap();
        let kept = home.path().join("kept");
        Self { _home: Some(home), ..Self::start_in(kept).await }
    }

    /// The same in a folder that is made for it.
    pub(crate) async fn start_in(kept: PathBuf) -> Self {
        let (programs, data) = (find_programs(|_| {}).await.unwrap(), DataDir::Kept(kept.clone()));
        let server = Server::start(&programs, &data).await.unwrap();
        let url = server.url().expose_secret().to_owned();
        let way = Way::open(0, server_of(&url)).await;
        let url = way.url(&url);
        Self { programs, data, server: Some(server), way, url, kept, _home: None }
    }

    /// Its address, as its superuser.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Where it is reached past the way to it.
    pub(crate) fn server(&self) -> (String, u16) {
        server_of(self.server.as_ref().unwrap().url().expose_secret())
    }

    /// The folder of the programs that it was started with.
    pub(crate) fn programs(&self) -> &Path {
        &self.programs
    }

    /// The folder that holds its data.
    pub(crate) fn data(&self) -> PathBuf {
        self.kept.join("data")
    }

    /// Stops it the moment it is called.
    pub(crate) fn stopper(&self, stop: Stop) -> impl FnOnce() + Send + use<> {
        let mark = self.data().join("postmaster.pid");
        move || signal(&mark, if stop == Stop::Fast { Signal::INT } else { Signal::QUIT })
    }

    /// Waits until it has stopped.
    pub(crate) async fn stopped(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
    }

    /// Starts it again, without a way to it yet.
    pub(crate) async fn start_again(&mut self) {
        self.stopped().await;
        self.server = Some(Server::start(&self.programs, &self.data).await.unwrap());
    }

    /// Opens the way to it.
    pub(crate) fn open(&self) {
        self.way.lead_to(self.server());
    }

    /// Lets the way to it lead to another server.
    pub(crate) fn give_way_to(&self, other: (String, u16)) {
        self.way.lead_to(other);
    }
}

fn signal(mark: &Path, signal: Signal) {
    let mark = std::fs::read_to_string(mark).unwrap();
    let id = mark.lines().next().unwrap().parse().unwrap();
    kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
}
