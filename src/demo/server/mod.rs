//! A PostgreSQL server of our own: made in a folder, started as a child, gone when we are.
//!
//! It listens on loopback only, on a free port, and asks for a random password: other people of the same machine cannot
//! get in. Its life hangs on a pipe that only this process holds, so that it stops even after a `kill -9`.

mod account;
mod error;
mod folder;
mod programs;

use std::fs::File;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};

pub use error::ServerError;
pub use folder::DataDir;
pub use programs::find_programs;

use account::Account;
use folder::Folder;
use programs::Programs;

/// The file that whoever started the server may keep beside its data.
pub const LEDGER: &str = "world";

/// How long a start may take; a kept folder may have a crash to recover from.
const START_WITHIN: Duration = Duration::from_secs(60);

/// How long an orderly stop may take before the server is killed.
const STOP_WITHIN: Duration = Duration::from_secs(15);

const POLL_EVERY: Duration = Duration::from_millis(20);

/// Becomes the server, and leaves behind a keeper that stops it when standard input ends.
///
/// The keeper is no child of the server, which would take an unknown child's death for a crash. It must not hold the
/// caller's output open, and a line on standard input tells it that the server has ended by itself.
const KEEPER: &str = r#"
data=$1 remove=$2; shift 2
exec 3<&0
( (
    trap '' HUP INT TERM
    if read -r _ <&3; then exit; fi
    kill -INT $$
    tries=100
    while [ -e "$data/postmaster.pid" ] && [ $tries -gt 0 ]; do sleep 0.1; tries=$((tries - 1)); done
    [ ! -e "$data/postmaster.pid" ] || kill -QUIT $$
    [ -z "$remove" ] || rm -rf "$remove"
) >/dev/null 2>&1 & )
exec "$@" 3<&- </dev/null
"#;

/// A running server. Dropped, it stops in the background; [`Server::stop`] waits for that.
#[derive(Debug)]
pub struct Server {
    child: Child,
    lifeline: ChildStdin,
    folder: Folder,
    url: SecretString,
}

impl Server {
    /// Starts a server on a folder, which is made ready first where it is new.
    ///
    /// `programs` is the folder that [`find_programs`] found.
    pub async fn start(programs: &Path, data: &DataDir) -> Result<Self, ServerError> {
        let account = Account::for_server().await?;
        let programs = Programs::open(programs, account.clone()).await?;
        let folder = Folder::open(data, account.as_ref())?;
        match Self::start_in(&programs, &folder).await {
            Ok((child, lifeline, port)) => {
                let url =
                    format!("postgres://postgres:{}@127.0.0.1:{port}/postgres", folder.password().expose_secret());
                Ok(Self { child, lifeline, folder, url: url.into() })
            }
            Err(error) => {
                folder.remove_if_temporary();
                Err(error)
            }
        }
    }

    /// Where the server is reached, as its superuser.
    pub fn url(&self) -> &SecretString {
        &self.url
    }

    /// The folder that holds the data and the server's own log, `server.log`.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Ends all connections, stops the server and removes a temporary folder.
    pub async fn stop(self) {
        let Self { mut child, lifeline, folder, .. } = self;
        drop(lifeline);
        let patience = Instant::now() + STOP_WITHIN;
        while !has_ended(&mut child) {
            if Instant::now() > patience {
                // Nothing is left to try after this, and the data of a killed server recover at the next start.
                child.kill().ok();
                child.wait().ok();
                break;
            }
            tokio::time::sleep(POLL_EVERY).await;
        }
        folder.remove_if_temporary();
    }

    async fn start_in(programs: &Programs, folder: &Folder) -> Result<(Child, ChildStdin, u16), ServerError> {
        folder.judge_version(programs.version())?;
        if folder.is_new() {
            programs.initdb(folder).await?;
        }
        folder.release().await?;
        let mut tries = 3;
        loop {
            let port = free_port().map_err(|source| ServerError::io("127.0.0.1", source))?;
            let (mut child, lifeline) = spawn(programs, folder, port)?;
            match wait_until_ready(&mut child, folder).await {
                Ok(()) => return Ok((child, lifeline, port)),
                Err(error) => {
                    give_up(child, lifeline);
                    // Someone took the port between our look and the server's.
                    tries -= 1;
                    if tries == 0 || !folder.log_tail().contains("Address already in use") {
                        return Err(error);
                    }
                }
            }
        }
    }
}

fn spawn(programs: &Programs, folder: &Folder, port: u16) -> Result<(Child, ChildStdin), ServerError> {
    let log = File::create(folder.log()).map_err(|source| ServerError::io(folder.log(), source))?;
    let mut command = Command::new("/bin/sh");
    command.args(["-c", KEEPER, "sh"]).arg(folder.data());
    command.arg(if folder.is_temporary() { folder.path() } else { Path::new("") });
    command.arg(programs.path("postgres")).arg("-D").arg(folder.data());
    let port = format!("port={port}");
    let mut settings = vec![port.as_str(), "listen_addresses=127.0.0.1", "unix_socket_directories=", "jit=off"];
    if folder.is_temporary() {
        settings.extend(["fsync=off", "synchronous_commit=off", "full_page_writes=off"]);
    }
    for setting in settings {
        command.args(["-c", setting]);
    }
    command.env_clear().envs(programs::environment()).current_dir("/");
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log);
    // A ctrl-c in the terminal is ours alone to act on: the server must outlive whoever still writes to it.
    command.process_group(0);
    if let Some(account) = programs.account() {
        command.uid(account.uid).gid(account.gid);
    }
    let mut child = command.spawn().map_err(|source| ServerError::io("/bin/sh", source))?;
    match child.stdin.take() {
        Some(lifeline) => Ok((child, lifeline)),
        None => Err(ServerError::NotStarted("its standard input is missing".to_owned())),
    }
}

/// Waits for the word that the server itself writes into its `postmaster.pid` once it takes connections.
async fn wait_until_ready(child: &mut Child, folder: &Folder) -> Result<(), ServerError> {
    let patience = Instant::now() + START_WITHIN;
    loop {
        if has_ended(child) || Instant::now() > patience {
            return Err(ServerError::NotStarted(folder.log_tail()));
        }
        if folder.postmaster().is_some_and(|postmaster| postmaster.pid == child.id() && postmaster.ready) {
            return Ok(());
        }
        tokio::time::sleep(POLL_EVERY).await;
    }
}

fn give_up(mut child: Child, mut lifeline: ChildStdin) {
    // Both may fail only because the other side is gone already, which is what they are for.
    lifeline.write_all(b"ended\n").ok();
    child.kill().ok();
    child.wait().ok();
}

/// A child that cannot be asked any more counts as ended: waiting for it would never end either.
fn has_ended(child: &mut Child) -> bool {
    !matches!(child.try_wait(), Ok(None))
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
