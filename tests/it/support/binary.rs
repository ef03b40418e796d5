//! Runs the real binary as a person or a container would: a clean environment, a config folder, signals.

use std::ffi::OsStr;
use std::io::{PipeReader, Write};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::task::JoinHandle;

use super::terminal::Shown;

/// The longest that any one wait of a test takes; a busy machine stays far below it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The binary, with its arguments, about to be started.
pub(crate) struct Binary {
    command: Command,
    config: TempDir,
}

/// The binary at work. Dropped, it is killed.
pub(crate) struct Running {
    child: Child,
    stdout: JoinHandle<String>,
    lines: UnboundedReceiver<String>,
    stderr: String,
    config: TempDir,
}

/// What is left of a binary that ended.
#[derive(Debug)]
pub(crate) struct Finished {
    /// How it ended.
    pub(crate) status: ExitStatus,
    /// All that it printed for programs.
    pub(crate) stdout: String,
    /// All that it printed for people.
    pub(crate) stderr: String,
}

impl Binary {
    /// `adsync` with these arguments, an empty config folder and an environment that holds nothing else.
    pub(crate) fn adsync(arguments: &[&str]) -> Self {
        Self::other(env!("CARGO_BIN_EXE_adsync"), arguments)
    }

    fn other(program: impl AsRef<OsStr>, arguments: &[&str]) -> Self {
        let config = tempfile::tempdir().unwrap();
        let mut command = Command::new(program);
        command.args(arguments).env_clear().env("ADSYNC_CONFIG_DIR", config.path()).current_dir(config.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        Self { command, config }
    }

    /// Sets a variable.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Leaves a variable out that was set.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Writes a file into the config folder.
    pub(crate) fn config(self, name: &str, text: &str) -> Self {
        std::fs::write(self.config.path().join(name), text).unwrap();
        self
    }

    /// Starts it.
    pub(crate) fn start(mut self) -> Running {
        let mut child = self.command.spawn().unwrap();
        let stdout = tokio::spawn(read_all(child.stdout.take().unwrap()));
        let (sender, lines) = mpsc::unbounded_channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        tokio::spawn(async move {
            let mut stderr = stderr.lines();
            while let Ok(Some(line)) = stderr.next_line().await {
                sender.send(line).ok();
            }
        });
        Running { child, stdout, lines, stderr: String::new(), config: self.config }
    }

    /// Starts it with a stderr that is full and that nobody reads, for as long as what is given beside it is held.
    pub(crate) fn start_unread(mut self) -> (Running, PipeReader) {
        let (reader, mut writer) = std::io::pipe().unwrap();
        self.command.stderr(writer.try_clone().unwrap());
        let mut child = self.command.spawn().unwrap();
        // More than a pipe holds: it waits for room, and takes what there is before anybody else does.
        std::thread::spawn(move || writer.write_all(&[b'.'; 1 << 20]));
        let stdout = tokio::spawn(read_all(child.stdout.take().unwrap()));
        let (_, lines) = mpsc::unbounded_channel();
        (Running { child, stdout, lines, stderr: String::new(), config: self.config }, reader)
    }

    /// Starts it on a terminal. The config folder has to stay as long as it runs.
    pub(crate) fn on_terminal(self) -> (Shown, TempDir) {
        (Shown::start(self.command), self.config)
    }

    /// Starts it and waits for its end.
    pub(crate) async fn run(self) -> Finished {
        self.start().finish().await
    }
}

impl Running {
    /// The config folder, to change a file while the binary runs.
    pub(crate) fn config_dir(&self) -> &std::path::Path {
        self.config.path()
    }

    /// The process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// Whether it is over, without taking its end away from whoever waits for it.
    pub(crate) fn has_ended(&self) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id()));
        !stat.is_ok_and(|stat| !stat.contains(") Z "))
    }

    /// Waits for a line on stderr that contains the text, and gives the line.
    pub(crate) async fn line_with(&mut self, text: &str) -> String {
        // Of all lines together: a daemon that goes on talking of other things would be listened to for ever.
        let found = tokio::time::timeout(2 * PATIENCE, async {
            while let Ok(Some(line)) = tokio::time::timeout(PATIENCE, self.lines.recv()).await {
                self.stderr.extend([line.as_str(), "\n"]);
                if line.contains(text) {
                    return Some(line);
                }
            }
            None
        });
        match found.await {
            Ok(Some(line)) => line,
            _ => panic!("no line with {text:?} came; these did:\n{}", self.stderr),
        }
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_raw(self.id().cast_signed()).unwrap(), signal).unwrap();
    }

    /// Waits for the end.
    pub(crate) async fn finish(mut self) -> Finished {
        let Ok(status) = tokio::time::timeout(PATIENCE, self.child.wait()).await else {
            while let Ok(line) = self.lines.try_recv() {
                self.stderr.extend([line.as_str(), "\n"]);
            }
            panic!("it did not end; its stderr so far:\n{}", self.stderr);
        };
        while let Some(line) = self.lines.recv().await {
            self.stderr.extend([line.as_str(), "\n"]);
        }
        Finished { status: status.unwrap(), stdout: self.stdout.await.unwrap(), stderr: self.stderr }
    }
}

impl Finished {
    /// The exit status that a shell would show: 128 more than the signal for a process that a signal ended.
    pub(crate) fn code(&self) -> i32 {
        use std::os::unix::process::ExitStatusExt;
        self.status.code().unwrap_or_else(|| 128 + self.status.signal().unwrap())
    }
}

async fn read_all(mut from: impl AsyncRead + Unpin) -> String {
    let mut text = String::new();
    from.read_to_string(&mut text).await.unwrap();
    text
}

#[tokio::test]
async fn a_started_program_is_heard_signalled_and_awaited() {
    let script = r#"trap 'kill $!; echo bye >&2; exit 7' TERM; sleep 60 & ls "$ADSYNC_CONFIG_DIR"; echo "$GIVEN $HOME" >&2; wait"#;
    let binary = Binary::other("/bin/bash", &["-c", script]);
    let mut running = binary.env("GIVEN", "this").env("PATH", "/usr/bin:/bin").config("default.toml", "").start();
    assert_eq!(running.line_with("this").await, "this ", "nothing but what is given reaches the environment");
    running.signal(Signal::TERM);
    let finished = running.finish().await;
    assert_eq!(finished.code(), 7, "{finished:?}");
    assert_eq!((finished.stdout.as_str(), finished.stderr.as_str()), ("default.toml\n", "this \nbye\n"));
}

#[tokio::test]
async fn a_killed_program_has_the_code_that_a_shell_shows() {
    let running = Binary::other("/bin/sleep", &["60"]).start();
    assert!(running.config_dir().exists());
    running.signal(Signal::KILL);
    assert_eq!(running.finish().await.code(), 137);
}

#[tokio::test]
async fn the_real_binary_is_found() {
    assert_eq!(Binary::adsync(&["--version"]).run().await.code(), 0);
}
