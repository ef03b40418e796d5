//! Several accounts in one run: one that cannot be read stops no other, and says why.

use graph_sim::{ACCOUNT_ID, AccountSpec, Change, Fault, GraphError, Rule, When};

use crate::support::binary::Finished;
use crate::support::scene::{ACT, Scene, spec};

const OTHER: &str = "act_77";

async fn two() -> Scene {
    let mut accounts = spec().accounts;
    accounts.push(AccountSpec { zone: accounts[0].zone, ..AccountSpec::new(77, "Other") });
    Scene::of(spec().accounts(accounts).build()).await
}

async fn sync_both(scene: &Scene, accounts: &str) -> Finished {
    scene.adsync(&["sync"]).env("ADSYNC__META__ACCOUNTS", accounts).run().await
}

async fn steps_of(scene: &Scene, account: &str) -> Vec<Vec<String>> {
    let sql = format!(
        "select step, status, error_class, error_code, fbtrace_id is not null, advice is not null
         from sync_run_steps where account_id = '{account}' order by started_at, step"
    );
    scene.db.query_text(&sql).await
}

#[tokio::test]
async fn two_accounts_arrive_side_by_side() {
    let scene = two().await;
    let finished = sync_both(&scene, "1029384756102938,act_77").await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert_eq!(scene.value("select count(distinct account_id) from adset_insights").await, "2");
    assert_eq!(scene.value("select count(*) from adsets").await, "72");
    assert!(finished.stdout.lines().any(|line| line.trim_start().starts_with("all ")), "{}", finished.stdout);
}

#[tokio::test]
async fn a_dead_token_is_asked_with_once_however_many_accounts_it_has() {
    let mut accounts = spec().accounts;
    let zone = accounts[0].zone;
    accounts.extend((70..80).map(|id| AccountSpec { zone, ..AccountSpec::new(id, "Other") }));
    let scene = Scene::of(spec().objects(1, 2, 1).accounts(accounts).build()).await;
    scene.sim.faults().always(Fault::ExpiredToken);
    let all: Vec<String> = (70..80).map(|id| format!("act_{id}")).chain([ACT.to_owned()]).collect();
    let finished = sync_both(&scene, &all.join(",")).await;
    assert_eq!(finished.code(), 1, "{finished:?}");
    assert_eq!(scene.sim.counts().total, 1, "one call tells that the token is dead");
    assert_eq!(scene.value("select count(*) from sync_run_steps where error_class = 'auth'").await, "11");
    assert_eq!(scene.last_run("status, error_class, error_code").await, ["failed", "auth", "190"]);
}

#[tokio::test]
async fn a_forbidden_account_stops_no_other_and_says_why() {
    let scene = two().await;
    scene.change(Change::Forbid { account: OTHER.to_owned(), is_forbidden: true });
    let finished = sync_both(&scene, "act_1029384756102938,act_77").await;
    assert_eq!(finished.code(), 3, "{finished:?}");
    scene.assert_true().await;
    assert_eq!(steps_of(&scene, "77").await, [["account", "failed", "permission", "200", "t", "t"]]);
    assert_eq!(
        scene.last_run("status, error_class, error_code, fbtrace_id is not null").await,
        ["partial", "permission", "200", "t"]
    );
    let advice = scene.last_run("advice").await.remove(0);
    assert!(advice.len() > 20 && finished.stderr.contains(&advice), "{}", finished.stderr);
    assert!(finished.stderr.contains(OTHER), "{}", finished.stderr);
}

#[tokio::test]
async fn an_unknown_account_stops_no_other() {
    let scene = Scene::small().await;
    let finished = sync_both(&scene, "act_424242,act_1029384756102938").await;
    assert_eq!(finished.code(), 3, "{finished:?}");
    scene.assert_true().await;
    assert_eq!(steps_of(&scene, "424242").await, [["account", "failed", "permission", "100", "t", "t"]]);
    assert_eq!(scene.last_run("error_subcode").await, ["33"]);
}

#[tokio::test]
async fn a_closed_account_fails_where_it_is_listed_and_is_skipped_where_all_found_it() {
    for status in [2, 101] {
        let scene = two().await;
        scene.change(Change::SetAccountStatus { account: OTHER.to_owned(), status });
        let finished = sync_both(&scene, "act_1029384756102938,act_77").await;
        assert_eq!(finished.code(), 3, "{finished:?}");
        assert_eq!(steps_of(&scene, "77").await[0][..3], ["account", "failed", "account"]);

        let finished = scene.adsync(&["sync"]).config("default.toml", "[meta]\naccounts = \"all\"\n");
        let finished = finished.env("ADSYNC__META__ACCOUNTS", "all").run().await;
        assert_eq!(finished.code(), 0, "{finished:?}");
        assert_eq!(scene.last_run("status, cardinality(accounts)").await, ["succeeded", "2"]);
        let warnings = scene.last_run("warnings::text").await.remove(0);
        assert!(warnings.contains("account_closed") && warnings.contains("\"77\""), "{warnings}");
        let found = "select status from sync_run_steps where account_id = '77' order by started_at desc limit 1";
        assert_eq!(scene.value(found).await, "skipped");
        scene.assert_true().await;
    }
}

#[tokio::test]
async fn an_unsettled_account_is_read() {
    let scene = Scene::small().await;
    scene.change(Change::SetAccountStatus { account: ACT.to_owned(), status: 3 });
    scene.sync().await;
    assert_eq!(scene.value("select account_status from ad_accounts").await, "3");
    scene.assert_true().await;
}

#[tokio::test]
async fn no_account_that_can_be_read_is_a_failure() {
    let scene = Scene::small().await;
    scene.change(Change::Forbid { account: ACT.to_owned(), is_forbidden: true });
    assert_eq!(scene.adsync(&["sync"]).run().await.code(), 1);
    assert_eq!(scene.last_run("status, error_class").await, ["failed", "permission"]);
}

#[tokio::test]
async fn an_account_excluded_from_all_is_not_asked() {
    let scene = two().await;
    let binary = scene.adsync(&["sync"]).env("ADSYNC__META__ACCOUNTS", "all").env("ADSYNC__META__EXCLUDE", "77");
    let finished = binary.run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert!(scene.sim.calls_with("act_77").is_empty());
    assert_eq!(scene.value("select id from ad_accounts").await, format!("act_{ACCOUNT_ID}"));
}

#[tokio::test]
async fn a_listing_that_fails_leaves_the_other_steps_to_do_their_work() {
    let scene = Scene::small().await;
    let error = GraphError::new(100, "(#100) Tried accessing nonexisting field (x) on node type (Campaign)");
    let when = When { path: Some("/campaigns".to_owned()), ..When::default() };
    scene.sim.faults().add(Rule { fault: Fault::Error { error }, when });
    let finished = scene.adsync(&["sync"]).run().await;
    assert_eq!(finished.code(), 3, "{finished:?}");
    assert_eq!(scene.insights().await, scene.true_insights());
    assert_eq!(scene.last_run("status, error_class").await, ["partial", "invalid"]);
}

#[tokio::test]
async fn a_dead_token_stops_the_account_at_once() {
    let scene = Scene::small().await;
    let when = When { path: Some("/act_".to_owned()), skip: 1, ..When::default() };
    scene.sim.faults().add(Rule { fault: Fault::ExpiredToken, when });
    let finished = scene.adsync(&["sync"]).run().await;
    assert_eq!(finished.code(), 3, "{finished:?}");
    assert_eq!(scene.sim.calls_with("/act_").len(), 2, "nothing is asked with a dead token");
    assert_eq!(scene.last_run("error_class, error_code, error_subcode").await, ["auth", "190", "463"]);
}
