//! Why a server of our own cannot be had, and what to do about it.

use std::io;
use std::path::PathBuf;

/// Why a server of our own cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The script found no server and could not unpack one; the words are the script's.
    #[error("{0}")]
    NoPrograms(String),
    /// We are root, which PostgreSQL refuses, and nobody else can be asked.
    #[error(
        "PostgreSQL refuses to run as root, and this machine has no user postgres or nobody: run this as an ordinary user"
    )]
    NoAccount,
    /// A folder on the way is closed to the user that the server runs as.
    #[error(
        "PostgreSQL refuses to run as root, and the user {user}, as whom it runs instead, may not enter {}: \
         name a folder elsewhere, such as /var/tmp/adsync, or run this as an ordinary user",
        folder.display()
    )]
    Closed {
        /// The first folder on the way that is closed.
        folder: PathBuf,
        /// The user that the server runs as.
        user: String,
    },
    /// The folder holds something that we did not put there.
    #[error("{} holds other files: name a new or an empty folder", folder.display())]
    Foreign {
        /// The folder that was named.
        folder: PathBuf,
    },
    /// Another major version of PostgreSQL made the data.
    #[error(
        "{} was made by PostgreSQL {made_by}, and the one here is {here}: name another folder, or install PostgreSQL {made_by}",
        folder.display()
    )]
    OtherVersion {
        /// The folder that was named.
        folder: PathBuf,
        /// The version that made it.
        made_by: String,
        /// The version at hand.
        here: String,
    },
    /// A living server works on the folder.
    #[error("{} is in use by the PostgreSQL server with process id {pid}: stop the demo that runs there, or name another folder", folder.display())]
    InUse {
        /// The folder that was named.
        folder: PathBuf,
        /// The process that works on it.
        pid: u32,
    },
    /// A program of PostgreSQL failed; the words are its own.
    #[error("PostgreSQL did not start: {0}")]
    NotStarted(String),
    /// The system refused.
    #[error("{}", path.display())]
    Io {
        /// What could not be used.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl ServerError {
    pub(super) fn io(path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::Io { path: path.into(), source }
    }
}
