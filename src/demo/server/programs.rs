//! The programs of PostgreSQL: where they are, which version, and the making of a new data folder.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use super::ServerError;
use super::account::Account;
use super::folder::Folder;

const SCRIPT: &str = include_str!("../postgres.sh");

/// Finds PostgreSQL on this machine, or unpacks it from Debian's packages, and gives the folder of its programs.
///
/// `say` hears the lines that tell a person what goes on.
pub async fn find_programs(mut say: impl FnMut(&str)) -> Result<PathBuf, ServerError> {
    let mut script = Command::new("bash")
        .args(["-c", SCRIPT, "postgres.sh"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|source| ServerError::io("bash", source))?;
    let mut reason = None;
    if let Some(stderr) = script.stderr.take() {
        let mut lines = BufReader::new(stderr).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            match line.strip_prefix("error: ") {
                Some(why) => reason = Some(why.to_owned()),
                None => say(&line),
            }
        }
    }
    let output = script.wait_with_output().await.map_err(|source| ServerError::io("bash", source))?;
    if !output.status.success() {
        return Err(ServerError::NoPrograms(reason.unwrap_or_else(|| "PostgreSQL was not found".to_owned())));
    }
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

/// The programs in one folder, and the user to run them as.
#[derive(Debug)]
pub(super) struct Programs {
    folder: PathBuf,
    version: String,
    account: Option<Account>,
}

impl Programs {
    /// Asks the server for its version, as the user that will run it.
    pub(super) async fn open(folder: &Path, account: Option<Account>) -> Result<Self, ServerError> {
        if let Some(account) = &account {
            account.judge_way_to(folder)?;
        }
        let mut programs = Self { folder: folder.to_owned(), version: String::new(), account };
        let answer = programs.run("postgres", |command| command.arg("--version")).await?;
        programs.version = major_version(&answer).unwrap_or_default().to_owned();
        Ok(programs)
    }

    pub(super) fn path(&self, program: &str) -> PathBuf {
        self.folder.join(program)
    }

    /// The major version, for example `15`.
    pub(super) fn version(&self) -> &str {
        &self.version
    }

    pub(super) fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    /// Makes the data folder of a new server, which asks everyone for the folder's password.
    pub(super) async fn initdb(&self, folder: &Folder) -> Result<(), ServerError> {
        let fresh = folder.begin(self.account())?;
        self.run("initdb", |command| {
            command.arg("-D").arg(&fresh).arg("--pwfile").arg(folder.password_file());
            command.args(["--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]);
            command.arg("--no-instructions");
            if folder.is_temporary() { command.arg("--no-sync") } else { command }
        })
        .await?;
        folder.finish()
    }

    /// Runs one of the programs to its end and gives what it printed.
    async fn run(
        &self,
        program: &str,
        arguments: impl FnOnce(&mut Command) -> &mut Command,
    ) -> Result<String, ServerError> {
        let mut command = Command::new(self.path(program));
        arguments(&mut command).env_clear().envs(environment()).current_dir("/");
        command.stdin(Stdio::null()).process_group(0).kill_on_drop(true);
        if let Some(account) = &self.account {
            command.uid(account.uid).gid(account.gid);
        }
        let output = command.output().await.map_err(|source| ServerError::io(self.path(program), source))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(ServerError::NotStarted(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
    }
}

/// What the programs get of our environment: nothing that holds a secret or changes their ways.
pub(super) fn environment() -> [(&'static str, String); 2] {
    let path = std::env::var("PATH").unwrap_or_else(|_| "/usr/bin:/bin".to_owned());
    [("PATH", path), ("LC_ALL", "C".to_owned())]
}

/// Reads `15` out of `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
fn major_version(answer: &str) -> Option<&str> {
    let version = answer.split_whitespace().nth(2)?;
    version.split(|letter: char| !letter.is_ascii_digit()).next().filter(|digits| !digits.is_empty())
}

#[cfg(test)]
mod tests {
    use super::major_version;

    #[test]
    fn the_major_version_is_read_from_every_kind_of_release() {
        assert_eq!(major_version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some("15"));
        assert_eq!(major_version("postgres (PostgreSQL) 18beta1"), Some("18"));
        assert_eq!(major_version("postgres (PostgreSQL) devel"), None);
        assert_eq!(major_version(""), None);
    }
}
