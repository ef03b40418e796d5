//! An account that "all" once saw and no token lists any more: told once, kept, and told again when it is back.

use graph_sim::{AccountSpec, Fault, Sim, WorldSpec};

use crate::support::binary::Binary;
use crate::support::scene::{ACT, Scene, spec};

/// The scene's account and another.
fn both() -> WorldSpec {
    let mut accounts = spec().accounts;
    accounts.push(AccountSpec { zone: accounts[0].zone, ..AccountSpec::new(77, "Other") });
    spec().accounts(accounts)
}

/// `adsync` for all accounts that a simulator shows.
fn all(scene: &Scene, sim: &Sim, arguments: &[&str]) -> Binary {
    scene.adsync(arguments).env("ADSYNC__META__ACCOUNTS", "all").env("ADSYNC__META__BASE_URL", sim.url())
}

async fn alerts(scene: &Scene) -> Vec<Vec<String>> {
    let sql = "select dedupe_id, kind, account_id, resolved_at is null, first_at < last_at, sent_at is null from sync_alerts where kind = 'lost_access' order by 1";
    scene.db.query_text(sql).await
}

#[tokio::test]
async fn an_account_that_leaves_the_listing_is_told_once_and_keeps_its_rows() {
    let scene = Scene::of(both().build()).await;
    let fewer = Sim::start(spec().build()).await.unwrap();
    assert_eq!(all(&scene, &scene.sim, &["sync"]).run().await.code(), 0);
    assert!(alerts(&scene).await.is_empty());
    let kept = "select (select count(*) from adsets where account_id = '77'), (select count(*) from adset_insights where account_id = '77'),
                (select count(*) from adsets where deleted_at is not null), (select count(*) from ad_accounts)";
    let rows = scene.db.query_text(kept).await;

    let finished = all(&scene, &fewer, &["sync"]).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert_eq!(finished.stderr.matches("access to an account was lost").count(), 1, "{}", finished.stderr);
    assert_eq!(alerts(&scene).await, [["lost_access:77", "lost_access", "77", "t", "f", "t"]]);
    let warned =
        scene.last_run("status, accounts::text, warnings -> 0 ->> 'code', warnings -> 0 ->> 'account_id'").await;
    assert_eq!(warned, ["succeeded", "{1029384756102938}", "lost_access", "77"]);
    let again = all(&scene, &fewer, &["sync"]).run().await;
    assert_eq!(again.stderr.matches("access to an account was lost").count(), 0, "{}", again.stderr);
    assert_eq!(alerts(&scene).await, [["lost_access:77", "lost_access", "77", "t", "t", "t"]]);
    assert_eq!(scene.last_run("jsonb_array_length(warnings)").await, ["1"]);
    assert_eq!(scene.db.query_text(kept).await, rows, "its rows stay");
    for command in ["accounts", "check"] {
        let shown = all(&scene, &fewer, &[command]).run().await;
        assert_eq!(shown.code(), 0, "{shown:?}");
        let line = shown.stdout.lines().find(|line| line.contains("act_77")).unwrap();
        assert!(line.contains("lost access") && shown.stderr.contains("act_77"), "{shown:?}");
    }
    let run = scene.last_run("id::text").await.remove(0);
    assert!(scene.adsync(&["runs", &run]).run().await.stdout.contains("act_77 was read before"));

    let back = all(&scene, &scene.sim, &["sync"]).env("ADSYNC__LOG__LEVEL", "info").env("ADSYNC__LOG__FORMAT", "json");
    let back = back.run().await;
    assert_eq!(back.code(), 0, "{back:?}");
    assert_eq!(back.stderr.matches("access to an account is back").count(), 1, "{}", back.stderr);
    assert_eq!(alerts(&scene).await, [["lost_access:77", "lost_access", "77", "f", "t", "t"]]);
    assert_eq!(scene.last_run("jsonb_array_length(warnings), cardinality(accounts)").await, ["0", "2"]);

    // What is lost again begins anew.
    all(&scene, &fewer, &["sync"]).run().await;
    assert_eq!(alerts(&scene).await, [["lost_access:77", "lost_access", "77", "t", "f", "t"]]);
}

#[tokio::test]
async fn an_account_that_is_not_wanted_is_not_lost() {
    let scene = Scene::of(both().build()).await;
    let fewer = Sim::start(spec().build()).await.unwrap();
    assert_eq!(all(&scene, &scene.sim, &["sync"]).run().await.code(), 0);
    let excluded = all(&scene, &fewer, &["sync"]).env("ADSYNC__META__EXCLUDE", "77");
    assert_eq!(excluded.run().await.code(), 0);
    let disabled = all(&scene, &fewer, &["sync"]).config("default.toml", "[accounts.77]\nenabled = false\n");
    assert_eq!(disabled.run().await.code(), 0);
    assert!(alerts(&scene).await.is_empty());
    // One that was lost and is then excluded is no matter of concern any more.
    all(&scene, &fewer, &["sync"]).run().await;
    assert_eq!(alerts(&scene).await[0][3], "t");
    all(&scene, &fewer, &["sync"]).env("ADSYNC__META__EXCLUDE", "77").run().await;
    assert_eq!(alerts(&scene).await[0][3], "f");
}

#[tokio::test]
async fn daemons_that_share_a_database_lose_only_accounts_of_their_own() {
    let scene = Scene::of(both().build()).await;
    let fewer = Sim::start(spec().build()).await.unwrap();
    assert_eq!(all(&scene, &scene.sim, &["sync"]).run().await.code(), 0);
    let other = |sim: &Sim| all(&scene, sim, &["sync"]).env("ADSYNC__DAEMON__INSTANCE", "other");
    assert_eq!(other(&fewer).run().await.code(), 0);
    assert!(alerts(&scene).await.is_empty(), "the other one never saw it");
    all(&scene, &fewer, &["sync"]).run().await;
    assert_eq!(alerts(&scene).await[0][3], "t");
    assert_eq!(other(&fewer).run().await.code(), 0);
    assert_eq!(alerts(&scene).await[0][3], "t", "nor does it find it again");
    assert_eq!(scene.last_run("instance, warnings::text").await, ["other", "[]"]);
}

#[tokio::test]
async fn a_listing_that_fails_or_ends_early_loses_no_account() {
    let scene = Scene::of(both().build()).await;
    assert_eq!(all(&scene, &scene.sim, &["sync"]).run().await.code(), 0);
    let error = graph_sim::GraphError::new(200, "(#200) Missing permissions");
    scene.sim.faults().times(Fault::Error { error: error.clone() }, "me/adaccounts", 1);
    assert_eq!(all(&scene, &scene.sim, &["sync"]).run().await.code(), 1);
    assert!(alerts(&scene).await.is_empty());
    // The second page fails: the account on it keeps going.
    let when = graph_sim::When { path: Some("me/adaccounts".to_owned()), skip: 1, ..Default::default() };
    scene.sim.faults().add(graph_sim::Rule { fault: Fault::Error { error }, when });
    let finished = all(&scene, &scene.sim, &["sync"]).env("ADSYNC__META__PAGE_SIZE", "1").run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert!(alerts(&scene).await.is_empty());
    assert_eq!(scene.last_run("cardinality(accounts)").await, ["2"]);
    assert!(finished.stderr.contains("does not list its accounts"), "{}", finished.stderr);
    assert!(scene.sim.calls_with(ACT).len() > 10);
}
