//! What went wrong at the database, as a class that decides what happens next, and what a person should do.

use std::fmt;

use super::poolers;

/// What kind of failure it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The server cannot be reached, or the connection broke.
    Unavailable,
    /// The server is there and lets nobody in right now: starting, stopping, out of connections.
    Busy,
    /// The process's own other transactions took too long: something holds them up.
    Queued,
    /// The login is refused.
    Login,
    /// Connections from this machine's address are refused.
    Address,
    /// Another transaction was in the way; the same one may work at once.
    Conflict,
    /// A statement took too long and was ended.
    Slow,
    /// The server takes no rows: full or read-only.
    ReadOnly,
    /// The role may not do this.
    Privilege,
    /// The encrypted connection cannot be trusted: nobody known signed the certificate.
    Tls,
    /// The certificate is made for another host name.
    OtherHost,
    /// The certificate is not valid at this time.
    Expired,
    /// The server offers no encrypted connection.
    PlainText,
    /// The pooler takes encrypted connections only.
    EncryptedOnly,
    /// A pooler gave a statement that is kept by name to another session.
    Pooled,
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
            Self::Queued => "database_queued",
            Self::Login => "database_login",
            Self::Address => "database_address",
            Self::Conflict => "database_conflict",
            Self::Slow => "database_slow",
            Self::ReadOnly => "database_read_only",
            Self::Privilege => "database_privilege",
            Self::Tls | Self::OtherHost | Self::Expired | Self::EncryptedOnly => "database_tls",
            Self::Pooled => "database_pooler",
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
        self.attempts() > 1
    }

    /// How often a transaction that ends like this is tried, the first time included.
    pub const fn attempts(self) -> u32 {
        match self {
            Self::Unavailable | Self::Busy | Self::Conflict => 5,
            // Once more: on another connection, which may lead to another server, or when a heavy moment has passed.
            Self::ReadOnly | Self::Slow | Self::Queued => 2,
            _ => 1,
        }
    }

    /// Whether the database lets nobody in just now, so that waiting is all that helps.
    pub const fn is_outage(self) -> bool {
        matches!(self, Self::Unavailable | Self::Busy)
    }

    /// Whether somebody has to change something before anybody is let in: whoever knocks on and on is locked out.
    pub const fn is_refusal(self) -> bool {
        matches!(self, Self::Login | Self::Address | Self::EncryptedOnly)
    }

    /// Whether nothing else can be written either.
    pub const fn stops_everything(self) -> bool {
        !matches!(self, Self::Statement | Self::Conflict | Self::Slow | Self::Queued | Self::Privilege)
    }

    /// What a person should do, in one sentence.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Unavailable => {
                "Check the host and port in DATABASE_URL, that the database runs and that this machine may reach it; \
                 a Supabase address db.<ref>.supabase.co is IPv6 only: use the pooler's address."
            }
            Self::Busy => {
                "Wait, or take fewer connections: adsync takes database.max_connections, and a session pooler lets in no more \
                 clients than its pool has connections; Supabase's transaction pooler (port 6543) shares them."
            }
            Self::Queued => {
                "The next run tries again. If it happens often, look in pg_stat_activity for locks and slow statements that hold \
                 up adsync's own, or raise database.max_connections."
            }
            Self::Address => {
                "Allow this machine's address in the network restrictions (Supabase: Database settings, Network restrictions); \
                 a daemon then goes on by itself."
            }
            Self::Login => {
                "Check user and password in DATABASE_URL (Supabase's pooler: the user is postgres.<ref>); after a change of \
                 password the pooler may refuse it for some minutes."
            }
            Self::Conflict => {
                "Another transaction was in the way; the next run tries again. If it happens often, look for transactions that \
                 stay open in pg_stat_activity."
            }
            Self::Slow => {
                "The next run tries again. If it happens often, look at the load of the database and at what holds up its disk."
            }
            Self::ReadOnly => {
                "The database is full or read-only: free space or raise the plan's disk (Supabase: Database settings, Disk size). \
                 A standby takes rows once it is promoted: let DATABASE_URL name the primary. Then the next run goes on."
            }
            Self::Privilege => {
                "Give the role of DATABASE_URL the missing right, or run `adsync migrate` with an owner's ADSYNC_MIGRATE_DATABASE_URL."
            }
            Self::Tls => {
                "Set database.tls_ca_file to the certificate authority of the server; Supabase offers it in the project's \
                 Database settings under SSL configuration."
            }
            Self::OtherHost => {
                "Write the host in DATABASE_URL as the certificate names it; if you reach the server through a tunnel, give \
                 that name to the tunnel's end in /etc/hosts."
            }
            Self::Expired => "Renew the certificate at the server, or set this machine's clock right.",
            Self::LeaseLost => {
                "Nothing: the run that has the account now does the work; look for a paused machine or a slow database if it happens again."
            }
            Self::Refused => "Do what each line names, in the database or in the configuration, and start again.",
            Self::PlainText => {
                "Switch TLS on at the server, or, on a network that you trust, set database.tls = \"disable\"."
            }
            Self::EncryptedOnly => {
                "Set database.tls to \"verify-full\" or \"require\": the pooler takes encrypted connections only."
            }
            Self::Pooled => {
                "Set database.pooler = \"transaction\": between adsync and the server stands a pooler that hands one session's \
                 statements to another."
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

/// What a failure to get in by the owner's address begins with.
const OWNERS: &str = "by ADSYNC_MIGRATE_DATABASE_URL: ";

impl Error {
    /// The same, met with the owner's address.
    pub(super) fn of_owner(self) -> Self {
        Self { message: format!("{OWNERS}{}", self.message), ..self }
    }

    /// What a person should do, in one sentence.
    pub fn advice(&self) -> &'static str {
        match self.class {
            Class::Unavailable | Class::Login | Class::NoDatabase if self.message.starts_with(OWNERS) => {
                "Correct ADSYNC_MIGRATE_DATABASE_URL: its host and port, user and password, and the database at its end."
            }
            class => class.advice(),
        }
    }
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
            sqlx::Error::Io(cause) if let Some(cause) = tls_fault(cause) => untrusted(cause),
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

/// What TLS found wrong: the handshake is part of reading and writing.
fn tls_fault(error: &std::io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

fn untrusted(fault: &rustls::Error) -> Error {
    use rustls::CertificateError as Certificate;
    let rustls::Error::InvalidCertificate(certificate) = fault else {
        return Error::plain(Class::Unavailable, format!("the encrypted connection to the database failed: {fault}"));
    };
    match certificate {
        Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
            Error::plain(Class::OtherHost, "the database's certificate is made for another host name")
        }
        Certificate::Expired | Certificate::ExpiredContext { .. } => {
            Error::plain(Class::Expired, "the database's certificate has expired")
        }
        Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => {
            Error::plain(Class::Expired, "the database's certificate is not valid yet")
        }
        Certificate::UnknownIssuer => Error::plain(
            Class::Tls,
            "the database's certificate is not trusted: it is signed by an authority that this machine does not know",
        ),
        other => Error::plain(Class::Tls, format!("the database's certificate is not trusted: {other}")),
    }
}

/// Tells the class of a server's error. Poolers report their own with states that say little: there the text counts.
fn class_of(sqlstate: &str, message: &str) -> Class {
    match sqlstate {
        "28P01" | "28000" => Class::Login,
        "40001" | "40P01" | "55P03" => Class::Conflict,
        "25006" | "53100" => Class::ReadOnly,
        "42501" => Class::Privilege,
        // It is also the limit on temporary files, which one statement overstepped.
        "53400" if message.contains("temp_file_limit") => Class::Slow,
        "53300" | "57P03" | "53200" | "53000" | "53400" => Class::Busy,
        "57P01" | "57P02" | "57P05" | "25P03" => Class::Unavailable,
        "57014" | "25P04" => Class::Slow,
        "3D000" | "57P04" => Class::NoDatabase,
        "42P05" | "26000" => Class::Pooled,
        state if state.starts_with("08") || state.starts_with("XX") || state.is_empty() => {
            let otherwise = if state.starts_with("08") { Class::Unavailable } else { Class::Statement };
            poolers::told(message).unwrap_or(otherwise)
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_one_piece_of_work_overstepped_is_no_outage_and_no_fault_of_ours() {
        assert_eq!(class_of("25P04", "terminating connection due to transaction timeout"), Class::Slow);
        assert_eq!(class_of("53400", "temporary file size exceeds temp_file_limit (1024kB)"), Class::Slow);
        assert_eq!(class_of("53400", "configuration limit exceeded"), Class::Busy);
    }
}
