//! A changed configuration is taken up while the daemon runs, a bad one changes nothing.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use rustix::process::Signal;

use crate::support::binary::Running;

use super::stage::{EVERY_SECOND, Stage};

/// Nothing falls due while a test runs.
const RARELY: &str = "[schedules.recent]\ncron = \"0 0 1 1 *\"\n[schedules.settled]\nenabled = false\n";

fn write(daemon: &Running, name: &str, text: &str) {
    fs::write(daemon.config_dir().join(name), text).unwrap();
}

async fn stops(stage: &Stage, daemon: Running) -> String {
    daemon.signal(Signal::TERM);
    let finished = daemon.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    stage.nothing_is_left_running().await;
    finished.stderr
}

#[tokio::test]
async fn a_changed_file_is_taken_up_without_a_word_from_anybody() {
    let stage = Stage::new().await;
    let mut daemon = stage.daemon(RARELY);
    daemon.line_with("the daemon is ready").await;
    write(&daemon, "default.toml", &EVERY_SECOND.replace("recent", "often"));
    let line = daemon.line_with("the changed configuration is in force").await;
    assert!(line.contains("often") && line.contains("recent"), "{line}");
    stage.db.rows_of("select 1 from sync_runs where schedule = 'often' and status = 'succeeded'").await;
    stage.answers("/metrics", 200, "adsync_config_last_reload_successful 1").await;
    stops(&stage, daemon).await;
}

#[tokio::test]
async fn a_file_with_mistakes_is_refused_with_all_of_them_and_the_old_one_stays() {
    let stage = Stage::new().await;
    let mut daemon = stage.daemon(EVERY_SECOND);
    stage.db.rows_of("select 1 from sync_runs where status = 'succeeded'").await;
    write(&daemon, "default.toml", "[schedules.recent]\ncorn = \"* * * * * *\"\nlookback_days = -1\n");
    daemon.signal(Signal::HUP);
    let said = "the changed configuration is refused, the one before stays in force";
    let both = [daemon.line_with(said).await, daemon.line_with(said).await];
    assert!(both.iter().any(|line| line.contains("schedules.recent.corn")), "{both:?}");
    assert!(both.iter().any(|line| line.contains("lookback_days")), "{both:?}");
    let page = stage.answers("/", 200, "is refused").await;
    assert!(page.contains("schedules.recent.corn") && page.contains("lookback_days"), "{page}");
    stage.answers("/readyz", 200, "ready").await;
    stage.answers("/metrics", 200, "adsync_config_last_reload_successful 0").await;
    // The ticks go on.
    let now = stage.db.query_text("select count(*)::text from sync_runs").await.remove(0).remove(0);
    stage.db.rows_of(&format!("select 1 from sync_runs having sum(coalesce(ticks, 1)) > {now} + 1")).await;
    write(&daemon, "default.toml", EVERY_SECOND);
    daemon.line_with("the changed configuration is in force").await;
    stage.answers("/metrics", 200, "adsync_config_last_reload_successful 1").await;
    assert!(!stage.answers("/", 200, "Accounts").await.contains("is refused"));
    stops(&stage, daemon).await;
}

#[tokio::test]
async fn a_run_that_is_under_way_ends_as_it_began() {
    let stage = Stage::new().await;
    stage.latency(300);
    let mut daemon = stage.daemon(EVERY_SECOND);
    let steps = "select run_id::text from sync_run_steps where step = 'adsets' and status = 'running'";
    let run = stage.db.rows_of(steps).await.remove(0).remove(0);
    let other = format!("[reports.bygender]\nlevel = \"account\"\nbreakdowns = [\"gender\"]\n{RARELY}");
    write(&daemon, "default.toml", &other);
    daemon.signal(Signal::HUP);
    daemon.line_with("the changed configuration is in force").await;
    stage.db.rows_of(&format!("select 1 from sync_runs where id = '{run}' and status = 'succeeded'")).await;
    let read = format!("select count(*)::text from sync_run_steps where run_id = '{run}' and step like '%bygender%'");
    assert_eq!(stage.db.query_text(&read).await, [["0"]]);
    // The new report has its table at once.
    assert_eq!(stage.db.query_text("select count(*)::text from bygender_insights").await, [["0"]]);
    stops(&stage, daemon).await;
}

#[tokio::test]
async fn files_behind_links_are_followed_when_the_link_is_exchanged() {
    let stage = Stage::new().await;
    let folder = tempfile::tempdir().unwrap();
    let versions = ["one", "two"].map(|name| folder.path().join(name));
    let schedules = [RARELY.to_owned(), RARELY.replace("recent", "other")];
    for (version, text) in versions.iter().zip(&schedules) {
        fs::create_dir(version).unwrap();
        fs::write(version.join("default.toml"), text).unwrap();
    }
    let data = folder.path().join("data");
    let point = |to: &Path| {
        let fresh = folder.path().join("fresh");
        symlink(to, &fresh).unwrap();
        fs::rename(fresh, &data).unwrap();
    };
    point(&versions[0]);
    let mut daemon = stage.adsync(&["run"], "").env("ADSYNC_CONFIG_DIR", &data).start();
    daemon.line_with("the daemon is ready").await;
    point(&versions[1]);
    let line = daemon.line_with("the changed configuration is in force").await;
    assert!(line.contains("other"), "{line}");
    stops(&stage, daemon).await;
}

#[tokio::test]
async fn a_token_exchanged_in_its_file_is_used_by_the_next_run() {
    let stage = Stage::new().await;
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    fs::write(&token, "EAAtokenthatwasrevoked").unwrap();
    let config = format!("{EVERY_SECOND}[meta]\naccounts = [\"act_1029384756102938\"]\n");
    let daemon = stage.adsync(&["run"], &config).without("META_ACCESS_TOKEN").env("META_ACCESS_TOKEN_FILE", &token);
    let mut daemon = daemon.start();
    daemon.line_with("the daemon is ready").await;
    fs::write(&token, stage.sim.token()).unwrap();
    daemon.line_with("the changed configuration is in force").await;
    stage.db.rows_of("select 1 from sync_runs where status = 'succeeded'").await;
    let log = stops(&stage, daemon).await;
    assert!(!log.contains("EAAtokenthatwasrevoked") && !log.contains(&stage.sim.token()), "{log}");
}

#[tokio::test]
async fn a_run_that_began_with_a_token_that_was_exchanged_since_pauses_nothing() {
    let stage = Stage::new().await;
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    fs::write(&token, "EAAtokenthatwasrevoked").unwrap();
    let config = EVERY_SECOND.replacen("cron", "timezone = \"UTC\"\ncron", 1);
    let daemon = stage.adsync(&["run"], &config).without("META_ACCESS_TOKEN").env("META_ACCESS_TOKEN_FILE", &token);
    // Meta takes its time to say that the token is dead.
    stage.latency(15_000);
    let mut daemon = daemon.start();
    stage.db.rows_of("select 1 from sync_run_steps where step = 'account' and status = 'running'").await;
    fs::write(&token, stage.sim.token()).unwrap();
    daemon.signal(Signal::HUP);
    daemon.line_with("the changed configuration is in force").await;
    stage.latency(0);
    stage.db.rows_of("select 1 from sync_runs where status = 'failed' and error_class = 'auth'").await;
    stage.db.rows_of("select 1 from sync_runs where status = 'succeeded'").await;
    let log = stops(&stage, daemon).await;
    assert!(!log.contains("schedules were paused"), "{log}");
    assert!(!log.contains("EAAtokenthatwasrevoked") && !log.contains(&stage.sim.token()), "{log}");
}

#[tokio::test]
async fn what_waits_for_the_next_start_is_named_and_the_rest_is_taken_up() {
    let stage = Stage::new().await;
    let folder = tempfile::tempdir().unwrap();
    let read_token = folder.path().join("read");
    fs::write(&read_token, "a-word-for-readers").unwrap();
    let daemon = stage.adsync(&["run"], RARELY).env("ADSYNC_READ_TOKEN_FILE", &read_token);
    let mut daemon = daemon.start();
    daemon.line_with("the daemon is ready").await;
    fs::write(&read_token, "another-word-for-readers").unwrap();
    let other =
        format!("[database]\nschema = \"elsewhere\"\nsize_limit = \"8GB\"\n[log]\nfiles_kept = 3\n{EVERY_SECOND}");
    write(&daemon, "default.toml", &other);
    let line = daemon.line_with("taken up at the next start").await;
    assert!(line.contains("ADSYNC_READ_TOKEN, database.schema, log.files_kept"), "{line}");
    stage.db.rows_of("select 1 from sync_runs where status = 'succeeded'").await;
    assert_eq!(stage.db.query_text("select 1::text from pg_namespace where nspname = 'elsewhere'").await.len(), 0);
    stops(&stage, daemon).await;
}

#[tokio::test]
async fn a_tick_from_before_its_expression_was_in_force_never_fell_due() {
    let stage = Stage::new().await;
    let mut daemon = stage.daemon(RARELY);
    stage.db.rows_of("select 1 from sync_schedules where last_beat_at is not null").await;
    // As if the ledger had been noted some minutes ago, as it is where nothing falls due.
    stage.db.execute("update sync_schedules set last_beat_at = last_beat_at - interval '4 minutes'").await;
    let now = chrono::Utc::now() - chrono::TimeDelta::minutes(2);
    let passed = format!("{} {} * * *", now.format("%-M"), now.format("%-H"));
    write(&daemon, "default.toml", &RARELY.replace("0 0 1 1 *\"", &format!("{passed}\"\ntimezone = \"UTC\"")));
    daemon.signal(Signal::HUP);
    daemon.line_with("the changed configuration is in force").await;
    // A beat of the new expression is told by the ledger of another schedule that joins it.
    write(
        &daemon,
        "default.toml",
        &format!("{EVERY_SECOND}\n[schedules.other]\ncron = \"{passed}\"\ntimezone = \"UTC\"\n"),
    );
    daemon.signal(Signal::HUP);
    stage.db.rows_of("select 1 from sync_runs where schedule = 'recent' and status = 'succeeded'").await;
    let early = "select schedule, due_at::text from sync_runs where due_at < now() - interval '1 minute'";
    assert_eq!(stage.db.query_text(early).await, [[""; 2]; 0]);
    stops(&stage, daemon).await;
}
