//! What the daemon tells over HTTP.

use rustix::process::Signal;

use super::stage::{EVERY_SECOND, Stage};
use crate::support::way::{Way, server_of};

#[tokio::test]
async fn the_page_the_metrics_and_the_health_tell_how_it_stands() {
    let (stage, logs) = (Stage::new().await, tempfile::tempdir().unwrap());
    let daemon = stage.adsync(&["run"], EVERY_SECOND).env("ADSYNC__LOG__DIRECTORY", logs.path()).start();
    stage.db.rows_of("select 1 from sync_runs where status = 'succeeded'").await;
    let page = stage.answers("/", 200, "The account is fresh; next run").await;
    for text in ["Clinica Aurora - Ads", "act_1029384756102938", "BRL", "recent", "succeeded", "America/Sao_Paulo"] {
        assert!(page.contains(text), "{text} is not on the page:\n{page}");
    }
    let counted = "adsync_runs_total{schedule=\"recent\",status=\"succeeded\"}";
    let metrics = stage.answers("/metrics", 200, counted).await;
    for name in [
        "adsync_rows_total{table=\"adset_insights\",change=\"inserted\"}",
        "adsync_api_calls_total{account_id=\"act_1029384756102938\"}",
        "adsync_last_success_timestamp_seconds{account_id=\"act_1029384756102938\"}",
        "adsync_last_beat_timestamp_seconds",
        "adsync_log_lines_dropped_total 0",
    ] {
        assert!(metrics.contains(name), "{name} is not in:\n{metrics}");
    }
    stage.answers("/healthz", 200, "ok").await;
    stage.answers("/readyz", 200, "ready").await;
    for arguments in [&["health"][..], &["health", "--ready"]] {
        let asked = stage.adsync(arguments, EVERY_SECOND).run().await;
        assert_eq!(asked.code(), 0, "{asked:?}");
    }
    let token = stage.sim.token();
    assert!(!page.contains(&token) && !metrics.contains(&token));
    daemon.signal(Signal::TERM);
    let finished = daemon.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    let file = std::fs::read_dir(logs.path()).unwrap().next().unwrap().unwrap().path();
    let kept = std::fs::read_to_string(file).unwrap();
    for log in [&finished.stderr, &kept] {
        assert!(log.contains("run ended") && log.contains("the daemon stopped") && !log.contains(&token), "{log}");
    }
}

#[tokio::test]
async fn a_database_that_goes_away_makes_the_daemon_unready_and_comes_back() {
    let stage = Stage::new().await;
    let server = server_of(stage.db.url());
    let way = Way::open(0, server.clone()).await;
    let url = way.url(stage.db.url());
    let daemon = stage.adsync(&["run"], EVERY_SECOND).env("DATABASE_URL", url).start();
    stage.answers("/readyz", 200, "ready").await;
    let port = way.port;
    drop(way);
    stage.answers("/readyz", 503, "the database does not answer: the database cannot be reached").await;
    stage.answers("/healthz", 200, "ok").await;
    let _way = Way::open(port, server).await;
    stage.answers("/readyz", 200, "ready").await;
    let ran = "select 1 from sync_runs where status = 'succeeded' and started_at > now() - interval '2 seconds'";
    stage.db.rows_of(ran).await;
    daemon.signal(Signal::TERM);
    let finished = daemon.finish().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
}

#[tokio::test]
async fn what_is_said_deep_inside_a_run_tells_whose_it_is() {
    let stage = Stage::new().await;
    stage.sim.faults().times(graph_sim::Fault::TooManyRows { rows: 20 }, "level=adset", 1);
    let mut sync = stage.adsync(&["sync"], EVERY_SECOND).start();
    let line = sync.line_with("a question was too much").await;
    assert_eq!(sync.finish().await.code(), 0);
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    let run = stage.db.query_text("select id::text from sync_runs").await.remove(0).remove(0);
    let spans: Vec<&serde_json::Value> = line["spans"].as_array().unwrap().iter().collect();
    let told = [&spans[0]["run_id"], &spans[1]["account_id"], &spans[2]["step"]];
    assert_eq!(told, [&run, "1029384756102938", "insights:adset"]);
    assert_eq!(spans.len(), 3);
}
