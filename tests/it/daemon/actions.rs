//! What an admin asks for over HTTP is done by the daemon that runs, and its ticks go on.

use rustix::process::Signal;
use serde_json::{Value, json};

use super::stage::{EVERY_SECOND, Stage};
use crate::support::binary::Running;

const ADMIN: &str = "a-word-for-admins";

/// Nothing falls due while a test runs.
const RARELY: &str = "[schedules.recent]\ncron = \"0 0 1 1 *\"\n[schedules.settled]\nenabled = false\n";

fn daemon(stage: &Stage, config: &str) -> Running {
    stage.adsync(&["run"], config).env("ADSYNC_ADMIN_TOKEN", ADMIN).start()
}

async fn does(stage: &Stage, path: &str, body: &str, status: u16) -> Value {
    let (given, answer) = stage.post(path, ADMIN, body).await;
    assert_eq!(given, status, "{path}: {answer}");
    assert!(!answer.contains(ADMIN));
    serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{path}: {error}: {answer}"))
}

async fn reads(stage: &Stage, path: &str) -> Value {
    let (status, answer) = stage.get(path).await.unwrap();
    assert_eq!(status, 200, "{path}: {answer}");
    serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{path}: {error}: {answer}"))
}

async fn stops(stage: &Stage, daemon: Running) {
    daemon.signal(Signal::TERM);
    let finished = daemon.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert!(!finished.stderr.contains(ADMIN), "{finished:?}");
    stage.nothing_is_left_running().await;
}

#[tokio::test]
async fn a_run_that_is_asked_for_begins_at_once_and_is_one() {
    let stage = Stage::new().await;
    stage.latency(200);
    let daemon = daemon(&stage, RARELY);
    stage.answers("/readyz", 200, "ready").await;
    stage.db.rows_of("select 1 from sync_schedules where schedule = 'recent'").await;
    let begun = does(&stage, "/api/schedules/recent/run", "", 202).await;
    let id = begun["run_id"].as_str().unwrap().to_owned();
    let twice = does(&stage, "/api/schedules/recent/run", "", 409).await;
    assert!(twice["error"].as_str().unwrap().contains(&id), "{twice}");
    stage.latency(0);
    stage.db.rows_of(&format!("select 1 from sync_runs where id = '{id}' and status = 'succeeded'")).await;
    let run = reads(&stage, &format!("/api/runs/{id}")).await;
    assert_eq!(
        (&run[0]["trigger"], &run[0]["schedule"], &run[0]["due_at"]),
        (&json!("manual"), &json!("recent"), &Value::Null)
    );
    assert_eq!(reads(&stage, "/api/runs?limit=1").await, run);
    let unknown = does(&stage, "/api/schedules/recents/run", "", 404).await;
    assert!(unknown["error"].as_str().unwrap().contains("recent"), "{unknown}");
    let accounts = reads(&stage, "/api/accounts").await;
    assert_eq!(accounts[0]["id"], "act_1029384756102938");
    let coverage = reads(&stage, "/api/coverage?report=adset&account_id=act_1029384756102938").await;
    assert!(coverage.as_array().unwrap().iter().all(|day| day["report"] == "adset" && day["complete"] == true));
    assert!(coverage.as_array().unwrap().len() >= 4, "{coverage}");
    stops(&stage, daemon).await;
}

#[tokio::test]
async fn a_pause_lasts_over_a_restart_until_it_is_resumed_and_says_who_and_why() {
    let stage = Stage::new().await;
    let first = daemon(&stage, EVERY_SECOND);
    stage.db.rows_of("select 1 from sync_runs where status = 'succeeded'").await;
    let wish = json!({ "by": "Ana", "reason": "the accountant looks" }).to_string();
    let paused = does(&stage, "/api/schedules/recent/pause", &wish, 200).await;
    assert_eq!((&paused["paused_by"], &paused["pause_reason"]), (&json!("Ana"), &json!("the accountant looks")));
    let again = does(&stage, "/api/schedules/recent/pause", "{\"by\":\"Bruno\"}", 200).await;
    assert_eq!(again, paused, "who came first stays");
    stage.db.rows_of("select 1 from sync_runs where status = 'skipped' and status_reason like '%paused%'").await;
    // A run that was under way when the pause came would be taken up by the next process, and be in the way there.
    stage.db.rows_of("select 1 where not exists (select from sync_runs where status = 'running')").await;
    stops(&stage, first).await;

    let second = daemon(&stage, EVERY_SECOND);
    stage.answers("/readyz", 200, "ready").await;
    let schedules = reads(&stage, "/api/schedules").await;
    let recent = schedules.as_array().unwrap().iter().find(|schedule| schedule["schedule"] == "recent").unwrap();
    assert_eq!((&recent["paused_by"], &recent["paused_at"]), (&json!("Ana"), &paused["paused_at"]));
    // By hand it runs all the same.
    let begun = does(&stage, "/api/schedules/recent/run", "", 202).await;
    let id = begun["run_id"].as_str().unwrap();
    stage.db.rows_of(&format!("select 1 from sync_runs where id = '{id}' and status = 'succeeded'")).await;
    let resumed = does(&stage, "/api/schedules/recent/resume", "", 200).await;
    assert_eq!(resumed["paused_at"], Value::Null);
    stage
        .db
        .rows_of(&format!("select 1 from sync_runs where trigger = 'cron' and status = 'succeeded' and id > '{id}'"))
        .await;
    stops(&stage, second).await;
}

#[tokio::test]
async fn a_run_is_cancelled_by_its_id_and_says_who_wanted_it() {
    let stage = Stage::new().await;
    stage.latency(1_500);
    let daemon = daemon(&stage, RARELY);
    stage.db.rows_of("select 1 from sync_schedules where schedule = 'recent'").await;
    let begun = does(&stage, "/api/schedules/recent/run", "", 202).await;
    let id = begun["run_id"].as_str().unwrap();
    does(&stage, &format!("/api/runs/{id}/cancel"), "{\"by\":\"Ana\",\"reason\":\"wrong day\"}", 202).await;
    let ended = format!("select status, status_reason from sync_runs where id = '{id}' and status <> 'running'");
    let ended = stage.db.rows_of(&ended).await.remove(0);
    assert_eq!(ended[0], "cancelled", "{ended:?}");
    assert!(ended[1].contains("Ana") && ended[1].contains("wrong day"), "{ended:?}");
    let over = does(&stage, &format!("/api/runs/{id}/cancel"), "", 409).await;
    assert!(over["error"].as_str().unwrap().contains("cancelled"), "{over}");
    let nobody = "/api/runs/01890000-0000-7000-8000-000000000000/cancel";
    does(&stage, nobody, "", 404).await;
    stops(&stage, daemon).await;
}

#[tokio::test]
async fn a_backfill_goes_beside_the_ticks() {
    let stage = Stage::new().await;
    let daemon = daemon(&stage, EVERY_SECOND);
    stage.db.rows_of("select 1 from sync_runs where status = 'succeeded'").await;
    let since = stage.db.query_text("select (current_date - 20)::text").await.remove(0).remove(0);
    let asked = json!({ "since": since, "accounts": ["1029384756102938"] }).to_string();
    let begun = does(&stage, "/api/backfill", &asked, 202).await;
    let id = begun["run_id"].as_str().unwrap();
    stage
        .db
        .rows_of(&format!(
            "select 1 from sync_runs where id = '{id}' and status = 'succeeded' and trigger = 'backfill'"
        ))
        .await;
    stage
        .db
        .rows_of(&format!("select 1 from sync_runs where trigger = 'cron' and status = 'succeeded' and id > '{id}'"))
        .await;
    for (body, said) in [
        (json!({ "since": "2090-01-01" }), "future"),
        (json!({ "since": since, "until": "2020-01-01" }), "before"),
        (json!({ "since": since, "accounts": ["act_77"] }), "not configured"),
        (json!({ "since": since, "accounts": ["Aurora"] }), "digits"),
        (json!({ "since": since, "accounts": [] }), "empty"),
    ] {
        let refused = does(&stage, "/api/backfill", &body.to_string(), 400).await;
        assert!(refused["error"].as_str().unwrap().contains(said), "{refused}");
    }
    stops(&stage, daemon).await;
}

#[tokio::test]
async fn a_daemon_that_cannot_work_yet_says_so_to_programs() {
    let stage = Stage::new().await;
    let nowhere = format!("postgres://adsync:secret-word@127.0.0.1:{}/adsync", crate::support::free_port());
    let daemon = stage.adsync(&["run"], RARELY).env("DATABASE_URL", nowhere).env("ADSYNC_ADMIN_TOKEN", ADMIN);
    let mut daemon = daemon.start();
    daemon.line_with("waiting for the database").await;
    let refused = does(&stage, "/api/schedules/recent/run", "", 503).await;
    let said = refused["error"].as_str().unwrap();
    assert!(said.contains("waiting for the database") && !said.contains("secret-word"), "{said}");
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.finish().await.code(), 0);
}
