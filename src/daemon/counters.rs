//! What a run's report adds to the metrics.

use std::collections::BTreeSet;
use std::time::Duration;

use rust_decimal::prelude::ToPrimitive;

use crate::metrics::{Change, Metrics};
use crate::store::totals::Agreement;
use crate::sync::report::{AccountReport, RunReport, Status, StepReport};

/// What the comparison of a day may come to.
pub(super) const AGREEMENTS: [&str; 5] = ["settled", "moving", "explained", "drift", "not_additive"];

/// Counts a run that ended.
pub(super) fn count(metrics: &Metrics, schedule: &str, report: &RunReport) {
    let took = (report.finished_at - report.started_at).to_std().unwrap_or_default();
    metrics.run_finished(schedule, report.status.as_str(), took);
    for account in &report.accounts {
        count_account(metrics, account);
        if account.status() == Status::Succeeded {
            metrics.account_succeeded(&account.account.act(), report.finished_at);
        }
    }
}

fn count_account(metrics: &Metrics, account: &AccountReport) {
    let (id, totals) = (account.account.act(), account.totals());
    metrics.api_called(&id, totals.api_calls, totals.api_retries, Duration::from_millis(totals.waited_ms));
    if totals.api_calls > 0 {
        metrics.api_usage(&id, totals.usage_peak_pct.to_f64().unwrap_or_default() / 100.0);
    }
    for step in &account.steps {
        count_rows(metrics, step);
    }
    count_agreement(metrics, &id, &account.agreement);
}

/// Shows how far the reports of an account agree with Meta.
pub(super) fn count_agreement(metrics: &Metrics, account_id: &str, agreement: &[Agreement]) {
    let reports: BTreeSet<&str> = agreement.iter().map(|known| known.report.as_str()).collect();
    for report in reports {
        // A status that no day has any more is told, too.
        for status in AGREEMENTS {
            let is_meant = |known: &&Agreement| known.report == report && known.status == status;
            let days = agreement.iter().find(is_meant).map_or(0, |known| known.days);
            metrics.agreement(account_id, report, status, days);
        }
    }
}

fn count_rows(metrics: &Metrics, step: &StepReport) {
    let table = match step.step.split_once(':') {
        Some(("insights", report)) => format!("{report}_insights"),
        _ if step.step == "account" => "ad_accounts".to_owned(),
        _ => step.step.clone(),
    };
    let counts = step.totals.counts;
    for (change, rows) in [
        (Change::Read, step.totals.rows_read),
        (Change::Inserted, counts.inserted),
        (Change::Updated, counts.updated),
        (Change::Unchanged, counts.unchanged),
        (Change::Deleted, counts.deleted),
    ] {
        if rows > 0 {
            metrics.rows(&table, change, rows);
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;
    use crate::store::Counts;
    use crate::store::runs::Totals;
    use crate::store::totals::Agreement;

    #[test]
    fn a_report_shows_in_the_metrics() {
        let counts = Counts { inserted: 36, ..Counts::default() };
        let totals = Totals { api_calls: 2, rows_read: 36, counts, ..Totals::default() };
        let step = |step: &str| StepReport { step: step.to_owned(), status: Status::Succeeded, totals, fault: None };
        let agreement = |status: &str, days| Agreement { report: "adset".to_owned(), status: status.to_owned(), days };
        let account = AccountReport {
            account: "act_1".parse().unwrap(),
            name: None,
            steps: vec![step("adsets"), step("insights:adset")],
            warnings: Vec::new(),
            today: None,
            compared: None,
            agreement: vec![agreement("drift", 2), agreement("settled", 27)],
        };
        let begin = DateTime::from_timestamp(1_795_446_000, 0).unwrap();
        let report = RunReport {
            id: Uuid::nil(),
            status: Status::Succeeded,
            reason: None,
            started_at: begin,
            finished_at: begin + chrono::TimeDelta::seconds(3),
            accounts: vec![account],
            warnings: Vec::new(),
            oddities: Vec::new(),
        };
        let metrics = Metrics::new();
        metrics.run_started();
        count(&metrics, "recent", &report);
        let text = metrics.encode().unwrap();
        for line in [
            "adsync_runs_total{schedule=\"recent\",status=\"succeeded\"} 1",
            "adsync_running_runs 0",
            "adsync_drift_days{account_id=\"act_1\",report=\"adset\"} 2",
            "adsync_agreement_days{account_id=\"act_1\",report=\"adset\",status=\"settled\"} 27",
            "adsync_agreement_days{account_id=\"act_1\",report=\"adset\",status=\"explained\"} 0",
            "adsync_run_duration_seconds_sum{schedule=\"recent\"} 3.0",
            "adsync_api_calls_total{account_id=\"act_1\"} 4",
            "adsync_rows_total{table=\"adset_insights\",change=\"inserted\"} 36",
            "adsync_last_success_timestamp_seconds{account_id=\"act_1\"} 1795446003",
        ] {
            assert!(text.lines().any(|shown| shown == line), "{line} is not in:\n{text}");
        }
    }
}
