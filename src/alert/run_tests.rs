//! What runs say of causes: one for each reason, whatever the number of accounts, and what is over with a success.

use chrono::DateTime;
use uuid::Uuid;

use super::*;
use crate::store::runs::Totals;
use crate::store::totals::Agreement;
use crate::sync::report::{StepReport, Warning, run_status};

fn fault(class: &str, code: Option<i64>) -> Fault {
    Fault {
        class: class.to_owned(),
        code,
        message: "it went wrong".to_owned(),
        advice: "Mend it.".to_owned(),
        ..Fault::default()
    }
}

/// An account whose steps end like this: `Err` with a class fails.
fn account(digits: &str, steps: &[(&str, Result<Status, &str>)]) -> AccountReport {
    let step = |(step, ended): &(&str, Result<Status, &str>)| StepReport {
        step: (*step).to_owned(),
        status: ended.unwrap_or(Status::Failed),
        totals: Totals::default(),
        fault: ended.err().map(|class| fault(class, (class == "invalid").then_some(100))),
    };
    AccountReport {
        account: digits.parse().unwrap(),
        name: None,
        today: None,
        steps: steps.iter().map(step).collect(),
        warnings: Vec::new(),
        compared: None,
        agreement: Vec::new(),
    }
}

fn whole(digits: &str) -> AccountReport {
    account(digits, &[("account", Ok(Status::Succeeded)), ("campaigns", Ok(Status::Succeeded))])
}

fn report(accounts: Vec<AccountReport>) -> RunReport {
    let at = DateTime::from_timestamp(1_795_446_000, 0).unwrap();
    RunReport {
        id: Uuid::nil(),
        status: run_status(&accounts),
        reason: None,
        started_at: at,
        finished_at: at,
        accounts,
        warnings: Vec::new(),
        oddities: Vec::new(),
    }
}

fn found(report: &RunReport) -> Findings {
    let of_token = |code: &str, account: Option<&AccountId>| {
        let token = if account.is_some_and(|account| account.digits().starts_with('9')) {
            "aurora"
        } else {
            "META_ACCESS_TOKEN"
        };
        format!("{code}:{token}@adsync")
    };
    Teller { instance: "adsync", schedule: "recent", of_token: &of_token }.findings(report)
}

/// The messages that tell it, each with its number of alerts.
fn messages(found: &Findings) -> Vec<(String, usize)> {
    let mut messages = std::collections::BTreeMap::new();
    for alert in &found.met {
        *messages.entry(alert.told_as.clone().unwrap()).or_insert(0) += 1;
    }
    messages.into_iter().collect()
}

#[test]
fn a_dead_token_and_an_outage_are_one_message_each_however_many_accounts_meet_them() {
    for (class, told_as) in [
        ("auth", "token_trouble:META_ACCESS_TOKEN@adsync"),
        ("permission", "permission:META_ACCESS_TOKEN@adsync"),
        ("transient", "meta_unavailable@adsync"),
        ("malformed", "meta_unavailable@adsync"),
        ("database_unavailable", "database_unavailable@adsync"),
        ("database_read_only", "database_unavailable@adsync"),
        ("database_statement", "failed:database_statement@adsync"),
        ("invalid", "failed:invalid:100@adsync"),
        ("account", "failed:account@adsync"),
    ] {
        let accounts = (100..300).map(|id| account(&id.to_string(), &[("account", Err(class))])).collect();
        let found = found(&report(accounts));
        assert_eq!(messages(&found), [(told_as.to_owned(), 200)], "{class}");
        assert!(found.met.iter().all(|alert| alert.kind == "failed" && alert.urgency == 2 && alert.run_id.is_some()));
        assert!(found.read.is_empty(), "{class}");
    }
}

#[test]
fn accounts_of_another_token_are_told_apart() {
    let found =
        found(&report(vec![account("1", &[("account", Err("auth"))]), account("9", &[("account", Err("auth"))])]));
    let told: Vec<String> = messages(&found).into_iter().map(|(told_as, _)| told_as).collect();
    assert_eq!(told, ["token_trouble:META_ACCESS_TOKEN@adsync", "token_trouble:aurora@adsync"]);
    let found = self::found(&report(vec![whole("1"), account("9", &[("account", Err("auth"))]), whole("2")]));
    assert_eq!(found.alive, ["token_trouble:META_ACCESS_TOKEN@adsync"], "what it reads with is not dead");
}

#[test]
fn a_fault_of_a_step_is_partial_and_ends_with_the_same_schedule_alone() {
    let steps =
        [("account", Ok(Status::Succeeded)), ("campaigns", Ok(Status::Succeeded)), ("insights:age", Err("invalid"))];
    let found = found(&report(vec![account("1", &steps), whole("2")]));
    let [alert] = &found.met[..] else { panic!("{found:?}") };
    assert_eq!((alert.kind, alert.schedule.as_deref(), alert.urgency), ("partial", Some("recent"), 1));
    assert_eq!(alert.message, "insights:age: it went wrong");
    assert_eq!(found.read, ["1", "2"], "what else stood in its way before is over");
    let wall = self::found(&report(vec![account("1", &[("account", Err("auth"))])]));
    assert_eq!(wall.met[0].schedule, None, "any success ends what stood in the way of the account");
}

#[test]
fn what_is_throttled_cancelled_or_lost_to_another_run_is_no_failure_and_ends_none() {
    let partly =
        [("account", Ok(Status::Succeeded)), ("campaigns", Ok(Status::Succeeded)), ("adsets", Ok(Status::Throttled))];
    let lost = [("account", Ok(Status::Succeeded)), ("campaigns", Err("lease_lost"))];
    let accounts = vec![
        account("1", &[("account", Ok(Status::Throttled))]),
        account("2", &partly),
        account("3", &lost),
        account("4", &[("account", Ok(Status::Cancelled))]),
    ];
    let report = RunReport { status: Status::Cancelled, ..report(accounts) };
    assert_eq!(found(&report).met, []);
    assert_eq!(found(&report).read, ["3"]);
}

#[test]
fn a_run_that_its_deadline_cut_off_is_told() {
    let cut = account("1", &[("account", Ok(Status::Succeeded)), ("campaigns", Ok(Status::Cancelled))]);
    let reason = Some("its deadline came before its end".to_owned());
    let found = found(&RunReport { status: Status::Partial, reason, ..report(vec![cut, whole("2")]) });
    assert_eq!(messages(&found), [("failed:deadline@adsync".to_owned(), 1)]);
    assert_eq!(found.met[0].advice.as_deref(), Some(LATE_ADVICE));
    assert_eq!(found.read, ["2"]);
    let waited = account("1", &[("account", Ok(Status::Cancelled))]);
    let reason = Some("its deadline came before its end".to_owned());
    let found = self::found(&RunReport { status: Status::Failed, reason, ..report(vec![waited]) });
    assert_eq!(messages(&found), [("failed:deadline@adsync".to_owned(), 1)]);
    assert_eq!(found.met[0].advice.as_deref(), Some(WAITED_ADVICE), "fewer days would not help it");
}

#[test]
fn days_that_drift_are_told_by_account_and_report_and_are_no_failure() {
    let days = |status: &str, days| Agreement { report: "adset".to_owned(), status: status.to_owned(), days };
    let mut drifting = account(
        "1",
        &[("account", Ok(Status::Succeeded)), ("campaigns", Ok(Status::Succeeded)), ("reconcile", Err("drift"))],
    );
    drifting.agreement = vec![days("drift", 2), days("settled", 20)];
    drifting.warnings.push(Warning {
        code: "drift",
        account_id: "1".to_owned(),
        step: "reconcile".to_owned(),
        message: "on 2026-11-19 Meta's total less the rows of adset_insights is 5".to_owned(),
        count: 2,
    });
    let mut agreeing = whole("2");
    agreeing.agreement = vec![days("settled", 22)];
    let found = found(&report(vec![drifting, agreeing, whole("3")]));
    assert_eq!(messages(&found), [("drift@adsync".to_owned(), 1)]);
    assert_eq!(found.met[0].dedupe_id, "drift:1:adset@adsync");
    assert!(found.met[0].message.starts_with("days of the report adset that differ: 2: on 2026-11-19 "));
    assert_eq!(found.compared, ["1", "2"], "of an account whose days could not be read nothing is known");
}

#[test]
fn a_comparison_reads_nothing_and_so_ends_nothing_and_sends_no_sign_of_life() {
    let compared = account("1", &[("account", Ok(Status::Succeeded)), ("reconcile", Ok(Status::Succeeded))]);
    assert!(found(&report(vec![compared.clone()])).read.is_empty());
    assert!(!is_success(&report(vec![compared])));
    assert!(is_success(&report(vec![whole("1")])));
    assert!(!is_success(&report(vec![whole("1"), account("2", &[("account", Err("auth"))])])));
}
