//! What went wrong at the database, as a class that decides what happens next, and what a person should do.

use std::fmt;

/// What kind of failure it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The server cannot be reached, or the connection broke.
    Unavailable,
    /// The server is there and lets nobody in right now: starting, stopping, out of connections.
    Busy,
    /// The login is refused.
    Login,
    /// Another transaction was in the way; the same one may work at once.
    Conflict,
    /// The server takes no rows: full or read-only.
    ReadOnly,
    /// The role may not do this.
    Privilege,
    /// The encrypted connection cannot be trusted.
    Tls,
    /// The server offers no encrypted connection.
    PlainText,
    /// There is no such database.
    NoDatabase,
    /// The schema is not what adsync needs.
    Schema,
    /// An existing table may not or cannot be used as configured.
    Refused,
    /// Another process took this run for dead and has its leases.
    LeaseLost,
    /// A statement failed in a way that no retry mends.
    Statement,
}

impl Class {
    /// The word that tables, logs and metrics use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unavailable => "database_unavailable",
            Self::Busy => "database_busy",
            Self::Login => "database_login",
            Self::Conflict => "database_conflict",
            Self::ReadOnly => "database_read_only",
            Self::Privilege => "database_privilege",
            Self::Tls => "database_tls",
            Self::PlainText => "database_plain_text",
            Self::NoDatabase => "database_missing",
            Self::Schema => "database_schema",
            Self::Refused => "database_refused",
            Self::LeaseLost => "lease_lost",
            Self::Statement => "database_statement",
        }
    }

    /// Whether the same transaction may work after a pause.
    pub const fn is_retried(self) -> bool {
        matches!(self, Self::Unavailable | Self::Busy | Self::Conflict)
    }

    /// Whether nothing else can be written either.
    pub const fn stops_everything(self) -> bool {
        !matches!(self, Self::Statement | Self::Conflict | Self::Privilege)
    }

    /// What a person should do, in one sentence.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Unavailable => {
                "Check the host and port in DATABASE_URL, that the database runs and that this machine may reach it; \
                 a Supabase address db.<ref>.supabase.co is IPv6 only: use the pooler's address."
            }
            Self::Busy => {
                "The database takes no more connections just now; lower database.max_connections of its users or wait."
            }
            Self::Login => {
                "Check user and password in DATABASE_URL; after a change of password Supabase's pooler may refuse it for some minutes."
            }
            Self::Conflict => "Another transaction was in the way; the next run tries again.",
            Self::ReadOnly => {
                "The database is full or read-only: free space or raise the plan's disk, then the next run goes on."
            }
            Self::Privilege => {
                "Give the role of DATABASE_URL the missing right, or run `adsync migrate` with an owner's ADSYNC_MIGRATE_DATABASE_URL."
            }
            Self::Tls => {
                "Set database.tls_ca_file to the certificate authority of the server; Supabase offers it in the project's \
                 Database settings under SSL configuration."
            }
            Self::LeaseLost => {
                "Nothing: the run that has the account now does the work; look for a paused machine or a slow database if it happens again."
            }
            Self::Refused => "Do what each line names, in the database or in the configuration, and start again.",
            Self::PlainText => {
                "Switch TLS on at the server, or, on a network that you trust, set database.tls = \"disable\"."
            }
            Self::NoDatabase => "Create it, or correct the name at the end of DATABASE_URL.",
            Self::Schema => "Follow the cure that the message names, then run `adsync migrate`.",
            Self::Statement => {
                "This is a fault of adsync or of a changed table; run `adsync migrate`, and report it if it stays."
            }
        }
    }
}

/// A failed piece of work at the database, without any secret in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// What kind of failure it was.
    pub class: Class,
    /// The SQLSTATE, where the server gave one.
    pub sqlstate: Option<String>,
    /// What happened, in words.
    pub message: String,
}

impl std::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error {
    /// A failure that the server did not report itself.
    pub fn plain(class: Class, message: impl Into<String>) -> Self {
        Self { class, sqlstate: None, message: message.into() }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(fault) => {
                let sqlstate = fault.code().map(|code| code.into_owned());
                let message = fault.message().to_owned();
                let class = class_of(sqlstate.as_deref().unwrap_or_default(), &message);
                Self { class, sqlstate, message }
            }
            sqlx::Error::Io(_) => {
                Self::plain(Class::Unavailable, format!("the database cannot be reached: {}", root(&error)))
            }
            sqlx::Error::Tls(cause) if cause.to_string().contains("does not support") => {
                Self::plain(Class::PlainText, "the database offers no encrypted connection")
            }
            sqlx::Error::Tls(_) => {
                Self::plain(Class::Tls, format!("the database's certificate is not trusted: {}", root(&error)))
            }
            sqlx::Error::PoolTimedOut => Self::plain(Class::Busy, "no connection to the database came free in time"),
            sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
                Self::plain(Class::Unavailable, "the connection to the database was closed")
            }
            sqlx::Error::Protocol(_) => {
                Self::plain(Class::Unavailable, format!("the connection to the database broke: {}", root(&error)))
            }
            _ => Self::plain(Class::Statement, root(&error)),
        }
    }
}

/// Tells the class of a server's error. Poolers report their own with the state of an internal error: there the text counts.
fn class_of(sqlstate: &str, message: &str) -> Class {
    let says = |part: &str| message.to_ascii_lowercase().contains(part);
    match sqlstate {
        "28P01" | "28000" => Class::Login,
        "40001" | "40P01" | "55P03" => Class::Conflict,
        "25006" | "53100" => Class::ReadOnly,
        "42501" => Class::Privilege,
        "53300" | "57P03" | "53200" => Class::Busy,
        "57P01" | "57P02" | "57P05" => Class::Unavailable,
        "57014" => Class::Conflict,
        state if state.starts_with("08") => Class::Unavailable,
        _ if says("tenant or user not found") => Class::Login,
        _ if says("maxclientsinsession") || says("emaxconnsession") || says("max client") => Class::Busy,
        _ if says("server login") || says("wrong password") => Class::Login,
        "3D000" => Class::NoDatabase,
        _ => Class::Statement,
    }
}

fn root(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
