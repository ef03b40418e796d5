//! *What was asked*: the files and variables, judged, as settings ready to use.
//!
//! `file` names every key as people write it, `load` reads the sources, `layer` merges them and remembers where each
//! value came from, `judge` says what it all means, `secrets` reads what never stands in a file. Every problem is
//! found in one pass and reported at once.

mod environment;
mod file;
mod judge;
mod layer;
mod load;
mod problem;
mod secrets;
mod source;
mod typed;
mod unknown;
mod values;

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::path::Path;

use secrecy::SecretString;

use crate::{alert, daemon, meta, store, sync, telemetry};

pub use environment::Environment;
pub use problem::{Origin, Problem, Problems};
pub use source::{Fingerprint, Source, waiting_for_a_start};

/// Reads the files of a folder and the variables, and judges them.
///
/// Nothing is read but these files, the files that variables with `_FILE` name, and `database.tls_ca_file`.
pub fn load(dir: &Path, environment: &Environment, needs: Needs) -> Result<Loaded, Problems> {
    let values = values::Values::new(load::read(dir, environment));
    judge::judge(values, environment, needs)
}

/// What a command cannot do without. What it does not need may be missing, but not wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    /// `DATABASE_URL`.
    pub database: bool,
    /// Every token that is named.
    pub meta: bool,
    /// At least one account.
    pub accounts: bool,
}

impl Needs {
    /// `config`, `health`.
    pub const NOTHING: Self = Self { database: false, meta: false, accounts: false };
    /// `migrate`, `runs`, `explain`.
    pub const DATABASE: Self = Self { database: true, meta: false, accounts: false };
    /// `accounts`, which shows what could be configured.
    pub const META: Self = Self { database: false, meta: true, accounts: false };
    /// `run`, `sync`, `backfill`, `check`, `reconcile`.
    pub const EVERYTHING: Self = Self { database: true, meta: true, accounts: true };
}

/// A configuration without a problem.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// What it means.
    pub settings: Settings,
    /// What may be wrong: nothing that keeps adsync from starting.
    pub warnings: Vec<Problem>,
    /// Every value in force, in the order of the documentation, then the secrets.
    pub entries: Vec<Entry>,
}

/// One value in force, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key, or the variable of a secret.
    pub key: String,
    /// The value in the words of TOML; of a secret `[set]` or `[missing]`.
    pub value: String,
    /// Who said it.
    pub origin: Origin,
}

/// Everything that was asked, judged, ready to use.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The daemon's name and manners.
    pub daemon: daemon::Settings,
    /// How Meta is reached.
    pub meta: meta::Settings,
    /// What a run reads.
    pub sync: sync::Settings,
    /// Where the rows go.
    pub database: store::Settings,
    /// Schedules, in the order of their names; disabled ones included.
    pub schedules: Vec<daemon::Schedule>,
    /// Where the status page listens and who may use it.
    pub web: Web,
    /// Whom to tell.
    pub alerts: alert::Settings,
    /// Where the log goes.
    pub log: telemetry::Settings,
}

/// Where the status page listens and who may use it.
#[derive(Debug, Clone)]
pub struct Web {
    /// The address to bind.
    pub listen: SocketAddr,
    /// `ADSYNC_ADMIN_TOKEN`: allows the page's actions.
    pub admin_token: Option<SecretString>,
    /// `ADSYNC_READ_TOKEN`: needed to read the page.
    pub read_token: Option<SecretString>,
}
