//! The counters and gauges that `/metrics` shows, one method for every event.
//!
//! Names begin with `adsync_` and keep to the conventions of Prometheus; labels are bounded by the configuration.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

/// The media type of what [`Metrics::encode`] gives.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// From a run that has nothing to do to a first load of a large account, in seconds.
const RUN_BUCKETS: [f64; 12] = [0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 1_800.0, 7_200.0];

/// What became of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Change {
    /// Meta gave them.
    Read,
    /// They were not there before.
    Inserted,
    /// They were there and differ now.
    Updated,
    /// They were there, the same.
    Unchanged,
    /// Meta no longer gives them.
    Deleted,
}

impl EncodeLabelValue for Change {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        let word = match self {
            Self::Read => "read",
            Self::Inserted => "inserted",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
            Self::Deleted => "deleted",
        };
        EncodeLabelValue::encode(&word, encoder)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BySchedule {
    schedule: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByRun {
    schedule: String,
    status: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByRows {
    table: String,
    change: Change,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByAccount {
    account_id: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByReport {
    account_id: String,
    report: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByAgreement {
    account_id: String,
    report: String,
    status: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByToken {
    token: String,
}

type Histograms = Family<BySchedule, Histogram, fn() -> Histogram>;

/// All counters and gauges; clones share them.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    runs: Family<ByRun, Counter>,
    run_duration: Histograms,
    running_runs: Gauge,
    rows: Family<ByRows, Counter>,
    api_calls: Family<ByAccount, Counter>,
    api_retries: Counter,
    throttled: Counter<f64, AtomicU64>,
    api_usage: Family<ByAccount, Gauge<f64, AtomicU64>>,
    last_success: Family<ByAccount, Gauge>,
    drift_days: Family<ByReport, Gauge>,
    agreement_days: Family<ByAgreement, Gauge>,
    last_beat: Gauge,
    token_days_left: Family<ByToken, Gauge>,
    database_size: Gauge,
    schema_version: Gauge,
    log_lines_dropped: Counter,
    config_last_reload_successful: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Makes them all, at zero.
    pub fn new() -> Self {
        let mut metrics = Self {
            registry: Arc::default(),
            runs: Family::default(),
            run_duration: Family::new_with_constructor(|| Histogram::new(RUN_BUCKETS)),
            running_runs: Gauge::default(),
            rows: Family::default(),
            api_calls: Family::default(),
            api_retries: Counter::default(),
            throttled: Counter::default(),
            api_usage: Family::default(),
            last_success: Family::default(),
            drift_days: Family::default(),
            agreement_days: Family::default(),
            last_beat: Gauge::default(),
            token_days_left: Family::default(),
            database_size: Gauge::default(),
            schema_version: Gauge::default(),
            log_lines_dropped: Counter::default(),
            config_last_reload_successful: Gauge::default(),
        };
        metrics.registry = Arc::new(metrics.registered());
        metrics
    }

    /// Names every metric; the writer adds `_total` to the counters.
    fn registered(&self) -> Registry {
        let mut registry = Registry::with_prefix("adsync");
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The version that runs", version);
        registry.register("runs", "Runs that ended, by schedule and status", self.runs.clone());
        let help = "How long runs took, by schedule";
        registry.register("run_duration_seconds", help, self.run_duration.clone());
        registry.register("running_runs", "Runs at work now", self.running_runs.clone());
        registry.register("rows", "Rows by table and by what became of them", self.rows.clone());
        registry.register("api_calls", "Calls to the Graph API, retries included", self.api_calls.clone());
        registry.register("api_retries", "Calls that repeated a failed one", self.api_retries.clone());
        registry.register("throttled_seconds", "Time spent waiting for the API's limits", self.throttled.clone());
        let help = "The fullest of the API's budgets for the account; 1 is a block";
        registry.register("api_usage_ratio", help, self.api_usage.clone());
        let help = "When the account's last successful run ended";
        registry.register("last_success_timestamp_seconds", help, self.last_success.clone());
        let help = "Days whose rows differ from Meta's total for no known reason";
        registry.register("drift_days", help, self.drift_days.clone());
        let help = "Days by what their comparison with Meta's total came to";
        registry.register("agreement_days", help, self.agreement_days.clone());
        registry.register("last_beat_timestamp_seconds", "The scheduler's last heartbeat", self.last_beat.clone());
        let help = "Whole days until the token ends; absent for one that never does";
        registry.register("token_days_left", help, self.token_days_left.clone());
        let help = "The whole database, other tables than adsync's included";
        registry.register("database_size_bytes", help, self.database_size.clone());
        let help = "The number of the newest migration that this daemon works with";
        registry.register("schema_version", help, self.schema_version.clone());
        let help = "Lines that the log file was too slow to take";
        registry.register("log_lines_dropped", help, self.log_lines_dropped.clone());
        let help = "Whether the configuration that was read last is in force; 0 where it was refused";
        registry.register("config_last_reload_successful", help, self.config_last_reload_successful.clone());
        self.config_reloaded(true);
        registry
    }

    /// Notes whether a configuration that was read is in force.
    pub fn config_reloaded(&self, is_successful: bool) {
        self.config_last_reload_successful.set(i64::from(is_successful));
    }

    /// Notes that a run began.
    pub fn run_started(&self) {
        self.running_runs.inc();
    }

    /// Notes that a run which began has ended.
    pub fn run_finished(&self, schedule: &str, status: &str, duration: Duration) {
        self.running_runs.dec();
        self.run_recorded(schedule, status);
        self.run_duration.get_or_create_owned(&by_schedule(schedule)).observe(duration.as_secs_f64());
    }

    /// Notes a run that was recorded without ever having begun: skipped or abandoned.
    pub fn run_recorded(&self, schedule: &str, status: &str) {
        let labels = ByRun { schedule: schedule.to_owned(), status: status.to_owned() };
        self.runs.get_or_create_owned(&labels).inc();
    }

    /// Notes what became of rows of a table.
    pub fn rows(&self, table: &str, change: Change, count: u64) {
        self.rows.get_or_create_owned(&ByRows { table: table.to_owned(), change }).inc_by(count);
    }

    /// Notes calls to the API.
    pub fn api_called(&self, account_id: &str, count: u64) {
        self.api_calls.get_or_create_owned(&by_account(account_id)).inc_by(count);
    }

    /// Notes calls that repeated a failed one.
    pub fn api_retried(&self, count: u64) {
        self.api_retries.inc_by(count);
    }

    /// Notes a wait for the API's limits.
    pub fn throttled(&self, waited: Duration) {
        self.throttled.inc_by(waited.as_secs_f64());
    }

    /// Notes how full the account's budget is; 1 is a block.
    pub fn api_usage(&self, account_id: &str, ratio: f64) {
        self.api_usage.get_or_create_owned(&by_account(account_id)).set(ratio);
    }

    /// Notes when an account was last read without a fault.
    pub fn account_succeeded(&self, account_id: &str, at: DateTime<Utc>) {
        self.last_success.get_or_create_owned(&by_account(account_id)).set(at.timestamp());
    }

    /// Notes how many days of a report came to a status when they were compared with Meta's totals.
    pub fn agreement(&self, account_id: &str, report: &str, status: &str, days: u64) {
        let (account_id, report) = (account_id.to_owned(), report.to_owned());
        let days = i64::try_from(days).unwrap_or(i64::MAX);
        if status == "drift" {
            let labels = ByReport { account_id: account_id.clone(), report: report.clone() };
            self.drift_days.get_or_create_owned(&labels).set(days);
        }
        let labels = ByAgreement { account_id, report, status: status.to_owned() };
        self.agreement_days.get_or_create_owned(&labels).set(days);
    }

    /// Notes a beat of the scheduler.
    pub fn beat(&self, at: DateTime<Utc>) {
        self.last_beat.set(at.timestamp());
    }

    /// Notes in how many days a token ends; `token` is its name, never the token.
    pub fn token_ends(&self, token: &str, days: i64) {
        self.token_days_left.get_or_create_owned(&ByToken { token: token.to_owned() }).set(days);
    }

    /// Notes how large the database is.
    pub fn database_size(&self, bytes: u64) {
        self.database_size.set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }

    /// Notes which version of the schema was found current.
    pub fn schema_version(&self, version: &str) {
        self.schema_version.set(version.parse().unwrap_or_default());
    }

    /// Notes how many log lines were lost since the process began.
    pub fn log_lines_dropped(&self, total: u64) {
        // The writer keeps the total itself; this takes it over.
        self.log_lines_dropped.inner().fetch_max(total, Ordering::Relaxed);
    }

    /// Writes them all as OpenMetrics text.
    pub fn encode(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

fn by_schedule(schedule: &str) -> BySchedule {
    BySchedule { schedule: schedule.to_owned() }
}

fn by_account(account_id: &str) -> ByAccount {
    ByAccount { account_id: account_id.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_shows_under_its_name() {
        let metrics = Metrics::new();
        metrics.run_started();
        metrics.run_started();
        metrics.run_finished("recent", "succeeded", Duration::from_millis(1_500));
        metrics.run_recorded("recent", "skipped");
        metrics.rows("adsets", Change::Inserted, 36);
        metrics.api_called("act_1", 1);
        metrics.api_retried(1);
        metrics.throttled(Duration::from_millis(2_500));
        metrics.api_usage("act_1", 0.25);
        metrics.account_succeeded("act_1", DateTime::from_timestamp(1_700_000_000, 0).unwrap());
        metrics.beat(DateTime::from_timestamp(1_700_000_001, 0).unwrap());
        metrics.token_ends("META_ACCESS_TOKEN", 14);
        metrics.database_size(8_192);
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
            "adsync_api_calls_total{account_id=\"act_1\"} 1",
            "adsync_api_retries_total 1",
            "adsync_throttled_seconds_total 2.5",
            "adsync_api_usage_ratio{account_id=\"act_1\"} 0.25",
            "adsync_last_success_timestamp_seconds{account_id=\"act_1\"} 1700000000",
            "adsync_last_beat_timestamp_seconds 1700000001",
            "adsync_token_days_left{token=\"META_ACCESS_TOKEN\"} 14",
            "adsync_database_size_bytes 8192",
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
        metrics.api_called("act_1\"} 9\nforged_total 1", 1);
        assert!(!metrics.encode().unwrap().lines().any(|line| line.starts_with("forged")));
    }
}
