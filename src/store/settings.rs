//! What the store is told: where the database is and how to behave in it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use secrecy::SecretString;

/// How the database is reached and which manners apply there.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whose reports these are: `daemon.instance`.
    pub instance: String,
    /// `DATABASE_URL`; `None` only for commands that do without the database.
    pub url: Option<SecretString>,
    /// `ADSYNC_MIGRATE_DATABASE_URL`: an owner's login, for DDL only.
    pub migrate_url: Option<SecretString>,
    /// The schema of all our tables.
    pub schema: String,
    /// The most connections that the process opens.
    pub max_connections: u32,
    /// How the server's identity is proved; `None` where no file or variable says it: then loopback goes without.
    pub tls: Option<Tls>,
    /// A file with the certificate authority that signs the server, PEM.
    pub tls_ca_file: Option<PathBuf>,
    /// What stands between us and the server.
    pub pooler: Pooler,
    /// What happens to migrations at start.
    pub migrate: Migrate,
    /// Existing tables that may be taken over, by the names they have in the database.
    pub adopt: Vec<String>,
    /// Roles that may read our tables, where they exist.
    pub grant_select_to: Vec<String>,
    /// When `last_synced` of an unchanged row moves.
    pub touch_last_synced: TouchLastSynced,
    /// Whether objects are kept whole in `raw`.
    pub store_raw: bool,
    /// The size in bytes at which the plan ends.
    pub size_limit: Option<u64>,
    /// Other names for our tables, by our name.
    pub table_names: BTreeMap<String, String>,
}

/// How the server's identity is proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// Encrypted, certificate and host name checked.
    VerifyFull,
    /// Encrypted, identity unchecked.
    Require,
    /// Plain text.
    Disable,
}

/// What stands between us and the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooler {
    /// Perhaps a transaction pooler: nothing may live longer than a transaction.
    Transaction,
    /// Nothing: statements may be kept by name.
    None,
}

/// What happens to migrations at start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Migrate {
    /// They are applied.
    Auto,
    /// They are only looked for; a missing one refuses the start and says what to run.
    Check,
}

/// When `last_synced` of an unchanged row moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TouchLastSynced {
    /// Never: only a written row is stamped.
    OnChange,
    /// Of objects at the first sight on each day of UTC, for apps that show it as freshness.
    Daily,
}
