//! A token that ends or may not read: told by `check`, in the run's warnings, once; asked about once a day.

use chrono::{TimeDelta, Utc};
use graph_sim::SettingsChange;

use crate::support::scene::{ACT, Scene};

/// Lets the token end in so many days and an hour.
fn ends_in(scene: &Scene, days: i64) {
    let at = (Utc::now() + TimeDelta::days(days) + TimeDelta::hours(1)).timestamp();
    scene.sim.set(SettingsChange { expires_at: Some(at), ..SettingsChange::default() });
}

async fn alerts(scene: &Scene) -> Vec<Vec<String>> {
    scene.db.query_text("select dedupe_id, kind, resolved_at is null from sync_alerts order by 1").await
}

#[tokio::test]
async fn a_token_near_its_end_is_in_every_runs_warnings_and_asked_about_once_a_day() {
    let scene = Scene::small().await;
    ends_in(&scene, 1);
    for _ in 0..3 {
        let finished = scene.sync().await;
        assert!(
            finished.stderr.contains("META_ACCESS_TOKEN: the token (SYSTEM_USER) ends in 1 day, on "),
            "{}",
            finished.stderr
        );
        let warned =
            scene.last_run("jsonb_array_length(warnings), warnings -> 0 ->> 'code', warnings -> 0 ->> 'account_id'");
        assert_eq!(warned.await, ["1", "token_ends", "NULL"]);
    }
    assert_eq!(scene.sim.calls_with("debug_token").len(), 1);
    assert_eq!(alerts(&scene).await, [["token_ends:META_ACCESS_TOKEN@adsync", "token_ends", "t"]]);
    // A day later the same token lives longer.
    scene.db.execute("update sync_listings set full_at = full_at - interval '1 day' where entity like 'token:%'").await;
    ends_in(&scene, 60);
    scene.sync().await;
    assert_eq!(scene.last_run("warnings::text").await, ["[]"]);
    assert_eq!(alerts(&scene).await, [["token_ends:META_ACCESS_TOKEN@adsync", "token_ends", "f"]]);
    // One that was put in its place is looked at at once.
    let looks = scene.sim.calls_with("debug_token").len();
    scene.sim.set(SettingsChange { token: Some("EAABreplaced".to_owned()), ..SettingsChange::default() });
    ends_in(&scene, 3);
    scene.sync().await;
    assert_eq!(scene.last_run("warnings -> 0 ->> 'code'").await, ["token_ends"]);
    assert_eq!(scene.sim.calls_with("debug_token").len(), looks + 1);
    let look = "select count(*) from sync_run_steps where step = 'account' and api_calls = 2";
    assert_eq!(scene.value(look).await, "3", "the look is counted where it is made");
}

#[tokio::test]
async fn a_token_without_the_scope_is_told_although_its_calls_work() {
    let scene = Scene::small().await;
    scene.sim.set(SettingsChange { scopes: Some(vec!["pages_show_list".to_owned()]), ..SettingsChange::default() });
    scene.sync().await;
    assert_eq!(scene.last_run("warnings -> 0 ->> 'code'").await, ["token_trouble"]);
    let message = scene.last_run("warnings -> 0 ->> 'message'").await.remove(0);
    assert!(message.contains("lacks ads_read (it has pages_show_list)"), "{message}");
    let checked = scene.adsync(&["check"]).run().await;
    assert_eq!(checked.code(), 1, "{checked:?}");
    assert!(checked.stderr.contains("lacks ads_read"), "{}", checked.stderr);
}

#[tokio::test]
async fn check_tells_when_a_token_ends_and_that_it_is_not_granted_an_account() {
    let scene = Scene::small().await;
    ends_in(&scene, 9);
    let checked = scene.adsync(&["check"]).env("ADSYNC__META__ACCOUNTS", format!("{ACT},act_5")).run().await;
    assert_eq!(checked.code(), 1, "act_5 cannot be read: {checked:?}");
    assert!(checked.stdout.contains("expires in 9 days, scopes ads_read"), "{}", checked.stdout);
    assert!(checked.stderr.contains("ends in 9 days"), "{}", checked.stderr);
    assert!(checked.stderr.contains("the token META_ACCESS_TOKEN is not granted act_5"), "{}", checked.stderr);
    assert!(!checked.stderr.contains(&format!("not granted {ACT}")), "{}", checked.stderr);
}
