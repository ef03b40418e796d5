//! Every event shows under its name, and nothing that a label holds can forge a line.

use super::*;

#[test]
fn every_event_shows_under_its_name() {
    let metrics = Metrics::new();
    metrics.run_started();
    metrics.run_started();
    metrics.run_finished("recent", "succeeded", Duration::from_millis(1_500));
    metrics.run_recorded("recent", "skipped");
    metrics.rows("adsets", Change::Inserted, 36);
    metrics.api_called("act_1", 3, 1, Duration::from_millis(2_500));
    metrics.api_usage("act_1", 0.25);
    metrics.account_succeeded("act_1", DateTime::from_timestamp(1_700_000_000, 0).unwrap());
    metrics.beat(DateTime::from_timestamp(1_700_000_001, 0).unwrap());
    metrics.token_ends("META_ACCESS_TOKEN", 14);
    metrics.fresh_as_of("act_1", "adset", DateTime::from_timestamp(1_700_000_002, 0).unwrap());
    metrics.schedule_paused("recent", Some(true));
    metrics.database_size(Some(8_192));
    metrics.database_size_limit(Some(8_000_000_000));
    metrics.schema_version("0018");
    metrics.log_lines_dropped(3);
    metrics.log_lines_dropped(2);
    let text = metrics.encode().unwrap();
    for line in [
        &format!("adsync_build_info{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION")),
        "adsync_runs_total{schedule=\"recent\",status=\"succeeded\"} 1",
        "adsync_runs_total{schedule=\"recent\",status=\"skipped\"} 1",
        "adsync_run_duration_seconds_sum{schedule=\"recent\"} 1.5",
        "adsync_run_duration_seconds_bucket{le=\"2.0\",schedule=\"recent\"} 1",
        "adsync_running_runs 1",
        "adsync_rows_total{table=\"adsets\",change=\"inserted\"} 36",
        "adsync_api_calls_total{account_id=\"act_1\"} 3",
        "adsync_api_retries_total{account_id=\"act_1\"} 1",
        "adsync_throttled_seconds_total{account_id=\"act_1\"} 2.5",
        "adsync_api_usage_ratio{account_id=\"act_1\"} 0.25",
        "adsync_last_success_timestamp_seconds{account_id=\"act_1\"} 1700000000",
        "adsync_last_beat_timestamp_seconds 1700000001",
        "adsync_token_days_left{token=\"META_ACCESS_TOKEN\"} 14",
        "adsync_fresh_as_of_timestamp_seconds{account_id=\"act_1\",report=\"adset\"} 1700000002",
        "adsync_schedule_paused{schedule=\"recent\"} 1",
        "adsync_database_up 1",
        "adsync_database_size_bytes 8192",
        "adsync_database_size_limit_bytes 8000000000",
        "adsync_schema_version 18",
        "adsync_log_lines_dropped_total 3",
    ] {
        assert!(text.lines().any(|shown| shown == line), "{line} is not in:\n{text}");
    }
    assert!(text.lines().all(|line| line.starts_with('#') || line.starts_with("adsync_")), "{text}");
}

#[test]
fn a_label_cannot_forge_a_line() {
    let metrics = Metrics::new();
    metrics.api_called("act_1\"} 9\nforged_total 1", 1, 0, Duration::ZERO);
    assert!(!metrics.encode().unwrap().lines().any(|line| line.starts_with("forged")));
}

#[test]
fn what_is_read_no_longer_alarms_nobody() {
    let metrics = Metrics::new();
    for account in ["act_1", "act_2"] {
        metrics.agreement(account, "adset", "drift", 2);
        metrics.fresh_as_of(account, "adset", DateTime::UNIX_EPOCH);
        metrics.account_succeeded(account, DateTime::UNIX_EPOCH);
        metrics.api_usage(account, 0.5);
        metrics.api_called(account, 7, 0, Duration::ZERO);
    }
    metrics.schedule_paused("recent", Some(true));
    metrics.forget_report("act_2", "adset", &["drift"]);
    metrics.forget_account("act_2");
    metrics.schedule_paused("recent", None);
    let text = metrics.encode().unwrap();
    let left: Vec<&str> = text.lines().filter(|line| line.contains("act_2") || line.contains("recent")).collect();
    assert_eq!(
        left,
        [
            "adsync_api_calls_total{account_id=\"act_2\"} 7",
            "adsync_api_retries_total{account_id=\"act_2\"} 0",
            "adsync_throttled_seconds_total{account_id=\"act_2\"} 0.0"
        ]
    );
    assert!(text.contains("adsync_drift_days{account_id=\"act_1\",report=\"adset\"} 2"), "{text}");
}

#[test]
fn runs_that_may_come_show_at_zero() {
    let metrics = Metrics::new();
    metrics.run_recorded("recent", "failed");
    metrics.runs_expected(["recent"], &["succeeded", "failed"]);
    let text = metrics.encode().unwrap();
    for line in [
        "adsync_runs_total{schedule=\"recent\",status=\"succeeded\"} 0",
        "adsync_runs_total{schedule=\"recent\",status=\"failed\"} 1",
    ] {
        assert!(text.lines().any(|shown| shown == line), "{line} is not in:\n{text}");
    }
}
