//! What becomes of the daemon's work where its log cannot be written.

use rustix::process::Signal;

use super::stage::{EVERY_SECOND, Stage};

#[tokio::test]
async fn a_daemon_whose_stderr_nobody_reads_does_its_work_keeps_its_files_and_stops() {
    let stage = Stage::new().await;
    let logs = tempfile::tempdir().unwrap();
    let daemon = stage.adsync(&["run"], EVERY_SECOND).env("ADSYNC__LOG__DIRECTORY", logs.path());
    let (daemon, _unread) = daemon.env("ADSYNC__LOG__LEVEL", "debug").start_unread();
    stage.db.rows_of("select 1 from sync_runs where status = 'succeeded' having count(*) >= 3").await;
    stage.answers("/readyz", 200, "ready").await;
    daemon.signal(Signal::TERM);
    let finished = daemon.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    stage.nothing_is_left_running().await;
    let file = std::fs::read_dir(logs.path()).unwrap().next().unwrap().unwrap();
    let text = std::fs::read_to_string(file.path()).unwrap();
    assert!(text.matches("\"run ended\"").count() >= 3 && text.contains("the daemon stopped"), "{text}");
}
