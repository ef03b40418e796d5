//! `adsync check --send-test-alert`: a real message, what came of it in words, and the cure.

use super::{Told, ended, pair};
use crate::support::scene::spec;

#[tokio::test]
async fn a_test_alert_arrives_and_nothing_is_written() {
    let told = Told::of(spec()).await;
    let checked = ended(told.adsync(&["check", "--send-test-alert"]), 0).await;
    assert!(checked.stdout.contains("alerts    webhook set, heartbeat not set"), "{checked:?}");
    assert!(checked.stdout.contains("the test alert arrived (HTTP 200)"), "{checked:?}");
    ended(told.adsync(&["check", "--send-test-alert"]), 0).await;
    assert_eq!(told.receiver.told(), [pair("test", "firing"), pair("test", "firing")]);
    let ids: Vec<_> = told.receiver.messages().iter().map(|message| message["dedupe_id"].clone()).collect();
    assert_ne!(ids[0], ids[1], "no receiver takes it for one that it has");
    assert_eq!(told.scene.value("select count(*) from pg_tables where tablename = 'sync_alerts'").await, "0");
    // Without the word nothing is sent.
    ended(told.adsync(&["check"]), 0).await;
    assert_eq!(told.receiver.calls().len(), 2);
}

#[tokio::test]
async fn a_receiver_that_does_not_take_it_is_told_with_the_cure() {
    let told = Told::of(spec()).await;
    for (status, cure) in [
        (404, "There is no such webhook"),
        (302, "leads on to another one"),
        (400, "ends with /slack"),
        (500, "busy or unwell"),
    ] {
        told.receiver.answer(status);
        let checked = ended(told.adsync(&["check", "--send-test-alert"]), 1).await;
        let line = checked.stderr.lines().find(|line| line.contains("did not take the test alert")).unwrap();
        assert!(line.contains(&format!("HTTP {status}")) && line.contains(cure), "{line}");
        assert!(checked.stdout.contains("next due"), "the rest is checked all the same: {checked:?}");
    }
    let nobody = format!("http://127.0.0.1:{}/x", crate::support::free_port());
    let checked = ended(told.adsync(&["check", "--send-test-alert"]).env("ADSYNC_WEBHOOK_URL", nobody), 1).await;
    assert!(checked.stderr.contains("it cannot be reached: Connection refused"), "{checked:?}");
}

#[tokio::test]
async fn a_test_without_a_receiver_is_bad_usage() {
    let told = Told::of(spec()).await;
    let checked = ended(told.scene.adsync(&["check", "--send-test-alert"]), 2).await;
    assert!(checked.stderr.starts_with("ADSYNC_WEBHOOK_URL: is not set: "), "{checked:?}");
    assert!(checked.stdout.is_empty() && told.scene.sim.counts().total == 0, "{checked:?}");
}
