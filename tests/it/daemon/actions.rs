//! What an admin asks for over HTTP is done by the daemon that runs, and its ticks go on.

use graph_sim::{ACCOUNT_ID, AccountSpec, Fault, Rule, When, WorldSpec};
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
async fn a_backfill_that_is_at_work_is_not_begun_twice() {
    let stage = Stage::new().await;
    stage.latency(1_000);
    let daemon = daemon(&stage, RARELY);
    stage.db.rows_of("select 1 from sync_schedules where schedule = 'recent'").await;
    let begun = does(&stage, "/api/backfill", "{\"since\":\"2026-11-01\"}", 202).await;
    let id = begun["run_id"].as_str().unwrap().to_owned();
    for same in [
        "{\"since\":\"2026-11-01\"}",
        "{\"since\":\"2026-11-01\",\"accounts\":[\"1029384756102938\",\"act_1029384756102938\"]}",
    ] {
        let twice = does(&stage, "/api/backfill", same, 409).await;
        let said = twice["error"].as_str().unwrap();
        assert!(said.contains(&id) && said.contains("at work"), "{said}");
    }
    // Another question is another run: it waits for its turn.
    let other = does(&stage, "/api/backfill", "{\"since\":\"2026-11-01\",\"refresh\":true}", 202).await;
    stage.latency(0);
    for id in [&id, other["run_id"].as_str().unwrap()] {
        stage.db.rows_of(&format!("select 1 from sync_runs where id = '{id}' and status = 'succeeded'")).await;
    }
    does(&stage, "/api/backfill", "{\"since\":\"2026-11-01\"}", 202).await;
    stage.db.rows_of("select 1 from sync_runs where status = 'succeeded' having count(*) = 3").await;
    stops(&stage, daemon).await;
}

/// A world whose token reads some more accounts.
fn with_more(more: &[u64]) -> WorldSpec {
    let more = more.iter().map(|id| AccountSpec::new(*id, "Another"));
    WorldSpec::small().accounts(WorldSpec::small().accounts.into_iter().chain(more).collect())
}

#[tokio::test]
async fn what_is_asked_for_is_for_the_accounts_that_there_are_now() {
    let stage = Stage::of(with_more(&[77])).await;
    assert_eq!(stage.adsync(&["sync"], RARELY).run().await.code(), 0);
    // The listing fails at first: the daemon knows what its tables have.
    let path = Some("me/adaccounts".to_owned());
    stage.sim.faults().add(Rule { fault: Fault::ExpiredToken, when: When { path, ..When::default() } });
    let daemon = stage.adsync(&["run"], RARELY).env("ADSYNC_ADMIN_TOKEN", ADMIN).env("ADSYNC__META__ACCOUNTS", "all");
    let mut daemon = daemon.start();
    daemon.line_with("a token does not list its accounts").await;
    stage.db.rows_of("select 1 from sync_schedules where schedule = 'recent'").await;
    stage.sim.faults().clear();
    let backfill = does(&stage, "/api/backfill", "{\"since\":\"2026-11-20\"}", 202).await;
    let run = does(&stage, "/api/schedules/recent/run", "", 202).await;
    for begun in [backfill, run] {
        let accounts =
            format!("select accounts::text from sync_runs where id = '{}'", begun["run_id"].as_str().unwrap());
        assert_eq!(stage.db.query_text(&accounts).await, [[format!("{{{ACCOUNT_ID},77}}")]]);
    }
    stage.db.rows_of("select 1 from sync_runs where status = 'succeeded' having count(*) = 3").await;
    stops(&stage, daemon).await;
}

#[tokio::test]
async fn accounts_that_are_left_out_or_that_nobody_knows_are_refused_with_their_cure() {
    let stage = Stage::of(with_more(&[77, 79])).await;
    let config = format!("{RARELY}[meta]\nexclude = [\"act_77\"]\n[accounts.79]\nenabled = false\n");
    let daemon = stage.adsync(&["run"], &config).env("ADSYNC_ADMIN_TOKEN", ADMIN).env("ADSYNC__META__ACCOUNTS", "all");
    let daemon = daemon.start();
    stage.db.rows_of("select 1 from sync_schedules where schedule = 'recent'").await;
    for (account, status, said) in [
        ("act_77", 400, "meta.exclude"),
        ("79", 400, "disabled"),
        ("act_78", 404, "no token lists act_78"),
        ("Aurora", 400, "digits"),
    ] {
        let asked = json!({ "since": "2026-11-20", "accounts": [account] }).to_string();
        let refused = does(&stage, "/api/backfill", &asked, status).await;
        assert!(refused["error"].as_str().unwrap().contains(said), "{refused}");
    }
    assert_eq!(stage.db.query_text("select count(*) from sync_runs").await, [["0"]]);
    stops(&stage, daemon).await;
}

#[tokio::test]
async fn the_alert_of_backfills_that_die_ends_with_one_that_succeeds_or_after_a_day() {
    let stage = Stage::new().await;
    assert_eq!(stage.adsync(&["migrate"], RARELY).run().await.code(), 0);
    let died = "insert into sync_runs (id, instance, trigger, started_at, finished_at, status, status_reason, accounts, request)
        select ('01890000-0000-7000-8000-00000000000' || n)::uuid, 'adsync', 'backfill', now(), now(), 'abandoned',
          'its process died', '{1029384756102938}', '{\"since\": \"2026-11-01\", \"until\": null, \"refresh\": false}'
        from generate_series(1, 4) as n";
    stage.db.execute(died).await;
    let alert =
        "select dedupe_id, accounts::text, message from sync_alerts where kind = 'runs_die' and resolved_at is null";
    let over = "select 1 from sync_alerts where kind = 'runs_die' and resolved_at is not null";
    let first = daemon(&stage, RARELY);
    let told = stage.db.rows_of(alert).await.remove(0);
    assert_eq!(told[..2], ["runs_die:backfill@adsync", "{1029384756102938}"]);
    assert!(told[2].contains("given up") && !told[2].contains("next tick"), "{told:?}");
    stage.db.rows_of("select 1 from sync_schedules where schedule = 'recent'").await;
    // Shorter than what died, of the same account.
    does(&stage, "/api/backfill", "{\"since\":\"2026-11-20\"}", 202).await;
    stage.db.rows_of("select 1 from sync_runs where status = 'succeeded'").await;
    first.signal(Signal::HUP);
    stage.db.rows_of(over).await;
    stops(&stage, first).await;
    // The next process does not tell it anew; what nobody read for a day is history.
    let mut second = daemon(&stage, RARELY);
    second.line_with("the daemon is ready").await;
    stage.db.rows_of("select 1 from sync_schedules where schedule = '(backfills)'").await;
    does(&stage, "/api/schedules/recent/run", "", 202).await;
    assert_eq!(stage.db.query_text(alert).await, [[""; 3]; 0]);
    stage
        .db
        .execute("update sync_alerts set resolved_at = null, accounts = '{77}', last_at = now() - interval '25 hours'")
        .await;
    second.signal(Signal::HUP);
    stage.db.rows_of(over).await;
    stage.db.rows_of("select 1 from sync_runs where trigger = 'manual' and status = 'succeeded'").await;
    stops(&stage, second).await;
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
