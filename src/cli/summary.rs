//! What a run came to, for whoever gave the command: a line per account, and what to do about what went wrong.

use crate::store::runs;
use crate::sync::report::{AccountReport, RunReport, Status};

use super::output::{complain, lines, say, status, table};

/// What the run did, a line per account.
pub(super) fn summary(report: &RunReport) {
    let mut rows = table(
        &["account", "name", "status", "calls", "retries", "read", "inserted", "updated", "unchanged", "deleted"],
        3,
    );
    for account in &report.accounts {
        rows.add_row(line(&account.account.to_string(), account.name.as_deref(), account.status(), &account.totals()));
    }
    if report.accounts.len() > 1 {
        rows.add_row(line("all", None, report.status, &report.totals()));
    }
    say(&lines(&rows));
    let took = (report.finished_at - report.started_at).to_std().unwrap_or_default();
    let reason = report.reason.as_ref().map_or(String::new(), |reason| format!(": {reason}"));
    let ended = status(report.status.as_str());
    say(&format!("run {} {ended}{reason} in {:.1} s", report.id, took.as_secs_f64()));
}

/// What went wrong in a run, and what to do about it.
pub(super) fn troubled(report: &RunReport) {
    for warning in &report.warnings {
        complain(&format!("warning: {}", warning.message));
    }
    for account in &report.accounts {
        troubles(account);
    }
}

fn line(account: &str, name: Option<&str>, status: Status, totals: &runs::Totals) -> [String; 10] {
    let counts = totals.counts;
    [
        account.to_owned(),
        name.unwrap_or("-").chars().filter(|c| !c.is_control()).take(40).collect(),
        status.as_str().to_owned(),
        totals.api_calls.to_string(),
        totals.api_retries.to_string(),
        totals.rows_read.to_string(),
        counts.inserted.to_string(),
        counts.updated.to_string(),
        counts.unchanged.to_string(),
        counts.deleted.to_string(),
    ]
}

pub(super) fn troubles(account: &AccountReport) {
    for step in account.steps.iter() {
        if let Some(fault) = &step.fault {
            complain(&format!("{} {}: {}. {}", account.account, step.step, fault.message, fault.advice));
        }
    }
    for warning in &account.warnings {
        complain(&format!("{} {}: warning: {} ({})", account.account, warning.step, warning.message, warning.count));
    }
}
