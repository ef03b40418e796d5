//! The WebDriver protocol, as far as the tests need it: JSON over HTTP to a driver on loopback that uses one Chromium.

use std::io::BufRead;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::support::binary::PATIENCE;
use crate::support::until;

/// Names driver and browser; `tests/run` finds them once for all.
const PROGRAMS: &str = "ADSYNC_TEST_CHROMIUM";
const SCRIPT: &str = include_str!("../../../programs.sh");

/// Ends driver and browser when standard input ends, whatever ended the tests, and removes their folder. They are what
/// belongs to this session of processes: a browser that its driver left alone still does.
const KEEPER: &str = r#"
folder=$1; shift
exec 3<&0
(
    trap '' HUP INT TERM
    read -r _ <&3
    read -r me _ </proc/self/stat
    sid=$$
    pids=
    for stat in /proc/[0-9]*/stat; do
        { read -r line <"$stat"; } 2>/dev/null || continue
        pid=${line%% *}
        set -- ${line##*) }
        if [ "$4" = "$sid" ] && [ "$pid" != "$me" ]; then pids="$pids $pid"; fi
    done
    kill -9 $pids
    rm -rf "$folder"
) >/dev/null 2>&1 &
exec "$@" 3<&- </dev/null
"#;

/// A driver with its browser. Dropped, both are killed.
pub(super) struct Driver {
    port: u16,
    session: String,
    keeper: Child,
    lifeline: Option<ChildStdin>,
    folder: PathBuf,
}

impl Driver {
    /// Starts a driver and a browser with a profile of its own.
    pub(super) async fn start() -> Self {
        let (driver, browser) = programs();
        let folder = TempDir::new().unwrap().keep();
        let mut command = Command::new("setsid");
        command.args(["/bin/sh", "-c", KEEPER, "sh"]).arg(&folder).args([&driver, "--port=0"]);
        command.env("TMPDIR", &folder).env("HOME", &folder);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut keeper = command.spawn().unwrap();
        let lifeline = keeper.stdin.take();
        let stdout = std::io::BufReader::new(keeper.stdout.take().unwrap());
        let port = tokio::task::spawn_blocking(|| port_of(stdout)).await.unwrap();
        let mut driver = Self { port, session: String::new(), keeper, lifeline, folder };
        let profile = driver.folder.join("profile");
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            // A name as it is in somebody's network: browsers trust this machine's own names more.
            "--host-resolver-rules=MAP adsync.test 127.0.0.1",
            &format!("--user-data-dir={}", profile.display()),
        ];
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": { "binary": browser, "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        } } });
        let opened = driver.send("POST", "/session", &wanted).await;
        opened["sessionId"].as_str().unwrap().clone_into(&mut driver.session);
        driver
    }

    /// Gives a command of this session and its value.
    pub(super) async fn post(&self, path: &str, body: Value) -> Value {
        self.send("POST", &format!("/session/{}/{path}", self.session), &body).await
    }

    /// Asks this session for a value.
    pub(super) async fn get(&self, path: &str) -> Value {
        self.send("GET", &format!("/session/{}/{path}", self.session), &Value::Null).await
    }

    /// Sends a command of Chromium's own protocol.
    pub(super) async fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.post("goog/cdp/execute", json!({ "cmd": command, "params": parameters })).await
    }

    /// Whether the browser is still there.
    pub(super) async fn is_alive(&self) -> bool {
        self.try_send("GET", &format!("/session/{}/url", self.session), &Value::Null).await.is_ok()
    }

    async fn send(&self, method: &str, path: &str, body: &Value) -> Value {
        self.try_send(method, path, body).await.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    async fn try_send(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let answer = tokio::time::timeout(PATIENCE, self.ask(method, path, body)).await;
        let answer = answer.map_err(|_| "no answer came")?.map_err(|error| error.to_string())?;
        let mut answer: Value = serde_json::from_str(&answer).map_err(|error| format!("{error}: {answer}"))?;
        let value = answer["value"].take();
        match value["error"].as_str() {
            Some(error) => Err(format!("{error}: {}", value["message"].as_str().unwrap_or_default())),
            None => Ok(value),
        }
    }

    async fn ask(&self, method: &str, path: &str, body: &Value) -> std::io::Result<String> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n",
            self.port,
            body.len()
        );
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(body.as_bytes()).await?;
        // The driver keeps the connection open, whatever it is told: the answer's length says where it ends.
        let (mut stream, mut length) = (BufReader::new(stream), 0);
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).await?;
            match line.trim_end().split_once(':') {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.trim().parse().unwrap()
                }
                None if line.trim_end().is_empty() => break,
                _ => {}
            }
        }
        let mut answer = vec![0; length];
        stream.read_exact(&mut answer).await?;
        Ok(String::from_utf8(answer).unwrap())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        self.keeper.wait().ok();
    }
}

/// The driver says on which free port it listens.
fn port_of(stdout: impl BufRead) -> u16 {
    let mut said = String::new();
    for line in stdout.lines() {
        let line = line.unwrap();
        if let Some((_, port)) = line.split_once("started successfully on port ") {
            return port.trim_end_matches('.').parse().unwrap();
        }
        said.extend([line.as_str(), "\n"]);
    }
    panic!("the driver ended: {said}");
}

fn programs() -> (String, String) {
    let named = std::env::var(PROGRAMS).unwrap_or_else(|_| {
        let found = Command::new("bash")
            .args(["-c", SCRIPT, "programs.sh", "chromium"])
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(found.status.success(), "Chromium cannot be had: tests/programs.sh says why");
        String::from_utf8(found.stdout).unwrap()
    });
    let (driver, browser) = named.trim().split_once(':').unwrap();
    (driver.to_owned(), browser.to_owned())
}

#[tokio::test]
async fn no_process_and_no_file_of_a_browser_is_left() {
    let driver = Driver::start().await;
    let folder = driver.folder.clone();
    let path = folder.to_str().unwrap();
    let uses = || {
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        let lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
        lines.filter(|line| String::from_utf8_lossy(line).contains(path)).count()
    };
    assert!(uses() > 1, "driver and browser are at work");
    drop(driver);
    until("the end of all processes", async || uses() == 0).await;
    until("the end of the folder", async || !folder.exists()).await;
}
