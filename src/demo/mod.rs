//! The demo's stage: a PostgreSQL of its own, a simulated Meta, and settings that lead the product to both.
//!
//! Nothing here reads `DATABASE_URL`, `META_*` or a config file: a demo can reach neither Meta nor anybody's database.

mod agency;
pub mod figures;
pub mod server;
mod settings;

use std::io;
use std::net::SocketAddr;
use std::path::Path;

use chrono::NaiveDate;
use secrecy::SecretString;

use crate::config::{Loaded, Problems, Settings};
use agency::Agency;
use server::{DataDir, Server, ServerError};

pub use agency::LOOKBACK_DAYS;
pub use settings::EVERY_SECONDS;

/// Why the stage cannot be set.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no database.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The simulator cannot listen.
    #[error("the simulator cannot listen on 127.0.0.1")]
    Listen(#[source] io::Error),
    /// The record of the world's events cannot be kept.
    #[error("the demo's record {path} cannot be read or written")]
    Ledger {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The record of the world's events is none.
    #[error("{0} is not the record that a demo keeps: name another folder with --data")]
    Garbled(String),
    /// The demo's own settings were refused.
    #[error(transparent)]
    Settings(#[from] Problems),
}

/// A running database, a running simulator, and the settings for both.
#[derive(Debug)]
pub struct Stage {
    server: Server,
    agency: Agency,
    settings: Settings,
}

impl Stage {
    /// Starts everything. `programs` is the folder that [`server::find_programs`] found.
    pub async fn start(programs: &Path, data: &DataDir, listen: SocketAddr) -> Result<Self, Error> {
        let server = Server::start(programs, data).await?;
        let agency = Agency::open(server.folder()).await?;
        let settings = settings::settings(server.folder(), server.url(), &agency, listen)?;
        Ok(Self { server, agency, settings })
    }

    /// The settings of the product.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The same, as a configuration that no files stand behind.
    pub fn loaded(&self) -> Loaded {
        Loaded { settings: self.settings.clone(), warnings: Vec::new(), entries: Vec::new() }
    }

    /// Where the database is reached, with its password.
    pub fn database_url(&self) -> &SecretString {
        self.server.url()
    }

    /// The account's name, for people.
    pub fn account(&self) -> String {
        self.agency.account()
    }

    /// The account's own today.
    pub fn today(&self) -> NaiveDate {
        self.agency.today()
    }

    /// Lets something happen at the agency, or at Meta, and tells it in sentences.
    pub fn tick(&self) -> Result<Vec<String>, Error> {
        self.agency.tick()
    }

    /// Stops the simulator, then the database.
    pub async fn stop(self) {
        drop(self.agency);
        self.server.stop().await;
    }
}
