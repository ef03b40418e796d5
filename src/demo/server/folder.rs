//! The folder of a server: `data` for PostgreSQL itself, and beside it its password and its log.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use secrecy::SecretString;

use super::account::Account;
use super::{LEDGER, ServerError};

/// How long a server whose demo was killed may take to stop before its folder counts as in use.
const RELEASE_WITHIN: Duration = Duration::from_secs(5);

/// Where the data are kept.
#[derive(Debug, Clone)]
pub enum DataDir {
    /// In a new folder among the system's temporary files, which goes with the server.
    Temporary,
    /// In this folder, made where it is missing, and found again at the next start.
    Kept(PathBuf),
}

/// The folder of one server, ours alone.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    temporary: bool,
    password: SecretString,
}

/// What a server says of itself in `postmaster.pid`.
pub(super) struct Postmaster {
    pub(super) pid: u32,
    pub(super) ready: bool,
}

impl Folder {
    /// Finds or makes the folder and its password; the data in it may still be missing.
    pub(super) fn open(data: &DataDir, account: Option<&Account>) -> Result<Self, ServerError> {
        let temporary = matches!(data, DataDir::Temporary);
        let path = match data {
            DataDir::Temporary => std::env::temp_dir().join(format!("adsync-{}", random_hex()?)),
            DataDir::Kept(path) => std::path::absolute(path).map_err(|source| ServerError::io(path, source))?,
        };
        let failed = |source| ServerError::io(&path, source);
        if let (Some(account), Some(nearest)) = (account, path.ancestors().find(|folder| folder.exists())) {
            account.judge_way_to(nearest)?;
        }
        if temporary || !path.exists() {
            if let Some(parent) = path.parent() {
                // With the usual mode: the folder itself is closed to others, the way to it is not.
                fs::create_dir_all(parent).map_err(failed)?;
            }
            // Another user's folder of the same name among the temporary files is refused, as nothing is reused there.
            DirBuilder::new().mode(0o700).create(&path).map_err(failed)?;
            if let Some(account) = account {
                account.give(&path)?;
            }
        }
        for entry in path.read_dir().map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            if !["data", "data.new", "password", "server.log", LEDGER].iter().any(|ours| name == *ours) {
                return Err(ServerError::Foreign { folder: path });
            }
        }
        if let Some(account) = account {
            account.judge_way_to(&path)?;
        }
        let password = password(&path.join("password"), account)?;
        Ok(Self { path, temporary, password })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.path.join("server.log")
    }

    pub(super) fn password_file(&self) -> PathBuf {
        self.path.join("password")
    }

    pub(super) fn password(&self) -> &SecretString {
        &self.password
    }

    pub(super) fn is_temporary(&self) -> bool {
        self.temporary
    }

    pub(super) fn is_new(&self) -> bool {
        !self.data().exists()
    }

    /// Makes an empty folder to create the data in, so that `data` is never half made.
    pub(super) fn begin(&self, account: Option<&Account>) -> Result<PathBuf, ServerError> {
        let fresh = self.path.join("data.new");
        let failed = |source| ServerError::io(&fresh, source);
        if fresh.exists() {
            fs::remove_dir_all(&fresh).map_err(failed)?;
        }
        DirBuilder::new().mode(0o700).create(&fresh).map_err(failed)?;
        if let Some(account) = account {
            account.give(&fresh)?;
        }
        Ok(fresh)
    }

    /// Puts the data in their place.
    pub(super) fn finish(&self) -> Result<(), ServerError> {
        fs::rename(self.path.join("data.new"), self.data()).map_err(|source| ServerError::io(self.data(), source))
    }

    /// Fails where another major version made the data.
    pub(super) fn judge_version(&self, here: &str) -> Result<(), ServerError> {
        if self.is_new() {
            return Ok(());
        }
        let file = self.data().join("PG_VERSION");
        let made_by = fs::read_to_string(&file).map_err(|source| ServerError::io(&file, source))?.trim().to_owned();
        if made_by == here {
            return Ok(());
        }
        Err(ServerError::OtherVersion { folder: self.path.clone(), made_by, here: here.to_owned() })
    }

    /// Waits for the server of a killed demo to stop, and removes the mark that a killed server left.
    pub(super) async fn release(&self) -> Result<(), ServerError> {
        let patience = Instant::now() + RELEASE_WITHIN;
        while let Some(Postmaster { pid, .. }) = self.postmaster() {
            match fs::read_to_string(format!("/proc/{pid}/comm")) {
                Ok(name) if name.trim() == "postgres" => {}
                // The number went to another program, for example after a restart of the machine: PostgreSQL itself
                // asks only whether some process has it, and would refuse to start.
                Ok(_) => return self.remove_mark(),
                // No such process, or no /proc: PostgreSQL judges that rightly.
                Err(_) => return Ok(()),
            }
            if Instant::now() > patience {
                return Err(ServerError::InUse { folder: self.path.clone(), pid });
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    /// What the server in this folder says of itself, if there is one.
    pub(super) fn postmaster(&self) -> Option<Postmaster> {
        read_postmaster(&fs::read_to_string(self.data().join("postmaster.pid")).ok()?)
    }

    /// The last lines of the server's log.
    pub(super) fn log_tail(&self) -> String {
        let log = fs::read(self.log()).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        lines.get(lines.len().saturating_sub(5)..).unwrap_or_default().join("\n")
    }

    /// Removes the folder, unless it is to be kept.
    pub(super) fn remove_if_temporary(&self) {
        if self.temporary {
            // The keeper removes it too: whoever comes second finds nothing, and what cannot be removed harms nobody.
            fs::remove_dir_all(&self.path).ok();
        }
    }

    fn remove_mark(&self) -> Result<(), ServerError> {
        let mark = self.data().join("postmaster.pid");
        fs::remove_file(&mark).map_err(|source| ServerError::io(mark, source))
    }
}

impl Drop for Folder {
    /// Removes a temporary folder whose start was given up half way. Where a server runs, its keeper does that.
    fn drop(&mut self) {
        if self.postmaster().is_none() {
            self.remove_if_temporary();
        }
    }
}

/// Reads the password, or makes one that only its owner may read.
fn password(file: &Path, account: Option<&Account>) -> Result<SecretString, ServerError> {
    let failed = |source| ServerError::io(file, source);
    match fs::read_to_string(file) {
        // An empty one was cut short, before any data were made with it.
        Ok(password) if !password.trim().is_empty() => return Ok(password.trim().into()),
        Ok(_) => fs::remove_file(file).map_err(failed)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    let password = random_hex()?;
    let mut new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).map_err(failed)?;
    new.write_all(password.as_bytes()).map_err(failed)?;
    new.set_permissions(Permissions::from_mode(0o600)).map_err(failed)?;
    if let Some(account) = account {
        account.give(file)?;
    }
    Ok(password.into())
}

/// 128 bits that nobody can guess.
fn random_hex() -> Result<String, ServerError> {
    let mut bytes = [0; 16];
    let source = Path::new("/dev/urandom");
    fs::File::open(source)
        .and_then(|mut file| file.read_exact(&mut bytes))
        .map_err(|error| ServerError::io(source, error))?;
    Ok(hex::encode(bytes))
}

/// Reads the process id on the first line and the state on the eighth.
fn read_postmaster(file: &str) -> Option<Postmaster> {
    let mut lines = file.lines();
    let pid = lines.next()?.trim().parse().ok()?;
    Some(Postmaster { pid, ready: lines.nth(6).is_some_and(|state| state.trim() == "ready") })
}

#[cfg(test)]
mod tests {
    use super::read_postmaster;

    #[test]
    fn a_server_is_ready_when_its_mark_says_so() {
        let mark = "4711\n/tmp/x/data\n1790000000\n54321\n\n127.0.0.1\n  1234 5\nready   \n";
        assert!(read_postmaster(mark).is_some_and(|postmaster| postmaster.pid == 4711 && postmaster.ready));
        let starting = mark.replace("ready   ", "starting");
        assert!(read_postmaster(&starting).is_some_and(|postmaster| !postmaster.ready));
        assert!(read_postmaster("").is_none());
    }
}
