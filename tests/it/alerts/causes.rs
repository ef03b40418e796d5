//! Every cause is one message, told once, and so is its end.

use chrono::{TimeDelta, Utc};
use graph_sim::{Fault, GraphError, SettingsChange, Sim};

use super::{THREE, Told, ended, pair, three};
use crate::support::proxy::{self, rows};
use crate::support::scene::{ACT, Scene, spec};

#[tokio::test]
async fn a_dead_token_is_one_message_that_names_its_accounts_and_so_is_its_end() {
    let told = Told::of(three()).await;
    told.sync_three(0).await;
    assert!(told.receiver.calls().is_empty(), "nothing is wrong");
    told.fail(Fault::ExpiredToken, None);
    for _ in 0..2 {
        told.sync_three(1).await;
        told.later("2 hours").await;
    }
    let message = told.receiver.message(1).await;
    assert_eq!(message["dedupe_id"], "token_trouble:META_ACCESS_TOKEN@adsync");
    assert_eq!((&message["run_status"], &message["severity"]), (&"failed".into(), &"error".into()));
    let names: Vec<&str> =
        message["accounts"].as_array().unwrap().iter().map(|a| a["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Clinica Aurora - Ads", "Beta <!channel>", "Gama"]);
    let text = message["text"].as_str().unwrap();
    assert!(text.contains("Beta &lt;!channel&gt; (act_77)") && text.contains("system-user token"), "{text}");
    let run = told.scene.value("select min(id::text) from sync_runs where status = 'failed'").await;
    assert_eq!(message["run_id"], run.as_str(), "the run that met it first was told");
    let call = told.receiver.call(1).await;
    assert_eq!((call.method.as_str(), call.content_type.as_str()), ("POST", "application/json"));

    told.scene.sim.faults().clear();
    for _ in 0..2 {
        told.sync_three(0).await;
        told.later("2 hours").await;
    }
    assert_eq!(told.receiver.told(), [pair("token_trouble", "firing"), pair("token_trouble", "resolved")]);
    let over = told.receiver.message(2).await;
    assert_eq!(over["dedupe_id"], message["dedupe_id"]);
    assert!(over["text"].as_str().unwrap().contains("over: a token does not work."), "{over}");
}

#[tokio::test]
async fn a_token_that_lists_nothing_is_told_although_no_run_begins() {
    let told = Told::of(three()).await;
    let all = || told.adsync(&["sync"]).env("ADSYNC__META__ACCOUNTS", "all");
    told.fail(Fault::ExpiredToken, None);
    for _ in 0..2 {
        ended(all(), 1).await;
    }
    assert_eq!(told.receiver.told(), [pair("token_trouble", "firing")]);
    told.scene.sim.faults().clear();
    ended(all(), 0).await;
    assert_eq!(told.receiver.told()[1..], [pair("token_trouble", "resolved")]);
}

#[tokio::test]
async fn accounts_that_may_not_be_read_are_one_message_and_each_further_one_is_told_within_the_hour() {
    let told = Told::of(three()).await;
    told.fail(Fault::Forbidden, Some("77"));
    told.sync_three(3).await;
    let message = told.receiver.message(1).await;
    assert_eq!((&message["cause"], &message["run_status"]), (&"permission".into(), &"partial".into()));
    assert_eq!((&message["severity"], &message["accounts_total"]), (&"warning".into(), &1.into()));
    told.fail(Fault::Forbidden, Some("78"));
    told.sync_three(3).await;
    assert_eq!(told.receiver.messages().len(), 1, "not every few minutes");
    told.later("61 minutes").await;
    told.sync_three(3).await;
    let more = told.receiver.message(2).await;
    assert_eq!((&more["dedupe_id"], &more["accounts_total"]), (&message["dedupe_id"], &2.into()));
    told.later("61 minutes").await;
    told.sync_three(3).await;
    assert_eq!(told.receiver.messages().len(), 2);

    // Worse than before: now nothing is read.
    told.fail(Fault::Forbidden, None);
    told.sync_three(1).await;
    let worse = told.receiver.message(3).await;
    assert_eq!((&worse["run_status"], &worse["accounts_total"]), (&"failed".into(), &3.into()));
    told.scene.sim.faults().clear();
    told.sync_three(0).await;
    assert_eq!(told.receiver.told()[3..], [pair("permission", "resolved")]);
}

#[tokio::test]
async fn what_is_throttled_is_no_failure() {
    let told = Told::of(spec()).await;
    told.fail(Fault::ThrottleManagement { minutes: 120 }, None);
    told.sync(1).await;
    assert_eq!(told.receiver.told(), [], "{:?}", told.receiver.messages());
}

#[tokio::test]
async fn a_question_that_meta_refuses_is_told_by_its_code_and_ends_with_the_same_schedule() {
    let told = Told::of(spec()).await;
    let error = GraphError::new(100, "(#100) Unsupported get request");
    let when = graph_sim::When { path: Some("level=adset".to_owned()), ..Default::default() };
    told.scene.sim.faults().add(graph_sim::Rule { fault: Fault::Error { error }, when });
    ended(told.adsync(&["sync", "--schedule", "settled"]), 3).await;
    let message = told.receiver.message(1).await;
    assert_eq!(message["dedupe_id"], "failed:invalid:100@adsync");
    assert!(message["message"].as_str().unwrap().starts_with("insights:adset: (#100)"), "{message}");
    told.scene.sim.faults().clear();
    ended(told.adsync(&["sync", "--schedule", "recent"]), 0).await;
    assert_eq!(told.receiver.messages().len(), 1, "the nightly run has yet to come through");
    ended(told.adsync(&["sync", "--schedule", "settled"]), 0).await;
    assert_eq!(told.receiver.told()[1..], [pair("failed", "resolved")]);
}

#[tokio::test]
async fn a_day_that_drifts_is_told_and_that_it_agrees_again() {
    let told = Told::of(spec()).await;
    let (day, scene) = (told.scene.days_ago(3).to_string(), &told.scene);
    let url = proxy::start(&scene.sim.url(), {
        let day = day.clone();
        move |asked, answer| {
            if asked.is_insights("account") {
                for row in rows(answer).unwrap().iter_mut().filter(|row| row["date_start"] == day.as_str()) {
                    proxy::add_money(row, "spend", "5");
                }
            }
        }
    })
    .await;
    for _ in 0..2 {
        ended(told.adsync(&["sync"]).env("ADSYNC__META__BASE_URL", &url), 0).await;
    }
    let message = told.receiver.message(1).await;
    assert_eq!((&message["dedupe_id"], &message["severity"]), (&"drift@adsync".into(), &"warning".into()));
    assert!(message["message"].as_str().unwrap().contains(&day), "{message}");
    told.sync(0).await;
    assert_eq!(told.receiver.told(), [pair("drift", "firing"), pair("drift", "resolved")]);
}

#[tokio::test]
async fn an_account_without_a_success_for_too_long_is_stale_until_it_has_one() {
    let told = Told::of(three()).await;
    told.sync_three(0).await;
    let age = "update sync_runs set started_at = started_at - interval '27 hours', finished_at = finished_at - interval '27 hours'";
    told.scene.db.execute(age).await;
    ended(told.adsync(&["sync", "--account", ACT]).env("ADSYNC__META__ACCOUNTS", THREE), 0).await;
    let message = told.receiver.message(1).await;
    assert_eq!((&message["dedupe_id"], &message["accounts_total"]), (&"stale@adsync".into(), &2.into()));
    assert!(message["text"].as_str().unwrap().contains("alerts.stale_after (1day 2h)"), "{message}");
    // One that was only partly read is still stale, one that nobody ever tried is not.
    told.fail(Fault::Forbidden, Some("78"));
    ended(told.adsync(&["sync"]).env("ADSYNC__META__ACCOUNTS", format!("{THREE},act_79")), 3).await;
    let stale = "select account_id from sync_alerts where kind = 'stale' and resolved_at is null";
    assert_eq!(told.scene.db.query_text(stale).await, [["78"]]);
    told.scene.sim.faults().clear();
    told.sync_three(0).await;
    assert!(told.receiver.told().contains(&pair("stale", "resolved")), "{:?}", told.receiver.told());
    assert_eq!(told.receiver.told().iter().filter(|(cause, _)| cause == "stale").count(), 2);
}

#[tokio::test]
async fn a_paused_schedule_a_nearly_full_database_and_lost_accounts_are_one_message_each() {
    let told = Told::of(three()).await;
    let fewer = Sim::start(spec().build()).await.unwrap();
    let all = |sim: &Sim, limit: &str| {
        let binary = told.adsync(&["sync"]).env("ADSYNC__META__BASE_URL", sim.url());
        binary.env("ADSYNC__META__ACCOUNTS", "all").env("ADSYNC__DATABASE__SIZE_LIMIT", limit)
    };
    ended(all(&told.scene.sim, "8GB"), 0).await;
    let pause = "insert into sync_schedules (instance, schedule, paused_at, paused_by, pause_reason) values
        ('adsync', 'recent', now(), 'ana', 'the client asked'), ('adsync', 'gone', now(), 'ana', null)";
    told.scene.db.execute(pause).await;
    for _ in 0..2 {
        ended(all(&fewer, "9MB"), 0).await;
    }
    let mut firing = told.receiver.told();
    firing.sort();
    assert_eq!(
        firing,
        [pair("database_nearly_full", "firing"), pair("lost_access", "firing"), pair("paused", "firing")]
    );
    let of = |cause: &str| told.receiver.messages().into_iter().find(|message| message["cause"] == cause).unwrap();
    assert_eq!(
        (&of("lost_access")["dedupe_id"], &of("lost_access")["accounts_total"]),
        (&"lost_access@adsync".into(), &2.into())
    );
    let paused = of("paused");
    assert_eq!(paused["dedupe_id"], "paused:recent@adsync");
    assert!(paused["message"].as_str().unwrap().ends_with(": the client asked"), "{paused}");
    assert!(of("database_nearly_full")["message"].as_str().unwrap().contains("database.size_limit"));

    told.scene.db.execute("update sync_schedules set paused_at = null").await;
    ended(all(&told.scene.sim, "8GB"), 0).await;
    let mut over: Vec<_> = told.receiver.told().split_off(3);
    over.sort();
    assert_eq!(
        over,
        [pair("database_nearly_full", "resolved"), pair("lost_access", "resolved"), pair("paused", "resolved")]
    );
}

#[tokio::test]
async fn a_token_that_ends_is_told_at_fourteen_seven_and_one_days() {
    let told = Told::of(spec()).await;
    let ends_in = |days: i64| {
        let at = (Utc::now() + TimeDelta::days(days) + TimeDelta::hours(1)).timestamp();
        told.scene.sim.set(SettingsChange { expires_at: Some(at), ..SettingsChange::default() });
    };
    let tomorrow = "update sync_listings set full_at = full_at - interval '1 day' where entity like 'token:%'";
    for (days, messages) in [(15, 0), (14, 1), (13, 1), (7, 2), (2, 2), (1, 3), (0, 3)] {
        ends_in(days);
        told.sync(0).await;
        assert_eq!(told.receiver.messages().len(), messages, "{days} days before");
        told.scene.db.execute(tomorrow).await;
    }
    let message = told.receiver.message(2).await;
    assert_eq!(message["dedupe_id"], "token_ends:META_ACCESS_TOKEN@adsync");
    assert_eq!(message["accounts"][0]["id"], ACT, "its accounts are named");
    ends_in(60);
    told.sync(0).await;
    assert_eq!(told.receiver.told()[3..], [pair("token_ends", "resolved")]);
}

#[tokio::test]
async fn what_is_wrong_with_an_account_that_is_configured_no_more_is_over() {
    let told = Told::of(three()).await;
    told.fail(Fault::Forbidden, Some("77"));
    told.sync_three(3).await;
    told.sync(0).await;
    assert_eq!(told.receiver.told(), [pair("permission", "firing"), pair("permission", "resolved")]);
}

#[tokio::test]
async fn without_a_receiver_causes_are_kept_and_told_once_there_is_one() {
    let told = Told::of(spec()).await;
    let scene: &Scene = &told.scene;
    told.fail(Fault::Forbidden, None);
    ended(scene.adsync(&["sync"]), 1).await;
    let open = "select kind, told_as, account_id, sent_at is null from sync_alerts where resolved_at is null";
    assert_eq!(
        scene.db.query_text(open).await,
        [["failed", "permission:META_ACCESS_TOKEN@adsync", "1029384756102938", "t"]]
    );
    told.sync(1).await;
    assert_eq!(told.receiver.told(), [pair("permission", "firing")]);
}
