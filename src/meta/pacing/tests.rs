//! Budgets on a clock that only the test moves.

use super::super::error::Class;
use super::super::usage::Reading;
use super::*;

const TOKEN: &str = "";
const ACCOUNT: Option<&str> = Some("1");

fn usage(pct: f64, minutes: Option<u64>) -> Usage {
    let regain_in = minutes.map(|minutes| Duration::from_secs(minutes * 60));
    let reading = Reading { scope: Scope::Account, use_case: Some(UseCase::Insights), pct, regain_in };
    Usage { readings: vec![reading], tier: None }
}

fn throttle(code: i64, subcode: Option<i64>) -> Error {
    Error { code: Some(code), subcode, ..Error::plain(Class::Throttle, "throttled") }
}

async fn open(budgets: &Budgets, account: Option<&str>) {
    budgets.leave(TOKEN, account, UseCase::Insights, &Meter::default()).await.unwrap().answered(&Usage::default());
}

#[tokio::test(start_paused = true)]
async fn a_new_budget_is_tried_by_one_call_and_then_open_to_all() {
    let budgets = Budgets::default();
    let probe = budgets.leave(TOKEN, ACCOUNT, UseCase::Insights, &Meter::default()).await.unwrap();
    let buckets = Bucket::both(TOKEN, ACCOUNT, UseCase::Insights);
    assert!(matches!(budgets.turn(&buckets, Instant::now()), Turn::Held(Some(_))));
    probe.answered(&Usage::default());
    assert_eq!(budgets.turn(&buckets, Instant::now()), Turn::Go);
    assert_eq!(budgets.turn(&buckets, Instant::now()), Turn::Go);
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_is_given_up_lets_the_next_call_try() {
    let budgets = Budgets::default();
    drop(budgets.leave(TOKEN, ACCOUNT, UseCase::Insights, &Meter::default()).await.unwrap());
    assert!(budgets.leave(TOKEN, ACCOUNT, UseCase::Insights, &Meter::default()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_block_lasts_as_long_as_meta_says_and_ends_with_one_probe() {
    let budgets = Budgets::default();
    let leave = budgets.leave(TOKEN, ACCOUNT, UseCase::Insights, &Meter::default()).await.unwrap();
    let wait = leave.throttled(&throttle(80_000, Some(2_446_079)), &usage(100.0, Some(12)));
    assert_eq!(wait, Duration::from_secs(12 * 60));
    assert_eq!(budgets.leave(TOKEN, ACCOUNT, UseCase::Insights, &Meter::default()).await.unwrap_err(), wait);
    // The other budget of the account, and other accounts, are not concerned.
    open(&budgets, Some("2")).await;
    assert!(budgets.leave(TOKEN, ACCOUNT, UseCase::Management, &Meter::default()).await.is_ok());
    tokio::time::advance(wait).await;
    let probe = budgets.leave(TOKEN, ACCOUNT, UseCase::Insights, &Meter::default()).await.unwrap();
    assert_eq!(budgets.turn(&Bucket::both(TOKEN, ACCOUNT, UseCase::Insights), Instant::now()), Turn::Held(None));
    drop(probe);
}

#[tokio::test(start_paused = true)]
async fn the_apps_own_budget_stops_every_account_and_the_score_every_kind_of_call() {
    let budgets = Budgets::default();
    let leave = budgets.leave(TOKEN, ACCOUNT, UseCase::Insights, &Meter::default()).await.unwrap();
    leave.throttled(&throttle(4, Some(1_504_022)), &Usage::default());
    assert!(budgets.leave(TOKEN, Some("2"), UseCase::Insights, &Meter::default()).await.is_err());
    assert!(budgets.leave(TOKEN, Some("2"), UseCase::Management, &Meter::default()).await.is_ok());
    let budgets = Budgets::default();
    let leave = budgets.leave(TOKEN, ACCOUNT, UseCase::Insights, &Meter::default()).await.unwrap();
    leave.throttled(&throttle(17, Some(2_446_079)), &Usage::default());
    assert!(budgets.leave(TOKEN, ACCOUNT, UseCase::Management, &Meter::default()).await.is_err());
    assert!(budgets.leave(TOKEN, Some("2"), UseCase::Insights, &Meter::default()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn blocks_without_a_time_double_while_they_follow_each_other() {
    let budgets = Budgets::default();
    let mut waits = Vec::new();
    for _ in 0..6 {
        let leave = budgets.leave(TOKEN, ACCOUNT, UseCase::Insights, &Meter::default()).await.unwrap();
        let wait = leave.throttled(&throttle(80_000, None), &Usage::default());
        waits.push(wait.as_secs());
        tokio::time::advance(wait).await;
    }
    assert_eq!(waits, [60, 120, 240, 480, 900, 900]);
}

#[tokio::test(start_paused = true)]
async fn calls_are_spaced_as_a_budget_fills_and_flow_again_as_it_empties() {
    let budgets = Budgets::default();
    budgets.leave(TOKEN, ACCOUNT, UseCase::Insights, &Meter::default()).await.unwrap().answered(&usage(90.0, None));
    let buckets = Bucket::both(TOKEN, ACCOUNT, UseCase::Insights);
    let Turn::After(pause) = budgets.turn(&buckets, Instant::now()) else { panic!("no pause at 90 %") };
    assert!(pause > Duration::from_secs(5) && pause < LONGEST_GAP, "{pause:?}");
    assert_eq!(gap(50.0), Duration::ZERO);
    assert_eq!(gap(130.0), LONGEST_GAP);
    tokio::time::advance(WINDOW).await;
    assert_eq!(budgets.turn(&buckets, Instant::now()), Turn::Go);
    assert_eq!(budgets.turn(&buckets, Instant::now()), Turn::Go);
}

#[tokio::test(start_paused = true)]
async fn a_restart_does_not_forget_a_block() {
    let budgets = Budgets::default();
    let leave = budgets.leave(TOKEN, ACCOUNT, UseCase::Insights, &Meter::default()).await.unwrap();
    leave.throttled(&throttle(80_000, Some(2_446_079)), &usage(100.0, Some(25)));
    let restarted = Budgets::default();
    restarted.restore(budgets.known());
    assert_eq!(
        restarted.leave(TOKEN, ACCOUNT, UseCase::Insights, &Meter::default()).await.unwrap_err(),
        Duration::from_secs(25 * 60)
    );
}

#[tokio::test(start_paused = true)]
async fn another_tokens_app_is_not_concerned_by_an_apps_block() {
    let budgets = Budgets::default();
    let leave = budgets.leave(TOKEN, ACCOUNT, UseCase::Insights, &Meter::default()).await.unwrap();
    leave.throttled(&throttle(4, None), &Usage::default());
    budgets.block_began().await;
    assert!(budgets.leave(TOKEN, Some("2"), UseCase::Insights, &Meter::default()).await.is_err());
    assert!(budgets.leave("aurora", Some("2"), UseCase::Insights, &Meter::default()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_question_about_no_account_tells_nothing_of_the_app_by_an_accounts_budget() {
    let budgets = Budgets::default();
    let leave = budgets.leave(TOKEN, None, UseCase::Insights, &Meter::default()).await.unwrap();
    leave.answered(&usage(100.0, Some(25)));
    assert!(budgets.leave(TOKEN, Some("2"), UseCase::Insights, &Meter::default()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_call_without_an_answer_holds_the_others_for_a_moment_only() {
    let budgets = Budgets::default();
    let _hanging = budgets.leave(TOKEN, ACCOUNT, UseCase::Insights, &Meter::default()).await.unwrap();
    let began = Instant::now();
    assert!(budgets.leave(TOKEN, Some("2"), UseCase::Insights, &Meter::default()).await.is_ok());
    assert_eq!(began.elapsed(), LONGEST_HOLD);
}
