//! What a run's end says about its schedule, and when a refused token is tried again.

use super::*;
use crate::store::runs::{Fault, Totals};
use crate::sync::report::{AccountReport, StepReport};

/// The report of a run whose accounts ended with these classes of errors; the empty class is a success.
fn report(classes: &[&str]) -> RunReport {
    let account = |(place, class): (usize, &&str)| {
        let fault = Fault {
            class: (*class).to_owned(),
            message: "no".to_owned(),
            advice: "Do.".to_owned(),
            ..Fault::default()
        };
        let fault = Some(fault).filter(|_| !class.is_empty());
        let status = if fault.is_some() { Status::Failed } else { Status::Succeeded };
        let step = StepReport { step: "account".to_owned(), status, totals: Totals::default(), fault };
        AccountReport {
            account: (place + 1).to_string().parse().unwrap(),
            name: None,
            today: None,
            steps: vec![step],
            warnings: Vec::new(),
            compared: None,
            agreement: Vec::new(),
        }
    };
    let accounts: Vec<AccountReport> = classes.iter().enumerate().map(account).collect();
    let at = DateTime::from_timestamp(1_795_446_000, 0).unwrap();
    RunReport {
        id: uuid::Uuid::nil(),
        status: crate::sync::report::run_status(&accounts),
        reason: None,
        started_at: at,
        finished_at: at,
        accounts,
        warnings: Vec::new(),
        oddities: Vec::new(),
    }
}

#[test]
fn only_where_every_account_is_refused_the_token_is_at_fault() {
    let of = |classes: &[&str]| outcome(&report(classes), |account| format!("token {}", account.digits()));
    assert_eq!(of(&["", ""]), Outcome::Works);
    assert_eq!(of(&["auth", ""]), Outcome::Works, "a part of it was done");
    let tokens = BTreeSet::from(["token 1".to_owned(), "token 2".to_owned()]);
    assert_eq!(of(&["auth", "auth"]), Outcome::Refused(tokens, "no. Do.".to_owned()));
    assert_eq!(of(&["auth", "permission"]), Outcome::Failed("no. Do.".to_owned()));
    assert_eq!(of(&["permission"]), Outcome::Failed("no. Do.".to_owned()));
    assert_eq!(of(&["throttle"]), Outcome::Nothing);
    assert_eq!(of(&["database_unavailable", "auth"]), Outcome::Nothing);
    let of = |exchanged: &str| {
        let outcome = outcome(&report(&["auth", "auth"]), |account| format!("token {}", account.digits()));
        outcome.under(|token| !exchanged.contains(token))
    };
    assert_eq!(of("token 1"), Outcome::Refused(BTreeSet::from(["token 2".to_owned()]), "no. Do.".to_owned()));
    assert_eq!(of("token 1, token 2"), Outcome::Nothing, "whoever asks now asks with others");
    let late = RunReport { reason: Some(LATE.to_owned()), ..report(&["cancelled", "cancelled"]) };
    assert_eq!(outcome(&late, |_| String::new()), Outcome::Nothing, "others had the accounts for all its time");
    let cancelled = RunReport { status: Status::Cancelled, ..report(&["auth"]) };
    assert_eq!(outcome(&cancelled, |_| String::new()), Outcome::Nothing);
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_tried_at_start_and_then_ever_less_often_up_to_once_an_hour() {
    let mut refused = Refused::default();
    let began = Instant::now();
    let mut tried = Vec::new();
    for _ in 0..6 * 60 {
        if refused.is_time(false) {
            tried.push((Instant::now() - began).as_secs() / 60);
        }
        tokio::time::advance(Duration::from_secs(60)).await;
    }
    assert_eq!(tried, [0, 10, 30, 70, 130, 190, 250, 310]);
    assert!(!refused.is_time(true));
    assert!(!refused.is_time(false), "a token that is refused anew was refused a moment ago");
    tokio::time::advance(Duration::from_secs(600)).await;
    assert!(refused.is_time(false));
}

#[test]
fn only_what_meta_itself_answered_says_that_it_takes_a_token() {
    let taken: Vec<Class> = Class::ALL.into_iter().filter(|class| has_taken(*class, Some(200))).collect();
    assert_eq!(taken, [Class::Throttle, Class::TooMuchData, Class::Permission, Class::Invalid]);
    assert!(!Class::ALL.into_iter().any(|class| has_taken(class, None)), "a proxy refuses, too");
}
