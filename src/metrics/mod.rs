//! The counters and gauges that `/metrics` shows, one method for every event.
//!
//! Names begin with `adsync_` and keep to the conventions of Prometheus; labels are bounded by the configuration.

mod labels;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

pub use labels::Change;
use labels::{ByAccount, ByAgreement, ByReport, ByRows, ByRun, BySchedule, ByToken};

/// The media type of what [`Metrics::encode`] gives.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// From a run that has nothing to do to a first load of a large account, in seconds.
const RUN_BUCKETS: [f64; 12] = [0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 1_800.0, 7_200.0];

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
    api_retries: Family<ByAccount, Counter>,
    throttled: Family<ByAccount, Counter<f64, AtomicU64>>,
    api_usage: Family<ByAccount, Gauge<f64, AtomicU64>>,
    last_success: Family<ByAccount, Gauge>,
    fresh_as_of: Family<ByReport, Gauge>,
    drift_days: Family<ByReport, Gauge>,
    agreement_days: Family<ByAgreement, Gauge>,
    last_beat: Gauge,
    schedule_paused: Family<BySchedule, Gauge>,
    token_days_left: Family<ByToken, Gauge>,
    database_up: Gauge,
    database_size: Gauge,
    database_size_limit: Gauge,
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
            api_retries: Family::default(),
            throttled: Family::default(),
            api_usage: Family::default(),
            last_success: Family::default(),
            fresh_as_of: Family::default(),
            drift_days: Family::default(),
            agreement_days: Family::default(),
            last_beat: Gauge::default(),
            schedule_paused: Family::default(),
            token_days_left: Family::default(),
            database_up: Gauge::default(),
            database_size: Gauge::default(),
            database_size_limit: Gauge::default(),
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
        let help = "The fullest of the API's budgets for the account: the peak of a run that just ended, then as last seen; 0 after an hour without calls, 1 is a block";
        registry.register("api_usage_ratio", help, self.api_usage.clone());
        let help = "When the account's last successful run ended";
        registry.register("last_success_timestamp_seconds", help, self.last_success.clone());
        let help = "When the newest day that is there was read from the API";
        registry.register("fresh_as_of_timestamp_seconds", help, self.fresh_as_of.clone());
        let help = "Days whose rows differ from Meta's total for no known reason";
        registry.register("drift_days", help, self.drift_days.clone());
        let help = "Days by what their comparison with Meta's total came to";
        registry.register("agreement_days", help, self.agreement_days.clone());
        registry.register("last_beat_timestamp_seconds", "The scheduler's last heartbeat", self.last_beat.clone());
        let help = "Whether the schedule's ticks come to nothing until it is resumed";
        registry.register("schedule_paused", help, self.schedule_paused.clone());
        let help = "Whole days until the token ends; absent for one that never does";
        registry.register("token_days_left", help, self.token_days_left.clone());
        let help = "Whether the database answered when it was last looked at, once a minute";
        registry.register("database_up", help, self.database_up.clone());
        let help = "The whole database, other tables than adsync's included";
        registry.register("database_size_bytes", help, self.database_size.clone());
        let help = "What database.size_limit allows; 0 where nothing is said";
        registry.register("database_size_limit_bytes", help, self.database_size_limit.clone());
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

    /// Shows the runs of schedules before the first one ends: what begins at 1 was never seen to rise.
    pub fn runs_expected<'a>(&self, schedules: impl IntoIterator<Item = &'a str>, statuses: &[&str]) {
        for schedule in schedules {
            for status in statuses {
                let labels = ByRun { schedule: schedule.to_owned(), status: (*status).to_owned() };
                self.runs.get_or_create_owned(&labels).inc_by(0);
            }
        }
    }

    /// Notes that a run began.
    pub fn run_started(&self) {
        self.running_runs.inc();
    }

    /// Notes that a run which began has ended.
    pub fn run_finished(&self, schedule: &str, status: &str, duration: Duration) {
        self.running_runs.dec();
        self.run_recorded(schedule, status);
        self.run_duration.get_or_create_owned(&BySchedule::new(schedule)).observe(duration.as_secs_f64());
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

    /// Notes calls to the API, those among them that repeated a failed one, and the time they waited for its limits.
    pub fn api_called(&self, account_id: &str, calls: u64, retries: u64, waited: Duration) {
        let labels = ByAccount::new(account_id);
        self.api_calls.get_or_create_owned(&labels).inc_by(calls);
        self.api_retries.get_or_create_owned(&labels).inc_by(retries);
        self.throttled.get_or_create_owned(&labels).inc_by(waited.as_secs_f64());
    }

    /// Notes how full the account's budget was; 1 is a block.
    pub fn api_usage(&self, account_id: &str, ratio: f64) {
        self.api_usage.get_or_create_owned(&ByAccount::new(account_id)).set(ratio);
    }

    /// Notes when an account was last read without a fault.
    pub fn account_succeeded(&self, account_id: &str, at: DateTime<Utc>) {
        self.last_success.get_or_create_owned(&ByAccount::new(account_id)).set(at.timestamp());
    }

    /// Notes when the newest day of a report was read.
    pub fn fresh_as_of(&self, account_id: &str, report: &str, at: DateTime<Utc>) {
        self.fresh_as_of.get_or_create_owned(&ByReport::new(account_id, report)).set(at.timestamp());
    }

    /// Notes how many days of a report came to a status when they were compared with Meta's totals.
    pub fn agreement(&self, account_id: &str, report: &str, status: &str, days: u64) {
        let days = i64::try_from(days).unwrap_or(i64::MAX);
        if status == "drift" {
            self.drift_days.get_or_create_owned(&ByReport::new(account_id, report)).set(days);
        }
        self.agreement_days.get_or_create_owned(&ByAgreement::new(account_id, report, status)).set(days);
    }

    /// Shows no more of a report of an account that is read no longer: a gauge that nobody moves would alarm for ever.
    pub fn forget_report(&self, account_id: &str, report: &str, statuses: &[&str]) {
        self.fresh_as_of.remove(&ByReport::new(account_id, report));
        self.drift_days.remove(&ByReport::new(account_id, report));
        for status in statuses {
            self.agreement_days.remove(&ByAgreement::new(account_id, report, status));
        }
    }

    /// The same of an account; what it cost stays.
    pub fn forget_account(&self, account_id: &str) {
        self.api_usage.remove(&ByAccount::new(account_id));
        self.last_success.remove(&ByAccount::new(account_id));
    }

    /// Notes a beat of the scheduler.
    pub fn beat(&self, at: DateTime<Utc>) {
        self.last_beat.set(at.timestamp());
    }

    /// Notes whether a schedule is paused; `None` is one that is there no longer.
    pub fn schedule_paused(&self, schedule: &str, is_paused: Option<bool>) {
        let labels = BySchedule::new(schedule);
        match is_paused {
            Some(is_paused) => {
                self.schedule_paused.get_or_create_owned(&labels).set(is_paused.into());
            }
            None => {
                self.schedule_paused.remove(&labels);
            }
        }
    }

    /// Notes in how many days a token ends; `token` is its name, never the token.
    pub fn token_ends(&self, token: &str, days: i64) {
        self.token_days_left.get_or_create_owned(&ByToken { token: token.to_owned() }).set(days);
    }

    /// Notes how large the database is, and so that it answers; `None` where it does not.
    pub fn database_size(&self, bytes: Option<u64>) {
        self.database_up.set(bytes.is_some().into());
        if let Some(bytes) = bytes {
            self.database_size.set(i64::try_from(bytes).unwrap_or(i64::MAX));
        }
    }

    /// Notes how large it may become, in bytes.
    pub fn database_size_limit(&self, bytes: Option<u64>) {
        self.database_size_limit.set(bytes.map_or(0, |bytes| i64::try_from(bytes).unwrap_or(i64::MAX)));
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

#[cfg(test)]
mod tests;
