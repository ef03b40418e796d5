//! `adsync demo`: it shows the main job with nothing to set up, meddles with nothing, and leaves nothing behind.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tempfile::TempDir;

use crate::support::binary::Binary;

/// A folder for temporary files and data, open to the user that runs the server when we are root.
fn folder() -> TempDir {
    tempfile::Builder::new().permissions(Permissions::from_mode(0o755)).tempdir().unwrap()
}

/// A demo on a machine that is set up for something else, which is none of its business.
fn demo(arguments: &[&str], temporary: &Path) -> Binary {
    let mut all = vec!["demo"];
    all.extend(arguments);
    let given = |name: &str| std::env::var(name).unwrap_or_default();
    Binary::adsync(&all)
        .config("default.toml", "this is no TOML")
        .env("ADSYNC_ENV", "missing")
        .env("ADSYNC__WEB__LISTEN", "nowhere")
        .env("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none")
        .env("META_ACCESS_TOKEN", "EAAanother")
        .env("META_ACCOUNT_ID", "act_1")
        .env("TMPDIR", temporary)
        .env("PATH", given("PATH"))
        .env("HOME", given("HOME"))
}

/// Fails while a process has the folder in its command line, or something lies in it.
async fn nothing_is_left(folder: &Path) {
    let path = folder.to_str().unwrap();
    let uses = || {
        let processes = fs::read_dir("/proc").unwrap().flatten();
        let lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
        lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " ")).find(|line| line.contains(path))
    };
    let patience = Instant::now() + Duration::from_secs(20);
    while let Some(line) = uses() {
        assert!(Instant::now() < patience, "still at work: {line}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let left: Vec<_> = folder.read_dir().unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn once_loads_ninety_days_shows_them_syncs_again_and_leaves_nothing() {
    let temporary = folder();
    let finished = demo(&["--once"], temporary.path()).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    let shown = finished.stdout.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let agreement = "of 91 days. 90 of these days agree with Meta's own totals to the cent, 1 still move.";
    for words in [agreement, " ACTIVE 5 36\n", " Leads | Sorriso | CBO ", " ROAS\n", " meanwhile: "] {
        assert!(shown.contains(words), "no {words:?} in:\n{shown}");
    }
    assert!(shown.contains("run by manual succeeded"), "{shown}");
    assert!(shown.ends_with("left nothing behind.\n"), "{shown}");
    assert!(!finished.stderr.contains("WARN"), "{}", finished.stderr);
    nothing_is_left(temporary.path()).await;
}

#[tokio::test]
async fn ctrl_c_ends_it_at_every_stage_and_nothing_is_left() {
    for stage in ["Nothing leaves this machine", "PostgreSQL is here", "Loading 90 days", "The daemon runs"] {
        let temporary = folder();
        let mut running = demo(&[], temporary.path()).start();
        running.line_with(stage).await;
        running.signal(Signal::INT);
        let finished = running.finish().await;
        assert_eq!(finished.code(), 0, "{stage}: {finished:?}");
        assert!(finished.stdout.ends_with("left nothing behind.\n"), "{stage}: {finished:?}");
        nothing_is_left(temporary.path()).await;
    }
}

#[tokio::test]
async fn a_kept_folder_goes_on_where_it_was() {
    let (temporary, home) = (folder(), folder());
    let data = home.path().join("kept");
    let arguments = ["--once", "--data", data.to_str().unwrap()];
    let first = demo(&arguments, temporary.path()).run().await;
    assert_eq!(first.code(), 0, "{first:?}");
    let second = demo(&arguments, temporary.path()).run().await;
    assert_eq!(second.code(), 0, "{second:?}");
    assert!(second.stdout.contains("goes on from here"), "{second:?}");

    let inserted = |output: &str| -> u64 {
        let (before, _) = output.split_once(" rows inserted").unwrap();
        before.rsplit(' ').next().unwrap().parse().unwrap()
    };
    assert!(inserted(&first.stdout) > 2_000, "{first:?}");
    assert!(inserted(&second.stdout) < 50, "{second:?}");
    let record = fs::read_to_string(data.join("world")).unwrap();
    assert_eq!(record.lines().count(), 3, "a beginning and two ticks: {record}");
    nothing_is_left(temporary.path()).await;

    fs::write(data.join("world"), "once upon a time\n").unwrap();
    let third = demo(&arguments, temporary.path()).run().await;
    assert_eq!(third.code(), 1, "{third:?}");
    assert!(third.stderr.contains("is not the record that a demo keeps"), "{third:?}");
}

#[tokio::test]
async fn a_port_that_is_taken_is_said_at_once() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let temporary = folder();
    let finished = demo(&["--port", &port], temporary.path()).run().await;
    assert_eq!(finished.code(), 2, "{finished:?}");
    assert!(finished.stderr.contains(&format!("--port: {port} cannot be had")), "{finished:?}");
}
